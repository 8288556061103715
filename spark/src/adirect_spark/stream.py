"""The streaming job: a Kafka topic to the tables of docs/cassandra.md, with adirect's core in every task.

    from adirect_spark import stream

    job = stream.Job(kafka="127.0.0.1:9092", topic="web_activity1", format="seed", checkpoint="…",
                     cassandra="cassandra://127.0.0.1:9042/advertise", policies=[Policy.load("default")])
    stream.start(spark, job).awaitTermination()

Of each micro-batch the tasks read their messages through the door and upsert the rows of what passes. Rows are written
at their events' times, so Cassandra itself is the join: late, repeated or read again after a crash, an event changes
nothing twice, and a purchase suppresses from the moment its row is there. The job keeps purchases and refunds alone,
as a state of the core, for what is popular: each micro-batch's part is saved beside the checkpoint before it counts as
done.
"""
import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from typing import Optional

import pyarrow as pa
import pyarrow.compute as pc
from adirect import Error, Format, Policy, Reader, State
from adirect_spark import batch
from adirect_spark.cassandra import Address, Tables, tables_of
from adirect_spark.lists import DAY_MS, Lists
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

REPORT = "state binary, categories array<string>, reason string, record string"
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
    """The query, running. `trigger` is as of DataStreamWriter.trigger; without it micro-batches follow each other.
    Raises adirect.Error for what is wrong with format, policies, address or keyspace, before it starts."""
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
    return writer.option("checkpointLocation", f"{job.checkpoint}/spark").foreachBatch(driver).start()


# ---- what runs in tasks


@dataclasses.dataclass(frozen=True)
class Upsert:
    """Messages to rows; what it tells of them: the purchases as a state, categories, refused rows, counts."""

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
    counts = {name: getattr(reader.counts, name) for name in (*batch.COUNTS, "newest_ms")}
    return _report(1, categories=[categories], record=[json.dumps(counts)])


# ---- the driver


class Driver:
    """What is done with each micro-batch, one after another."""

    def __init__(self, spark: SparkSession, job: Job):
        self.task = Upsert(job, Format.load(job.format, "ndjson"))
        self.task.check()
        self.job, self.parts = job, Parts(spark, f"{job.checkpoint}/adirect")
        self.bought = self.parts.load(State(job.max_searches, job.retention_days))
        self.lists = self._open_lists() if job.cassandra else None
        self.newest_ms, self.day = -1, -1

    def _open_lists(self) -> Lists:
        for policy in self.job.policies:
            self.bought.popular(policy)  # refuses one that asks for more than the state keeps
        tables = Tables(Address.parse(self.job.cassandra), self.job.retention_days)
        return Lists(tables, self.job.policies, self.job.max_searches, self.job.retention_days)

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
        categories = {category for row in reports for category in row.categories or ()}
        self._publish(part, categories, max((count["newest_ms"] for count in counts), default=-1))
        if part.newest_ms is not None:
            self.parts.add(batch_id, part, self.bought)

    def _publish(self, part: State, categories: set[str], newest_ms: int) -> None:
        """One micro-batch's lists; all its rows are written already."""
        until_ms = time.time_ns() // 1_000_000
        for rows in part.buckets():
            for state in rows["state"]:
                self.bought.merge(state.as_buffer())
        self.newest_ms = max(self.newest_ms, newest_ms)
        now_ms = max(until_ms, self.newest_ms)
        self.lists.put_categories(categories)
        if part.newest_ms is not None or now_ms // DAY_MS != self.day:
            self.lists.put_popular(self.bought, now_ms)
            self.day = now_ms // DAY_MS
        self.lists.put_progress(self.newest_ms, until_ms)


class Parts:
    """The purchases of each micro-batch as a state's bytes, each a file that is renamed when it is whole.

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
        query = start(spark, job, **({"availableNow": True} if asked.once else {}))
    except (Error, OSError) as error:
        print(f"stream_adirect: {error}", file=sys.stderr)
        return 2
    query.awaitTermination()
    return 0
