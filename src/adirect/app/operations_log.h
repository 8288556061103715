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

// Tells the log which troubles have begun or ended since the last look.
class TroubleWatch {
 public:
  // It must outlive it.
  explicit TroubleWatch(const OperationsLog& log) : log_(log) {}

  void Look(const std::vector<Health::Trouble>& troubles);

 private:
  const OperationsLog& log_;
  std::vector<std::string_view> troubles_;  // names
};

// The same of an engine's health, and of its quarantine.
class OperationsWatch {
 public:
  // All must outlive it.
  OperationsWatch(const OperationsLog& log, const Health& health, const Engine& engine)
      : log_(log), health_(health), engine_(engine), troubles_(log) {}

  void Look();

 private:
  void LookAtQuarantine();

  const OperationsLog& log_;
  const Health& health_;
  const Engine& engine_;
  TroubleWatch troubles_;
  bool refused_ = false;  // told
  bool dropped_ = false;  // told
};

}  // namespace adirect
