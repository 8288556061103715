"""`serve --source`: event files become part of the shop, once, and nothing doubles."""
import json
import os
import time

import pytest
from adirect_cli import batch, needs_binary, ndjson, quarantine, run, table
from live_server import Server, refused
from test_store_commands import week

pytestmark = needs_binary


def anonymous(count, seed):
    """Events that only their place tells apart."""
    return [{key: value for key, value in event.items() if key != "event_id"} for event in week(count, seed)]


@pytest.fixture(name="files")
def _files(tmp_path):
    return [ndjson(tmp_path / f"{name}.ndjson", anonymous(5000, seed)) for seed, name in enumerate(["a day", "another"])]


def sources(files):
    return [flag for file in files for flag in ("--source", file)]


def test_the_answers_are_those_of_a_batch_over_the_files_and_what_was_posted(files, tmp_path):
    posted = week(2000, seed=9)
    with Server(tmp_path / "shop", *sources(files)) as server:
        assert "read 10002 rows: 10002 accepted" in server.log()
        assert server.stats()["accepted"] == 10002
        server.post(posted)
        engine = server.audience()
    out = batch(tmp_path / "out", *files, ndjson(tmp_path / "posted.ndjson", posted)).out
    assert sorted(table(out, "audience")) == engine and len(engine) > 100
    with Server(tmp_path / "shop") as server:
        assert server.audience() == engine


def test_a_finished_file_is_read_again_only_when_it_has_changed(files, tmp_path):
    with Server(tmp_path / "shop", *sources(files)) as server:
        first = server.audience()
    with Server(tmp_path / "shop", *sources([*files, files[0]])) as server:
        assert "source_read" not in server.log() and server.audience() == first
    with files[0].open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(e) + "\n" for e in anonymous(3000, seed=7)))
    with Server(tmp_path / "shop", *sources(files)) as server:
        assert "read 8002 rows" in server.log()
        engine = server.audience()
    out = batch(tmp_path / "out", *files).out
    assert sorted(table(out, "audience")) == engine != first


def test_a_kill_before_the_checkpoint_reads_again_and_nothing_doubles(tmp_path):
    file = ndjson(tmp_path / "long.ndjson", anonymous(200_000, seed=3))
    server, killed = Server(tmp_path / "shop", "--source", file), 0
    for i in range(5):
        server.spawn()
        time.sleep(0.02 + 0.03 * i)
        killed += server.process.poll() is None
        server.kill()
    assert killed == 5
    with server:
        engine = server.audience()
        server.kill()
    out = batch(tmp_path / "out", file).out
    assert sorted(table(out, "audience")) == engine != []
    with Server(tmp_path / "shop", "--source", file) as server:
        assert "source_read" not in server.log() and server.audience() == engine


def test_a_url_names_a_file_too(files, tmp_path):
    with Server(tmp_path / "shop", "--source", "file://" + str(files[0]).replace(" ", "%20")) as server:
        assert "read 5001 rows" in server.log()
    with Server(tmp_path / "shop", "--source", files[0]) as server:
        assert "source_read" not in server.log()


def test_what_cannot_be_read_is_refused_by_name_and_nothing_is_kept(files, tmp_path):
    for source, told in {"http://shop/events": "kafka://HOST:PORT/TOPIC", "kafka://broker:9092": "names no topic", "file://elsewhere/x": "file:///PATH",
                         "file:///a%zz": "file:///PATH", tmp_path: "no regular file",
                         tmp_path / "none.csv": "none.csv"}.items():
        code, stderr = refused(tmp_path / "shop", "--source", files[0], "--source", source)
        assert code == 2 and str(source) in stderr and told in stderr, stderr
    stats = json.loads(run("admin", "store", "stats", "--json", tmp_path / "shop").stdout)
    assert stats["shoppers"] == 0


def test_the_same_content_under_another_name_is_refused_and_changes_nothing(files, tmp_path):
    copy = tmp_path / "copy.ndjson"
    copy.write_bytes(files[0].read_bytes())
    with Server(tmp_path / "shop", *sources(files[:1])) as server:
        before = server.audience()
    code, stderr = refused(tmp_path / "shop", "--source", copy)
    assert code == 2 and copy.name in stderr and files[0].name in stderr
    with Server(tmp_path / "shop") as server:
        assert server.audience() == before != []


def test_a_state_that_more_than_fills_the_memory_is_refused_and_nothing_is_kept(files, tmp_path):
    code, stderr = refused(tmp_path / "shop", "--memory-limit", "0.0001", *sources(files))
    assert code == 1 and "--memory-limit" in stderr
    stats = json.loads(run("admin", "store", "stats", "--json", tmp_path / "shop").stdout)
    assert stats["shoppers"] == 0


def test_rows_that_are_no_events_are_kept_as_a_batch_keeps_them(tmp_path):
    file = tmp_path / "messy.csv"
    run("generate", "--events", "20000", "--format", "adirect", "--mess", "5%", "--quiet", "-o", file)
    with Server(tmp_path / "shop", "--source", file, "--retention", "forever") as server:
        assert "quarantined" in server.log()
        kept = [name for name in os.listdir(tmp_path / "shop") if name.startswith("quarantine-")]
        assert len(kept) == 1 and kept[0] in server.log()
    out = batch(tmp_path / "out", file).out
    records = [json.loads(line) for line in (tmp_path / "shop" / kept[0]).read_text(encoding="utf-8").splitlines()]
    assert records == quarantine(out) and len(records) > 50
