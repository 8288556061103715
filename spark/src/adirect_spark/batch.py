"""The batch job: event files to audience, recommendations and popular products, with adirect's core in every task.

    from adirect_spark import batch

    job = batch.Job(policies=[Policy.load("default")])
    done = batch.run(spark, ["hdfs://…/user/web_logs"], job)
    done.answers[0].audience.show()
    batch.write(done, "hdfs://…/answers")

Each task folds its part of the events into a state of buckets by shopper; the states, not the events, are shuffled by
bucket; what is merged there counts the purchases, which the driver adds up, and then decides about each shopper. States
merge in any order and as often as one likes, so a task that ran twice or half changes nothing.
"""
import argparse
import dataclasses
import functools
import json
import re
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from typing import Optional

import pyarrow as pa
import pyarrow.compute as pc
from adirect import Catalog, Error, Format, Policy, Reader, State, to_ms
from adirect_spark import inputs
from pyspark import Broadcast
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.storagelevel import StorageLevel

MOST_BUCKETS = 1024  # of a state: ADIRECT_MAX_BUCKETS
FOLDED = pa.schema({"bucket": pa.int32(), "state": pa.binary(), "source": pa.string(), "position": pa.int64(),
                    "reason": pa.string(), "record": pa.string()})
PURCHASES = "category_id string, product_id string, day int, purchases long"
PRODUCT = "rank: bigint, product_id: string, source: string"
ANSWERS = ("user_id string, category_id string, searches long, last_search_at timestamp, next_change_at timestamp, "
           "products array<struct<{product}>>")
POPULAR = "category_id string, rank long, product_id string, purchases long"
BATCH_ROWS = 1 << 16  # that a task is given at once
SETTINGS = {"spark.sql.execution.arrow.maxRecordsPerBatch": BATCH_ROWS, "spark.sql.session.timeZone": "UTC",
            "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MILLIS"}
INTEREST = ("search", "view", "cart", "favorite")
MILLIS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
COUNTS = ("rows", "accepted", "ignored", "after_as_of", "refused", "erases")


@dataclasses.dataclass(frozen=True)
class Job:
    """What is asked. `as_of_ms` None: the newest event's time. `retention_days` 0: for ever. `buckets` None: two for
    each of Spark's cores. `names`: shoppers' are read of an archive too, as publish.publish needs them."""

    policies: list[Policy]
    format: str = "adirect"
    as_of_ms: Optional[int] = None
    max_searches: int = 32
    retention_days: int = 0
    catalog: Optional[Catalog] = None
    buckets: Optional[int] = None
    names: bool = False


@dataclasses.dataclass(frozen=True)
class Answers:
    """One policy's, with the columns of `adirect batch`; unsorted. They are made when an action asks for them."""

    policy: Policy
    audience: DataFrame
    recommendations: DataFrame
    popular: DataFrame


@dataclasses.dataclass(frozen=True)
class Done:
    """`quarantine` has the rows that cannot be events: source, position, reason, record; `summary` their counts.

    `purchases` are the standing ones of all shoppers, by UTC day (days since 1970): category_id, product_id, day,
    purchases. `release` lets go of what Spark has stored for the DataFrames, which must not be used after it.
    """

    answers: list[Answers]
    quarantine: DataFrame
    summary: dict
    states: DataFrame  # of the buckets, not yet merged
    decider: "Decider"
    purchases: pa.Table
    _stored: list[DataFrame]

    def release(self) -> None:
        for stored in self._stored:
            stored.unpersist()


def run(spark: SparkSession, paths: list[str], job: Job) -> Done:
    """Folds and merges; the answers are lazy. Sets Spark's settings SETTINGS. Raises adirect.Error for what is wrong
    with policies, files, formats and columns, before a task starts where it can be told then."""
    for name, setting in SETTINGS.items():
        spark.conf.set(name, setting)
    buckets = job.buckets or min(MOST_BUCKETS, 2 * spark.sparkContext.defaultParallelism)
    now_ms = int(time.time() * 1000)

    def check(events: Format, piece: inputs.Piece, columns: pa.Schema) -> None:
        Folder(events, {}, job, buckets, now_ms).check(piece, columns)

    for policy in job.policies:
        Decider(job, 0).state().popular(policy)  # refuses one that asks for more than the state keeps
    given = inputs.open_input(spark, paths, job.format, check, job.names)
    parts, job = only_needed(given.parts, job) if given.archive else (given.parts, job)
    folder = Folder(given.format, given.pieces, job, buckets, now_ms)
    columns = from_arrow_schema(FOLDED)
    folded = functools.reduce(DataFrame.union, [part.mapInArrow(folder, columns) for part in parts])
    folded = folded.repartitionById(buckets, "bucket").persist(StorageLevel.DISK_ONLY)
    summary, newest = summarize(folded)
    if given.archive:  # the rows left out are accepted events too
        left_out = sum(part.count() for part in given.parts) - summary["rows"]
        summary |= {name: summary[name] + left_out for name in ("rows", "accepted")}
    as_of = newest if job.as_of_ms is None else job.as_of_ms
    decider = Decider(job, as_of or 0)
    states = folded.filter("state is not null").select("state")
    purchases = _add_up(states.mapInArrow(Counter(decider), PURCHASES))
    answers, stored = [], [folded]
    for policy in job.policies:
        one, rows = _answer(spark, states, decider, policy, purchases)
        answers.append(one)
        stored.append(rows)
    quarantine = folded.filter("reason is not null").select("source", "position", "reason", "record")
    return Done(answers, quarantine, summary | {"as_of_ms": as_of}, states, decider, purchases, stored)


def only_needed(archive: list[DataFrame], job: Job) -> tuple[list[DataFrame], Job]:
    """The job at its as-of, and the rows that can change an answer then: all but the searches that are too old for
    every policy. Only an archive's rows may be left out unseen: those of others may be no events."""
    as_of = job.as_of_ms
    if as_of is None:
        as_of = max((newest for part in archive if (newest := _newest(part)) is not None), default=None)
    windows = [_window_ms(policy) for policy in job.policies]
    if as_of is None or None in windows:
        return archive, dataclasses.replace(job, as_of_ms=as_of)
    too_old = F.col("type").isin(*INTEREST) & (F.col("time") <= F.timestamp_millis(F.lit(as_of - max(windows))))
    return [part.filter(~too_old) for part in archive], dataclasses.replace(job, as_of_ms=as_of)


def _newest(archive: DataFrame) -> Optional[int]:
    return archive.filter("type <> 'erase'").agg(F.unix_millis(F.max("time"))).first()[0]


def _window_ms(policy: Policy) -> Optional[int]:
    """How long a search can count; None: for ever."""
    number, unit = re.fullmatch(r"(\d*)(\w+)", tomllib.loads(str(policy))["interest"]["window"]).groups()
    return int(number) * MILLIS[unit] if number else None


def summarize(folded: DataFrame) -> tuple[dict, Optional[int]]:
    """How many rows came to what, the refused ones by reason; and the newest event's time."""
    total, newest = dict.fromkeys(COUNTS, 0), []
    for row in folded.filter("state is null and reason is null").select("record").collect():
        part = json.loads(row.record)
        newest.append(part.pop("newest_event_ms"))
        total = {name: total[name] + part[name] for name in COUNTS}
    reasons = folded.filter("reason is not null").groupBy("reason").count().collect() if total["refused"] else []
    counts = {row.reason: row["count"] for row in sorted(reasons)}
    return total | {"quarantine": counts}, max((time for time in newest if time is not None), default=None)


def _add_up(purchases: DataFrame) -> pa.Table:
    """The standing purchases of all shoppers, for the tasks that rank them."""
    keys = ["category_id", "product_id", "day"]
    return purchases.groupBy(*keys).agg(F.sum("purchases").alias("purchases")).toArrow()


def _answer(spark: SparkSession, states: DataFrame, decider: "Decider", policy: Policy,
            purchases: pa.Table) -> tuple[Answers, DataFrame]:
    """One policy's answers, and what is stored for them."""
    shared = spark.sparkContext.broadcast(purchases)
    answerer = Answerer(decider, policy, shared)
    title = decider.job.catalog is not None
    schema = ANSWERS.format(product=PRODUCT + (", title: string" if title else ""))
    rows = states.mapInArrow(answerer, schema).persist(StorageLevel.DISK_ONLY)
    products = rows.select("user_id", "category_id", F.explode("products").alias("product"))
    ranked = decider.ranked(policy, purchases)
    popular = spark.createDataFrame(ranked, POPULAR + (", title string" if title else ""))
    return Answers(policy, rows.drop("products"), products.select("user_id", "category_id", "product.*"), popular), rows


# ---- what runs in tasks


@dataclasses.dataclass(frozen=True)
class Folder:
    """Events to states: for each bucket its bytes, for each refused row its record, for each input its counts."""

    format: Format
    pieces: dict[int, inputs.Piece]
    job: Job
    buckets: int
    now_ms: int

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        state, readers, next_line = self.state(), {}, {}
        for batch in batches:
            for key, number, rows in inputs.runs(batch):
                piece = self.pieces[key]
                file = piece.name, piece.head
                reader = readers.get(file) or readers.setdefault(file, self.reader(state, piece))
                if self.format.kind == "columns":
                    reader.columns(rows, number)
                else:
                    next_line[key] = self._read_lines(reader, rows, next_line.get(key, piece.offset))
            for reader in readers.values():
                yield from map(_refused, reader.refused())
        for reader in readers.values():
            yield from map(_refused, reader.refused())
            yield _counted(reader)
        yield from (with_nulls(rows, FOLDED) for rows in state.buckets())

    def _read_lines(self, reader: Reader, rows: pa.RecordBatch, offset: int) -> int:
        """Where the next line begins."""
        lines = rows.column(rows.schema.get_field_index(inputs.LINE))
        reader.lines(pa.record_batch([lines], [inputs.LINE]), offset)
        return offset + pc.sum(pc.binary_length(lines), min_count=0).as_py() + len(lines)

    def state(self) -> State:
        return State(self.job.max_searches, self.job.retention_days, self.buckets)

    def reader(self, state: State, piece: inputs.Piece) -> Reader:
        return Reader(state, self.format, piece.name, head=piece.head, now=self.now_ms, as_of=self.job.as_of_ms,
                      policies=self.job.policies, catalog=self.job.catalog)

    def check(self, piece: inputs.Piece, columns: pa.Schema) -> None:
        """Reads no rows of a file, so that what is wrong with its columns or its header is told here."""
        reader = self.reader(self.state(), piece)
        (reader.columns if self.format.kind == "columns" else reader.lines)(pa.RecordBatch.from_pylist([], columns), 0)


def merge(whole: State, batches: Iterable[pa.RecordBatch]) -> State:
    """The state, with all those of the column `state` merged into it."""
    for batch in batches:
        for state in batch["state"]:
            whole.merge(state.as_buffer())
    return whole


def with_nulls(rows: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The rows with all columns of the schema."""
    have = set(rows.schema.names)
    columns = [rows[field.name] if field.name in have else pa.nulls(rows.num_rows, field.type) for field in schema]
    return pa.record_batch(columns, names=schema.names)


def _refused(rows: pa.RecordBatch) -> pa.RecordBatch:
    return with_nulls(rows.append_column("bucket", pa.array([0] * rows.num_rows, pa.int32())), FOLDED)


def _counted(reader: Reader) -> pa.RecordBatch:
    counts = {name: getattr(reader.counts, name) for name in COUNTS}
    newest = reader.counts.newest_ms
    record = json.dumps(counts | {"newest_event_ms": newest if newest >= 0 else None})
    return pa.RecordBatch.from_pylist([{"bucket": 0, "record": record}], FOLDED)


@dataclasses.dataclass(frozen=True)
class Decider:
    """States of a bucket, merged, and what is asked of them."""

    job: Job
    as_of_ms: int

    def state(self) -> State:
        return State(self.job.max_searches, self.job.retention_days)

    def merged(self, batches: Iterator[pa.RecordBatch]) -> State:
        return merge(self.state(), batches)

    def ranked(self, policy: Policy, purchases: pa.Table) -> pa.Table:
        state = self.state()
        state.add_purchases(purchases)
        return state.popular(policy, self.as_of_ms, self.job.catalog)


@dataclasses.dataclass(frozen=True)
class Counter:
    """Merged states to their standing purchases."""

    decider: Decider

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from self.decider.merged(batches).purchases(self.decider.as_of_ms)


@dataclasses.dataclass(frozen=True)
class Answerer:
    """Merged states to one policy's answers; `purchases` is what is bought, of all shoppers."""

    decider: Decider
    policy: Policy
    purchases: Broadcast[pa.Table]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        state = self.decider.merged(batches)
        state.add_purchases(self.purchases.value)
        for answers in state.answers(self.policy, self.decider.as_of_ms, self.decider.job.catalog):
            yield _in_microseconds(answers)


def _in_microseconds(answers: pa.RecordBatch) -> pa.RecordBatch:
    """With times as Spark has them."""
    for name in ("last_search_at", "next_change_at"):
        at = answers.schema.get_field_index(name)
        answers = answers.set_column(at, name, answers.column(at).cast(pa.timestamp("us", "UTC")))
    return answers


# ---- out


def write(done: Done, out: str) -> None:
    """audience, recommendations and popular as folders of Parquet below `out`, of several policies each below its name;
    quarantine as lines of JSON, as `adirect batch` writes them, where there is any."""
    for answers in done.answers:
        below = out if len(done.answers) == 1 else f"{out}/{answers.policy.name}"
        answers.audience.write.parquet(f"{below}/audience")
        answers.recommendations.write.parquet(f"{below}/recommendations")
        answers.popular.coalesce(1).write.parquet(f"{below}/popular")
    if done.summary["refused"]:
        done.quarantine.select("record").write.text(f"{out}/quarantine")


def main(arguments: Optional[list[str]] = None) -> int:
    """spark/batch_adirect.py."""
    parser = argparse.ArgumentParser(description="Event files to audience, recommendations, popular.")
    add = parser.add_argument
    add("files", nargs="+", help="event files, folders of an archive, patterns: file:// or hdfs://")
    add("--format", default="adirect", help="adirect, seed, a name under formats/ or a file (adirect)")
    add("--policy", action="append", help="a name under policies/ or a file; may be given again (default)")
    add("--as-of", help="RFC 3339; the newest event's time unless given")
    add("--retention", type=int, default=0, metavar="DAYS", help="what is older is dropped (0: nothing)")
    add("--max-searches", type=int, default=32, help="newest searches kept of a category and type (32)")
    add("--catalog", metavar="DIR", help="products.csv and categories.csv")
    add("--buckets", type=int, help="parts of the shoppers (two for each core)")
    add("--cassandra", metavar="URL", help="and what is kept into a new keyspace: cassandra://HOST:PORT/KEYSPACE")
    add("--out", required=True, help="the folder for the results; it must not exist")
    asked = parser.parse_args(arguments)
    try:
        if asked.catalog and asked.cassandra:
            raise Error(1, "a catalog is not published: leave out --catalog or --cassandra")
        job = Job([Policy.load(name) for name in asked.policy or ["default"]], asked.format,
                  None if asked.as_of is None else to_ms(asked.as_of), asked.max_searches, asked.retention,
                  Catalog.load(asked.catalog) if asked.catalog else None, asked.buckets, names=bool(asked.cassandra))
        spark = SparkSession.builder.appName("batch_adirect").getOrCreate()
        if inputs.exists(spark, asked.out):
            raise Error(2, f"{asked.out} is there already: name a folder that is not")
        if asked.cassandra:
            from adirect_spark.cassandra import tables_of  # needs cassandra-driver, as publish does
            from adirect_spark.publish import publish
            tables_of(asked.cassandra, asked.retention)  # what is wrong with it is told here
        with inputs.told_of(", ".join(asked.files)):
            done = run(spark, asked.files, job)
            write(done, asked.out)
            if asked.cassandra:
                publish(done, asked.cassandra)
    except (Error, OSError) as error:
        print(f"batch_adirect: {error}", file=sys.stderr)
        return 2
    print(json.dumps(done.summary))
    done.release()
    return 0
