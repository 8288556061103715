// A policy; what reads must print as the same policy.
#include "adirect/targeting/policy.h"

#include "adirect/base/check.h"
#include "fuzz/target.h"

namespace adirect {

ADIRECT_FUZZ(policy) {
  const Result<Policy> read = ParsePolicy(input, "shop.toml");
  if (!read.ok()) {
    ADIRECT_CHECK(read.status().message().starts_with("shop.toml:"), read.status().message());
    return;
  }
  const std::string printed = PrintPolicy(*read);
  const Result<Policy> again = ParsePolicy(printed, "printed.toml");
  ADIRECT_CHECK(again.ok(), printed, again.status().message());
  ADIRECT_CHECK(PrintPolicy(*again) == printed, printed, PrintPolicy(*again));
  ADIRECT_CHECK(PolicyVersion(*again) == PolicyVersion(*read), printed);
}

}  // namespace adirect
