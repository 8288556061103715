// The main of every test binary: GoogleTest's, and one rule. Where CI=true a skipped test fails,
// unless tests/SKIPS lists it with a reason. Run from the root of the repository.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

namespace {

bool InCi() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && std::string_view(ci) == "true";
}

std::set<std::string> AllowedSkips() {
  std::set<std::string> ids;
  std::ifstream file("tests/SKIPS");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') ids.insert(line.substr(0, line.find_first_of(" \t")));
  }
  return ids;
}

class ForbiddenSkips : public testing::EmptyTestEventListener {
 public:
  bool any() const { return any_; }

 private:
  void OnTestEnd(const testing::TestInfo& info) override {
    const std::string id = std::string(info.test_suite_name()) + "." + info.name();
    if (!info.result()->Skipped() || !InCi() || allowed_.contains(id)) return;
    std::printf("%s was skipped in CI and tests/SKIPS does not list it\n", id.c_str());
    any_ = true;
  }

  std::set<std::string> allowed_ = AllowedSkips();
  bool any_ = false;
};

}  // namespace

// RocksDB comes from Debian without ThreadSanitizer's instrumentation: how its writers hand over is unseen.
extern "C" const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "race:librocksdb.so\n";
}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  auto* skips = new ForbiddenSkips;  // owned by GoogleTest
  testing::UnitTest::GetInstance()->listeners().Append(skips);
  const int result = RUN_ALL_TESTS();
  if (skips->any()) {
    std::fflush(stdout);
    std::abort();  // ctest takes a skip for harmless whatever the exit code, but not the end by a
                   // signal
  }
  return result;
}
