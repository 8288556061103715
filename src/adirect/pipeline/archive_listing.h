// What lies in an archive, by the names alone.
//
// Threads: functions of their arguments and the store.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "adirect/pipeline/archive_name.h"
#include "adirect/pipeline/archive_store.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

struct ArchiveFile {
  std::string path;
  uint64_t bytes = 0;
  ArchiveName name;
};

struct ArchiveListing {
  std::vector<ArchiveFile> files;    // finished ones, by path
  std::vector<std::string> foreign;  // what is no archive's; a folder ends with /
  // By input, what a former run has left: files that were not finished, refused rows of files that were not.
  std::map<std::string, std::vector<std::string>, std::less<>> leftovers;
};

Result<ArchiveListing> ListArchive(ArchiveStore& store);

// The finished files of one day.
Result<std::vector<ArchiveFile>> ListArchiveDay(ArchiveStore& store, std::string_view day);

// Where each input goes on: behind the last row of its newest file. Corrupt, with the names of two files, where an
// input's files hold a row twice or leave one out; older files than the first may be gone.
Result<Positions> ArchivePositions(const std::vector<ArchiveFile>& files);

// A sentence on what is foreign; empty where nothing is.
std::string ForeignFilesText(const std::string& place, const std::vector<std::string>& foreign);

}  // namespace adirect
