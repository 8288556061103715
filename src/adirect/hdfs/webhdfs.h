// WebHdfs: an archive in HDFS, through the HTTP address of its name node.
//
//   Result<std::unique_ptr<WebHdfs>> archive = WebHdfs::Open("webhdfs://web@127.0.0.1:9870/user/web_logs");
//
// Put creates the file under its temporary name, reads it back, compares it byte by byte, and renames it: HDFS renames
// at once and onto nothing that is there. An answer that was lost is found out by looking for the file, at the next
// try. Data nodes are reached at the addresses that the name node gives.
//
// Nothing is encrypted, and the user is who the address says: for networks that are trusted.
//
// Threads: one call at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adirect/hdfs/http.h"
#include "adirect/pipeline/archive_store.h"

namespace adirect {

class WebHdfs final : public ArchiveStore {
 public:
  // webhdfs://[USER@]HOST:PORT/FOLDER. Connects to nothing yet. InvalidArgument where the address is none.
  static Result<std::unique_ptr<WebHdfs>> Open(const std::string& url, const HttpTimeouts& timeouts = {});

  const std::string& place() const override { return place_; }
  Result<std::vector<Entry>> List(std::string_view folder) override;
  Status Put(const std::string& path, std::string_view content) override;
  Status Read(const std::string& path, const std::function<Status(std::string_view piece)>& take) override;
  Status Remove(const std::string& path) override;

 private:
  WebHdfs(std::string place, std::string server, std::string folder, std::string user, std::unique_ptr<Http> http)
      : place_(std::move(place)),
        server_(std::move(server)),
        folder_(std::move(folder)),
        user_(std::move(user)),
        http_(std::move(http)) {}

  // Of a path of the archive.
  std::string UrlOf(std::string_view path, std::string_view operation) const;
  Status Failed(std::string_view path, const Status& status) const;

  // The answer, with the redirection to a data node followed; OK where its status is 200 or 201.
  Result<Http::Answer> Ask(Http::Request request);
  // Absent where there is no such file.
  Result<std::optional<uint64_t>> SizeOf(const std::string& path);
  // OK where the file of that name is there with this content, Corrupt where with another; absent: none is.
  std::optional<Status> IsThere(const std::string& path, std::string_view content);
  Status Create(const std::string& path, std::string_view content);
  Status Compare(const std::string& path, std::string_view content);
  Status Rename(const std::string& from, const std::string& to, std::string_view content);

  const std::string place_;   // for people
  const std::string server_;  // http://HOST:PORT
  const std::string folder_;  // /user/web_logs; empty: the root
  const std::string user_;
  const std::unique_ptr<Http> http_;
};

}  // namespace adirect
