"""The answers in every format of `--output`: the same rows of a messy world, whatever they are written as."""
import json
import os
from random import Random

import pytest
from adirect_cli import HEADERS, OUTPUTS, batch, needs_binary, ndjson, summary, table
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


def test_csv_and_ndjson_hold_the_same_rows(tmp_path):
    compared = {name: 0 for name in HEADERS}
    absent = 0
    for seed in range(60):
        world = worlds.small_world(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        policy = folder / "world.toml"
        policy.write_text(worlds.policy_toml(world.policy), encoding="utf-8")
        events = worlds.write_ndjson(Random(seed), folder / "events.ndjson", world.events)
        flags = ["--policy", policy, "--max-searches", world.max_searches, "--retention", world.retention, events]
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


def test_files_are_named_by_their_format(tmp_path):
    events = ndjson(tmp_path / "events.ndjson", [
        {"type": "search", "time": "2026-01-05T10:00:00Z", "user_id": "ana", "category_id": "shoes"}])
    assert sorted(os.listdir(batch(tmp_path / "csv", events).out)) == OUTPUTS
    assert sorted(os.listdir(batch(tmp_path / "ndjson", "--output", "ndjson", events).out)) == [
        name.replace(".csv", ".ndjson") for name in OUTPUTS]


@pytest.mark.parametrize("name", ["json", "CSV", "ndjsn"])
def test_unknown_output_is_refused(name, tmp_path):
    events = ndjson(tmp_path / "events.ndjson", [])
    done = batch(tmp_path / "out", f"--output={name}", events, code=2)
    assert "--output" in done.stderr and "ndjson" in done.stderr
    assert not done.out.exists()
