// KeptRequest: of a request, what outlives the call of its handler: the path's parameters and the query.
//
// Threads: one at a time.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/api/http.h"

namespace adirect {

class KeptRequest {
 public:
  KeptRequest(const Request& request, std::span<const std::string_view> parameters);
  KeptRequest(const KeptRequest&) = delete;
  KeptRequest& operator=(const KeptRequest&) = delete;

  // Without headers and body.
  const Request& request() const { return request_; }
  std::span<const std::string_view> parameters() const { return parameters_; }

 private:
  std::vector<std::string> texts_;
  std::vector<std::string_view> parameters_;  // views of texts_, as the next
  std::vector<HttpField> query_;
  Request request_;
};

}  // namespace adirect
