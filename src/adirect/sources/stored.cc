#include "adirect/sources/stored.h"

#include <condition_variable>
#include <mutex>

namespace adirect {
namespace {

class JoinedSource final : public StoredSource {
 public:
  struct Part {
    std::shared_ptr<StoredSource> source;  // null: not opened yet, or let go of
    LaterSource later;                     // without `open`: the source is there from the start
  };

  explicit JoinedSource(std::vector<Part> parts) : parts_(std::move(parts)) {}

  Result<bool> Next(SourceBlock& block) override {
    std::unique_lock<std::mutex> lock(mutex_);
    while (current_ < parts_.size()) {
      const size_t at = current_;
      ADIRECT_RETURN_IF_ERROR(OpenPart(parts_[at]));
      const std::shared_ptr<StoredSource> source = parts_[at].source;
      ++inside_;
      lock.unlock();
      Result<bool> more = source->Next(block);
      lock.lock();
      if (--inside_ == 0) left_.notify_all();
      if (!more.ok()) return more;
      if (*more) {
        block.sequence += first_;
        if (parts_[at].later.open) Keep(source, block);
        ++given_;
        return true;
      }
      EndOf(at, lock);
    }
    return false;
  }

  void PeekEnds(const std::function<void(const SourceBlock&)>& visit) const override {
    for (const Part& part : parts_) {
      if (part.source != nullptr) part.source->PeekEnds(visit);
    }
    if (parts_.empty() || !parts_.back().later.open) return;
    const Result<std::unique_ptr<StoredSource>> last = parts_.back().later.open();
    if (last.ok()) (*last)->PeekEnds(visit);
  }

  void KeepChecksums() override {
    keep_checksums_ = true;
    for (const Part& part : parts_) {
      if (part.source != nullptr) part.source->KeepChecksums();
    }
  }

  std::vector<StateInput> inputs() const override {
    std::vector<StateInput> all = of_former_;
    for (const Part& part : parts_) {
      if (part.source != nullptr) AddInputs(*part.source, all);
    }
    return all;
  }

  uint64_t total_bytes() const override {
    uint64_t bytes = 0;
    for (const Part& part : parts_) bytes += part.later.open ? part.later.bytes : part.source->total_bytes();
    return bytes;
  }

 private:
  static void AddInputs(const StoredSource& source, std::vector<StateInput>& all) {
    const std::vector<StateInput> some = source.inputs();
    all.insert(all.end(), some.begin(), some.end());
  }

  // What lies in columns goes before the source that it is of.
  struct KeptColumns {
    std::shared_ptr<StoredSource> source;
    std::shared_ptr<const ColumnBlock> columns;
  };
  static void Keep(const std::shared_ptr<StoredSource>& source, SourceBlock& block) {
    block.owner = source;
    if (block.columns == nullptr) return;
    const ColumnBlock* const columns = block.columns.get();
    const auto kept = std::make_shared<KeptColumns>(KeptColumns{source, std::move(block.columns)});
    block.columns = std::shared_ptr<const ColumnBlock>(kept, columns);
  }

  Status OpenPart(Part& part) {
    if (!failed_.ok() || part.source != nullptr) return failed_;
    Result<std::unique_ptr<StoredSource>> source = part.later.open();
    if (!source.ok()) return failed_ = source.status();
    part.source = *std::move(source);
    if (keep_checksums_) part.source->KeepChecksums();
    return {};
  }

  // The next source's numbers begin behind those of this one, which are all given when nobody is inside.
  void EndOf(size_t at, std::unique_lock<std::mutex>& lock) {
    left_.wait(lock, [&] { return inside_ == 0 || current_ != at; });
    if (current_ != at) return;
    first_ += given_;
    given_ = 0;
    if (Part& part = parts_[at]; part.later.open) {
      AddInputs(*part.source, of_former_);
      part.source.reset();
    }
    ++current_;
    left_.notify_all();
  }

  std::vector<Part> parts_;
  bool keep_checksums_ = false;
  std::mutex mutex_;  // guards all below, and the sources of the parts
  std::condition_variable left_;
  size_t current_ = 0;
  size_t inside_ = 0;   // threads in the current source's Next
  uint64_t first_ = 0;  // the current source's first number
  uint64_t given_ = 0;  // blocks of the current source
  Status failed_;       // to open a source
  std::vector<StateInput> of_former_;
};

}  // namespace

std::unique_ptr<StoredSource> Joined(std::vector<std::unique_ptr<StoredSource>> sources) {
  if (sources.size() == 1) return std::move(sources.front());
  std::vector<JoinedSource::Part> parts;
  parts.reserve(sources.size());
  for (std::unique_ptr<StoredSource>& source : sources) parts.push_back({std::move(source), {}});
  return std::make_unique<JoinedSource>(std::move(parts));
}

std::unique_ptr<StoredSource> Joined(std::vector<LaterSource> sources) {
  std::vector<JoinedSource::Part> parts;
  parts.reserve(sources.size());
  for (LaterSource& source : sources) parts.push_back({nullptr, std::move(source)});
  return std::make_unique<JoinedSource>(std::move(parts));
}

}  // namespace adirect
