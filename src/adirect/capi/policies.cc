// The C interface's policies, formats and catalogs.
#include <array>

#include "adirect/base/text.h"
#include "adirect/capi/guard.h"
#include "adirect/capi/handles.h"
#include "adirect/codec/catalog_csv.h"

using adirect::InvalidArgument;
using adirect::Result;
using adirect::Status;
using adirect::capi::Guarded;
using adirect::capi::Need;

namespace {

constexpr std::array<std::string_view, 3> kKinds = {"csv", "ndjson", "columns"};  // by Format::Kind

Result<adirect::Format::Kind> KindOf(std::string_view name) {
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (name == kKinds[i]) return static_cast<adirect::Format::Kind>(i);
  }
  return InvalidArgument("there is no kind " + adirect::Quoted(name) + "; there are " + adirect::Joined(kKinds));
}

Status ParsePolicy(std::string_view toml, const char* place, adirect_policy** out) {
  Result<adirect::Policy> policy = adirect::ParsePolicy(toml, place);
  if (!policy.ok()) return policy.status();
  std::string version = adirect::PolicyVersion(*policy);
  std::string text = adirect::PrintPolicy(*policy);
  *out = new adirect_policy{*std::move(policy), std::move(version), std::move(text)};
  return {};
}

Status MakeFormat(Result<adirect::Format> format, adirect_format** out) {
  if (!format.ok()) return format.status();
  *out = new adirect_format{*std::move(format)};
  return {};
}

Result<adirect::Format> NamedFormat(std::string_view name, std::string_view kind_name) {
  const Result<adirect::Format::Kind> kind = KindOf(kind_name);
  if (!kind.ok()) return kind.status();
  if (name == "adirect") return adirect::AdirectFormat(*kind);
  if (name == "seed" && *kind == adirect::Format::Kind::kCsv) return adirect::SeedFormat();
  if (name == "seed") return InvalidArgument("the format seed is of kind csv");
  return InvalidArgument("no format is named " + adirect::Quoted(name) +
                         "; there are adirect, seed; others are texts of format files");
}

Status ReadTable(adirect::CsvTable table, std::string_view csv) {
  ADIRECT_RETURN_IF_ERROR(table.Add(csv));
  return table.End();
}

}  // namespace

int32_t adirect_policy_parse(const char* toml, size_t size, const char* place, adirect_policy** out) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(toml, "toml"));
    ADIRECT_RETURN_IF_ERROR(Need(place, "place"));
    ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
    return ParsePolicy({toml, size}, place, out);
  });
}

void adirect_policy_free(adirect_policy* policy) noexcept { delete policy; }
const char* adirect_policy_name(const adirect_policy* policy) noexcept { return policy->policy.name.c_str(); }
const char* adirect_policy_version(const adirect_policy* policy) noexcept { return policy->version.c_str(); }
const char* adirect_policy_text(const adirect_policy* policy) noexcept { return policy->text.c_str(); }

int32_t adirect_format_parse(const char* toml, size_t size, const char* place, adirect_format** out) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(toml, "toml"));
    ADIRECT_RETURN_IF_ERROR(Need(place, "place"));
    ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
    return MakeFormat(adirect::ParseFormat({toml, size}, place), out);
  });
}

int32_t adirect_format_named(const char* name, const char* kind, adirect_format** out) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(name, "name"));
    ADIRECT_RETURN_IF_ERROR(Need(kind, "kind"));
    ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
    return MakeFormat(NamedFormat(name, kind), out);
  });
}

void adirect_format_free(adirect_format* format) noexcept { delete format; }

const char* adirect_format_kind(const adirect_format* format) noexcept {
  return kKinds[static_cast<size_t>(format->format.kind)].data();
}

const char* adirect_format_column(const adirect_format* format, const char* field) noexcept {
  const std::optional<adirect::Field> found = field == nullptr ? std::nullopt : adirect::ParseField(field);
  if (!found || !format->format.column(*found)) return nullptr;
  return format->format.column(*found)->c_str();
}

int32_t adirect_catalog_new(adirect_catalog** out) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
    *out = new adirect_catalog;
    return {};
  });
}

void adirect_catalog_free(adirect_catalog* catalog) noexcept { delete catalog; }

int32_t adirect_catalog_add_products(adirect_catalog* catalog, const char* csv, size_t size,
                                     const char* place) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(catalog, "catalog"));
    ADIRECT_RETURN_IF_ERROR(Need(csv, "csv"));
    ADIRECT_RETURN_IF_ERROR(Need(place, "place"));
    return ReadTable(adirect::ProductsCsv(place, catalog->catalog), {csv, size});
  });
}

int32_t adirect_catalog_add_categories(adirect_catalog* catalog, const char* csv, size_t size,
                                       const char* place) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(catalog, "catalog"));
    ADIRECT_RETURN_IF_ERROR(Need(csv, "csv"));
    ADIRECT_RETURN_IF_ERROR(Need(place, "place"));
    return ReadTable(adirect::CategoriesCsv(place, catalog->catalog), {csv, size});
  });
}
