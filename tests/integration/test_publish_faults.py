"""kill -9 of engine, Cassandra and stateless server while events flow: nothing lost, nothing doubled, and no buyer is
advertised to once his purchase is visible.

One kill each while ADIRECT_FAULT_EVENTS (200,000) events flow; `make soak` has ADIRECT_FAULT_ROUNDS of 20 and a million.
"""
import json
import os
import time

from adirect_cli import batch, needs_arrow, needs_binary, run, table
from keyspaces import is_published, new_keyspace, reader
from live_server import Server, path_of, search
from services import group
from test_faults import EVENTS, FLOW_SECONDS, Producer, made
from test_parity import audience_at, recommended, recommended_to
from test_pipeline import await_read

pytestmark = [needs_binary, needs_arrow]
servers = group("kafka", "cassandra")

PARTS = ("engine", "cassandra", "stateless server") * int(os.environ.get("ADIRECT_FAULT_ROUNDS", "1"))
EACH = EVENTS // len(PARTS)  # events that flow while a part is killed
ASKED = 100


class Buyers:
    """Shoppers who search, are advertised to, buy, and are left in peace from then on."""

    def __init__(self, engine, stateless):
        self.engine, self.stateless = engine, stateless
        self.made = []  # events, for the batch
        self.number = 0

    def listed(self, number):
        """What is advertised to him; None where nobody can say."""
        answer = self.stateless.get(path_of("users", f"buyer{number}", "recommendations"), category="buying")
        return answer.json()["recommendations"] if answer.status == 200 else None

    def send(self, *events):
        assert self.engine.post(list(events)).status == 200
        self.made += events

    def one_more(self):
        """He is advertised to, buys, and soon is not."""
        user = f"buyer{self.number}"
        self.send(*(search(user, category_id="buying", product_id=f"p{i}", event_id=f"{user}-{i}") for i in range(3)))
        self.stateless.until(lambda: self.listed(self.number))
        self.send({**search(user, category_id="buying", product_id="p0", event_id=f"{user}-bought"), "type": "purchase"})
        self.stateless.until(lambda: self.listed(self.number) == [])
        self.number += 1

    def check(self):
        """The last of them; who cannot be asked about, because Cassandra is away, is not advertised to either."""
        assert not any(self.listed(number) for number in range(self.number)[-5:])

    def write(self, file):
        file.write_text("".join(json.dumps(event) + "\n" for event in self.made), encoding="utf-8")
        return file


def test_engine_cassandra_and_stateless_server_may_be_killed_while_events_flow(servers, tmp_path):
    keyspace, topic = new_keyspace(servers, "faults"), servers.topic(partitions=4)
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3 * 86400))
    flags = ["--source", f"kafka://{servers.kafka}/{topic}", "--publish", keyspace, "--checkpoint-every", 1]
    with Server(tmp_path / "shop", *flags) as engine, reader(keyspace) as stateless:
        buyers = Buyers(engine, stateless)
        buyers.one_more()
        for seed, part in enumerate(PARTS):
            producer = Producer(*made(seed, start, EACH), "--pace", EACH // FLOW_SECONDS, "--to",
                                f"kafka://{servers.kafka}/{topic}")
            engine.until(lambda n=seed: engine.metric("adirect_source_position") > n * EACH)
            assert producer.flows()
            if part == "cassandra":
                servers.kill("cassandra")
                buyers.check()
                servers.restart("cassandra")
            else:
                killed = engine if part == "engine" else stateless
                killed.kill()
                killed.start()
            producer.ends()
            buyers.check()
            buyers.one_more()
            await_read(engine, topic, (seed + 1) * EACH, archived=False)
        engine.until(lambda: is_published(engine))
        buyers.check()
        as_of = engine.stats()["as_of"]
        same_as_batch(engine, stateless, tmp_path, start, buyers, as_of)
        engine.stop(after_troubles=True)
        stateless.stop(after_troubles=True)


def same_as_batch(engine, stateless, folder, start, buyers, as_of):
    files = [folder / f"events-{seed}.ndjson" for seed in range(len(PARTS))]
    for seed, file in enumerate(files):
        assert run(*made(seed, start, EACH), "-o", file).returncode == 0
    out = batch(folder / "files", "--retention", "400d", "--as-of", as_of, *files,
                buyers.write(folder / "buyers.ndjson")).out
    pairs = sorted(table(out, "audience"))
    assert len(pairs) > 100
    some = [row[:2] for row in pairs[:ASKED]]
    listed = recommended_to(out, some)
    for server in (engine, stateless):
        assert set(audience_at(server, as_of)) ^ set(pairs) == set()
        server.until(lambda of=server: recommended(of, "default", some, as_of) == listed)
