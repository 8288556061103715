#include "adirect/pipeline/retry.h"

#include <numeric>

#include "adirect/codec/event_json.h"

namespace adirect {
namespace {

// What quarantine writes for a byte of a file's name that was not UTF-8.
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Whether the text says the identity, so that every reader of it agrees.
bool IsIdentityText(const std::string& text, uint64_t identity) {
  return IsIdText(text) && text.find(kReplacement) == std::string::npos && IdentityHash(text) == identity;
}

}  // namespace

uint64_t RetryCounts::failed() const { return std::accumulate(refused.begin(), refused.end(), truncated); }

Retry::Retry(FormatOf format_of, Timestamp now, TextSink& passed, TextSink* rest)
    : format_of_(std::move(format_of)), passed_(passed), rest_(rest) {
  rules_.arrival = now;
}

Status Retry::Add(std::string_view line) {
  ADIRECT_RETURN_IF_ERROR(reader_.Read(line, record_));
  passed_text_.clear();
  rest_text_.clear();
  ++counts_.records;
  if (record_.truncated) {
    ++counts_.truncated;
    rest_text_.append(line) += '\n';
  } else {
    ADIRECT_RETURN_IF_ERROR(OpenSource());
    Decode();
  }
  ADIRECT_RETURN_IF_ERROR(passed_.Write(passed_text_));
  return rest_ == nullptr ? Status() : rest_->Write(rest_text_);
}

Status Retry::OpenSource() {
  input_.may_erase = record_.reason != RejectReasonName(RejectReason::kEraseNotAllowed);
  if (decoder_ != nullptr && input_.name == record_.source && input_.header == record_.header) return {};
  const Result<Format> format = format_of_(record_.source);
  if (!format.ok()) return format.status();
  const bool by_header = format->kind == Format::Kind::kCsv && format->header == Format::Header::kRequired;
  if (by_header && record_.header.empty()) {
    return InvalidArgument("the format " + format->name +
                           " reads columns by a header, and the record has none; add its file's as \"header\"");
  }
  Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(*format, record_.source, record_.header);
  if (!decoder.ok()) return decoder.status();
  decoder_ = *std::move(decoder);
  input_.name = record_.source;
  input_.header = record_.header;
  return {};
}

void Retry::Decode() {
  memory_.assign(record_.raw.begin(), record_.raw.end());
  memory_.resize(record_.raw.size() + kBlockPadding);
  decoder_->Decode({{memory_.data(), record_.raw.size()}, record_.position, false}, scratch_, *this);
}

void Retry::OnEvent(const Event& event, const RowPlace& place) {
  Event now = event;
  now.arrival = rules_.arrival;
  const std::optional<RejectReason> refusal = DoorRefusal(now, rules_, input_, rules_.arrival);
  if (refusal) return OnRejected(*refusal, place);
  const std::string position = record_.source + ':' + std::to_string(place.offset);
  if (event.event_id.empty()) {
    if (!IsIdentityText(position, event.identity)) return OnRejected(RejectReason::kBadEventId, place);
    now.event_id = position;
  }
  ++counts_.passed;
  AppendEventJson(now, passed_text_);
}

void Retry::OnIgnored(const RowPlace&) { ++counts_.ignored; }

void Retry::OnRejected(RejectReason reason, const RowPlace& place) {
  ++counts_.refused[static_cast<size_t>(reason)];
  AppendQuarantineRecord(input_, reason, place, rest_text_);
}

}  // namespace adirect
