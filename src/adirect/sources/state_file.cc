#include "adirect/sources/state_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace adirect {
namespace {

// A file's bytes, mapped.
class MappedFile {
 public:
  ~MappedFile() {
    if (bytes_ != nullptr) munmap(bytes_, size_);
    if (fd_ >= 0) close(fd_);
  }

  Status Open(const std::string& path) {
    fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info = {};
    if (fd_ < 0 || fstat(fd_, &info) != 0) return FromErrno(errno, path);
    if (!S_ISREG(info.st_mode)) return InvalidArgument(path + ": is no file; a state is read from one");
    size_ = static_cast<size_t>(info.st_size);
    if (size_ == 0) return {};
    void* const bytes = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd_, 0);
    if (bytes == MAP_FAILED) return FromErrno(errno, path);
    bytes_ = bytes;
    madvise(bytes_, size_, MADV_SEQUENTIAL);
    return {};
  }

  std::string_view bytes() const { return {static_cast<const char*>(bytes_), size_}; }

 private:
  int fd_ = -1;
  void* bytes_ = nullptr;
  size_t size_ = 0;
};

}  // namespace

Status ReadStateFile(const std::string& path, unsigned threads, Shards& shards, std::vector<StateInput>& inputs) {
  MappedFile file;
  ADIRECT_RETURN_IF_ERROR(file.Open(path));
  return shards.Merge(file.bytes(), threads, inputs).Within(path);
}

}  // namespace adirect
