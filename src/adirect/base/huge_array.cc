#include "adirect/base/huge_array.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "adirect/base/check.h"

namespace adirect::internal {

namespace {
constexpr size_t kHugePage = size_t{2} << 20;
}

void* MapZeroed(size_t bytes) {
  if (bytes == 0) return nullptr;
  // Only a mapping that starts at a huge page can use one: map more and give the ends back.
  const size_t extra = bytes >= kHugePage ? kHugePage : 0;
  void* mapped = mmap(nullptr, bytes + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ADIRECT_CHECK(mapped != MAP_FAILED, "out of memory", bytes);
  if (extra == 0) return mapped;
  char* const start = static_cast<char*>(mapped);
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(start) % kHugePage) % kHugePage;
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t used = (bytes + page - 1) / page * page;
  if (before > 0) munmap(start, before);
  if (extra > before) munmap(start + before + used, extra - before);
  madvise(start + before, bytes, MADV_HUGEPAGE);  // a wish: without it all works, slower
  return start + before;
}

void Unmap(void* memory, size_t bytes) { munmap(memory, bytes); }

}  // namespace adirect::internal
