#include "adirect/sources/generator_plan.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <utility>

#include "adirect/base/text.h"
#include "adirect/sources/world_seed2017.h"

namespace adirect {
namespace {

constexpr double kDefaultDays = 7;
constexpr double kDefaultEventsPerDay = 1'000'000.0 / 7;
constexpr double kSecondsPerDay = 86'400;
constexpr double kMostEvents = 1e15;

std::string Number(double value) {
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

Status CheckTime(const GeneratorSettings& settings) {
  if (settings.events && (*settings.events == 0 || *settings.events > uint64_t{1'000'000'000'000'000})) {
    return InvalidArgument("--events must be at least 1 and at most 10^15");
  }
  for (const auto& [name, value] : {std::pair("--days", settings.days), std::pair("--rate", settings.rate)}) {
    if (value && !(*value > 0 && std::isfinite(*value))) {
      return InvalidArgument(std::string(name) + " must be a number above 0, not " + Number(*value));
    }
  }
  if (settings.start < kMinEventTime || settings.start > kMaxEventTime) {
    return InvalidArgument("--start must lie in the years 1970 to 9999");
  }
  return {};
}

Status CheckAgreement(const GeneratorSettings& settings) {
  if (!settings.events || !settings.days || !settings.rate) return {};
  const double made = *settings.days * kSecondsPerDay * *settings.rate;
  if (std::abs(made - static_cast<double>(*settings.events)) <= 1) return {};
  return InvalidArgument("--days " + Number(*settings.days) + " at --rate " + Number(*settings.rate) + " make " +
                         Number(made) + " events, not --events " + std::to_string(*settings.events) +
                         "; leave one of the three out");
}

Result<std::string> ReadFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FromErrno(errno, path);
  std::string text;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t size = read(file, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    const int error = errno;
    if (size <= 0) close(file);
    if (size < 0) return FromErrno(error, path);
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(size));
  }
}

// "/data/china.csv" is "china".
std::string_view Stem(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.substr(0, name.find('.'));
}

Status PlanUsersOfFile(const GeneratorSettings& settings, WorldFrame& frame) {
  const Result<std::string> text = ReadFile(settings.users_file);
  if (!text.ok()) return text.status().Within("--users");
  const std::string_view region = settings.region.empty() ? Stem(settings.users_file) : settings.region;
  Result<Shoppers> shoppers = Shoppers::Parse(*text, settings.users_file, region);
  if (!shoppers.ok()) return shoppers.status().Within("--users");
  frame.shoppers.push_back(std::move(*shoppers));
  return {};
}

}  // namespace

Status PlanTime(const GeneratorSettings& settings, WorldFrame& frame) {
  ADIRECT_RETURN_IF_ERROR(CheckTime(settings));
  ADIRECT_RETURN_IF_ERROR(CheckAgreement(settings));
  double events = settings.events ? static_cast<double>(*settings.events) : 0;
  double days = settings.days.value_or(kDefaultDays);
  if (!settings.days && settings.events && settings.rate) days = events / *settings.rate / kSecondsPerDay;
  if (!settings.events) {
    events = std::round(settings.rate ? days * kSecondsPerDay * *settings.rate : days * kDefaultEventsPerDay);
    if (events < 1 || events > kMostEvents) {
      return InvalidArgument("--days at --rate make " + Number(events) + " events; give values that make 1 to 10^15");
    }
  }
  frame.events = settings.events.value_or(static_cast<uint64_t>(events));
  frame.start = settings.start;
  const double span = std::max(1.0, std::round(days * kSecondsPerDay * 1000));
  if (span > static_cast<double>(kMaxEventTime.ms - settings.start.ms)) {
    return InvalidArgument(Number(days) + " days from " + FormatRfc3339(settings.start) +
                           " end behind the year 9999; give fewer --days or an earlier --start");
  }
  frame.span_ms = static_cast<int64_t>(span);
  return {};
}

Status PlanShoppers(const GeneratorSettings& settings, WorldFrame& frame) {
  const std::optional<size_t> region = FindRegion(settings.region);
  if (!settings.region.empty() && !region) {
    return InvalidArgument("--region: " + Quoted(settings.region) + " is none of " + Joined(kRegionNames) +
                           DidYouMean(settings.region, kRegionNames));
  }
  if (settings.user_count > kMaxShoppers) {
    return InvalidArgument("--user-count must be at most " + std::to_string(kMaxShoppers));
  }
  if (!settings.users_file.empty()) {
    ADIRECT_RETURN_IF_ERROR(PlanUsersOfFile(settings, frame));
  } else {
    for (size_t i = 0; i < kRegionCount; ++i) {
      if (!region || *region == i) frame.shoppers.push_back(Shoppers::Generated(settings.user_count, i));
    }
  }
  const uint32_t least = settings.world == WorldKind::kSeed2017 ? kUsersPerRound : 1;
  for (const Shoppers& group : frame.shoppers) {
    if (group.count() >= least) continue;
    if (!settings.users_file.empty()) {
      return InvalidArgument("--users " + settings.users_file + " has " + std::to_string(group.count()) +
                             " users; --world seed2017 needs 5 or more");
    }
    return InvalidArgument("--user-count " + std::to_string(settings.user_count) + " leaves " +
                           std::to_string(group.count()) + " users to " + std::string(group.region()) +
                           ", which needs " + std::to_string(least) + "; give " + std::to_string(kRegionCount * least) +
                           " or more");
  }
  return {};
}

}  // namespace adirect
