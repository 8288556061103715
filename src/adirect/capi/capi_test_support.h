// Rows for the C interface and back, for its tests: batches whose releases are counted, streams read to their end.
//
//   TestBatch batch({{"user_id", "u"}, {"time", "l"}}, {{"ana", "1000"}, {"ben", ""}});   // empty: null
//   adirect_read_columns(reader, batch.schema(), batch.array(), 0);
//   EXPECT_EQ(batch.releases(), "1 schema, 1 array");
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adirect/capi/arrow_out.h"

namespace adirect::capi {

// The struct with a release that counts. What it releases is on the heap, as a producer's mostly is.
template <typename Struct>
class CountedStruct {
 public:
  template <typename Fill>
  explicit CountedStruct(const Fill& fill) {
    auto* const held = new Held{{}, this};
    fill(&held->inner);
    given_ = held->inner;
    given_.private_data = held;
    given_.release = [](Struct* released) {
      auto* const mine = static_cast<Held*>(released->private_data);
      mine->inner.release(&mine->inner);
      ++mine->owner->released_;
      released->release = nullptr;
      delete mine;
    };
  }
  CountedStruct(const CountedStruct&) = delete;
  CountedStruct& operator=(const CountedStruct&) = delete;
  ~CountedStruct() {
    if (given_.release != nullptr) given_.release(&given_);
  }

  Struct* get() { return &given_; }
  bool reads_as_released() const { return given_.release == nullptr; }
  int released() const { return released_; }

 private:
  struct Held {
    Struct inner;
    CountedStruct* owner;
  };
  Struct given_ = {};
  int released_ = 0;
};

using TestRows = std::vector<std::vector<std::string>>;

inline OutColumn MakeRows(const Shape& shape, const TestRows& rows) {
  OutColumn made(shape);
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string& format = shape.children[i].format;
      if (row[i].empty()) {
        made.child(i).AddNull();
      } else if (format == "u" || format == "z") {
        made.child(i).AddText(row[i]);
      } else {
        made.child(i).AddNumber(std::atoll(row[i].c_str()));
      }
    }
    made.EndRow();
  }
  return made;
}

class TestBatch {
 public:
  TestBatch(std::vector<Shape> columns, const TestRows& rows)
      : shape_{"", "+s", false, std::move(columns)},
        schema_([&](ArrowSchema* out) { ExportSchema(shape_, out); }),
        array_([&](ArrowArray* out) { ExportArray(MakeRows(shape_, rows), out); }) {}

  ArrowSchema* schema() { return schema_.get(); }
  ArrowArray* array() { return array_.get(); }
  // Both were released once, and say so.
  bool consumed() const {
    return schema_.released() == 1 && array_.released() == 1 && schema_.reads_as_released() &&
           array_.reads_as_released();
  }

 private:
  const Shape shape_;
  CountedStruct<ArrowSchema> schema_;
  CountedStruct<ArrowArray> array_;
};

// A value as text: null is empty, a list is "[a b|c d]".
inline std::string TextOf(const ArrowSchema& schema, const ArrowArray& array, int64_t row) {
  const std::string_view format = schema.format;
  const auto* const valid = static_cast<const uint8_t*>(array.buffers[0]);
  if (valid != nullptr && (valid[row / 8] >> (row % 8) & 1) == 0) return "";
  if (format == "+s") {
    std::string text;
    for (int64_t i = 0; i < schema.n_children; ++i) {
      text += (i == 0 ? "" : " ") + TextOf(*schema.children[i], *array.children[i], row);
    }
    return text;
  }
  const auto* const words = static_cast<const int32_t*>(array.buffers[1]);
  if (format == "+l") {
    std::string text;
    for (int32_t i = words[row]; i < words[row + 1]; ++i) {
      text += (text.empty() ? "" : "|") + TextOf(*schema.children[0], *array.children[0], i);
    }
    return "[" + text + "]";
  }
  if (format == "u" || format == "z") {
    return {static_cast<const char*>(array.buffers[2]) + words[row], static_cast<size_t>(words[row + 1] - words[row])};
  }
  if (format == "i") return std::to_string(words[row]);
  return std::to_string(static_cast<const int64_t*>(array.buffers[1])[row]);
}

// All rows of the stream, their values divided by spaces; releases it and all it gave.
inline std::vector<std::string> ReadStream(ArrowArrayStream& stream) {
  std::vector<std::string> rows;
  ArrowSchema schema = {};
  EXPECT_EQ(stream.get_schema(&stream, &schema), 0);
  for (;;) {
    ArrowArray array = {};
    const int failed = stream.get_next(&stream, &array);
    if (failed != 0) ADD_FAILURE() << failed << ": " << stream.get_last_error(&stream);
    if (failed != 0 || array.release == nullptr) break;
    for (int64_t row = 0; row < array.length; ++row) rows.push_back(TextOf(schema, array, row));
    array.release(&array);
  }
  schema.release(&schema);
  stream.release(&stream);
  return rows;
}

}  // namespace adirect::capi
