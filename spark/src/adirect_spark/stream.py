"""The streaming job: a Kafka topic to the tables of docs/cassandra.md, with adirect's core in every task.

    from adirect_spark import stream

    job = stream.Job(kafka="127.0.0.1:9092", topic="web_activity1", format="seed", checkpoint="…",
                     cassandra="cassandra://127.0.0.1:9042/advertise", policies=[Policy.load("default")])
    stream.run(spark, job)

Of each micro-batch the tasks read their messages through the door and upsert the rows of what passes. Rows are written
at their events' times, so Cassandra itself is the join: late, repeated or read again after a crash, an event changes
nothing twice, and a purchase suppresses from the moment its row is there. The job keeps purchases and refunds alone,
as a state of the core, for what is popular: each micro-batch's part is saved beside the checkpoint before it counts as
done.
"""
import argparse
import collections
import dataclasses
import json
import sys
import threading
import time
from collections.abc import Iterator
from typing import Optional

import pyarrow as pa
import pyarrow.compute as pc
from adirect import Error, Format, Policy, Reader, State, to_ms
from adirect_spark import batch, inputs
from adirect_spark.cassandra import now_ms, tables_of
from adirect_spark.lists import DAY_MS, Lists
from py4j.java_gateway import JavaObject
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.streaming import StreamingQuery
from pyspark.storagelevel import StorageLevel

REPORT = pa.schema({"state": pa.binary(), "categories": pa.list_(pa.string()), "counts": pa.string(),
                    "record": pa.string()})
RECORDS = pa.schema({"partition": pa.int32(), "offset": pa.int64(), "arrival_ms": pa.int64(), "value": pa.binary()})
PARTS_AT_MOST = 200  # saved, before they become one
BOUGHT_BUCKETS = 64  # of what is bought, each a value of less than 2 GiB
FRAME_BYTES = 8  # of a saved state's size
TICK_S = 1.0


@dataclasses.dataclass(frozen=True)
class Job:
    """What is asked. `cassandra` None: events are folded and nothing is written, to see how fast that is.
    `retention_days` 0: for ever."""

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


def run(spark: SparkSession, job: Job, **trigger) -> None:
    """`start`, until the query ends: meanwhile tables are kept up to date on a quiet topic, too."""
    query, driver = _start(spark, job, **trigger)
    while not query.awaitTermination(TICK_S):
        driver.tick()


def start(spark: SparkSession, job: Job, **trigger) -> StreamingQuery:
    """The query, running. `trigger` is as of DataStreamWriter.trigger; without it micro-batches follow each other.
    Raises adirect.Error for what is wrong with format, policies, address or keyspace, before it starts."""
    return _start(spark, job, **trigger)[0]


def _start(spark: SparkSession, job: Job, **trigger) -> tuple[StreamingQuery, "Driver"]:
    for name, setting in batch.SETTINGS.items():
        spark.conf.set(name, setting)
    driver = Driver(spark, job)
    records = spark.readStream.format("kafka").options(**{
        "kafka.bootstrap.servers": job.kafka, "subscribe": job.topic, "startingOffsets": "earliest",
        "maxOffsetsPerTrigger": job.events_at_once}).load()
    writer = records.select("partition", "offset", F.unix_millis("timestamp").alias("arrival_ms"),
                            F.coalesce("value", F.lit(b"")).alias("value")).writeStream
    if trigger:
        writer = writer.trigger(**trigger)
    return writer.option("checkpointLocation", f"{job.checkpoint}/spark").foreachBatch(driver).start(), driver


# ---- what runs in tasks


@dataclasses.dataclass(frozen=True)
class Upsert:
    """Messages to rows; what it tells of them: the purchases as a state, categories, counts, and refused rows where
    they are to be written."""

    job: Job
    format: Format

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        tables = tables_of(self.job.cassandra, self.job.retention_days) if self.job.cassandra else None
        state, readers, categories, reasons = State(self.job.max_searches), {}, set(), collections.Counter()
        for records in batches:
            for partition, rows in _by_partition(records):
                reader = readers.get(partition) or readers.setdefault(partition, self._reader(state, partition))
                reader.records(rows)
                if tables:
                    events = reader.accepted().read_all()
                    tables.put_events(events)
                    categories.update(events["category_id"].unique().to_pylist())
                for refused in reader.refused():
                    reasons.update(refused["reason"].to_pylist())
                    if self.job.quarantine:
                        yield batch.with_nulls(refused.select(["record"]), REPORT)
        yield from (batch.with_nulls(rows, REPORT) for rows in state.buckets())
        counts = [reader.counts for reader in readers.values()]
        told = {name: sum(getattr(one, name) for one in counts) for name in batch.COUNTS} | {
            "quarantine": reasons, "newest_ms": max((one.newest_ms for one in counts), default=-1)}
        row = {"categories": sorted(categories - {""}), "counts": json.dumps(told)}
        yield pa.RecordBatch.from_pylist([row], REPORT)

    def _reader(self, state: State, partition: int) -> Reader:
        return Reader(state, self.format, f"{self.job.topic}/{partition}", may_erase=False,
                      gives_events=self.job.cassandra is not None, skips_searches=self.job.cassandra is not None)

    def check(self) -> None:
        """Reads no records, so that what is wrong with the format is told here."""
        self._reader(State(self.job.max_searches), 0).records(pa.RecordBatch.from_pylist([], RECORDS))


def _by_partition(records: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    partitions = records["partition"]
    for partition in partitions.unique().to_pylist():
        yield partition, records.filter(pc.equal(partitions, partition))


# ---- the driver


class Driver:
    """What is done with each micro-batch, one after another, and between them."""

    def __init__(self, spark: SparkSession, job: Job):
        self.task = Upsert(job, Format.load(job.format, "ndjson"))
        self.task.check()
        self.job, self.parts = job, Parts(spark, f"{job.checkpoint}/adirect")
        self.bought = self.parts.load(State(job.max_searches, job.retention_days, BOUGHT_BUCKETS))
        self.newest_ms = -1 if self.bought.newest_ms is None else self.bought.newest_ms
        self.day = -1
        self.lists = self._open_lists() if job.cassandra else None
        self._lock = threading.Lock()

    def _open_lists(self) -> Lists:
        for policy in self.job.policies:
            self.bought.popular(policy)  # refuses one that asks for more than the state keeps
        tables = tables_of(self.job.cassandra, self.job.retention_days)
        if newest := tables.meta().get("newest_event"):
            self.newest_ms = max(self.newest_ms, to_ms(newest))
        return Lists(tables, self.job.policies, self.job.max_searches, self.job.retention_days)

    def __call__(self, records: DataFrame, batch_id: int) -> None:
        with self._lock:
            begun_ms = now_ms()
            part, categories, newest_ms = self._upsert(records, batch_id)
            if self.lists is None:
                return
            batch.merge(self.bought, part.buckets())
            self._publish(part.newest_ms is not None, categories, newest_ms, begun_ms)
            if part.newest_ms is not None:
                self.parts.add(batch_id, part, self.bought)

    def tick(self) -> None:
        """Between micro-batches: the lists of a new day, and that all is published until now."""
        if self.lists is not None and self._lock.acquire(blocking=False):
            try:
                self._publish(False, set(), -1, now_ms())
            finally:
                self._lock.release()

    def _upsert(self, records: DataFrame, batch_id: int) -> tuple[State, set[str], int]:
        """Writes one micro-batch's rows, and its counts to standard error. What was bought, the categories, and the
        newest event's time (ms)."""
        reports = records.mapInArrow(self.task, from_arrow_schema(REPORT))
        if self.job.quarantine:
            reports = reports.persist(StorageLevel.DISK_ONLY)
        part, categories, newest_ms = State(self.job.max_searches), set(), -1
        counts, reasons = collections.Counter(), collections.Counter()
        for row in reports.filter("record is null").collect():
            if row.state is not None:
                part.merge(row.state)
                continue
            told = json.loads(row.counts)
            newest_ms = max(newest_ms, told.pop("newest_ms"))
            reasons.update(told.pop("quarantine"))
            counts.update(told)
            categories.update(row.categories)
        if self.job.quarantine:
            if counts["refused"]:
                reports.filter("record is not null").select("record").write.mode("overwrite").text(
                    f"{self.job.quarantine}/batch-{batch_id}")
            reports.unpersist()
        print(json.dumps({"batch": batch_id, **counts, "quarantine": reasons}), file=sys.stderr)
        return part, categories, newest_ms

    def _publish(self, bought: bool, categories: set[str], newest_ms: int, until_ms: int) -> None:
        """The lists that have changed; all rows of before `until_ms` are written already."""
        self.newest_ms = max(self.newest_ms, newest_ms)
        at_ms = max(until_ms, self.newest_ms)
        self.lists.put_categories(categories)
        if bought or at_ms // DAY_MS != self.day:
            self.lists.put_popular(self.bought, at_ms)
            self.day = at_ms // DAY_MS
        self.lists.put_progress(self.newest_ms, until_ms)


class Parts:
    """The purchases of each micro-batch as a state's bytes, each a file that is renamed when it is whole.

    A micro-batch that comes again is a part again: merging it twice changes nothing.
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
                for saved in _frames(stream):
                    state.merge(saved)
            finally:
                stream.close()
        return state

    def add(self, batch_id: int, part: State, whole: State) -> None:
        """Saves the part; where there are many already, the whole in place of all."""
        before = self._names()
        if len(before) < PARTS_AT_MOST:
            return self._write(f"{batch_id:020d}-{time.time_ns()}-part", part)
        self._write(f"{batch_id:020d}-{time.time_ns()}-whole", whole)
        for name in before:
            self._files.delete(self._fs.Path(self._folder, name), False)
        return None

    def _write(self, name: str, state: State) -> None:
        unfinished, finished = self._fs.Path(self._folder, f"_{name}"), self._fs.Path(self._folder, name)
        stream = self._files.create(unfinished, True)
        try:
            for rows in state.buckets():
                for saved in rows["state"]:
                    stream.write(len(saved.as_buffer()).to_bytes(FRAME_BYTES, "little") + saved.as_py())
        finally:
            stream.close()
        if not self._files.rename(unfinished, finished):
            raise Error(4, f"{finished.toString()} could not be written")


def _frames(stream: JavaObject) -> Iterator[bytes]:
    """The states of a file, each behind its size."""
    while size := bytes(stream.readNBytes(FRAME_BYTES)):
        yield bytes(stream.readNBytes(int.from_bytes(size, "little")))


def main(arguments: Optional[list[str]] = None) -> int:
    """spark/stream_adirect.py."""
    parser = argparse.ArgumentParser(description="A Kafka topic to adirect's tables in Cassandra, on Spark.")
    add = parser.add_argument
    add("--kafka", required=True, metavar="HOST:PORT", help="brokers to begin with")
    add("--topic", required=True)
    add("--format", default="adirect", help="adirect (NDJSON), seed, a name under formats/ or a file (adirect)")
    add("--policy", action="append", help="a name under policies/ or a file; may be given again (default)")
    add("--cassandra", required=True, metavar="URL", help="cassandra://HOST:PORT/KEYSPACE")
    add("--checkpoint", required=True, metavar="FOLDER", help="how far the topic was read, and what is bought")
    add("--quarantine", metavar="FOLDER", help="for the rows that cannot be events")
    add("--retention", type=int, default=400, metavar="DAYS", help="rows live so long (400; 0: for ever)")
    add("--max-searches", type=int, default=32, help="M, which readers are told (32)")
    add("--events-at-once", type=int, default=1_000_000, help="the most of a micro-batch (a million)")
    add("--once", action="store_true", help="end when all is read that was there at the start")
    asked = parser.parse_args(arguments)
    try:
        job = Job(asked.kafka, asked.topic, asked.checkpoint,
                  [Policy.load(name) for name in asked.policy or ["default"]], asked.cassandra, asked.format,
                  asked.retention, asked.max_searches, asked.events_at_once, asked.quarantine)
        spark = SparkSession.builder.appName("stream_adirect").getOrCreate()
        with inputs.told_of(f"{asked.kafka}, topic {asked.topic}"):
            run(spark, job, **({"availableNow": True} if asked.once else {}))
    except (Error, OSError) as error:
        print(f"stream_adirect: {error}", file=sys.stderr)
        return 2
    return 0
