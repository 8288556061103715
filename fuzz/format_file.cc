// A format file, and behind a zero byte the rows that it describes.
#include "fuzz/decode.h"
#include "fuzz/target.h"

namespace adirect {

ADIRECT_FUZZ(format_file) {
  const size_t end = input.find('\0');
  const Result<Format> format = ParseFormat(input.substr(0, end), "shop.toml");
  if (!format.ok()) {
    ADIRECT_CHECK(format.status().message().starts_with("shop.toml:"), format.status().message());
  } else if (end != std::string_view::npos) {
    CheckDecode(*format, input.substr(end + 1), 32);
  }
}

}  // namespace adirect
