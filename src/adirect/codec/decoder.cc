#include "adirect/codec/decoder.h"

#include "adirect/codec/csv.h"
#include "adirect/codec/ndjson.h"
#include "adirect/codec/scratch.h"

namespace adirect {

DecodeScratch::DecodeScratch() : state_(std::make_unique<State>()) {}
DecodeScratch::~DecodeScratch() = default;

Result<std::unique_ptr<Decoder>> MakeDecoder(const Format& format, std::string_view input, std::string_view head) {
  return format.kind == Format::Kind::kCsv ? MakeCsvDecoder(format, input, head)
                                           : MakeNdjsonDecoder(format, input, head);
}

}  // namespace adirect
