// Inflater: the text inside gzip (RFC 1952) and zstd (RFC 8878) data, as it is read.
//
//   std::unique_ptr<Inflater> inflater = Inflater::For(path, first_bytes, read_more);
//   if (inflater != nullptr) inflater->Read(to, size);   // the text, from its front
//
// Members and frames that follow each other are one text. Memory is bounded whatever the data claims: a
// buffer of kPackedBytes, and a window of at most 32 KiB (gzip) or kMaxZstdWindowBytes.
//
// Threads: one call of Read at a time; TakeStoredBytes may be called beside it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"

namespace adirect {

// How far back zstd data may refer: what `zstd --long` asks for, and every zstd reads unasked.
inline constexpr int kMaxZstdWindowLog = 27;
inline constexpr size_t kMaxZstdWindowBytes = size_t{1} << kMaxZstdWindowLog;

inline constexpr size_t kPackedBytes = 64 << 10;

// So many first bytes say whether a file is packed; a shorter one is judged by what it has.
inline constexpr size_t kPackedMagicBytes = 4;

class Inflater {
 public:
  // Reads up to `size` bytes as they are stored; 0 at the end.
  using ReadStored = std::function<Result<size_t>(char* to, size_t size)>;

  // `head` is the front of the stored bytes, `read` gives those behind it; errors begin with `place`. Null
  // where the bytes are neither gzip nor zstd.
  static std::unique_ptr<Inflater> For(std::string place, std::string_view head, ReadStored read);
  virtual ~Inflater() = default;

  // Up to `size` bytes (at least 1) of the text; 0 at its end. Errors say how far the stored bytes were
  // read, and what to do: data that is cut or damaged, other bytes behind it, a window over the limit.
  Result<size_t> Read(char* to, size_t size);

  // The stored bytes that were unpacked since the last call.
  uint64_t TakeStoredBytes();

 protected:
  Inflater(std::string place, std::string_view head, ReadStored read);

  // Unpacks from the front of `packed`, which it shortens; the number of bytes made.
  virtual Result<size_t> Step(std::string_view& packed, char* to, size_t size) = 0;

  Status Damaged(std::string_view how) const;
  Status FollowedByOther() const;
  const std::string& place() const { return place_; }

  // Whether a member or frame has ended, and none has begun since.
  bool between_ = false;

 private:
  const std::string place_;
  const ReadStored read_;
  std::vector<char> buffer_;
  std::string_view packed_;  // of buffer_, not yet unpacked
  uint64_t read_bytes_ = 0;  // through packed_'s end
  std::atomic<uint64_t> unpacked_bytes_ = 0;
  uint64_t told_bytes_ = 0;  // by TakeStoredBytes
};

}  // namespace adirect
