#include "adirect/api/segment_api.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adirect/api/submitted.h"

namespace adirect {
namespace {

// `calls`: which call a line came of.
Response Answered(const Result<SubmitReport>& report, const std::vector<uint32_t>& calls) {
  if (!report.ok()) return Failed(report.status());
  SubmitReport of_calls = *report;
  for (SubmitReport::Refused& row : of_calls.refused) row.index = calls[row.index];
  Response response;
  response.body = "{\"success\": true, " + ReportMembers(of_calls) + '}';
  return response;
}

}  // namespace

void SegmentApi::AddTo(Router& router) {
  const auto add = [&](const std::string& name, SegmentBody kind) {
    router.Add("POST /v1/" + name, [this, kind](const Request& r, Router::Parameters, Answer& a) { Take(kind, r, a); },
               {.body_bytes = kMaxBody});
  };
  add("batch", SegmentBody::kBatch);
  add("track", SegmentBody::kTrack);
  for (const char* name : {"identify", "page", "screen", "group", "alias"}) add(name, SegmentBody::kIgnored);
}

void SegmentApi::Take(SegmentBody kind, const Request& request, Answer& answer) {
  Result<SegmentEvents> events = ReadSegment(kind, request.body);
  if (!events.ok()) {
    answer.response() = Failed(events.status());
    return;
  }
  auto responder = std::make_shared<Responder>(answer.Defer());
  engine_.Submit(format_, std::move(events->lines), /*may_erase=*/false,
                 [responder, calls = std::move(events->calls)](const Result<SubmitReport>& report) {
                   responder->Send(Answered(report, calls));
                 });
}

}  // namespace adirect
