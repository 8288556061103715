#include "adirect/sources/generator_users.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_map>

#include "adirect/base/text.h"
#include "adirect/model/event.h"
#include "adirect/sources/generator_names.h"

namespace adirect {
namespace {

// Winter time all year; a shop's rhythm does not need more.
constexpr std::array<int, kRegionCount> kClockOffsets = {-5, 8, 1, 8, 8};

// The field at the front of `line`, moved past it and its comma; false where its quotes are wrong.
bool TakeField(std::string_view& line, std::string& field) {
  field.clear();
  if (line.starts_with('"')) {
    size_t at = 1;
    for (;; ++at) {
      const size_t quote = line.find('"', at);
      if (quote == std::string_view::npos) return false;
      field += line.substr(at, quote - at);
      at = quote + 1;
      if (at == line.size() || line[at] != '"') break;
      field += '"';
    }
    line.remove_prefix(at);
  } else {
    const size_t end = std::min(line.find(','), line.size());
    field = line.substr(0, end);
    line.remove_prefix(end);
  }
  if (line.empty()) return true;
  if (line[0] != ',') return false;
  line.remove_prefix(1);
  return true;
}

bool TakeRow(std::string_view line, std::string& id, std::string& name) {
  if (!TakeField(line, id)) return false;
  name.clear();
  if (line.empty()) return true;
  return TakeField(line, name) && line.empty();
}

std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Well-formed UTF-8, as in table 3-7 of the Unicode standard.
bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size == 0 || lead > 0xf4 || size > text.size() - i) return false;
    for (size_t k = 1; k < size; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    const auto second = static_cast<unsigned char>(size > 1 ? text[i + 1] : 0);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second >= 0xa0)) return false;
    if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second >= 0x90)) return false;
    i += size;
  }
  return true;
}

bool IsPlain(std::string_view text) { return text.find_first_of("\",\\\r\n") == std::string_view::npos; }

std::string QuotedField(std::string_view text) {
  if (IsPlain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

Status CheckRow(std::string_view id, std::string_view name) {
  if (id.empty()) return InvalidArgument("no user id");
  if (!IsUtf8(id) || !IsUtf8(name)) return InvalidArgument("the row is not UTF-8");
  if (!IsIdText(id) || id.starts_with(kAnonymousPrefix)) {
    return InvalidArgument(Quoted(id) +
                           " is no user id: 1 to 128 bytes without control characters, "
                           "not starting with anon:");
  }
  if (!IsIdText(name)) {
    return InvalidArgument(Quoted(name) + " is no name: at most 128 bytes, no control characters");
  }
  return {};
}

}  // namespace

std::optional<size_t> FindRegion(std::string_view name) {
  const auto* at = std::find(kRegionNames.begin(), kRegionNames.end(), name);
  if (at == kRegionNames.end()) return std::nullopt;
  return static_cast<size_t>(at - kRegionNames.begin());
}

Shoppers Shoppers::Generated(uint64_t total, size_t region) {
  ADIRECT_CHECK(total <= kMaxShoppers && region < kRegionCount, total, region);
  Shoppers made;
  const uint64_t share = total / kRegionCount;
  const uint64_t longer = total % kRegionCount;  // regions with one more
  made.region_ = kRegionNames[region];
  made.count_ = static_cast<uint32_t>(share + (region < longer ? 1 : 0));
  made.first_id_ = 1 + share * region + std::min<uint64_t>(region, longer);
  made.names_ = &kGivenNames[region];
  return made;
}

Result<Shoppers> Shoppers::Parse(std::string_view csv, std::string_view place, std::string_view region) {
  Shoppers read;
  const std::optional<size_t> known = FindRegion(region);
  if (known) read.region_ = kRegionNames[*known];
  std::unordered_map<std::string, size_t> lines;
  std::string id;
  std::string name;
  if (csv.starts_with("\xef\xbb\xbf")) csv.remove_prefix(3);
  for (size_t number = 1; !csv.empty(); ++number) {
    const std::string_view line = TakeLine(csv);
    if (line.empty() || (number == 1 && line == "userid,username")) continue;
    const std::string where = std::string(place) + ":" + std::to_string(number);
    if (!TakeRow(line, id, name)) {
      return InvalidArgument(where + ": " + Quoted(line) + " is no row of userid,username");
    }
    if (const Status good = CheckRow(id, name); !good.ok()) return good.Within(where);
    const auto [known_line, added] = lines.emplace(id, number);
    if (!added) {
      return InvalidArgument(where + ": user id " + Quoted(id) + " is on line " + std::to_string(known_line->second) +
                             " too; leave one of them out");
    }
    read.plain_ = read.plain_ && IsPlain(id) && IsPlain(name);
    read.rows_.push_back({read.text_.size(), static_cast<uint8_t>(id.size()), static_cast<uint8_t>(name.size())});
    read.text_ += id;
    read.text_ += name;
  }
  if (read.rows_.empty()) {
    return InvalidArgument(std::string(place) + ": holds no row of userid,username");
  }
  if (read.rows_.size() > kMaxShoppers) return InvalidArgument(std::string(place) + ": too long");
  read.count_ = static_cast<uint32_t>(read.rows_.size());
  return read;
}

int Shoppers::clock_offset_hours() const {
  const std::optional<size_t> region = FindRegion(region_);
  return region ? kClockOffsets[*region] : 0;
}

UserTexts Shoppers::At(uint32_t i, char* room) const {
  if (names_ == nullptr) {
    const Row& row = rows_[i];
    const char* id = text_.data() + row.begin;
    return {{id, row.id_size}, {id + row.id_size, row.name_size}};
  }
  char* const end = room + kShopperBytes;
  char* const id_end = std::to_chars(room, end, first_id_ + i).ptr;
  const std::string_view given = (*names_)[i % names_->size()];
  std::memcpy(id_end, given.data(), given.size());
  char* const name_end = std::to_chars(id_end + given.size(), end, i / names_->size()).ptr;
  return {{room, static_cast<size_t>(id_end - room)}, {id_end, static_cast<size_t>(name_end - id_end)}};
}

std::string Shoppers::Csv() const {
  std::string csv;
  std::array<char, kShopperBytes> room;
  for (uint32_t i = 0; i < count_; ++i) {
    const UserTexts shopper = At(i, room.data());
    csv += QuotedField(shopper.id);
    csv += ',';
    csv += QuotedField(shopper.name);
    csv += '\n';
  }
  return csv;
}

}  // namespace adirect
