"""What is in an archive's files, and what they are read beside (test_archive.py: that each event is in exactly one)."""
import csv
import json
import re
import shutil
import signal
import subprocess
from collections import Counter
from random import Random

import pytest
from adirect_cli import (BINARY, batch, bytes_of, environment, explain, has_arrow, ndjson, needs_binary,
                         quarantine, run, summary)
from test_full_disk import with_little_room

pytestmark = needs_binary
NAME = re.compile(r"\d{4}-\d\d-\d\d/(.+)-(\d{20})-(\d{20})\.(csv|csv\.gz|parquet)")
SEARCH = {"type": "search", "time": "2026-01-05T10:00:00Z", "user_id": "ana", "category_id": "shoes", "product_id": "p"}


@pytest.fixture(name="world", scope="module")
def messy_world(tmp_path_factory):
    """A file in which 5 % is mess, and the answers of it."""
    folder = tmp_path_factory.mktemp("world")
    done = run("generate", "--events", 60_000, "--user-count", 3_000, "--mess", "5%", "--format", "adirect", "--quiet",
               "-o", folder / "messy.ndjson")
    assert done.returncode == 0, done.stderr
    return folder / "messy.ndjson", batch(folder / "out", folder / "messy.ndjson").out


def archive(source, folder, *flags, code=0, **options):
    done = run("archive", "--quiet", "--source", source, "--to", folder, *flags, **options)
    stderr = done.stderr.decode("utf-8", "replace")
    assert done.returncode == code, f"exit {done.returncode}: {stderr}"
    return stderr


def finished(folder):
    """(input, first, last) of each file, in the order of the names; what begins with _ is passed by."""
    paths = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    names = [NAME.fullmatch(path) for path in paths if not re.search(r"(^|/)_", path)]
    assert all(names), paths
    return [(name[1], int(name[2]), int(name[3])) for name in names]


def unfinished(folder):
    return [path for path in folder.rglob("_*") if path.is_file()]


def test_a_new_run_goes_on_where_the_files_end_in_whatever_format(world, tmp_path):
    file, answers = world
    data, grown = file.read_bytes(), tmp_path / file.name
    cuts = [0, *(data.index(b"\n", len(data) * i // 5) + 1 for i in (1, 2, 4)), len(data)]
    endings = ["csv", "csv.gz", "parquet" if has_arrow() else "csv", "csv.gz"]
    for cut, ending in zip(cuts[1:], endings):
        grown.write_bytes(data[:cut])
        archive(grown, tmp_path / "kept", "--as", ending)
    assert [last + 1 for _, _, last in finished(tmp_path / "kept")] == cuts[1:]
    archive(grown, tmp_path / "kept")
    assert len(finished(tmp_path / "kept")) == 4
    state = tmp_path / "state"
    out = batch(tmp_path / "out", "--save-state", state, tmp_path / "kept").out
    assert bytes_of(out) == bytes_of(answers)
    assert bytes_of(batch(tmp_path / "again", "--from-state", state).out) == bytes_of(answers)


def test_files_and_archives_may_stand_beside_each_other(world, tmp_path):
    file, answers = world
    data = file.read_bytes()
    cut = data.index(b"\n", len(data) // 2) + 1
    for name, piece in (("old", data[:cut]), ("new", data[cut:])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "messy.ndjson").write_bytes(piece)
    archive(tmp_path / "old" / "messy.ndjson", tmp_path / "kept")
    expected = batch(tmp_path / "expected", tmp_path / "old" / "messy.ndjson", tmp_path / "new" / "messy.ndjson").out
    for files in ([tmp_path / "kept", tmp_path / "new" / "messy.ndjson"],
                  [tmp_path / "new" / "messy.ndjson", tmp_path / "kept"]):
        assert bytes_of(batch(tmp_path / "out", *files).out) == bytes_of(expected)
    assert summary(expected)["rows"] == summary(answers)["rows"]


def test_explain_reads_an_archive(tmp_path):
    file = ndjson(tmp_path / "events.ndjson", [{**SEARCH, "product_id": f"p{i}"} for i in range(3)])
    archive(file, tmp_path / "kept")
    assert explain("ana", tmp_path / "kept") == explain("ana", file)


def test_rows_keep_their_identity_arrival_and_whatever_they_say(tmp_path):
    events = [{**SEARCH, "event_id": "m1", "user_name": 'Ana "A", B', "region": "x,y", "order_id": "o", "quantity": 7,
               "price": "-1.50", "currency": "EUR"},
              {**{k: v for k, v in SEARCH.items() if k != "user_id"}, "anonymous_id": "7"},
              {"type": "erase", "user_id": "bob", "time": "2026-01-05T11:00:00Z"}]
    file = ndjson(tmp_path / "events.ndjson", events)
    archive(file, tmp_path / "kept", "--as", "csv")
    (kept,) = (tmp_path / "kept").glob("*/events*.csv")
    header, *rows = [dict(zip(kept.read_text().splitlines()[0].split(","), row)) for row in
                     csv.reader(kept.open(encoding="utf-8", newline=""))]
    assert set(header) == {"event_id", "time", "type", "user_id", "anonymous_id", "user_name", "category_id", "product_id",
                           "region", "order_id", "quantity", "price", "currency", "arrival"}
    first, second, third = rows
    assert {**events[0], "quantity": "7", "time": "2026-01-05T10:00:00.000Z"}.items() <= first.items()
    at = [len(line) + 1 for line in file.read_bytes().splitlines()]
    assert second["event_id"] == f"events.ndjson:{at[0]}" and second["anonymous_id"] == "7" and not second["user_id"]
    assert third["type"] == "erase" and third["event_id"] == f"events.ndjson:{at[0] + at[1]}"
    assert all(row["arrival"].startswith("20") for row in rows)


def test_a_full_disk_is_waited_for_and_leaves_whole_files_only(tmp_path):
    rng = Random(2)
    events = [{**SEARCH, "user_id": f"{rng.random()}"} for _ in range(3_000)]
    file = ndjson(tmp_path / "events.ndjson", events)
    with subprocess.Popen([str(BINARY), "archive", "--source", str(file), "--to", str(tmp_path / "kept"), "--as", "csv"],
                          env=environment(), stderr=subprocess.PIPE, **with_little_room()) as process:
        told = process.stderr.readline().decode()
        assert str(tmp_path / "kept") in told and "tried again" in told
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate()
        assert process.returncode == 1, stderr
    assert finished(tmp_path / "kept") == [] and unfinished(tmp_path / "kept") == []
    archive(file, tmp_path / "kept")
    assert summary(batch(tmp_path / "out", tmp_path / "kept").out)["accepted"] == 3_000


def test_files_that_overlap_or_leave_a_gap_end_it_with_both_names(tmp_path):
    kept = tmp_path / "kept"
    file = ndjson(tmp_path / "a.ndjson", [SEARCH])
    archive(file, kept, "--as", "csv")
    (one,) = kept.glob("20*/*.csv")
    first, last = one.name[9:29], one.name[30:50]
    for begin, fault in ((first, "the same rows"), (f"{int(last) + 2:020}", "leave rows out")):
        other = one.with_name(f"a.ndjson-{begin}-{int(last) + 9:020}.csv")
        shutil.copy(one, other)
        stderr = archive(file, kept, code=1)
        assert one.name in stderr and other.name in stderr and fault in stderr
        other.unlink()


def test_what_is_refused_says_where_and_what_instead(tmp_path):
    file = ndjson(tmp_path / "a.ndjson", [SEARCH])
    (tmp_path / "b").mkdir()
    twin = ndjson(tmp_path / "b" / "a.ndjson", [SEARCH])
    (tmp_path / "empty").mkdir()
    for flags, told in [
            ([file, tmp_path / "kept", "--as", "parkett"], "did you mean parquet"),
            (["-", tmp_path / "kept"], "read only once"),
            ([tmp_path / "none.ndjson", tmp_path / "kept"], "none.ndjson"),
            ([file, tmp_path / "kept", "--source", twin], "two files are named"),
            ([file, tmp_path / "kept", "--source", "kafka://127.0.0.1:1/t"], "one topic"),
            ([file, "s3://bucket/x"], "webhdfs://HOST:PORT/FOLDER"),
            ([file, "webhdfs://name-node/x"], "webhdfs://HOST:PORT/FOLDER"),
            ([file, file], "a.ndjson"),
    ]:
        assert told in archive(*flags, code=2), flags
    assert "no archive" in batch(tmp_path / "out", tmp_path / "empty", code=2).stderr
    assert "name event files" in run("batch", "--dry-run", tmp_path / "empty").stderr.decode()


def test_the_summary_counts(world, tmp_path):
    file, answers = world
    done = run("archive", "--source", file, "--to", tmp_path / "kept", "--json", "--as", "csv")
    told = json.loads(done.stdout)
    kept = [path for path in (tmp_path / "kept").glob("20*/*")]
    assert told["events"] == summary(answers)["accepted"] and told["quarantined"] == len(quarantine(answers))
    assert told["files"] == len(kept) and told["bytes"] == sum(path.stat().st_size for path in kept)
    assert told["next"] == {"messy.ndjson": file.stat().st_size}
    assert b"_quarantine" in done.stderr


def test_a_damaged_file_is_named(tmp_path):
    kept = tmp_path / "kept"
    archive(ndjson(tmp_path / "a.ndjson", [SEARCH] * 100), kept, "--as", "csv.gz")
    (one,) = kept.glob("20*/*")
    one.write_bytes(one.read_bytes()[:-20])
    assert one.name in batch(tmp_path / "out", kept, code=1).stderr


def test_each_row_is_in_the_file_that_its_name_says(world, tmp_path):
    """By its rows' own identities: the offsets of those without an event_id lie in the range of the name."""
    file, _ = world
    archive(file, tmp_path / "kept", "--as", "csv", "--roll-mib", "0.2")
    seen = Counter()
    for path in (tmp_path / "kept").glob("20*/*.csv"):
        first, last = (int(path.name[i:i + 20]) for i in (len("messy.ndjson-"), len("messy.ndjson-") + 21))
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := re.match(r"messy\.ndjson:(\d+),", line):
                assert first <= int(match[1]) <= last
                seen[match[1]] += 1
    assert set(seen.values()) <= {1}
