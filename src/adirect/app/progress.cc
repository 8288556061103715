#include "adirect/app/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "adirect/app/run.h"

namespace adirect {
namespace {

constexpr double kBarEverySeconds = 0.1;
constexpr double kLineEverySeconds = 10;

}  // namespace

ProgressBar::ProgressBar(std::string what, uint64_t total_bytes, bool quiet)
    : what_(std::move(what)),
      total_bytes_(total_bytes),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(Seconds()),
      drawn_at_(start_) {}

void ProgressBar::Add(uint64_t rows, uint64_t input_bytes) {
  rows_ += rows;
  bytes_ += input_bytes;
  if (quiet_) return;
  const std::unique_lock<std::mutex> lock(drawing_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  const double now = Seconds();
  if (now - drawn_at_ >= (terminal_ ? kBarEverySeconds : kLineEverySeconds)) Draw(now);
}

void ProgressBar::Finish() {
  const std::lock_guard<std::mutex> lock(drawing_);
  if (terminal_ && drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void ProgressBar::Draw(double now) {
  drawn_at_ = now;
  drawn_ = true;
  std::fputs((terminal_ ? "\r" + Line(now) + "\033[K" : Line(now) + "\n").c_str(), stderr);
  std::fflush(stderr);
}

std::string ProgressBar::Line(double now) const {
  const auto rows = static_cast<double>(rows_);
  const auto bytes = static_cast<double>(bytes_);
  const double seconds = std::max(now - start_, 1e-3);
  std::string line = fmt::format("{} {:.1f} M events, {:.1f} MB, {:.2f} M events/s", what_, rows / 1e6, bytes / 1e6,
                                 rows / 1e6 / seconds);
  if (total_bytes_ > 0 && bytes > 0) {
    const double share = std::min(1.0, bytes / static_cast<double>(total_bytes_));
    line += fmt::format(", {:.0f} %, {:.0f} s left", share * 100, seconds / share - seconds);
  }
  return line;
}

}  // namespace adirect
