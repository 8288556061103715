// CSV by RFC 4180: rows to events.
//
// Two ways through a piece of rows. Where a piece has no quotes, the separators found by SIMD are
// the columns; where it also has no control characters and is valid UTF-8, no text is looked at
// again. A row with a quote is split with care (csv_quotes.h). Both give the same.
#pragma once

#include <memory>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/codec/decoder.h"
#include "adirect/codec/format.h"

namespace adirect {

// MakeDecoder (decoder.h) for a format of kind kCsv.
Result<std::unique_ptr<Decoder>> MakeCsvDecoder(const Format& format, std::string_view input, std::string_view head);

}  // namespace adirect
