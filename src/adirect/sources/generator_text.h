// Generated events as lines of text.
//
// * kSeedCsv: the six columns of 2017, `time,user,userid,productid,categoryid,action`, without a
//   header. The format knows only `search` and `buy`: every interest is a search, times are cut to
//   the second, a refund or erase cannot be written.
// * kCsv, kNdjson: the `adirect` format, with the fields that generated events have; a field
//   without a value is empty in CSV and left out in NDJSON.
//
// Threads: an EventText belongs to one thread (it keeps the last time's text).
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "adirect/model/event.h"

namespace adirect {

enum class TextKind { kSeedCsv, kCsv, kNdjson };

class EventText {
 public:
  // plain: no text of an event holds a quote, backslash, comma or line end.
  EventText(TextKind kind, bool plain) : kind_(kind), plain_(plain) {}

  // The first line of a file; empty where there is none.
  static std::string_view Header(TextKind kind);

  // Appends one line, ended by LF. Ids and other texts have at most kMaxIdBytes.
  void Append(const Event& event, std::string& out);

 private:
  class Line;
  void AppendSeed(const Event& event, Line& line);
  void AppendCsv(const Event& event, Line& line);
  void AppendNdjson(const Event& event, Line& line);
  void SetTime(Timestamp time);

  TextKind kind_;
  bool plain_;
  Timestamp second_{-1};         // of time_
  std::array<char, 24> time_{};  // "2026-01-05T10:00:00.000Z"
};

}  // namespace adirect
