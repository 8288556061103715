// A progress bar on a terminal, a plain line every ten seconds otherwise, both on standard error.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "adirect/pipeline/ports.h"

namespace adirect {

class ProgressBar : public Progress {
 public:
  // `total_bytes` of 0: not known. `quiet`: says nothing.
  ProgressBar(std::string what, uint64_t total_bytes, bool quiet);

  void Add(uint64_t rows, uint64_t input_bytes) override;
  // Clears the bar.
  void Finish();

 private:
  void Draw(double now);
  std::string Line(double now) const;

  const std::string what_;
  const uint64_t total_bytes_;
  const bool quiet_;
  const bool terminal_;
  const double start_;
  std::atomic<uint64_t> rows_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
  std::mutex drawing_;  // guards all below
  double drawn_at_;
  bool drawn_ = false;
};

}  // namespace adirect
