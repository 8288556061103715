#include "adirect/api/submitted.h"

#include <fmt/format.h>

namespace adirect {
namespace {

// The status that a failure is answered with.
int HttpStatus(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return 400;
    case Code::kNotFound:
      return 404;
    case Code::kUnavailable:
      return 503;
    case Code::kExhausted:
      return 507;
    case Code::kUnsupported:
      return 501;
    default:
      return 500;
  }
}

}  // namespace

Response Failed(const Status& status) {
  Response response = Problem(HttpStatus(status.code()), "", status.message());
  if (status.code() == Code::kUnavailable) response.AddHeader("Retry-After", "1");
  return response;
}

std::string ReportMembers(const SubmitReport& report) {
  std::string out = fmt::format("\"accepted\": {}, \"duplicates\": {}, \"ignored\": {}, \"quarantined\": [",
                                report.accepted, report.duplicates, report.ignored);
  const char* before = "";
  for (const SubmitReport::Refused& row : report.refused) {
    out += fmt::format("{}{{\"index\": {}, \"reason\": \"{}\"}}", before, row.index, RejectReasonName(row.reason));
    before = ", ";
  }
  return out + ']';
}

}  // namespace adirect
