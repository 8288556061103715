#include "adirect/app/wiring.h"

#include <sys/stat.h>

#include <array>
#include <fstream>

#include "adirect/app/archived_events.h"
#include "adirect/app/load.h"
#include "adirect/base/text.h"
#include "adirect/base/url.h"
#include "adirect/sinks/archive_csv.h"
#include "adirect/sinks/archive_local.h"
#include "adirect/sources/file_stream.h"
#include "adirect/sources/files.h"
#if ADIRECT_WITH_ARROW
#include "adirect/sinks/archive_parquet.h"
#include "adirect/sinks/parquet_answers.h"
#include "adirect/sources/parquet.h"
#endif
#if ADIRECT_WITH_KAFKA
#include "adirect/kafka/dead_letters.h"
#include "adirect/kafka/sink.h"
#include "adirect/kafka/stream.h"
#endif
#if ADIRECT_WITH_WEBHDFS
#include "adirect/hdfs/webhdfs.h"
#endif
#if ADIRECT_WITH_CASSANDRA
#include "adirect/cassandra/client.h"
#include "adirect/cassandra/reader.h"
#include "adirect/cassandra/schema.h"
#include "adirect/cassandra/target.h"
#endif

namespace adirect {
namespace {

constexpr std::string_view kParquetMagic = "PAR1";
constexpr const char* kArrowRemedy = "; build with -DADIRECT_WITH_ARROW=ON (scripts/install-deps test brings Arrow)";

struct EventFile {
  std::string path;
  Format format;
};

bool IsRegular(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

bool BeginsAsParquet(const std::string& path) {
  std::string front(kParquetMagic.size(), 0);
  return std::ifstream(path, std::ios::binary).read(front.data(), static_cast<std::streamsize>(front.size())) &&
         front == kParquetMagic;
}

// The format to read the file with; of kind kParquet where that is what the file is.
Result<Format> FormatOf(const std::string& path, const std::string& name) {
  Result<Format> format = LoadFormat(name, path);
  if (!format.ok() || path == "-" || !IsRegular(path)) return format;
  const bool parquet = BeginsAsParquet(path);
  if (parquet == (format->kind == Format::Kind::kParquet)) return format;
  if (!parquet) return InvalidArgument(path + ": is no Parquet file: it does not begin with PAR1");
  if (format->name == "adirect") return AdirectFormat(Format::Kind::kParquet);
  return InvalidArgument(path + ": is Parquet, and the format " + format->name +
                         " is for text; use the format adirect, or a format file with kind = \"parquet\"");
}

#if ADIRECT_WITH_ARROW
constexpr AnswerMaker kParquetAnswers = MakeParquetAnswers;
constexpr auto kParquetArchive = MakeParquetArchiveEncoder;
constexpr const char* kBestArchive = "parquet";

template <typename FormatOfPath>
Result<std::unique_ptr<StoredSource>> OpenParquet(const std::vector<std::string>& paths, const FormatOfPath& format_of,
                                                  const std::atomic<bool>* stop) {
  Result<std::unique_ptr<ParquetSource>> source = ParquetSource::Open(paths, format_of, stop);
  if (!source.ok()) return source.status();
  return std::unique_ptr<StoredSource>(*std::move(source));
}
#else
constexpr AnswerMaker kParquetAnswers = nullptr;
constexpr std::unique_ptr<ArchiveEncoder> (*kParquetArchive)() = nullptr;
constexpr const char* kBestArchive = "csv.gz";

template <typename FormatOfPath>
Result<std::unique_ptr<StoredSource>> OpenParquet(const std::vector<std::string>& paths, const FormatOfPath&,
                                                  const std::atomic<bool>*) {
  return Unsupported(paths.front() + ": is Parquet, which this build does not read" + kArrowRemedy);
}
#endif

#if ADIRECT_WITH_KAFKA
template <typename Opened>
Result<std::unique_ptr<TextSink>> AsTextSink(Result<std::unique_ptr<Opened>> opened) {
  if (!opened.ok()) return opened.status();
  return std::unique_ptr<TextSink>(*std::move(opened));
}

Result<std::unique_ptr<Stream>> OpenKafka(const std::string& url, const Format& format, unsigned readers,
                                          StreamUse use) {
  Result<TopicAddress> address = ParseTopicAddress(url);
  if (!address.ok()) return address.status();
  if (use == StreamUse::kArchive) address->group += "-archive";
  Result<std::unique_ptr<KafkaStream>> stream = KafkaStream::Open(*address, format, readers);
  if (!stream.ok()) return stream.status();
  return std::unique_ptr<Stream>(*std::move(stream));
}

Result<std::unique_ptr<TextSink>> OpenKafkaDeadLetters(const std::string& url) {
  const Result<TopicAddress> address = ParseTopicAddress(url);
  if (!address.ok()) return address.status();
  if (address->dead_letters.empty()) return std::unique_ptr<TextSink>();
  return AsTextSink(KafkaDeadLetters::Open(*address));
}

Result<std::unique_ptr<TextSink>> OpenKafkaSink(const std::string& url, const Format& format) {
  const Result<TopicAddress> address = ParseTopicAddress(url);
  if (!address.ok()) return address.status();
  return AsTextSink(KafkaSink::Open(*address, format));
}
#else
Status NoKafka(const std::string& url) {
  return Unsupported(url +
                     ": this build has no Kafka; build with -DADIRECT_WITH_KAFKA=ON (the Debian package "
                     "librdkafka-dev, which scripts/install-deps test brings)");
}
Result<std::unique_ptr<Stream>> OpenKafka(const std::string& url, const Format&, unsigned, StreamUse) {
  return NoKafka(url);
}
Result<std::unique_ptr<TextSink>> OpenKafkaDeadLetters(const std::string& url) { return NoKafka(url); }
Result<std::unique_ptr<TextSink>> OpenKafkaSink(const std::string& url, const Format&) { return NoKafka(url); }
#endif

#if ADIRECT_WITH_CASSANDRA
Result<std::unique_ptr<CassandraClient>> OpenKeyspace(const std::string& url) {
  const Result<KeyspaceAddress> address = ParseKeyspaceAddress(url);
  if (!address.ok()) return address.status();
  return CassandraClient::Connect(*address);
}

Result<std::string> LookAtKeyspace(CassandraClient& client) {
  const Result<KeyspaceMeta> meta = CheckSchema(client);
  if (!meta.ok()) return meta.status();
  return client.address().place() + " has all tables, of version " + std::to_string(kSchemaVersion);
}
#else
Status NoCassandra() {
  return Unsupported(
      "this build has no Cassandra; build with -DADIRECT_WITH_CASSANDRA=ON (scripts/install-deps test brings what it "
      "needs)");
}
#endif

constexpr std::string_view kKafka = "kafka";

Status CheckTopicScheme(const std::string& url) {
  const std::string_view scheme = UrlScheme(url);
  if (scheme == kKafka) return {};
  return InvalidArgument(Quoted(url) + ": there is no topic of " + (scheme.empty() ? "no scheme" : Quoted(scheme)) +
                         "; write kafka://HOST:PORT/TOPIC");
}

#if ADIRECT_WITH_WEBHDFS
Result<std::unique_ptr<ArchiveStore>> OpenWebHdfs(const std::string& url) {
  Result<std::unique_ptr<WebHdfs>> store = WebHdfs::Open(url);
  if (!store.ok()) return store.status();
  return std::unique_ptr<ArchiveStore>(*std::move(store));
}
#else
Result<std::unique_ptr<ArchiveStore>> OpenWebHdfs(const std::string& url) {
  return Unsupported(url +
                     ": this build has no WebHDFS; build with -DADIRECT_WITH_WEBHDFS=ON (the Debian package "
                     "libcurl4-openssl-dev, which scripts/install-deps test brings)");
}
#endif

constexpr std::string_view kWebHdfs = "webhdfs";

bool IsFolder(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Result<std::unique_ptr<StoredSource>> OpenArchive(const std::string& place, const std::atomic<bool>* stop) {
  const OpenFile open = [stop](const std::string& path) { return OpenEvents({path}, "adirect", stop); };
  if (UrlScheme(place).empty()) return OpenArchivedEvents(std::make_shared<LocalArchive>(place), place, open, stop);
  Result<std::unique_ptr<ArchiveStore>> store = OpenWebHdfs(place);
  if (!store.ok()) return store.status();
  return OpenArchivedEvents(*std::move(store), "", open, stop);
}

// Without `make`: this build does without.
constexpr std::array<ArchiveFormat, 3> kArchiveFormats = {
    {{"parquet", kParquetArchive}, {"csv", MakeCsvArchiveEncoder}, {"csv.gz", MakeGzipArchiveEncoder}}};
constexpr std::array<AnswerFormat, 3> kAnswerFormats = {
    {{"csv", MakeCsvAnswers}, {"ndjson", MakeNdjsonAnswers}, {"parquet", kParquetAnswers}}};

// Files of one kind that follow each other.
Result<std::unique_ptr<StoredSource>> OpenRun(const std::vector<EventFile>& run, const std::atomic<bool>* stop) {
  std::vector<std::string> paths;
  paths.reserve(run.size());
  for (const EventFile& file : run) paths.push_back(file.path);
  const auto format_of = [&, next = size_t{0}](const std::string&) mutable {
    return Result<Format>(run[next++].format);
  };
  if (run.front().format.kind == Format::Kind::kParquet && IsRegular(paths.front())) {
    return OpenParquet(paths, format_of, stop);
  }
  Result<std::unique_ptr<FileSource>> source = FileSource::Open(paths, format_of, stop);
  if (!source.ok()) return source.status();
  return std::unique_ptr<StoredSource>(*std::move(source));
}

}  // namespace

Result<std::unique_ptr<StoredSource>> OpenEvents(const std::vector<std::string>& files, const std::string& format,
                                                 const std::atomic<bool>* stop) {
  std::vector<std::unique_ptr<StoredSource>> sources;
  std::vector<EventFile> run;
  const auto end_run = [&]() -> Status {
    if (run.empty()) return {};
    Result<std::unique_ptr<StoredSource>> source = OpenRun(std::exchange(run, {}), stop);
    if (!source.ok()) return source.status();
    sources.push_back(*std::move(source));
    return {};
  };
  for (const std::string& path : files) {
    if (IsArchive(path)) {
      ADIRECT_RETURN_IF_ERROR(end_run());
      Result<std::unique_ptr<StoredSource>> archive = OpenArchive(path, stop);
      if (!archive.ok()) return archive.status();
      sources.push_back(*std::move(archive));
      continue;
    }
    Result<Format> own = FormatOf(path, format);
    if (!own.ok()) return own.status();
    const bool same =
        !run.empty() && (run.back().format.kind == Format::Kind::kParquet) == (own->kind == Format::Kind::kParquet);
    if (!same) ADIRECT_RETURN_IF_ERROR(end_run());
    run.push_back({path, *std::move(own)});
  }
  ADIRECT_RETURN_IF_ERROR(end_run());
  return Joined(std::move(sources));
}

bool IsArchive(const std::string& place) { return UrlScheme(place) == kWebHdfs || IsFolder(place); }

Result<std::unique_ptr<ArchiveStore>> MakeArchive(const std::string& place) {
  const std::string_view scheme = UrlScheme(place);
  if (scheme == kWebHdfs) return OpenWebHdfs(place);
  const Result<std::string> folder = FilePathOf(place);
  if (!folder.ok()) {
    return InvalidArgument(Quoted(place) + " is no archive; write a folder, or webhdfs://HOST:PORT/FOLDER");
  }
  Result<std::unique_ptr<LocalArchive>> store = LocalArchive::Make(*folder);
  if (!store.ok()) return store.status();
  return std::unique_ptr<ArchiveStore>(*std::move(store));
}

Result<ArchiveFormat> FindArchiveFormat(const std::string& name) {
  const std::string wanted = name.empty() ? kBestArchive : name;
  std::vector<std::string_view> names;
  for (const ArchiveFormat& format : kArchiveFormats) {
    names.push_back(format.ending);
    if (format.ending != wanted) continue;
    if (format.make != nullptr) return format;
    return Unsupported("this build does not write " + Quoted(name) + kArrowRemedy);
  }
  return InvalidArgument("no format is named " + Quoted(name) + DidYouMean(name, names) + "; there are " +
                         Joined(names));
}

Result<AnswerFormat> FindAnswerFormat(const std::string& name) {
  std::vector<std::string_view> names;
  for (const AnswerFormat& format : kAnswerFormats) {
    names.push_back(format.name);
    if (format.name != name) continue;
    if (format.make != nullptr) return format;
    return Unsupported("this build does not write " + Quoted(name) + kArrowRemedy);
  }
  return InvalidArgument("no format is named " + Quoted(name) + DidYouMean(name, names) + "; there are " +
                         Joined(names));
}

bool IsStream(const std::string& source) {
  const std::string_view scheme = UrlScheme(source);
  return !scheme.empty() && scheme != "file";
}

Result<std::unique_ptr<Stream>> OpenStream(const std::string& url, const std::string& format, unsigned readers,
                                           StreamUse use) {
  ADIRECT_RETURN_IF_ERROR(CheckTopicScheme(url));
  const Result<Format> loaded = LoadFormat(format, "messages.ndjson");
  if (!loaded.ok()) return loaded.status();
  return OpenKafka(url, *loaded, readers, use);
}

Result<std::unique_ptr<Stream>> OpenFileStream(const std::vector<std::string>& files, const std::string& format) {
  std::vector<std::string> paths;
  for (const std::string& file : files) {
    const Result<std::string> path = FilePathOf(file);
    if (!path.ok()) return path.status();
    paths.push_back(*path);
  }
  Result<std::unique_ptr<FileStream>> stream =
      FileStream::Open(paths, [&](const std::string& path) { return FormatOf(path, format); });
  if (!stream.ok()) return stream.status();
  return std::unique_ptr<Stream>(*std::move(stream));
}

Result<std::unique_ptr<TextSink>> OpenDeadLetters(const std::string& url) {
  ADIRECT_RETURN_IF_ERROR(CheckTopicScheme(url));
  return OpenKafkaDeadLetters(url);
}

Result<std::unique_ptr<TextSink>> OpenTopic(const std::string& url, const Format& format) {
  ADIRECT_RETURN_IF_ERROR(CheckTopicScheme(url));
  return OpenKafkaSink(url, format);
}

#if ADIRECT_WITH_CASSANDRA
Result<std::unique_ptr<PublishTarget>> OpenPublishTarget(const std::string& url, const Clock& clock) {
  Result<KeyspaceAddress> address = ParseKeyspaceAddress(url);
  if (!address.ok()) return address.status();
  return std::unique_ptr<PublishTarget>(std::make_unique<CassandraTarget>(*std::move(address), clock));
}

Result<std::unique_ptr<RemoteShop>> OpenRemoteShop(const std::string& url, const Clock& clock) {
  const Result<KeyspaceAddress> address = ParseKeyspaceAddress(url);
  if (!address.ok()) return address.status();
  Result<std::unique_ptr<CassandraReader>> reader = CassandraReader::Open(*address, clock);
  if (!reader.ok()) return reader.status();
  return std::unique_ptr<RemoteShop>(*std::move(reader));
}

Result<std::string> MakeKeyspace(const std::string& url) {
  const Result<std::unique_ptr<CassandraClient>> client = OpenKeyspace(url);
  if (!client.ok()) return client.status();
  ADIRECT_RETURN_IF_ERROR(InitSchema(**client));
  return LookAtKeyspace(**client);
}

Result<std::string> CheckKeyspace(const std::string& url) {
  const Result<std::unique_ptr<CassandraClient>> client = OpenKeyspace(url);
  if (!client.ok()) return client.status();
  return LookAtKeyspace(**client);
}
#else
Result<std::unique_ptr<PublishTarget>> OpenPublishTarget(const std::string&, const Clock&) { return NoCassandra(); }
Result<std::unique_ptr<RemoteShop>> OpenRemoteShop(const std::string&, const Clock&) { return NoCassandra(); }
Result<std::string> MakeKeyspace(const std::string&) { return NoCassandra(); }
Result<std::string> CheckKeyspace(const std::string&) { return NoCassandra(); }
#endif

std::string ReadKinds() {
  std::string kinds = "CSV, NDJSON, gzip, zstd";
#if ADIRECT_WITH_ARROW
  kinds += ", Parquet (" + ArrowVersion() + ")";
#endif
#if ADIRECT_WITH_KAFKA
  kinds += ", topics (" + KafkaVersion() + ")";
#endif
#if ADIRECT_WITH_WEBHDFS
  kinds += ", HDFS";
#endif
  return kinds;
}

std::string WriteKinds() {
  std::string kinds = "CSV, NDJSON";
#if ADIRECT_WITH_ARROW
  kinds += ", Parquet";
#endif
#if ADIRECT_WITH_KAFKA
  kinds += ", topics";
#endif
#if ADIRECT_WITH_WEBHDFS
  kinds += ", HDFS";
#endif
#if ADIRECT_WITH_CASSANDRA
  kinds += ", keyspaces of Cassandra";
#endif
  return kinds;
}

}  // namespace adirect
