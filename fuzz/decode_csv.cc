// A byte for the format ("0" seed, "1" seed with lines in quotes, "2" adirect, "3" adirect with lines in
// quotes), a byte for the size of the blocks, then CSV.
#include "fuzz/decode.h"
#include "fuzz/target.h"

namespace adirect {

ADIRECT_FUZZ(decode_csv) {
  if (input.size() < 2) return;
  Format format = (input[0] & 2) != 0 ? AdirectFormat(Format::Kind::kCsv) : SeedFormat();
  format.multiline = (input[0] & 1) != 0;
  CheckDecode(format, input.substr(2), BlockBytes(input[1]));
}

}  // namespace adirect
