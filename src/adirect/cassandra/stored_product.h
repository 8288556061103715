// StoredProduct: a product with its texts. Private to cassandra.
//
// Threads: a value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adirect/cassandra/cells.h"
#include "adirect/model/catalog.h"

namespace adirect {

struct StoredProduct {
  // A row of ReadText::kProduct.
  StoredProduct(std::string_view id, CellReader& row)
      : product_id(id),
        category_id(row.Text()),
        title(row.Text()),
        price(row.Text()),
        currency(row.Text()),
        url(row.Text()),
        image_url(row.Text()),
        available(row.Boolean()),
        updated_at(row.TimeIfAny()) {}

  // Valid as long as this one stays where it is.
  Product view() const {
    return {product_id, category_id, title, price, currency, url, image_url, available, updated_at};
  }

  std::string product_id;
  std::string category_id;
  std::string title;
  std::string price;
  std::string currency;
  std::string url;
  std::string image_url;
  bool available;
  std::optional<Timestamp> updated_at;
};

}  // namespace adirect
