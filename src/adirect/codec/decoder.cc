#include "adirect/codec/decoder.h"

#include "adirect/codec/csv.h"
#include "adirect/codec/ndjson.h"
#include "adirect/codec/scratch.h"

namespace adirect {

DecodeScratch::DecodeScratch() : state_(std::make_unique<State>()) {}
DecodeScratch::~DecodeScratch() = default;

Result<std::unique_ptr<Decoder>> MakeDecoder(const Format& format, std::string_view input, std::string_view head) {
  switch (format.kind) {
    case Format::Kind::kCsv:
      return MakeCsvDecoder(format, input, head);
    case Format::Kind::kNdjson:
      return MakeNdjsonDecoder(format, input, head);
    case Format::Kind::kParquet:
      break;
  }
  return InvalidArgument("the format " + format.name + " reads Parquet files, and this is none");
}

}  // namespace adirect
