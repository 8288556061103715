"""Engine, archive and batch give one answer: topic and posts → engine; the same → archive in HDFS → batch; → batch.

Messy worlds, as JSON and as the seed's CSV.
"""
import csv
import io
import json
from datetime import datetime
from random import Random

import pytest
from adirect_cli import ROOT, batch, has_arrow, needs_arrow, needs_binary, run, summary, table, tables
from adirect_reference import timestamp
from live_server import Server, path_of
from live_worlds import flags_of, live_world, put_policy
from services import group
import worlds  # beside the reference, as adirect_cli's sys.path has it

pytestmark = [needs_binary, needs_arrow]
servers = group("kafka", "hdfs")


def millis(rfc3339):
    return int(datetime.fromisoformat(rfc3339.replace("Z", "+00:00")).timestamp() * 1000)


def await_read(server, topic, records, archived=True):
    """Until the engine has read so many records of the topic, and the archive's finished files hold as many."""
    server.until(lambda: server.metric("adirect_source_position", topic) == records)
    if archived:
        server.until(lambda: server.metric("adirect_archive_position", topic) == records)


def lines_of(path):
    return path.read_bytes().splitlines()


@pytest.mark.parametrize("as_", ["parquet", "csv.gz", "csv"])
def test_engine_archive_and_file_agree_on_a_messy_world(servers, tmp_path, as_):
    world, rng = live_world(worlds.big_world(11, 20_000)), Random(11)
    events = worlds.repeated(rng, worlds.shuffled(rng, world.events))
    cut = len(events) // 3
    posted = worlds.write_ndjson(rng, tmp_path / "posted.ndjson", events[:cut])
    sent = worlds.write_ndjson(rng, tmp_path / "sent.ndjson", events[cut:])
    topic = servers.topic(partitions=3)
    servers.produce(topic, [*lines_of(sent), b"no event", b"two\nlines"])
    archive = f"{servers.webhdfs}/archive/{topic}"
    source = ["--source", f"kafka://{servers.kafka}/{topic}?dead_letters={topic}_refused"]
    with Server(tmp_path / "shop", *source, "--archive", archive, "--archive-as", as_,
                "--archive-roll-minutes", 0.02, *flags_of(world)) as server:
        flags = put_policy(server, world, tmp_path)
        assert server.post(posted.read_bytes()).status == 200
        erased = next(event["user_id"] for event in events if "user_id" in event)
        assert server.ask("DELETE", path_of("users", erased)).status == 200
        await_read(server, topic, len(lines_of(sent)) + 2)
        server.until(lambda: server.metric("adirect_archive_position", "log/0") == 2)  # what was posted, and the erase
        told = server.audience(policy="world", cursor=f"{world.as_of}.0.0")
    erase = tmp_path / "erase.ndjson"
    erase.write_text(json.dumps({"type": "erase", "user_id": erased, "time": timestamp(world.as_of)}) + "\n",
                     encoding="utf-8")
    expected = batch(tmp_path / "files", *flags, posted, sent, erase).out
    archived = batch(tmp_path / "archived", *flags, archive).out
    assert len(table(expected, "audience")) > 100 and len(told) > 100
    assert told == sorted(table(expected, "audience"))
    assert tables(archived) == tables(expected)
    assert summary(archived)["quarantined"] == 0
    refused = [json.loads(line) for line in servers.consume(f"{topic}_refused")]
    assert sorted(letter["reason"] for letter in refused) == ["bad_json", "bad_json"]


def test_the_seed_s_rows_from_a_topic_are_the_seed_s_rows_from_a_file(servers, tmp_path):
    topic = servers.topic(partitions=4)
    made = ["generate", "--world", "seed2017", "--events", 50_000, "--seed", 3, "--quiet"]
    assert run(*made, "-o", tmp_path / "events.csv").returncode == 0
    sent = run(*made, "--to", f"kafka://{servers.kafka}/{topic}")
    assert sent.returncode == 0, sent.stderr
    keys = servers.consume(topic, form="%k,%s")
    assert len(keys) == 50_000 and all(key == row[2] for key, *row in csv.reader(io.StringIO("\n".join(keys[:1000]))))
    with Server(tmp_path / "shop", "--source", f"kafka://{servers.kafka}/{topic}", "--format", "seed",
                "--retention", "forever") as server:
        await_read(server, topic, 50_000, archived=False)
        server.until(lambda: server.stats()["accepted"] == 50_000)
        flags = ["--policy", "seed", "--format", "seed"]
        expected = batch(tmp_path / "out", *flags, tmp_path / "events.csv").out
        as_of = summary(expected)["as_of"]
        policy = (ROOT / "policies" / "seed.toml").read_text(encoding="utf-8")
        assert server.ask("PUT", "/v1/policies/seed", policy, "application/toml").status == 200
        told = server.audience(policy="seed", cursor=f"{millis(as_of)}.0.0")
    assert len(told) > 1000 and told == sorted(table(expected, "audience"))


def test_a_binary_says_what_it_was_built_with():
    assert has_arrow() and b"librdkafka" in run("--version").stdout
