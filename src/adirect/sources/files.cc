#include "adirect/sources/files.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "adirect/base/hash.h"
#include "adirect/sources/inflate.h"
#include "adirect/sources/read_ahead.h"

namespace adirect {
namespace {

constexpr size_t kBlockBytes = 256 << 10;
constexpr int kPipeWaitMillis = 100;  // how soon a wait for a pipe sees the stop
constexpr std::string_view kStandardInput = "-";
constexpr std::string_view kParquetMagic = "PAR1";

Result<uint64_t> SizeOf(const std::string& path) {
  if (path == kStandardInput) return uint64_t{0};
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return FromErrno(errno, path);
  if (S_ISDIR(info.st_mode)) return InvalidArgument(path + ": is a folder; name the files in it");
  return static_cast<uint64_t>(info.st_size);
}

bool IsRegular(const std::string& path) {
  struct stat info = {};
  return path != kStandardInput && stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace

struct FileSource::File {
  File(std::string path_in, Format format_in) : path(std::move(path_in)), format(std::move(format_in)) {
    input.name = path.substr(path.rfind('/') + 1);
    input.may_erase = true;
  }
  ~File() {
    leaving = true;
    ahead.reset();
    Close();
  }

  Status Open() {
    // A pipe without a writer must not keep us here: AwaitPipe waits for it, and sees the stop.
    fd = path == kStandardInput ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info = {};
    if (fd < 0 || fstat(fd, &info) != 0) return FromErrno(errno, path);
    regular = S_ISREG(info.st_mode);
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return {};
  }
  void Close() {
    if (fd >= 0) close(fd);
    fd = -1;
  }

  std::string path;
  Format format;
  Input input;
  int fd = -1;
  Status failed;  // of a file that could not be opened
  bool regular = true;
  bool at_end = false;
  std::unique_ptr<Inflater> inflater;  // of a packed file
  std::unique_ptr<ReadAhead> ahead;    // calls the inflater, from the file's second block on
  std::atomic<bool> leaving = false;
  std::unique_ptr<Decoder> decoder;
  std::vector<char> carry;  // text that was read and not yet handed out
  uint64_t offset = 0;      // of carry[0] in the text
  Hasher64 checksum;        // of the rows handed out
};

FileSource::~FileSource() = default;

Result<std::unique_ptr<FileSource>> FileSource::Open(const std::vector<std::string>& paths,
                                                     const std::function<Result<Format>(const std::string&)>& format_of,
                                                     const std::atomic<bool>* stop) {
  std::unique_ptr<FileSource> source(new FileSource);
  source->stop_ = stop;
  for (const std::string& path : paths) {
    const Result<uint64_t> size = SizeOf(path);
    if (!size.ok()) return size.status();
    source->total_bytes_ += *size;
    Result<Format> format = format_of(path);
    if (!format.ok()) return format.status();
    source->files_.push_back(std::make_unique<File>(path, *std::move(format)));
  }
  return source;
}

Result<bool> FileSource::Next(SourceBlock& block) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (; current_ < files_.size(); ++current_) {
    File& file = *files_[current_];
    ADIRECT_RETURN_IF_ERROR(file.failed);
    if (file.decoder == nullptr) file.failed = OpenFile(file);
    ADIRECT_RETURN_IF_ERROR(file.failed);
    if (file.inflater != nullptr && file.ahead == nullptr) {
      file.ahead = std::make_unique<ReadAhead>(
          [&inflater = *file.inflater](char* to, size_t size) { return inflater.Read(to, size); });
    }
    const Result<bool> more = NextOf(file, block);
    if (!more.ok()) return more;
    if (*more) {
      if (checksums_) file.checksum.Add(block.block.bytes);
      block.sequence = sequence_++;
      block.end = file.offset;
      block.input = &file.input;
      block.decoder = file.decoder.get();
      if (file.inflater != nullptr) block.input_bytes = file.inflater->TakeStoredBytes();
      return true;
    }
    file.Close();  // its names and decoder stay: other threads may still hold blocks of it
  }
  return false;
}

void FileSource::PeekEnds(const std::function<void(const SourceBlock&)>& visit) const {
  for (const std::unique_ptr<File>& listed : files_) {
    if (listed->format.multiline || !IsRegular(listed->path)) continue;
    File file(listed->path, listed->format);  // Next reads its own from the front
    (void)PeekEnd(file, visit);
  }
}

Status FileSource::PeekEnd(File& file, const std::function<void(const SourceBlock&)>& visit) const {
  ADIRECT_RETURN_IF_ERROR(OpenFile(file));
  if (file.inflater != nullptr) return {};
  const off_t size = lseek(file.fd, 0, SEEK_END);
  const off_t first = std::max(size - static_cast<off_t>(kBlockBytes), static_cast<off_t>(file.offset));
  if (file.decoder == nullptr || lseek(file.fd, first, SEEK_SET) != first) return {};
  SourceBlock block;
  size_t filled = 0;
  file.at_end = false;
  ADIRECT_RETURN_IF_ERROR(Fill(file, kBlockBytes, block.memory, filled));
  std::string_view rows(block.memory.data(), filled);
  if (first > static_cast<off_t>(file.offset)) {
    const size_t begin = rows.find('\n');
    if (begin == std::string_view::npos) return {};
    rows.remove_prefix(begin + 1);
  }
  block.block = {rows, static_cast<uint64_t>(first) + static_cast<uint64_t>(rows.data() - block.memory.data()), false};
  block.input = &file.input;
  block.decoder = file.decoder.get();
  visit(block);
  return {};
}

std::vector<StateInput> FileSource::inputs() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<StateInput> inputs;
  for (const std::unique_ptr<File>& file : files_) {
    if (checksums_ && file->decoder != nullptr) {
      inputs.push_back({file->input.name, file->offset, file->checksum.value()});
    }
  }
  return inputs;
}

// Opens the file, reads its first block and lets the decoder look at the header.
Status FileSource::OpenFile(File& file) const {
  ADIRECT_RETURN_IF_ERROR(file.Open());
  size_t filled = 0;
  ADIRECT_RETURN_IF_ERROR(Fill(file, kPackedMagicBytes, file.carry, filled));
  file.inflater = Inflater::For(file.path, {file.carry.data(), filled},
                                [this, &file](char* to, size_t size) { return ReadStored(file, to, size); });
  if (file.inflater != nullptr) {
    filled = 0;
    file.at_end = false;
  }
  ADIRECT_RETURN_IF_ERROR(Fill(file, kBlockBytes, file.carry, filled));
  file.carry.resize(filled);
  if (filled == 0) return {};
  const std::string_view head(file.carry.data(), file.carry.size());
  if (head.starts_with(kParquetMagic)) {
    return InvalidArgument(file.path + ": is Parquet, which is read from its end; give an unpacked file by its name");
  }
  Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(file.format, file.input.name, head);
  if (!decoder.ok()) return decoder.status().Within(file.path);
  file.decoder = *std::move(decoder);
  file.input.header = file.decoder->header();
  file.offset = file.decoder->header_bytes();
  file.carry.erase(file.carry.begin(), file.carry.begin() + static_cast<std::ptrdiff_t>(file.offset));
  return {};
}

// Reads until `wanted` bytes are there, or the text ends.
Status FileSource::Fill(File& file, size_t wanted, std::vector<char>& memory, size_t& filled) const {
  while (!file.at_end && filled < wanted) ADIRECT_RETURN_IF_ERROR(ReadMore(file, memory, filled));
  return {};
}

// One read behind the `filled` bytes of `memory`: up to the size of a block, or twice what a longer row
// has filled. The memory grows as needed and keeps its padding.
Status FileSource::ReadMore(File& file, std::vector<char>& memory, size_t& filled) const {
  if (stop_ != nullptr && *stop_) return Unavailable("cancelled");
  const size_t most = filled < kBlockBytes ? kBlockBytes : filled * 2;
  if (memory.size() < most + kBlockPadding) memory.resize(most + kBlockPadding);
  char* const to = memory.data() + filled;
  const size_t size = most - filled;
  const Result<size_t> got = file.ahead != nullptr      ? file.ahead->Read(to, size)
                             : file.inflater != nullptr ? file.inflater->Read(to, size)
                                                        : ReadStored(file, to, size);
  if (!got.ok()) return got.status();
  file.at_end = *got == 0;
  filled += *got;
  return {};
}

// One read of the file as it is stored; 0 at the end.
Result<size_t> FileSource::ReadStored(File& file, char* to, size_t size) const {
  if (!file.regular) ADIRECT_RETURN_IF_ERROR(AwaitPipe(file));
  ssize_t got = 0;
  do {
    got = read(file.fd, to, size);
  } while (got < 0 && (errno == EINTR || errno == EAGAIN));
  if (got < 0) return FromErrno(errno, file.path);
  return static_cast<size_t>(got);
}

Status FileSource::AwaitPipe(const File& file) const {
  pollfd waiting = {file.fd, POLLIN, 0};
  while (poll(&waiting, 1, kPipeWaitMillis) <= 0) {
    if (file.leaving || (stop_ != nullptr && *stop_)) return Unavailable("cancelled");
  }
  return {};
}

Result<bool> FileSource::NextOf(File& file, SourceBlock& block) {
  size_t filled = file.carry.size();
  if (block.memory.size() < filled + kBlockPadding) block.memory.resize(filled + kBlockPadding);
  if (filled > 0) std::memcpy(block.memory.data(), file.carry.data(), filled);
  file.carry.clear();
  for (;;) {
    ADIRECT_RETURN_IF_ERROR(Fill(file, kBlockBytes, block.memory, filled));
    if (filled == 0) return false;
    const std::string_view bytes(block.memory.data(), filled);
    const size_t whole = file.at_end ? filled : file.decoder->WholeRows(bytes);
    if (whole > 0) {
      block.block = {bytes.substr(0, whole), file.offset, false};
      block.input_bytes = whole;
      file.carry.assign(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
      file.offset += whole;
      return true;
    }
    if (filled > kMaxLineBytes) return SkipLine(file, block, filled);
    ADIRECT_RETURN_IF_ERROR(ReadMore(file, block.memory, filled));
  }
}

// Keeps the front of a line that is too long, and reads on to its end.
Result<bool> FileSource::SkipLine(File& file, SourceBlock& block, size_t filled) {
  const uint64_t start = file.offset;
  const std::string_view start_of_line(block.memory.data(), kKeptOfLongLine);
  const std::string front(start_of_line.substr(0, start_of_line.find('\n')));
  const char* end = nullptr;
  for (;;) {
    end = static_cast<const char*>(std::memchr(block.memory.data(), '\n', filled));
    if (end != nullptr) break;
    file.offset += filled;
    filled = 0;
    if (file.at_end) break;
    ADIRECT_RETURN_IF_ERROR(ReadMore(file, block.memory, filled));
  }
  if (end != nullptr) {
    const auto skipped = static_cast<size_t>(end + 1 - block.memory.data());
    file.carry.assign(end + 1, static_cast<const char*>(block.memory.data()) + filled);
    file.offset += skipped;
  }
  block.input_bytes = file.offset - start;
  std::memcpy(block.memory.data(), front.data(), front.size());
  block.block = {{block.memory.data(), front.size()}, start, true};
  return true;
}

}  // namespace adirect
