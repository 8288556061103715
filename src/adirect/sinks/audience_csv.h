// The audience, its recommendations and the popular products as CSV with a header line. With a catalog a
// product's row ends with its title, empty where it is not known.
#pragma once

#include <string>

#include "adirect/pipeline/ports.h"
#include "adirect/targeting/popularity.h"

namespace adirect {

class AudienceCsv : public AudienceSink {
 public:
  // All must outlive the sink. The catalog: null for none.
  AudienceCsv(const Dictionary& dictionary, const Catalog* catalog, TextSink& audience, TextSink& recommendations)
      : dictionary_(dictionary), catalog_(catalog), audience_(audience), recommendations_(recommendations) {}

  // The two header lines; to be called first.
  Status WriteHeaders();
  void Format(std::string_view user_id, std::span<const CategoryDecision> targeted, Chunk& chunk) const override;
  Status Write(const Chunk& chunk) override;

 private:
  const Dictionary& dictionary_;
  const Catalog* catalog_;
  TextSink& audience_;
  TextSink& recommendations_;
};

// category_id,rank,product_id,purchases[,title]: every product of the popularity, by category id and rank.
Status WritePopularCsv(const Popularity& popularity, const Dictionary& dictionary, const Catalog* catalog,
                       TextSink& out);

}  // namespace adirect
