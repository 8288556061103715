#include "adirect/api/audience_stream.h"

#include <fmt/format.h>

#include <charconv>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

constexpr size_t kChunkBytes = 32 << 10;
constexpr int kTries = 3;

}  // namespace

std::string AudienceCursor(Timestamp as_of, std::string_view place) { return fmt::format("{}.{}", as_of.ms, place); }

bool ParseAudienceCursor(std::string_view cursor, AudienceQuestion& question) {
  const size_t dot = std::min(cursor.size(), cursor.find('.'));
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + dot, question.as_of.ms);
  if (error != std::errc() || end != cursor.data() + dot || dot + 1 >= cursor.size()) return false;
  question.place = cursor.substr(dot + 1);
  return question.as_of >= kMinEventTime && question.as_of <= kMaxEventTime;
}

AudienceStream::AudienceStream(std::unique_ptr<AudienceWalk> walk, AudienceExport wanted)
    : walk_(std::move(walk)), wanted_(std::move(wanted)) {}

BodyStream::Next AudienceStream::Pull(std::string& chunk, const Waker&) {
  if (!begun_ && wanted_.csv) chunk += "user_id,category_id,searches,last_search_at,next_change_at\n";
  begun_ = true;
  while (chunk.size() < kChunkBytes && rows_ < wanted_.limit && !walk_->ended()) {
    if (!Go(chunk)) return Next::kCut;
  }
  const bool more = !walk_->ended();
  if (!wanted_.csv && more) {
    chunk += fmt::format("{{\"cursor\":\"{}\"}}\n", AudienceCursor(wanted_.question.as_of, walk_->place()));
  }
  return more && rows_ < wanted_.limit ? Next::kChunk : Next::kEnd;
}

bool AudienceStream::Go(std::string& chunk) {
  const auto take = [&](const AudiencePair& pair) {
    ++rows_;
    AppendPair(pair, chunk);
  };
  for (int tries = 0; tries < kTries; ++tries) {
    if (walk_->Go(wanted_.limit - rows_, take).ok()) return true;
  }
  return false;
}

void AudienceStream::AppendPair(const AudiencePair& pair, std::string& out) const {
  const Verdict& verdict = pair.verdict;
  const std::string change = verdict.next_change_at ? FormatRfc3339(*verdict.next_change_at) : "";
  if (wanted_.csv) {
    AppendCsvField(pair.user_id, out);
    out += ',';
    AppendCsvField(pair.category_id, out);
    out += fmt::format(",{},{},{}\n", verdict.searches, FormatRfc3339(*verdict.last_search_at), change);
    return;
  }
  out += "{\"user_id\":";
  AppendJsonString(pair.user_id, out);
  out += ",\"category_id\":";
  AppendJsonString(pair.category_id, out);
  out += fmt::format(",\"searches\":{},\"last_search_at\":\"{}\",\"next_change_at\":{}}}\n", verdict.searches,
                     FormatRfc3339(*verdict.last_search_at), change.empty() ? "null" : '"' + change + '"');
}

}  // namespace adirect
