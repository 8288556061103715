#include "adirect/api/kept_request.h"

namespace adirect {

KeptRequest::KeptRequest(const Request& request, std::span<const std::string_view> parameters) {
  texts_.reserve(parameters.size() + 2 * request.query.size());  // so that no text moves
  const auto keep = [this](std::string_view text) -> std::string_view { return texts_.emplace_back(text); };
  for (const std::string_view parameter : parameters) parameters_.push_back(keep(parameter));
  for (const HttpField& field : request.query) query_.push_back({keep(field.name), keep(field.value)});
  request_.method = request.method;
  request_.query = query_;
}

}  // namespace adirect
