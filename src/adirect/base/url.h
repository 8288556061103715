// Urls, as sources, archives and stores are named by: scheme://authority/path?key=value&key=value
//
//   Result<Url> url = ParseUrl("kafka://127.0.0.1:9092/web_activity1?partitions=0-3");
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adirect/base/status.h"

namespace adirect {

struct Url {
  std::string scheme;
  std::string authority;                                   // as it stands: "user@host:port", "a:9092,b:9092"
  std::string path;                                        // decoded, with its first /; empty where there is none
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in its order
};

// "kafka" of "kafka://…"; empty where the text does not begin with a scheme: letters, digits, +, - and then ://
std::string_view UrlScheme(std::string_view text);

// InvalidArgument, with the text, where there is no scheme, a % that is not followed by two hexadecimal digits, or a
// part of the query without =.
Result<Url> ParseUrl(std::string_view text);

// The file that a name or a file:// URL means. InvalidArgument: another URL, or one that names no file of this machine.
Result<std::string> FilePathOf(const std::string& source);

}  // namespace adirect
