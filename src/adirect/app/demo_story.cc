#include "adirect/app/demo_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>

#include "adirect/codec/format.h"
#include "adirect/sources/generator_text.h"

namespace adirect {
namespace {

constexpr uint64_t kShoppersLookedAt = 10'000;

// What the engine says of the shopper in his category.
struct Told {
  Timestamp as_of;
  std::string user_name;
  CategoryDecision category;
  std::vector<KeptEvent> searches;  // newest first
};

const Policy& DefaultPolicy(const LiveShop& shop) { return shop.policies().Find(kDefaultPolicy)->policy; }

Told Ask(LiveShop& shop, const StoryShopper& who) {
  Told answer;
  const Status asked =
      shop.engine().Decide({who.user_id, who.category_id, std::nullopt}, DefaultPolicy(shop), [&](const Decided& told) {
        answer.as_of = told.as_of;
        answer.user_name = told.shopper.user_name;
        answer.category = told.decision.categories.front();
        for (const KeptEvent& event : told.shopper.interests) {
          if (event.category == answer.category.category) answer.searches.push_back(event);
        }
      });
  ADIRECT_CHECK(asked.ok(), asked.message());  // without an as-of there is nothing to refuse
  return answer;
}

std::string ProductText(const LiveShop& shop, std::string_view id) {
  return fmt::format("{} ({})", shop.catalog().Read()->TitleOf(id), id);
}

std::string ProductText(LiveShop& shop, ItemIndex item) {
  return ProductText(shop, shop.engine().dictionary().product(item));
}

void PrintList(LiveShop& shop, const Told& answer) {
  int rank = 0;
  for (const Recommendation& shown : answer.category.list) {
    fmt::print("  {:>2}. {}, {}\n", ++rank, ProductText(shop, shown.item),
               shown.source == ProductSource::kPopular ? "popular" : "searched");
  }
}

void PrintSearches(LiveShop& shop, const StoryShopper& who, const Told& answer) {
  fmt::print("{} (shopper {}) keeps searching {} (category {}):\n", answer.user_name, who.user_id,
             shop.catalog().Read()->CategoryName(who.category_id), who.category_id);
  for (auto search = answer.searches.rbegin(); search != answer.searches.rend(); ++search) {
    fmt::print("  {}  {}\n", FormatRfc3339(search->time), ProductText(shop, search->item));
  }
}

void PrintAnswer(const LiveShop& shop, const Told& answer) {
  const Verdict& verdict = answer.category.verdict;
  const std::string reason = verdict.targeted ? fmt::format("{} searches in {}, and no purchase", verdict.searches,
                                                            FormatDuration(DefaultPolicy(shop).interest.window))
                                              : std::string(ReasonName(verdict.reason));
  fmt::print("At {}: {}, because {}", FormatRfc3339(answer.as_of), verdict.targeted ? "targeted" : "not targeted",
             reason);
  if (verdict.targeted && verdict.next_change_at) fmt::print("; until {}", FormatRfc3339(*verdict.next_change_at));
  fmt::print(". {}\n", answer.category.list.empty() ? "Nothing is shown." : "Shown are:");
}

// The event happens now.
Status Happens(LiveShop& shop, const Told& who, const StoryShopper& shopper, EventType type, std::string_view product,
               std::string_view order) {
  Event event;
  event.type = type;
  event.time = shop.engine().Now();
  event.user_id = shopper.user_id;
  event.user_name = who.user_name;
  event.product_id = product;
  event.order_id = order;
  const std::string id = fmt::format("{}:{}", order, EventTypeName(type));
  event.event_id = id;
  if (type != EventType::kRefund) event.category_id = shopper.category_id;
  std::string line;
  EventText(TextKind::kNdjson, false).Append(event, line);
  fmt::print("\nAt {} {} {} {}.\n", FormatRfc3339(event.time), who.user_name,
             type == EventType::kRefund ? "gets a refund for" : "buys", ProductText(shop, product));
  return SubmitLines(shop.engine(), std::move(line));
}

}  // namespace

std::optional<StoryShopper> FindStory(LiveShop& shop, const Generator& generator) {
  const Dictionary& dictionary = shop.engine().dictionary();
  std::optional<StoryShopper> best;
  std::pair<size_t, int> fewest{SIZE_MAX, 0};  // targeted categories, then searches
  std::array<char, kShopperBytes> room;
  for (const Shoppers& group : generator.frame().shoppers) {
    for (uint32_t i = 0; i < std::min<uint64_t>(group.count(), kShoppersLookedAt); ++i) {
      const std::string_view user_id = group.At(i, room.data()).id;
      const Status asked = shop.engine().Decide({user_id, {}, {}}, DefaultPolicy(shop), [&](const Decided& told) {
        if (!told.decision.targeted) return;
        const auto& all = told.decision.categories;
        const auto targeted = static_cast<size_t>(
            std::count_if(all.begin(), all.end(), [](const auto& c) { return c.verdict.targeted; }));
        const std::pair<size_t, int> found{targeted, all.front().verdict.searches};
        if (found >= fewest || all.front().list.empty()) return;
        fewest = found;
        best = {std::string(user_id), std::string(dictionary.category_id(all.front().category))};
      });
      ADIRECT_CHECK(asked.ok(), asked.message());
    }
  }
  return best;
}

Status TellStory(LiveShop& shop, const StoryShopper& shopper) {
  const Told before = Ask(shop, shopper);
  PrintSearches(shop, shopper, before);
  PrintAnswer(shop, before);
  PrintList(shop, before);

  const std::string product(shop.engine().dictionary().product(before.category.list.front().item));
  const std::string order = fmt::format("demo-{}-{}", shopper.user_id, before.as_of.ms);
  ADIRECT_RETURN_IF_ERROR(Happens(shop, before, shopper, EventType::kPurchase, product, order));
  PrintAnswer(shop, Ask(shop, shopper));

  ADIRECT_RETURN_IF_ERROR(Happens(shop, before, shopper, EventType::kRefund, product, order));
  const Told after = Ask(shop, shopper);
  PrintAnswer(shop, after);
  if (after.category.list != before.category.list) {
    PrintList(shop, after);
  } else {
    fmt::print("   the same {} products as before\n", after.category.list.size());
  }
  return {};
}

Status SubmitLines(Engine& engine, std::string lines) {
  std::promise<Status> done;
  engine.Submit(AdirectFormat(Format::Kind::kNdjson), std::move(lines), false, [&](const Result<SubmitReport>& report) {
    if (!report.ok()) return done.set_value(report.status());
    done.set_value(report->refused.empty()
                       ? Status()
                       : Internal(fmt::format("{} generated events were refused: {}", report->refused.size(),
                                              RejectReasonName(report->refused.front().reason))));
  });
  return done.get_future().get();
}

}  // namespace adirect
