#include "adirect/capi/event_rows.h"

#include "adirect/base/hash.h"

namespace adirect::capi {

const Shape& EventShape() {
  static const Shape shape{"",
                           "+s",
                           false,
                           {{"type", "u"},
                            {"user_id", "u"},
                            {"user_name", "u"},
                            {"category_id", "u"},
                            {"product_id", "u"},
                            {"time_ms", "l"},
                            {"order_hash", "l"},
                            {"identity", "l"}}};
  return shape;
}

void AddEvent(const EventRow& row, OutColumn& batch) {
  size_t column = 0;
  for (const std::string_view text : {row.type, row.user_id, row.user_name, row.category_id, row.product_id}) {
    batch.child(column++).AddText(text);
  }
  batch.child(5).AddNumber(row.time.ms);
  batch.child(6).AddNumber(SortedHash(row.order));
  batch.child(7).AddNumber(SortedHash(row.identity));
  batch.EndRow();
}

}  // namespace adirect::capi
