// One line of a scenario, read word by word.
//
//   Line line("10:00 ana searches shoes/runner-3");
//   const Timestamp at = line.Time();
//   const std::string user = line.Word("a shopper");
//   if (!line.ok()) …line.error();
//
// The first thing that does not fit is the line's error; what is read after it means nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/time.h"

namespace adirect {

// The parts of `text` between separators; empty parts are left out.
std::vector<std::string> SplitAt(std::string_view text, char separator);

std::optional<int> ParseNumber(std::string_view text);

class Line {
 public:
  explicit Line(std::string_view text) : words_(SplitAt(text, ' ')) {}

  bool done() const { return at_ == words_.size(); }
  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }

  void Fail(const std::string& error);
  // "expected a shopper, found …", the word that comes next.
  void FailAt(std::string_view expected);

  std::string Word(std::string_view expected);
  // Takes the word if it comes next.
  bool Skip(std::string_view word);
  void Expect(std::string_view word);
  int Count(std::string_view expected);
  bool NextIsNumber() const { return !done() && ParseNumber(words_[at_]).has_value(); }

  // "10:00", "10:00:30.001", perhaps behind a day: "day 2", "Jan 9", "2027-02-01".
  Timestamp Time();
  Duration Length();
  // "a, popular b, c x3": items that end in a comma, and the one after them.
  std::vector<std::string> List();

 private:
  int64_t Day();
  bool NextIsTimes() const;

  std::vector<std::string> words_;
  size_t at_ = 0;
  std::string error_;
};

}  // namespace adirect
