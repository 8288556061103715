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
  const std::string shown = "column " + Quoted(*column) + " (" + std::string(FieldName(field)) + ")";
  const Result<std::optional<uint32_t>> at = FindColumn(names, *column, shown, where);
  if (!at.ok()) return at.status();
  if (at->has_value()) {
    out.push_back({field, **at});
  } else if (!format.partial_header) {
    return MissingColumn(names, shown, where);
  }
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
  return MissingColumn(names, "column " + missing, where);
}

}  // namespace

Result<std::optional<uint32_t>> FindColumn(Names names, std::string_view name, const std::string& shown,
                                           const std::string& where) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::optional<uint32_t>();
  if (std::find(at + 1, names.end(), name) != names.end()) {
    return InvalidArgument(where + " has " + shown + " twice; it has: " + Shown(names));
  }
  return std::optional(static_cast<uint32_t>(at - names.begin()));
}

Status MissingColumn(Names names, const std::string& shown, const std::string& where) {
  return InvalidArgument(where + " has no " + shown + "; it has: " + Shown(names));
}

Result<std::vector<ColumnBinding>> BindNames(const Format& format, Names names, const std::string& where) {
  std::vector<ColumnBinding> bindings;
  for (size_t i = 0; i < kFieldCount; ++i) {
    ADIRECT_RETURN_IF_ERROR(BindField(format, static_cast<Field>(i), names, where, bindings));
  }
  ADIRECT_RETURN_IF_ERROR(CheckNeeded(format, names, where, bindings));
  return bindings;
}

}  // namespace adirect
