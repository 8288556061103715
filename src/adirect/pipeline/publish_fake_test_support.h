// A place to publish into, for tests: it answers at once, or fails, and keeps what was put.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adirect/pipeline/publish_target.h"
#include "adirect/pipeline/published_fake_test_support.h"

namespace adirect {

class FakeTarget : public PublishTarget {
 public:
  explicit FakeTarget(const Dictionary& dictionary) : tables(dictionary) {}

  Result<std::string> Begin(const Settings& settings) override {
    const std::lock_guard<std::mutex> lock(mutex);
    ++begun;
    told = settings;
    if (!fails.ok()) return fails;
    return place;
  }
  void PutShopper(const PublishedRows& rows, const Dictionary&, Timestamp, Done done) override {
    Answer(done, [&] {
      tables.Put(rows);
      ++shoppers[rows.user_id];
    });
  }
  void PutPopular(const PublishedPopular& put, Done done) override {
    Answer(done, [&] { popular[{put.category_id, put.window_days}] = put; });
  }
  void PutNewest(const PublishedNewest& put, Done done) override {
    Answer(done, [&] {
      std::vector<PublishedNewest::Search>& list = newest[put.category_id];
      if (put.whole) list.clear();
      for (const auto& gone : put.removed) std::erase(list, gone);
      list.insert(list.end(), put.added.begin(), put.added.end());
      std::ranges::sort(list, [](const auto& a, const auto& b) { return a.time > b.time; });
    });
  }
  void PutCategories(std::span<const PublishedCategory> put, Done done) override {
    Answer(done, [&] {
      for (const PublishedCategory& category : put) categories[category.category_id] = category.name;
    });
  }
  void PutProducts(std::span<const Product> put, Done done) override {
    Answer(done, [&] {
      for (const Product& product : put) products[std::string(product.product_id)] = product.title;
    });
  }
  void PutPolicies(std::span<const PublishedPolicy> put, Done done) override {
    Answer(done, [&] { policies = {put.begin(), put.end()}; });
  }
  void PutProgress(const PublishedProgress& put, Done done) override {
    Answer(done, [&] { progress = put; });
  }

  void Fail(const Status& status) {
    const std::lock_guard<std::mutex> lock(mutex);
    fails = status;
  }

  std::mutex mutex;  // guards all below
  Status fails;
  std::string place = "here";
  int begun = 0;
  int refused = 0;  // puts
  Settings told;
  FakeTables tables;
  std::map<std::string, int> shoppers;  // puts of each
  std::map<std::pair<std::string, int64_t>, PublishedPopular> popular;
  std::map<std::string, std::vector<PublishedNewest::Search>> newest;
  std::map<std::string, std::string> categories;
  std::map<std::string, std::string> products;
  std::vector<PublishedPolicy> policies;
  PublishedProgress progress;

 private:
  template <typename Take>
  void Answer(const Done& done, Take take) {
    Status status;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      status = fails;
      if (status.ok()) take();
      refused += status.ok() ? 0 : 1;
    }
    done(status);
  }
};

}  // namespace adirect
