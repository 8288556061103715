#include "adirect/cassandra/address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <vector>

#include "adirect/base/text.h"
#include "adirect/base/url.h"

namespace adirect {
namespace {

constexpr std::string_view kDefaultPort = "9042";
constexpr size_t kMaxKeyspaceBytes = 48;  // Cassandra's own limit
constexpr int kMostCopies = 100;          // a slip of the finger is more
constexpr Duration kMostTimeout = Duration::Hours(1);
constexpr std::array<std::pair<std::string_view, uint16_t>, 5> kConsistencies = {
    {{"one", 1}, {"local_one", 10}, {"local_quorum", 6}, {"quorum", 4}, {"all", 5}}};

Status Wrong(std::string what) { return InvalidArgument(std::move(what)); }

bool IsName(std::string_view text) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= kMaxKeyspaceBytes && text[0] != '_' && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), good);
}

bool IsDatacenter(std::string_view text) {
  const auto good = [](char c) { return c != '\'' && c != ',' && c != ':' && c > ' ' && c < '\x7f'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), good);
}

std::optional<int> ParseCopies(std::string_view text) {
  int copies = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), copies);
  const bool whole = error == std::errc() && end == text.data() + text.size() && copies > 0 && copies <= kMostCopies;
  return whole ? std::optional(copies) : std::nullopt;
}

Status BadReplication(const std::string& value) {
  return Wrong("replication=" + value + " is neither a number of copies nor DATACENTER:COPIES,…");
}

Status SetReplication(const std::string& value, KeyspaceAddress& address) {
  if (const std::optional<int> copies = ParseCopies(value)) {
    address.replication = "{'class': 'SimpleStrategy', 'replication_factor': " + std::to_string(*copies) + "}";
    return {};
  }
  std::string replication = "{'class': 'NetworkTopologyStrategy'";
  for (size_t begin = 0; begin <= value.size();) {
    const size_t comma = std::min(value.find(',', begin), value.size());
    const std::string_view part = std::string_view(value).substr(begin, comma - begin);
    const size_t colon = std::min(part.find(':'), part.size());
    const std::string_view name = part.substr(0, colon);
    const std::optional<int> copies = colon < part.size() ? ParseCopies(part.substr(colon + 1)) : std::nullopt;
    if (!copies || !IsDatacenter(name)) return BadReplication(value);
    replication += ", '" + std::string(name) + "': " + std::to_string(*copies);
    begin = comma + 1;
  }
  address.replication = replication + "}";
  return {};
}

Status SetTimeout(const std::string& key, const std::string& value, Duration& timeout) {
  const std::optional<Duration> parsed = ParseDuration(value);
  if (!parsed || parsed->forever() || *parsed > kMostTimeout) {
    return Wrong(key + "=" + value + " is no duration of at most an hour; write it as 5s or 500ms");
  }
  timeout = *parsed;
  return {};
}

Status SetConsistency(const std::string& value, KeyspaceAddress& address) {
  std::vector<std::string_view> names;
  for (const auto& [name, number] : kConsistencies) {
    if (name == value) {
      address.consistency = number;
      return {};
    }
    names.push_back(name);
  }
  return Wrong("consistency=" + value + " is none of " + Joined(names) + DidYouMean(value, names));
}

Status ReadConfig(const std::string& path, KeyspaceAddress& address);

Status SetParameter(const std::string& key, const std::string& value, bool in_file, KeyspaceAddress& address) {
  if (key == "consistency") return SetConsistency(value, address);
  if (key == "replication") return SetReplication(value, address);
  if (key == "connect_timeout") return SetTimeout(key, value, address.connect_timeout);
  if (key == "request_timeout") return SetTimeout(key, value, address.request_timeout);
  if (key == "config" && !in_file) return ReadConfig(value, address);
  if (key == "user" && in_file) return address.user = value, Status();
  if (key == "password" && in_file) return address.password = value, Status();
  if (key == "datacenter") {
    address.datacenter = value;
    return IsDatacenter(value) ? Status() : Wrong("datacenter=" + value + " is no name of a data center");
  }
  std::vector<std::string_view> known = {"consistency", "datacenter", "replication", "connect_timeout",
                                         "request_timeout"};
  known.push_back(in_file ? "user" : "config");
  if (in_file) known.push_back("password");
  return Wrong(Quoted(key) + " is none of " + Joined(known) + DidYouMean(key, known));
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  const size_t end = text.find_last_not_of(" \t\r");
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

Status ReadConfig(const std::string& path, KeyspaceAddress& address) {
  std::ifstream file(path);
  if (!file) return Wrong("config=" + path + ": cannot be read");
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    const std::string place = path + ":" + std::to_string(++number);
    const std::string_view text = Trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) return Wrong(place + ": is no key=value");
    const std::string key(Trimmed(text.substr(0, equals)));
    const std::string value(Trimmed(text.substr(equals + 1)));
    ADIRECT_RETURN_IF_ERROR(SetParameter(key, value, true, address).Within(place));
  }
  return {};
}

Status SetHosts(std::string_view list, KeyspaceAddress& address) {
  for (size_t begin = 0; begin <= list.size();) {
    const size_t comma = std::min(list.find(',', begin), list.size());
    const std::string_view host = list.substr(begin, comma - begin);
    const size_t colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
    if (host.empty() || colon == 0) return Wrong("names no host; write cassandra://HOST:PORT/KEYSPACE");
    if (!address.hosts.empty()) address.hosts += ',';
    address.hosts += host;
    if (!has_port) address.hosts += ":" + std::string(kDefaultPort);
    begin = comma + 1;
  }
  return {};
}

Status SetUser(std::string_view text, KeyspaceAddress& address) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Wrong("has a user and no password; write USER:PASSWORD@ or config=FILE");
  // The authority is not decoded as a whole, since it may hold several hosts.
  const Result<Url> decoded = ParseUrl("user:///" + std::string(text.substr(0, colon)));
  const Result<Url> password = ParseUrl("user:///" + std::string(text.substr(colon + 1)));
  if (!decoded.ok() || !password.ok()) return Wrong("has a % in user or password that is not followed by two digits");
  address.user = decoded->path.substr(1);
  address.password = password->path.substr(1);
  return {};
}

Status Fill(const Url& url, KeyspaceAddress& address) {
  if (url.scheme != "cassandra") return Wrong("is no address of a keyspace; write cassandra://HOST:PORT/KEYSPACE");
  const size_t at = url.authority.rfind('@');
  if (at != std::string::npos) ADIRECT_RETURN_IF_ERROR(SetUser(url.authority.substr(0, at), address));
  ADIRECT_RETURN_IF_ERROR(SetHosts(at == std::string::npos ? url.authority : url.authority.substr(at + 1), address));
  if (url.path.size() > 1) address.keyspace = url.path.substr(1);
  if (!IsName(address.keyspace)) {
    return Wrong(Quoted(address.keyspace) + " is no name of a keyspace; it has lower-case letters, digits and _ only");
  }
  for (const auto& [key, value] : url.query) ADIRECT_RETURN_IF_ERROR(SetParameter(key, value, false, address));
  return {};
}

// What may be told: without user, password and parameters.
std::string Shown(std::string_view text) {
  text = text.substr(0, text.find('?'));
  const size_t at = text.rfind('@');
  return at == std::string_view::npos ? std::string(text) : "cassandra://" + std::string(text.substr(at + 1));
}

}  // namespace

Result<KeyspaceAddress> ParseKeyspaceAddress(std::string_view text) {
  const Result<Url> url = ParseUrl(text);
  if (!url.ok())
    return InvalidArgument("the address of a keyspace does not read; write cassandra://HOST:PORT/KEYSPACE");
  KeyspaceAddress address;
  const Status filled = Fill(*url, address);
  if (!filled.ok()) return filled.Within(Shown(text));
  return address;
}

}  // namespace adirect
