#include "adirect/sinks/archive_csv.h"

#include <zlib.h>

#include "adirect/codec/text.h"
#include "adirect/sinks/archive_fields.h"

namespace adirect {
namespace {

constexpr size_t kPieceBytes = 64 << 10;  // that zlib is given at once
constexpr int kGzipLevel = 4;             // the smallest level that finds repeats lazily
constexpr int kGzipWindow = 15 + 16;      // 32 KiB, with gzip's header

void AppendHeader(std::string& out) {
  for (size_t i = 0; i < kFieldCount; ++i) {
    if (i > 0) out += ',';
    out += FieldName(static_cast<Field>(i));
  }
  out += '\n';
}

void AppendLine(const Event& event, std::string& out) {
  const std::array<std::string_view, kFieldCount> texts = ArchiveTexts(event);
  for (size_t i = 0; i < kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    if (i > 0) out += ',';
    if (IsArchiveTime(field)) {
      AppendRfc3339(ArchiveTime(field, event), out);
    } else if (!texts[i].empty()) {
      AppendCsvField(texts[i], out);
    }
  }
  out += '\n';
}

class CsvEncoder final : public ArchiveEncoder {
 public:
  CsvEncoder() { AppendHeader(text_); }
  Status Add(const Event& event) override {
    AppendLine(event, text_);
    return {};
  }
  uint64_t bytes() const override { return text_.size(); }
  Result<std::string> Finish() override { return std::move(text_); }

 private:
  std::string text_;
};

class GzipEncoder final : public ArchiveEncoder {
 public:
  GzipEncoder() {
    made_ = deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, kGzipWindow, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
    AppendHeader(piece_);
  }
  ~GzipEncoder() override {
    if (made_) deflateEnd(&stream_);
  }

  Status Add(const Event& event) override {
    AppendLine(event, piece_);
    return piece_.size() < kPieceBytes ? Status() : Pack(Z_NO_FLUSH);
  }
  uint64_t bytes() const override { return packed_.size(); }
  Result<std::string> Finish() override {
    ADIRECT_RETURN_IF_ERROR(Pack(Z_FINISH));
    return std::move(packed_);
  }

 private:
  Status Pack(int flush) {
    if (!made_) return Exhausted("cannot pack by gzip: there is not enough memory");
    stream_.next_in = reinterpret_cast<unsigned char*>(piece_.data());
    stream_.avail_in = static_cast<unsigned>(piece_.size());
    const size_t before = packed_.size();
    const size_t room = deflateBound(&stream_, static_cast<unsigned long>(piece_.size())) + kPieceBytes;
    packed_.resize(before + room);
    stream_.next_out = reinterpret_cast<unsigned char*>(packed_.data() + before);
    stream_.avail_out = static_cast<unsigned>(room);
    const int done = deflate(&stream_, flush);
    packed_.resize(packed_.size() - stream_.avail_out);
    ADIRECT_CHECK(stream_.avail_in == 0 && done == (flush == Z_FINISH ? Z_STREAM_END : Z_OK), done);
    piece_.clear();
    return {};
  }

  z_stream stream_ = {};
  bool made_ = false;
  std::string piece_;  // text that is not packed yet
  std::string packed_;
};

}  // namespace

std::unique_ptr<ArchiveEncoder> MakeCsvArchiveEncoder() { return std::make_unique<CsvEncoder>(); }

std::unique_ptr<ArchiveEncoder> MakeGzipArchiveEncoder() { return std::make_unique<GzipEncoder>(); }

}  // namespace adirect
