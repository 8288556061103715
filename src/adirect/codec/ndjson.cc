#include "adirect/codec/ndjson.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/codec/json_text.h"
#include "adirect/codec/lines.h"
#include "adirect/codec/row.h"
#include "adirect/codec/scratch.h"
#include "adirect/codec/text.h"

namespace adirect {

namespace ondemand = simdjson::ondemand;

static_assert(kBlockPadding >= simdjson::SIMDJSON_PADDING);

// The parser, one per thread.
class JsonLines {
 public:
  ondemand::parser parser;
};

namespace {

constexpr int kMaxDepth = 256;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// A token as simdjson gives it, to the next one's start.
std::string_view Trimmed(std::string_view token) {
  while (!token.empty() && IsSpace(token.back())) token.remove_suffix(1);
  return token;
}

// A scalar's token, consumed: simdjson, left to skip a string, takes one before a colon for a key.
std::string_view TakeScalar(ondemand::value& value, ondemand::json_type type) {
  const std::string_view token = Trimmed(value.raw_json_token());
  if (type != ondemand::json_type::string) return token;
  ondemand::raw_json_string string;
  return value.get_raw_json_string().get(string) == simdjson::SUCCESS ? token : std::string_view();
}

// The bytes between the quotes of a string's token.
std::string_view Inside(std::string_view token) { return token.substr(1, token.size() - 2); }

bool IsString(std::string_view token) { return token.size() >= 2 && token.front() == '"' && token.back() == '"'; }

bool HasEscape(std::string_view inner) { return std::memchr(inner.data(), '\\', inner.size()) != nullptr; }

// The key between its quotes, escapes as they stand. simdjson has found its end already.
std::string_view RawKey(const ondemand::raw_json_string& key) {
  const char* const begin = key.raw();
  const char* end = begin;
  while (*end != '"') end += *end == '\\' ? 2 : 1;
  return {begin, static_cast<size_t>(end - begin)};
}

bool IsGoodString(std::string_view token) {
  size_t size = 0;
  return IsString(token) && (!HasEscape(token) || UnescapeJson(Inside(token), nullptr, size) != JsonString::kNone);
}

bool IsGoodScalar(std::string_view token) {
  return token == "null" || token == "true" || token == "false" || IsGoodString(token) ||
         ClassifyJsonNumber(token) != JsonNumber::kNone;
}

bool IsJson(ondemand::value value, int depth);

bool IsJsonArray(ondemand::value& value, int depth) {
  ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return false;
  for (auto element : array) {
    if (element.error() != simdjson::SUCCESS) return false;
    if (!IsJson(element.value_unsafe(), depth)) return false;
  }
  return true;
}

bool IsJsonObject(ondemand::value& value, int depth) {
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  for (auto member : object) {
    ondemand::field field;
    if (std::move(member).get(field) != simdjson::SUCCESS) return false;
    size_t size = 0;
    if (UnescapeJson(RawKey(field.key()), nullptr, size) == JsonString::kNone) return false;
    if (!IsJson(field.value(), depth)) return false;
  }
  return true;
}

// Whether all of the value is JSON; simdjson checks only what is read.
bool IsJson(ondemand::value value, int depth) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  if (type == ondemand::json_type::array) return depth > 0 && IsJsonArray(value, depth - 1);
  if (type == ondemand::json_type::object) return depth > 0 && IsJsonObject(value, depth - 1);
  return IsGoodScalar(TakeScalar(value, type));
}

class NdjsonDecoder final : public Decoder {
 public:
  NdjsonDecoder(const Format& format, std::string_view input, size_t header_bytes)
      : rules_(format, input, /*typed=*/true), header_bytes_(header_bytes) {
    for (size_t i = 0; i < kFieldCount; ++i) {
      const std::optional<std::string>& name = format.fields[i];
      if (name) MemberOf(*name).fields |= FieldBit(static_cast<Field>(i));
    }
  }

  size_t header_bytes() const override { return header_bytes_; }
  size_t WholeRows(std::string_view bytes) const override { return bytes.rfind('\n') + 1; }
  void Decode(const Block& block, DecodeScratch& scratch, EventSink& sink) const override;

 private:
  friend class NdjsonPass;

  // A name that the format reads, and the fields that it gives.
  struct Member {
    std::string name;
    uint32_t fields = 0;
  };

  Member& MemberOf(std::string_view name) {
    for (Member& member : members_) {
      if (member.name == name) return member;
    }
    return members_.emplace_back(Member{std::string(name)});
  }

  RowRules rules_;
  size_t header_bytes_;
  std::vector<Member> members_;
};

// One block on its way through a decoder.
class NdjsonPass {
  using Member = NdjsonDecoder::Member;

 public:
  NdjsonPass(const NdjsonDecoder& decoder, const Block& block, DecodeScratch::State& state, EventSink& sink)
      : decoder_(decoder), block_(block), state_(state), sink_(sink), empty_row_(decoder.rules_.EmptyRow()) {}

  // All of the block.
  void DecodeOneRow() {
    const std::string_view raw = WithoutLineEnd(block_.bytes);
    escapes_ = true;
    empty_row_.clean = false;
    DecodeLine(raw, IsUtf8(raw));
  }

  void DecodeLines() {
    std::string_view rest = block_.bytes;
    const bool utf8 = IsUtf8(rest);
    // A string as it stands can hold only these control characters: DEL, and C2 80 to C2 9F.
    escapes_ = HasEscape(rest);
    empty_row_.clean = rest.find('\x7f') == std::string_view::npos && rest.find('\xc2') == std::string_view::npos;
    while (!rest.empty()) {
      const size_t size = std::min(rest.find('\n'), rest.size() - 1) + 1;
      const std::string_view raw = WithoutLineEnd(rest.substr(0, size));
      rest.remove_prefix(size);
      if (!raw.empty()) DecodeLine(raw, utf8 || IsUtf8(raw));
    }
  }

 private:
  void DecodeLine(std::string_view raw, bool utf8) {
    const bool numbered = block_.rows == Block::Rows::kByNumber;
    const uint64_t distance = numbered ? rows_++ : static_cast<uint64_t>(raw.data() - block_.bytes.data());
    const RowPlace place{block_.offset + distance, raw};
    if (raw.size() > kMaxLineBytes) return sink_.OnRejected(RejectReason::kLineTooLong, place);
    if (!utf8) return sink_.OnRejected(RejectReason::kBadUtf8, place);
    row_ = empty_row_;
    if (!ReadObject(raw)) return sink_.OnRejected(RejectReason::kBadJson, place);
    decoder_.rules_.Deliver(row_, place, state_.row, sink_);
  }

  // The member that stood here in the row before, if it is again the one behind `key`'s first quote. Rows
  // mostly are of one shape.
  const Member* ExpectedMember(const char* key) {
    if (place_ == order_.size()) return nullptr;
    const Member* member = order_[place_];
    const size_t size = member->name.size();  // a longer name might end behind the block
    if (size >= kBlockPadding || !SameBytes({key, size}, member->name) || key[size] != '"') return nullptr;
    ++place_;
    return member;
  }

  // The member of that name; null where the format reads none.
  const Member* FindMember(std::string_view name) {
    for (const Member& member : decoder_.members_) {
      if (member.name != name) continue;
      order_.resize(place_++);
      order_.push_back(&member);
      return &member;
    }
    return nullptr;
  }

  // Fills row_ from the line; false where it is not one object, or has a member of ours twice.
  bool ReadObject(std::string_view raw) {
    const simdjson::padded_string_view padded(raw, raw.size() + simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    ondemand::object object;
    if (state_.json->parser.iterate(padded).get(document) != simdjson::SUCCESS) return false;
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    uint32_t seen = 0;
    place_ = 0;
    for (auto member : object) {
      if (member.error() != simdjson::SUCCESS) return false;
      if (!ReadMember(std::move(member).value_unsafe(), seen)) return false;
    }
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // nothing behind it
  }

  bool ReadMember(ondemand::field&& field, uint32_t& seen) {
    const Member* member = ExpectedMember(field.key().raw());
    if (member == nullptr) {
      std::string_view name = RawKey(field.key());
      if (HasEscape(name)) {
        char* const text = state_.row.arena.Allocate(name.size());
        size_t size = 0;
        if (UnescapeJson(name, text, size) == JsonString::kNone) return false;
        name = {text, size};
      }
      member = FindMember(name);
    }
    if (member == nullptr) return IsJson(field.value(), kMaxDepth);
    const bool first = (seen & member->fields) == 0;  // each field is one member's
    seen |= member->fields;
    return first && ReadValue(field.value(), member->fields);
  }

  // Gives the value to each of `fields`; false where it is not JSON.
  bool ReadValue(ondemand::value& value, uint32_t fields) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    if (type == ondemand::json_type::array || type == ondemand::json_type::object) {
      row_.malformed |= fields;
      return IsJson(value, kMaxDepth);
    }
    const std::string_view token = TakeScalar(value, type);
    if (type == ondemand::json_type::string) return ReadString(token, fields);
    if (type == ondemand::json_type::number) return ReadNumber(token, fields);
    if (token == "null") return true;
    row_.malformed |= fields;
    return token == "true" || token == "false";
  }

  bool ReadString(std::string_view token, uint32_t fields) {
    if (!IsString(token)) return false;
    std::string_view text = Inside(token);
    if (escapes_ && HasEscape(text)) {
      char* const out = state_.row.arena.Allocate(text.size());
      size_t size = 0;
      const JsonString kind = UnescapeJson(text, out, size);
      if (kind == JsonString::kNone) return false;
      if (kind == JsonString::kHalfSurrogate) {
        row_.malformed |= fields;
        return true;
      }
      text = {out, size};
      row_.clean = false;
    }
    SetText(fields, text);
    return true;
  }

  bool ReadNumber(std::string_view token, uint32_t fields) {
    const JsonNumber kind = ClassifyJsonNumber(token);
    if (kind == JsonNumber::kNone) return false;
    if (kind == JsonNumber::kInteger) {
      row_.numbers |= fields;
      SetText(fields, token);
      return true;
    }
    row_.malformed |= fields & ~FieldBit(Field::kPrice);
    SetText(fields & FieldBit(Field::kPrice), token);
    return true;
  }

  void SetText(uint32_t fields, std::string_view text) {
    for (; fields != 0; fields &= fields - 1) {
      row_.text[static_cast<size_t>(std::countr_zero(fields))] = text;
    }
  }

  const NdjsonDecoder& decoder_;
  const Block& block_;
  DecodeScratch::State& state_;
  EventSink& sink_;
  RawRow empty_row_;
  RawRow row_;
  bool escapes_ = false;              // whether the block has any
  std::vector<const Member*> order_;  // of the members of the row before
  size_t place_ = 0;                  // in order_
  uint64_t rows_ = 0;
};

void NdjsonDecoder::Decode(const Block& block, DecodeScratch& scratch, EventSink& sink) const {
  DecodeScratch::State& state = scratch.state();
  state.Begin();
  if (block.overlong) {
    return sink.OnRejected(RejectReason::kLineTooLong, {block.offset, block.bytes});
  }
  if (!state.json) state.json = std::make_shared<JsonLines>();
  NdjsonPass pass(*this, block, state, sink);
  if (block.rows == Block::Rows::kOne) return pass.DecodeOneRow();
  pass.DecodeLines();
}

}  // namespace

Result<std::unique_ptr<Decoder>> MakeNdjsonDecoder(const Format& format, std::string_view input,
                                                   std::string_view head) {
  const size_t header_bytes = head.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  return std::unique_ptr<Decoder>(std::make_unique<NdjsonDecoder>(format, input, header_bytes));
}

}  // namespace adirect
