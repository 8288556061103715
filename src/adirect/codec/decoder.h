// Decoder: bytes of one block to events. Pure: no file, clock or thread.
//
// A decoder is bound to one input (a file), because a CSV header decides what its columns mean:
//
//   Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(format, "events.csv", first_bytes);
//   DecodeScratch scratch;                        // one per thread
//   (*decoder)->Decode(block, scratch, sink);     // any thread, any order of blocks
//
// Every row ends in exactly one call of the sink: OnEvent, OnIgnored or OnRejected; empty lines and the
// header are no rows. A row is rejected for the first of the reasons in the order of RejectReason.
// What needs more than the row is the door's matter (pipeline/door.h): a missing category that the
// catalog may know, a time in the future, an erase from a source that may not erase.
//
// Threads: a Decoder is immutable and shared; scratch and sink belong to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/codec/format.h"
#include "adirect/model/event.h"
#include "adirect/model/reject.h"

namespace adirect {

struct ColumnBlock;  // codec/columns.h

// Whole rows of one input.
struct Block {
  // What a row's offset is.
  enum class Rows : uint8_t {
    kByBytes,   // the block's, and the bytes before the row; of columns, and the rows before it
    kByNumber,  // the block's, and the rows before it: every line is a row, none is empty
    kOne,       // the block's: all the bytes are one row, line ends and all; it may be empty
  };

  // The rows, if they are text, each ended by LF or CRLF but perhaps the input's last; followed by kBlockPadding bytes
  // that may be read. Less than 4 GiB.
  std::string_view bytes;
  uint64_t offset = 0;    // of bytes[0] in the input's (decompressed) text; of columns, the first row's number
  bool overlong = false;  // `bytes` is the front of one line longer than kMaxLineBytes, the rest left out
  const ColumnBlock* columns = nullptr;  // the rows, if they come column by column
  Rows rows = Rows::kByBytes;
};

inline constexpr size_t kBlockPadding = 64;

// Writes rows that came as columns; asked only for what is refused.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void AppendRow(uint64_t offset, std::string& out) const = 0;
};

// Where a row stood: its offset in the input (Block::Rows), and its text without the line end. A row of columns has
// its number (from 0) for an offset, and a writer instead of a text.
struct RowPlace {
  uint64_t offset = 0;
  std::string_view raw;
  const RowWriter* writer = nullptr;
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  // The views of event and place stay valid as long as the block's bytes (the writer: until the call
  // returns), and until the next Decode with the same scratch.
  virtual void OnEvent(const Event& event, const RowPlace& place) = 0;
  virtual void OnIgnored(const RowPlace& place) = 0;
  virtual void OnRejected(RejectReason reason, const RowPlace& place) = 0;
};

// What a thread needs to decode; reused from block to block, for any decoder.
class DecodeScratch {
 public:
  DecodeScratch();
  ~DecodeScratch();
  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

class Decoder {
 public:
  virtual ~Decoder() = default;

  // The bytes before the first row: a byte order mark, a header line.
  virtual size_t header_bytes() const = 0;

  // The header line that says what the columns are, without its end; empty where none was read. A decoder made
  // from it and a line end reads the rows of this one.
  virtual std::string_view header() const { return {}; }

  // The length of the longest front of `bytes` that holds only whole rows; 0 where there is none.
  // `bytes` starts at a row.
  virtual size_t WholeRows(std::string_view bytes) const = 0;

  virtual void Decode(const Block& block, DecodeScratch& scratch, EventSink& sink) const = 0;
};

// `input` is the file's name without folders: with the offset it is the identity of a row that has no
// event_id. `head` is the front of the input (all of it, or at least its first line). Errors: a header
// that is required and missing, a field's column that the header does not have; they name the columns.
// A format of kind kParquet is for MakeColumnDecoder (codec/columns.h) and an error here.
Result<std::unique_ptr<Decoder>> MakeDecoder(const Format& format, std::string_view input, std::string_view head);

}  // namespace adirect
