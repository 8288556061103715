// An archive in memory, for tests of what stands above it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "adirect/pipeline/archive_name.h"
#include "adirect/pipeline/archive_store.h"

namespace adirect {

class FakeArchiveStore : public ArchiveStore {
 public:
  // Where a call may fail: before it does anything, in its middle, and when all is done and only the answer is lost.
  enum class At { kBefore, kBetween, kAfter };

  const std::string& place() const override { return place_; }

  Result<std::vector<Entry>> List(std::string_view folder) override {
    ADIRECT_RETURN_IF_ERROR(Step(At::kBefore));
    std::map<std::string, Entry> entries;
    const std::string front = folder.empty() ? "" : std::string(folder) + '/';
    for (const auto& [path, content] : files) {
      if (!path.starts_with(front)) continue;
      const std::string rest = path.substr(front.size());
      const size_t slash = rest.find('/');
      const std::string name = rest.substr(0, slash);
      entries[name] = {name, slash == std::string::npos ? content.size() : 0, slash != std::string::npos};
    }
    std::vector<Entry> list;
    for (const auto& [name, entry] : entries) list.push_back(entry);
    return list;
  }

  Status Put(const std::string& path, std::string_view content) override {
    ADIRECT_RETURN_IF_ERROR(Step(At::kBefore));
    if (const auto found = files.find(path); found != files.end()) {
      return found->second == content ? Status() : Corrupt(path + ": has other content");
    }
    files[TemporaryArchivePath(path)] = content.substr(0, content.size() / 2);
    ADIRECT_RETURN_IF_ERROR(Step(At::kBetween));
    files.erase(TemporaryArchivePath(path));
    files[path] = content;
    return Step(At::kAfter);
  }

  Status Read(const std::string& path, const std::function<Status(std::string_view)>& take) override {
    ADIRECT_RETURN_IF_ERROR(Step(At::kBefore));
    const auto found = files.find(path);
    return found == files.end() ? NotFound(path + ": is not there") : take(found->second);
  }

  Status Remove(const std::string& path) override {
    ADIRECT_RETURN_IF_ERROR(Step(At::kBefore));
    files.erase(path);
    return Step(At::kAfter);
  }

  std::map<std::string, std::string> files;
  std::function<Status()> step = [] { return Status(); };  // asked at each place where a call may fail

 private:
  Status Step(At) { return step(); }
  const std::string place_ = "fake://archive";
};

}  // namespace adirect
