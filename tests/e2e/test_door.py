"""Every verdict of the door, row by row, through `adirect batch`."""
import base64
import json

import pytest
from adirect_cli import batch, explain, needs_binary, quarantine, shared_json, summary

ROWS = shared_json("door.json")
SUFFIX = {"ndjson": "ndjson", "seed": "csv"}
pytestmark = needs_binary


def line_of(row):
    return base64.b64decode(row["line_base64"]) if "line_base64" in row else row["line"].encode("utf-8")


def formatted(kind, path):
    return ["--format", "seed" if kind == "seed" else "adirect", path]


def judged(folder, kind, lines):
    """Runs the lines as one file; returns (summary, quarantine)."""
    path = folder / f"rows.{SUFFIX[kind]}"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    out = batch(folder / "out", *formatted(kind, path)).out
    return summary(out), quarantine(out)


def is_refused(row):
    return row["verdict"] not in ("accepted", "skipped", "header")


def check_refusal(refused, row, position):
    line = line_of(row)
    assert refused["reason"] == row["verdict"]
    assert refused["source"].endswith(f"rows.{SUFFIX[row['format']]}")
    assert refused["position"] == position
    if "line_base64" in row:
        assert base64.b64decode(refused["raw_base64"]) == line
    else:
        assert refused["raw"].encode("utf-8") == line


@pytest.mark.parametrize("row", ROWS, ids=[f"{i}-{row['verdict']}" for i, row in enumerate(ROWS)])
def test_row_alone(row, tmp_path):
    counts, refused = judged(tmp_path, row["format"], [line_of(row)])
    is_row = row["verdict"] not in ("skipped", "header")
    assert counts["rows"] == is_row
    assert counts["accepted"] == (row["verdict"] == "accepted")
    assert counts["quarantined"] == len(refused) == is_refused(row)
    for one in refused:
        check_refusal(one, row, 0)


@pytest.mark.parametrize("kind", ["ndjson", "seed"])
def test_all_rows_in_one_file(kind, tmp_path):
    rows = [row for row in ROWS if row["format"] == kind]
    rows.sort(key=lambda row: row["verdict"] != "header")
    counts, refused = judged(tmp_path, kind, [line_of(row) for row in rows])
    expected, position = [], 0
    for row in rows:
        expected += [(row, position)] if is_refused(row) else []
        position += len(line_of(row)) + 1
    assert counts["accepted"] == sum(row["verdict"] == "accepted" for row in rows) > 0
    assert len(refused) == len(expected) > 0
    for one, (row, at) in zip(sorted(refused, key=lambda one: one["position"]), expected):
        check_refusal(one, row, at)
    reasons = [one["reason"] for one in refused]
    assert counts["quarantine"] == {reason: reasons.count(reason) for reason in reasons}


def test_a_header_is_a_header_only_as_the_first_line(tmp_path):
    header = next(line_of(row) for row in ROWS if row["verdict"] == "header")
    good = next(line_of(row) for row in ROWS if row["format"] == "seed" and row["verdict"] == "accepted")
    counts, refused = judged(tmp_path, "seed", [good, header])
    assert counts["accepted"] == 1
    assert [one["reason"] for one in refused] == ["bad_type"]


def search(**fields):
    event = {"type": "search", "time": "2026-01-05T10:00:00Z", "category_id": "shoes", **fields}
    return json.dumps(event).encode()


def test_digits_beyond_the_millisecond_are_cut_and_the_zone_is_heeded(tmp_path):
    counts, _ = judged(tmp_path, "ndjson", [search(user_id="ana", time="2026-01-05T10:00:00.123999+08:00")])
    assert counts["as_of"] == counts["newest_event_at"] == "2026-01-05T02:00:00.123Z"


def test_an_integer_id_is_the_shopper_of_its_digits(tmp_path):
    counts, _ = judged(tmp_path, "ndjson", [search(user_id=7), search(user_id="7")])
    assert (counts["accepted"], counts["users"]) == (2, 1)


def test_an_anonymous_id_makes_a_shopper_of_its_own(tmp_path):
    counts, _ = judged(tmp_path, "ndjson", [search(anonymous_id="x"), search(user_id="x")])
    assert counts["users"] == 2
    decision = explain("anon:x", tmp_path / "rows.ndjson")
    assert [one["searches"] for one in decision["categories"]] == [1]
