#include "adirect/pipeline/quarantine_reader.h"

#include <simdjson.h>

#include "adirect/codec/text.h"

namespace adirect {

namespace dom = simdjson::dom;

struct QuarantineReader::Parser {
  dom::parser json;
};

namespace {

Status NoRecord(const std::string& why) { return InvalidArgument("no quarantine record: " + why); }

Status ReadText(const dom::object& object, std::string_view name, std::string& out) {
  std::string_view text;
  if (object[name].get_string().get(text) != simdjson::SUCCESS) {
    return NoRecord("it has no text \"" + std::string(name) + "\"");
  }
  out = text;
  return {};
}

// `name`, or `name`_base64; `found` says whether there is either.
Status ReadBytes(const dom::object& object, const std::string& name, std::string& out, bool& found) {
  const std::string encoded = name + "_base64";
  const bool plain = object[name].error() == simdjson::SUCCESS;
  found = plain || object[encoded].error() == simdjson::SUCCESS;
  out.clear();
  if (!found) return {};
  if (plain && object[encoded].error() == simdjson::SUCCESS) {
    return NoRecord("it has both \"" + name + "\" and \"" + encoded + "\"; keep one");
  }
  if (plain) return ReadText(object, name, out);
  ADIRECT_RETURN_IF_ERROR(ReadText(object, encoded, out));
  std::optional<std::string> bytes = DecodeBase64(out);
  if (!bytes) return NoRecord("its \"" + encoded + "\" is no base64");
  out = *std::move(bytes);
  return {};
}

}  // namespace

QuarantineReader::QuarantineReader() : parser_(std::make_unique<Parser>()) {}
QuarantineReader::~QuarantineReader() = default;

Status QuarantineReader::Read(std::string_view line, QuarantineRecord& record) {
  dom::object object;
  if (parser_->json.parse(line.data(), line.size()).get_object().get(object) != simdjson::SUCCESS) {
    return NoRecord("it is not one JSON object");
  }
  ADIRECT_RETURN_IF_ERROR(ReadText(object, "source", record.source));
  ADIRECT_RETURN_IF_ERROR(ReadText(object, "reason", record.reason));
  if (object["position"].get_uint64().get(record.position) != simdjson::SUCCESS) {
    return NoRecord("it has no whole number \"position\"");
  }
  bool found = false;
  ADIRECT_RETURN_IF_ERROR(ReadBytes(object, "header", record.header, found));
  ADIRECT_RETURN_IF_ERROR(ReadBytes(object, "raw", record.raw, found));
  if (!found) return NoRecord("it has neither \"raw\" nor \"raw_base64\"");
  if (object["raw_truncated"].get_bool().get(record.truncated) != simdjson::SUCCESS) record.truncated = false;
  return {};
}

}  // namespace adirect
