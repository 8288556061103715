#include "adirect/capi/guard.h"

#include <adirect/adirect.h>

namespace adirect::capi {
namespace {

thread_local std::string last_message;

static_assert(static_cast<int>(Code::kOk) == ADIRECT_OK);
static_assert(static_cast<int>(Code::kInvalidArgument) == ADIRECT_INVALID_ARGUMENT);
static_assert(static_cast<int>(Code::kNotFound) == ADIRECT_NOT_FOUND);
static_assert(static_cast<int>(Code::kCorrupt) == ADIRECT_CORRUPT);
static_assert(static_cast<int>(Code::kUnavailable) == ADIRECT_UNAVAILABLE);
static_assert(static_cast<int>(Code::kExhausted) == ADIRECT_EXHAUSTED);
static_assert(static_cast<int>(Code::kUnsupported) == ADIRECT_UNSUPPORTED);
static_assert(static_cast<int>(Code::kInternal) == ADIRECT_INTERNAL);

}  // namespace

int32_t Told(const Status& status) noexcept {
  if (status.ok()) return ADIRECT_OK;
  try {
    last_message = status.message();
  } catch (const std::exception&) {
    last_message.clear();
  }
  return static_cast<int32_t>(status.code());
}

const char* LastMessage() noexcept { return last_message.c_str(); }

}  // namespace adirect::capi
