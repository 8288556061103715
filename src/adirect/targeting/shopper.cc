#include "adirect/targeting/shopper.h"

#include <algorithm>

namespace adirect {
namespace {

// The first time that is kept: later than T - R.
Timestamp FirstKept(const Settings& settings, Timestamp newest) {
  if (settings.retention.forever()) return kMinEventTime;
  return Timestamp{newest.ms - settings.retention.millis() + 1};
}

bool SameRun(const KeptEvent& a, const KeptEvent& b) { return a.category == b.category && a.type == b.type; }

// Cuts one run (one category and type, newest first) to its M newest and, of each older UTC day, the
// newest, while there are at most M days in all. Writes to `out`, which may be the run's own front.
KeptEvent* CutRun(const KeptEvent* first, const KeptEvent* last, int max_searches, KeptEvent* out) {
  int kept = 0;
  int days = 0;
  int64_t day = INT64_MAX;
  for (; first != last; ++first) {
    const bool new_day = first->time.day() != day;
    if (kept >= max_searches && (!new_day || days >= max_searches)) continue;
    if (new_day) {
      day = first->time.day();
      ++days;
    }
    ++kept;
    *out++ = *first;
  }
  return out;
}

void SortAndDropRepeats(std::vector<KeptEvent>& events, const Dictionary& dictionary) {
  const auto less = [&](const KeptEvent& a, const KeptEvent& b) { return CanonicalLess(dictionary, a, b); };
  // A chain that was cut is in order.
  if (!std::is_sorted(events.begin(), events.end(), less)) std::sort(events.begin(), events.end(), less);
  events.erase(std::unique(events.begin(), events.end()), events.end());
}

bool TakesBack(const KeptEvent& refund, const KeptEvent& purchase, const Dictionary& dictionary) {
  if (refund.time < purchase.time) return false;
  if (refund.order != 0 && refund.order != purchase.order) return false;
  const std::string_view product = dictionary.product(refund.item);
  return product.empty() || product == dictionary.product(purchase.item);
}

}  // namespace

void Shopper::clear() {
  user_id.clear();
  user_name.clear();
  user_name_at = {};
  extra.clear();
  interests.clear();
  purchases.clear();
  refunds.clear();
}

bool CanonicalLess(const Dictionary& dictionary, const KeptEvent& a, const KeptEvent& b) {
  if (a.category != b.category) return a.category < b.category;
  if (a.type != b.type) return a.type < b.type;
  if (a.time != b.time) return a.time > b.time;
  if (a.item != b.item) return dictionary.product(a.item) < dictionary.product(b.item);
  if (a.order != b.order) return a.order < b.order;
  return a.identity < b.identity;
}

void Canonicalize(Shopper& shopper, const Dictionary& dictionary, const Settings& settings, Timestamp newest) {
  const Timestamp first_kept = FirstKept(settings, newest);
  const auto too_old = [&](const KeptEvent& event) { return event.time < first_kept; };
  for (std::vector<KeptEvent>* events : {&shopper.interests, &shopper.purchases, &shopper.refunds}) {
    std::erase_if(*events, too_old);
    SortAndDropRepeats(*events, dictionary);
  }
  if (shopper.user_name_at < first_kept) {
    shopper.user_name.clear();
    shopper.user_name_at = {};
  }
  KeptEvent* const end = shopper.interests.data() + shopper.interests.size();
  KeptEvent* out = shopper.interests.data();
  for (KeptEvent* first = out; first != end;) {
    KeptEvent* last = first + 1;
    while (last != end && SameRun(*first, *last)) ++last;
    out = CutRun(first, last, settings.max_searches, out);
    first = last;
  }
  shopper.interests.resize(static_cast<size_t>(out - shopper.interests.data()));
}

void StandingPurchases(const Shopper& shopper, const Dictionary& dictionary, const Settings& settings, Timestamp now,
                       std::vector<KeptEvent>& standing) {
  standing.clear();
  for (const KeptEvent& purchase : shopper.purchases) {
    if (!Within(settings.retention, purchase.time, now)) continue;
    const bool taken_back = std::any_of(shopper.refunds.begin(), shopper.refunds.end(), [&](const KeptEvent& refund) {
      return refund.time <= now && TakesBack(refund, purchase, dictionary);
    });
    if (!taken_back) standing.push_back(purchase);
  }
}

}  // namespace adirect
