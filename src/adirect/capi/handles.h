// What stands behind the handles of adirect.h.
//
// Threads: as adirect.h says of each.
#pragma once

#include <adirect/adirect.h>

#include <memory>
#include <string>
#include <vector>

#include "adirect/capi/kept.h"
#include "adirect/codec/format.h"
#include "adirect/model/catalog.h"
#include "adirect/targeting/policy.h"

struct adirect_policy {
  adirect::Policy policy;
  std::string version;
  std::string text;
};

struct adirect_format {
  adirect::Format format;
};

struct adirect_catalog {
  adirect::Catalog catalog;
};

// Shared with readers and streams, which may outlive the handle.
struct adirect_state {
  std::shared_ptr<adirect::capi::Kept> kept;
};

namespace adirect::capi {

inline const Catalog* CatalogOf(const adirect_catalog* handle) {
  return handle == nullptr ? nullptr : &handle->catalog;
}

}  // namespace adirect::capi
