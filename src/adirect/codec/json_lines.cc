#include "adirect/codec/json_lines.h"

#include <simdjson.h>

#include <algorithm>

namespace adirect {
namespace {

Status NoJson() {
  return InvalidArgument("the body is no JSON: send an object, an array of objects, or NDJSON as application/x-ndjson");
}

}  // namespace

void AppendJsonLine(std::string_view json, std::string& lines) {
  const size_t start = lines.size();
  lines += json;
  std::replace_if(
      lines.begin() + static_cast<std::ptrdiff_t>(start), lines.end(), [](char c) { return c == '\n' || c == '\r'; },
      ' ');
  lines += '\n';
}

Result<std::string> JsonToLines(std::string_view body) {
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return NoJson();
  std::string lines;
  lines.reserve(body.size() + 64);
  if (body[first] != '[') {
    AppendJsonLine(body.substr(first), lines);
    return lines;
  }
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(body);
  simdjson::ondemand::document document;
  simdjson::ondemand::array array;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return NoJson();
  if (document.get_array().get(array) != simdjson::SUCCESS) return NoJson();
  for (auto element : array) {
    simdjson::ondemand::value value;
    if (element.get(value) != simdjson::SUCCESS) return NoJson();
    std::string_view json;
    simdjson::ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return NoJson();
    if (type == simdjson::ondemand::json_type::object) {
      simdjson::ondemand::object object;
      if (value.get_object().get(object) != simdjson::SUCCESS) return NoJson();
      if (object.raw_json().get(json) != simdjson::SUCCESS) return NoJson();
    } else {
      json = "0";  // no object: one refused event
    }
    AppendJsonLine(json, lines);
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return NoJson();
  return lines;
}

}  // namespace adirect
