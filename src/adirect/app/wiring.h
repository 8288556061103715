// Wiring: from file names and a format to the source that reads them, from a format's name to what writes it.
// The only place that knows which readers and writers this build has.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/pipeline/archive_store.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/publish_target.h"
#include "adirect/pipeline/shop_reader.h"
#include "adirect/sinks/answers.h"
#include "adirect/sources/stored.h"

namespace adirect {

// The files in the order they are named, by the format of that name or file (app/load.h). A file that begins
// as Parquet does, or whose format is for Parquet, is read as Parquet; all others, and pipes, as text. A folder or
// webhdfs://… is an archive: its finished files in the order of their names, always in the format `adirect`, each
// opened when it is its turn. Errors: as of FileSource::Open and ParquetSource::Open; Parquet that this build cannot
// read, or whose format is for text; an archive without a file, or that cannot be listed. `stop` as for
// FileSource::Open.
Result<std::unique_ptr<StoredSource>> OpenEvents(const std::vector<std::string>& files, const std::string& format,
                                                 const std::atomic<bool>* stop);

// Whether the name of a source is that of a stream, kafka://…, and no file's.
bool IsStream(const std::string& source);

// Who reads a stream: positions are told under a name of their own.
enum class StreamUse { kEngine, kArchive };

// The stream of that URL, by the format of that name, for so many threads. Errors: of the address and of the format; a
// scheme that this build does not read.
Result<std::unique_ptr<Stream>> OpenStream(const std::string& url, const std::string& format, unsigned readers,
                                           StreamUse use);

// Files of text, names or file:// URLs, as a stream that ends. Errors: of the names and of the format; as of
// FileStream::Open.
Result<std::unique_ptr<Stream>> OpenFileStream(const std::vector<std::string>& files, const std::string& format);

// Whether that is an archive, to read: a folder, or webhdfs://….
bool IsArchive(const std::string& place);

// The archive in the folder, made where it is missing, or at webhdfs://…, to write. Errors: of the address; a scheme
// that this build does not write.
Result<std::unique_ptr<ArchiveStore>> MakeArchive(const std::string& place);

// How an archive's files are written, by name; the best that this build can where it is empty.
Result<ArchiveFormat> FindArchiveFormat(const std::string& name);

// Where a stream's refused rows go by its URL; null where that says nothing.
Result<std::unique_ptr<TextSink>> OpenDeadLetters(const std::string& url);

// Lines of text in the format to the topic of that URL.
Result<std::unique_ptr<TextSink>> OpenTopic(const std::string& url, const Format& format);

// The answers' format of that name. Errors: there is none; one that this build cannot write.
Result<AnswerFormat> FindAnswerFormat(const std::string& name);

// Where a shop is published, by its URL; it connects when it is begun. Errors: of the address; a scheme that this build
// does not publish to. The clock must outlive it.
Result<std::unique_ptr<PublishTarget>> OpenPublishTarget(const std::string& url, const Clock& clock);

// The shop that an engine publishes to that URL, to be read; it connects in the background where nobody answers.
// Errors: of the address; a scheme that this build does not read; as of CassandraReader::Open. The clock must outlive
// it.
Result<std::unique_ptr<RemoteShop>> OpenRemoteShop(const std::string& url, const Clock& clock);

// Makes the keyspace of that URL, or looks whether it is there and of this version; a sentence on what is there.
// Errors: of the address and of the cluster; a keyspace that is missing, not adirect's or of another version.
Result<std::string> MakeKeyspace(const std::string& url);
Result<std::string> CheckKeyspace(const std::string& url);

// What this build reads and writes, for a person: "CSV, NDJSON, gzip, zstd, Parquet (Arrow 26.0.1), topics (librdkafka
// 2.0.2)".
std::string ReadKinds();
std::string WriteKinds();

}  // namespace adirect
