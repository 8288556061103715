#include "adirect/cassandra/reads.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace adirect {

struct Reads::State : std::enable_shared_from_this<State> {
  struct Read {
    const CassandraStatement* statement;
    std::string values;
    std::string cells;
  };

  // `read` is not moved by others.
  void Ask(CassandraClient& client, Read& read, std::string_view page);
  void Take(CassandraClient& client, Read& read, const Result<CassandraPage>& page);

  std::mutex mutex;  // guards all below
  std::condition_variable ends;
  std::deque<Read> reads;
  size_t left = 0;
  bool given_up = false;
  Status status;  // of the first that failed
};

void Reads::State::Ask(CassandraClient& client, Read& read, std::string_view page) {
  client.Execute({read.statement, read.values}, page,
                 [self = shared_from_this(), &client, &read](const Result<CassandraPage>& answer) {
                   self->Take(client, read, answer);
                 });
}

void Reads::State::Take(CassandraClient& client, Read& read, const Result<CassandraPage>& page) {
  bool goes_on = false;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (page.ok()) {
      read.cells += page->cells;
      goes_on = !page->next_page.empty() && !given_up;
    } else if (status.ok()) {
      status = page.status();
    }
    if (!goes_on && --left == 0) ends.notify_one();
  }
  if (goes_on) Ask(client, read, page->next_page);
}

Reads::Reads(const Asking& asking) : asking_(asking), state_(std::make_shared<State>()) {}

Reads::~Reads() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->given_up = true;
}

size_t Reads::Start(ReadText text, std::string_view values) {
  State::Read* read = nullptr;
  size_t number = 0;
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    number = state_->reads.size();
    read = &state_->reads.emplace_back(State::Read{&asking_.keyspace.statements[text], std::string(values), {}});
    ++state_->left;
  }
  ++asking_.counts.reads;
  state_->Ask(*asking_.keyspace.client, *read, {});
  return number;
}

Status Reads::Wait() {
  const auto begun = std::chrono::steady_clock::now();
  std::unique_lock<std::mutex> lock(state_->mutex);
  const bool came = state_->ends.wait_until(lock, asking_.came + Asking::kLongest, [&] { return state_->left == 0; });
  asking_.counts.seconds.Add(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  if (came && state_->status.ok()) return {};
  ++asking_.counts.failures;
  state_->given_up = true;
  const std::string place = asking_.keyspace.client->address().place();
  if (!came) return Unavailable(place + " has not answered for 5 s; try again");
  return Unavailable(place + ": " + state_->status.message());
}

std::string_view Reads::cells(size_t read) const { return state_->reads[read].cells; }

}  // namespace adirect
