"""kill -9 of each part while events flow: nothing lost, nothing doubled.

One kill each of adirect, the broker, the name node and the data node while ADIRECT_FAULT_EVENTS (200,000) events flow;
`make soak` has ADIRECT_FAULT_ROUNDS of 20 and a million events.
"""
import os
import subprocess
import time

from adirect_cli import BINARY, batch, environment, needs_arrow, needs_binary, summary, table, tables
from live_server import Server
from services import group
from test_pipeline import await_read, lag, millis

pytestmark = [needs_binary, needs_arrow]
servers = group("kafka", "hdfs")

EVENTS = int(os.environ.get("ADIRECT_FAULT_EVENTS", "200000"))
ROUNDS = int(os.environ.get("ADIRECT_FAULT_ROUNDS", "1"))
SECONDS = 25 * ROUNDS  # that the events take


class Producer:
    """Sends what `made` says, at a pace; goes on where it can."""

    def __init__(self, *args):
        self.process = subprocess.Popen([str(BINARY), *map(str, args)], env=environment(), stderr=subprocess.PIPE)

    def ends(self):
        _, stderr = self.process.communicate()
        assert self.process.returncode == 0, stderr


def test_each_part_may_be_killed_while_events_flow(servers, tmp_path):
    topic = servers.topic(partitions=4)
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3 * 86400))
    made = ["generate", "--world", "realistic", "--events", EVENTS, "--days", 2, "--start", start, "--seed", 5,
            "--user-count", 20_000, "--format", "adirect", "--quiet"]
    archive = f"{servers.webhdfs}/faults/{topic}"
    flags = ["--source", f"kafka://{servers.kafka}/{topic}", "--archive", archive, "--archive-roll-minutes", 0.05,
             "--checkpoint-every", 1]
    producer = Producer(*made, "--pace", EVENTS // SECONDS, "--to", f"kafka://{servers.kafka}/{topic}")
    with Server(tmp_path / "shop", *flags) as server:
        for _ in range(ROUNDS):
            for part in ("adirect", "kafka", "namenode", "datanode"):
                before = server.stats()["accepted"]
                if part == "adirect":
                    server.kill()
                    server.start()
                else:
                    servers.kill(part)
                    servers.restart(part)
                server.until(lambda: lag(server) is not None and server.stats()["accepted"] != before)
        producer.ends()
        await_read(server, EVENTS)
        as_of = server.stats()["as_of"]
        told = server.audience(cursor=f"{millis(as_of)}.0.0")
        server.stop(after_troubles=True)
    file = tmp_path / "events.ndjson"
    assert subprocess.run([str(BINARY), *map(str, made), "-o", str(file)], env=environment(), check=False).returncode == 0
    asked = ["--retention", "400d", "--as-of", as_of]
    expected = batch(tmp_path / "files", *asked, file).out
    archived = batch(tmp_path / "archived", *asked, archive).out
    assert summary(expected)["accepted"] == summary(archived)["accepted"] == EVENTS
    assert len(table(expected, "audience")) > 100
    assert told == sorted(table(expected, "audience"))
    assert tables(archived) == tables(expected)
