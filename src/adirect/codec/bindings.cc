#include "adirect/codec/bindings.h"

#include <algorithm>

#include "adirect/base/text.h"

namespace adirect {
namespace {

constexpr size_t kShownNames = 30;

using Names = std::span<const std::string_view>;

std::string Shown(Names names) {
  std::string text;
  for (const std::string_view name : names.first(std::min(names.size(), kShownNames))) {
    text += (text.empty() ? "" : ", ") + Quoted(name);
  }
  return names.size() > kShownNames ? text + ", ..." : text;
}

Status BindField(const Format& format, Field field, Names names, const std::string& where,
                 std::vector<ColumnBinding>& out) {
  const std::optional<std::string>& column = format.column(field);
  if (!column) return {};
  const auto at = std::find(names.begin(), names.end(), *column);
  const std::string named = "column " + Quoted(*column) + " (" + std::string(FieldName(field)) + ")";
  if (at == names.end()) {
    if (format.partial_header) return {};
    return InvalidArgument(where + " has no " + named + "; it has: " + Shown(names));
  }
  if (std::find(at + 1, names.end(), *column) != names.end()) {
    return InvalidArgument(where + " has " + named + " twice; it has: " + Shown(names));
  }
  out.push_back({field, static_cast<uint32_t>(at - names.begin())});
  return {};
}

// A partial header must still give what every event has.
Status CheckNeeded(const Format& format, Names names, const std::string& where,
                   const std::vector<ColumnBinding>& bindings) {
  const auto given = [&](Field field) {
    return !format.constant(field).empty() ||
           std::any_of(bindings.begin(), bindings.end(), [field](const auto& one) { return one.field == field; });
  };
  std::string missing;
  if (!given(Field::kUserId) && !given(Field::kAnonymousId)) missing = "user_id (or anonymous_id)";
  if (!given(Field::kTime)) missing = "time";
  if (!given(Field::kType)) missing = "type";
  if (missing.empty()) return {};
  return InvalidArgument(where + " has no column " + missing + "; it has: " + Shown(names));
}

}  // namespace

Result<std::vector<ColumnBinding>> BindNames(const Format& format, Names names, const std::string& where) {
  std::vector<ColumnBinding> bindings;
  for (size_t i = 0; i < kFieldCount; ++i) {
    ADIRECT_RETURN_IF_ERROR(BindField(format, static_cast<Field>(i), names, where, bindings));
  }
  ADIRECT_RETURN_IF_ERROR(CheckNeeded(format, names, where, bindings));
  return bindings;
}

}  // namespace adirect
