// Status and Result: how the world's failures travel.
//
// Bad input is data and never a Status (see pipeline/quarantine.h); a broken promise of our own is
// ADIRECT_CHECK (base/check.h). What is left, a disk that is full or a file that is not there, is a
// Status. Functions return it, callers add what they know with `Within`, and the app prints it once:
//
//   Result<Policy> policy = ReadPolicy(path);
//   if (!policy.ok()) return policy.status().Within("--policy");
//
// Threads: values; no sharing. No exception crosses a floor.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "adirect/base/check.h"

namespace adirect {

enum class Code {
  kOk,
  kInvalidArgument,  // the caller asked for something impossible: a flag, a policy, a format file
  kNotFound,         // a thing named by the caller does not exist
  kCorrupt,          // stored bytes do not read back: a file is damaged or cut
  kUnavailable,      // the world may answer later; the only code that is retried
  kExhausted,        // a named limit, or the disk, is full
  kUnsupported,      // this build or this version cannot do it
  kInternal,
};

std::string_view CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  // A sentence that names the place and the remedy; empty when ok.
  const std::string& message() const { return message_; }

  // The same status with the place put in front: "state.bin: byte 17: …".
  Status Within(std::string_view place) const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

inline Status InvalidArgument(std::string m) { return {Code::kInvalidArgument, std::move(m)}; }
inline Status NotFound(std::string m) { return {Code::kNotFound, std::move(m)}; }
inline Status Corrupt(std::string m) { return {Code::kCorrupt, std::move(m)}; }
inline Status Unavailable(std::string m) { return {Code::kUnavailable, std::move(m)}; }
inline Status Exhausted(std::string m) { return {Code::kExhausted, std::move(m)}; }
inline Status Unsupported(std::string m) { return {Code::kUnsupported, std::move(m)}; }
inline Status Internal(std::string m) { return {Code::kInternal, std::move(m)}; }

// The status of a failed system call: errno's text and, where it is known, the remedy (ENOSPC: free
// space; ENOENT: check the name). `what` names the call's object, usually a path.
Status FromErrno(int error, std::string_view what);

// A value, or the reason why there is none; both implicit. Reading the value of a failed Result ends the process.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
    ADIRECT_CHECK(!status_.ok(), "a Result without value needs a reason");
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  T& value() & {
    ADIRECT_CHECK(ok(), status_.message());
    return *value_;
  }
  const T& value() const& {
    ADIRECT_CHECK(ok(), status_.message());
    return *value_;
  }
  T&& value() && {
    ADIRECT_CHECK(ok(), status_.message());
    return *std::move(value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Status status_;
};

// Returns from the enclosing function when `expression` (a Status) is not ok.
#define ADIRECT_RETURN_IF_ERROR(expression)            \
  do {                                                 \
    ::adirect::Status adirect_status_ = (expression);  \
    if (!adirect_status_.ok()) return adirect_status_; \
  } while (false)

}  // namespace adirect
