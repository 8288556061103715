"""kill -9 at random moments: no acknowledged event is lost, none is there twice.

ADIRECT_KILLS sets how often, ADIRECT_KILLS_SEED the moments.
"""
import http.client
import os
import threading
import time
from random import Random

from adirect_cli import batch, explain, ndjson, needs_binary, table
from live_server import CSV, JSON, NDJSON, Server, encoded, now_ms, path_of

pytestmark = needs_binary
KILLS = int(os.environ.get("ADIRECT_KILLS", "20"))
SEED = int(os.environ.get("ADIRECT_KILLS_SEED", "1"))
POSTERS = 3
USERS = [f"u{i}" for i in range(40)]
POLICY = 'name = "any"\n[interest]\nmin_searches = 1\nwindow = "forever"\nlast_within = "forever"\n' \
         "[products]\npopular_window = \"forever\"\n"


class Body:
    """Searches of two shoppers in a category of the body's own, and a purchase of each that no other has; every
    other body's events have ids."""

    def __init__(self, number, rng, now):
        self.number, self.category = number, f"c{number}"
        self.users = rng.sample(USERS, 2)
        self.named = number % 2 == 0
        self.count = rng.choice([1, 2, 5, 25])
        self.events = []
        for user in self.users:
            for i in range(self.count):
                self.add(user, "search", now - i, f"p{number}-{i}")
            self.add(user, "purchase", now - 86_400_000 * 30, "bought")
        rng.shuffle(self.events)
        self.kind = rng.choice([JSON, NDJSON, CSV])

    def add(self, user, kind, time_ms, product):
        event = {"type": kind, "time": time_ms, "user_id": user, "category_id": self.category, "product_id": product}
        if self.named:
            event["event_id"] = f"{self.number}-{len(self.events)}"
        self.events.append(event)

    def bytes(self):
        if self.kind != CSV:
            return encoded(self.events, self.kind)
        columns = list(self.events[0])
        return "".join(",".join(map(str, row)) + "\n" for row in [columns, *(e.values() for e in self.events)])


class Posters:
    """Threads that post bodies until the server is gone."""

    def __init__(self, server, rng, numbers):
        self.acknowledged, self.unknown, self.refused = [], [], []
        self.threads = [threading.Thread(target=self.post, args=(server, Random(rng.random()), numbers))
                        for _ in range(POSTERS)]
        for thread in self.threads:
            thread.start()

    def post(self, server, rng, numbers):
        connection = server.connect()
        while True:
            body = Body(next(numbers), rng, now_ms())
            try:
                answer = server.post(body.bytes(), body.kind, connection=connection)
            except (OSError, http.client.HTTPException):
                self.unknown.append(body)
                return connection.close()
            good = answer.status == 200 and answer.json()["accepted"] == len(body.events)
            (self.acknowledged if good else self.refused).append(body)

    def join(self):
        for thread in self.threads:
            thread.join()
        assert not self.refused


class Numbers:
    """0, 1, 2, … for several threads."""

    def __init__(self):
        self.next, self.lock = 0, threading.Lock()

    def __next__(self):
        with self.lock:
            self.next += 1
            return self.next - 1


def kept(server):
    """How many searches and purchases the server holds: {user: {category: [searches, purchases]}}."""
    held = {}
    for user in USERS:
        answer = server.get(path_of("users", user), policy="default")
        counts = held.setdefault(user, {})
        if answer.status == 404:
            continue
        for place, name in enumerate(("interests", "purchases")):
            for event in answer.json()[name]:
                counts.setdefault(event["category_id"], [0, 0])[place] += 1
    return held


def presence(held, body):
    """True where the body is there, once and whole; False where nothing of it is."""
    counts = [held[user].get(body.category, [0, 0]) for user in body.users]
    if all(count == [0, 0] for count in counts):
        return False
    assert counts == [[body.count, 1]] * 2, f"body {body.number} of {body.count} searches is there as {counts}"
    return True


def test_no_acknowledged_event_is_lost_and_none_is_doubled(tmp_path):
    rng, numbers = Random(SEED), Numbers()
    there, absent, checkpoints = [], 0, 0
    with Server(tmp_path / "data", "--checkpoint-every", "0.2") as server:
        for kill in range(KILLS):
            posters = Posters(server, rng, numbers)
            time.sleep(rng.uniform(0.05, 0.8))
            checkpoints += server.stats()["checkpoints"]
            server.kill()
            posters.join()
            server.start()
            held = kept(server)
            there += posters.acknowledged
            for body in there:
                assert presence(held, body), f"kill {kill}: body {body.number} was acknowledged and is lost"
            for body in posters.unknown:
                whole = presence(held, body)
                absent += not whole
                if not whole and not body.named:
                    continue
                if body.named:  # as a client does that has no answer; what is there already stays as it is
                    assert server.post(body.bytes(), body.kind).status == 200
                there.append(body)
        assert len(there) > 10 * KILLS and checkpoints > KILLS / 2
        check_answers(server, there, tmp_path)
        server.stop(after_troubles=True)
        late = [line for line in server.troubles() if "checkpoint_late" in line]  # a busy machine's
        assert server.troubles() == late


def check_answers(server, there, folder):
    """All decisions and the audience equal the batch of what is there."""
    (folder / "any.toml").write_text(POLICY, encoding="utf-8")
    assert server.ask("PUT", "/v1/policies/any", POLICY, "application/toml").status == 200
    held = kept(server)
    assert all(presence(held, body) for body in there)
    assert sum(map(len, held.values())) == 2 * len(there), "nothing else is there"
    events = ndjson(folder / "events.ndjson", [event for body in there for event in body.events])
    as_of = server.stats()["as_of"]
    flags = ["--policy", folder / "any.toml", "--as-of", as_of, "--retention", "400d", events]
    for user in USERS[::8]:
        told = server.get(path_of("users", user, "explain"), policy="any", as_of=as_of).json()
        assert told == explain(user, *flags) and told["categories"]
    rows = table(batch(folder / "out", *flags).out, "audience")
    assert server.audience(policy="any") == rows and rows
