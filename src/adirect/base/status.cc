#include "adirect/base/status.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace adirect {
namespace {

Code CodeOfErrno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Code::kNotFound;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Code::kExhausted;
    case EACCES:
    case EPERM:
    case EISDIR:
    case EINVAL:
      return Code::kInvalidArgument;
    case EAGAIN:
    case ETIMEDOUT:
    case ECONNREFUSED:
    case ECONNRESET:
      return Code::kUnavailable;
    default:
      return Code::kInternal;
  }
}

std::string_view RemedyOfErrno(int error) {
  switch (error) {
    case ENOENT:
      return "; check the name";
    case ENOSPC:
    case EDQUOT:
      return "; free some space and run again";
    case EACCES:
    case EPERM:
      return "; check the permissions";
    case EISDIR:
      return "; give a file";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

}  // namespace

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kInvalidArgument:
      return "invalid argument";
    case Code::kNotFound:
      return "not found";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kExhausted:
      return "exhausted";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kInternal:
      return "internal";
  }
  return "unknown";
}

Status Status::Within(std::string_view place) const {
  if (ok()) return *this;
  return {code_, std::string(place) + ": " + message_};
}

Status FromErrno(int error, std::string_view what) {
  std::string message(what);
  message += ": ";
  message += std::strerror(error);
  message += RemedyOfErrno(error);
  return {CodeOfErrno(error), std::move(message)};
}

namespace internal {

void CheckFailed(const char* condition, const char* file, int line, const std::string& values) {
  std::fprintf(stderr, "adirect: %s:%d: this must hold and does not: %s%s%s%s\n", file, line, condition,
               values.empty() ? "" : " [", values.c_str(), values.empty() ? "" : "]");
  std::fflush(stderr);
  std::abort();
}

}  // namespace internal
}  // namespace adirect
