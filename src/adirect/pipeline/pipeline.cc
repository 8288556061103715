#include "adirect/pipeline/pipeline.h"

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adirect/pipeline/ordered.h"

namespace adirect {
namespace {

constexpr uint64_t kBlocksPerLook = 16;  // at the memory that the state takes

Status CheckMemory(const Shards& shards, uint64_t limit) {
  const uint64_t memory = shards.memory_bytes();
  if (memory <= limit) return {};
  return Exhausted("the state of what was read takes " + std::to_string(memory >> 20) +
                   " MiB, more than the budget of " + std::to_string(limit >> 20) + " MiB; raise --memory-limit");
}

}  // namespace

Result<DoorCounts> RunPipeline(Source& source, Shards& shards, TextSink& quarantine, const PipelineOptions& options) {
  Ordered<std::string> refused(
      [&](std::string& records) { return records.empty() ? Status() : quarantine.Write(records); });
  std::atomic<bool> failed = false;
  std::mutex mutex;
  DoorCounts total;

  const Status done = RunOnThreads(options.threads, [&](unsigned thread) -> Status {
    DecodeScratch scratch;
    FoldingDoor door(options.door, shards.dictionary(), shards.size());
    const auto loop = [&]() -> Status {
      for (SourceBlock block;;) {
        if (options.stop != nullptr && *options.stop) return Unavailable("cancelled");
        if (failed) return {};
        const Result<bool> more = source.Next(block);
        if (!more.ok()) return more.status();
        if (!*more) return {};

        const uint64_t rows_before = door.counts().rows;
        door.Open(block);
        block.decoder->Decode(block.block, scratch, door);
        door.Close();
        for (size_t i = 0; i < shards.size(); ++i) {
          const size_t shard = (i + thread * shards.size() / options.threads) % shards.size();
          shards.Fold(shard, door.rows(shard));
        }
        if (block.sequence % kBlocksPerLook == 0) ADIRECT_RETURN_IF_ERROR(CheckMemory(shards, options.memory_bytes));
        ADIRECT_RETURN_IF_ERROR(refused.Commit(block.sequence, std::move(door.refused())));
        if (options.progress != nullptr) options.progress->Add(door.counts().rows - rows_before, block.input_bytes);
      }
    };
    const Status status = loop();
    if (!status.ok()) {
      failed = true;
      refused.Fail(status);
    }
    const std::lock_guard<std::mutex> lock(mutex);
    total.Add(door.counts());
    return status;
  });
  if (!done.ok()) return done;
  ADIRECT_RETURN_IF_ERROR(CheckMemory(shards, options.memory_bytes));
  return total;
}

Status RunOnThreads(unsigned threads, const std::function<Status(unsigned)>& work) {
  ADIRECT_CHECK(threads > 0, threads);
  std::vector<Status> results(threads);
  std::vector<std::thread> running;
  for (unsigned i = 0; i + 1 < threads; ++i) {
    running.emplace_back([&, i] { results[i] = work(i); });
  }
  results[threads - 1] = work(threads - 1);
  for (std::thread& thread : running) thread.join();
  for (const Status& result : results) ADIRECT_RETURN_IF_ERROR(result);
  return {};
}

}  // namespace adirect
