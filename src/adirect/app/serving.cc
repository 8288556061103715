#include "adirect/app/serving.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "adirect/app/embedded.h"
#include "adirect/app/run.h"

namespace adirect {

HttpLimits LimitsOf(const ServeOptions& options) {
  const auto millis = [](double seconds) { return HttpLimits::Millis(static_cast<int64_t>(seconds * 1e3)); };
  HttpLimits limits;
  limits.body_bytes = size_t{options.max_body_mib} << 20;
  limits.connections = options.max_connections;
  limits.header_timeout = millis(options.header_timeout);
  limits.request_timeout = millis(options.request_timeout);
  limits.idle_timeout = millis(options.idle_timeout);
  limits.write_timeout = millis(options.write_timeout);
  limits.drain_timeout = millis(options.drain_timeout);
  return limits;
}

Result<std::unique_ptr<HttpServer>> StartServer(const std::string& address, const ServeOptions& options,
                                                HttpHandler& handler, const Clock& clock) {
  HttpOptions http;
  http.limits = LimitsOf(options);
  http.listen = address;
  http.threads = static_cast<int>(ThreadsOf(options.threads));
  http.clock = [&clock] { return clock.Now(); };
  return HttpServer::Start(http, handler);
}

Site::Files SiteFilesOf(const std::string& folder) {
  if (!folder.empty()) {
    return [folder](std::string_view path) -> std::optional<std::string> {
      std::ifstream file(folder + "/" + std::string(path), std::ios::binary);
      if (!file) return std::nullopt;
      return std::string(std::istreambuf_iterator<char>(file), {});
    };
  }
  return [](std::string_view path) -> std::optional<std::string> {
    const std::span<const EmbeddedFile> files = SiteFiles();
    const auto found = std::find_if(files.begin(), files.end(), [&](const auto& file) { return file.path == path; });
    if (found == files.end()) return std::nullopt;
    return std::string(found->content);
  };
}

}  // namespace adirect
