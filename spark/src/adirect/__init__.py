"""adirect's core for Python: from shopping events to who keeps searching a category, and what to show them.

    import adirect

    folded = adirect.fold(table)                      # a pyarrow table or a pandas frame of events
    policy = adirect.Policy.load("default")
    folded.state.audience(policy)                     # a pyarrow table, as `adirect batch` writes it
    folded.state.recommendations(policy)
    folded.refused                                    # the rows that cannot be events, with reasons

The answers are those of the binary `adirect`: it is the same core.
"""
import dataclasses
from typing import Any, Iterable, Optional

import pyarrow as pa

from adirect import _arrow, _library
from adirect._core import (FIELDS, Catalog, Format, Instant, Policy, Reader, State, audience_of, recommendations_of,
                           to_ms)
from adirect._library import Counts, Error

__version__: str = _library.value("version")
__all__ = ["FIELDS", "Catalog", "Counts", "Error", "Folded", "Format", "Policy", "Reader", "State", "audience_of",
           "fold", "recommendations_of", "to_ms"]


@dataclasses.dataclass(frozen=True)
class Folded:
    """What became of a table: the state of its events, the rows that cannot be events, and how many of each."""

    state: State
    refused: pa.Table
    counts: Counts


def fold(table: Any, *, format: Optional[Format] = None, state: Optional[State] = None, name: str = "table",
         as_of: Optional[Instant] = None, policies: Iterable[Policy] = (), now: Optional[Instant] = None,
         catalog: Optional[Catalog] = None) -> Folded:
    """Folds a table's events into a state: a new one, or `state`.

    `table` is a pyarrow Table, RecordBatch or RecordBatchReader, a pandas DataFrame, or anything that speaks the Arrow
    PyCapsule interface. Its columns are found by name; `format` says which mean what, by default our own
    (adirect.FIELDS). An event without event_id is known by `name` and its row number: the same table twice under one
    name is the same events. The other arguments are those of Reader. Raises Error where a column is missing or of
    another type.
    """
    state = state or State()
    reader = Reader(state, format or Format.load("adirect"), name, as_of=as_of, policies=policies, now=now,
                    catalog=catalog)
    rows = 0
    for batch in _arrow.batches(table):
        reader.columns(batch, rows)
        rows += batch.num_rows
    return Folded(state, reader.refused().read_all(), reader.counts)
