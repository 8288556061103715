// HugeArray: a fixed, zeroed array for large tables that are read at random.
//
// Its memory comes straight from the kernel, zero-filled as it is first touched, and asks for huge
// pages, which doubles the rate of independent cache-line reads where they are on request
// (docs/internals.md). Small arrays cost a page each; use a vector for those.
//
// Threads: as a plain array.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace adirect {

namespace internal {
void* MapZeroed(size_t bytes);  // ends the process where the machine has no memory left
void Unmap(void* memory, size_t bytes);
}  // namespace internal

template <typename T>
class HugeArray {
  static_assert(std::is_trivially_destructible_v<T>, "elements are never destroyed");

 public:
  HugeArray() = default;
  explicit HugeArray(size_t size) : data_(static_cast<T*>(internal::MapZeroed(size * sizeof(T)))), size_(size) {}
  HugeArray(HugeArray&& other) noexcept { Swap(other); }
  HugeArray& operator=(HugeArray&& other) noexcept {
    Swap(other);
    return *this;
  }
  ~HugeArray() {
    if (data_ != nullptr) internal::Unmap(data_, size_ * sizeof(T));
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  size_t bytes() const { return size_ * sizeof(T); }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

 private:
  void Swap(HugeArray& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace adirect
