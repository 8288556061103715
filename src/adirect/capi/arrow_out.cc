#include "adirect/capi/arrow_out.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <utility>

#include "adirect/base/check.h"
#include "adirect/capi/guard.h"

namespace adirect::capi {
namespace {

// What a release gives back: the children, whose structs lie in the holder, and the holder.
template <typename Struct, typename Holder>
void Release(Struct* released) {
  auto* const holder = static_cast<Holder*>(released->private_data);
  for (Struct& child : holder->children) {
    if (child.release != nullptr) child.release(&child);
  }
  released->release = nullptr;
  delete holder;
}

template <typename Struct>
struct Children {
  explicit Children(size_t count) : children(count), pointers(count) {
    for (size_t i = 0; i < count; ++i) pointers[i] = &children[i];
  }
  ~Children() = default;

  std::vector<Struct> children;  // zeroed: released
  std::vector<Struct*> pointers;
};

struct SchemaHolder : Children<ArrowSchema> {
  explicit SchemaHolder(const Shape& shape) : Children(shape.children.size()), name(shape.name), format(shape.format) {}
  const std::string name;
  const std::string format;
};

struct ArrayHolder : Children<ArrowArray> {
  explicit ArrayHolder(size_t count) : Children(count) {}
  std::vector<uint8_t> valid;
  std::vector<int32_t> words;
  std::vector<int64_t> numbers;
  std::string bytes;
  std::array<const void*, 3> buffers = {};
};

// What get_last_error tells belongs to the stream.
struct StreamHolder {
  std::unique_ptr<Batches> batches;
  std::string error;
};

StreamHolder& HolderOf(ArrowArrayStream* stream) { return *static_cast<StreamHolder*>(stream->private_data); }

int ErrnoOf(Code code) { return code == Code::kExhausted ? ENOMEM : code == Code::kInvalidArgument ? EINVAL : EIO; }

template <typename Call>
int Answered(ArrowArrayStream* stream, const Call& call) {
  const Status status = Caught(call);
  if (status.ok()) return 0;
  HolderOf(stream).error = status.message();
  return ErrnoOf(status.code());
}

// Releases what it was not asked to give away.
template <typename Struct>
class Owned {
 public:
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (owned_.release != nullptr) owned_.release(&owned_);
  }
  Struct* get() { return &owned_; }
  Struct Take() { return std::exchange(owned_, {}); }

 private:
  Struct owned_ = {};
};

int GetSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  return Answered(stream, [&] {
    Owned<ArrowSchema> schema;
    ExportSchema(HolderOf(stream).batches->shape(), schema.get());
    *out = schema.Take();
    return Status();
  });
}

int GetNext(ArrowArrayStream* stream, ArrowArray* out) {
  return Answered(stream, [&]() -> Status {
    Batches& batches = *HolderOf(stream).batches;
    OutColumn batch(batches.shape());
    const Result<bool> more = batches.Next(batch);
    if (!more.ok()) return more.status();
    Owned<ArrowArray> array;
    if (*more) ExportArray(std::move(batch), array.get());
    *out = array.Take();
    return {};
  });
}

const char* GetLastError(ArrowArrayStream* stream) {
  const std::string& error = HolderOf(stream).error;
  return error.empty() ? nullptr : error.c_str();
}

void ReleaseStream(ArrowArrayStream* stream) {
  delete &HolderOf(stream);
  stream->release = nullptr;
}

}  // namespace

OutColumn::Kind OutColumn::KindOf(const std::string& format) {
  if (format == "u" || format == "z") return Kind::kText;
  if (format == "+l") return Kind::kList;
  if (format == "+s") return Kind::kStruct;
  return format == "i" ? Kind::kInt32 : Kind::kInt64;
}

OutColumn::OutColumn(const Shape& shape) : kind_(KindOf(shape.format)) {
  if (has_offsets()) words_.push_back(0);
  for (const Shape& child : shape.children) children_.emplace_back(child);
}

void OutColumn::AddText(std::string_view text) {
  bytes_ += text;
  ADIRECT_CHECK(bytes_.size() <= INT32_MAX, bytes_.size());
  words_.push_back(static_cast<int32_t>(bytes_.size()));
  Mark(true);
}

void OutColumn::AddNumber(int64_t number) {
  if (kind_ == Kind::kInt32) {
    words_.push_back(static_cast<int32_t>(number));
  } else {
    numbers_.push_back(number);
  }
  Mark(true);
}

void OutColumn::AddNull() {
  if (kind_ == Kind::kText || kind_ == Kind::kInt32) {
    words_.push_back(kind_ == Kind::kText ? words_.back() : 0);
  } else {
    numbers_.push_back(0);
  }
  Mark(false);
}

void OutColumn::EndRow() {
  if (kind_ == Kind::kList) {
    ADIRECT_CHECK(children_.front().length_ <= INT32_MAX, children_.front().length_);
    words_.push_back(static_cast<int32_t>(children_.front().length_));
  }
  Mark(true);
}

void OutColumn::Mark(bool valid) {
  const auto row = static_cast<size_t>(length_++);
  if (valid && nulls_ == 0) return;
  if (nulls_ == 0) valid_.assign(row / 8 + 1, 0xff);  // all rows before it are there
  valid_.resize(row / 8 + 1, 0xff);
  if (valid) return;
  ++nulls_;
  valid_[row / 8] = static_cast<uint8_t>(valid_[row / 8] & ~(1u << row % 8));
}

size_t OutColumn::text_bytes() const {
  return std::accumulate(children_.begin(), children_.end(), bytes_.size(),
                         [](size_t bytes, const OutColumn& child) { return bytes + child.text_bytes(); });
}

void ExportSchema(const Shape& shape, ArrowSchema* out) {
  auto holder = std::make_unique<SchemaHolder>(shape);
  *out = {};
  out->format = holder->format.c_str();
  out->name = holder->name.c_str();
  out->flags = shape.nullable ? ARROW_FLAG_NULLABLE : 0;
  out->n_children = static_cast<int64_t>(holder->children.size());
  out->children = holder->pointers.data();
  SchemaHolder& held = *holder;
  out->private_data = holder.release();
  out->release = Release<ArrowSchema, SchemaHolder>;
  for (size_t i = 0; i < shape.children.size(); ++i) ExportSchema(shape.children[i], &held.children[i]);
}

void ExportArray(OutColumn&& column, ArrowArray* out) {
  auto holder = std::make_unique<ArrayHolder>(column.children_.size());
  holder->valid = std::move(column.valid_);
  holder->words = std::move(column.words_);
  holder->numbers = std::move(column.numbers_);
  holder->bytes = std::move(column.bytes_);
  const bool words = column.has_offsets() || column.kind_ == OutColumn::Kind::kInt32;
  const bool text = column.kind_ == OutColumn::Kind::kText;
  holder->buffers = {column.nulls_ > 0 ? holder->valid.data() : nullptr,
                     words ? static_cast<const void*>(holder->words.data()) : holder->numbers.data(),
                     holder->bytes.data()};
  *out = {};
  out->length = column.length_;
  out->null_count = column.nulls_;
  out->n_buffers = column.kind_ == OutColumn::Kind::kStruct ? 1 : text ? 3 : 2;
  out->buffers = holder->buffers.data();
  out->n_children = static_cast<int64_t>(holder->children.size());
  out->children = holder->pointers.data();
  ArrayHolder& held = *holder;
  out->private_data = holder.release();
  out->release = Release<ArrowArray, ArrayHolder>;
  for (size_t i = 0; i < held.children.size(); ++i) ExportArray(std::move(column.children_[i]), &held.children[i]);
}

void ExportStream(std::unique_ptr<Batches> batches, ArrowArrayStream* out) {
  auto holder = std::make_unique<StreamHolder>();
  holder->batches = std::move(batches);
  *out = {GetSchema, GetNext, GetLastError, ReleaseStream, holder.release()};
}

}  // namespace adirect::capi
