#include "adirect/api/engine_only.h"

#include <array>

namespace adirect {
namespace {

constexpr size_t kMaxBody = 16 << 20;  // as an engine takes: who sends so much is told the same

struct EngineRoute {
  const char* pattern;
  bool reads = false;  // though it is no GET
};
constexpr std::array<EngineRoute, 17> kRoutes = {{{"POST /v1/events"},
                                                  {"POST /v1/batch"},
                                                  {"POST /v1/track"},
                                                  {"POST /v1/identify"},
                                                  {"POST /v1/page"},
                                                  {"POST /v1/screen"},
                                                  {"POST /v1/group"},
                                                  {"POST /v1/alias"},
                                                  {"DELETE /v1/users/{id}"},
                                                  {"GET /v1/audience/changes"},
                                                  {"POST /v1/products"},
                                                  {"PUT /v1/policies/{name}"},
                                                  {"POST /v1/policies/{name}/preview", true},
                                                  {"GET /v1/stats"},
                                                  {"GET /v1/stats/history"},
                                                  {"GET /v1/stream"},
                                                  {"GET /v1/quarantine"}}};

}  // namespace

void AddEngineOnly(const std::string& sentence, Router& router) {
  for (const EngineRoute& route : kRoutes) {
    Router::RouteOptions options{.body_bytes = kMaxBody};
    if (route.reads) options.role = Role::kRead;
    router.Add(
        route.pattern, [sentence](const Request&, Router::Parameters, Answer& a) { Refuse(a, 501, sentence); },
        options);
  }
}

}  // namespace adirect
