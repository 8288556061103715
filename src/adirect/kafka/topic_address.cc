#include "adirect/kafka/topic_address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <string>

#include "adirect/base/text.h"
#include "adirect/base/url.h"

namespace adirect {
namespace {

constexpr int32_t kMostPartitions = 100'000;  // a slip of the finger is more
constexpr size_t kMaxTopicBytes = 249;        // Kafka's own limit

constexpr int kMaxPort = 65535;

// What adirect sets itself, since its guarantees rest on it.
constexpr std::array<std::string_view, 18> kOwnSettings = {"bootstrap.servers",
                                                           "metadata.broker.list",
                                                           "group.id",
                                                           "enable.auto.commit",
                                                           "auto.commit.enable",
                                                           "auto.offset.reset",
                                                           "offset.store.method",
                                                           "enable.auto.offset.store",
                                                           "enable.partition.eof",
                                                           "enable.idempotence",
                                                           "transactional.id",
                                                           "acks",
                                                           "request.required.acks",
                                                           "delivery.report.only.error",
                                                           "message.timeout.ms",
                                                           "delivery.timeout.ms",
                                                           "queue.buffering.max.messages",
                                                           "queue.buffering.max.kbytes"};

Status Wrong(std::string_view what) { return InvalidArgument(std::string(what)); }

std::optional<int32_t> ParseNumber(std::string_view text) {
  int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty() && text[0] != '-';
  return whole && number < kMostPartitions ? std::optional(number) : std::nullopt;
}

bool IsTopicName(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kMaxTopicBytes && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), good);
}

Status CheckTopic(std::string_view name) {
  if (IsTopicName(name)) return {};
  return Wrong(Quoted(name) + " is no name of a topic; it has letters, digits, \".\", \"_\" and \"-\" only");
}

// "host", "host:port", "[v6]:port".
bool IsBroker(std::string_view text) {
  const size_t colon = text.find(':', text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0);
  if (colon == std::string_view::npos) return !text.empty();
  const std::optional<int32_t> port = ParseNumber(text.substr(colon + 1));
  return colon > 0 && port && *port > 0 && *port <= kMaxPort;
}

Status CheckBrokers(std::string_view brokers) {
  if (brokers.empty()) return Wrong("names no broker; write kafka://HOST:PORT/TOPIC");
  for (std::string_view rest = brokers;;) {
    const std::string_view broker = rest.substr(0, rest.find(','));
    if (!IsBroker(broker)) return Wrong(Quoted(broker) + " is no broker; write HOST:PORT, and a comma between two");
    if (broker.size() == rest.size()) return {};
    rest.remove_prefix(broker.size() + 1);
  }
}

Status SetSetting(const std::string& key, std::string value, TopicAddress& address) {
  if (std::find(kOwnSettings.begin(), kOwnSettings.end(), key) != kOwnSettings.end()) {
    return Wrong(key + " is set by adirect itself; leave it out");
  }
  address.settings[key] = std::move(value);
  return {};
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  const size_t end = text.find_last_not_of(" \t\r");
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

Status ReadConfig(const std::string& path, TopicAddress& address) {
  std::ifstream file(path);
  if (!file) return Wrong("config=" + path + ": cannot be read");
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const std::string_view text = Trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    const size_t equals = text.find('=');
    const std::string place = path + ":" + std::to_string(number) + ": ";
    if (equals == std::string_view::npos) return Wrong(place + "is no key=value");
    const std::string key(Trimmed(text.substr(0, equals)));
    const Status set = SetSetting(key, std::string(Trimmed(text.substr(equals + 1))), address);
    if (!set.ok()) return Wrong(place + set.message());
  }
  return {};
}

Status SetPartitions(std::string_view value, TopicAddress& address) {
  address.partitions = ParsePartitions(value);
  if (address.partitions) return {};
  return Wrong("partitions=" + std::string(value) + " is no list of partitions; write it as 0-3,7");
}

Status SetParameter(const std::string& key, const std::string& value, TopicAddress& address) {
  if (key.find('.') != std::string::npos) return SetSetting(key, value, address);
  if (key == "partitions") return SetPartitions(value, address);
  if (key == "config") return ReadConfig(value, address);
  if (key == "dead_letters") {
    address.dead_letters = value;
    return CheckTopic(value).Within("dead_letters");
  }
  if (key == "group") {
    address.group = value;
    return value.empty() ? Wrong("group= names no group") : Status();
  }
  const std::vector<std::string_view> known = {"partitions", "group", "dead_letters", "config"};
  return Wrong(Quoted(key) + " is none of " + Joined(known) + " and no setting of librdkafka, which has a dot" +
               DidYouMean(key, known));
}

Status Fill(const Url& url, TopicAddress& address) {
  ADIRECT_RETURN_IF_ERROR(CheckBrokers(url.authority));
  address.brokers = url.authority;
  address.topic = url.path.empty() ? url.path : url.path.substr(1);
  if (address.topic.empty()) return Wrong("names no topic; write kafka://HOST:PORT/TOPIC");
  ADIRECT_RETURN_IF_ERROR(CheckTopic(address.topic));
  address.group = "adirect-" + address.topic;
  for (const auto& [key, value] : url.query) ADIRECT_RETURN_IF_ERROR(SetParameter(key, value, address));
  return address.dead_letters == address.topic ? Wrong("dead_letters names the topic itself") : Status();
}

}  // namespace

Result<TopicAddress> ParseTopicAddress(std::string_view text) {
  const Result<Url> url = ParseUrl(text);
  if (!url.ok()) return url.status();
  if (url->authority.find('@') != std::string::npos) {  // not shown: it may be a password
    return Wrong(
        "a kafka:// URL has no user and password before the brokers; write sasl.username=… and "
        "sasl.password=… into a file, and config=FILE behind the ?");
  }
  TopicAddress address;
  const Status filled = Fill(*url, address);
  if (!filled.ok()) return filled.Within(std::string(text.substr(0, text.find('?'))));
  return address;
}

std::optional<std::vector<int32_t>> ParsePartitions(std::string_view text) {
  std::vector<int32_t> partitions;
  for (;;) {
    const size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const size_t dash = part.find('-');
    const std::optional<int32_t> first = ParseNumber(part.substr(0, dash));
    const std::optional<int32_t> last = dash == std::string_view::npos ? first : ParseNumber(part.substr(dash + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    for (int32_t p = *first; p <= *last; ++p) partitions.push_back(p);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::sort(partitions.begin(), partitions.end());
  partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());
  return partitions;
}

}  // namespace adirect
