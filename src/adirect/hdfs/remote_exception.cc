#include "adirect/hdfs/remote_exception.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace adirect {
namespace {

struct RemoteException {
  std::string name;
  std::string message;  // its first line
};

std::optional<RemoteException> Parse(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  std::string_view name;
  std::string_view message;
  if (root["RemoteException"]["exception"].get(name) != simdjson::SUCCESS) return std::nullopt;
  if (root["RemoteException"]["message"].get(message) != simdjson::SUCCESS) message = "it does not say why";
  return RemoteException{std::string(name), std::string(message.substr(0, message.find('\n')))};
}

struct Meaning {
  std::string_view exception;
  Code code;
  std::string_view says;  // empty: what the message says is enough
};

constexpr std::array<Meaning, 15> kMeanings = {{
    {"SafeModeException", Code::kUnavailable,
     "the name node is in safe mode and takes nothing; it leaves it when enough data nodes have reported, or by hdfs "
     "dfsadmin -safemode leave"},
    {"StandbyException", Code::kUnavailable, "this name node is on standby; give the active one"},
    {"DSQuotaExceededException", Code::kExhausted, "the space quota is used up; raise it, or remove old days"},
    {"NSQuotaExceededException", Code::kExhausted, "the quota of names is used up; raise it, or remove old days"},
    {"QuotaByStorageTypeExceededException", Code::kExhausted, "the space quota is used up; raise it"},
    {"DiskOutOfSpaceException", Code::kExhausted, "a data node's disk is full; make room"},
    {"AccessControlException", Code::kInvalidArgument,
     "it is not permitted; name a user who may (webhdfs://USER@HOST:PORT/PATH), or change the folder's permissions"},
    {"SecurityException", Code::kInvalidArgument, "it is not permitted"},
    {"AuthenticationException", Code::kInvalidArgument, "it asks for an authentication that is not supported"},
    {"FileNotFoundException", Code::kNotFound, "is not there"},
    {"ParentNotDirectoryException", Code::kInvalidArgument, "a file is where a folder must be"},
    {"FileAlreadyExistsException", Code::kInvalidArgument, "a folder is where a file must be"},
    {"IllegalArgumentException", Code::kInvalidArgument, ""},
    {"InvalidPathException", Code::kInvalidArgument, ""},
    {"UnsupportedOperationException", Code::kInvalidArgument, ""},
}};

Status StatusOf(const RemoteException& remote) {
  const std::string said = " (" + remote.name + ": " + remote.message + ")";
  if (remote.message.find("could only be ") != std::string::npos) {
    return Exhausted("no data node takes the file; they are down or full" + said);
  }
  const auto* const known = std::find_if(kMeanings.begin(), kMeanings.end(),
                                         [&](const Meaning& meaning) { return meaning.exception == remote.name; });
  if (known == kMeanings.end()) return Unavailable("it failed" + said);
  return {known->code, std::string(known->says.empty() ? "it cannot be done" : known->says) + said};
}

}  // namespace

Status StatusOfRemote(long http_status, std::string_view body) {
  if (const std::optional<RemoteException> remote = Parse(body)) return StatusOf(*remote);
  const std::string answered = "answers HTTP " + std::to_string(http_status);
  if (http_status == 401) return InvalidArgument(answered + ": it asks for an authentication that is not supported");
  if (http_status >= 500) return Unavailable(answered);
  return InvalidArgument(
      answered +
      " and is no WebHDFS; give the name node's HTTP address (dfs.namenode.http-address), not the one "
      "of hdfs://");
}

}  // namespace adirect
