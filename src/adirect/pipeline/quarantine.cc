#include "adirect/pipeline/quarantine.h"

#include "adirect/codec/text.h"

namespace adirect {

void AppendQuarantineRecord(std::string_view source, RejectReason reason, const RowPlace& place, std::string& out) {
  const bool truncated = reason == RejectReason::kLineTooLong;
  std::string_view raw = place.raw;
  if (truncated) raw = raw.substr(0, kKeptOfLongLine);
  out += "{\"source\":";
  AppendJsonString(source, out);
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
