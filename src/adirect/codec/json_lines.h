// A JSON body as lines: an object, or an array of objects, becomes NDJSON, one event a line.
#pragma once

#include <string>
#include <string_view>

#include "adirect/base/status.h"

namespace adirect {

// Appends `json` as one line: line ends stand only between tokens of JSON, where spaces do as well.
void AppendJsonLine(std::string_view json, std::string& lines);

// Elements that are no objects become lines too, which the decoder then refuses one by one. InvalidArgument
// where the body is no JSON array or has something behind its value.
Result<std::string> JsonToLines(std::string_view body);

}  // namespace adirect
