// A request's target, taken apart: /v1/users/a%2Fb?limit=5 → segments v1, users, a/b; query limit=5.
//
// Threads: one. Memory is kept from target to target, so that a request allocates nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/api/http.h"

namespace adirect {

class Target {
 public:
  // Takes `raw` (a path with a query, a URL with http:// or https://, or "*") apart; empty, or a sentence that says
  // what is wrong with it. Views are valid until the next call and as long as `raw`.
  std::string_view Parse(std::string_view raw);

  std::span<const std::string_view> segments() const { return segments_; }
  std::span<const HttpField> query() const { return query_; }

 private:
  // `text` without its escapes; false where one is none.
  bool Decode(std::string_view text, bool plus_is_space, std::string_view& out);
  bool ParsePath(std::string_view path);
  bool ParseQuery(std::string_view query);
  bool AllUtf8() const;

  std::vector<std::string_view> segments_;
  std::vector<HttpField> query_;
  std::string decoded_;  // never longer than the target, reserved before use
};

}  // namespace adirect
