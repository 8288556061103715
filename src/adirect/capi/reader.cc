// The C interface's readers: batches of rows through the door into a state, and what the door refuses.
#include <utility>

#include "adirect/capi/arrow_in.h"
#include "adirect/capi/arrow_out.h"
#include "adirect/capi/event_rows.h"
#include "adirect/capi/guard.h"
#include "adirect/capi/handles.h"
#include "adirect/pipeline/door.h"
#include "adirect/targeting/evaluate.h"

namespace adirect::capi {
namespace {

constexpr size_t kTextBytes = 512 << 10;  // of lines that are decoded at once
constexpr int64_t kAcceptedPerBatch = 64 << 10;

struct Refused {
  uint64_t position;
  RejectReason reason;
  std::string record;  // without its line end
};

// The door that also remembers each row it refuses and, if asked to, each event it accepts.
class ReaderDoor final : public FoldingDoor {
 public:
  ReaderDoor(const DoorRules& rules, const adirect_reader_options& options, Dictionary& dictionary, size_t shards)
      : FoldingDoor(rules, dictionary, shards),
        gives_events_(options.gives_events != 0),
        skips_searches_(options.skips_searches != 0) {}

  void OnRejected(RejectReason reason, const RowPlace& place) override {
    const size_t before = refused().size();
    FoldingDoor::OnRejected(reason, place);
    refused_rows.push_back({place.offset, reason, refused().substr(before, refused().size() - before - 1)});
  }

  std::vector<Refused> refused_rows;
  std::vector<OutColumn> accepted;  // batches of EventShape

 protected:
  void Accept(const Event& event, std::string_view category, Timestamp arrival, const RowPlace& place) override {
    if (gives_events_) Give(event, category);
    if (!skips_searches_ || !IsInterest(event.type)) FoldingDoor::Accept(event, category, arrival, place);
  }

 private:
  void Give(const Event& event, std::string_view category) {
    if (accepted.empty() || accepted.back().length() >= kAcceptedPerBatch) accepted.emplace_back(EventShape());
    AddEvent({EventTypeName(event.type), event.user_id, event.user_name, category, event.product_id, event.time,
              OrderHash(event.order_id), event.identity},
             accepted.back());
  }

  const bool gives_events_;
  const bool skips_searches_;
};

class AcceptedBatches final : public Batches {
 public:
  explicit AcceptedBatches(std::vector<OutColumn> batches) : batches_(std::move(batches)) {}

  const Shape& shape() const override { return EventShape(); }

  Result<bool> Next(OutColumn& batch) override {
    if (next_ == batches_.size()) return false;
    batch = std::move(batches_[next_++]);
    return true;
  }

 private:
  std::vector<OutColumn> batches_;
  size_t next_ = 0;
};

class RefusedBatches final : public Batches {
 public:
  RefusedBatches(std::string source, std::vector<Refused> rows) : source_(std::move(source)), rows_(std::move(rows)) {}

  const Shape& shape() const override { return shape_; }

  Result<bool> Next(OutColumn& batch) override {
    for (; next_ < rows_.size() && batch.text_bytes() < kTextBytesPerBatch; ++next_) {
      batch.child(0).AddText(source_);
      batch.child(1).AddNumber(static_cast<int64_t>(rows_[next_].position));
      batch.child(2).AddText(RejectReasonName(rows_[next_].reason));
      batch.child(3).AddText(rows_[next_].record);
      batch.EndRow();
    }
    return batch.length() > 0;
  }

 private:
  const Shape shape_{"", "+s", false, {{"source", "u"}, {"position", "l"}, {"reason", "u"}, {"record", "u"}}};
  const std::string source_;
  const std::vector<Refused> rows_;
  size_t next_ = 0;
};

DoorRules RulesOf(const adirect_reader_options& options, const Settings& settings) {
  DoorRules rules;
  rules.arrival = {options.arrival_ms};
  rules.catalog = CatalogOf(options.catalog);
  if (options.as_of_ms == ADIRECT_NO_TIME) return rules;
  rules.as_of = Timestamp{options.as_of_ms};
  if (options.policy_count == 0) return rules;
  SearchFilter all;
  for (size_t i = 0; i < options.policy_count; ++i) {
    all.Add(SearchFilter(options.policies[i]->policy, settings, *rules.as_of));
  }
  rules.searches = all;
  return rules;
}

Result<std::unique_ptr<Decoder>> DecoderOf(const Format& format, const adirect_reader_options& options) {
  if (format.kind == Format::Kind::kParquet) return MakeColumnDecoder(format, options.name);
  if (format.multiline) {
    return Unsupported("the format " + format.name +
                       " has multiline = true: a line may be less than a row; archive the file and read the archive");
  }
  return MakeDecoder(format, options.name,
                     options.head == nullptr ? std::string_view() : std::string_view(options.head, options.head_size));
}

}  // namespace
}  // namespace adirect::capi

struct adirect_reader {
  adirect_reader(std::shared_ptr<adirect::capi::Kept> state, const adirect::Format& events,
                 const adirect_reader_options& options, std::unique_ptr<adirect::Decoder> made)
      : kept(std::move(state)),
        format(events),
        decoder(std::move(made)),
        input{options.name, options.may_erase != 0, std::string(decoder->header())},
        door(adirect::capi::RulesOf(options, kept->settings()), options, kept->dictionary(), kept->tables().size()) {}

  const std::shared_ptr<adirect::capi::Kept> kept;
  const adirect::Format format;
  const std::unique_ptr<adirect::Decoder> decoder;
  const adirect::Input input;
  adirect::capi::ReaderDoor door;
  adirect::DecodeScratch scratch;
  adirect::SourceBlock text;  // memory of lines
};

namespace adirect::capi {
namespace {

void Fold(adirect_reader& reader, const SourceBlock& block) {
  reader.door.Open(block);
  reader.decoder->Decode(block.block, reader.scratch, reader.door);
  reader.door.Close();
  const std::span<ShopperTable> tables = reader.kept->tables();
  for (size_t i = 0; i < tables.size(); ++i) tables[i].Fold(reader.door.rows(i));
}

Status ReadColumns(adirect_reader& reader, const ArrowSchema* schema, const ArrowArray* batch, uint64_t offset) {
  if (reader.format.kind != Format::Kind::kParquet) return InvalidArgument("the reader's format is one of text");
  ArrowBlock rows;
  ADIRECT_RETURN_IF_ERROR(ReadEvents(reader.format, schema, batch, rows));
  if (rows.rows == 0) return {};
  SourceBlock block;
  block.input = &reader.input;
  block.block.offset = offset;
  block.block.columns = &rows;
  Fold(reader, block);
  return {};
}

// Lines of a column, joined to text block by block.
class Lines {
 public:
  Lines(adirect_reader& reader, uint64_t offset) : reader_(reader), offset_(offset) {}

  void Add(std::string_view line) {
    std::vector<char>& memory = reader_.text.memory;
    memory.insert(memory.end(), line.begin(), line.end());
    memory.push_back('\n');
    if (memory.size() >= kTextBytes) Flush();
  }

  void Flush() {
    std::vector<char>& memory = reader_.text.memory;
    const size_t size = memory.size();
    const uint64_t header = reader_.decoder->header_bytes();
    const size_t skipped = offset_ < header ? std::min(size, static_cast<size_t>(header - offset_)) : 0;
    memory.resize(size + kBlockPadding);
    reader_.text.input = &reader_.input;
    reader_.text.block = {};
    reader_.text.block.bytes = {memory.data() + skipped, size - skipped};
    reader_.text.block.offset = offset_ + skipped;
    if (skipped < size) Fold(reader_, reader_.text);
    offset_ += size;
    memory.clear();
  }

 private:
  adirect_reader& reader_;
  uint64_t offset_;
};

Status ReadLines(adirect_reader& reader, const ArrowSchema* schema, const ArrowArray* batch, uint64_t offset) {
  if (reader.format.kind == Format::Kind::kParquet) return InvalidArgument("the reader's format is one of columns");
  ArrowBlock rows;
  ADIRECT_RETURN_IF_ERROR(ReadAsked({{"", Column::Kind::kText}}, schema, batch, rows));
  reader.text.memory.clear();
  Lines lines(reader, offset);
  for (size_t row = 0; row < rows.rows; ++row) lines.Add(TextAt(rows.columns.front(), row));
  lines.Flush();
  return {};
}

std::string_view WithoutLineEnd(std::string_view message) {
  if (message.ends_with('\n')) message.remove_suffix(1);
  if (message.ends_with('\r')) message.remove_suffix(1);
  return message;
}

void ReadRecord(adirect_reader& reader, std::string_view message, uint64_t offset, Timestamp arrival) {
  SourceBlock& block = reader.text;
  block.memory.assign(message.begin(), message.end());
  block.memory.resize(message.size() + kBlockPadding);
  block.input = &reader.input;
  block.block = {};
  block.block.bytes = {block.memory.data(), message.size()};
  block.block.offset = offset;
  block.block.rows = Block::Rows::kOne;
  block.arrivals.assign(1, arrival);
  Fold(reader, block);
}

Status ReadRecords(adirect_reader& reader, const ArrowSchema* schema, const ArrowArray* batch) {
  if (reader.format.kind == Format::Kind::kParquet) return InvalidArgument("the reader's format is one of columns");
  ArrowBlock rows;
  ADIRECT_RETURN_IF_ERROR(ReadAsked(
      {{"value", Column::Kind::kText}, {"offset", Column::Kind::kInteger}, {"arrival_ms", Column::Kind::kInteger}},
      schema, batch, rows));
  for (size_t row = 0; row < rows.rows; ++row) {
    ReadRecord(reader, WithoutLineEnd(TextAt(rows.columns[0], row)),
               static_cast<uint64_t>(rows.columns[1].integers[row]), {rows.columns[2].integers[row]});
  }
  reader.text.arrivals.clear();
  return {};
}

Status NewReader(adirect_state* state, const adirect_format* format, const adirect_reader_options* options,
                 adirect_reader** out) {
  ADIRECT_RETURN_IF_ERROR(Need(state, "state"));
  ADIRECT_RETURN_IF_ERROR(Need(format, "format"));
  ADIRECT_RETURN_IF_ERROR(Need(options, "options"));
  ADIRECT_RETURN_IF_ERROR(Need(options->name, "options.name"));
  ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
  for (size_t i = 0; i < options->policy_count; ++i) {
    ADIRECT_RETURN_IF_ERROR(CheckAgainst(options->policies[i]->policy, state->kept->settings()));
  }
  Result<std::unique_ptr<Decoder>> decoder = DecoderOf(format->format, *options);
  if (!decoder.ok()) return decoder.status().Within(options->name);
  *out = new adirect_reader(state->kept, format->format, *options, *std::move(decoder));
  return {};
}

adirect_counts CountsOf(const DoorCounts& counts) {
  return {counts.rows,
          counts.accepted,
          counts.ignored,
          counts.after_as_of,
          counts.all_refused(),
          counts.erases(),
          counts.newest ? counts.newest->ms : ADIRECT_NO_TIME};
}

}  // namespace
}  // namespace adirect::capi

using adirect::Status;
using adirect::capi::Given;
using adirect::capi::Guarded;
using adirect::capi::Need;

int32_t adirect_reader_new(adirect_state* state, const adirect_format* format, const adirect_reader_options* options,
                           adirect_reader** out) noexcept {
  return Guarded([&] { return adirect::capi::NewReader(state, format, options, out); });
}

void adirect_reader_free(adirect_reader* reader) noexcept { delete reader; }

int32_t adirect_read_columns(adirect_reader* reader, ArrowSchema* schema, ArrowArray* batch, uint64_t offset) noexcept {
  const Given<ArrowSchema> types(schema);
  const Given<ArrowArray> rows(batch);
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(reader, "reader"));
    return adirect::capi::ReadColumns(*reader, types.get(), rows.get(), offset).Within(reader->input.name);
  });
}

int32_t adirect_read_lines(adirect_reader* reader, ArrowSchema* schema, ArrowArray* lines, uint64_t offset) noexcept {
  const Given<ArrowSchema> types(schema);
  const Given<ArrowArray> rows(lines);
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(reader, "reader"));
    return adirect::capi::ReadLines(*reader, types.get(), rows.get(), offset).Within(reader->input.name);
  });
}

int32_t adirect_read_records(adirect_reader* reader, ArrowSchema* schema, ArrowArray* records) noexcept {
  const Given<ArrowSchema> types(schema);
  const Given<ArrowArray> rows(records);
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(reader, "reader"));
    return adirect::capi::ReadRecords(*reader, types.get(), rows.get()).Within(reader->input.name);
  });
}

adirect_counts adirect_reader_counts(const adirect_reader* reader) noexcept {
  return adirect::capi::CountsOf(reader->door.counts());
}

int32_t adirect_refused(adirect_reader* reader, ArrowArrayStream* out) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(reader, "reader"));
    ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
    std::vector<adirect::capi::Refused> rows = std::exchange(reader->door.refused_rows, {});
    adirect::capi::ExportStream(std::make_unique<adirect::capi::RefusedBatches>(reader->input.name, std::move(rows)),
                                out);
    return {};
  });
}

int32_t adirect_accepted(adirect_reader* reader, ArrowArrayStream* out) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(reader, "reader"));
    ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
    std::vector<adirect::capi::OutColumn> batches = std::exchange(reader->door.accepted, {});
    adirect::capi::ExportStream(std::make_unique<adirect::capi::AcceptedBatches>(std::move(batches)), out);
    return {};
  });
}
