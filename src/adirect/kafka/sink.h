// KafkaSink: lines of text to a topic, a message each.
//
//   Result<std::unique_ptr<KafkaSink>> sink = KafkaSink::Open(*ParseTopicAddress(url), SeedFormat());
//   (*sink)->Write("2017-02-01 23:35:10,craig198,49723,11100042,1,search\n");
//   (*sink)->Sync();       // all of it is acknowledged by all replicas, each line once, or why not
//
// A message's key is its shopper's id, so that one shopper's events stay in one partition, in their order; lines that
// are no events of the format have no key.
//
// Memory: kafka/producer.h. Write waits for room. A message that is not acknowledged within kDeliveredWithinMs has
// failed, and all that comes after it.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adirect/codec/decoder.h"
#include "adirect/codec/format.h"
#include "adirect/kafka/producer.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

class KafkaSink : public TextSink {
 public:
  static constexpr size_t kDecodedBytes = size_t{256} << 10;  // at once, for the keys

  // Connects in the background. InvalidArgument: a setting is wrong, or a format that needs a header.
  static Result<std::unique_ptr<KafkaSink>> Open(const TopicAddress& address, const Format& format);

  // Whole lines. Unavailable, with why, where a message of before was not delivered.
  Status Write(std::string_view text) override;
  Status Sync() override;

  // Messages that were acknowledged.
  uint64_t delivered() const { return producer_->delivered(); }

 private:
  class Lines;

  KafkaSink() = default;

  std::unique_ptr<KafkaProducer> producer_;
  std::unique_ptr<Decoder> decoder_;
  DecodeScratch scratch_;
  std::string padded_;
};

}  // namespace adirect
