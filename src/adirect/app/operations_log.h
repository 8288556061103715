// OperationsLog: what an operator should know of a running engine, a line for each event on standard error.
//
//   OperationsLog log("json", "info");
//   log.Write(OperationsLog::Level::kInfo, "ready", "answers on http://127.0.0.1:8080");
//   {"time":"2026-11-24T10:00:00.000Z","level":"info","event":"ready","message":"answers on http://127.0.0.1:8080"}
//   2026-11-24T10:00:00.000Z info ready: answers on http://127.0.0.1:8080
//
// No line has a key, or a row of a shopper.
//
// Threads: one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adirect/pipeline/health.h"

namespace adirect {

inline constexpr const char* kLogFormats[] = {"text", "json"};
inline constexpr const char* kLogLevels[] = {"error", "warning", "info"};

class OperationsLog {
 public:
  enum class Level { kError, kWarning, kInfo };

  // One of kLogFormats, one of kLogLevels: the least grave that is written.
  OperationsLog(std::string_view format, std::string_view level);

  void Write(Level level, std::string_view event, std::string_view message) const;
  bool json() const { return json_; }

 private:
  bool json_;
  Level least_;
};

// Tells the log what has begun or ended since the last look: each trouble of its health, and the quarantine's.
class OperationsWatch {
 public:
  // All must outlive it.
  OperationsWatch(const OperationsLog& log, const Health& health, const Engine& engine)
      : log_(log), health_(health), engine_(engine) {}

  void Look();

 private:
  void LookAtQuarantine();

  const OperationsLog& log_;
  const Health& health_;
  const Engine& engine_;
  std::vector<std::string_view> troubles_;  // names
  bool refused_ = false;                    // told
  bool dropped_ = false;                    // told
};

}  // namespace adirect
