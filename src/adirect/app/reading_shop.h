// ReadingShop: a shop that is somewhere else, its API and site put together, as serve --reader runs them. It keeps
// nothing: any number of them may read the same.
//
//   Result<std::unique_ptr<ReadingShop>> shop = ReadingShop::Open(options);
//   (*shop)->Listen("127.0.0.1:8080", options);  // answers from now on
//   (*shop)->Close();                            // ends what is in flight
//
// Threads: one; the API and the reader have threads of their own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adirect/api/counted_router.h"
#include "adirect/api/http_server.h"
#include "adirect/api/reader_status.h"
#include "adirect/api/reading_api.h"
#include "adirect/api/session_api.h"
#include "adirect/api/site.h"
#include "adirect/app/commands.h"
#include "adirect/app/wall_clock.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/shop_reader.h"

namespace adirect {

class ReadingShop {
 public:
  static constexpr unsigned kAskingThreads = 32;   // so many questions wait for Cassandra at once
  static constexpr size_t kMostQuestions = 1'024;  // with those that wait for a thread; beyond: 503

  // Errors: of the options; as of OpenRemoteShop.
  static Result<std::unique_ptr<ReadingShop>> Open(const ServeOptions& options);

  // Listens on HOST:PORT within the limits of the options; port 0 takes a free one.
  Status Listen(const std::string& address, const ServeOptions& options);
  uint16_t port() const { return server_->port(); }
  // Listens no more and answers what is in flight.
  void Close();

  std::vector<Health::Trouble> Troubles() const { return shop_->Troubles(); }

 private:
  ReadingShop() = default;

  WallClockPort clock_;
  std::unique_ptr<RemoteShop> shop_;
  std::unique_ptr<Background> pool_;  // ends before the shop
  HttpMetrics http_metrics_;
  std::unique_ptr<ReadingApi> api_;
  std::unique_ptr<ReaderStatus> status_;
  std::unique_ptr<SessionApi> session_;
  std::unique_ptr<Site> site_;
  std::optional<KeyRing> keys_;
  CountedRouter router_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace adirect
