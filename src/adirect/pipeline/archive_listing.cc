#include "adirect/pipeline/archive_listing.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace adirect {
namespace {

constexpr size_t kForeignShown = 3;

bool IsUnfinished(std::string_view name) { return name.starts_with('_') || name.starts_with('.'); }

// Input, first and last of a file: what its refused rows share with it.
using Range = std::tuple<std::string, uint64_t, uint64_t>;
Range RangeOf(const ArchiveName& name) { return {name.input, name.first, name.last}; }

class Walk {
 public:
  explicit Walk(ArchiveStore& store) : store_(store) {}

  Result<ArchiveListing> Run() {
    ADIRECT_RETURN_IF_ERROR(LookAtTop());
    ADIRECT_RETURN_IF_ERROR(LookAtDays(std::string(kArchiveQuarantine) + '/'));
    KeepRefusedOfFinished();
    std::sort(listing_.files.begin(), listing_.files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::move(listing_);
  }

 private:
  Status LookAtTop() {
    const Result<std::vector<ArchiveStore::Entry>> top = store_.List("");
    if (!top.ok()) return top.status();
    for (const ArchiveStore::Entry& entry : *top) {
      if (entry.folder && IsArchiveDay(entry.name)) {
        ADIRECT_RETURN_IF_ERROR(LookAtFiles(entry.name + '/'));
      } else if (!IsUnfinished(entry.name)) {
        listing_.foreign.push_back(entry.name + (entry.folder ? "/" : ""));
      }
    }
    return {};
  }

  Status LookAtDays(const std::string& folder) {
    const Result<std::vector<ArchiveStore::Entry>> days = store_.List(folder.substr(0, folder.size() - 1));
    if (!days.ok()) return days.status();
    for (const ArchiveStore::Entry& entry : *days) {
      if (entry.folder && IsArchiveDay(entry.name)) ADIRECT_RETURN_IF_ERROR(LookAtFiles(folder + entry.name + '/'));
    }
    return {};
  }

  Status LookAtFiles(const std::string& folder) {
    const Result<std::vector<ArchiveStore::Entry>> entries = store_.List(folder.substr(0, folder.size() - 1));
    if (!entries.ok()) return entries.status();
    for (const ArchiveStore::Entry& entry : *entries) Sort(folder + entry.name, entry);
    return {};
  }

  void Sort(const std::string& path, const ArchiveStore::Entry& entry) {
    if (!entry.folder) {
      if (std::optional<ArchiveName> name = ParseArchivePath(path)) {
        listing_.files.push_back({path, entry.bytes, *std::move(name)});
        return;
      }
      if (const std::optional<ArchiveName> name = ParseLeftoverPath(path)) {
        leftovers_.emplace_back(RangeOf(*name), path);
        return;
      }
    }
    if (!IsUnfinished(path) && !IsUnfinished(entry.name)) listing_.foreign.push_back(path + (entry.folder ? "/" : ""));
  }

  // All other leftovers are.
  void KeepRefusedOfFinished() {
    std::set<Range> finished;
    for (const ArchiveFile& file : listing_.files) finished.insert(RangeOf(file.name));
    for (const auto& [range, path] : leftovers_) {
      const bool whole = path.starts_with(kArchiveQuarantine) && path[path.rfind('/') + 1] != '_';
      if (!whole || !finished.contains(range)) listing_.leftovers[std::get<0>(range)].push_back(path);
    }
  }

  ArchiveStore& store_;
  ArchiveListing listing_;
  std::vector<std::pair<Range, std::string>> leftovers_;
};

Status Misfit(const ArchiveFile& before, const ArchiveFile& after) {
  const bool twice = after.name.first <= before.name.last;
  return Corrupt(before.path + " and " + after.path + (twice ? " hold the same rows" : " leave rows out between them") +
                 " of " + after.name.input +
                 ": two archives wrote here, or files were moved; keep one archive, or write "
                 "to another folder");
}

}  // namespace

Result<ArchiveListing> ListArchive(ArchiveStore& store) { return Walk(store).Run(); }

Result<std::vector<ArchiveFile>> ListArchiveDay(ArchiveStore& store, std::string_view day) {
  const Result<std::vector<ArchiveStore::Entry>> entries = store.List(day);
  if (!entries.ok()) return entries.status();
  std::vector<ArchiveFile> files;
  for (const ArchiveStore::Entry& entry : *entries) {
    const std::string path = std::string(day) + '/' + entry.name;
    std::optional<ArchiveName> name = entry.folder ? std::nullopt : ParseArchivePath(path);
    if (name) files.push_back({path, entry.bytes, *std::move(name)});
  }
  return files;
}

Result<Positions> ArchivePositions(const std::vector<ArchiveFile>& files) {
  std::map<std::pair<std::string_view, uint64_t>, const ArchiveFile*> by_row;
  for (const ArchiveFile& file : files) {
    const auto [other, is_new] = by_row.try_emplace({file.name.input, file.name.first}, &file);
    if (!is_new) return Misfit(*other->second, file);
  }
  Positions next;
  const ArchiveFile* before = nullptr;
  for (const auto& [row, file] : by_row) {
    const bool same = before != nullptr && before->name.input == file->name.input;
    if (same && file->name.first != before->name.last + 1) return Misfit(*before, *file);
    next[file->name.input] = file->name.last + 1;
    before = file;
  }
  return next;
}

std::string ForeignFilesText(const std::string& place, const std::vector<std::string>& foreign) {
  if (foreign.empty()) return "";
  std::string text = place + ": passes by " + foreign.front();
  for (size_t i = 1; i < std::min(foreign.size(), kForeignShown); ++i) text += ", " + foreign[i];
  if (foreign.size() > kForeignShown) text += " and " + std::to_string(foreign.size() - kForeignShown) + " more";
  return text + ", which no archive writes";
}

}  // namespace adirect
