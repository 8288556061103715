"""`adirect archive`, and what reads its files: each event in exactly one finished file, whatever happened on the way.

The 2017 consumer lost what it had read and not yet written, on every restart and on every error of HDFS; here the name
of a finished file is the commit (tests/integration has the same on real servers).
"""
import re
import signal
import subprocess
import time
from random import Random

import pytest
from adirect_cli import BINARY, batch, environment, needs_arrow, needs_binary, run, summary, table, tables

pytestmark = [needs_binary, needs_arrow]

EVENTS = 30_000
NAME = re.compile(r"events\.ndjson-(\d{20})-(\d{20})\.(parquet|csv|csv\.gz)")


@pytest.fixture(name="events", scope="module")
def _events(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "events.ndjson"
    made = run("generate", "--events", EVENTS, "--days", 20, "--format", "adirect", "--mess", "5%", "--quiet", "-o", path)
    assert made.returncode == 0, made.stderr
    return path


def archive(*args, code=0):
    done = run("archive", *args)
    assert done.returncode == code, done.stderr.decode()
    return done.stderr.decode()


def finished(folder):
    return sorted(path for path in folder.glob("2*/*") if not path.name.startswith("_"))


def assert_holds(folder, events, tmp_path):
    """The archive answers as its source does, and its files' ranges follow each other."""
    expected, archived = batch(tmp_path / "expected", events).out, batch(tmp_path / "archived", folder).out
    assert len(table(expected, "audience")) > 100
    assert tables(archived) == tables(expected)
    assert summary(archived)["accepted"] == summary(expected)["accepted"]
    ranges = sorted(tuple(map(int, NAME.fullmatch(path.name).groups()[:2])) for path in finished(folder))
    assert ranges[0][0] == 0
    assert all(after[0] == before[1] + 1 for before, after in zip(ranges, ranges[1:]))


@pytest.mark.parametrize("as_", ["parquet", "csv", "csv.gz"])
def test_an_archive_answers_as_its_source(events, tmp_path, as_):
    said = archive("--source", events, "--to", tmp_path / "to", "--as", as_, "--roll-mib", 0.25)
    assert re.search(rf"archived \d+ events in {len(finished(tmp_path / 'to'))} files", said)
    assert len(finished(tmp_path / "to")) > 1
    assert_holds(tmp_path / "to", events, tmp_path)


def test_what_was_refused_is_kept_beside_it_and_driven_in_again(events, tmp_path):
    archive("--source", events, "--to", tmp_path / "to")
    refused = b"".join(path.read_bytes() for path in (tmp_path / "to" / "_quarantine").rglob("*.ndjson"))
    expected = (batch(tmp_path / "out", events).out / "quarantine.ndjson").read_bytes()
    assert refused.count(b"\n") > 100 and refused == expected


def test_a_second_run_goes_on_where_the_files_end(events, tmp_path):
    rows = events.read_bytes().splitlines(keepends=True)
    grown = tmp_path / "events.ndjson"
    for cut in (len(rows) // 3, len(rows) // 2, len(rows), len(rows)):
        grown.write_bytes(b"".join(rows[:cut]))
        archive("--source", grown, "--to", tmp_path / "to")
    assert len(finished(tmp_path / "to")) == 3
    assert_holds(tmp_path / "to", events, tmp_path)


def test_kill_9_at_any_moment_leaves_each_event_in_one_file(events, tmp_path):
    command = [str(BINARY), "archive", "--source", str(events), "--to", str(tmp_path / "to"), "--roll-mib", "0.05",
               "--quiet"]
    rng, killed = Random(1), 0
    for _ in range(30):
        with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE) as process:
            try:
                process.wait(rng.uniform(0.02, 0.3))
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
    assert killed > 0
    archive(*command[2:])
    assert_holds(tmp_path / "to", events, tmp_path)


def test_ctrl_c_finishes_the_open_files(events, tmp_path):
    command = [str(BINARY), "archive", "--source", str(events), "--to", str(tmp_path / "to"), "--roll-mib", "0.05"]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE) as process:
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert not list((tmp_path / "to").rglob("_e*"))
    archive(*command[2:])
    assert_holds(tmp_path / "to", events, tmp_path)


def test_duckdb_and_pyarrow_read_the_parquet(events, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    dataset = pytest.importorskip("pyarrow.dataset")
    archive("--source", events, "--to", tmp_path / "to", "--roll-mib", 0.25)
    accepted = summary(batch(tmp_path / "out", events).out)["accepted"]
    files = [str(path) for path in finished(tmp_path / "to")]
    rows, identities = duckdb.sql(f"select count(*), count(event_id) from read_parquet({files})").fetchall()[0]
    assert rows == identities == accepted
    frame = dataset.dataset(files, format="parquet").to_table()
    assert frame.num_rows == accepted
    assert {"event_id", "time", "type", "user_id", "arrival"} <= set(frame.column_names)


def test_foreign_files_are_told_and_passed_by(events, tmp_path):
    archive("--source", events, "--to", tmp_path / "to")
    (tmp_path / "to" / "notes.txt").write_text("mine", encoding="utf-8")
    assert "passes by notes.txt, which no archive writes" in archive("--source", events, "--to", tmp_path / "to")
    said = batch(tmp_path / "out", tmp_path / "to").stderr
    assert "notes.txt" in said
    (tmp_path / "to" / "notes.txt").unlink()
    assert_holds(tmp_path / "to", events, tmp_path)


@pytest.mark.parametrize("flags, says", [
    (["--source", "nowhere.csv", "--to", "to"], "No such file"),
    (["--source", "kafka://127.0.0.1:9092", "--to", "to"], "names no topic"),
    (["--source", "kafka://127.0.0.1:9092/t?x", "--to", "to"], "no key=value"),
    (["--source", "kafka://127.0.0.1:9092/t", "--to", "webhdfs://here/there"], "webhdfs://HOST:PORT"),
    (["--source", "kafka://127.0.0.1:9092/t", "--to", "s3://bucket"], "webhdfs://HOST:PORT"),
    (["--source", "kafka://127.0.0.1:9092/t", "--to", "to", "--as", "orc"], "there are"),
    (["--source", "http://127.0.0.1/t", "--to", "to"], "kafka://HOST:PORT/TOPIC"),
])
def test_what_is_wrong_is_said_before_anything_is_done(tmp_path, flags, says):
    done = run("archive", *[str(tmp_path / flag) if flag == "to" else flag for flag in flags])
    assert done.returncode == 2 and says in done.stderr.decode(), done.stderr
