// SegmentApi: takes what Segment's libraries send to their HTTP tracking API. docs/segment.md is the contract.
//
//   SegmentApi segment(engine);
//   segment.AddTo(router);
//
// Threads: the handlers run on any number of the server's threads.
#pragma once

#include <cstddef>

#include "adirect/api/router.h"
#include "adirect/codec/segment.h"
#include "adirect/pipeline/engine.h"

namespace adirect {

class SegmentApi {
 public:
  // The engine must outlive the API.
  explicit SegmentApi(Engine& engine) : engine_(engine), format_(SegmentFormat()) {}
  void AddTo(Router& router);

  // Segment takes 500 KB; its libraries cut their batches before that.
  static constexpr size_t kMaxBody = 512 << 10;

 private:
  void Take(SegmentBody kind, const Request& request, Answer& answer);

  Engine& engine_;
  const Format format_;
};

}  // namespace adirect
