"""The producers of 2017, theirs and ours, into one topic; an engine that follows it has each event once."""
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from adirect_cli import BINARY, ROOT, batch, needs_binary, run, table
from live_server import Server
from services import group
from test_pipeline import millis

EXAMPLES = ROOT / "examples" / "2017"
REGIONS = ["america", "china", "france", "singapore", "taiwan"]
FOREVER = ["--retention", "forever"]
AS_OF = "2017-02-02T00:45:00Z"

needs_topics = pytest.mark.skipif(needs_binary.args[0] or b"topics (" not in run("--version").stdout,
                                  reason="built without ADIRECT_WITH_KAFKA")
pytestmark = [needs_binary, needs_topics]
servers = group("kafka")


def environment(servers, topic, logs, **more):
    return {**os.environ, "KAFKA": servers.kafka, "TOPIC": topic, "ADIRECT": str(BINARY), "LOGS": str(logs), **more}


def example(script, env):
    return subprocess.run([str(EXAMPLES / script)], env=env, capture_output=True, text=True, check=False)


def world(path, *flags):
    done = run("generate", "--world", "seed2017", "--start", "2017-02-01", "--days", "7", *flags, "-o", path)
    assert done.returncode == 0, done.stderr
    return path.read_text(encoding="utf-8").splitlines()


def follow(servers, topic, data):
    return Server(data, "--format", "seed", *FOREVER, "--source", f"kafka://{servers.kafka}/{topic}")


def test_an_unmodified_kafka_python_producer_feeds_the_engine(servers, tmp_path):
    script = Path(__file__).with_name("producer_2017.py")
    subprocess.run([sys.executable, str(script), servers.kafka, "web_activity1", "20000"], check=True)
    rows = servers.consume("web_activity1")
    assert len(rows) == 20000 and min(rows).startswith("2017-02-01 23:35:10,craig")
    with follow(servers, "web_activity1", tmp_path / "shop") as server:
        server.until(lambda: server.stats()["accepted"] == 20000)
        assert server.stats()["quarantined"] == {}
        engine = server.audience(cursor=f"{millis(AS_OF)}.0.0")
    file = tmp_path / "topic.csv"
    file.write_text("".join(row + "\n" for row in rows), encoding="utf-8")
    out = batch(tmp_path / "out", "--format", "seed", *FOREVER, "--as-of", AS_OF, file).out
    assert engine == sorted(table(out, "audience")) and len(engine) > 100


@pytest.mark.parametrize("region", REGIONS)
def test_a_regions_script_sends_what_generate_writes(servers, tmp_path, region):
    topic = servers.topic(partitions=2)
    done = example(f"{region}.sh", environment(servers, topic, tmp_path, EVENTS="3000", SEED="4", START="2017-02-01"))
    assert done.returncode == 0, done.stderr
    sent = servers.consume(topic)
    assert Counter(sent) == Counter(world(tmp_path / "w.csv", "--region", region, "--events", 3000, "--seed", 4))
    keyed = [message.split("|") for message in servers.consume(topic, form="%k|%s")]
    assert all(key == value.split(",")[2] for key, value in keyed)


def test_five_processes_send_disjoint_shoppers(servers, tmp_path):
    topic = servers.topic()
    done = example("all_producers.sh", environment(servers, topic, tmp_path / "logs", EVENTS="5000"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{region}: done" for region in REGIONS]
    assert sorted(log.name for log in (tmp_path / "logs").iterdir()) == [f"{region}.log" for region in REGIONS]
    with follow(servers, topic, tmp_path / "shop") as server:
        server.until(lambda: server.stats()["accepted"] == 25000)


def test_the_global_producer_sends_shoppers_of_all_regions(servers, tmp_path):
    topic = servers.topic()
    done = example("global_producer.sh", environment(servers, topic, tmp_path, EVENTS="5000", START="2017-02-01"))
    assert done.returncode == 0, done.stderr
    assert Counter(servers.consume(topic)) == Counter(world(tmp_path / "w.csv", "--events", 5000))


def regions_of(servers, topic, users):
    return {users[row.split(",")[2]] for row in servers.consume(topic)}


@pytest.mark.parametrize("by, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_ends_all_five(servers, tmp_path, by, code):
    topic, logs = servers.topic(), tmp_path / "logs"
    assert run("generate", "--world", "seed2017", "--write-users", tmp_path / "users").returncode == 0
    users = {row.split(",")[0]: file.stem for file in (tmp_path / "users").iterdir()
             for row in file.read_text(encoding="utf-8").splitlines()}
    env = environment(servers, topic, logs, PACE="50", EVENTS="100000")
    script = str(EXAMPLES / "all_producers.sh")
    with subprocess.Popen([script], env=env, stdout=subprocess.PIPE, text=True) as producers:
        try:
            while regions_of(servers, topic, users) != set(REGIONS):
                assert producers.poll() is None
                time.sleep(0.1)
        finally:
            producers.send_signal(by)
        said = producers.communicate()[0].splitlines()
    assert producers.returncode == code and said == [f"{region}: stopped" for region in REGIONS]
    sent = servers.held(topic)
    time.sleep(0.5)
    assert servers.held(topic) == sent


def test_a_region_that_fails_is_named(servers, tmp_path):
    env = environment(servers, "topic", tmp_path, ADIRECT="/bin/false")
    done = example("all_producers.sh", env)
    assert done.returncode == 1 and done.stderr.count("failed, exit code 1") == 5


def test_without_an_address_a_script_says_how_to_get_one(tmp_path):
    env = {"PATH": os.environ["PATH"], "SERVICES_ENV": str(tmp_path / "none")}
    done = example("america.sh", env)
    assert done.returncode == 2 and "make services" in done.stderr
