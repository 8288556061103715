// Rows in by the Arrow C data interface: structs that were given, owned, and their columns as codec/columns.h has them.
//
//   const Given<ArrowSchema> schema(schema_pointer);    // theirs reads as released from now on
//   const Given<ArrowArray> batch(batch_pointer);
//   ArrowBlock rows;
//   ADIRECT_RETURN_IF_ERROR(ReadEvents(format, schema, batch, rows));
//
// Threads: values; no sharing.
#pragma once

#include <adirect/adirect.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/codec/columns.h"
#include "adirect/codec/format.h"

namespace adirect::capi {

// A struct that a caller gave away. Released exactly once, at the end of this; null where it was null or already
// released.
template <typename Struct>
class Given {
 public:
  explicit Given(Struct* theirs) {
    if (theirs == nullptr) return;
    given_ = *theirs;
    theirs->release = nullptr;
  }
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;
  ~Given() {
    if (given_.release != nullptr) given_.release(&given_);
  }
  const Struct* get() const { return given_.release != nullptr ? &given_ : nullptr; }

 private:
  Struct given_ = {};
};

// Values of a batch, where they lie; what had to be written anew lies here.
struct ArrowBlock final : ColumnBlock {
  std::deque<std::vector<int64_t>> integers;
  std::deque<std::vector<int32_t>> indices;
  std::deque<std::string> texts;
};

// The columns of a format, found by name. Errors name the column: missing, there twice, of a type that cannot hold the
// field. Both structs must outlive the block.
Status ReadEvents(const Format& format, const ArrowSchema* schema, const ArrowArray* batch, ArrowBlock& block);

// The columns of these names, in their order and whatever field they call themselves; each of texts or of integers, as
// asked, and without nulls.
struct AskedColumn {
  std::string_view name;  // empty: the only column, whatever its name
  Column::Kind kind;
};
Status ReadAsked(const std::vector<AskedColumn>& asked, const ArrowSchema* schema, const ArrowArray* batch,
                 ArrowBlock& block);

// The text of a row of a column of texts.
std::string_view TextAt(const Column& column, size_t row);

}  // namespace adirect::capi
