// Rows out by the Arrow C data interface: columns that are built value by value, and streams of their batches.
//
//   OutColumn rows(Shape{"", "+s", false, {{"user_id", "u"}, {"searches", "l"}}});
//   rows.child(0).AddText("ana");
//   rows.child(1).AddNumber(3);
//   rows.EndRow();
//   ExportArray(std::move(rows), out);
//
// Ownership: what is exported owns its memory; each struct's release frees what is its own, once, and its children that
// were not moved elsewhere.
//
// Threads: values; no sharing.
#pragma once

#include <adirect/adirect.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"

namespace adirect::capi {

// A batch is given out when its texts, with those of all children, are so large: far from the 2 GiB of a column.
inline constexpr size_t kTextBytesPerBatch = 4 << 20;

// A column's name and type: "u" string, "z" binary, "i" int32, "l" int64, "tsm:UTC" timestamp, "+l" list of its only
// child,
// "+s" struct.
struct Shape {
  std::string name;
  std::string format;
  bool nullable = false;
  std::vector<Shape> children = {};
};

class OutColumn {
 public:
  explicit OutColumn(const Shape& shape);

  void AddText(std::string_view text);  // string, binary; all texts together less than 2 GiB
  void AddNumber(int64_t number);       // int32, int64, timestamp
  void AddNull();                       // any of these
  void EndRow();                        // list: of what the child has got since the last row; struct
  OutColumn& child(size_t i) { return children_[i]; }

  int64_t length() const { return length_; }
  // Bytes of texts, those of all children included.
  size_t text_bytes() const;

 private:
  friend void ExportArray(OutColumn&& column, ArrowArray* out);

  enum class Kind : uint8_t { kText, kInt32, kInt64, kList, kStruct };

  static Kind KindOf(const std::string& format);
  bool has_offsets() const { return kind_ == Kind::kText || kind_ == Kind::kList; }
  void Mark(bool valid);

  Kind kind_;
  int64_t length_ = 0;
  int64_t nulls_ = 0;
  std::vector<uint8_t> valid_;  // a bit a row, from the first null on
  std::vector<int32_t> words_;  // offsets, or int32 values
  std::vector<int64_t> numbers_;
  std::string bytes_;
  std::vector<OutColumn> children_;
};

void ExportSchema(const Shape& shape, ArrowSchema* out);
void ExportArray(OutColumn&& column, ArrowArray* out);

// What a stream gives out, batch by batch.
class Batches {
 public:
  virtual ~Batches() = default;
  virtual const Shape& shape() const = 0;  // a struct
  // Adds the next rows to `batch`, which is empty; false where there are no more.
  virtual Result<bool> Next(OutColumn& batch) = 0;
};

void ExportStream(std::unique_ptr<Batches> batches, ArrowArrayStream* out);

}  // namespace adirect::capi
