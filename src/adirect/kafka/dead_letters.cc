#include "adirect/kafka/dead_letters.h"

#include <algorithm>

#include "adirect/pipeline/quarantine.h"

namespace adirect {

Result<std::unique_ptr<KafkaDeadLetters>> KafkaDeadLetters::Open(TopicAddress address) {
  address.topic = address.dead_letters;
  std::unique_ptr<KafkaDeadLetters> letters(new KafkaDeadLetters);
  Result<std::unique_ptr<KafkaProducer>> producer =
      KafkaProducer::Make(address, KafkaProducer::Undelivered::kIsSentAgain);
  if (!producer.ok()) return producer.status();
  letters->producer_ = *std::move(producer);
  return letters;
}

Status KafkaDeadLetters::Write(std::string_view records) {
  if (records.empty()) return {};
  ADIRECT_RETURN_IF_ERROR(producer_->WaitForRoom(records.size(), kRoomWithin));
  while (!records.empty()) {
    const std::string_view record = records.substr(0, records.find('\n'));
    records.remove_prefix(std::min(records.size(), record.size() + 1));
    ADIRECT_RETURN_IF_ERROR(Send(record));
  }
  return {};
}

Status KafkaDeadLetters::Send(std::string_view record) {
  QuarantineRecord long_one;
  if (record.size() <= kMostRecordBytes || !reader_.Read(record, long_one).ok()) return producer_->Send({}, record);
  std::string cut;
  AppendCutRecord(long_one.source, long_one.position, long_one.reason, long_one.raw, cut);
  cut.pop_back();  // its line end
  return producer_->Send({}, cut);
}

Status KafkaDeadLetters::Sync() { return producer_->Deliver(kDeliveredWithin); }

}  // namespace adirect
