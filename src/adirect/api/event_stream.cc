#include "adirect/api/event_stream.h"

#include <utility>

namespace adirect {
namespace {

void AppendEvent(std::string_view name, std::string_view json, std::string& out) {
  out.append("event: ").append(name).append("\ndata: ").append(json).append("\n\n");
}

}  // namespace

BodyStream::Next EventStream::Pull(std::string& chunk, const Waker& waker) {
  const uint64_t tick = parts_.history.ticks();
  if (begun_ && tick == tick_) {
    chunk += ":\n\n";  // says that it lives
    return Next::kWait;
  }
  begun_ = true;
  tick_ = tick;
  AppendEvent("stats", parts_.stats(), chunk);
  if (parts_.ask) AppendDecision(chunk);
  parts_.history.AfterTick(tick, [waker] { waker.Wake(); });
  return Next::kWait;
}

void EventStream::AppendDecision(std::string& out) {
  DecisionAsk& ask = *parts_.ask;
  ask.question.user_id = parts_.user_id;
  if (ask.question.category_id) ask.question.category_id = parts_.category_id;
  if (auto policy = parts_.shop.policies().Find(ask.policy->policy.name)) ask.policy = std::move(policy);
  std::string timeless;
  if (!AppendAnswer(parts_.shop, ask, /*clauses=*/false, Timestamp{}, timeless).ok() || timeless == told_) return;
  told_ = std::move(timeless);
  std::string decision;
  (void)AppendAnswer(parts_.shop, ask, /*clauses=*/true, std::nullopt, decision);
  AppendEvent("decision", decision, out);
}

}  // namespace adirect
