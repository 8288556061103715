#include "adirect/sources/inflate.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace adirect {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::string_view kRemedy = "; copy the file again, or pack it again";

// pzstd writes such frames, which hold no text, in front.
bool IsSkippableFrame(std::string_view head) {
  return head.size() >= kPackedMagicBytes && (static_cast<unsigned char>(head[0]) & 0xf0) == 0x50 &&
         head.substr(1, 3) == "\x2a\x4d\x18";
}

class GzipInflater final : public Inflater {
 public:
  GzipInflater(std::string place, std::string_view head, ReadStored read)
      : Inflater(std::move(place), head, std::move(read)) {
    constexpr int kOnlyGzip = 16;
    ADIRECT_CHECK(inflateInit2(&stream_, MAX_WBITS + kOnlyGzip) == Z_OK, "zlib has no memory");
  }
  ~GzipInflater() override { inflateEnd(&stream_); }

 private:
  Result<size_t> Step(std::string_view& packed, char* to, size_t size) override {
    if (between_ && !packed.empty()) {
      inflateReset(&stream_);
      between_ = false;
      follows_ = true;
    }
    if (between_) return size_t{0};
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(size);
    const int code = inflate(&stream_, Z_NO_FLUSH);
    packed.remove_prefix(packed.size() - stream_.avail_in);
    between_ = code == Z_STREAM_END;
    // Z_BUF_ERROR: more input is needed.
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return size - stream_.avail_out;
    if (follows_ && stream_.total_in <= kGzipMagic.size()) return FollowedByOther();
    return Damaged(stream_.msg != nullptr ? stream_.msg : zError(code));
  }

  z_stream stream_ = {};
  bool follows_ = false;  // the member at hand is not the first
};

class ZstdInflater final : public Inflater {
 public:
  ZstdInflater(std::string place, std::string_view head, ReadStored read)
      : Inflater(std::move(place), head, std::move(read)), stream_(ZSTD_createDStream()) {
    ADIRECT_CHECK(stream_ != nullptr, "zstd has no memory");
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  }
  ~ZstdInflater() override { ZSTD_freeDStream(stream_); }

 private:
  Result<size_t> Step(std::string_view& packed, char* to, size_t size) override {
    if (between_ && packed.empty()) return size_t{0};
    ZSTD_inBuffer in = {packed.data(), packed.size(), 0};
    ZSTD_outBuffer out = {to, size, 0};
    const size_t left = ZSTD_decompressStream(stream_, &out, &in);
    packed.remove_prefix(in.pos);
    if (ZSTD_isError(left) != 0) return Failed(left);
    between_ = left == 0;
    follows_ = follows_ || between_;
    return out.pos;
  }

  Status Failed(size_t code) const {
    const ZSTD_ErrorCode error = ZSTD_getErrorCode(code);
    if (error == ZSTD_error_prefix_unknown && follows_) return FollowedByOther();
    if (error == ZSTD_error_frameParameter_windowTooLarge) {
      return Exhausted(place() + ": was packed with a zstd window of more than " +
                       std::to_string(kMaxZstdWindowBytes >> 20) +
                       " MiB; pack it again with --long=" + std::to_string(kMaxZstdWindowLog) + " or less");
    }
    return Damaged(ZSTD_getErrorName(code));
  }

  ZSTD_DStream* stream_;
  bool follows_ = false;  // a frame has ended
};

}  // namespace

std::unique_ptr<Inflater> Inflater::For(std::string place, std::string_view head, ReadStored read) {
  if (head.starts_with(kGzipMagic)) return std::make_unique<GzipInflater>(std::move(place), head, std::move(read));
  if (head.starts_with(kZstdMagic) || IsSkippableFrame(head)) {
    return std::make_unique<ZstdInflater>(std::move(place), head, std::move(read));
  }
  return nullptr;
}

Inflater::Inflater(std::string place, std::string_view head, ReadStored read)
    : place_(std::move(place)),
      read_(std::move(read)),
      buffer_(std::max(head.size(), kPackedBytes)),
      read_bytes_(head.size()) {
  std::memcpy(buffer_.data(), head.data(), head.size());
  packed_ = {buffer_.data(), head.size()};
}

Result<size_t> Inflater::Read(char* to, size_t size) {
  for (;;) {
    const Result<size_t> made = Step(packed_, to, size);
    unpacked_bytes_ = read_bytes_ - packed_.size();
    if (!made.ok() || *made > 0) return made;
    if (!packed_.empty()) continue;
    const Result<size_t> got = read_(buffer_.data(), buffer_.size());
    if (!got.ok()) return got;
    if (*got == 0 && between_) return size_t{0};
    if (*got == 0) {
      return Corrupt(place_ + ": ends after " + std::to_string(read_bytes_) +
                     " bytes in the middle of what was packed" + std::string(kRemedy));
    }
    packed_ = {buffer_.data(), *got};
    read_bytes_ += *got;
  }
}

uint64_t Inflater::TakeStoredBytes() {
  const uint64_t taken = unpacked_bytes_ - told_bytes_;
  told_bytes_ += taken;
  return taken;
}

Status Inflater::Damaged(std::string_view how) const {
  return Corrupt(place_ + ": damaged at byte " + std::to_string(read_bytes_ - packed_.size()) + " or before it (" +
                 std::string(how) + ")" + std::string(kRemedy));
}

Status Inflater::FollowedByOther() const {
  return Corrupt(place_ + ": other bytes behind what was packed, at byte " +
                 std::to_string(read_bytes_ - packed_.size()) + " or before it; cut them off, or pack the file again");
}

}  // namespace adirect
