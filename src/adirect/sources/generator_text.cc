#include "adirect/sources/generator_text.h"

#include <algorithm>

#include "adirect/base/check.h"

namespace adirect {
namespace {

constexpr std::string_view kCsvHeader = "event_id,time,type,user_id,user_name,category_id,product_id,region,order_id\n";

// Nine texts, each byte at most doubled, and what stands between them.
constexpr size_t kLineBytes = 9 * 2 * kMaxIdBytes + 256;

}  // namespace

// A line under construction.
class EventText::Line {
 public:
  explicit Line(bool plain) : plain_(plain) {}

  std::string_view text() const { return {bytes_.data(), static_cast<size_t>(at_ - bytes_.data())}; }

  void Put(std::string_view text) { at_ = std::copy(text.begin(), text.end(), at_); }
  void Put(char c) { *at_++ = c; }

  void PutCsvField(std::string_view text) {
    if (plain_ || text.find_first_of("\",") == std::string_view::npos) return Put(text);
    Put('"');
    for (const char c : text) {
      if (c == '"') Put('"');
      Put(c);
    }
    Put('"');
  }

  void PutJsonText(std::string_view text) {
    if (plain_ || text.find_first_of("\"\\") == std::string_view::npos) return Put(text);
    for (const char c : text) {
      if (c == '"' || c == '\\') Put('\\');
      Put(c);
    }
  }

  // `key` is all that stands between the value before and this one.
  void PutMember(std::string_view key, std::string_view text) {
    if (text.empty()) return;
    Put(key);
    PutJsonText(text);
  }

 private:
  bool plain_;
  std::array<char, kLineBytes> bytes_;
  char* at_ = bytes_.data();
};

std::string_view EventText::Header(TextKind kind) { return kind == TextKind::kCsv ? kCsvHeader : ""; }

// Most events share their second with the one before.
void EventText::SetTime(Timestamp time) {
  const int64_t of_second = time.ms % kMillisPerSecond;
  if (time.ms - of_second != second_.ms) {
    second_ = {time.ms - of_second};
    const std::string text = FormatRfc3339(second_);
    std::copy(text.begin(), text.end(), time_.begin());
  }
  time_[20] = static_cast<char>('0' + of_second / 100);
  time_[21] = static_cast<char>('0' + of_second / 10 % 10);
  time_[22] = static_cast<char>('0' + of_second % 10);
}

void EventText::Append(const Event& event, std::string& out) {
  Line line(plain_);
  SetTime(event.time);
  switch (kind_) {
    case TextKind::kSeedCsv:
      AppendSeed(event, line);
      break;
    case TextKind::kCsv:
      AppendCsv(event, line);
      break;
    case TextKind::kNdjson:
      AppendNdjson(event, line);
      break;
  }
  line.Put('\n');
  out.append(line.text());
}

void EventText::AppendSeed(const Event& event, Line& line) {
  ADIRECT_CHECK(event.type <= EventType::kPurchase, EventTypeName(event.type));
  line.Put({time_.data(), 10});
  line.Put(' ');
  line.Put({time_.data() + 11, 8});
  for (const std::string_view text : {event.user_name, event.user_id, event.product_id, event.category_id}) {
    line.Put(',');
    line.PutCsvField(text);
  }
  line.Put(event.type == EventType::kPurchase ? ",buy" : ",search");
}

void EventText::AppendCsv(const Event& event, Line& line) {
  line.PutCsvField(event.event_id);
  line.Put(',');
  line.Put({time_.data(), time_.size()});
  line.Put(',');
  line.Put(EventTypeName(event.type));
  for (const std::string_view text :
       {event.user_id, event.user_name, event.category_id, event.product_id, event.region, event.order_id}) {
    line.Put(',');
    line.PutCsvField(text);
  }
}

void EventText::AppendNdjson(const Event& event, Line& line) {
  line.Put("{\"event_id\":\"");
  line.PutJsonText(event.event_id);
  line.Put("\",\"time\":\"");
  line.Put({time_.data(), time_.size()});
  line.Put("\",\"type\":\"");
  line.Put(EventTypeName(event.type));
  line.PutMember("\",\"user_id\":\"", event.user_id);
  line.PutMember("\",\"user_name\":\"", event.user_name);
  line.PutMember("\",\"category_id\":\"", event.category_id);
  line.PutMember("\",\"product_id\":\"", event.product_id);
  line.PutMember("\",\"region\":\"", event.region);
  line.PutMember("\",\"order_id\":\"", event.order_id);
  line.Put("\"}");
}

}  // namespace adirect
