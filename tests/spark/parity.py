"""The answers of Spark as `adirect batch` writes them, to be compared row by row."""
import datetime
import json
import pathlib

import pyarrow.parquet
from adirect_cli import HEADERS, batch, quarantine, table


def as_text(value):
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    return "" if value is None else str(value)


def rows_of(folder):
    """The rows of a folder of Parquet as sorted tuples of text, and its columns."""
    read = pyarrow.parquet.read_table(folder)
    return sorted(tuple(map(as_text, row.values())) for row in read.to_pylist()), read.schema.names


def same_answers(spark_out, batch_out, more=()):
    """Asserts that all three tables are equal; how many rows they have."""
    sizes = []
    for name, header in HEADERS.items():
        titled = [*more] if name != "audience" else []
        got, columns = rows_of(pathlib.Path(spark_out, name))
        assert columns == [*header, *titled]
        assert got == sorted(table(batch_out, name, titled)), name
        sizes.append(len(got))
    return sizes


def same_quarantine(spark_out, batch_out):
    """Asserts that the refused rows are the same, each with its place, reason and text."""
    lines = [line for file in pathlib.Path(spark_out, "quarantine").glob("part-*")
             for line in file.read_text(encoding="utf-8").splitlines()]
    key = json.dumps
    assert sorted(key(json.loads(line)) for line in lines) == sorted(map(key, quarantine(batch_out)))
    return len(lines)


def batch_of(out, *arguments):
    """The folder of `adirect batch` with these arguments."""
    return batch(out, *arguments).out
