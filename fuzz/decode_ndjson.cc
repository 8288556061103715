// A byte for the size of the blocks, then NDJSON.
#include "fuzz/decode.h"
#include "fuzz/target.h"

namespace adirect {

ADIRECT_FUZZ(decode_ndjson) {
  if (input.empty()) return;
  CheckDecode(AdirectFormat(Format::Kind::kNdjson), input.substr(1), BlockBytes(input[0]));
}

}  // namespace adirect
