// adirect demo: the 2017 world, the engine and its API in one process.
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "adirect/app/commands.h"
#include "adirect/app/demo_story.h"
#include "adirect/app/live.h"
#include "adirect/app/run.h"
#include "adirect/app/temporary_folder.h"
#include "adirect/codec/catalog_csv.h"
#include "adirect/sources/generator.h"
#include "adirect/sources/generator_products.h"
#include "adirect/sources/generator_text.h"

namespace adirect {
namespace {

constexpr int64_t kHistoryDays = 7;
constexpr uint64_t kEventsPerShopper = 100;  // of the history
constexpr double kLiveDays = 1;              // then the next world begins
constexpr size_t kBodyBytes = 4 << 20;
constexpr int kFirstPort = 8080;
constexpr int kPortsTried = 100;
constexpr const char* kMark = "DEMO";  // in the data directory: its events are invented

// Text on its way into a catalog.
class CatalogText : public TextSink {
 public:
  explicit CatalogText(CsvTable& table) : table_(table) {}
  Status Write(std::string_view text) override { return table_.Add(text); }

 private:
  CsvTable& table_;
};

Result<std::unique_ptr<Catalog>> WorldCatalog(const Generator& world) {
  auto catalog = std::make_unique<Catalog>();
  CsvTable products = ProductsCsv("products.csv", *catalog);
  CatalogText text(products);
  ADIRECT_RETURN_IF_ERROR(WriteProductsCsv(world.frame().seed, world.start(), text));
  ADIRECT_RETURN_IF_ERROR(products.End());
  CsvTable categories = CategoriesCsv("categories.csv", *catalog);
  ADIRECT_RETURN_IF_ERROR(categories.Add(CategoriesCsvText()));
  ADIRECT_RETURN_IF_ERROR(categories.End());
  return catalog;
}

GeneratorSettings WorldOf(const DemoOptions& options, Timestamp start) {
  GeneratorSettings settings;
  settings.world = WorldKind::kSeed2017;
  settings.start = start;
  settings.user_count = options.user_count;
  return settings;
}

Result<Generator> History(const DemoOptions& options, Timestamp now) {
  GeneratorSettings settings = WorldOf(options, {now.ms - kHistoryDays * kMillisPerDay});
  settings.days = kHistoryDays;
  settings.events = options.user_count * kEventsPerShopper;
  return Generator::Make(settings);
}

Result<Generator> LiveWorld(const DemoOptions& options, Timestamp start) {
  GeneratorSettings settings = WorldOf(options, start);
  settings.seed = static_cast<uint64_t>(start.ms);
  settings.days = kLiveDays;
  settings.rate = options.rate;
  return Generator::Make(settings);
}

// Submits all events of the world; those to come when their time comes, until a stop is requested.
Status Submit(const Generator& world, LiveShop& shop) {
  GeneratorStream stream(world);
  EventBatch batch;
  EventText text(TextKind::kNdjson, true);
  std::string body;
  const auto flush = [&] { return body.empty() ? Status() : SubmitLines(shop.engine(), std::exchange(body, {})); };
  while (stream.Read(batch)) {
    for (const Event& event : batch.events()) {
      if (event.time > shop.clock().Now() || body.size() > kBodyBytes) ADIRECT_RETURN_IF_ERROR(flush());
      while (event.time > shop.clock().Now() && !StopRequested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
      if (StopRequested()) return {};
      text.Append(event, body);
    }
  }
  return flush();
}

// One live world after the other.
Status SubmitLive(const DemoOptions& options, LiveShop& shop) {
  while (!StopRequested()) {
    const Result<Generator> world = LiveWorld(options, shop.clock().Now());
    if (!world.ok()) return world.status();
    ADIRECT_RETURN_IF_ERROR(Submit(*world, shop));
  }
  return {};
}

uint64_t ShoppersOf(LiveShop& shop) {
  uint64_t shoppers = 0;
  for (size_t i = 0; i < shop.engine().shards().size(); ++i) shoppers += shop.engine().shards().table(i).size();
  return shoppers;
}

// Marks a new data directory as a demo's; one that holds a real shop is left alone.
Status MarkAsDemo(const std::string& data, LiveShop& shop) {
  const std::string mark = data + "/" + kMark;
  std::error_code ignored;
  if (std::filesystem::exists(mark, ignored)) return {};
  if (ShoppersOf(shop) > 0) {
    return InvalidArgument("--data " + data + ": holds a shop that is no demo's; give a new directory");
  }
  std::ofstream file(mark);
  file << "The events of this data directory are invented: adirect demo.\n";
  return file.flush() ? Status() : FromErrno(errno, mark);
}

// The seven days, where the directory is new.
Status SubmitHistory(const Generator& world, LiveShop& shop) {
  if (const uint64_t known = ShoppersOf(shop); known > 0) {
    fmt::print("The shop: {} shoppers, as a former demo left them.\n\n", known);
    return {};
  }
  const double start = Seconds();
  ADIRECT_RETURN_IF_ERROR(Submit(world, shop));
  fmt::print("The shop: {} events of {} shoppers in the {} days until now, folded in {:.2f} s.\n\n", world.events(),
             ShoppersOf(shop), kHistoryDays, Seconds() - start);
  return {};
}

Status ListenSomewhere(LiveShop& shop) {
  Status last;
  for (int port = kFirstPort; port < kFirstPort + kPortsTried; ++port) {
    last = shop.Listen(fmt::format("127.0.0.1:{}", port), {});
    if (last.ok()) return last;
  }
  return last;
}

bool EndsAfterTheStory(const DemoOptions& options) {
  const char* const ci = std::getenv("CI");
  return options.once || isatty(STDOUT_FILENO) == 0 || (ci != nullptr && std::string_view(ci) == "true");
}

// Lives on until Ctrl-C; the address is the last line.
Status StayOpen(const DemoOptions& options, LiveShop& shop, const std::optional<StoryShopper>& story) {
  ADIRECT_RETURN_IF_ERROR(ListenSomewhere(shop));
  const std::string address = fmt::format("http://127.0.0.1:{}", shop.port());
  const StoryShopper asked = story.value_or(StoryShopper{"1", "1"});
  fmt::print(
      "\nFrom now on {} events a second come in. Ctrl-C ends it{}. Try, for any shopper from 1 to {}:\n"
      "  curl '{}/v1/users/{}/recommendations?category={}'\n{}\n",
      options.rate, options.data.empty() ? ", and its data" : "", options.user_count, address, asked.user_id,
      asked.category_id, address);
  std::fflush(stdout);
  return SubmitLive(options, shop);
}

Status Demo(const DemoOptions& options) {
  TemporaryFolder temporary;
  if (options.data.empty()) ADIRECT_RETURN_IF_ERROR(temporary.Make("adirect-demo"));
  ServeOptions serve;
  serve.data = options.data.empty() ? temporary.path() : options.data;
  const Result<Generator> world = History(options, WallClock());
  if (!world.ok()) return world.status();
  if (const Result<Generator> live = LiveWorld(options, WallClock()); !live.ok()) return live.status();
  Result<std::unique_ptr<Catalog>> catalog = WorldCatalog(*world);
  if (!catalog.ok()) return catalog.status();
  const Result<std::unique_ptr<LiveShop>> shop = LiveShop::Open(serve, *std::move(catalog));
  if (!shop.ok()) return shop.status();
  ADIRECT_RETURN_IF_ERROR(MarkAsDemo(serve.data, **shop));
  ADIRECT_RETURN_IF_ERROR(SubmitHistory(*world, **shop));
  const std::optional<StoryShopper> story = FindStory(**shop, *world);
  if (story) ADIRECT_RETURN_IF_ERROR(TellStory(**shop, *story));
  if (!story) fmt::print("Nobody is targeted: all have bought.\n");
  if (EndsAfterTheStory(options)) {
    fmt::print("\nIn a terminal, adirect demo now takes live events and answers over HTTP.\n");
  } else {
    ADIRECT_RETURN_IF_ERROR(StayOpen(options, **shop, story));
  }
  return (*shop)->Close();
}

}  // namespace

int RunDemo(const DemoOptions& options) {
  const Status done = Demo(options);
  return done.ok() ? kExitDone : Fail(done);
}

}  // namespace adirect
