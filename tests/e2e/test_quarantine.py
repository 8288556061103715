"""`adirect admin quarantine`: what is in quarantine, and its rows driven in again after they were mended."""
import base64
import json
import os
import time
from random import Random

import pytest
from adirect_cli import batch, bytes_of, needs_binary, quarantine, run, summary
from adirect_reference import timestamp
import worlds  # beside the reference, as adirect_cli's sys.path has it

pytestmark = needs_binary
MIB = 1 << 20
HEADER = "type,time,user_id,category_id,product_id\n"
GOOD = "search,2026-01-05T10:00:00Z,ana,shoes,p1"


def listed(*args, code=0, stdin=None):
    done = run("admin", "quarantine", "list", *args, stdin=stdin)
    assert done.returncode == code, done.stderr
    return (done.stdout if code == 0 else done.stderr).decode()


def retried(out, *args, code=0, stdin=None):
    """Runs a retry; returns what it tells and the lines that passed."""
    done = run("admin", "quarantine", "retry", "-o", out, *args, stdin=stdin)
    assert done.returncode == code, done.stderr
    lines = out.read_text(encoding="utf-8").split("\n") if out.exists() else []
    return done.stderr.decode(), [json.loads(line) for line in lines if line]


def records_file(path, records):
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
    return path


def refused_rows(folder, lines):
    """A batch over the lines as a CSV file; returns its folder."""
    path = folder / "events.csv"
    rows = [line if isinstance(line, bytes) else line.encode() for line in lines]
    path.write_bytes(HEADER.encode() + b"".join(row + b"\n" for row in rows))
    return batch(folder / "out", path).out


# list


def test_list_counts_first_and_then_shows_the_rows(tmp_path):
    out = refused_rows(tmp_path, [GOOD, "look,1,ana,shoes,p1", "search,soon,ana,shoes,p1", "look,\x1b[2J,a,b,c",
                                  b"search,1,an\xff,shoes,p1"])
    text = listed(out / "quarantine.ndjson")
    counts, rows = text.split("\n\n")
    assert counts.split() == ["source", "reason", "rows", "events.csv", "bad_time", "1", "events.csv", "bad_type", "2",
                              "events.csv", "bad_utf8", "1", "all", "4"]
    first = len(HEADER + GOOD) + 1
    assert f"events.csv:{first}" in rows and '"look,1,ana,shoes,p1"' in rows
    assert rows.index("bad_type") < rows.index("bad_time")
    assert "\x1b" not in text
    assert base64.b64encode(b"search,1,an\xff,shoes,p1").decode() in rows


def test_list_shows_twenty_rows_unless_told_otherwise(tmp_path):
    out = refused_rows(tmp_path, [f"look,{i},ana,shoes,p1" for i in range(30)] + ["search,soon,ana,shoes,p1"])
    path = out / "quarantine.ndjson"
    assert (listed(path).count('"look,'), "11 more" in listed(path)) == (20, True)
    assert listed(path, "--limit", 3).count('"look,') == 3
    assert listed(path, "--limit", 99).count('"look,') == 30
    assert "more" not in listed(path, "--limit", 31)
    only = listed(path, "--reason", "bad_time")
    assert "look" not in only and '"search,soon' in only and only.split("\n\n")[0].endswith("1")


def test_list_as_json_is_the_records_as_they_stand(tmp_path):
    out = refused_rows(tmp_path, [f"look,{i},ana,shoes,p1" for i in range(30)] + ["search,soon,ana,shoes,p1"])
    path = out / "quarantine.ndjson"
    whole = path.read_text()
    assert whole.count("\n") == 31
    assert listed("--json", path) == whole
    assert listed("--json", "-", stdin=whole.encode()) == whole
    assert listed("--json", "--limit", 2, path) == "".join(whole.splitlines(True)[:2])
    assert listed("--json", "--reason", "bad_time", path) == whole.splitlines(True)[-1]


def test_list_of_an_empty_file(tmp_path):
    path = records_file(tmp_path / "quarantine.ndjson", [])
    assert listed(path).split() == ["source", "reason", "rows", "all", "0"]


# retry


def test_a_header_is_kept_with_the_rows_that_need_it(tmp_path):
    out = refused_rows(tmp_path, ["look,,,,"])
    assert quarantine(out)[0]["header"] == HEADER.strip()
    rows = tmp_path / "seed.csv"
    rows.write_text("soon,craig198,49723,11100042,1,search\n", encoding="utf-8")
    assert "header" not in quarantine(batch(tmp_path / "seed", "--format", "seed", rows).out)[0]


def test_a_mended_row_passes_with_the_identity_of_its_place(tmp_path):
    out = refused_rows(tmp_path, [GOOD, "look,2026-01-05T10:00:00Z,ana,shoes,\"p,1\"", "search,soon,ana,shoes,p1"])
    records = quarantine(out)
    records[0]["raw"] = records[0]["raw"].replace("look", "view")
    path = records_file(tmp_path / "mended.ndjson", records)
    told, passed = retried(tmp_path / "passed.ndjson", "--rest", tmp_path / "rest.ndjson", path)
    assert passed[0].pop("arrival")
    assert passed == [{"type": "view", "time": "2026-01-05T10:00:00.000Z", "user_id": "ana", "category_id": "shoes",
                       "product_id": "p,1", "event_id": f"events.csv:{len(HEADER + GOOD) + 1}"}]
    assert (tmp_path / "rest.ndjson").read_text() == json.dumps(records[1], separators=(",", ":")) + "\n"
    assert "2 quarantined rows: 1 pass" in told and "1 bad_time" in told
    retried(tmp_path / "passed.ndjson", "--strict", path, code=3)


def test_a_retry_may_replace_the_quarantine_it_reads(tmp_path):
    out = refused_rows(tmp_path, ["search,2026-01-05T10:00:00Z,ana,shoes", "search,soon,ana,shoes,p1"])
    records = quarantine(out)
    records[0]["raw"] += ",p1"
    path = records_file(out / "quarantine.ndjson", records)
    retried(tmp_path / "passed.ndjson", "--rest", path, path)
    assert [one["reason"] for one in quarantine(out)] == ["bad_time"]
    _, passed = retried(tmp_path / "none.ndjson", "--rest", path, path)
    assert passed == [] and len(quarantine(out)) == 1


def test_what_base64_holds_is_retried_and_what_was_cut_is_not(tmp_path):
    out = refused_rows(tmp_path, [b"search,2026-01-05T10:00:00Z,an\xff,shoes,p1", "search," + "x" * MIB])
    records = quarantine(out)
    assert records[1]["raw_truncated"]
    mended = {**records[0], "raw_base64": base64.b64encode(GOOD.encode()).decode()}
    path = records_file(tmp_path / "mended.ndjson", [records[0], mended, records[1]])
    told, passed = retried(tmp_path / "passed.ndjson", "--rest", tmp_path / "rest.ndjson", path)
    assert [one["user_id"] for one in passed] == ["ana"]
    rest = [json.loads(line) for line in (tmp_path / "rest.ndjson").read_text().splitlines()]
    assert rest == [records[0], records[1]]
    assert "1 bad_utf8" in told and "1 cut" in told


def test_a_row_of_the_future_passes_when_its_time_has_come(tmp_path):
    """Its record stands in for the one of a run of half an hour ago."""
    soon, late = ({"type": "view", "time": int((time.time() + 60 * minutes) * 1000), "user_id": "ana",
                   "category_id": "shoes"} for minutes in (-1, 90))
    records = [{"source": "events.ndjson", "position": i, "reason": "future", "raw": json.dumps(row)}
               for i, row in enumerate([soon, late])]
    told, passed = retried(tmp_path / "passed.ndjson", records_file(tmp_path / "q.ndjson", records))
    assert [one["event_id"] for one in passed] == ["events.ndjson:0"] and "1 future" in told
    assert summary(batch(tmp_path / "out", tmp_path / "passed.ndjson").out)["accepted"] == 1


def test_a_place_that_cannot_be_an_event_id_says_so(tmp_path):
    record = {"source": "x" * 125 + ".csv", "position": 17, "reason": "bad_time", "raw": GOOD, "header": HEADER.strip()}
    path = records_file(tmp_path / "q.ndjson", [record])
    told, passed = retried(tmp_path / "passed.ndjson", path)
    assert passed == [] and "1 bad_event_id" in told


def written(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def world_lines(rng, folder, world, suffix):
    path = folder / f"events.{suffix}"
    folder.mkdir(parents=True, exist_ok=True)
    if suffix == "csv":
        worlds.write_csv(rng, path, world.events)
    else:
        worlds.write_ndjson(rng, path, world.events)
    return path.read_bytes().decode("utf-8").replace("\r\n", "\n").removeprefix("\ufeff").rstrip("\n").split("\n")


@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
def test_mended_rows_and_the_original_answer_as_the_mended_file_does(suffix, tmp_path):
    """Of a messy world a part of the rows is overwritten, byte by byte, and mended in the quarantine file."""
    compared = mended_rows = 0
    for seed in range(30):
        rng, folder = Random(seed), tmp_path / str(seed)
        world = worlds.small_world(seed)
        lines = [line for line in world_lines(rng, folder / "world", world, suffix) if line]
        policy = written(folder / "world.toml", [worlds.policy_toml(world.policy)])
        flags = ["--policy", policy, "--max-searches", world.max_searches, "--retention", world.retention,
                 "--as-of", timestamp(world.as_of)]
        whole_file = written(folder / "whole" / f"events.{suffix}", lines)
        broken = {i for i in range(suffix == "csv", len(lines)) if rng.random() < 0.3 and len(lines[i]) > 20}
        bad = ["\x01" * len(line.encode()) if i in broken else line for i, line in enumerate(lines)]
        original = written(folder / "broken" / f"events.{suffix}", bad)
        records = quarantine(batch(folder / "out", *flags, original).out)
        assert len(records) == len(broken)
        for record, i in zip(records, sorted(broken)):
            record["raw"] = lines[i]
        mended = records_file(folder / "mended.ndjson", records)
        told, passed = retried(folder / "passed.ndjson", mended)
        assert len(passed) == len(records), told
        expected = bytes_of(batch(folder / "out", *flags, whole_file).out)
        for files in ([original, folder / "passed.ndjson"], [folder / "passed.ndjson", whole_file]):
            assert bytes_of(batch(folder / "out", *flags, *files).out) == expected, f"world {seed}"
        compared += expected["audience"].count(b"\n") - 1
        mended_rows += len(passed)
    assert compared > 0 and mended_rows > 0


# wrong usage

GOOD_RECORD = {"source": "events.csv", "position": 41, "reason": "bad_time", "raw": GOOD, "header": HEADER.strip()}


@pytest.mark.parametrize("line, named", [
    ("nonsense", "JSON"), ("{}", "source"), ('{"source":"a","position":0,"reason":"x"}', "raw"),
    ('{"source":"a.csv","position":0,"reason":"x","raw":"x"}', "header"),
    ('{"source":"a.csv","position":0,"reason":"x","raw":"x","header":"a,b"}', '"a", "b"')])
def test_a_line_that_cannot_be_retried_is_named_and_nothing_is_written(line, named, tmp_path):
    path = tmp_path / "q.ndjson"
    path.write_text(json.dumps(GOOD_RECORD) + "\n\n" + line + "\n", encoding="utf-8")
    told, _ = retried(tmp_path / "passed.ndjson", "--rest", tmp_path / "rest.ndjson", path, code=2)
    assert "q.ndjson:3:" in told and named in told
    assert os.listdir(tmp_path) == ["q.ndjson"]


def test_a_line_that_is_no_record_is_named_by_list(tmp_path):
    path = tmp_path / "q.ndjson"
    path.write_text(json.dumps(GOOD_RECORD) + "\nnonsense\n", encoding="utf-8")
    assert "q.ndjson:2:" in listed(path, code=2)


@pytest.mark.parametrize("args", [
    ["list"], ["list", "absent.ndjson"], ["list", "."], ["list", "--reason", "bad_tme", "q.ndjson"],
    ["list", "--limit", "-1", "q.ndjson"], ["retry", "q.ndjson"], ["retry", "-o", "out.ndjson"],
    ["retry", "-o", "out.ndjson", "absent.ndjson"], ["retry", "-o", "out.ndjson", "--format", "nonsense", "q.ndjson"],
    ["retry", "-o", "out.ndjson", "--rest", "out.ndjson", "q.ndjson"],
    ["retry", "-o", "out.ndjson", "--rest", "./out.ndjson", "q.ndjson"], ["retry", "-o", "./q.ndjson", "q.ndjson"],
    ["retry", "-o", "-", "--rest", "-", "q.ndjson"], ["retry", "-o", "no/out.ndjson", "q.ndjson"],
    ["mend", "q.ndjson"], []], ids=" ".join)
def test_wrong_usage_exits_2_and_writes_nothing(args, tmp_path):
    records_file(tmp_path / "q.ndjson", [GOOD_RECORD])
    before = (tmp_path / "q.ndjson").read_bytes()
    done = run("admin", "quarantine", *args, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.strip()
    assert (tmp_path / "q.ndjson").read_bytes() == before
    assert os.listdir(tmp_path) == ["q.ndjson"]
