// ReadingApi: the routes that only read a shop, over the port ShopReader, so that an engine and a server that reads
// what one publishes answer them by the same handlers. api/openapi.json and docs/api.md are the contract of each route.
//
//   ReadingApi api({.shop = engine_reader});                       // answers on the server's threads
//   ReadingApi api({.shop = remote, .pool = &pool});               // where the shop lets its callers wait
//   api.AddTo(router);
//
// Threads: the handlers run on any number of the server's threads, or of the pool's.
#pragma once

#include <chrono>
#include <string_view>

#include "adirect/api/background.h"
#include "adirect/api/router.h"
#include "adirect/pipeline/shop_reader.h"

namespace adirect {

class ReadingApi {
 public:
  // A question that has waited so long for a thread of the pool is answered 503 instead of asked.
  static constexpr std::chrono::milliseconds kLongestWait{5'000};

  // All must outlive the API, and the pool must end before the shop does.
  struct Parts {
    ShopReader& shop;
    std::string_view openapi = {};  // what GET /openapi.json answers
    Background* pool = nullptr;     // each question weighs 1; null: the shop answers at once
  };

  explicit ReadingApi(const Parts& parts) : parts_(parts) {}
  void AddTo(Router& router);

 private:
  using Parameters = Router::Parameters;
  using Handle = void (ReadingApi::*)(const Request&, Parameters, Answer&);

  // The handler on the pool, if there is one.
  Router::Handler Asking(Handle handle);
  void AskOnPool(Handle handle, const Request& request, Parameters ids, Answer& answer);

  void GetUser(const Request& request, Parameters ids, Answer& answer);
  void GetRecommendations(const Request& request, Parameters ids, Answer& answer);
  void GetExplanation(const Request& request, Parameters ids, Answer& answer);
  void AnswerDecision(const Request& request, Parameters ids, Answer& answer, bool explain);
  void GetAudience(const Request& request, Answer& answer);
  void GetProduct(const Request& request, Parameters ids, Answer& answer);
  void GetCategories(const Request& request, Parameters ids, Answer& answer);
  void GetPopular(const Request& request, Parameters ids, Answer& answer);
  void GetSearches(const Request& request, Parameters ids, Answer& answer);

  const Parts parts_;
};

}  // namespace adirect
