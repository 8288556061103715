#include "adirect/sinks/archive_local.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "adirect/pipeline/archive_name.h"

namespace adirect {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

class File {
 public:
  File(const std::string& path, int flags) : path_(path), fd_(open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  Status opened() const { return fd_ >= 0 ? Status() : FromErrno(errno, path_); }
  Status Sync() const { return fsync(fd_) == 0 ? Status() : FromErrno(errno, path_); }

  Status Write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = write(fd_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return FromErrno(errno, path_);
      text.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  // From the front, piece by piece.
  Status Read(const std::function<Status(std::string_view)>& take) const {
    const auto piece = std::make_unique_for_overwrite<char[]>(kPieceBytes);
    for (off_t at = 0;;) {
      const ssize_t got = pread(fd_, piece.get(), kPieceBytes, at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FromErrno(errno, path_);
      if (got == 0) return {};
      ADIRECT_RETURN_IF_ERROR(take({piece.get(), static_cast<size_t>(got)}));
      at += got;
    }
  }

  // Corrupt where it is another content.
  Status Compare(std::string_view content) const {
    const auto take = [&](std::string_view piece) -> Status {
      if (!content.starts_with(piece)) return Corrupt(path_ + ": does not hold what was written");
      content.remove_prefix(piece.size());
      return {};
    };
    ADIRECT_RETURN_IF_ERROR(Read(take));
    return content.empty() ? Status() : Corrupt(path_ + ": does not hold what was written");
  }

 private:
  const std::string path_;
  const int fd_;
};

Status SyncFolder(const std::string& path) {
  const File folder(path, O_RDONLY | O_DIRECTORY);
  ADIRECT_RETURN_IF_ERROR(folder.opened());
  return folder.Sync();
}

// Makes the folder and those above it, each durably.
Status MakeFolder(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0) return S_ISDIR(info.st_mode) ? Status() : FromErrno(ENOTDIR, path);
  const std::string above = std::filesystem::path(path).parent_path().string();
  if (!above.empty()) ADIRECT_RETURN_IF_ERROR(MakeFolder(above));
  if (mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) return FromErrno(errno, path);
  return SyncFolder(above.empty() ? "." : above);
}

// A file system that cannot refuse to replace replaces: nobody else writes here.
Status Rename(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EINVAL && rename(from.c_str(), to.c_str()) == 0) return {};
  return FromErrno(errno, to);
}

Status WriteDurably(const std::string& path, std::string_view content) {
  const File file(path, O_RDWR | O_CREAT | O_TRUNC);
  ADIRECT_RETURN_IF_ERROR(file.opened());
  ADIRECT_RETURN_IF_ERROR(file.Write(content));
  ADIRECT_RETURN_IF_ERROR(file.Sync());
  const Status same = file.Compare(content);
  return same.code() == Code::kCorrupt ? Unavailable(same.message() + "; is the disk damaged?") : same;
}

}  // namespace

Result<std::unique_ptr<LocalArchive>> LocalArchive::Make(const std::string& folder) {
  ADIRECT_RETURN_IF_ERROR(MakeFolder(folder));
  return std::make_unique<LocalArchive>(folder);
}

Result<std::vector<ArchiveStore::Entry>> LocalArchive::List(std::string_view folder) {
  const std::string place = Place(folder);
  std::vector<Entry> entries;
  std::error_code error;
  std::filesystem::directory_iterator at(place, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    std::error_code unknown;  // of a link that leads nowhere
    const bool is_folder = at->is_directory(unknown);
    const uint64_t bytes = is_folder ? 0 : at->file_size(unknown);
    entries.push_back({at->path().filename().string(), unknown ? 0 : bytes, is_folder});
  }
  if (error && error.value() != ENOENT) return FromErrno(error.value(), place);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

Status LocalArchive::Put(const std::string& path, std::string_view content) {
  const std::string place = Place(path);
  const std::string folder = place.substr(0, place.rfind('/'));
  if (const File there(place, O_RDONLY); there.opened().ok()) {
    ADIRECT_RETURN_IF_ERROR(there.Compare(content));
    return SyncFolder(folder);
  }
  const std::string temporary = TemporaryArchivePath(place);
  ADIRECT_RETURN_IF_ERROR(MakeFolder(folder));
  Status written = WriteDurably(temporary, content);
  if (written.ok()) written = Rename(temporary, place);
  if (!written.ok()) {
    unlink(temporary.c_str());
    return written;
  }
  return SyncFolder(folder);
}

Status LocalArchive::Read(const std::string& path, const std::function<Status(std::string_view piece)>& take) {
  const File file(Place(path), O_RDONLY);
  ADIRECT_RETURN_IF_ERROR(file.opened());
  return file.Read(take);
}

Status LocalArchive::Remove(const std::string& path) {
  const std::string place = Place(path);
  if (unlink(place.c_str()) != 0 && errno != ENOENT) return FromErrno(errno, place);
  return {};
}

}  // namespace adirect
