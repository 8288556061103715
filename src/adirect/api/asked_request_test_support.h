// A request as the server hands it to a handler, for tests.
//
//   AskedRequest asked(Method::kGet, "/v1/users/ana?policy=sale");
//   asked.request.body = "{}";
//   router.Handle(asked.request, answer);
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "adirect/api/http.h"
#include "adirect/api/target.h"

namespace adirect {

struct AskedRequest {
  // `raw` must outlive it.
  AskedRequest(Method method, std::string_view raw) {
    EXPECT_EQ(target.Parse(raw), "");
    request.method = method;
    request.target = raw;
    request.segments = target.segments();
    request.query = target.query();
  }
  AskedRequest(const AskedRequest&) = delete;
  AskedRequest& operator=(const AskedRequest&) = delete;

  Target target;
  Request request;  // views of target
};

}  // namespace adirect
