#include "adirect/cassandra/writes.h"

#include <algorithm>

namespace adirect {
namespace {

// How many come together: one at least.
size_t CountOfBatch(std::span<const BoundStatement> bound, size_t statements) {
  size_t count = 0;
  for (size_t bytes = 0; count < std::min(bound.size(), statements); ++count) {
    bytes += bound[count].values.size();
    if (count > 0 && bytes > Writes::kBytesPerBatch) break;
  }
  return count;
}

}  // namespace

void Writes::Execute(const CassandraStatement& statement, std::string_view values) {
  const BoundStatement bound{&statement, values};
  Send({&bound, 1});
}

void Writes::Batch(std::span<const BoundStatement> bound, size_t statements) {
  while (!bound.empty()) {
    const size_t count = CountOfBatch(bound, statements);
    Send(bound.first(count));
    bound = bound.subspan(count);
  }
}

void Writes::Send(std::span<const BoundStatement> bound) {
  ++left_;
  const auto take = [self = shared_from_this()](const Result<CassandraPage>& page) { self->Finish(page.status()); };
  if (bound.size() == 1) {
    client_.Execute(bound.front(), take);
  } else {
    client_.Batch(bound, take);
  }
}

Writes::Done Writes::Also() {
  ++left_;
  return [self = shared_from_this()](const Status& status) { self->Finish(status); };
}

void Writes::Finish(const Status& status) {
  if (!status.ok()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (status_.ok()) status_ = status;
  }
  if (--left_ == 0) done_(status_);
}

void PartitionWrites::clear() {
  values_.clear();
  all_.clear();
}

std::string& PartitionWrites::Add(const CassandraStatement& statement) {
  all_.push_back({&statement, values_.size()});
  return values_;
}

void PartitionWrites::SendTo(Writes& writes, size_t statements) {
  bound_.clear();
  for (size_t i = 0; i < all_.size(); ++i) {
    const size_t end = i + 1 < all_.size() ? all_[i + 1].begin : values_.size();
    bound_.push_back({all_[i].statement, std::string_view(values_).substr(all_[i].begin, end - all_[i].begin)});
  }
  writes.Batch(bound_, statements);
}

}  // namespace adirect
