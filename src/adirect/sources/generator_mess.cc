#include "adirect/sources/generator_mess.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "adirect/base/check.h"
#include "adirect/sources/generator_odd_ids.h"

namespace adirect {
namespace {

constexpr size_t kRing = 64;
constexpr uint64_t kMinute = kMillisPerMinute;
constexpr uint64_t kDay = kMillisPerDay;
constexpr Timestamp kYear2999{32472144000000};

constexpr std::array<std::string_view, kMessKinds> kNames = {"repeat",
                                                             "late",
                                                             "future",
                                                             "refund_by_order",
                                                             "refund_by_product",
                                                             "refund_before_by_order",
                                                             "refund_before_by_product",
                                                             "erase",
                                                             "tie",
                                                             "burst",
                                                             "reused_id",
                                                             "odd_ids",
                                                             "cut_line"};

// How often a kind is chosen. A burst has 57 rows on average.
constexpr std::array<uint32_t, kMessKinds> kWeights = {16, 16, 8, 8, 8, 8, 8, 4, 16, 1, 16, 24, 16};

MessKind DrawKind(uint64_t draw) {
  uint64_t left = Below(draw, std::accumulate(kWeights.begin(), kWeights.end(), 0U));
  size_t kind = 0;
  for (; left >= kWeights[kind]; ++kind) left -= kWeights[kind];
  return static_cast<MessKind>(kind);
}

Timestamp Moved(Timestamp t, int64_t ms) { return {std::clamp(t.ms + ms, kMinEventTime.ms, kMaxEventTime.ms)}; }

Timestamp EarlierBy(Timestamp t, uint64_t ms) { return Moved(t, -static_cast<int64_t>(ms)); }
Timestamp LaterBy(Timestamp t, uint64_t ms) { return Moved(t, static_cast<int64_t>(ms)); }

// An event of the same shopper without anything else.
Event BlankFor(const Event& event, EventType type) {
  Event blank;
  blank.type = type;
  blank.time = event.time;
  blank.user_id = event.user_id;
  blank.user_name = event.user_name;
  blank.region = event.region;
  return blank;
}

}  // namespace

std::string_view MessKindName(MessKind kind) { return kNames[static_cast<size_t>(kind)]; }

void MessCounts::Add(const MessCounts& other) {
  for (size_t i = 0; i < kMessKinds; ++i) rows[i] += other.rows[i];
}

std::optional<uint64_t> ParseMessShare(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const size_t point = std::min(text.find('.'), text.size());
  if (point == 0 || point > 3 || point + 1 == text.size() || text.size() > point + 5) return std::nullopt;
  std::string digits(text.substr(0, point));
  if (point < text.size()) digits += text.substr(point + 1);
  digits.resize(point + 4, '0');
  uint64_t millionths = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), millionths);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (millionths == 0 || millionths > 1'000'000) return std::nullopt;
  return millionths;
}

MessStage::MessStage(uint64_t seed, uint64_t chunk, uint64_t millionths, TextKind kind)
    : random_(RandomStream{seed}.Sub(0x6d657373).Sub(chunk)),
      millionths_(millionths),
      kind_(kind),
      text_(kind, false),
      id_prefix_("mess-" + std::to_string(seed) + "-" + std::to_string(chunk) + ":") {
  ADIRECT_CHECK(kind != TextKind::kSeedCsv, "the seed's format cannot hold a mess");
  // The views of a kept event lie in its text, which must not move.
  rows_.reserve(kRing);
  purchases_.reserve(kRing);
}

void MessStage::Append(const Event& event, std::string& out) {
  if (DrawBelow(1'000'000) >= millionths_) return Pass(event, out);
  Mess(DrawKind(random_.At(next_draw_++)), event, out);
}

void MessStage::Mess(MessKind kind, const Event& event, std::string& out) {
  switch (kind) {
    case MessKind::kRepeat:
      Pass(event, out);
      return Write(kind, Earlier(rows_, event), out);
    case MessKind::kLate:
    case MessKind::kFuture:
      return Shift(kind, event, out);
    case MessKind::kRefundByOrder:
    case MessKind::kRefundByProduct:
    case MessKind::kRefundBeforeByOrder:
    case MessKind::kRefundBeforeByProduct:
      return Refund(kind, event, out);
    case MessKind::kErase:
      return Erase(event, out);
    case MessKind::kTie:
      return Tie(event, out);
    case MessKind::kBurst:
      return Burst(event, out);
    case MessKind::kReusedId:
      return ReuseId(event, out);
    case MessKind::kOddIds:
      return Odd(event, out);
    case MessKind::kCutLine:
      return Cut(event, out);
  }
}

void MessStage::Pass(const Event& event, std::string& out) {
  text_.Append(event, out);
  if (event.type == EventType::kPurchase) Keep(event, purchases_);
  if (OneOf(8)) Keep(event, rows_);
}

void MessStage::Write(MessKind kind, const Event& event, std::string& out) {
  text_.Append(event, out);
  ++counts_[kind];
}

void MessStage::Keep(const Event& event, Ring& ring) {
  Kept& kept = ring.size() < kRing ? ring.emplace_back() : ring[DrawBelow(kRing)];
  kept.event = event;
  kept.text.clear();
  const std::array<std::string_view*, 7> views = {
      &kept.event.user_id,  &kept.event.user_name, &kept.event.category_id, &kept.event.product_id,
      &kept.event.order_id, &kept.event.event_id,  &kept.event.region};
  for (const std::string_view* view : views) kept.text += *view;
  const char* at = kept.text.data();
  for (std::string_view* view : views) {
    *view = {at, view->size()};
    at += view->size();
  }
}

Event MessStage::Earlier(const Ring& ring, const Event& otherwise) {
  return ring.empty() ? otherwise : ring[DrawBelow(ring.size())].event;
}

std::string_view MessStage::NewText(std::string_view prefix, std::string& room) {
  room = prefix;
  room += std::to_string(next_number_++);
  return room;
}

void MessStage::Shift(MessKind kind, Event event, std::string& out) {
  if (kind == MessKind::kLate) {
    event.time = EarlierBy(event.time, 1000 + DrawBelow(OneOf(2) ? 60 * kMinute : 20 * kDay));
  } else if (OneOf(2)) {
    event.time = LaterBy(event.time, 6 * kMinute + DrawBelow(3 * kDay));
  } else {
    event.time = LaterBy(kYear2999, DrawBelow(static_cast<uint64_t>(kMaxEventTime.ms - kYear2999.ms)));
  }
  Write(kind, event, out);
}

// As old as the purchase counts, a millisecond older does not.
Timestamp MessStage::RefundTime(Timestamp purchase, Timestamp latest) {
  const uint64_t way = DrawBelow(8);
  if (way < 2) return purchase;
  if (way == 2) return EarlierBy(purchase, 1);
  return LaterBy(std::max(purchase, latest), DrawBelow(OneOf(2) ? kMinute : kDay));
}

void MessStage::Refund(MessKind kind, const Event& event, std::string& out) {
  const bool before = kind == MessKind::kRefundBeforeByOrder || kind == MessKind::kRefundBeforeByProduct;
  const bool by_order = kind == MessKind::kRefundByOrder || kind == MessKind::kRefundBeforeByOrder;
  Event now = event;
  if ((before || purchases_.empty()) && now.type != EventType::kPurchase) {
    now.type = EventType::kPurchase;
    now.order_id = NewText("mess-order-", order_id_);
  }
  if (!before) Pass(now, out);
  const Event purchase = before ? now : Earlier(purchases_, now);
  Event refund = BlankFor(purchase, EventType::kRefund);
  refund.time = RefundTime(purchase.time, event.time);
  refund.event_id = NewText(id_prefix_, event_id_);
  const bool both = OneOf(4);
  if (by_order || both) refund.order_id = purchase.order_id;
  if (!by_order || both) refund.product_id = purchase.product_id;
  if (OneOf(2)) refund.category_id = purchase.category_id;
  Write(kind, refund, out);
  if (before) Pass(now, out);
}

void MessStage::Erase(Event event, std::string& out) {
  Pass(event, out);
  Event erase = BlankFor(Earlier(rows_, event), EventType::kErase);
  erase.time = OneOf(2) ? event.time : EarlierBy(event.time, DrawBelow(2 * kDay));
  erase.event_id = NewText(id_prefix_, event_id_);
  Write(MessKind::kErase, erase, out);
}

void MessStage::Tie(Event event, std::string& out) {
  Pass(event, out);
  for (uint64_t left = 1 + DrawBelow(4); left > 0; --left) {
    Event tie = event;
    tie.type = static_cast<EventType>(DrawBelow(kInterestTypes + 1));
    tie.order_id = tie.type == EventType::kPurchase ? NewText("mess-order-", order_id_) : "";
    if (OneOf(2)) tie.product_id = Earlier(rows_, event).product_id;
    tie.event_id = NewText(id_prefix_, event_id_);
    Write(MessKind::kTie, tie, out);
  }
}

void MessStage::Burst(Event event, std::string& out) {
  Pass(event, out);
  event.type = static_cast<EventType>(DrawBelow(kInterestTypes));
  event.order_id = "";
  for (uint64_t left = 33 + DrawBelow(48); left > 0; --left) {
    if (!OneOf(4)) event.time = EarlierBy(event.time, DrawBelow(1000));
    product_id_ = "burst-" + std::to_string(DrawBelow(20));
    event.product_id = product_id_;
    event.event_id = NewText(id_prefix_, event_id_);
    Write(MessKind::kBurst, event, out);
  }
}

void MessStage::ReuseId(const Event& event, std::string& out) {
  Pass(event, out);
  Event reused = Earlier(rows_, event);
  switch (DrawBelow(3)) {
    case 0:
      reused.product_id = NewText("reused-", product_id_);
      break;
    case 1:
      reused.type = reused.type == EventType::kView ? EventType::kSearch : EventType::kView;
      break;
    default:
      reused.time = LaterBy(reused.time, 1);
  }
  Write(MessKind::kReusedId, reused, out);
}

void MessStage::Odd(Event event, std::string& out) {
  std::array<std::string, 5> odd;
  for (std::string& id : odd) id = OddId(DrawBelow(kOddIdCount));
  const uint64_t fields = 1 + DrawBelow(15);
  if ((fields & 1) != 0) event.user_id = odd[0];
  if ((fields & 2) != 0) event.category_id = odd[1];
  if ((fields & 4) != 0) event.product_id = odd[2];
  if ((fields & 8) != 0) event.user_name = odd[3];
  if (!event.order_id.empty()) event.order_id = odd[4];
  Write(MessKind::kOddIds, event, out);
}

// A CSV row is cut before its last comma, so that a column is missing; of a JSON row the brace.
void MessStage::Cut(const Event& event, std::string& out) {
  const size_t begin = out.size();
  text_.Append(event, out);
  const size_t end = kind_ == TextKind::kCsv ? out.rfind(',') : out.size() - 2;
  out.resize(begin + 1 + DrawBelow(end - begin));
  out += '\n';
  ++counts_[MessKind::kCutLine];
}

}  // namespace adirect
