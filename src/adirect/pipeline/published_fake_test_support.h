// The published tables in memory, for tests: rows with the time of their event as Cassandra has them. What is deleted
// stays deleted for older rows, or, as after a long time, does not.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "adirect/pipeline/published.h"

namespace adirect {

class FakeTables {
 public:
  explicit FakeTables(const Dictionary& dictionary) : dictionary_(dictionary) {}

  void Put(const PublishedRows& rows) {
    Shopper& user = users_[rows.user_id];
    if (rows.erased) Erase(user, *rows.erased);
    for (const auto& [events, to] :
         {std::pair(&rows.interests, &user.interests), std::pair(&rows.purchases, &user.purchases),
          std::pair(&rows.refunds, &user.refunds)}) {
      for (const KeptEvent& event : *events) Insert(event, user, *to);
    }
    for (const PublishedSearch& day : rows.days) PutDay(day, user);
    const auto name = std::tie(rows.user_name_at, rows.user_name);
    if (!rows.user_name.empty() && rows.user_name_at > user.tombstone && name > std::tie(user.name_at, user.name)) {
      user.name = rows.user_name;
      user.name_at = rows.user_name_at;
    }
  }

  // Deletes are remembered no longer, which leaves it to `erased` to keep older rows out.
  void ForgetDeletes() {
    for (auto& [user_id, user] : users_) user.tombstone = Timestamp{INT64_MIN};
  }
  // What is not later is gone.
  void Expire(Timestamp last) {
    for (auto& [user_id, user] : users_) Drop(user, last);
  }

  // As a reader asks: all, or the M newest of each run and its days.
  FoundRows Find(const std::string& user_id, const Settings& settings, size_t few) const {
    FoundRows found;
    found.user_id = user_id;
    const auto at = users_.find(user_id);
    if (at == users_.end()) return found;
    const Shopper& user = at->second;
    found.user_name = user.name;
    found.user_name_at = user.name_at;
    found.erased = user.erased;
    found.purchases = user.purchases;
    found.refunds = user.refunds;
    found.interests = user.interests.size() < few ? user.interests : NewestOfRuns(user, settings);
    if (user.interests.size() < few) return found;
    std::map<Run, int> days;
    for (const PublishedSearch& day : user.days) {
      if (days[{day.category.value, day.type}]++ < settings.max_searches) found.days.push_back(day);
    }
    return found;
  }

 private:
  using Run = std::pair<uint32_t, EventType>;
  struct Shopper {
    std::vector<KeptEvent> interests;  // in canonical order, as the other two
    std::vector<KeptEvent> purchases;
    std::vector<KeptEvent> refunds;
    std::vector<PublishedSearch> days;  // newest first
    std::string name;
    Timestamp name_at{INT64_MIN};
    std::optional<Timestamp> erased;
    Timestamp tombstone{INT64_MIN};
  };

  void Insert(const KeptEvent& event, const Shopper& user, std::vector<KeptEvent>& events) {
    if (event.time <= user.tombstone) return;
    const auto at = std::lower_bound(events.begin(), events.end(), event, [&](const KeptEvent& a, const KeptEvent& b) {
      return CanonicalLess(dictionary_, a, b);
    });
    if (at == events.end() || *at != event) events.insert(at, event);
  }

  static void PutDay(const PublishedSearch& day, Shopper& user) {
    if (day.time <= user.tombstone) return;
    const auto same = std::find_if(user.days.begin(), user.days.end(), [&](const PublishedSearch& other) {
      return other.category == day.category && other.type == day.type && other.time.day() == day.time.day();
    });
    if (same == user.days.end()) {
      user.days.push_back(day);
    } else {
      same->time = std::max(same->time, day.time);
    }
    std::sort(user.days.begin(), user.days.end(),
              [](const PublishedSearch& a, const PublishedSearch& b) { return a.time > b.time; });
  }

  static void Erase(Shopper& user, Timestamp time) {
    user.erased = std::max(user.erased.value_or(time), time);
    user.tombstone = std::max(user.tombstone, time);
    Drop(user, time);
  }

  static void Drop(Shopper& user, Timestamp last) {
    const auto old = [&](const auto& row) { return row.time <= last; };
    std::erase_if(user.interests, old);
    std::erase_if(user.purchases, old);
    std::erase_if(user.refunds, old);
    std::erase_if(user.days, old);
    if (user.name_at > last) return;
    user.name.clear();
    user.name_at = Timestamp{INT64_MIN};
  }

  static std::vector<KeptEvent> NewestOfRuns(const Shopper& user, const Settings& settings) {
    std::vector<KeptEvent> newest;
    std::map<Run, int> counts;
    for (const KeptEvent& event : user.interests) {
      if (counts[{event.category.value, event.type}]++ < settings.max_searches) newest.push_back(event);
    }
    return newest;
  }

  const Dictionary& dictionary_;
  std::map<std::string, Shopper> users_;
};

}  // namespace adirect
