// The records of an engine's log: the accepted events of one request, as the door made them.
//
//   record = event…
//   event  = type:u8 time:varint user:text name:text product:text category:text identity:u64 order:u64
//
// Private to the store it was written by: a record is read back by the same or a newer adirect, never shipped.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/state.h"

namespace adirect {

void AppendLogEvents(std::span<const FoldRow> rows, const Dictionary& dictionary, std::string& out);

// Hands each event of the record to `take`; its views are into the record. Corrupt, with the offset, where
// the record does not read; then nothing has been handed over.
Status ReadLogEvents(std::string_view record, Dictionary& dictionary, const std::function<void(const FoldRow&)>& take);

}  // namespace adirect
