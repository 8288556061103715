#include "adirect/app/archived_events.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "adirect/app/temporary_folder.h"
#include "adirect/pipeline/archive_listing.h"
#include "adirect/sinks/files.h"

namespace adirect {
namespace {

constexpr int kTries = 6;
constexpr std::chrono::milliseconds kFirstWait{200};  // then twice as long each time

template <typename Call>
Status TryOften(const Call& call, const std::atomic<bool>* stop) {
  auto wait = kFirstWait;
  for (int tries = 1;; ++tries, wait *= 2) {
    const Status status = call();
    const bool stopped = stop != nullptr && *stop;
    if (status.code() != Code::kUnavailable || tries == kTries || stopped) return status;
    std::this_thread::sleep_for(wait);
  }
}

// A file that was fetched, and goes with the source.
class FetchedSource final : public StoredSource {
 public:
  Status Fetch(ArchiveStore& store, const ArchiveFile& file, const OpenFile& open) {
    ADIRECT_RETURN_IF_ERROR(folder_.Make("adirect-archive"));
    const std::string path = folder_.path() + file.path.substr(file.path.rfind('/'));
    ADIRECT_RETURN_IF_ERROR(Copy(store, file, path));
    Result<std::unique_ptr<StoredSource>> opened = open(path);
    if (!opened.ok()) return opened.status();
    source_ = *std::move(opened);
    return {};
  }

  Result<bool> Next(SourceBlock& block) override { return source_->Next(block); }
  void PeekEnds(const std::function<void(const SourceBlock&)>& visit) const override { source_->PeekEnds(visit); }
  void KeepChecksums() override { source_->KeepChecksums(); }
  std::vector<StateInput> inputs() const override { return source_->inputs(); }
  uint64_t total_bytes() const override { return source_->total_bytes(); }

 private:
  static Status Copy(ArchiveStore& store, const ArchiveFile& file, const std::string& path) {
    const Result<std::unique_ptr<OutputFile>> copy = OutputFile::Create(path);
    if (!copy.ok()) return copy.status();
    uint64_t bytes = 0;
    ADIRECT_RETURN_IF_ERROR(store.Read(file.path, [&](std::string_view piece) {
      bytes += piece.size();
      return (*copy)->Write(piece);
    }));
    if (bytes != file.bytes) return Unavailable(store.place() + '/' + file.path + ": ended early");
    return (*copy)->Commit();
  }

  TemporaryFolder folder_;
  std::unique_ptr<StoredSource> source_;
};

}  // namespace

Result<std::unique_ptr<StoredSource>> OpenArchivedEvents(std::shared_ptr<ArchiveStore> store, const std::string& folder,
                                                         const OpenFile& open, const std::atomic<bool>* stop) {
  ArchiveListing listing;
  const auto list = [&]() -> Status {
    Result<ArchiveListing> listed = ListArchive(*store);
    if (!listed.ok()) return listed.status();
    listing = *std::move(listed);
    return {};
  };
  ADIRECT_RETURN_IF_ERROR(TryOften(list, stop));
  if (listing.files.empty()) {
    return InvalidArgument(store->place() +
                           ": is a folder, and no archive: it holds no finished file; name the files in it");
  }
  if (!listing.foreign.empty()) {
    fmt::print(stderr, "{}\n", ForeignFilesText(store->place(), listing.foreign));
  }
  std::vector<LaterSource> files;
  for (const ArchiveFile& file : listing.files) {
    const auto open_one = [=]() -> Result<std::unique_ptr<StoredSource>> {
      if (!folder.empty()) return open(folder + '/' + file.path);
      std::unique_ptr<FetchedSource> source;
      const auto fetch = [&] {
        source = std::make_unique<FetchedSource>();
        return source->Fetch(*store, file, open);
      };
      ADIRECT_RETURN_IF_ERROR(TryOften(fetch, stop));
      return std::unique_ptr<StoredSource>(std::move(source));
    };
    files.push_back({open_one, file.bytes});
  }
  return Joined(std::move(files));
}

}  // namespace adirect
