"""What the batch job has merged, into the tables of docs/cassandra.md."""
import dataclasses
from collections.abc import Iterator

import pyarrow as pa
from adirect_spark.batch import Decider, Done
from adirect_spark.cassandra import now_ms, tables_of
from adirect_spark.lists import Lists


def publish(done: Done, url: str) -> None:
    """What is kept of every shopper into the tables of docs/cassandra.md, for stateless servers to answer from; and
    what is popular. Of an archive that is what the job's policies look at; shoppers' names are there if the job had
    `names`. No catalog is published. The keyspace should be a new one."""
    job, until_ms = done.decider.job, now_ms()
    told = done.states.mapInArrow(Publisher(done.decider, url), "categories array<string>, newest_ms long").collect()
    lists = Lists(tables_of(url, job.retention_days), job.policies, job.max_searches, job.retention_days)
    lists.put_categories({category for row in told for category in row.categories})
    bought = done.decider.state()
    bought.add_purchases(done.purchases)
    lists.put_popular(bought, max(done.decider.as_of_ms, until_ms))
    lists.put_progress(max((row.newest_ms for row in told), default=-1), until_ms)


@dataclasses.dataclass(frozen=True)
class Publisher:
    """Merged states to rows of the tables; the categories and the newest event of each."""

    decider: Decider
    url: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        state = self.decider.merged(batches)
        tables, categories = tables_of(self.url, self.decider.job.retention_days), set()
        for events in state.events():
            rows = pa.Table.from_batches([events])
            tables.put_events(rows)
            categories.update(rows["category_id"].unique().to_pylist())
        newest = -1 if state.newest_ms is None else state.newest_ms
        yield pa.record_batch([pa.array([sorted(categories - {""})], pa.list_(pa.string())), pa.array([newest])],
                              ["categories", "newest_ms"])
