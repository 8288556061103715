// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): the stats every second and,
// where a shopper is named, the decision about him whenever it changes.
#pragma once

#include <functional>
#include <string>

#include "adirect/api/decision_ask.h"
#include "adirect/api/http.h"
#include "adirect/pipeline/history.h"

namespace adirect {

class EventStream : public BodyStream {
 public:
  struct Parts {
    std::function<std::string()> stats;
    History& history;
    ShopReader& shop;
    std::optional<DecisionAsk> ask = {};  // of the two below, whatever its own views are
    std::string user_id = {};
    std::string category_id = {};
  };
  explicit EventStream(Parts parts) : parts_(std::move(parts)) {}
  Next Pull(std::string& chunk, const Waker& waker) override;

 private:
  void AppendDecision(std::string& out);

  Parts parts_;
  std::string told_;  // the decision that was told last, at no instant
  uint64_t tick_ = 0;
  bool begun_ = false;
};

}  // namespace adirect
