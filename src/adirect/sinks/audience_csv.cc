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

}  // namespace

Status AudienceCsv::WriteHeaders() {
  ADIRECT_RETURN_IF_ERROR(audience_.Write("user_id,category_id,searches,last_search_at,next_change_at\n"));
  return recommendations_.Write("user_id,category_id,rank,product_id,source\n");
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
      AppendCsvField(dictionary_.product(recommendation.item), chunk.recommendations);
      chunk.recommendations += ',';
      chunk.recommendations += ProductSourceName(recommendation.source);
      chunk.recommendations += '\n';
    }
  }
}

Status AudienceCsv::Write(const Chunk& chunk) {
  ADIRECT_RETURN_IF_ERROR(audience_.Write(chunk.audience));
  return recommendations_.Write(chunk.recommendations);
}

Status WritePopularCsv(const Popularity& popularity, const Dictionary& dictionary, TextSink& out) {
  ADIRECT_RETURN_IF_ERROR(out.Write("category_id,rank,product_id,purchases\n"));
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
      row += '\n';
      ADIRECT_RETURN_IF_ERROR(out.Write(row));
    }
  }
  return {};
}

}  // namespace adirect
