#include "adirect/kafka/blocks.h"

#include <cstring>

namespace adirect {
namespace {

std::string_view WithoutEnd(std::string_view message) {
  if (message.ends_with('\n')) message.remove_suffix(1);
  if (message.ends_with('\r')) message.remove_suffix(1);
  return message;
}

// That a decoder reads as one row: a \r before the \n that it gets would be part of the line end.
bool IsLine(std::string_view message) {
  return !message.empty() && message.back() != '\r' && std::memchr(message.data(), '\n', message.size()) == nullptr;
}

}  // namespace

BlockMaker::BlockMaker(SourceBlock& block) : block_(block) {
  block_.block = {};
  block_.columns.reset();
  block_.arrivals.clear();
}

bool BlockMaker::Add(uint64_t offset, std::string_view message, Timestamp arrival) {
  message = WithoutEnd(message);
  const bool line = IsLine(message);
  if (!empty()) {
    if (!line || block_.block.rows == Block::Rows::kOne || offset != block_.end) return false;
    if (size_ + message.size() + 1 > kBlockBytes) return false;
  } else {
    block_.block.offset = offset;
    block_.block.rows = line ? Block::Rows::kByNumber : Block::Rows::kOne;
  }
  const size_t needed = size_ + message.size() + 1 + kBlockPadding;
  if (block_.memory.size() < needed) block_.memory.resize(std::max(needed, kBlockBytes + kBlockPadding));
  if (!message.empty()) std::memcpy(block_.memory.data() + size_, message.data(), message.size());
  size_ += message.size();
  if (line) block_.memory[size_++] = '\n';
  block_.arrivals.push_back(arrival);
  block_.end = offset + 1;
  return true;
}

void BlockMaker::Finish() {
  block_.block.bytes = {block_.memory.data(), size_};
  block_.input_bytes = size_;
}

}  // namespace adirect
