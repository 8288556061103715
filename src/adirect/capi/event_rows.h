// Events as rows out of the library: those that a reader accepted, and those that a state keeps.
//
// Threads: values; no sharing.
#pragma once

#include <cstdint>
#include <string_view>

#include "adirect/base/time.h"
#include "adirect/capi/arrow_out.h"

namespace adirect::capi {

struct EventRow {
  std::string_view type = {};
  std::string_view user_id = {};
  std::string_view user_name = {};
  std::string_view category_id = {};
  std::string_view product_id = {};
  Timestamp time = {};
  uint64_t order = 0;
  uint64_t identity = 0;
};

// What adirect.h says of adirect_accepted.
const Shape& EventShape();
void AddEvent(const EventRow& row, OutColumn& batch);

}  // namespace adirect::capi
