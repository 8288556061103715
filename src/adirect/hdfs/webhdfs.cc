#include "adirect/hdfs/webhdfs.h"

#include <simdjson.h>

#include <algorithm>

#include "adirect/base/text.h"
#include "adirect/base/url.h"
#include "adirect/hdfs/remote_exception.h"
#include "adirect/pipeline/archive_name.h"

namespace adirect {
namespace {

constexpr int kMaxRedirections = 3;

// The path's parts escaped, the / between them kept.
std::string EscapedPath(std::string_view path) {
  std::string out;
  for (;;) {
    const size_t slash = path.find('/');
    out += UrlEscaped(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

Status Differs() { return Corrupt("has other content already"); }

Status NoAnswer() { return Unavailable("answers what no WebHDFS says"); }

// The entries of a LISTSTATUS.
Result<std::vector<ArchiveStore::Entry>> ParseListing(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::array statuses;
  if (parser.parse(body)["FileStatuses"]["FileStatus"].get(statuses) != simdjson::SUCCESS) return NoAnswer();
  std::vector<ArchiveStore::Entry> entries;
  for (const simdjson::dom::element status : statuses) {
    std::string_view name;
    std::string_view type;
    uint64_t bytes = 0;
    if (status["pathSuffix"].get(name) != simdjson::SUCCESS || status["type"].get(type) != simdjson::SUCCESS ||
        status["length"].get(bytes) != simdjson::SUCCESS) {
      return NoAnswer();
    }
    if (name.empty()) return InvalidArgument("is a file; give a folder");
    entries.push_back({std::string(name), type == "DIRECTORY" ? 0 : bytes, type == "DIRECTORY"});
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

bool SaysTrue(const std::string& body) {
  simdjson::dom::parser parser;
  bool said = false;
  return parser.parse(body)["boolean"].get(said) == simdjson::SUCCESS && said;
}

}  // namespace

Result<std::unique_ptr<WebHdfs>> WebHdfs::Open(const std::string& url, const HttpTimeouts& timeouts) {
  const Result<Url> parsed = ParseUrl(url);
  if (!parsed.ok()) return parsed.status();
  const size_t at = parsed->authority.rfind('@');
  const std::string user = at == std::string::npos ? "" : parsed->authority.substr(0, at);
  const std::string server = at == std::string::npos ? parsed->authority : parsed->authority.substr(at + 1);
  const size_t colon = server.rfind(':');
  const bool has_port = colon != std::string::npos && colon > 0 && colon + 1 < server.size() &&
                        server.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (!has_port || !parsed->query.empty()) {
    return InvalidArgument(Quoted(url) + ": write webhdfs://HOST:PORT/FOLDER, or webhdfs://USER@HOST:PORT/FOLDER");
  }
  std::string folder = parsed->path;
  while (folder.ends_with('/')) folder.pop_back();
  const std::string place = "webhdfs://" + parsed->authority + folder;
  Result<std::unique_ptr<Http>> http = Http::Make(timeouts);
  if (!http.ok()) return http.status();
  return std::unique_ptr<WebHdfs>(new WebHdfs(place, "http://" + server, folder, user, *std::move(http)));
}

std::string WebHdfs::UrlOf(std::string_view path, std::string_view operation) const {
  std::string url = server_ + "/webhdfs/v1" + EscapedPath(folder_);
  if (!path.empty() || folder_.empty()) url += '/' + EscapedPath(path);
  url += "?op=" + std::string(operation);
  if (!user_.empty()) url += "&user.name=" + UrlEscaped(user_);
  return url;
}

Status WebHdfs::Failed(std::string_view path, const Status& status) const {
  return status.Within(path.empty() ? place_ : place_ + '/' + std::string(path));
}

// The name node gets no body: it sends on to who takes it. Other servers (HttpFS) are their own data node.
Result<Http::Answer> WebHdfs::Ask(Http::Request request) {
  const std::string_view body = std::exchange(request.body, {});
  for (int redirections = 0; redirections <= kMaxRedirections; ++redirections) {
    Result<Http::Answer> answer = http_->Send(request);
    if (!answer.ok() || answer->status == 200 || answer->status == 201) return answer;
    if (answer->location.empty()) return StatusOfRemote(answer->status, answer->body);
    request.url = answer->location;
    request.body = body;
  }
  return InvalidArgument("sends on to others again and again");
}

Result<std::vector<ArchiveStore::Entry>> WebHdfs::List(std::string_view folder) {
  const Result<Http::Answer> answer = Ask({.url = UrlOf(folder, "LISTSTATUS")});
  if (answer.status().code() == Code::kNotFound) return std::vector<Entry>();
  if (!answer.ok()) return Failed(folder, answer.status());
  Result<std::vector<Entry>> entries = ParseListing(answer->body);
  if (!entries.ok()) return Failed(folder, entries.status());
  return entries;
}

Status WebHdfs::Put(const std::string& path, std::string_view content) {
  if (const std::optional<Status> there = IsThere(path, content)) return Failed(path, *there);
  const std::string temporary = TemporaryArchivePath(path);
  ADIRECT_RETURN_IF_ERROR(Failed(temporary, Create(temporary, content)));
  const Status same = Compare(temporary, content);
  if (same.code() == Code::kCorrupt) return Failed(temporary, Unavailable("did not read back as it was written"));
  ADIRECT_RETURN_IF_ERROR(Failed(temporary, same));
  return Failed(path, Rename(temporary, path, content));
}

Result<std::optional<uint64_t>> WebHdfs::SizeOf(const std::string& path) {
  const Result<Http::Answer> answer = Ask({.url = UrlOf(path, "GETFILESTATUS")});
  if (answer.status().code() == Code::kNotFound) return std::optional<uint64_t>();
  if (!answer.ok()) return answer.status();
  simdjson::dom::parser parser;
  uint64_t bytes = 0;
  if (parser.parse(answer->body)["FileStatus"]["length"].get(bytes) != simdjson::SUCCESS) return NoAnswer();
  return std::optional(bytes);
}

std::optional<Status> WebHdfs::IsThere(const std::string& path, std::string_view content) {
  const Result<std::optional<uint64_t>> bytes = SizeOf(path);
  if (!bytes.ok()) return bytes.status();
  if (!*bytes) return std::nullopt;
  return **bytes == content.size() ? Compare(path, content) : Differs();
}

Status WebHdfs::Create(const std::string& path, std::string_view content) {
  return Ask({.method = "PUT", .url = UrlOf(path, "CREATE&overwrite=true"), .body = content}).status();
}

Status WebHdfs::Compare(const std::string& path, std::string_view content) {
  const auto take = [&](std::string_view piece) {
    if (!content.starts_with(piece)) return Differs();
    content.remove_prefix(piece.size());
    return Status();
  };
  const Result<Http::Answer> answer = Ask({.url = UrlOf(path, "OPEN"), .take = take});
  if (!answer.ok()) return answer.status();
  return content.empty() ? Status() : Unavailable("ended early when it was read back");
}

// Where the file is there already, an earlier try has renamed it and its answer was lost.
Status WebHdfs::Rename(const std::string& from, const std::string& to, std::string_view content) {
  const std::string destination = folder_ + '/' + to;
  const Result<Http::Answer> answer =
      Ask({.method = "PUT", .url = UrlOf(from, "RENAME&destination=" + UrlEscaped(destination))});
  if (!answer.ok()) return answer.status();
  if (SaysTrue(answer->body)) return {};
  return IsThere(to, content).value_or(Unavailable("could not be renamed from " + from));
}

Status WebHdfs::Read(const std::string& path, const std::function<Status(std::string_view piece)>& take) {
  return Failed(path, Ask({.url = UrlOf(path, "OPEN"), .take = take}).status());
}

Status WebHdfs::Remove(const std::string& path) {
  const Result<Http::Answer> answer = Ask({.method = "DELETE", .url = UrlOf(path, "DELETE")});
  return answer.ok() || answer.status().code() == Code::kNotFound ? Status() : Failed(path, answer.status());
}

}  // namespace adirect
