#include "adirect/pipeline/quarantine.h"

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

}  // namespace

void AppendQuarantineRecord(std::string_view source, RejectReason reason, const RowPlace& place, std::string& out) {
  const bool truncated = reason == RejectReason::kLineTooLong;
  std::string written;
  if (place.writer != nullptr) place.writer->AppendRow(place.offset, written);
  std::string_view raw = place.writer != nullptr ? written : place.raw;
  if (truncated) raw = CutBetweenCharacters(raw.substr(0, kKeptOfLongLine));
  out += "{\"source\":";
  AppendJsonString(AsUtf8(source), out);
  out += ",\"position\":";
  out += std::to_string(place.offset);
  out += ",\"reason\":\"";
  out += RejectReasonName(reason);
  if (IsUtf8(raw)) {
    out += "\",\"raw\":";
    AppendJsonString(raw, out);
  } else {
    out += "\",\"raw_base64\":\"";
    AppendBase64(raw, out);
    out += '"';
  }
  if (truncated) out += ",\"raw_truncated\":true";
  out += "}\n";
}

}  // namespace adirect
