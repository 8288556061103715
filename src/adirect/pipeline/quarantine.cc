#include "adirect/pipeline/quarantine.h"

#include <algorithm>
#include <functional>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

// Without the character that the cut has left in part.
std::string_view CutBetweenCharacters(std::string_view text) {
  for (size_t dropped = 0; dropped < 4 && dropped < text.size(); ++dropped) {
    const auto byte = static_cast<unsigned char>(text[text.size() - 1 - dropped]);
    if (byte < 0x80) return text;
    if (byte >= 0xc0)
      return IsUtf8(text.substr(text.size() - 1 - dropped)) ? text : text.substr(0, text.size() - 1 - dropped);
  }
  return text;
}

// A file may be called anything.
std::string AsUtf8(std::string_view name) {
  if (IsUtf8(name)) return std::string(name);
  std::string text;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x80) {
      text += c;
    } else {
      text += "\xef\xbf\xbd";
    }
  }
  return text;
}

// The row's text, which `written` may hold.
std::string_view RawRow(const RowPlace& place, std::string& written) {
  if (place.writer == nullptr) return place.raw;
  place.writer->AppendRow(place.offset, written);
  return written;
}

// ,"name":"…", or ,"name_base64":"…" where the bytes are not UTF-8.
void AppendBytes(std::string_view name, std::string_view bytes, std::string& out) {
  out += ",\"";
  out += name;
  if (IsUtf8(bytes)) {
    out += "\":";
    return AppendJsonString(bytes, out);
  }
  out += "_base64\":\"";
  AppendBase64(bytes, out);
  out += '"';
}

void AppendFront(std::string_view source, uint64_t position, std::string_view reason, std::string& out) {
  out += "{\"source\":";
  AppendJsonString(AsUtf8(source), out);
  out += ",\"position\":";
  out += std::to_string(position);
  out += ",\"reason\":";
  AppendJsonString(reason, out);
}

}  // namespace

void AddCounts(const RejectCounts& more, RejectCounts& counts) {
  std::transform(counts.begin(), counts.end(), more.begin(), counts.begin(), std::plus<>());
}

std::string RejectCountsJson(const RejectCounts& counts) {
  std::string out = "{";
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    if (out.size() > 1) out += ", ";
    AppendJsonString(RejectReasonName(static_cast<RejectReason>(i)), out);
    out += ": " + std::to_string(counts[i]);
  }
  return out + '}';
}

std::string ShownRow(const RowPlace& place) {
  std::string written;
  const std::string_view raw = RawRow(place, written);
  return AsUtf8(raw.size() <= kShownBytes ? raw : CutBetweenCharacters(raw.substr(0, kShownBytes)));
}

void AppendQuarantineRecord(const Input& input, RejectReason reason, const RowPlace& place, std::string& out) {
  std::string written;
  const std::string_view raw = RawRow(place, written);
  const std::string_view name = RejectReasonName(reason);
  if (reason == RejectReason::kLineTooLong) return AppendCutRecord(input.name, place.offset, name, raw, out);
  AppendFront(input.name, place.offset, name, out);
  AppendBytes("raw", raw, out);
  if (!input.header.empty()) AppendBytes("header", input.header, out);
  out += "}\n";
}

void AppendCutRecord(std::string_view source, uint64_t position, std::string_view reason, std::string_view raw,
                     std::string& out) {
  AppendFront(source, position, reason, out);
  AppendBytes("raw", CutBetweenCharacters(raw.substr(0, kKeptOfLongLine)), out);
  out += ",\"raw_truncated\":true}\n";
}

}  // namespace adirect
