#include "adirect/hdfs/http.h"

#include <curl/curl.h>

#include <mutex>

namespace adirect {

struct Http::State {
  CURL* curl = nullptr;
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = {};
  // Of the call at hand.
  const Request* request = nullptr;
  Answer answer;
  Status taken;

  ~State() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }

  static size_t OnBody(char* data, size_t, size_t size, void* state) {
    return static_cast<State*>(state)->Take({data, size});
  }

  size_t Take(std::string_view piece) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    if (request->take && answer.status == 200) {
      taken = request->take(piece);
    } else if (answer.body.size() + piece.size() > kMaxBodyBytes) {
      taken = Exhausted("an answer of more than " + std::to_string(kMaxBodyBytes >> 20) + " MiB");
    } else {
      answer.body += piece;
    }
    return taken.ok() ? piece.size() : 0;  // fewer bytes than there are end the call
  }
};

Http::Http(std::unique_ptr<State> state) : state_(std::move(state)) {}

Http::~Http() = default;

Result<std::unique_ptr<Http>> Http::Make(const HttpTimeouts& timeouts) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_ALL); });
  auto state = std::make_unique<State>();
  state->curl = curl_easy_init();
  if (state->curl == nullptr) return Exhausted("libcurl gets no memory");
  state->headers = curl_slist_append(state->headers, "Expect:");
  state->headers = curl_slist_append(state->headers, "Content-Type: application/octet-stream");
  CURL* const curl = state->curl;
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, state->headers);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, state->error);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &State::OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, state.get());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(timeouts.connect.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(timeouts.progress.count()));
  return std::unique_ptr<Http>(new Http(std::move(state)));
}

Result<Http::Answer> Http::Send(const Request& request) {
  State& state = *state_;
  state.request = &request;
  state.answer = {};
  state.taken = {};
  state.error[0] = 0;
  const bool put = request.method == std::string_view("PUT");
  curl_easy_setopt(state.curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(state.curl, CURLOPT_HTTPGET, 1L);
  if (put) {
    curl_easy_setopt(state.curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    curl_easy_setopt(state.curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(state.curl, CURLOPT_CUSTOMREQUEST, request.method);
  const CURLcode done = curl_easy_perform(state.curl);
  if (!state.taken.ok()) return state.taken;
  if (done == CURLE_URL_MALFORMAT || done == CURLE_UNSUPPORTED_PROTOCOL) {
    return InvalidArgument(state.error[0] != 0 ? state.error : curl_easy_strerror(done));
  }
  if (done != CURLE_OK) return Unavailable(state.error[0] != 0 ? state.error : curl_easy_strerror(done));
  curl_easy_getinfo(state.curl, CURLINFO_RESPONSE_CODE, &state.answer.status);
  const char* location = nullptr;
  curl_easy_getinfo(state.curl, CURLINFO_REDIRECT_URL, &location);
  if (location != nullptr) state.answer.location = location;
  return std::move(state.answer);
}

std::string UrlEscaped(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

}  // namespace adirect
