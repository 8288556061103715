#include "adirect/pipeline/refused_events.h"

#include <algorithm>
#include <utility>

#include "adirect/pipeline/quarantine.h"

namespace adirect {

void RefusedEvents::Add(RejectReason reason, std::vector<RefusedEvent> newer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::deque<RefusedEvent>& newest = newest_[static_cast<size_t>(reason)];
  for (RefusedEvent& event : newer) newest.push_back(std::move(event));
  while (newest.size() > kSamples) newest.pop_front();
}

void RefusedEvents::Keep(std::string_view records) {
  if (quarantine_ == nullptr || records.empty()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  (void)quarantine_->Write(records);  // what it cannot take, it counts
}

std::vector<RefusedEvent> RefusedEvents::Newest(RejectReason reason, size_t limit) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::deque<RefusedEvent>& newest = newest_[static_cast<size_t>(reason)];
  const auto count = static_cast<std::ptrdiff_t>(std::min(limit, newest.size()));
  return {newest.rbegin(), newest.rbegin() + count};
}

RefusedBody::~RefusedBody() {
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (!rows_[i].empty()) all_.Add(static_cast<RejectReason>(i), std::move(rows_[i]));
  }
}

void RefusedBody::Add(RejectReason reason, const RowPlace& place) {
  std::vector<RefusedEvent>& rows = rows_[static_cast<size_t>(reason)];
  if (rows.size() < RefusedEvents::kSamples) rows.push_back({arrival_, source_, place.offset, ShownRow(place)});
}

void RefusedBody::Keep(std::string& records) {
  all_.Keep(records);
  records.clear();
}

}  // namespace adirect
