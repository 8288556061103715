"""`adirect admin store`: what is whole, what is damaged, how much there is, and its state as a file."""
import json
import os
import time
from random import Random

import pytest
from adirect_cli import batch, needs_binary, ndjson, run, table
from live_server import Server

pytestmark = needs_binary

SHOPPERS = 500


def rfc3339(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def week(count, seed=1):
    """Events of the last week, and a last one that is still to come, so that the as-of is the same for minutes."""
    rng = Random(seed)
    now = int(time.time())
    events = [{"type": "purchase" if rng.random() < 0.05 else "search", "time": rfc3339(now - rng.randrange(604800)),
               "user_id": f"u{rng.randrange(SHOPPERS)}", "category_id": f"c{rng.randrange(5)}",
               "product_id": f"p{rng.randrange(50)}", "event_id": f"{seed}-{i}"} for i in range(count)]
    return [*events, {"type": "search", "time": rfc3339(now + 280), "user_id": "last", "category_id": "c0"}]


@pytest.fixture(name="shop")
def _shop(tmp_path):
    """A data directory, and the events that were posted to it."""
    events = week(20_000)
    with Server(tmp_path / "shop") as server:
        for i in range(0, len(events), 5000):
            assert server.post(events[i:i + 5000]).json()["quarantined"] == []
    return tmp_path / "shop", events


def store(command, data, *args, code=0):
    done = run("admin", "store", command, data, *args)
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode() if code == 0 else done.stderr.decode()


def flip(path, offset):
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def test_a_whole_store_is_whole_and_its_numbers_are_right(shop):
    data, events = shop
    assert "whole" in store("check", data)
    stats = json.loads(store("stats", data, "--json"))
    assert stats["shoppers"] == len({e["user_id"] for e in events})
    assert stats["newest_event_at"] == events[-1]["time"].replace("Z", ".000Z")
    assert (stats["log_records"], stats["max_searches"], stats["retention"]) == (0, 32, "400d")
    assert 0 < stats["bytes"] <= sum(f.stat().st_size for f in data.rglob("*") if f.is_file()) * 1.1
    text = store("stats", data)
    assert f"shoppers      {stats['shoppers']}\n" in text and stats["newest_event_at"] in text


def test_after_a_kill_the_log_is_counted_too(tmp_path):
    with Server(tmp_path / "shop", "--retention", "forever", "--max-searches", "7") as server:
        for i in range(3):
            assert server.post(week(10, seed=i)).status == 200
        server.kill()
    stats = json.loads(store("stats", tmp_path / "shop", "--json"))
    assert (stats["log_records"], stats["max_searches"], stats["retention"]) == (3, 7, "forever")
    assert "3 log records" in store("check", tmp_path / "shop")


def test_check_names_a_damaged_file_wherever_its_byte_is(shop):
    data, _ = shop
    files = sorted(data.glob("*.sst"))
    assert files
    rng = Random(5)
    for path in files:
        content = path.read_bytes()
        for offset in [0, *(rng.randrange(len(content) - 64) for _ in range(5))]:
            flip(path, offset)
            told = store("check", data, code=1)
            assert str(path) in told and "restore" in told, offset
            path.write_bytes(content)


def test_the_export_answers_a_batch_as_the_engine_does(shop, tmp_path):
    data, events = shop
    store("export", data, "-o", tmp_path / "state")
    with Server(data) as server:
        engine = server.audience()
    out = batch(tmp_path / "out", "--from-state", tmp_path / "state").out
    assert sorted(table(out, "audience")) == engine and len(engine) > 100
    whole = batch(tmp_path / "whole", ndjson(tmp_path / "events.ndjson", events)).out
    assert table(whole, "audience") == table(out, "audience")
    assert table(whole, "recommendations") == table(out, "recommendations")


def test_the_export_holds_what_only_the_log_has(tmp_path):
    events = week(2000)
    with Server(tmp_path / "shop", "--retention", "forever") as server:
        assert server.post(events).status == 200
        server.kill()
    store("export", tmp_path / "shop", "-o", tmp_path / "state")
    batch(tmp_path / "whole", "--save-state", tmp_path / "of_batch", ndjson(tmp_path / "events.ndjson", events))
    from_batch = batch(tmp_path / "a", "--from-state", tmp_path / "of_batch").out
    from_store = batch(tmp_path / "b", "--from-state", tmp_path / "state").out
    assert table(from_batch, "audience") == table(from_store, "audience") != []


@pytest.mark.parametrize("command", ["check", "stats", "export"])
def test_what_is_no_store_of_ours_or_in_use_is_refused(command, tmp_path):
    out = ["-o", tmp_path / "state"] if command == "export" else []
    assert "check the name" in store(command, tmp_path / "none", *out, code=2)
    assert not (tmp_path / "none").exists()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("dear ana", encoding="utf-8")
    assert "no data directory of adirect" in store(command, foreign, *out, code=2)
    assert os.listdir(foreign) == ["letter.txt"]
    with Server(tmp_path / "shop") as server:
        told = store(command, tmp_path / "shop", *out, code=1)
        assert f"in use by process {server.process.pid}" in told
    assert not (tmp_path / "state").exists()
