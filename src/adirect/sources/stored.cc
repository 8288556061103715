#include "adirect/sources/stored.h"

#include <condition_variable>
#include <mutex>

namespace adirect {
namespace {

class JoinedSource final : public StoredSource {
 public:
  explicit JoinedSource(std::vector<std::unique_ptr<StoredSource>> sources) : sources_(std::move(sources)) {}

  Result<bool> Next(SourceBlock& block) override {
    std::unique_lock<std::mutex> lock(mutex_);
    while (current_ < sources_.size()) {
      const size_t at = current_;
      ++inside_;
      lock.unlock();
      Result<bool> more = sources_[at]->Next(block);
      lock.lock();
      if (--inside_ == 0) left_.notify_all();
      if (!more.ok()) return more;
      if (*more) {
        block.sequence += first_;
        ++given_;
        return true;
      }
      EndOf(at, lock);
    }
    return false;
  }

  void PeekEnds(const std::function<void(const SourceBlock&)>& visit) const override {
    for (const auto& source : sources_) source->PeekEnds(visit);
  }

  void KeepChecksums() override {
    for (const auto& source : sources_) source->KeepChecksums();
  }

  std::vector<StateInput> inputs() const override {
    std::vector<StateInput> all;
    for (const auto& source : sources_) {
      const std::vector<StateInput> some = source->inputs();
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

  uint64_t total_bytes() const override {
    uint64_t bytes = 0;
    for (const auto& source : sources_) bytes += source->total_bytes();
    return bytes;
  }

 private:
  // The next source's numbers begin behind those of this one, which are all given when nobody is inside.
  void EndOf(size_t source, std::unique_lock<std::mutex>& lock) {
    left_.wait(lock, [&] { return inside_ == 0 || current_ != source; });
    if (current_ != source) return;
    first_ += given_;
    given_ = 0;
    ++current_;
    left_.notify_all();
  }

  const std::vector<std::unique_ptr<StoredSource>> sources_;
  std::mutex mutex_;  // guards all below
  std::condition_variable left_;
  size_t current_ = 0;
  size_t inside_ = 0;   // threads in the current source's Next
  uint64_t first_ = 0;  // the current source's first number
  uint64_t given_ = 0;  // blocks of the current source
};

}  // namespace

std::unique_ptr<StoredSource> Joined(std::vector<std::unique_ptr<StoredSource>> sources) {
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<JoinedSource>(std::move(sources));
}

}  // namespace adirect
