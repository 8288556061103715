// The answers row by row: which fields a row has, for every format.
//
// A `Row` says how one row, mostly a line, is written at the end of a text:
//
//   Row row(out);                                    // or Row(out, true): `out` ends in a line's first fields
//   row.Text("user_id", "ana");
//   row.Word("source", "popular");                   // a text that no format quotes or escapes
//   row.Number("searches", 3);
//   row.Time("last_search_at", time);                // kNever: absent
//   row.End();
//
// and Header what stands before the rows.
#pragma once

#include <charconv>
#include <string>

#include "adirect/sinks/answers.h"

namespace adirect {

inline void AppendNumber(uint64_t value, std::string& out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

template <typename Row>
class TextAnswers final : public Answers {
 public:
  TextAnswers(const Dictionary& dictionary, const Catalog* catalog, const AnswerFiles& files)
      : dictionary_(dictionary), catalog_(catalog), files_(files) {}

  Status Begin() override {
    const std::string title = catalog_ == nullptr ? "" : ",title";
    ADIRECT_RETURN_IF_ERROR(
        files_.audience->Write(Row::Header("user_id,category_id,searches,last_search_at,next_change_at")));
    ADIRECT_RETURN_IF_ERROR(
        files_.recommendations->Write(Row::Header("user_id,category_id,rank,product_id,source" + title)));
    return files_.popular->Write(Row::Header("category_id,rank,product_id,purchases" + title));
  }

  void Format(std::string_view user_id, std::span<const CategoryDecision> targeted, Chunk& chunk) const override {
    std::string pair;  // the fields with which all rows of a pair begin
    for (const CategoryDecision& decision : targeted) {
      pair.clear();
      Row front(pair);
      front.Text("user_id", user_id);
      front.Text("category_id", dictionary_.category_id(decision.category));
      AppendPair(pair, decision.verdict, chunk.audience);
      uint64_t rank = 0;
      for (const Recommendation& product : decision.list) {
        AppendRecommendation(pair, ++rank, product, chunk.recommendations);
      }
    }
  }

  Status Write(const Chunk& chunk) override {
    ADIRECT_RETURN_IF_ERROR(files_.audience->Write(chunk.audience));
    return files_.recommendations->Write(chunk.recommendations);
  }

  Status Finish(const Popularity& popularity) override {
    std::string text;
    for (const CategoryIndex category : popularity.categories()) {
      uint64_t rank = 0;
      for (const PopularProduct& product : popularity.Of(category)) {
        text.clear();
        AppendPopular(category, ++rank, product, text);
        ADIRECT_RETURN_IF_ERROR(files_.popular->Write(text));
      }
    }
    return {};
  }

 private:
  void AppendPair(const std::string& pair, const Verdict& verdict, std::string& out) const {
    out += pair;
    Row row(out, true);
    row.Number("searches", static_cast<uint64_t>(verdict.searches));
    row.Time("last_search_at", *verdict.last_search_at);
    row.Time("next_change_at", verdict.next_change_at.value_or(kNever));
    row.End();
  }

  void AppendRecommendation(const std::string& pair, uint64_t rank, const Recommendation& product,
                            std::string& out) const {
    out += pair;
    Row row(out, true);
    row.Number("rank", rank);
    row.Text("product_id", dictionary_.product(product.item));
    row.Word("source", ProductSourceName(product.source));
    EndProduct(row, product.item);
  }

  void AppendPopular(CategoryIndex category, uint64_t rank, const PopularProduct& product, std::string& out) const {
    Row row(out);
    row.Text("category_id", dictionary_.category_id(category));
    row.Number("rank", rank);
    row.Text("product_id", dictionary_.product(product.item));
    row.Number("purchases", product.purchases);
    EndProduct(row, product.item);
  }

  void EndProduct(Row& row, ItemIndex item) const {
    if (catalog_ != nullptr) row.Text("title", catalog_->TitleOf(dictionary_.product(item)));
    row.End();
  }

  const Dictionary& dictionary_;
  const Catalog* const catalog_;
  const AnswerFiles files_;
};

}  // namespace adirect
