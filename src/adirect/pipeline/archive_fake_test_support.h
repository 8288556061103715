// An archive in memory, and a stream that is read into one, for tests of what stands above them.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "adirect/codec/decoder.h"
#include "adirect/pipeline/archive_name.h"
#include "adirect/pipeline/archive_store.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

class FakeArchiveStore : public ArchiveStore {
 public:
  // Where a call may fail: before it does anything, in its middle, and when all is done and only the answer is lost.
  enum class At { kBefore, kBetween, kAfter };

  const std::string& place() const override { return place_; }

  Result<std::vector<Entry>> List(std::string_view folder) override {
    ADIRECT_RETURN_IF_ERROR(Step(At::kBefore));
    std::map<std::string, Entry> entries;
    const std::string front = folder.empty() ? "" : std::string(folder) + '/';
    for (const auto& [path, content] : files) {
      if (!path.starts_with(front)) continue;
      const std::string rest = path.substr(front.size());
      const size_t slash = rest.find('/');
      const std::string name = rest.substr(0, slash);
      entries[name] = {name, slash == std::string::npos ? content.size() : 0, slash != std::string::npos};
    }
    std::vector<Entry> list;
    for (const auto& [name, entry] : entries) list.push_back(entry);
    return list;
  }

  Status Put(const std::string& path, std::string_view content) override {
    ADIRECT_RETURN_IF_ERROR(Step(At::kBefore));
    if (const auto found = files.find(path); found != files.end()) {
      return found->second == content ? Status() : Corrupt(path + ": has other content");
    }
    files[TemporaryArchivePath(path)] = content.substr(0, content.size() / 2);
    ADIRECT_RETURN_IF_ERROR(Step(At::kBetween));
    files.erase(TemporaryArchivePath(path));
    files[path] = content;
    return Step(At::kAfter);
  }

  Status Read(const std::string& path, const std::function<Status(std::string_view)>& take) override {
    ADIRECT_RETURN_IF_ERROR(Step(At::kBefore));
    const auto found = files.find(path);
    return found == files.end() ? NotFound(path + ": is not there") : take(found->second);
  }

  Status Remove(const std::string& path) override {
    ADIRECT_RETURN_IF_ERROR(Step(At::kBefore));
    files.erase(path);
    return Step(At::kAfter);
  }

  std::map<std::string, std::string> files;
  std::function<Status()> step = [] { return Status(); };  // asked at each place where a call may fail

 private:
  Status Step(At) { return step(); }
  const std::string place_ = "fake://archive";
};

// NDJSON rows of the adirect format, by input; more may come while it is read.
class FakeStream : public Stream {
 public:
  explicit FakeStream(std::map<std::string, std::vector<std::string>> inputs, size_t block_rows = 3)
      : rows(std::move(inputs)), block_rows_(block_rows) {
    for (const auto& [name, unused] : rows) {
      inputs_[name].name = name;
      decoders_[name] = *MakeDecoder(AdirectFormat(Format::Kind::kNdjson), name, "");
    }
  }

  Status Start(const Positions& from) override {
    started = from;
    next = from;
    return start_fails;
  }
  unsigned readers() const override { return 1; }

  Result<bool> Next(unsigned, std::chrono::milliseconds, SourceBlock& block) override {
    for (const auto& [name, lines] : rows) {
      uint64_t& at = next[name];
      at = std::max(at, oldest);
      if (at >= lines.size()) continue;
      Fill(name, lines, at, block);
      at = block.end;
      return true;
    }
    if (on_idle) on_idle();
    return false;
  }

  void Tell(const Positions& safe) override { told = safe; }

  StreamState state() const override {
    StreamState state;
    for (const auto& [name, lines] : rows) {
      const auto at = next.find(name);
      state.parts.push_back({name, at == next.end() ? 0 : at->second, lines.size(), {}});
    }
    return state;
  }

  std::map<std::string, std::vector<std::string>> rows;
  std::map<std::string, std::vector<Timestamp>> arrivals;  // by input, of each row; may be left out
  uint64_t oldest = 0;                                     // rows before are gone
  bool may_erase = false;
  Status start_fails;
  Positions started, next, told;
  std::function<void()> on_idle;

 private:
  void Fill(const std::string& name, const std::vector<std::string>& lines, uint64_t at, SourceBlock& block) {
    const uint64_t end = std::min<uint64_t>(lines.size(), at + block_rows_);
    std::string text;
    for (uint64_t i = at; i < end; ++i) text += lines[i] + '\n';
    block.memory.assign(text.begin(), text.end());
    block.memory.resize(text.size() + kBlockPadding);
    block.block = {{block.memory.data(), text.size()}, at, false, nullptr, Block::Rows::kByNumber};
    block.input = &inputs_[name];
    inputs_[name].may_erase = may_erase;
    block.decoder = decoders_[name].get();
    block.end = end;
    block.arrivals.clear();
    for (uint64_t i = at; i < end && arrivals.contains(name); ++i) block.arrivals.push_back(arrivals[name][i]);
  }

  const size_t block_rows_;
  std::map<std::string, Input> inputs_;
  std::map<std::string, std::unique_ptr<Decoder>> decoders_;
};

}  // namespace adirect
