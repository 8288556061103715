// What stands between C++ and the C interface: a Status becomes a code and a message, and no exception goes further.
//
//   int32_t adirect_state_merge(…) noexcept { return Guarded([&] { return state->Merge(bytes); }); }
//
// Threads: a message belongs to the thread whose call failed.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "adirect/base/status.h"

namespace adirect::capi {

// The code of the status, whose message is LastMessage from now on.
int32_t Told(const Status& status) noexcept;
const char* LastMessage() noexcept;

// What the call returned, or why it threw.
template <typename Call>
Status Caught(const Call& call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Status(Code::kExhausted, "no memory");  // short enough to need none
  } catch (const std::exception& error) {
    return Status(Code::kInternal, error.what());
  }
}

template <typename Call>
int32_t Guarded(const Call& call) noexcept {
  return Told(Caught(call));
}

// A parameter that must be given.
inline Status Need(const void* parameter, const char* name) {
  return parameter != nullptr ? Status() : InvalidArgument(std::string(name) + " is NULL");
}

}  // namespace adirect::capi
