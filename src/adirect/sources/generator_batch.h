// EventBatch: a handful of events with the room for their texts, used again and again.
//
// A world fills it, a reader looks at events(); the views in them end with the next Clear. Nothing
// is allocated after the batch is made.
//
// Threads: one.
#pragma once

#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "adirect/model/event.h"

namespace adirect {

class EventBatch {
 public:
  static constexpr size_t kCapacity = 128;
  static constexpr size_t kTextBytes = 128;  // the most that the texts of an event take

  EventBatch() : content_(std::make_unique<Content>()) {}

  std::span<const Event> events() const { return {content_->events.data(), size_}; }
  size_t free() const { return kCapacity - size_; }

  void Clear() { size_ = 0; }

  // A blank event; the texts of the one before it are complete. free() > 0.
  Event& Add() {
    text_ = content_->texts.data() + size_ * kTextBytes;
    return content_->events[size_++] = Event();
  }

  // Writes texts of the event added last, one after the other, at most kTextBytes in all.
  char* room() { return text_; }
  void Use(size_t bytes) { text_ += bytes; }

  // `prefix` with the number in decimal digits behind it.
  std::string_view Write(std::string_view prefix, uint64_t number) {
    std::memcpy(text_, prefix.data(), prefix.size());
    return Written(std::to_chars(text_ + prefix.size(), text_ + kTextBytes, number).ptr);
  }

  // All 16 hexadecimal digits of the number behind `prefix`.
  std::string_view WriteHex(std::string_view prefix, uint64_t number) {
    std::memcpy(text_, prefix.data(), prefix.size());
    char* at = text_ + prefix.size();
    for (int shift = 60; shift >= 0; shift -= 4) *at++ = "0123456789abcdef"[number >> shift & 15];
    return Written(at);
  }

 private:
  struct Content {
    std::array<Event, kCapacity> events;
    std::array<char, kCapacity * kTextBytes> texts;
  };

  std::string_view Written(char* end) {
    const std::string_view text(text_, static_cast<size_t>(end - text_));
    text_ = end;
    return text;
  }

  std::unique_ptr<Content> content_;
  size_t size_ = 0;
  char* text_ = nullptr;
};

}  // namespace adirect
