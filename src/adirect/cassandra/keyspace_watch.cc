#include "adirect/cassandra/keyspace_watch.h"

#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "adirect/cassandra/cells.h"
#include "adirect/cassandra/schema.h"

namespace adirect {
namespace {

// M and R as texts.
std::optional<Settings> ParseSettings(const std::string& max_searches, const std::string& retention) {
  Settings settings;
  const char* const end = max_searches.data() + max_searches.size();
  const auto [at, error] = std::from_chars(max_searches.data(), end, settings.max_searches);
  const std::optional<Duration> kept = ParseDuration(retention);
  if (error != std::errc() || at != end || settings.max_searches < 1 || !kept) return std::nullopt;
  settings.retention = *kept;
  return settings;
}

}  // namespace

Result<std::unique_ptr<KeyspaceWatch>> KeyspaceWatch::Start(const KeyspaceAddress& address,
                                                            RemoteShop::Counts& counts) {
  std::unique_ptr<KeyspaceWatch> watch(new KeyspaceWatch(address, counts));
  watch->status_ = watch->Look();
  if (!watch->status_.ok() && watch->status_.code() != Code::kUnavailable) return watch->status_;
  watch->thread_ = std::thread([&watch = *watch] { watch.Watch(); });
  return watch;
}

KeyspaceWatch::~KeyspaceWatch() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<Asking> KeyspaceWatch::Ask() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!meta_) return Unavailable(status_.message());
  return Asking{*keyspace_, counts_, *meta_->settings, meta_->newest};
}

Timestamp KeyspaceWatch::newest() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return meta_ ? meta_->newest : kMinEventTime;
}

std::optional<Timestamp> KeyspaceWatch::published_until() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return meta_ ? meta_->published_until : std::nullopt;
}

Status KeyspaceWatch::status() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

bool KeyspaceWatch::is_filling() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return filling_;
}

void KeyspaceWatch::Watch() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!wakes_.wait_for(lock, kLook, [&] { return stopping_; })) {
    lock.unlock();
    Status looked = Look();
    lock.lock();
    status_ = std::move(looked);
    if (status_.code() == Code::kInvalidArgument) meta_.reset();  // what is there now is something else
  }
}

Status KeyspaceWatch::Look() {
  if (keyspace_ == nullptr) ADIRECT_RETURN_IF_ERROR(Connect());
  return LookAt(*keyspace_);
}

Status KeyspaceWatch::Connect() {
  Result<std::unique_ptr<CassandraClient>> client = CassandraClient::Connect(address_);
  if (!client.ok()) return client.status();
  const Result<KeyspaceMeta> meta = CheckSchema(**client);
  if (!meta.ok()) return meta.status();
  auto keyspace = std::make_unique<ReadKeyspace>();
  keyspace->client = *std::move(client);
  ADIRECT_RETURN_IF_ERROR(keyspace->statements.Prepare(*keyspace->client));
  const std::lock_guard<std::mutex> lock(mutex_);
  keyspace_ = std::move(keyspace);
  return {};
}

Status KeyspaceWatch::LookAt(const ReadKeyspace& keyspace) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    filling_ = false;
  }
  const Asking asking{keyspace, counts_, {}, {}};
  Reads reads(asking);
  const size_t meta = reads.Start(ReadText::kMeta, {});
  const size_t policies = reads.Start(ReadText::kPolicies, {});
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  ADIRECT_RETURN_IF_ERROR(TakePolicies(reads.cells(policies)));
  return TakeMeta(reads.cells(meta));
}

Status KeyspaceWatch::TakeMeta(std::string_view cells) {
  std::map<std::string, std::string, std::less<>> values;
  for (CellReader rows(cells); !rows.done();) {
    const std::string name(rows.Text());
    values[name] = rows.Text();
  }
  const std::string& version = values["schema_version"];
  if (version != std::to_string(kSchemaVersion)) {
    return InvalidArgument(address_.place() + " is now of version " + (version.empty() ? "none" : version) +
                           " of the schema, and this adirect reads " + std::to_string(kSchemaVersion) +
                           "; start the adirect that fits");
  }
  Meta meta;
  meta.settings = ParseSettings(values["max_searches"], values["retention"]);
  meta.newest = ParseRfc3339(values["newest_event"]).value_or(kMinEventTime);
  meta.published_until = ParseRfc3339(values["published_until"]);
  const std::lock_guard<std::mutex> lock(mutex_);
  filling_ = true;
  if (!meta.settings || policies_.empty()) {
    return Unavailable(address_.place() + ": nothing is published there yet; start an engine with --publish");
  }
  meta_ = meta;
  if (meta.published_until) return {};
  return Unavailable(address_.place() + ": its engine has not published all yet");
}

// Those that are not understood leave all as they were.
Status KeyspaceWatch::TakePolicies(std::string_view cells) {
  std::string versions;
  std::vector<Policy> policies;
  for (CellReader rows(cells); !rows.done();) {
    const std::string name(rows.Text());
    versions += name + " " + std::string(rows.Text()) + "\n";
    Result<Policy> policy = ParsePolicy(rows.Text(), name + ".toml");
    if (!policy.ok()) return Unavailable(address_.place() + ": a policy does not read: " + policy.status().message());
    policies.push_back(*std::move(policy));
  }
  if (versions == policy_versions_) return {};
  policies_.Replace(policies);
  policy_versions_ = versions;
  return {};
}

}  // namespace adirect
