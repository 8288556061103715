// A stream in memory for tests of what follows one: lines of NDJSON of the format `adirect`, appended to inputs.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adirect/codec/format.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

class LinesStream : public Stream {
 public:
  // The offset of the line.
  uint64_t Append(const std::string& input, std::string line, Timestamp arrival = {1'000'000}) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Part& part = parts_[input];
    if (part.decoder == nullptr) {
      part.input = {input, may_erase};
      part.decoder = *MakeDecoder(AdirectFormat(Format::Kind::kNdjson), input, "");
      if (const auto from = from_.find(input); from != from_.end()) part.read = part.next = from->second;
    }
    part.lines.push_back({std::move(line), arrival});
    return part.lines.size() - 1;
  }

  Status Start(const Positions& from) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    from_ = from;
    for (auto& [name, part] : parts_) {
      const auto position = from.find(name);
      part.read = part.next = position == from.end() ? oldest : std::max(oldest, position->second);
    }
    return start_fails;
  }

  unsigned readers() const override { return 1; }

  Result<bool> Next(unsigned, std::chrono::milliseconds, SourceBlock& block) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (auto& [name, part] : parts_) part.read = part.next;
      for (auto& [name, part] : parts_) {
        if (part.next < part.lines.size()) return Fill(part, block);
      }
    }
    if (on_idle) on_idle();
    return false;
  }

  void Tell(const Positions& safe) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    told_ = safe;
  }

  StreamState state() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    StreamState state;
    state.trouble = trouble;
    for (const auto& [name, part] : parts_) state.parts.push_back({name, part.read, part.lines.size(), std::nullopt});
    return state;
  }

  Positions told() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return told_;
  }

  // Where it was told to begin.
  Positions started() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return from_;
  }

  // All of these are set before it is followed.
  size_t rows_per_block = 3;
  bool may_erase = false;         // of what is appended afterwards
  uint64_t oldest = 0;            // rows before are gone
  std::function<void()> on_idle;  // when there is nothing to read
  Status start_fails;
  std::string trouble;

 private:
  struct Line {
    std::string text;
    Timestamp arrival;
  };
  struct Part {
    Input input;
    std::unique_ptr<Decoder> decoder;
    std::vector<Line> lines;
    uint64_t next = 0;
    uint64_t read = 0;  // the block that is in hand is not yet
  };

  bool Fill(Part& part, SourceBlock& block) {
    std::string text;
    block.arrivals.clear();
    block.block = {};
    block.block.offset = part.next;
    block.block.rows = Block::Rows::kByNumber;
    for (size_t i = 0; i < rows_per_block && part.next < part.lines.size(); ++i, ++part.next) {
      text += part.lines[part.next].text + '\n';
      block.arrivals.push_back(part.lines[part.next].arrival);
    }
    block.memory.assign(text.begin(), text.end());
    block.memory.resize(text.size() + kBlockPadding);
    block.block.bytes = {block.memory.data(), text.size()};
    block.input = &part.input;
    block.decoder = part.decoder.get();
    block.end = part.next;
    return true;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Part> parts_;
  Positions from_;
  Positions told_;
};

}  // namespace adirect
