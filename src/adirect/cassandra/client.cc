#include "adirect/cassandra/client.h"

#include <future>
#include <vector>

#include "adirect/cassandra/cql_abi.h"

namespace adirect {
namespace {

AdirectCqlBytes BytesOf(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

std::string_view ViewOf(AdirectCqlBytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

Status StatusOf(const AdirectCqlAnswer& answer) {
  std::string message(ViewOf(answer.message));
  switch (answer.code) {
    case kCqlOk:
      return {};
    case kCqlUnavailable:
      return Unavailable(std::move(message));
    case kCqlDenied:
      return InvalidArgument("access is denied: " + message + "; check user and password, and their rights");
    case kCqlInvalid:
      return InvalidArgument(std::move(message));
    default:
      return Internal(std::move(message));
  }
}

void TakeStatus(void* context, const AdirectCqlAnswer* answer) { *static_cast<Status*>(context) = StatusOf(*answer); }

// What an asynchronous call carries through the interface.
struct Waiting {
  CassandraClient::Done done;
};

void End(void* context, const AdirectCqlAnswer* answer) {
  const std::unique_ptr<Waiting> waiting(static_cast<Waiting*>(context));
  const Status status = StatusOf(*answer);
  if (!status.ok()) return waiting->done(status);
  waiting->done(CassandraPage{answer->rows, ViewOf(answer->cells), ViewOf(answer->next_page)});
}

AdirectCqlBound Pass(const BoundStatement& bound) { return {bound.statement->get(), BytesOf(bound.values)}; }

}  // namespace

void CassandraStatement::Forget::operator()(AdirectCqlStatement* statement) const { adirect_cql_forget(statement); }

Result<std::unique_ptr<CassandraClient>> CassandraClient::Connect(const KeyspaceAddress& address) {
  std::unique_ptr<CassandraClient> client(new CassandraClient(address));
  const AdirectCqlOptions options = {BytesOf(address.hosts),
                                     BytesOf(address.user),
                                     BytesOf(address.password),
                                     BytesOf(address.datacenter),
                                     address.consistency,
                                     static_cast<uint32_t>(address.connect_timeout.millis()),
                                     static_cast<uint32_t>(address.request_timeout.millis())};
  Status status;
  client->session_ = adirect_cql_connect(&options, TakeStatus, &status);
  if (client->session_ == nullptr) return status.Within(address.place());
  return client;
}

CassandraClient::~CassandraClient() { adirect_cql_close(session_); }

Result<CassandraStatement> CassandraClient::Prepare(std::string_view text, uint32_t page_rows) {
  Status status;
  AdirectCqlStatement* const statement = adirect_cql_prepare(session_, BytesOf(text), page_rows, TakeStatus, &status);
  if (statement == nullptr) return status.Within(address_.place());
  return CassandraStatement(statement);
}

Result<std::string> CassandraClient::Query(std::string_view text) {
  std::promise<Result<std::string>> answered;
  const auto take = [&](const Result<CassandraPage>& page) {
    answered.set_value(page.ok() ? Result<std::string>(std::string(page->cells)) : page.status());
  };
  adirect_cql_query(session_, BytesOf(text), End, std::make_unique<Waiting>(take).release());
  Result<std::string> answer = answered.get_future().get();
  if (!answer.ok()) return answer.status().Within(address_.place());
  return answer;
}

void CassandraClient::Execute(const BoundStatement& bound, std::string_view page, Done done) {
  adirect_cql_execute(session_, Pass(bound), BytesOf(page), End, std::make_unique<Waiting>(std::move(done)).release());
}

void CassandraClient::Batch(std::span<const BoundStatement> bound, Done done) {
  std::vector<AdirectCqlBound> passed;
  passed.reserve(bound.size());
  for (const BoundStatement& one : bound) passed.push_back(Pass(one));
  adirect_cql_batch(session_, passed.data(), passed.size(), End, std::make_unique<Waiting>(std::move(done)).release());
}

}  // namespace adirect
