// NDJSON: one JSON object a line, to events. Lines are parsed where they lie (simdjson).
//
// Members that the format does not name are not looked at, but must be JSON, nested at most 256
// deep. An id is a string or an integer (its digits as they stand); a quantity and a price are
// numbers or strings; null and "" mean absent.
#pragma once

#include <memory>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/codec/decoder.h"
#include "adirect/codec/format.h"

namespace adirect {

// MakeDecoder (decoder.h) for a format of kind kNdjson.
Result<std::unique_ptr<Decoder>> MakeNdjsonDecoder(const Format& format, std::string_view input, std::string_view head);

}  // namespace adirect
