// PooledStream: a stream whose pieces take a while, made on threads that may wait. One piece is made while another is
// sent.
//
//   answer.SendStream(std::make_unique<PooledStream>(std::make_unique<AudienceStream>(…), pool));
//
// Threads: as BodyStream says; the inner stream is pulled by one thread of the pool at a time.
#pragma once

#include <memory>

#include "adirect/api/background.h"
#include "adirect/api/http.h"

namespace adirect {

class PooledStream : public BodyStream {
 public:
  // The inner stream neither waits nor uses its waker. The pool must outlive the stream.
  PooledStream(std::unique_ptr<BodyStream> inner, Background& pool);
  Next Pull(std::string& chunk, const Waker& waker) override;

 private:
  struct Piece;
  void Make(const Waker& waker);

  const std::shared_ptr<Piece> piece_;  // whoever makes it holds it, too
  Background& pool_;
};

}  // namespace adirect
