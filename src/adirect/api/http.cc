#include "adirect/api/http.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "adirect/base/check.h"
#include "adirect/codec/text.h"

namespace adirect {

namespace {

constexpr std::array<std::string_view, 8> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "?"};

constexpr std::pair<int, std::string_view> kStatuses[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {507, "Insufficient Storage"},
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool EqualWithoutCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string Utf8(std::string_view text) {
  std::string out(text);
  if (!IsUtf8(text)) {
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  return out;
}

void AppendMember(std::string_view name, std::string_view text, std::string& out) {
  if (text.empty()) return;
  AppendJsonString(name, out);
  out += ':';
  AppendJsonString(Utf8(text), out);
  out += ',';
}

}  // namespace

std::string_view MethodName(Method method) { return kMethods[static_cast<size_t>(method)]; }

std::optional<std::string_view> Request::Query(std::string_view name) const {
  const auto found = std::find_if(query.begin(), query.end(), [&](const HttpField& f) { return f.name == name; });
  if (found == query.end()) return std::nullopt;
  return found->value;
}

std::optional<std::string_view> Request::Header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const HttpField& f) { return EqualWithoutCase(f.name, name); });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

void Response::AddHeader(std::string_view name, std::string_view value) {
  headers_ += name;
  headers_ += ": ";
  for (const char c : value) headers_ += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  headers_ += "\r\n";
}

void Response::Clear() {
  status = 200;
  body.clear();
  content_type_ = "application/json";
  headers_.clear();
}

Response Problem(int status, std::string_view title, std::string_view detail, std::string_view field) {
  Response response;
  response.status = status;
  response.SetContentType("application/problem+json");
  response.body = "{";
  AppendMember("title", title.empty() ? StatusText(status) : title, response.body);
  AppendMember("detail", detail, response.body);
  AppendMember("field", field, response.body);
  response.body += "\"status\":" + std::to_string(status) + "}\n";
  return response;
}

std::optional<uint32_t> ParseWhole(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void Refuse(Answer& answer, int status, std::string_view detail, std::string_view field) {
  answer.response() = Problem(status, {}, detail, field);
}

std::string_view StatusText(int status) {
  const auto* const found = std::find_if(std::begin(kStatuses), std::end(kStatuses),
                                         [&](const auto& entry) { return entry.first == status; });
  return found == std::end(kStatuses) ? "Unknown" : found->second;
}

Responder::~Responder() {
  if (remote_) Send(Problem(500, {}, "the server gave up this request without an answer; repeat it"));
}

void Responder::Send(Response response) {
  if (const std::shared_ptr<internal::Remote> remote = std::move(remote_)) remote->Send(std::move(response));
}

Responder Answer::Defer() {
  ADIRECT_CHECK(!deferred_, "a request has one answer");
  Responder responder(make_(connection_));
  deferred_ = true;
  return responder;
}

}  // namespace adirect
