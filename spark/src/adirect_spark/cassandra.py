"""The tables of docs/cassandra.md, written with the Python driver: rows of events, and what is popular.

Every row of a shopper is written USING TIMESTAMP = the time of its event, so writing it again, late, or in another
order changes nothing. A cluster that does not answer is asked again, ever more rarely.
"""
import atexit
import collections
import dataclasses
import functools
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from typing import Optional, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from adirect import Error
from cassandra import (AuthenticationFailed, ConsistencyLevel, OperationTimedOut, Timeout, Unavailable,
                       UnresolvableContactPoints)
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.concurrent import execute_concurrent
from cassandra.query import BatchStatement, BatchType, Statement

KEYSPACE = "advertise"
SCHEMA_VERSION = "1"
IN_FLIGHT = 256
ROWS_AT_ONCE = 16  # of one partition, in a request; each has at most five ids
BATCH_BYTES = 36 << 10  # of values; Cassandra refuses batches of 50 KiB
FIRST_WAIT_S, LONGEST_WAIT_S, GIVE_UP_S = 0.1, 30.0, 600.0
DAY_MS = 86_400_000
FIRST_DAY = 2**31  # a date's number is so much more than its days since 1970
LONGEST_TTL_S = 20 * 365 * 86_400
INTEREST = pa.array(["search", "view", "cart", "favorite"])
Answer = TypeVar("Answer")

_LIFE = " USING TIMESTAMP ? AND TTL ?"
_EVENTS = {
    "name": "INSERT INTO users (user_id, user_name, user_name_at) VALUES (?, ?, ?)" + _LIFE,
    "newest": "INSERT INTO users (user_id, category_id, newest_search) VALUES (?, ?, ?)" + _LIFE,
    "search": "INSERT INTO searches (user_id, time, category_id, type, product_id, identity) "
              "VALUES (?, ?, ?, ?, ?, ?)" + _LIFE,
    "user_search": "INSERT INTO user_searches (user_id, category_id, type, day, time, product_id, identity) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?)" + _LIFE,
    "user_day": "INSERT INTO user_days (user_id, category_id, type, day, newest_search) VALUES (?, ?, ?, ?, ?)" + _LIFE,
    "purchase": "INSERT INTO purchases (user_id, time, category_id, product_id, order_hash, identity) "
                "VALUES (?, ?, ?, ?, ?, ?)" + _LIFE,
    "refund": "INSERT INTO refunds (user_id, time, product_id, order_hash) VALUES (?, ?, ?, ?)" + _LIFE,
}
_KEY_COLUMNS = {"user_search": 2, "user_day": 2}  # of the partition's key, which the values begin with; else one
_ERASE = {"erase": "INSERT INTO erasures (user_hash, erased_at) VALUES (?, ?) USING TIMESTAMP ?"}
_LISTS = {
    "rank": "INSERT INTO product_count (category_id, window_days, rank, product_id, purchases) VALUES (?, ?, ?, ?, ?) "
            "USING TIMESTAMP ?",
    "rank_day": "INSERT INTO product_count (category_id, window_days, day) VALUES (?, ?, ?) USING TIMESTAMP ?",
    "drop_ranks": "DELETE FROM product_count USING TIMESTAMP ? WHERE category_id = ? AND window_days = ? AND rank > ?",
    "category": "INSERT INTO categories (category_id) VALUES (?)",
    "policy": "INSERT INTO policies (name, version, toml) VALUES (?, ?, ?)",
    "meta": "INSERT INTO meta (name, value) VALUES (?, ?)",
}


@dataclasses.dataclass(frozen=True)
class Address:
    """cassandra://[USER:PASSWORD@]HOST[:PORT][,HOST…][/KEYSPACE]; all hosts have one port."""

    hosts: tuple[str, ...]
    port: int
    keyspace: str
    user: Optional[str] = None
    password: Optional[str] = None

    @staticmethod
    def parse(url: str) -> "Address":
        scheme, _, rest = url.partition("://")
        who, _, where = rest.rpartition("@")
        hosts, _, keyspace = where.partition("/")
        pairs = [host.partition(":") for host in hosts.split(",")]
        ports = {port for _, _, port in pairs if port} or {"9042"}
        if scheme != "cassandra" or not all(name for name, *_ in pairs) or not all(map(str.isdecimal, ports)):
            shown = url.rpartition("@")[2]  # without the password
            raise Error(1, f"{shown} is no address; it looks like cassandra://127.0.0.1:9042/{KEYSPACE}")
        if "?" in where or len(ports) > 1:
            raise Error(1, f"{where}: an address has no ?…, and all its hosts have one port")
        user, _, password = who.partition(":")
        return Address(tuple(name for name, *_ in pairs), int(ports.pop()), keyspace or KEYSPACE,
                       urllib.parse.unquote(user) or None, urllib.parse.unquote(password) or None)


class Tables:
    """One connection; all statements prepared. Threads: one at a time."""

    def __init__(self, address: Address, retention_days: int = 0):
        self.address, self._retention_ms = address, retention_days * DAY_MS
        self._session = self._until_it_answers(self._connect)
        self._check()
        self._prepared = {name: self._session.prepare(text) for name, text in (_EVENTS | _ERASE | _LISTS).items()}
        self._stamp = 0

    def _connect(self) -> Session:
        where = ", ".join(self.address.hosts)
        auth = PlainTextAuthProvider(self.address.user, self.address.password) if self.address.user else None
        profile = ExecutionProfile(consistency_level=ConsistencyLevel.LOCAL_QUORUM)
        try:
            cluster = Cluster(list(self.address.hosts), port=self.address.port, auth_provider=auth,
                              execution_profiles={EXEC_PROFILE_DEFAULT: profile})
            atexit.register(cluster.shutdown)
            return cluster.connect()
        except UnresolvableContactPoints as error:
            raise Error(2, f"Cassandra: no host is known by the name {where}") from error
        except NoHostAvailable as error:
            if any(isinstance(one, AuthenticationFailed) for one in error.errors.values()):
                raise Error(2, f"Cassandra at {where} refuses this user or his password") from error
            raise

    def _check(self) -> None:
        """The keyspace is there, and ours."""
        keyspace = self.address.keyspace
        known = self._session.cluster.metadata.keyspaces.get(keyspace)
        if known is None or "meta" not in known.tables:
            raise Error(2, f"there is no keyspace {keyspace} with adirect's tables; run adirect admin schema init")
        self._session.set_keyspace(keyspace)
        version = self.meta().get("schema_version")
        if version != SCHEMA_VERSION:
            raise Error(1, f"{keyspace} has version {version} of the schema, and this adirect has {SCHEMA_VERSION}")

    def close(self) -> None:
        self._session.cluster.shutdown()

    def meta(self) -> dict[str, str]:
        return dict(self._ask("SELECT name, value FROM meta"))

    def popular_lists(self) -> list[tuple[str, int]]:
        """category_id and window_days of all there are."""
        return self._ask("SELECT DISTINCT category_id, window_days FROM product_count")

    # events

    def put_events(self, events: pa.Table) -> None:
        """Rows of Reader.accepted or of State.events; returns when all are written."""
        erases = events.filter(pc.equal(events["type"], "erase"))
        for user_hash, time_ms in zip(erases["user_id"].to_pylist(), erases["time_ms"].to_pylist()):
            self._put("erase", [(user_hash, time_ms, time_ms * 1000)])
        partitions = collections.defaultdict(list)
        for name, columns in self._rows_of(events).items():
            for values in zip(*(column.to_pylist() for column in columns)):
                partitions[values[:_KEY_COLUMNS.get(name, 1)]].append((name, values))
        self._write([rows[first:first + ROWS_AT_ONCE] for rows in partitions.values()
                     for first in range(0, len(rows), ROWS_AT_ONCE)])

    def _rows_of(self, events: pa.Table) -> dict[str, list]:
        """For each statement the columns of its values. What another row of the batch replaces is left out."""
        kept = self._alive(events)
        kind = kept["type"]
        searches = kept.filter(pc.is_in(kind, INTEREST))
        days = _newest(searches, ["user_id", "category_id", "type", "day"])
        newest = _newest(searches, ["user_id", "category_id"])
        named = _newest(kept.filter(pc.not_equal(kept["user_name"], "")), ["user_id"], "user_name")
        sets = {
            "name": (named, "user_id user_name time_ms"),
            "newest": (newest, "user_id category_id time_ms"),
            "search": (searches, "user_id time_ms category_id type product_id identity"),
            "user_search": (searches, "user_id category_id type day time_ms product_id identity"),
            "user_day": (days, "user_id category_id type day time_ms"),
            "purchase": (kept.filter(pc.equal(kind, "purchase")),
                         "user_id time_ms category_id product_id order_hash identity"),
            "refund": (kept.filter(pc.equal(kind, "refund")), "user_id time_ms product_id order_hash"),
        }
        return {name: [*(rows[column] for column in columns.split()), *self._life(rows)]
                for name, (rows, columns) in sets.items() if rows.num_rows}

    def _alive(self, events: pa.Table) -> pa.Table:
        """Without what the retention has ended already; with the day as Cassandra numbers it."""
        if self._retention_ms:
            events = events.filter(pc.greater_equal(events["time_ms"], now_ms() - self._retention_ms))
        return events.append_column("day", pc.add(pc.divide(events["time_ms"], DAY_MS), FIRST_DAY))

    def _life(self, rows: pa.Table) -> list:
        """TIMESTAMP in microseconds, and TTL: seconds until the retention ends, and a day longer; 0 is for ever."""
        written = pc.multiply(rows["time_ms"], 1000)
        if not self._retention_ms:
            return [written, pa.array([0] * rows.num_rows)]
        left = pc.divide(pc.add(rows["time_ms"], self._retention_ms + DAY_MS - now_ms()), 1000)
        return [written, pc.if_else(pc.greater(left, LONGEST_TTL_S), 0, left)]

    # lists

    def put_popular(self, category_id: str, window_days: int, day: int, products: list[tuple[str, int]]) -> None:
        """Replaces a list: its ranks, its day, and nothing behind its last rank."""
        stamp, key = self._next_stamp(), (category_id, window_days)
        rows = [("rank_day", (*key, day + FIRST_DAY, stamp))]
        rows += [("rank", (*key, rank, *product, stamp)) for rank, product in enumerate(products, 1)]
        for batch in self._batches([*rows, ("drop_ranks", (stamp, *key, len(products)))]):
            self._until_it_answers(functools.partial(self._session.execute, batch))

    def _batches(self, rows: list[tuple[str, tuple]]) -> Iterator[BatchStatement]:
        """Statements and their values, of one partition, in their order."""
        batch, room = BatchStatement(BatchType.UNLOGGED), BATCH_BYTES
        for name, values in rows:
            bound = self._prepared[name].bind(values)
            size = sum(len(value) for value in bound.values)
            if size > room != BATCH_BYTES:
                yield batch
                batch, room = BatchStatement(BatchType.UNLOGGED), BATCH_BYTES
            batch.add(bound)
            room -= size
        yield batch

    def put_categories(self, categories: Iterable[str]) -> None:
        self._put("category", [(category,) for category in categories])

    def put_policies(self, policies: Iterable[tuple[str, str, str]]) -> None:
        """(name, version, toml): all there are; others are removed."""
        rows = list(policies)
        self._put("policy", rows)
        for row in self._ask("SELECT name FROM policies"):
            if row.name not in {name for name, *_ in rows}:
                self._ask("DELETE FROM policies WHERE name = %s", row.name)

    def put_meta(self, **values: str) -> None:
        self._put("meta", list(values.items()))

    def _next_stamp(self) -> int:
        self._stamp = max(self._stamp + 1, time.time_ns() // 1000)
        return self._stamp

    # statements

    def _ask(self, statement: str, *values: str) -> list:
        return self._until_it_answers(lambda: self._session.execute(statement, values).all())

    def _put(self, name: str, rows: Iterable[tuple]) -> None:
        self._write([[(name, row)] for row in rows])

    def _write(self, groups: list[list[tuple[str, tuple]]]) -> None:
        """Each group a request, of rows of one partition: statements' names and values. Returns when all are written."""
        left = groups

        def write_all():
            nonlocal left
            done = execute_concurrent(self._session, ((self._request(group), ()) for group in left), IN_FLIGHT,
                                      raise_on_first_error=False)
            failed = [(group, result) for group, (well, result) in zip(left, done) if not well]
            left = [group for group, _ in failed]
            if failed:
                raise failed[0][1]

        if groups:
            self._until_it_answers(write_all)

    def _request(self, group: list[tuple[str, tuple]]) -> Statement:
        bound = [self._prepared[name].bind(values) for name, values in group]
        if len(bound) == 1:
            return bound[0]
        batch = BatchStatement(BatchType.UNLOGGED)
        for one in bound:
            batch.add(one)
        return batch

    @staticmethod
    def _until_it_answers(call: Callable[[], Answer]) -> Answer:
        """What the call returns; while the cluster cannot, it is made again, for ten minutes."""
        begun, wait = time.monotonic(), FIRST_WAIT_S
        while True:
            try:
                return call()
            except (NoHostAvailable, OperationTimedOut, Timeout, Unavailable) as error:
                if time.monotonic() - begun > GIVE_UP_S:
                    raise Error(4, f"Cassandra has not answered for {GIVE_UP_S:.0f} s: {error}") from error
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)


def _newest(rows: pa.Table, keys: list[str], value: Optional[str] = None) -> pa.Table:
    """Of the rows with equal keys the newest; `value` is that one's (of two at once the larger)."""
    if value is None:
        return rows.group_by(keys).aggregate([("time_ms", "max")]).rename_columns([*keys, "time_ms"])
    ordered = rows.sort_by([(key, "ascending") for key in keys] + [("time_ms", "ascending"), (value, "ascending")])
    last = ordered.group_by(keys, use_threads=False).aggregate([("time_ms", "last"), (value, "last")])
    return last.rename_columns([*keys, "time_ms", value])


def now_ms() -> int:
    """Since 1970."""
    return time.time_ns() // 1_000_000


@functools.lru_cache(maxsize=4)
def tables_of(url: str, retention_days: int) -> Tables:
    """The process's own connection: a task finds it open."""
    return Tables(Address.parse(url), retention_days)
