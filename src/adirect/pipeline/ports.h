// The ports: all that the pipeline asks of the world. Adapters (sources, sinks, stores) implement them;
// fakes in tests do too. No vendor's type passes through here.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/base/time.h"
#include "adirect/codec/decoder.h"
#include "adirect/targeting/decision.h"
#include "adirect/targeting/state_bytes.h"

namespace adirect {

// One input of a source: a file, a topic's partition.
struct Input {
  std::string name;         // as quarantine shows it
  bool may_erase = false;   // files and archives may bring erases; topics may not
  std::string header = {};  // Decoder::header(), which quarantine keeps with each of its rows
};

// A piece of an input, in memory that its holder owns and uses again.
struct SourceBlock {
  std::vector<char> memory;                    // behind block.bytes; at least kBlockPadding longer
  std::shared_ptr<const ColumnBlock> columns;  // behind block.columns
  Block block;
  uint64_t sequence = 0;              // 0, 1, 2, … over the whole source
  uint64_t input_bytes = 0;           // how far the block moves a progress bar: bytes as stored
  const Input* input = nullptr;       // owned by the source
  const Decoder* decoder = nullptr;   // owned by the source
  std::shared_ptr<const void> owner;  // of both, where the source itself lets go of them

  // Of a stream's block. The row of offset block.offset + i was received at arrivals[i]; empty: as the events say.
  std::vector<Timestamp> arrivals;
  uint64_t end = 0;  // the offset to go on from; of text from files too
};

// Where events come from.
class Source {
 public:
  virtual ~Source() = default;

  // Fills `block` with the next piece; false at the end. Every row of every input is in exactly one block.
  // Threads: any number may call at once; sequence numbers follow the order of the inputs.
  virtual Result<bool> Next(SourceBlock& block) = 0;

  // From now on sum up what is read, which costs about 0.1 s a GB. To be called before the first Next.
  virtual void KeepChecksums() {}
  // What was read so far, as a saved state names it; empty without KeepChecksums.
  virtual std::vector<StateInput> inputs() const { return {}; }
};

// By input: the offset of the next row to read.
using Positions = std::map<std::string, uint64_t, std::less<>>;

// What is known of a stream while it is read.
struct StreamState {
  struct Part {
    std::string input;
    uint64_t next = 0;                // all rows before it were read, and their reader has asked for more
    uint64_t end = 0;                 // of the next row to be written; as far as known
    std::optional<Timestamp> newest;  // arrival of the newest row that was read

    uint64_t lag() const { return end - std::min(next, end); }  // rows
  };
  std::vector<Part> parts;
  bool complete = true;   // false: there may be parts that are not known yet
  std::string trouble;    // a sentence: why it waits; empty: it does not
  uint64_t retries = 0;   // since the start: what failed and was tried again
  uint64_t lost = 0;      // since the start: rows that were gone before they could be read
  std::string lost_rows;  // a sentence on the last of them

  uint64_t lag() const {  // rows
    uint64_t rows = 0;
    for (const Part& part : parts) rows += part.lag();
    return rows;
  }
};

// An endless source, in inputs that can be read again from any offset: a topic's partitions, an engine's log.
//
//   stream.Start({{"web_activity1/0", 4711}});
//   for (SourceBlock block;;) {
//     if (!*stream.Next(0, std::chrono::milliseconds(100), block)) continue;
//     block.decoder->Decode(block.block, scratch, door);  // and go on from block.end
//   }
//
// A world that fails (a broker that is down) ends nothing: no block comes, state() says why, and it is tried again,
// ever more rarely up to a limit.
class Stream {
 public:
  virtual ~Stream() = default;

  // Where to begin; an input that is not named begins with its oldest row, one that appears later too. Called once,
  // before all else. InvalidArgument where the stream can never be read as it was described.
  virtual Status Start(const Positions& from) = 0;

  // The number of threads that may read at once. Each has inputs of its own.
  virtual unsigned readers() const = 0;

  // Fills `block` with the next rows of one of the reader's inputs, in the input's order; false where none came within
  // `wait`. Who does not call gets no more: a bounded number of rows waits in memory. Blocks are not numbered.
  // Threads: one per reader.
  virtual Result<bool> Next(unsigned reader, std::chrono::milliseconds wait, SourceBlock& block) = 0;

  // Up to where its rows are safe: for monitors, who see a lag by it. Returns at once. Threads: any.
  virtual void Tell(const Positions& safe) = 0;

  // Threads: any.
  virtual StreamState state() const = 0;
};

// Where text goes that is made in pieces.
class TextSink {
 public:
  virtual ~TextSink() = default;
  // Threads: one call at a time.
  virtual Status Write(std::string_view text) = 0;
  // Returns when all that was written is where it will not be lost by a crash of this process.
  virtual Status Sync() { return {}; }
};

// The audience as text, shopper by shopper.
class AudienceSink {
 public:
  // What a range of shoppers becomes.
  struct Chunk {
    std::string audience;
    std::string recommendations;
    void clear() { audience.clear(), recommendations.clear(); }
  };
  virtual ~AudienceSink() = default;

  // Appends one shopper's targeted categories (sorted by id). Threads: any number at once.
  virtual void Format(std::string_view user_id, std::span<const CategoryDecision> targeted, Chunk& chunk) const = 0;
  // Takes the chunks in the order of the shoppers' ids. Threads: one call at a time.
  virtual Status Write(const Chunk& chunk) = 0;
};

// Told what has been done; for a bar on a terminal.
class Progress {
 public:
  virtual ~Progress() = default;
  // Threads: any number at once.
  virtual void Add(uint64_t rows, uint64_t input_bytes) = 0;
};

}  // namespace adirect
