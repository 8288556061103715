#include "adirect/app/reading_shop.h"

#include <utility>

#include "adirect/api/engine_only.h"
#include "adirect/app/embedded.h"
#include "adirect/app/load.h"
#include "adirect/app/run.h"
#include "adirect/app/serving.h"
#include "adirect/app/version.h"
#include "adirect/app/wiring.h"

namespace adirect {

Result<std::unique_ptr<ReadingShop>> ReadingShop::Open(const ServeOptions& options) {
  std::unique_ptr<ReadingShop> shop(new ReadingShop);
  Result<std::optional<KeyRing>> keys = LoadKeys(options.keys);
  if (!keys.ok()) return keys.status().Within("--keys");
  shop->keys_ = *std::move(keys);
  Result<std::unique_ptr<RemoteShop>> remote = OpenRemoteShop(options.reader, shop->clock_);
  if (!remote.ok()) return remote.status().Within("--reader");
  shop->shop_ = *std::move(remote);
  shop->pool_ = std::make_unique<Background>(kMostQuestions, kAskingThreads);
  shop->api_ = std::make_unique<ReadingApi>(
      ReadingApi::Parts{*shop->shop_, Shipped("src/adirect/api/openapi.json"), shop->pool_.get()});
  shop->api_->AddTo(shop->router_);
  AddEngineOnly(
      "this server reads " + shop->shop_->location() + " and has no engine; ask the engine that publishes there",
      shop->router_);
  shop->status_ = std::make_unique<ReaderStatus>(
      ReaderStatus::Parts{*shop->shop_, shop->http_metrics_, shop->clock_, std::string(kVersion)});
  shop->status_->AddTo(shop->router_);
  shop->session_ = std::make_unique<SessionApi>(shop->keys_ ? &*shop->keys_ : nullptr);
  shop->session_->AddTo(shop->router_);
  shop->site_ = std::make_unique<Site>(SiteFilesOf(options.web_dir));
  shop->site_->AddTo(shop->router_);
  if (shop->keys_) shop->router_.Guard(*shop->keys_);
  shop->router_.CountBy(shop->http_metrics_);
  return shop;
}

Status ReadingShop::Listen(const std::string& address, const ServeOptions& options) {
  Result<std::unique_ptr<HttpServer>> server = StartServer(address, options, router_, clock_);
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  return {};
}

void ReadingShop::Close() {
  if (server_ != nullptr) server_->Stop();
  pool_.reset();
}

}  // namespace adirect
