// Bindings: which of an input's columns hold the fields of a format.
#pragma once

#include <cstdint>
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

// Finds the format's columns among `names`, in the order of the fields. Errors: a column that is missing
// or there twice; they begin with `where` ("the header") and list what there is.
Result<std::vector<ColumnBinding>> BindNames(const Format& format, std::span<const std::string_view> names,
                                             const std::string& where);

}  // namespace adirect
