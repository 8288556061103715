#include "adirect/codec/segment.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>

#include "adirect/codec/json_lines.h"
#include "adirect/codec/json_text.h"
#include "adirect/model/event.h"

namespace adirect {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kIgnored = "ignored";

// A value as it stands in the body; empty where it is absent, null or "".
using Token = std::string_view;

// A member to be looked for, and its value.
struct Wanted {
  std::string_view name;
  Token& value;
};

// An event by Segment's name.
struct Meaning {
  std::string_view name;
  EventType type;
  bool per_product;  // one line for each of `products`, where there are any
};
constexpr std::array<Meaning, 8> kMeanings = {{{"Products Searched", EventType::kSearch, false},
                                               {"Product List Viewed", EventType::kView, true},
                                               {"Product Viewed", EventType::kView, false},
                                               {"Product Added", EventType::kCart, false},
                                               {"Product Added to Wishlist", EventType::kFavorite, false},
                                               {"Order Completed", EventType::kPurchase, true},
                                               {"Order Refunded", EventType::kRefund, true},
                                               {"Order Cancelled", EventType::kRefund, false}}};

constexpr std::array<std::string_view, 5> kNeverEvents = {"identify", "page", "screen", "group", "alias"};

struct Call {
  Token type, event, message_id, timestamp, original_timestamp, user_id, anonymous_id, properties;
};

// What an event is about: the properties of a call, or one of their products.
struct Item {
  Token product_id, category_id, category, quantity, price;
  Token category_token() const { return category_id.empty() ? category : category_id; }
};

struct Properties {
  Item item;
  Token order_id, currency, products;
};

Token Trimmed(Token token) {
  const size_t end = token.find_last_not_of(" \t\r\n");
  return token.substr(0, end == Token::npos ? 0 : end + 1);
}

// The value, consumed; absent where it cannot be read.
std::optional<Token> TakeToken(ondemand::value value) {
  ondemand::json_type type{};
  Token token;
  if (value.type().get(type) != simdjson::SUCCESS) return std::nullopt;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
    return object.raw_json().get(token) == simdjson::SUCCESS ? std::optional(token) : std::nullopt;
  }
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return std::nullopt;
    return array.raw_json().get(token) == simdjson::SUCCESS ? std::optional(token) : std::nullopt;
  }
  token = Trimmed(value.raw_json_token());
  ondemand::raw_json_string string;
  const bool text = type == ondemand::json_type::string;
  if (text && value.get_raw_json_string().get(string) != simdjson::SUCCESS) return std::nullopt;
  return token;
}

bool IsText(Token token) { return token.size() >= 2 && token.front() == '"' && token.back() == '"'; }

// The text of a string's token, decoded; empty for anything else.
std::string TextOf(Token token) {
  if (!IsText(token)) return {};
  const std::string_view inside = token.substr(1, token.size() - 2);
  std::string text(inside.size(), '\0');
  size_t size = 0;
  if (UnescapeJson(inside, text.data(), size) != JsonString::kText) return {};
  text.resize(size);
  return text;
}

const Meaning* FindMeaning(std::string_view name) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.name == name) return &meaning;
  }
  return nullptr;
}

bool IsNeverEvent(std::string_view type) {
  return std::find(kNeverEvents.begin(), kNeverEvents.end(), type) != kNeverEvents.end();
}

Status NoCall(std::string_view what) {
  return InvalidArgument("the body is no " + std::string(what) + " as Segment's libraries send it");
}

// One line on its way.
class Line {
 public:
  void Clear() { text_.clear(); }
  void Add(std::string_view name, Token value) {
    if (value.empty()) return;
    text_ += text_.empty() ? "{\"" : ",\"";
    text_ += name;
    text_ += "\":";
    text_ += value;
  }
  // With `#index` behind the text or the integer; what is neither stands for itself.
  void AddNumbered(std::string_view name, Token value, size_t index) {
    const bool text = IsText(value);
    if (!text && ClassifyJsonNumber(value) != JsonNumber::kInteger) return Add(name, value);
    const Token inside = text ? value.substr(1, value.size() - 2) : value;
    Add(name, '"' + std::string(inside) + '#' + std::to_string(index) + '"');
  }
  std::string_view Closed() { return text_ += '}'; }

 private:
  std::string text_;
};

class SegmentReader {
 public:
  explicit SegmentReader(std::string_view body) : padded_(body) {}

  Result<SegmentEvents> Read(SegmentBody kind) {
    const Token body = padded_;
    Token batch;
    std::vector<Token> calls;
    if (!ReadMembers(body, {{"batch", batch}})) return NoCall("JSON object");
    if (kind != SegmentBody::kBatch) {
      calls.push_back(body);
    } else if (!ReadElements(batch, calls)) {
      return NoCall("object with an array `batch`");
    }
    for (call_ = 0; call_ < calls.size(); ++call_) {
      ReadCall(calls[call_], kind);
      if (IsFull()) return TooMuch();
    }
    return std::move(events_);
  }

 private:
  static Status TooMuch() {
    return InvalidArgument("the body's orders come to more than " + std::to_string(kMaxSegmentLineBytes >> 20) +
                           " MiB of events; send fewer in one body");
  }

  // Views into padded_ are followed by readable bytes, as simdjson wants them.
  bool Open(Token json, ondemand::document& document) {
    const simdjson::padded_string_view padded(json, json.size() + simdjson::SIMDJSON_PADDING);
    return parser_.iterate(padded).get(document) == simdjson::SUCCESS;
  }

  // False where the text is no JSON object or has one of the members twice.
  bool ReadMembers(Token json, std::initializer_list<Wanted> wanted) {
    ondemand::document document;
    ondemand::object object;
    if (!Open(json, document) || document.get_object().get(object) != simdjson::SUCCESS) return false;
    uint32_t seen = 0;
    for (auto member : object) {
      ondemand::field field;
      std::string_view name;
      if (std::move(member).get(field) != simdjson::SUCCESS) return false;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
      const std::optional<Token> token = TakeToken(field.value());
      if (!token || !Keep(name, *token, wanted, seen)) return false;
    }
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  static bool Keep(std::string_view name, Token token, std::initializer_list<Wanted> wanted, uint32_t& seen) {
    uint32_t bit = 1;
    for (const Wanted& member : wanted) {
      if (member.name == name) {
        if ((seen & bit) != 0) return false;
        seen |= bit;
        if (token != "null" && token != "\"\"") member.value = token;
      }
      bit <<= 1;
    }
    return true;
  }

  // False where the text is no JSON array.
  bool ReadElements(Token json, std::vector<Token>& elements) {
    ondemand::document document;
    ondemand::array array;
    if (json.empty() || !Open(json, document)) return false;
    if (document.get_array().get(array) != simdjson::SUCCESS) return false;
    for (auto element : array) {
      ondemand::value value;
      if (element.get(value) != simdjson::SUCCESS) return false;
      const std::optional<Token> token = TakeToken(value);
      if (!token) return false;
      elements.push_back(*token);
    }
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  bool ReadItem(Token json, Item& item) {
    return ReadMembers(json, {{"product_id", item.product_id},
                              {"category_id", item.category_id},
                              {"category", item.category},
                              {"quantity", item.quantity},
                              {"price", item.price}});
  }

  bool ReadProperties(Token json, Properties& properties) {
    if (json.empty()) return true;
    Item& item = properties.item;
    return ReadItem(json, item) && ReadMembers(json, {{"order_id", properties.order_id},
                                                      {"currency", properties.currency},
                                                      {"products", properties.products}});
  }

  void ReadCall(Token json, SegmentBody kind) {
    Call call;
    const bool read = ReadMembers(json, {{"type", call.type},
                                         {"event", call.event},
                                         {"messageId", call.message_id},
                                         {"timestamp", call.timestamp},
                                         {"originalTimestamp", call.original_timestamp},
                                         {"userId", call.user_id},
                                         {"anonymousId", call.anonymous_id},
                                         {"properties", call.properties}});
    if (!read) return Refuse(json);
    const std::string type = TextOf(call.type);
    if (kind == SegmentBody::kIgnored || (kind == SegmentBody::kBatch && IsNeverEvent(type))) return Ignore();
    const bool track = kind == SegmentBody::kTrack || type == "track";
    if (!track || !IsText(call.event)) return RefuseType(json);
    const Meaning* meaning = FindMeaning(TextOf(call.event));
    if (meaning == nullptr) return Ignore();
    Properties properties;
    if (!ReadProperties(call.properties, properties)) return Refuse(json);
    TakeTrack(json, call, *meaning, properties);
  }

  void TakeTrack(Token json, const Call& call, const Meaning& meaning, const Properties& properties) {
    std::vector<Token> products;
    if (meaning.per_product && !properties.products.empty() && !ReadElements(properties.products, products)) {
      return Refuse(json);
    }
    const bool search = meaning.type == EventType::kSearch;
    if (search && properties.item.category_token().empty()) return Ignore();
    if (!products.empty()) return TakeProducts(call, meaning, properties, products);
    StartLine(call, meaning.type);
    line_.Add("event_id", call.message_id);
    EndLine(meaning.type, properties, meaning.type == EventType::kPurchase ? Item() : properties.item);
  }

  void TakeProducts(const Call& call, const Meaning& meaning, const Properties& properties,
                    std::span<const Token> products) {
    const Token list = meaning.type == EventType::kView ? properties.item.category_token() : Token();
    for (size_t i = 0; i < products.size() && !IsFull(); ++i) {
      Item item;
      if (!ReadItem(products[i], item)) {
        Refuse(products[i]);
        continue;
      }
      if (!list.empty()) item.category_id = list;
      StartLine(call, meaning.type);
      line_.AddNumbered("event_id", call.message_id, i);
      EndLine(meaning.type, properties, item);
    }
  }

  void StartLine(const Call& call, EventType type) {
    line_.Clear();
    line_.Add("type", '"' + std::string(EventTypeName(type)) + '"');
    line_.Add("time", call.timestamp.empty() ? call.original_timestamp : call.timestamp);
    line_.Add("user_id", call.user_id);
    line_.Add("anonymous_id", call.anonymous_id);
  }

  void EndLine(EventType type, const Properties& properties, const Item& item) {
    line_.Add("product_id", item.product_id);
    if (type != EventType::kRefund) line_.Add("category_id", item.category_token());
    if (!IsInterest(type)) line_.Add("order_id", properties.order_id);
    if (type == EventType::kPurchase) {
      line_.Add("quantity", item.quantity);
      line_.Add("price", item.price);
      line_.Add("currency", properties.currency);
    }
    Append(line_.Closed());
  }

  void Ignore() { Append("{\"type\":\"" + std::string(kIgnored) + "\"}"); }

  // In brackets it is no object, and so bad_json; as a member that nobody asked for, an event without a type.
  void Refuse(Token json) { Append('[' + std::string(json) + ']'); }
  void RefuseType(Token json) { Append("{\"call\":" + std::string(json) + '}'); }

  void Append(std::string_view line) {
    AppendJsonLine(line, events_.lines);
    events_.calls.push_back(call_);
  }

  bool IsFull() const { return events_.lines.size() > kMaxSegmentLineBytes; }

  const simdjson::padded_string padded_;
  ondemand::parser parser_;
  Line line_;
  SegmentEvents events_;
  uint32_t call_ = 0;
};

}  // namespace

Format SegmentFormat() {
  Format format = AdirectFormat(Format::Kind::kNdjson);
  format.name = "segment";
  format.types.emplace_back(std::string(kIgnored), std::nullopt);
  return format;
}

Result<SegmentEvents> ReadSegment(SegmentBody kind, std::string_view body) { return SegmentReader(body).Read(kind); }

}  // namespace adirect
