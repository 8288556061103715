// For tests of answers: a shop whose decisions are made by hand, and files in memory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adirect/sinks/answers.h"

namespace adirect {

class MemorySink : public TextSink {
 public:
  Status Write(std::string_view piece) override {
    if (full) return Exhausted("no space");
    text += piece;
    return {};
  }
  std::string text;
  bool full = false;
};

class AnswersTest : public testing::Test {
 protected:
  CategoryDecision Targeted(std::string_view category, int searches, Timestamp last,
                            std::optional<Timestamp> next_change) {
    dictionary_.Intern("", category);
    CategoryDecision decision;
    decision.category = dictionary_.FindCategory(category);
    decision.verdict.targeted = true;
    decision.verdict.searches = searches;
    decision.verdict.last_search_at = last;
    decision.verdict.next_change_at = next_change;
    return decision;
  }

  Popularity Bought(const std::vector<std::pair<std::string_view, std::string_view>>& products) {
    PopularityCounter counter(Duration::Forever(), {}, {kMillisPerDay});
    for (const auto& [category, product] : products) {
      KeptEvent purchase;
      purchase.type = EventType::kPurchase;
      purchase.item = dictionary_.Intern(product, category);
      purchase.category = dictionary_.category(purchase.item);
      counter.Add({&purchase, 1});
    }
    return Popularity(counter, dictionary_);
  }

  std::unique_ptr<Answers> Make(AnswerMaker make, const Catalog* catalog = nullptr) {
    return make(dictionary_, catalog, {&audience_, &recommendations_, &popular_});
  }

  Dictionary dictionary_;
  MemorySink audience_;
  MemorySink recommendations_;
  MemorySink popular_;
};

}  // namespace adirect
