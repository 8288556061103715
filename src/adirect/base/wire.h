// Integers and texts in bytes: LEB128 varints, little-endian 64-bit words, texts behind their length.
//
//   std::string out;
//   AppendVarint(300, out);
//   WireReader in(out);
//   uint64_t n = in.Varint();
//   if (!in.ok()) …                     // once, behind any number of reads
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace adirect {

void AppendVarint(uint64_t value, std::string& out);
void AppendFixed64(uint64_t value, std::string& out);
void AppendText(std::string_view text, std::string& out);

// Reads from the front of a view. The first read that does not fit makes the reader not ok; it and all
// later ones return zero or nothing.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : bytes_(bytes), size_(bytes.size()) {}

  uint64_t Varint();  // at most 10 bytes, in the shortest form
  uint64_t Fixed64();
  std::string_view Text();
  std::string_view Bytes(uint64_t size);

  bool ok() const { return ok_; }
  bool done() const { return !ok_ || bytes_.empty(); }
  size_t offset() const { return size_ - bytes_.size(); }
  std::string_view rest() const { return bytes_; }
  void Fail() { ok_ = false; }

 private:
  std::string_view bytes_;
  size_t size_;
  bool ok_ = true;
};

}  // namespace adirect
