"""Policies, formats, catalogs, states and readers: the handles of the core as Python objects."""
import ctypes
import datetime
import pathlib
import time
from typing import Any, Iterable, Optional, Union

import pyarrow as pa
import pyarrow.compute as pc

from adirect import _arrow, _library
from adirect._library import NO_TIME, Counts, Error, Handle

_PACKAGE = pathlib.Path(__file__).parent
FIELDS = ("event_id", "time", "type", "user_id", "anonymous_id", "user_name", "category_id", "product_id", "region",
          "order_id", "quantity", "price", "currency", "arrival")

Instant = Union[int, str, datetime.datetime]


def to_ms(instant: Optional[Instant]) -> int:
    """Milliseconds since 1970: of themselves, of a datetime, of RFC 3339; None is `no instant`."""
    if instant is None:
        return NO_TIME
    if isinstance(instant, str):
        try:
            instant = datetime.datetime.fromisoformat(instant.replace("Z", "+00:00"))
        except ValueError as error:
            raise Error(1, f'"{instant}" is no instant; it looks like 2017-02-08T00:00:00Z') from error
    if isinstance(instant, datetime.datetime):
        if instant.tzinfo is None:
            raise Error(1, f"the instant {instant} has no zone; write it with one, e.g. 2017-02-08T00:00:00Z")
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return (instant - epoch) // datetime.timedelta(milliseconds=1)
    return int(instant)


def _text_of(kind: str, name_or_file: str) -> tuple[bytes, str]:
    """A file of the user's, or of the package by its name, and what errors call it."""
    if "/" in name_or_file or name_or_file.endswith(".toml"):
        return pathlib.Path(name_or_file).read_bytes(), name_or_file
    file = _PACKAGE / kind / f"{name_or_file}.toml"
    if not file.is_file():
        names = ", ".join(sorted(known.stem for known in file.parent.glob("*.toml")))
        raise Error(2, f'no file of {kind}/ is named "{name_or_file}"; there are {names}; a file ends in .toml')
    return file.read_bytes(), f"{kind}/{file.name}"


class Policy(Handle):
    """Who is targeted, and with what: a TOML text. `Policy.load("default")` is one that ships, or a file."""

    _kind = "policy"

    def __init__(self, toml: Union[str, bytes], place: str = "policy.toml"):
        self._made_of = toml if isinstance(toml, bytes) else toml.encode(), place
        super().__init__(_library.make("policy_parse", self._made_of[0], len(self._made_of[0]), place.encode()))

    @staticmethod
    def load(name_or_file: str) -> "Policy":
        return Policy(*_text_of("policies", name_or_file))

    @property
    def name(self) -> str:
        return _library.value("policy_name", self._handle)

    @property
    def version(self) -> str:
        return _library.value("policy_version", self._handle)

    def __str__(self) -> str:
        return _library.value("policy_text", self._handle)

    def __reduce__(self):
        return Policy, self._made_of


class Format(Handle):
    """Which column of a feed means what. `Format.load("adirect")` is for tables with our own columns."""

    _kind = "format"

    def __init__(self, toml: Union[str, bytes], place: str = "format.toml", kind: Optional[str] = None):
        """A format file's text; with `kind` ("csv", "ndjson", "columns") the built-in one of that name."""
        self._made_of = toml if isinstance(toml, bytes) else toml.encode(), place, kind
        if kind is None:
            made = _library.make("format_parse", self._made_of[0], len(self._made_of[0]), place.encode())
        else:
            made = _library.make("format_named", self._made_of[0], kind.encode())
        super().__init__(made)
        self.name = self._made_of[0].decode() if kind else pathlib.PurePath(place).stem

    @staticmethod
    def load(name_or_file: str, kind: str = "columns") -> "Format":
        """`kind` says which of "adirect" it is."""
        if name_or_file == "seed":
            return Format("seed", kind="csv")
        return Format("adirect", kind=kind) if name_or_file == "adirect" else Format(*_text_of("formats", name_or_file))

    @property
    def kind(self) -> str:
        return _library.value("format_kind", self._handle)

    def column(self, field: str) -> Optional[str]:
        """The column that holds our field; None where there is none."""
        return _library.value("format_column", self._handle, field.encode())

    def columns(self) -> list[str]:
        """All columns that are looked at."""
        return list(dict.fromkeys(column for field in FIELDS if (column := self.column(field))))

    def __reduce__(self):
        return Format, self._made_of


class Catalog(Handle):
    """What a shop knows of its products: products.csv and, where it is there, categories.csv."""

    _kind = "catalog"

    def __init__(self, products: bytes, categories: Optional[bytes] = None, place: str = "."):
        super().__init__(_library.make("catalog_new"))
        self._made_of = products, categories, place
        self._add("products", products)
        if categories is not None:
            self._add("categories", categories)

    def _add(self, what: str, csv: bytes) -> None:
        _library.call(f"catalog_add_{what}", self._handle, csv, len(csv), f"{self._made_of[2]}/{what}.csv".encode())

    @staticmethod
    def load(folder: str) -> "Catalog":
        categories = pathlib.Path(folder, "categories.csv")
        return Catalog(pathlib.Path(folder, "products.csv").read_bytes(),
                       categories.read_bytes() if categories.exists() else None, folder)

    def __reduce__(self):
        return Catalog, self._made_of


def _handle_of(handle: Optional[Handle]) -> Optional[ctypes.c_void_p]:
    return None if handle is None else handle._handle


class State(Handle):
    """What is kept of all shoppers. Mergeable in any order, as often as one likes; one thread at a time."""

    _kind = "state"

    def __init__(self, max_searches: int = 32, retention_days: int = 0, buckets: int = 1):
        settings = _library.Settings(max_searches, retention_days * 86_400_000)
        super().__init__(_library.make("state_new", ctypes.byref(settings), buckets))

    @property
    def newest_ms(self) -> Optional[int]:
        """The time of the newest event; None before the first."""
        newest = _library.value("state_newest", self._handle)
        return None if newest == NO_TIME else newest

    def merge(self, state: Union[bytes, pa.Buffer]) -> None:
        """Takes over a state's bytes: of `buckets`, or a file of `adirect batch --save-state`."""
        buffer = pa.py_buffer(state)
        _library.call("state_merge", self._handle, buffer.address, buffer.size)

    def buckets(self) -> pa.RecordBatchReader:
        """The canonical bytes: bucket int32, state binary."""
        return _arrow.take("state_buckets", self._handle)

    def shoppers(self) -> pa.RecordBatchReader:
        """Each shopper's canonical bytes, by id: user_id, state."""
        return _arrow.take("state_shoppers", self._handle)

    def events(self) -> pa.RecordBatchReader:
        """What is kept, a row an event, in the columns of Reader.accepted; names as rows of type "name", and erases of
        type "erase" by the hash of the id."""
        return _arrow.take("state_events", self._handle)

    def purchases(self, as_of: Optional[Instant] = None) -> pa.RecordBatchReader:
        """The standing purchases: category_id, product_id, day, purchases. Those of several states add up."""
        return _arrow.take("purchases", self._handle, to_ms(as_of))

    def add_purchases(self, purchases: Any) -> None:
        """What is popular from now on is what was added, of whatever states: any table as of `purchases`."""
        for batch in _arrow.batches(purchases):
            _arrow.give("add_purchases", self._handle, batch)

    def popular(self, policy: Policy, as_of: Optional[Instant] = None,
                catalog: Optional[Catalog] = None) -> pa.Table:
        """category_id, rank, product_id, purchases[, title]: what `adirect batch` writes to popular."""
        return _arrow.take("popular", self._handle, policy._handle, to_ms(as_of), _handle_of(catalog)).read_all()

    def answers(self, policy: Policy, as_of: Optional[Instant] = None,
                catalog: Optional[Catalog] = None) -> pa.RecordBatchReader:
        """Who is targeted, and with what: the columns of `audience`, and `products`, a list of structs."""
        reader = _arrow.take("audience", self._handle, policy._handle, to_ms(as_of), _handle_of(catalog))
        kept = self, policy, catalog  # as long as anyone reads

        def batches():
            assert kept
            yield from reader

        return pa.RecordBatchReader.from_batches(reader.schema, batches())

    def audience(self, policy: Policy, as_of: Optional[Instant] = None,
                 catalog: Optional[Catalog] = None) -> pa.Table:
        """user_id, category_id, searches, last_search_at, next_change_at: what `adirect batch` writes to audience."""
        return audience_of(self.answers(policy, as_of, catalog).read_all())

    def recommendations(self, policy: Policy, as_of: Optional[Instant] = None,
                        catalog: Optional[Catalog] = None) -> pa.Table:
        """user_id, category_id, rank, product_id, source[, title]: what `adirect batch` writes to recommendations."""
        return recommendations_of(self.answers(policy, as_of, catalog).read_all())


def audience_of(answers: pa.Table) -> pa.Table:
    """The audience's own columns of State.answers."""
    return answers.drop_columns(["products"])


def recommendations_of(answers: pa.Table) -> pa.Table:
    """A row a product of State.answers."""
    products = answers["products"].combine_chunks()
    rows = answers.select(["user_id", "category_id"]).take(pc.list_parent_indices(products))
    structs = pc.list_flatten(products)
    for i, field in enumerate(products.type.value_type):
        rows = rows.append_column(field, structs.field(i))
    return rows


class Reader(Handle):
    """Rows of one input, through the door, into a state.

    `name` with a row's offset is the identity of an event without event_id; `head` the front of a text, for its header.
    A row later than `now` (the clock's, unless given) and 5 minutes is refused. Rows after `as_of` are left out; then
    searches that none of `policies` looks at are not kept. With `gives_events` what passes comes out of `accepted`;
    with `skips_searches` the state keeps purchases, refunds and erases alone.
    """

    _kind = "reader"

    def __init__(self, state: State, format: Format, name: str = "table", *, head: Optional[bytes] = None,
                 now: Optional[Instant] = None, as_of: Optional[Instant] = None, policies: Iterable[Policy] = (),
                 catalog: Optional[Catalog] = None, may_erase: bool = True, gives_events: bool = False,
                 skips_searches: bool = False):
        handles = [policy._handle.value for policy in policies]
        options = _library.ReaderOptions(
            name.encode(), head, len(head or b""), int(time.time() * 1000) if now is None else to_ms(now), to_ms(as_of),
            may_erase, gives_events, skips_searches, len(handles), (ctypes.c_void_p * len(handles))(*handles),
            _handle_of(catalog))
        self._kept = state, catalog
        super().__init__(_library.make("reader_new", state._handle, format._handle, ctypes.byref(options)))

    def columns(self, batch: pa.RecordBatch, offset: int) -> None:
        """Rows of a format of kind "columns"; `offset` is the number of the first."""
        _arrow.give("read_columns", self._handle, batch, offset)

    def lines(self, lines: pa.RecordBatch, offset: int) -> None:
        """One column of lines without their line feeds; `offset` is where the first begins, in bytes."""
        _arrow.give("read_lines", self._handle, lines, offset)

    def records(self, records: pa.RecordBatch) -> None:
        """A topic's messages, of the partition that `name` says (TOPIC/PARTITION): value, offset, arrival_ms."""
        _arrow.give("read_records", self._handle, records)

    @property
    def counts(self) -> Counts:
        return _library.value("reader_counts", self._handle)

    def accepted(self) -> pa.RecordBatchReader:
        """The events that passed since the last call: type, user_id, user_name, category_id, product_id, time_ms,
        order_hash, identity."""
        return _arrow.take("accepted", self._handle)

    def refused(self) -> pa.RecordBatchReader:
        """The rows that cannot be events, since the last call: source, position, reason, record."""
        return _arrow.take("refused", self._handle)
