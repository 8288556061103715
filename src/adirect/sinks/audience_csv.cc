#include "adirect/sinks/audience_csv.h"

#include <charconv>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

void AppendNumber(uint64_t value, std::string& out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

std::string Header(std::string columns, const Catalog* catalog) {
  return columns + (catalog == nullptr ? "\n" : ",title\n");
}

// Ends a product's row.
void AppendTitle(const Catalog* catalog, std::string_view product, std::string& out) {
  if (catalog != nullptr) {
    out += ',';
    AppendCsvField(catalog->TitleOf(product), out);
  }
  out += '\n';
}

}  // namespace

Status AudienceCsv::WriteHeaders() {
  ADIRECT_RETURN_IF_ERROR(audience_.Write("user_id,category_id,searches,last_search_at,next_change_at\n"));
  return recommendations_.Write(Header("user_id,category_id,rank,product_id,source", catalog_));
}

void AudienceCsv::Format(std::string_view user_id, std::span<const CategoryDecision> targeted, Chunk& chunk) const {
  std::string pair;
  for (const CategoryDecision& decision : targeted) {
    pair.clear();
    AppendCsvField(user_id, pair);
    pair += ',';
    AppendCsvField(dictionary_.category_id(decision.category), pair);
    pair += ',';

    chunk.audience += pair;
    AppendNumber(static_cast<uint64_t>(decision.verdict.searches), chunk.audience);
    chunk.audience += ',';
    AppendRfc3339(*decision.verdict.last_search_at, chunk.audience);
    chunk.audience += ',';
    AppendRfc3339(decision.verdict.next_change_at.value_or(kNever), chunk.audience);
    chunk.audience += '\n';

    uint64_t rank = 0;
    for (const Recommendation& recommendation : decision.list) {
      chunk.recommendations += pair;
      AppendNumber(++rank, chunk.recommendations);
      chunk.recommendations += ',';
      const std::string_view product = dictionary_.product(recommendation.item);
      AppendCsvField(product, chunk.recommendations);
      chunk.recommendations += ',';
      chunk.recommendations += ProductSourceName(recommendation.source);
      AppendTitle(catalog_, product, chunk.recommendations);
    }
  }
}

Status AudienceCsv::Write(const Chunk& chunk) {
  ADIRECT_RETURN_IF_ERROR(audience_.Write(chunk.audience));
  return recommendations_.Write(chunk.recommendations);
}

Status WritePopularCsv(const Popularity& popularity, const Dictionary& dictionary, const Catalog* catalog,
                       TextSink& out) {
  ADIRECT_RETURN_IF_ERROR(out.Write(Header("category_id,rank,product_id,purchases", catalog)));
  std::string row;
  for (const CategoryIndex category : popularity.categories()) {
    uint64_t rank = 0;
    for (const PopularProduct& product : popularity.Of(category)) {
      row.clear();
      AppendCsvField(dictionary.category_id(category), row);
      row += ',';
      AppendNumber(++rank, row);
      row += ',';
      AppendCsvField(dictionary.product(product.item), row);
      row += ',';
      AppendNumber(product.purchases, row);
      AppendTitle(catalog, dictionary.product(product.item), row);
      ADIRECT_RETURN_IF_ERROR(out.Write(row));
    }
  }
  return {};
}

}  // namespace adirect
