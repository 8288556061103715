// The ports: all that the pipeline asks of the world. Adapters (sources, sinks, stores) implement them;
// fakes in tests do too. No vendor's type passes through here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
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
  uint64_t sequence = 0;             // 0, 1, 2, … over the whole source
  uint64_t input_bytes = 0;          // how far the block moves a progress bar: bytes as stored
  const Input* input = nullptr;      // owned by the source
  const Decoder* decoder = nullptr;  // owned by the source
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

// Where text goes that is made in pieces.
class TextSink {
 public:
  virtual ~TextSink() = default;
  // Threads: one call at a time.
  virtual Status Write(std::string_view text) = 0;
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
