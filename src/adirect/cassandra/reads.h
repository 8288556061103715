// Reads: partitions that are asked for at once and waited for together. Private to cassandra.
//
//   Reads reads(asking);
//   const size_t name = reads.Start(ReadText::kShopper, values);
//   const size_t searches = reads.Start(ReadText::kSearches, other_values);
//   ADIRECT_RETURN_IF_ERROR(reads.Wait());
//   CellReader rows(reads.cells(name));
//
// Threads: one; the answers come on the client's.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/cassandra/read_statements.h"
#include "adirect/pipeline/shop_reader.h"
#include "adirect/targeting/settings.h"

namespace adirect {

// A question on its way: what it is asked of, and until when it waits.
struct Asking {
  static constexpr std::chrono::milliseconds kLongest{5'000};

  const ReadKeyspace& keyspace;
  RemoteShop::Counts& counts;
  Settings settings;
  Timestamp newest;  // T, or a little earlier
  std::chrono::steady_clock::time_point came = std::chrono::steady_clock::now();
};

class Reads {
 public:
  explicit Reads(const Asking& asking);
  ~Reads();  // what has not come yet is not waited for

  // All pages of it. Returns the number by which its rows are found.
  size_t Start(ReadText text, std::string_view values);

  // Unavailable, with why, where one failed or Asking::kLongest is over. Then nothing may be started any more.
  Status Wait();

  // Row by row (cells.h), after Wait.
  std::string_view cells(size_t read) const;

 private:
  struct State;

  const Asking& asking_;
  std::shared_ptr<State> state_;
};

}  // namespace adirect
