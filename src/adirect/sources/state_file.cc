#include "adirect/sources/state_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace adirect {

Result<MappedFile> MappedFile::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info = {};
  if (fd < 0 || fstat(fd, &info) != 0) return FromErrno(errno, path);
  const auto size = static_cast<size_t>(info.st_size);
  const bool regular = S_ISREG(info.st_mode);
  void* const bytes = regular && size > 0 ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0) : nullptr;
  const int error = errno;
  close(fd);
  if (!regular) return InvalidArgument(path + ": is no file; a state is read from one");
  if (bytes == MAP_FAILED) return FromErrno(error, path);
  if (bytes != nullptr) madvise(bytes, size, MADV_SEQUENTIAL);
  return MappedFile({static_cast<const char*>(bytes), size});
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

Status ReadStateFile(const std::string& path, unsigned threads, Shards& shards, std::vector<StateInput>& inputs) {
  const Result<MappedFile> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  return shards.Merge(file->bytes(), threads, inputs).Within(path);
}

}  // namespace adirect
