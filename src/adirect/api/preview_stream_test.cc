#include "adirect/api/preview_stream.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

class NoRemote : public internal::Remote {
 public:
  void Send(Response) override {}
  void Wake() override {}
};

class PreviewStreamTest : public testing::Test {
 protected:
  static constexpr int kShoppers = 6000;

  // Shopper i has i % 6 searches, and one long ago.
  void SetUp() override {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, {});
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    engine_ = *std::move(engine);
    std::string body;
    for (int i = 0; i < kShoppers; ++i) {
      for (int search = 0; search <= i % 6; ++search) {
        body += fmt::format("{{\"type\":\"search\",\"time\":{},\"user_id\":\"u{}\",\"category_id\":\"{}\"}}\n",
                            1000 * (search + 1), i, search == 0 ? "old" : "shoes");
      }
    }
    const Result<SubmitReport> report = SubmitAndWait(*engine_, body, false);
    ASSERT_TRUE(report.ok());
    ASSERT_GT(report->accepted, 0u);
  }

  static Policy AtLeast(int searches) {
    Policy policy;
    policy.interest.min_searches = searches;
    return policy;
  }

  std::vector<std::string> Lines(std::shared_ptr<const NamedPolicy> stored, const Policy& then) {
    PreviewStream stream(*engine_, std::move(stored), then);
    const Waker waker(std::make_shared<NoRemote>());
    std::vector<std::string> lines;
    for (BodyStream::Next next = BodyStream::Next::kChunk; next == BodyStream::Next::kChunk;) {
      std::string chunk;
      next = stream.Pull(chunk, waker);
      if (!chunk.empty()) lines.push_back(chunk);
    }
    return lines;
  }

  static int64_t Number(const std::string& line, std::string_view pointer) {
    simdjson::dom::parser parser;
    int64_t number = -1;
    EXPECT_EQ(parser.parse(line).at_pointer(pointer).get(number), simdjson::SUCCESS) << line << pointer;
    return number;
  }

  FakeStore store_;
  SetClock clock_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(PreviewStreamTest, TheLastLineIsExactAndTheFirstFromASample) {
  const auto stored = std::make_shared<const NamedPolicy>(NamedPolicy{AtLeast(3), "v"});
  const std::vector<std::string> lines = Lines(stored, AtLeast(2));
  ASSERT_GT(lines.size(), 2u);
  const std::string& last = lines.back();
  EXPECT_EQ(last.find("{\"exact\":true"), 0u) << last;
  EXPECT_EQ(Number(last, "/now/users"), kShoppers / 6 * 3);
  EXPECT_EQ(Number(last, "/then/users"), kShoppers / 6 * 4);
  EXPECT_EQ(Number(last, "/then/pairs"), kShoppers / 6 * 4);
  EXPECT_EQ(Number(last, "/enter"), kShoppers / 6);
  EXPECT_EQ(Number(last, "/leave"), 0);
  EXPECT_NE(last.find("\"category_id\":\"shoes\""), std::string::npos);
  EXPECT_EQ(lines.front().find("{\"exact\":false"), 0u);
  EXPECT_NEAR(static_cast<double>(Number(lines.front(), "/then/users")), kShoppers / 6 * 4, kShoppers / 6 * 2);
}

TEST_F(PreviewStreamTest, APolicyThatIsNotThereYetTargetsNobodyNow) {
  const std::string last = Lines(nullptr, AtLeast(1)).back();
  EXPECT_EQ(Number(last, "/now/pairs"), 0);
  EXPECT_EQ(Number(last, "/then/users"), kShoppers);
  EXPECT_EQ(Number(last, "/then/pairs"), kShoppers + kShoppers / 6 * 5);
  EXPECT_EQ(Number(last, "/enter"), kShoppers + kShoppers / 6 * 5);
}

TEST_F(PreviewStreamTest, AStricterPolicyLetsLeave) {
  const auto stored = std::make_shared<const NamedPolicy>(NamedPolicy{AtLeast(1), "v"});
  const std::string last = Lines(stored, AtLeast(4)).back();
  EXPECT_EQ(Number(last, "/leave"), kShoppers + kShoppers / 6 * 5 - kShoppers / 6 * 2);
  EXPECT_EQ(Number(last, "/enter"), 0);
}

}  // namespace
}  // namespace adirect
