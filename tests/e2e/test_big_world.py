"""200,000 messy events: the binary answers as the policy in DuckDB SQL does, however the files are cut."""
from random import Random

import pytest
from adirect_cli import batch, bytes_of, needs_binary, summary, tables
from adirect_reference import timestamp
import worlds  # beside the reference, as adirect_cli's sys.path has it

pytest.importorskip("duckdb", reason="pip install -r tests/requirements.txt")
import duckdb_answers  # noqa: E402  (needs duckdb)

EVENTS = 200_000
pytestmark = needs_binary


def flags_of(world, folder):
    policy = folder / "world.toml"
    policy.write_text(worlds.policy_toml(world.policy), encoding="utf-8")
    return ["--policy", policy, "--as-of", timestamp(world.as_of)]


def test_binary_and_sql_agree_on_a_big_mess(tmp_path):
    world, rng = worlds.big_world(1, EVENTS), Random(1)
    connection = duckdb_answers.connect()
    duckdb_answers.load(connection, world.events, tmp_path)
    duckdb_answers.ask(connection, world.policy, world.as_of)
    expected = duckdb_answers.rows(connection)
    assert min(len(part) for part in expected.values()) > 1000

    flags = flags_of(world, tmp_path)
    whole = worlds.write_ndjson(rng, tmp_path / "whole.ndjson", world.events)
    first = batch(tmp_path / "first", *flags, "--threads", 2, whole).out
    assert tables(first) == expected
    assert summary(first)["rows"] == len(world.events)

    for threads in (1, 5):
        assert bytes_of(batch(tmp_path / f"{threads}", *flags, "--threads", threads, whole).out) == bytes_of(first)
    parts = worlds.split(rng, worlds.repeated(rng, world.events), 20)
    files = [worlds.write_csv(rng, tmp_path / f"part{i}.csv", part) for i, part in enumerate(parts)]
    assert bytes_of(batch(tmp_path / "parts", *flags, "--threads", 2, *files).out) == bytes_of(first)
