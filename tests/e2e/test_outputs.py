"""The answers in every format of `--output`: the same rows of a messy world, whatever they are written as."""
import datetime
import json
import os
from random import Random

import duckdb
import pyarrow.parquet
import pytest
from adirect_cli import HEADERS, OUTPUTS, batch, has_arrow, ndjson, needs_arrow, needs_binary, run, summary, table
import worlds  # beside the reference, as adirect_cli's sys.path has it

pytestmark = needs_binary
NUMBERS = {"searches", "rank", "purchases"}


def objects(out, name):
    lines = (out / f"{name}.ndjson").read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


def as_row(one, name):
    """An object as its CSV row; its members, their order and their kinds checked."""
    assert list(one) == HEADERS[name]
    assert all(isinstance(one[key], int) == (key in NUMBERS) for key in one)
    return tuple("" if one[key] is None else str(one[key]) for key in HEADERS[name])


def small_worlds(parent):
    """(seed, its folder, what `batch` is told) of 60 random worlds."""
    for seed in range(60):
        world, folder = worlds.small_world(seed), parent / str(seed)
        folder.mkdir()
        policy = folder / "world.toml"
        policy.write_text(worlds.policy_toml(world.policy), encoding="utf-8")
        events = worlds.write_ndjson(Random(seed), folder / "events.ndjson", world.events)
        yield seed, folder, ["--policy", policy, "--max-searches", world.max_searches, "--retention", world.retention, events]


def test_csv_and_ndjson_hold_the_same_rows(tmp_path):
    compared = {name: 0 for name in HEADERS}
    absent = 0
    for seed, folder, flags in small_worlds(tmp_path):
        plain = batch(folder / "plain", *flags).out
        csv = batch(folder / "csv", "--output", "csv", *flags).out
        other = batch(folder / "ndjson", "--output", "ndjson", "--threads", 1 + seed % 3, *flags).out
        for name in HEADERS:
            assert (csv / f"{name}.csv").read_bytes() == (plain / f"{name}.csv").read_bytes()
            rows = [as_row(one, name) for one in objects(other, name)]
            assert rows == table(csv, name), f"world {seed}, {name}"
            compared[name] += len(rows)
            absent += any("" in row for row in rows)
        assert summary(other) == summary(csv)
    assert all(compared.values()) and absent > 0, compared


def as_text(value, name):
    """A value of a column as CSV has it; times come as milliseconds since 1970."""
    if value is None:
        return ""
    if name.endswith("_at"):
        return (datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=value)).isoformat(
            timespec="milliseconds") + "Z"
    return str(value)


def by_arrow(path):
    """Columns and rows as pyarrow reads them; the columns' types checked."""
    read = pyarrow.parquet.read_table(path, page_checksum_verification=True)
    for field in read.schema:
        assert str(field.type) == ("int64" if field.name in NUMBERS else
                                   "timestamp[ms, tz=UTC]" if field.name.endswith("_at") else "string")
        assert field.nullable == (field.name in {"next_change_at", "title"})
    columns = [column.cast("int64") if "timestamp" in str(column.type) else column for column in read.columns]
    return read.column_names, list(zip(*(column.to_pylist() for column in columns)))


def by_duckdb(path):
    names = [row[0] for row in duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
    chosen = ", ".join(f"epoch_ms({name})" if name.endswith("_at") else name for name in names)
    return names, duckdb.sql(f"SELECT {chosen} FROM '{path}'").fetchall()


def assert_parquet_is_csv(parquet, csv, more, compared):
    """The three tables of the one folder, by both readers, are those of the other; `compared` counts rows and nulls."""
    for name in HEADERS:
        columns = more if name != "audience" else []
        expected = table(csv, name, columns)
        for read in (by_arrow, by_duckdb):
            names, rows = read(parquet / f"{name}.parquet")
            assert names == HEADERS[name] + columns
            assert [tuple(map(as_text, row, names)) for row in rows] == expected, f"{parquet}, {name}, {read.__name__}"
        compared[name] += len(rows)
        compared["nulls"] += sum(None in row for row in rows)


@needs_arrow
def test_parquet_holds_the_rows_of_csv(tmp_path):
    compared = dict.fromkeys([*HEADERS, "nulls"], 0)
    for seed, folder, flags in small_worlds(tmp_path):
        csv = batch(folder / "csv", *flags).out
        parquet = batch(folder / "parquet", "--output", "parquet", "--threads", 1 + seed % 3, *flags).out
        assert summary(parquet) == summary(csv)
        assert_parquet_is_csv(parquet, csv, [], compared)
    assert all(compared.values()), compared


@needs_arrow
def test_parquet_of_many_shoppers_with_titles(tmp_path):
    compared = dict.fromkeys([*HEADERS, "nulls"], 0)
    done = run("generate", "--events", 200_000, "--user-count", 15_000, "--format", "adirect", "--quiet",
               "--write-catalog", tmp_path / "catalog", "-o", tmp_path / "events.ndjson")
    assert done.returncode == 0, done.stderr
    products = tmp_path / "catalog" / "products.csv"
    lines = products.read_text(encoding="utf-8").splitlines(keepends=True)
    products.write_text("".join(lines[:1] + lines[1::2]), encoding="utf-8")  # so that some have no title
    flags = ["--catalog", tmp_path / "catalog", tmp_path / "events.ndjson"]
    csv = batch(tmp_path / "csv", *flags).out
    one, more = (batch(tmp_path / f"parquet{threads}", "--output", "parquet", "--threads", threads, *flags).out
                 for threads in (1, 3))
    assert_parquet_is_csv(more, csv, ["title"], compared)
    assert all(compared.values()) and compared["audience"] > 4096, compared
    for name in HEADERS:
        assert (one / f"{name}.parquet").read_bytes() == (more / f"{name}.parquet").read_bytes()


def test_parquet_is_written_or_refused_as_the_version_says(tmp_path):
    events = ndjson(tmp_path / "events.ndjson", [
        {"type": "search", "time": "2026-01-05T10:00:00Z", "user_id": "ana", "category_id": "shoes"}])
    done = batch(tmp_path / "out", "--output", "parquet", events, code=0 if has_arrow() else 2)
    if has_arrow():
        assert sorted(os.listdir(done.out)) == [
            name.replace(".csv", ".parquet") for name in OUTPUTS]
    else:
        assert "--output" in done.stderr and "-DADIRECT_WITH_ARROW=ON" in done.stderr
        assert not done.out.exists()


def test_files_are_named_by_their_format(tmp_path):
    events = ndjson(tmp_path / "events.ndjson", [
        {"type": "search", "time": "2026-01-05T10:00:00Z", "user_id": "ana", "category_id": "shoes"}])
    assert sorted(os.listdir(batch(tmp_path / "csv", events).out)) == OUTPUTS
    assert sorted(os.listdir(batch(tmp_path / "ndjson", "--output", "ndjson", events).out)) == [
        name.replace(".csv", ".ndjson") for name in OUTPUTS]


@pytest.mark.parametrize("name", ["json", "CSV", "ndjsn", "parqet"])
def test_unknown_output_is_refused(name, tmp_path):
    events = ndjson(tmp_path / "events.ndjson", [])
    done = batch(tmp_path / "out", f"--output={name}", events, code=2)
    assert "--output" in done.stderr and "ndjson" in done.stderr
    assert not done.out.exists()
