// What the library is.
#include <adirect/adirect.h>

#include "adirect/capi/guard.h"

int32_t adirect_abi() noexcept { return ADIRECT_ABI; }
const char* adirect_version() noexcept { return ADIRECT_VERSION; }
const char* adirect_message() noexcept { return adirect::capi::LastMessage(); }
