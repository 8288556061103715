"""kill -9 of each part while events flow: nothing lost, nothing doubled.

One kill each of adirect, the broker, the name node and the data node while ADIRECT_FAULT_EVENTS (200,000) events flow;
`make soak` has ADIRECT_FAULT_ROUNDS of 20 and a million events.
"""
import os
import subprocess
import time

from adirect_cli import BINARY, batch, environment, needs_arrow, needs_binary, run, summary, table, tables
from live_server import Server
from services import group
from test_pipeline import await_read, millis

pytestmark = [needs_binary, needs_arrow]
servers = group("kafka", "hdfs")

EVENTS = int(os.environ.get("ADIRECT_FAULT_EVENTS", "200000"))
ROUNDS = int(os.environ.get("ADIRECT_FAULT_ROUNDS", "1"))
PARTS = ("adirect", "kafka", "namenode", "datanode") * ROUNDS
EACH = EVENTS // len(PARTS)  # events that flow while a part is killed
FLOW_SECONDS = 5  # at least, as long as nothing waits


def made(seed, start, events=EACH):
    """How the events that flow during a kill are made."""
    return ["generate", "--world", "realistic", "--events", events, "--days", 2, "--start", start, "--seed", seed,
            "--user-count", 5000, "--format", "adirect", "--quiet"]


class Producer:
    """Sends what `made` says to a topic, at a pace."""

    def __init__(self, *args):
        self.process = subprocess.Popen([str(BINARY), *map(str, args)], env=environment(), stderr=subprocess.PIPE)

    def flows(self):
        return self.process.poll() is None

    def ends(self):
        _, stderr = self.process.communicate()
        assert self.process.returncode == 0, stderr


def test_each_part_may_be_killed_while_events_flow(servers, tmp_path):
    topic = servers.topic(partitions=4)
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3 * 86400))
    archive = f"{servers.webhdfs}/faults/{topic}"
    flags = ["--source", f"kafka://{servers.kafka}/{topic}", "--archive", archive, "--archive-roll-minutes", 0.02,
             "--checkpoint-every", 1]
    with Server(tmp_path / "shop", *flags) as server:
        for seed, part in enumerate(PARTS):
            producer = Producer(*made(seed, start), "--pace", EACH // FLOW_SECONDS, "--to",
                                f"kafka://{servers.kafka}/{topic}")
            server.until(lambda n=seed: server.metric("adirect_source_position") > n * EACH)
            assert producer.flows()
            if part == "adirect":
                server.kill()
                server.start()
            else:
                servers.kill(part)
                servers.restart(part)
            producer.ends()
            await_read(server, topic, (seed + 1) * EACH)
        as_of = server.stats()["as_of"]
        told = server.audience(cursor=f"{millis(as_of)}.0.0")
        server.stop(after_troubles=True)
    files = [tmp_path / f"events-{seed}.ndjson" for seed in range(len(PARTS))]
    for seed, file in enumerate(files):
        assert run(*made(seed, start), "-o", file).returncode == 0
    asked = ["--retention", "400d", "--as-of", as_of]
    expected = batch(tmp_path / "files", *asked, *files).out
    archived = batch(tmp_path / "archived", *asked, archive).out
    assert summary(expected)["accepted"] == summary(archived)["accepted"] == EACH * len(PARTS)
    assert len(table(expected, "audience")) > 100
    assert told == sorted(table(expected, "audience"))
    assert tables(archived) == tables(expected)
