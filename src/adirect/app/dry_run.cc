// adirect batch --dry-run: how the first rows of each file are read, column by column.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "adirect/app/commands.h"
#include "adirect/app/load.h"
#include "adirect/app/run.h"
#include "adirect/app/table.h"
#include "adirect/app/wiring.h"
#include "adirect/base/text.h"
#include "adirect/codec/row_cells.h"
#include "adirect/codec/text.h"
#include "adirect/pipeline/door.h"

namespace adirect {
namespace {

constexpr uint64_t kRowsShown = 10;  // of each file

const Cell* FindCell(const std::vector<Cell>& cells, const std::string& column) {
  const auto at = std::find_if(cells.begin(), cells.end(), [&](const Cell& cell) { return cell.column == column; });
  return at == cells.end() ? nullptr : &*at;
}

std::string ShownText(const Cell& cell) {
  const std::string quoted = Quoted(cell.text);
  return cell.is_text ? quoted : quoted.substr(1, quoted.size() - 2);
}

// What became of a field.
std::string ReadAs(Field field, const Event& event) {
  switch (field) {
    case Field::kEventId:
      return std::string(event.event_id);
    case Field::kTime:
      return FormatRfc3339(event.time);
    case Field::kType:
      return std::string(EventTypeName(event.type));
    case Field::kUserId:
      return event.user_id.starts_with(kAnonymousPrefix) ? "" : std::string(event.user_id);
    case Field::kAnonymousId:
      return event.user_id.starts_with(kAnonymousPrefix) ? std::string(event.user_id) : "";
    case Field::kUserName:
      return std::string(event.user_name);
    case Field::kCategoryId:
      return std::string(event.category_id);
    case Field::kProductId:
      return std::string(event.product_id);
    case Field::kRegion:
      return std::string(event.region);
    case Field::kOrderId:
      return std::string(event.order_id);
    case Field::kQuantity:
      return std::string(event.quantity);
    case Field::kPrice:
      return std::string(event.price);
    case Field::kCurrency:
      return std::string(event.currency);
    case Field::kArrival:
      return event.arrival ? FormatRfc3339(*event.arrival) : "";
  }
  return "";
}

std::string TimeText(const TimeFormat& time) {
  switch (time.kind) {
    case TimeFormat::Kind::kRfc3339OrMillis:
      return "RFC 3339 with a zone, or whole milliseconds";
    case TimeFormat::Kind::kRfc3339:
      return "RFC 3339 with a zone";
    case TimeFormat::Kind::kEpochSeconds:
      return "whole seconds since 1970";
    case TimeFormat::Kind::kEpochMillis:
      return "whole milliseconds since 1970";
    case TimeFormat::Kind::kPattern:
      return Quoted(time.pattern);
  }
  return "";
}

std::string TypesText(const Format& format) {
  std::string out;
  for (const auto& [text, type] : format.types) {
    out += (out.empty() ? "" : ", ") + text + " = " + std::string(type ? EventTypeName(*type) : "ignore");
  }
  return out;
}

// Takes the rows of one file and makes the text that shows them.
class Shower : public EventSink {
 public:
  Shower(const Format& format, const DoorRules& rules) : format_(format), rules_(rules) {}

  void Open(const SourceBlock& block) {
    input_ = block.input;
    if (names_.empty()) names_ = ColumnNames(format_, input_->header);
  }
  bool done() const { return events_ + ignored_ + refused_ >= kRowsShown; }

  void OnEvent(const Event& event, const RowPlace& place) override {
    if (const std::optional<RejectReason> refusal =
            DoorRefusal(event, rules_, *input_, event.arrival.value_or(rules_.arrival))) {
      return OnRejected(*refusal, place);
    }
    if (done()) return;
    ++events_;
    Show(place, "an event", &event);
  }

  void OnIgnored(const RowPlace& place) override {
    if (done()) return;
    ++ignored_;
    Show(place, "ignored, as the format says of its type", nullptr);
  }

  void OnRejected(RejectReason reason, const RowPlace& place) override {
    if (done()) return;
    ++refused_;
    Show(place, fmt::format("refused as {}{}", RejectReasonName(reason), Hint(reason)), nullptr);
  }

  const std::string& text() const { return text_; }

  std::string Summary() const {
    if (events_ + ignored_ + refused_ == 0) return "no rows\n";
    std::string unread;
    for (const std::string& name : names_) {
      if (!IsRead(name)) unread += (unread.empty() ? "" : ", ") + Printable(name);
    }
    const uint64_t rows = events_ + ignored_ + refused_;
    return fmt::format("{} row{}: {} event{}, {} ignored, {} refused; columns that are not looked at: {}\n", rows,
                       rows == 1 ? "" : "s", events_, events_ == 1 ? "" : "s", ignored_, refused_,
                       unread.empty() ? "none" : unread);
  }

 private:
  bool IsRead(const std::string& column) const {
    return std::find(format_.fields.begin(), format_.fields.end(), column) != format_.fields.end();
  }

  // What the format would have taken, where it is the format's to say.
  std::string Hint(RejectReason reason) const {
    switch (reason) {
      case RejectReason::kBadType:
        return ": the format knows " + TypesText(format_);
      case RejectReason::kBadTime:
        return ": the format's times are " + TimeText(format_.time);
      case RejectReason::kBadColumns:
        return fmt::format(": the file has {} columns, {}", names_.size(),
                           Joined(std::vector<std::string_view>(names_.begin(), names_.end())));
      default:
        return "";
    }
  }

  void Show(const RowPlace& place, const std::string& verdict, const Event* event) {
    text_ += fmt::format("row {}{}: {}\n", place.writer == nullptr ? "at byte " : "", place.offset, verdict);
    std::string row;  // of columns, as JSON
    const std::optional<std::vector<Cell>> cells = CellsOf(place, row);
    if (!cells) {
      text_ += "  " + Quoted(IsUtf8(place.raw) ? place.raw : "not UTF-8") + "\n";
    } else {
      text_ += TableText(Fields(*cells, event), "  ");
    }
    text_ += '\n';
  }

  std::optional<std::vector<Cell>> CellsOf(const RowPlace& place, std::string& row) const {
    if (place.writer == nullptr) {
      return IsUtf8(place.raw) ? SplitRow(format_, input_->header, place.raw) : std::nullopt;
    }
    place.writer->AppendRow(place.offset, row);
    Format json = format_;
    json.kind = Format::Kind::kNdjson;
    return SplitRow(json, "", row);
  }

  // A line for each field of ours that the row has a column or a constant for.
  TableRows Fields(const std::vector<Cell>& cells, const Event* event) {
    TableRows rows = {{"field", "column", "text", event == nullptr ? "" : "read as"}};
    for (size_t i = 0; i < kFieldCount; ++i) {
      const auto field = static_cast<Field>(i);
      const std::string name(FieldName(field));
      if (!format_.constant(field).empty()) {
        rows.push_back({name, "(constant)", Quoted(format_.constant(field)), Outcome(field, true, event)});
      } else if (const Cell* cell = format_.column(field) ? FindCell(cells, *format_.column(field)) : nullptr) {
        rows.push_back({name, Printable(cell->column), ShownText(*cell), Outcome(field, !cell->text.empty(), event)});
      }
    }
    for (const Cell& cell : cells) {
      if (!IsRead(cell.column) && format_.kind == Format::Kind::kNdjson) NoteMember(cell.column);
    }
    return rows;
  }

  static std::string Outcome(Field field, bool given, const Event* event) {
    if (event == nullptr) return "";
    const std::string text = ReadAs(field, *event);
    if (!text.empty()) return Printable(text);
    return given ? "(not looked at)" : "(absent)";
  }

  void NoteMember(const std::string& name) {
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  }

  const Format& format_;
  const DoorRules& rules_;
  const Input* input_ = nullptr;
  std::vector<std::string> names_;  // of the file's columns; of NDJSON, of the members that are not read
  std::string text_;
  uint64_t events_ = 0;
  uint64_t ignored_ = 0;
  uint64_t refused_ = 0;
};

Status ShowFile(const std::string& path, const std::string& format_name, const DoorRules& rules) {
  if (IsArchive(path)) return InvalidArgument("--dry-run: " + path + ": is a folder; name event files");
  const Result<Format> format = LoadFormat(format_name, path);
  if (!format.ok()) return format.status();
  const Result<std::unique_ptr<StoredSource>> source = OpenEvents({path}, format_name, &StopRequested());
  if (!source.ok()) return source.status();
  Shower shower(*format, rules);
  DecodeScratch scratch;
  for (SourceBlock block; !shower.done();) {
    const Result<bool> more = (*source)->Next(block);
    if (!more.ok()) return more.status();
    if (!*more) break;
    shower.Open(block);
    block.decoder->Decode(block.block, scratch, shower);
  }
  fmt::print("{}, read by the format {}\n\n{}{}: {}", Printable(path), format->name, shower.text(), Printable(path),
             shower.Summary());
  return {};
}

}  // namespace

int RunDryRun(const InputOptions& options) {
  DoorRules rules;
  rules.arrival = WallClock();
  if (options.files.empty()) return Fail(InvalidArgument("--dry-run: there is nothing to read: name event files"));
  for (const std::string& file : options.files) {
    const Status shown = ShowFile(file, options.format, rules);
    if (!shown.ok()) return Fail(shown);
    if (file != options.files.back()) std::fputs("\n\n", stdout);
  }
  return std::fflush(stdout) == 0 ? kExitDone : kExitWorldFailed;
}

}  // namespace adirect
