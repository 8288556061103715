// For tests of the generator: its events with texts of their own, and texts in memory.
#pragma once

#include <string>
#include <vector>

#include "adirect/base/check.h"
#include "adirect/pipeline/ports.h"
#include "adirect/sources/generator.h"

namespace adirect {

struct MadeEvent {
  EventType type;
  Timestamp time;
  std::string user;
  std::string name;
  std::string category;
  std::string product;
  std::string order;
  std::string event_id;
  std::string region;
  uint64_t identity;
};

inline std::vector<MadeEvent> MakeAll(const GeneratorSettings& settings) {
  const Result<Generator> generator = Generator::Make(settings);
  ADIRECT_CHECK(generator.ok(), generator.status().message());
  std::vector<MadeEvent> all;
  GeneratorStream stream(*generator);
  EventBatch batch;
  while (stream.Read(batch)) {
    for (const Event& e : batch.events()) {
      all.push_back({e.type, e.time, std::string(e.user_id), std::string(e.user_name), std::string(e.category_id),
                     std::string(e.product_id), std::string(e.order_id), std::string(e.event_id), std::string(e.region),
                     e.identity});
    }
  }
  return all;
}

inline bool InTimeOrder(const std::vector<MadeEvent>& events) {
  for (size_t i = 1; i < events.size(); ++i) {
    if (events[i].time < events[i - 1].time) return false;
  }
  return true;
}

class TextInMemory : public TextSink {
 public:
  Status Write(std::string_view text) override {
    text_ += text;
    return {};
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace adirect
