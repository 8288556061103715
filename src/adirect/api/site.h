// Site: the pages in the browser, as files that a build of web/ made. They need no key; what they show they ask of the
// API. Every page is the same index.html, which looks at its address itself.
//
//   Site site([](std::string_view path) -> std::optional<std::string> { … });
//   site.AddTo(router);
//
// Pages: / /searches /user /user/{id} /user/{id}/{category} /products /products/{category} /audience /policies /quality
// /sign-in. The addresses of 2017 lead there: /index /searchestable /querysearches /queryuser /queryproduct. A browser
// that asks for anything else is answered 404 with the page.
//
// Every file has an ETag by its content and goes packed by gzip to who accepts it. Names below assets/ are by content
// too: they may be kept for ever. The page may load nothing but what this server has, and no script or style of its
// own.
//
// Threads: read only once it is made; `files` is called by several at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "adirect/api/router.h"

namespace adirect {

class Site {
 public:
  // A file's bytes by its path below the root of the site: "index.html", or "index.html.gz" for the same packed, which
  // need not be there. Never asked for a path that leaves the root.
  using Files = std::function<std::optional<std::string>(std::string_view path)>;

  explicit Site(Files files) : files_(std::move(files)) {}
  void AddTo(Router& router) const;

 private:
  void Send(std::string_view path, const Request& request, Response& response) const;
  void SendPage(const Request& request, Response& response) const;

  Files files_;
};

}  // namespace adirect
