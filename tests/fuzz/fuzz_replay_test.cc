// Every fuzz target over its kept inputs, as they are and changed a little: cut, with a bit flipped,
// with a part doubled. A failure ends the process; the input that did it stays in the named file.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/target.h"

namespace adirect {
namespace {

constexpr size_t kPlaces = 48;  // at most so many places of an input are changed

class FuzzReplay : public testing::TestWithParam<std::string> {
 protected:
  // In memory of its own size: a sanitizer sees every byte read too far.
  void Run(std::string_view input) {
    // In place: a file that is emptied and closed a thousand times waits for the disk as often.
    last_.seekp(0) << input << std::flush;
    std::filesystem::resize_file(last_path_, input.size());
    const auto memory = std::make_unique<char[]>(input.size());
    std::copy(input.begin(), input.end(), memory.get());
    FuzzTargets().at(GetParam())({memory.get(), input.size()});
  }

  void RunChanged(const std::string& input) {
    const size_t step = std::max<size_t>(1, input.size() / kPlaces);
    for (size_t at = 0; at < input.size(); at += step) {
      Run(input.substr(0, at));
      std::string flipped = input;
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << at % 8);
      Run(flipped);
      Run(std::string(input).insert(at, input, at, 1 + at % 13));
    }
  }

  const std::string last_path_ = testing::TempDir() + "fuzz_replay_" + GetParam();
  std::ofstream last_{last_path_, std::ios::binary};
};

TEST_P(FuzzReplay, KeptInputsAndTheirNeighboursBreakNothing) {
  std::printf("the last input: %s\n", last_path_.c_str());
  std::fflush(stdout);  // it must be seen when the process dies
  size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator("fuzz/corpus/" + GetParam())) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(file), {}};
    ASSERT_TRUE(file) << entry.path();
    Run(input);
    RunChanged(input);
    ++inputs;
  }
  EXPECT_GE(inputs, 3U) << "fuzz/corpus/" << GetParam() << " is nearly empty";
  std::filesystem::remove(last_path_);
}

std::vector<std::string> TargetNames() {
  std::vector<std::string> names;
  for (const auto& [name, target] : FuzzTargets()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzReplay, testing::ValuesIn(TargetNames()),
                         [](const auto& name) { return name.param; });

TEST(FuzzCorpus, EveryTargetHasOneAndNothingElseDoes) {
  std::vector<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator("fuzz/corpus")) {
    folders.push_back(entry.path().filename().string());
  }
  std::sort(folders.begin(), folders.end());
  EXPECT_EQ(folders, TargetNames());
  EXPECT_GE(folders.size(), 5U);
}

}  // namespace
}  // namespace adirect
