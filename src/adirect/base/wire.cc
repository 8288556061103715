#include "adirect/base/wire.h"

namespace adirect {

void AppendVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void AppendFixed64(uint64_t value, std::string& out) {
  for (int i = 0; i < 8; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
}

void AppendText(std::string_view text, std::string& out) {
  AppendVarint(text.size(), out);
  out += text;
}

uint64_t WireReader::Varint() {
  uint64_t value = 0;
  for (size_t i = 0; ok_ && i < 10 && i < bytes_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes_[i]);
    if (i == 9 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte >= 0x80) continue;
    if (byte == 0 && i > 0) break;
    bytes_.remove_prefix(i + 1);
    return value;
  }
  ok_ = false;
  return 0;
}

uint64_t WireReader::Fixed64() {
  uint64_t value = 0;
  const std::string_view bytes = Bytes(8);
  for (size_t i = 0; i < bytes.size(); ++i)
    value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

std::string_view WireReader::Text() { return Bytes(Varint()); }

std::string_view WireReader::Bytes(uint64_t size) {
  if (size > bytes_.size()) ok_ = false;
  if (!ok_) return {};
  const std::string_view taken = bytes_.substr(0, static_cast<size_t>(size));
  bytes_.remove_prefix(static_cast<size_t>(size));
  return taken;
}

}  // namespace adirect
