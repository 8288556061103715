// Bindings: which of an input's columns hold the fields of a format.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/codec/format.h"

namespace adirect {

struct ColumnBinding {
  Field field;
  uint32_t column;  // from 0
};

// The place of the column `name`, absent where there is none; an error where it is there twice, which calls
// the column `shown` and the names `where` ("the header").
Result<std::optional<uint32_t>> FindColumn(std::span<const std::string_view> names, std::string_view name,
                                           const std::string& shown, const std::string& where);

// "<where> has no <shown>; it has: …"
Status MissingColumn(std::span<const std::string_view> names, const std::string& shown, const std::string& where);

// Finds the format's columns among `names`, in the order of the fields. Errors: a column that is missing
// or there twice; they begin with `where` ("the header") and list what there is.
Result<std::vector<ColumnBinding>> BindNames(const Format& format, std::span<const std::string_view> names,
                                             const std::string& where);

}  // namespace adirect
