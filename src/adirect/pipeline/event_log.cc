#include "adirect/pipeline/event_log.h"

#include <vector>

#include "adirect/base/wire.h"
#include "adirect/model/event.h"

namespace adirect {
namespace {

bool ReadEvent(WireReader& in, Dictionary& dictionary, FoldRow& row) {
  const std::string_view type = in.Bytes(1);
  const uint64_t time = in.Varint();
  const std::string_view user = in.Text();
  const std::string_view name = in.Text();
  const std::string_view product = in.Text();
  const std::string_view category = in.Text();
  row.identity = in.Fixed64();
  row.order = in.Fixed64();
  if (!in.ok() || static_cast<unsigned char>(type[0]) > static_cast<unsigned char>(EventType::kErase)) return false;
  if (user.empty() || user.size() > kMaxIdBytes || name.size() > kMaxIdBytes || product.size() > kMaxIdBytes ||
      category.size() > kMaxIdBytes || time > static_cast<uint64_t>(kMaxEventTime.ms)) {
    return false;
  }
  row.type = static_cast<EventType>(type[0]);
  row.time = {static_cast<int64_t>(time)};
  row.user = user.data();
  row.user_size = static_cast<uint8_t>(user.size());
  row.user_hash = UserHash(user);
  row.name = name.data();
  row.name_size = static_cast<uint8_t>(name.size());
  if (row.type != EventType::kErase) {
    row.item = dictionary.Intern(product, category);
    row.category = dictionary.category(row.item);
  }
  return true;
}

}  // namespace

void AppendLogEvents(std::span<const FoldRow> rows, const Dictionary& dictionary, std::string& out) {
  for (const FoldRow& row : rows) {
    const bool item = row.type != EventType::kErase;
    out += static_cast<char>(row.type);
    AppendVarint(static_cast<uint64_t>(row.time.ms), out);
    AppendText(row.user_id(), out);
    AppendText(row.user_name(), out);
    AppendText(item ? dictionary.product(row.item) : std::string_view(), out);
    AppendText(item ? dictionary.category_id(row.category) : std::string_view(), out);
    AppendFixed64(row.identity, out);
    AppendFixed64(row.order, out);
  }
}

Status ReadLogEvents(std::string_view record, Dictionary& dictionary, const std::function<void(const FoldRow&)>& take) {
  std::vector<FoldRow> rows;
  WireReader in(record);
  while (!in.done()) {
    const size_t start = in.offset();
    if (!ReadEvent(in, dictionary, rows.emplace_back())) {
      return Corrupt("damaged log record: byte " + std::to_string(start) + " does not read");
    }
  }
  for (const FoldRow& row : rows) take(row);
  return {};
}

}  // namespace adirect
