// A name node and its data node in one, for tests: what they say over HTTP, files in memory, and answers that get lost.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adirect/base/url.h"

namespace adirect {

class FakeHdfs {
 public:
  struct Reply {
    int status = 200;
    std::string body = {};
    std::string location = {};
  };

  FakeHdfs() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    listen(listener_, 16);
    port_ = std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Run(); });
  }
  ~FakeHdfs() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  std::string url(const std::string& folder = "/web logs/x") const { return "webhdfs://127.0.0.1:" + port_ + folder; }

  std::map<std::string, std::string> files;  // by their whole path
  std::vector<std::string> asked;            // operations, a data node's with a * behind
  // What an operation answers instead of its own, if it says so; asked before the operation is done.
  std::function<std::optional<Reply>(const std::string& operation)> instead;
  // Whether the answer of an operation that was done is lost.
  std::function<bool(const std::string& operation)> lose;

  static Reply Exception(int status, const std::string& name, const std::string& message) {
    return {status, R"({"RemoteException":{"exception":")" + name + R"(","javaClassName":"x","message":")" + message +
                        R"("}})"};
  }

 private:
  struct Request {
    std::string method;
    std::string target;
    std::string body;
  };

  void Run() {
    while (!stopping_) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      Request request;
      if (Receive(fd, request)) Serve(fd, request);
      close(fd);
    }
  }

  static bool Receive(int fd, Request& request) {
    std::string text;
    size_t head = std::string::npos;
    size_t wanted = 0;
    char piece[1 << 16];
    while (head == std::string::npos || text.size() < head + 4 + wanted) {
      const ssize_t got = recv(fd, piece, sizeof piece, 0);
      if (got <= 0) return false;
      text.append(piece, static_cast<size_t>(got));
      if (head != std::string::npos) continue;
      head = text.find("\r\n\r\n");
      const size_t length = text.find("Content-Length: ");
      if (length < head) wanted = std::stoul(text.substr(length + 16));
    }
    const size_t space = text.find(' ');
    request.method = text.substr(0, space);
    request.target = text.substr(space + 1, text.find(' ', space + 1) - space - 1);
    request.body = text.substr(head + 4);
    return true;
  }

  void Serve(int fd, const Request& request) {
    const Url url = *ParseUrl("http://x" + request.target);
    std::map<std::string, std::string> query(url.query.begin(), url.query.end());
    const std::string operation = query["op"] + (query.contains("datanode") ? "*" : "");
    asked.push_back(operation);
    std::optional<Reply> reply = instead ? instead(operation) : std::nullopt;
    if (!reply) {
      reply = Do(operation, url.path.substr(std::string("/webhdfs/v1").size()), query, request);
      if (lose && lose(operation)) return;
    }
    std::string text = "HTTP/1.1 " + std::to_string(reply->status) +
                       " x\r\nConnection: close\r\nContent-Length: " + std::to_string(reply->body.size()) + "\r\n";
    if (!reply->location.empty()) text += "Location: " + reply->location + "\r\n";
    text += "\r\n" + reply->body;
    for (size_t sent = 0; sent < text.size();) {
      const ssize_t more = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (more <= 0) return;
      sent += static_cast<size_t>(more);
    }
    char rest = 0;
    shutdown(fd, SHUT_WR);
    while (recv(fd, &rest, 1, 0) > 0) {
    }
  }

  Reply Do(const std::string& operation, const std::string& path, std::map<std::string, std::string>& query,
           const Request& request) {
    if (operation == "CREATE" || operation == "OPEN") {
      if (operation == "OPEN" && !files.contains(path)) return NotThere();
      return {307, "", "http://127.0.0.1:" + port_ + request.target + "&datanode=1"};
    }
    if (operation == "CREATE*") {
      files[path] = request.body;
      return {201};
    }
    if (operation == "OPEN*") return files.contains(path) ? Reply{200, files[path]} : NotThere();
    if (operation == "LISTSTATUS") return List(path);
    if (operation == "DELETE") return {200, files.erase(path) > 0 ? R"({"boolean":true})" : R"({"boolean":false})"};
    if (operation == "RENAME") return Rename(path, query["destination"]);
    if (!files.contains(path)) return NotThere();
    return {200, R"({"FileStatus":{"length":)" + std::to_string(files[path].size()) + R"(,"type":"FILE"}})"};
  }

  static Reply NotThere() { return Exception(404, "FileNotFoundException", "File does not exist"); }

  Reply Rename(const std::string& from, const std::string& to) {
    if (files.contains(to) || !files.contains(from)) return {200, R"({"boolean":false})"};
    files[to] = files[from];
    files.erase(from);
    return {200, R"({"boolean":true})"};
  }

  Reply List(const std::string& folder) {
    const std::string front = folder.ends_with('/') ? folder : folder + '/';
    std::map<std::string, std::string> entries;
    for (const auto& [path, content] : files) {
      if (!path.starts_with(front)) continue;
      const std::string rest = path.substr(front.size());
      const size_t slash = rest.find('/');
      const bool is_folder = slash != std::string::npos;
      entries[rest.substr(0, slash)] = R"({"pathSuffix":")" + rest.substr(0, slash) + R"(","length":)" +
                                       std::to_string(is_folder ? 0 : content.size()) + R"(,"type":")" +
                                       (is_folder ? "DIRECTORY" : "FILE") + R"("})";
    }
    if (entries.empty()) return NotThere();
    std::string list;
    for (const auto& [name, entry] : entries) list += (list.empty() ? "" : ",") + entry;
    return {200, R"({"FileStatuses":{"FileStatus":[)" + list + "]}}"};
  }

  int listener_ = -1;
  std::string port_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace adirect
