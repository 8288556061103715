#include "adirect/sinks/parquet_answers.h"

#include <array>

#include "adirect/base/wire.h"
#include "adirect/sinks/answers_text.h"
#include "adirect/sinks/parquet_table.h"

namespace adirect {
namespace {

using Kind = ParquetColumn::Kind;

// A row on its way from Format to Write: its values one behind the other (base/wire.h).
class WireRow {
 public:
  static std::string_view Header(const std::string&) { return ""; }

  explicit WireRow(std::string& out, bool /*begun*/ = false) : out_(out) {}

  void Text(std::string_view, std::string_view text) { AppendText(text, out_); }
  void Word(std::string_view, std::string_view word) { AppendText(word, out_); }
  void Number(std::string_view, uint64_t value) { AppendVarint(value, out_); }
  void Time(std::string_view, Timestamp time) { AppendFixed64(static_cast<uint64_t>(time.ms), out_); }
  void End() {}

 private:
  std::string& out_;
};

ParquetColumns Titled(ParquetColumns columns, const Catalog* catalog) {
  if (catalog != nullptr) columns.push_back({"title", Kind::kText, true});
  return columns;
}

// The tables in the order of TextAnswers, whose rows they take.
class ParquetAnswers final : public Answers {
 public:
  ParquetAnswers(const Dictionary& dictionary, const Catalog* catalog, const AnswerFiles& files)
      : audience_({{"user_id", Kind::kText},
                   {"category_id", Kind::kText},
                   {"searches", Kind::kNumber},
                   {"last_search_at", Kind::kTime},
                   {"next_change_at", Kind::kTime, true}},
                  *files.audience),
        recommendations_(Titled({{"user_id", Kind::kText},
                                 {"category_id", Kind::kText},
                                 {"rank", Kind::kNumber},
                                 {"product_id", Kind::kText},
                                 {"source", Kind::kText}},
                                catalog),
                         *files.recommendations),
        popular_(Titled({{"category_id", Kind::kText},
                         {"rank", Kind::kNumber},
                         {"product_id", Kind::kText},
                         {"purchases", Kind::kNumber}},
                        catalog),
                 *files.popular),
        rows_(dictionary, catalog, {&audience_, &recommendations_, &popular_}) {}

  Status Begin() override {
    for (ParquetTable* table : tables_) ADIRECT_RETURN_IF_ERROR(table->Open());
    return rows_.Begin();
  }

  void Format(std::string_view user_id, std::span<const CategoryDecision> targeted, Chunk& chunk) const override {
    rows_.Format(user_id, targeted, chunk);
  }

  Status Write(const Chunk& chunk) override { return rows_.Write(chunk); }

  Status Finish(const Popularity& popularity) override {
    ADIRECT_RETURN_IF_ERROR(rows_.Finish(popularity));
    for (ParquetTable* table : tables_) ADIRECT_RETURN_IF_ERROR(table->Close());
    return {};
  }

 private:
  ParquetTable audience_;
  ParquetTable recommendations_;
  ParquetTable popular_;
  const std::array<ParquetTable*, 3> tables_ = {&audience_, &recommendations_, &popular_};
  TextAnswers<WireRow> rows_;
};

}  // namespace

std::unique_ptr<Answers> MakeParquetAnswers(const Dictionary& dictionary, const Catalog* catalog,
                                            const AnswerFiles& files) {
  return std::make_unique<ParquetAnswers>(dictionary, catalog, files);
}

}  // namespace adirect
