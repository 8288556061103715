"""The streaming job: a Kafka topic to the tables of docs/cassandra.md, with adirect's core in every task.

    from adirect_spark import stream

    job = stream.Job(kafka="127.0.0.1:9092", topic="web_activity1", format="seed", checkpoint="…",
                     cassandra="cassandra://127.0.0.1:9042/advertise", policies=[Policy.load("default")])
    stream.start(spark, job).awaitTermination()

Of each micro-batch the tasks read their messages through the door and upsert the rows of what passes. Rows are written at
their events' times, so Cassandra itself is the join: late, repeated or read again after a crash, an event changes nothing
twice, and a purchase suppresses from the moment its row is there. The job keeps the purchases and refunds alone, as a state
of the core, for what is popular: each micro-batch's part is saved beside the checkpoint before it counts as done.
"""
import argparse
import dataclasses
import json
import re
import sys
import time
import tomllib
from collections.abc import Iterator
from typing import Optional

import pyarrow as pa
import pyarrow.compute as pc
from adirect import Error, Format, Policy, Reader, State
from adirect_spark import batch
from adirect_spark.cassandra import DAY_MS, Address, Tables, tables_of
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

REPORT = "state binary, categories array<string>, reason string, record string"
SPARE_RANKS = 100  # beyond what policies ask for: a reader leaves out what a shopper has bought
PARTS_AT_MOST = 200  # saved, before they become one


@dataclasses.dataclass(frozen=True)
class Job:
    """What is asked. `cassandra` None: events are folded and nothing is written, to see how fast that is."""

    kafka: str
    topic: str
    checkpoint: str
    policies: list[Policy]
    cassandra: Optional[str] = None
    format: str = "adirect"
    retention_days: int = 400
    max_searches: int = 32
    events_at_once: int = 1_000_000  # of a micro-batch
    quarantine: Optional[str] = None  # a folder for the rows that cannot be events; None: they are counted only


def start(spark: SparkSession, job: Job, **trigger) -> StreamingQuery:
    """The query, running. `trigger` is as of DataStreamWriter.trigger; without it micro-batches follow each other. Raises
    adirect.Error for what is wrong with format, policies, address or keyspace, before it starts."""
    for name, setting in batch.SETTINGS.items():
        spark.conf.set(name, setting)
    driver = Driver(spark, job)
    records = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", job.kafka).option("subscribe", job.topic)
               .option("startingOffsets", "earliest").option("maxOffsetsPerTrigger", job.events_at_once).load())
    writer = records.select("partition", "offset", F.unix_millis("timestamp").alias("arrival_ms"),
                            F.coalesce("value", F.lit(b"")).alias("value")).writeStream
    if trigger:
        writer = writer.trigger(**trigger)
    return writer.option("checkpointLocation", f"{job.checkpoint}/spark").foreachBatch(driver).start()


# ---- what runs in tasks


@dataclasses.dataclass(frozen=True)
class Upsert:
    """Messages to rows; what it tells of them: the purchases as a state, the categories, the refused rows, the counts."""

    job: Job
    format: Format

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        tables = tables_of(self.job.cassandra, self.job.retention_days) if self.job.cassandra else None
        state, readers, categories = State(self.job.max_searches), {}, set()
        for records in batches:
            for partition, rows in _by_partition(records):
                reader = readers.get(partition) or readers.setdefault(partition, self._reader(state, partition))
                reader.records(rows)
                if tables:
                    events = reader.accepted().read_all()
                    tables.put_events(events)
                    categories.update(events["category_id"].unique().to_pylist())
        yield from map(_state, state.buckets())
        for reader in readers.values():
            yield from map(_refused, reader.refused())
            yield _counted(reader, sorted(categories - {""}))

    def _reader(self, state: State, partition: int) -> Reader:
        return Reader(state, self.format, f"{self.job.topic}/{partition}", may_erase=False,
                      gives_events=self.job.cassandra is not None, skips_searches=self.job.cassandra is not None)

    def check(self) -> None:
        self._reader(State(self.job.max_searches), 0)


def _by_partition(records: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    partitions = records["partition"]
    for partition in partitions.unique().to_pylist():
        yield partition, records.filter(pc.equal(partitions, partition))


def _report(rows: int, **columns) -> pa.RecordBatch:
    types = {"state": pa.binary(), "categories": pa.list_(pa.string()), "reason": pa.string(), "record": pa.string()}
    return pa.record_batch([pa.array(columns[name], kind) if isinstance(columns.get(name), list) else
                            columns.get(name, pa.nulls(rows, kind)) for name, kind in types.items()], names=list(types))


def _state(rows: pa.RecordBatch) -> pa.RecordBatch:
    return _report(rows.num_rows, state=rows["state"])


def _refused(rows: pa.RecordBatch) -> pa.RecordBatch:
    return _report(rows.num_rows, reason=rows["reason"], record=rows["record"])


def _counted(reader: Reader, categories: list[str]) -> pa.RecordBatch:
    counts = {name: getattr(reader.counts, name) for name in batch.COUNTS} | {"newest_event_ms": reader.counts.newest_ms}
    return _report(1, categories=[categories], record=[json.dumps(counts)])


# ---- the driver


class Driver:
    """What is done with each micro-batch, one after another."""

    def __init__(self, spark: SparkSession, job: Job):
        self.task = Upsert(job, Format.load(job.format, "ndjson"))
        self.task.check()
        self.job, self.parts = job, Parts(spark, f"{job.checkpoint}/adirect")
        self.lists = Lists(job, self.parts.load(State(job.max_searches, job.retention_days))) if job.cassandra else None

    def __call__(self, records: DataFrame, batch_id: int) -> None:
        reports = records.mapInArrow(self.task, REPORT).collect()
        counts = [json.loads(row.record) for row in reports if row.categories is not None]
        if self.job.quarantine and any(row.reason for row in reports):
            refused = [(row.record,) for row in reports if row.reason]
            records.sparkSession.createDataFrame(refused, "record string").write.mode("overwrite").text(
                f"{self.job.quarantine}/batch-{batch_id}")
        if self.lists is None:
            return
        part = State(self.job.max_searches)
        for row in reports:
            if row.state is not None:
                part.merge(row.state)
        self.lists.take(part, {category for row in reports for category in row.categories or ()},
                        max((count["newest_event_ms"] for count in counts), default=None))
        if any(row.state is not None for row in reports):
            self.parts.add(batch_id, part, self.lists.state)


class Lists:
    """What is made of all shoppers together: popular products, categories, policies, and how far everything is."""

    def __init__(self, job: Job, state: State):
        self.state, self._job, self._tables = state, job, Tables(Address.parse(job.cassandra))
        self._windows = _windows(job.policies)
        self._known, self._put, self._newest_ms, self._day = set(), {}, -1, -1
        for policy in job.policies:
            state.popular(policy)  # refuses one that asks for more than the state keeps
        self._tables.put_policies((policy.name, policy.version, str(policy)) for policy in job.policies)
        retention = f"{job.retention_days}d" if job.retention_days else "forever"
        self._tables.put_meta(max_searches=str(job.max_searches), retention=retention)

    def take(self, part: State, categories: set[str], newest_ms: Optional[int]) -> None:
        """One micro-batch's purchases, categories and newest event; all rows of it are written already."""
        until_ms = time.time_ns() // 1_000_000
        for rows in part.buckets():
            for state in rows["state"]:
                self.state.merge(state.as_buffer())
        self._tables.put_categories(sorted(categories - self._known))
        self._known |= categories
        self._newest_ms = max(self._newest_ms, newest_ms if newest_ms is not None else -1)
        now_ms = max(until_ms, self._newest_ms)
        if part.newest_ms is not None or now_ms // DAY_MS != self._day:
            self._put_popular(now_ms)
            self._day = now_ms // DAY_MS
        told = {"published_until": _rfc3339(until_ms)}
        if self._newest_ms >= 0:
            told["newest_event"] = _rfc3339(self._newest_ms)
        self._tables.put_meta(**told)

    def _put_popular(self, now_ms: int) -> None:
        """The lists that have changed since they were put, each whole."""
        for (days, ranks), policy in self._windows.items():
            lists = dict.fromkeys((key for key in self._put if key[1] == days), ())
            for row in self.state.popular(policy, now_ms).to_pylist():
                if row["rank"] <= ranks:
                    key = row["category_id"], days
                    lists[key] = *lists.get(key, ()), (row["product_id"], row["purchases"])
            for key, products in lists.items():
                if self._put.get(key) != (now_ms // DAY_MS, products):
                    self._tables.put_popular(*key, now_ms // DAY_MS, list(products))
                    self._put[key] = now_ms // DAY_MS, products


def _windows(policies: list[Policy]) -> dict[tuple[int, int], Policy]:
    """(days, ranks) of the lists that policies ask for, each with one that asks for that window; 0 days is for ever."""
    most, asks = {}, {}
    for policy in policies:
        products = tomllib.loads(str(policy))["products"]
        days = int(re.sub(r"\D", "", products["popular_window"]) or 0)
        most[days] = max(most.get(days, 0), products["popular"] + SPARE_RANKS)
        asks[days] = policy
    return {(days, ranks): asks[days] for days, ranks in most.items()}


def _rfc3339(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"


class Parts:
    """The purchases of each micro-batch as a state's bytes, each a file that is renamed when it is whole; merged at a start.

    A part that is there already is written again with the same content: merging it twice changes nothing.
    """

    def __init__(self, spark: SparkSession, folder: str):
        self._fs = spark._jvm.org.apache.hadoop.fs
        self._folder = self._fs.Path(folder)
        self._files = self._folder.getFileSystem(spark._jsc.hadoopConfiguration())
        self._files.mkdirs(self._folder)

    def _names(self) -> list[str]:
        names = [file.getPath().getName() for file in self._files.listStatus(self._folder)]
        return sorted(name for name in names if not name.startswith("_"))

    def load(self, state: State) -> State:
        """The state, with all parts merged into it."""
        for name in self._names():
            stream = self._files.open(self._fs.Path(self._folder, name))
            try:
                for saved in _unframed(bytes(stream.readAllBytes())):
                    state.merge(saved)
            finally:
                stream.close()
        return state

    def add(self, batch_id: int, part: State, whole: State) -> None:
        """Saves the part; where there are many already, the whole in place of all."""
        before = self._names()
        if len(before) < PARTS_AT_MOST:
            return self._write(f"{batch_id:020d}-part", part)
        name = f"{batch_id:020d}-whole"
        self._write(name, whole)
        for other in set(before) - {name}:
            self._files.delete(self._fs.Path(self._folder, other), False)
        return None

    def _write(self, name: str, state: State) -> None:
        unfinished, finished = self._fs.Path(self._folder, f"_{name}"), self._fs.Path(self._folder, name)
        stream = self._files.create(unfinished, True)
        try:
            for rows in state.buckets():
                for saved in rows["state"]:
                    stream.write(_framed(saved.as_py()))
        finally:
            stream.close()
        self._files.delete(finished, False)
        if not self._files.rename(unfinished, finished):
            raise Error(4, f"{finished.toString()} could not be written")


def _framed(state: bytes) -> bytes:
    return len(state).to_bytes(8, "little") + state


def _unframed(saved: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(saved):
        size = int.from_bytes(saved[at:at + 8], "little")
        yield saved[at + 8:at + 8 + size]
        at += 8 + size


def main(arguments: Optional[list[str]] = None) -> int:
    """spark/stream_adirect.py."""
    parser = argparse.ArgumentParser(description="A Kafka topic to adirect's tables in Cassandra, on Spark.")
    parser.add_argument("--kafka", required=True, metavar="HOST:PORT", help="brokers to begin with")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--format", default="adirect", help="adirect (NDJSON), seed, a name under formats/ or a file (adirect)")
    parser.add_argument("--policy", action="append", help="a name under policies/ or a file; may be given again (default)")
    parser.add_argument("--cassandra", required=True, metavar="URL", help="cassandra://HOST:PORT/KEYSPACE")
    parser.add_argument("--checkpoint", required=True, metavar="FOLDER", help="how far the topic was read, and what is bought")
    parser.add_argument("--quarantine", metavar="FOLDER", help="for the rows that cannot be events")
    parser.add_argument("--retention", type=int, default=400, metavar="DAYS", help="rows live so long (400; 0: for ever)")
    parser.add_argument("--max-searches", type=int, default=32, help="M, which readers are told (32)")
    parser.add_argument("--events-at-once", type=int, default=1_000_000, help="the most of a micro-batch (a million)")
    parser.add_argument("--once", action="store_true", help="end when all is read that was there at the start")
    asked = parser.parse_args(arguments)
    try:
        job = Job(asked.kafka, asked.topic, asked.checkpoint, [Policy.load(name) for name in asked.policy or ["default"]],
                  asked.cassandra, asked.format, asked.retention, asked.max_searches, asked.events_at_once, asked.quarantine)
        spark = SparkSession.builder.appName("stream_adirect").getOrCreate()
        query = start(spark, job, **({"availableNow": True} if asked.once else {}))
    except (Error, OSError) as error:
        print(f"stream_adirect: {error}", file=sys.stderr)
        return 2
    query.awaitTermination()
    return 0
