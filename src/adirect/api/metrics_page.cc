#include "adirect/api/metrics_page.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace adirect {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The fields of /proc/self/stat behind the program's name, which may hold anything: the first is field 3 of proc(5).
std::vector<std::string> ProcessStat() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  return {std::istream_iterator<std::string>(fields), {}};
}

// The number of proc(5)'s field; 0 where there is no /proc.
double StatField(const std::vector<std::string>& stat, size_t field) {
  return stat.size() > field - 3 ? std::strtod(stat[field - 3].c_str(), nullptr) : 0;
}

// When the machine started, in seconds since 1970; 0 where there is no /proc.
double BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

int64_t OpenFiles() {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  int64_t entries = 0;
  while (readdir(folder) != nullptr) ++entries;
  closedir(folder);
  return std::max<int64_t>(entries - 3, 0);  // ".", ".." and the folder itself
}

}  // namespace

std::string MetricsLabel(std::string_view name, std::string_view value) {
  return fmt::format("{}=\"{}\"", name, value);
}

void MetricsPage::Head(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void MetricsPage::Buckets(const std::string& labels, const Histogram& histogram) {
  const std::string before = labels.empty() ? "" : labels + ",";
  uint64_t sum = 0;
  for (size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    sum += histogram.bucket(i);
    Line("_bucket", fmt::format("{}le=\"{}\"", before, Histogram::kBounds[i]), static_cast<int64_t>(sum));
  }
  sum += histogram.bucket(Histogram::kBounds.size());
  Line("_bucket", before + "le=\"+Inf\"", static_cast<int64_t>(sum));
  Line("_sum", labels, histogram.seconds());
  Line("_count", labels, static_cast<int64_t>(sum));
}

void MetricsPage::BeginLine(std::string_view suffix, std::string_view labels) {
  text_.append(name_).append(suffix);
  if (!labels.empty()) text_.append("{").append(labels).append("}");
}

void MetricsPage::Line(std::string_view suffix, std::string_view labels, double value) {
  BeginLine(suffix, labels);
  text_ += fmt::format(" {}\n", value);
}

void MetricsPage::Line(std::string_view suffix, std::string_view labels, int64_t value) {
  BeginLine(suffix, labels);
  text_ += fmt::format(" {}\n", value);
}

void MetricsPage::AppendProcess() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  const std::vector<std::string> stat = ProcessStat();
  Counter("process_cpu_seconds_total", "User and system time.", Seconds(usage.ru_utime) + Seconds(usage.ru_stime));
  Gauge("process_resident_memory_bytes", "Resident memory.",
        StatField(stat, 24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  Gauge("process_virtual_memory_bytes", "Virtual memory.", StatField(stat, 23));
  Gauge("process_open_fds", "Open file descriptors.", OpenFiles());
  Gauge("process_max_fds", "The most file descriptors that may be open.", files.rlim_cur);
  Gauge("process_threads", "Threads.", StatField(stat, 20));
  Gauge("process_start_time_seconds", "When the process started, in seconds since 1970.",
        BootTime() + StatField(stat, 22) / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

}  // namespace adirect
