// What is asked about one shopper, and what the answer is made of.
//
// Threads: values.
#pragma once

#include <optional>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/base/time.h"
#include "adirect/model/catalog.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/decision.h"
#include "adirect/targeting/settings.h"
#include "adirect/targeting/shopper.h"

namespace adirect {

struct Question {
  std::string_view user_id;
  std::optional<std::string_view> category_id;  // absent: all
  std::optional<Timestamp> as_of;               // absent: now; not before the newest event
};

// Valid during the call it is given to.
struct Decided {
  const Decision& decision;
  const Shopper& shopper;  // canonical; empty where nobody knows him
  Timestamp as_of;
  const Dictionary& dictionary;
  const Settings& settings;
  const Catalog* catalog;  // null: nothing is known of any product
};

// InvalidArgument for an as-of before the newest event.
Status CheckAsOf(const Question& question, Timestamp newest);

}  // namespace adirect
