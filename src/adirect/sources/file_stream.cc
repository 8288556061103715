#include "adirect/sources/file_stream.h"

#include <sys/stat.h>

#include <thread>

#include "adirect/base/text.h"

namespace adirect {
namespace {

Status CheckFile(const std::string& path) {
  struct stat info = {};
  if (path != "-" && stat(path.c_str(), &info) != 0) return FromErrno(errno, path);
  if (path != "-" && (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))) return {};
  return InvalidArgument(path + ": can be read only once, so that nothing could be gone on with; give a file");
}

// Leaves out the rows before the position; false where that is all of them.
bool CutFront(uint64_t position, SourceBlock& block) {
  if (block.end <= position) return false;
  if (block.block.offset >= position) return true;
  block.block.bytes.remove_prefix(position - block.block.offset);
  block.block.offset = position;
  return true;
}

}  // namespace

Result<std::unique_ptr<FileStream>> FileStream::Open(
    const std::vector<std::string>& paths, const std::function<Result<Format>(const std::string&)>& format_of) {
  std::unique_ptr<FileStream> stream(new FileStream);
  for (const std::string& path : paths) {
    ADIRECT_RETURN_IF_ERROR(CheckFile(path));
    const std::string name = path.substr(path.rfind('/') + 1);
    if (!stream->next_.emplace(name, 0).second) {
      return InvalidArgument("two files are named " + Quoted(name) + ", and rows are known by the name; rename one");
    }
  }
  Result<std::unique_ptr<FileSource>> source = FileSource::Open(paths, [&](const std::string& path) -> Result<Format> {
    Result<Format> format = format_of(path);
    if (!format.ok() || format->kind != Format::Kind::kParquet) return format;
    return Unsupported(path + ": is Parquet; files of text are followed");
  });
  if (!source.ok()) return source.status();
  stream->source_ = *std::move(source);
  return stream;
}

Status FileStream::Start(const Positions& from) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [input, next] : next_) {
    if (const auto found = from.find(input); found != from.end()) next = found->second;
  }
  return {};
}

Result<bool> FileStream::Next(unsigned, std::chrono::milliseconds wait, SourceBlock& block) {
  for (;;) {
    Result<bool> more = source_->Next(block);
    if (!more.ok()) return more;
    const std::unique_lock<std::mutex> lock(mutex_);
    read_ = !*more;
    if (read_) break;
    uint64_t& next = next_.find(block.input->name)->second;
    if (!CutFront(next, block)) continue;
    next = block.end;
    return true;
  }
  std::this_thread::sleep_for(wait);
  return false;
}

StreamState FileStream::state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  StreamState state;
  for (const auto& [input, next] : next_) state.parts.push_back({input, next, read_ ? next : next + 1, std::nullopt});
  return state;
}

}  // namespace adirect
