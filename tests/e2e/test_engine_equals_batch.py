"""The live engine answers as a batch over the same accepted events does.

Messy random worlds are posted shuffled, repeated, in every kind of body and from several threads. ADIRECT_LIVE_WORLDS
sets how many, ADIRECT_WORLDS_FROM the first seed.
"""
import json
import os
from concurrent.futures import ThreadPoolExecutor
from random import Random

from adirect_cli import HEADERS, batch, explain, ndjson, needs_binary, summary, table
from adirect_reference import timestamp
import worlds  # beside the reference, as adirect_cli's sys.path has it
from live_server import CSV, JSON, NDJSON, Server, path_of
from live_worlds import flags_of, live_world, put_policy

pytestmark = needs_binary
WORLDS = int(os.environ.get("ADIRECT_LIVE_WORLDS", "25"))
FIRST = int(os.environ.get("ADIRECT_WORLDS_FROM", "0"))
THREADS = 3


def write_bodies(rng, folder, events):
    """(file for the batch, kind, bytes to post) of bodies of random sizes."""
    bodies = []
    while events:
        size = rng.choice([1, 1, 2, 5, 20, 100, 1000])
        part, events = events[:size], events[size:]
        path, kind = folder / f"body-{len(bodies)}", rng.choice([JSON, NDJSON, CSV])
        if kind == CSV:
            path = worlds.write_csv(rng, path.with_suffix(".csv"), part)
        else:
            path = worlds.write_ndjson(rng, path.with_suffix(".ndjson"), part)
        data = path.read_bytes()
        if kind == JSON:
            data = b"[" + b",".join(line for line in data.split(b"\n") if line) + b"]"
        bodies.append((path, kind, data))
    return bodies


def post_all(server, bodies):
    """Posts from several threads; returns how many events were accepted."""
    def post(body):
        answer = server.post(body[2], body[1])
        assert answer.status == 200, answer.body
        return answer.json()["accepted"] + answer.json()["duplicates"]

    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(post, bodies))


def users_of(events):
    return sorted({e.get("user_id") or "anon:" + e["anonymous_id"] for e in events})


def told(server, user, world, category=None):
    asked = {} if category is None else {"category": category}
    answer = server.get(path_of("users", user, "explain"), policy="world", as_of=timestamp(world.as_of), **asked)
    assert answer.status == 200, (user, answer.body)
    return answer.json()


def audience_of(server, world, kind):
    """The export pinned at the world's as-of, as the rows of audience.csv, in their order."""
    asked = {"policy": "world", "cursor": f"{world.as_of}.0.0"}
    return server.audience(**asked) if kind == "csv" else rows_of(server.get("/v1/audience", **asked).lines())


def rows_of(lines):
    rows = [tuple(str(line[name]) if line[name] is not None else "" for name in HEADERS["audience"])
            for line in lines if "cursor" not in line]
    return sorted(rows)


def test_every_decision_and_the_audience_equal_the_batch(tmp_path):
    compared, reasons = {"decisions": 0, "audience": 0, "repeated": 0}, set()
    for seed in range(FIRST, FIRST + WORLDS):
        world, rng, folder = live_world(worlds.small_world(seed)), Random(seed), tmp_path / str(seed)
        if not world.events:
            continue
        folder.mkdir()
        events = worlds.repeated(rng, world.events)
        bodies = write_bodies(rng, folder, events)
        with Server(folder / "data", *flags_of(world)) as server:
            accepted = post_all(server, bodies)
            flags = put_policy(server, world, folder)
            files = [path for path, _, _ in bodies]
            out = batch(folder / "out", *flags, *files).out
            assert accepted == summary(out)["accepted"], f"world {seed}"
            for user in [*users_of(world.events), "nobody"]:
                category = rng.choice([None, *sorted({e["category_id"] for e in events if "category_id" in e})])
                decision = told(server, user, world, category)
                assert decision == explain(user, *flags, *files, category=category), f"world {seed}, {user!r}"
                reasons.add(decision["reason"])
                compared["decisions"] += 1
            rows = table(out, "audience")
            assert audience_of(server, world, "ndjson") == rows, f"world {seed}"
            assert audience_of(server, world, "csv") == rows, f"world {seed}"
        compared["audience"] += len(rows)
        compared["repeated"] += len(events) - len(world.events)
    assert all(compared.values()), compared
    assert reasons >= {"targeted", "purchased", "few_searches", "unknown_user"}


def test_an_export_goes_on_at_its_cursor(tmp_path):
    world = live_world(worlds.big_world(7, 30_000))
    rng = Random(7)
    bodies = write_bodies(rng, tmp_path, worlds.shuffled(rng, world.events))
    with Server(tmp_path / "data", *flags_of(world)) as server:
        post_all(server, bodies)
        flags = put_policy(server, world, tmp_path)
        rows = table(batch(tmp_path / "out", *flags, *[path for path, _, _ in bodies]).out, "audience")
        lines = server.get("/v1/audience", policy="world", cursor=f"{world.as_of}.0.0").lines()
        assert rows_of(lines) == rows and len(rows) > 500
        cursors = [i for i, line in enumerate(lines) if "cursor" in line]
        assert len(cursors) > 2
        for place in (cursors[0], cursors[len(cursors) // 2], cursors[-1]):
            rest = server.get("/v1/audience", policy="world", cursor=lines[place]["cursor"]).lines()
            assert rows_of(lines[:place] + rest) == rows
            assert rest == lines[place + 1:]


def test_an_erase_over_http_is_the_batch_s_erase(tmp_path):
    world = live_world(worlds.big_world(3, 600))
    files = [ndjson(tmp_path / "events.ndjson", world.events)]
    user = users_of(world.events)[0]
    with Server(tmp_path / "data", *flags_of(world)) as server:
        assert post_all(server, [(files[0], NDJSON, files[0].read_bytes())]) == len(world.events)
        flags = put_policy(server, world, tmp_path)
        assert told(server, user, world)["reason"] != "unknown_user"
        receipt = server.ask("DELETE", path_of("users", user)).json()
        assert receipt["user_id"] == user
        erase = {"type": "erase", "time": receipt["erased_until"], "user_id": user}
        files.append(ndjson(tmp_path / "erase.ndjson", [erase]))
        for other in users_of(world.events):
            assert told(server, other, world) == explain(other, *flags, *files), other
        assert told(server, user, world)["reason"] == "unknown_user"
        assert audience_of(server, world, "csv") == table(batch(tmp_path / "out", *flags, *files).out, "audience")


def test_a_catalog_posted_live_is_the_batch_s_catalog(tmp_path):
    filled = titles = 0
    for seed in range(FIRST, FIRST + WORLDS):
        rng, folder = Random(seed), tmp_path / str(seed)
        world, rows = worlds.with_catalog(rng, live_world(worlds.small_world(seed)))
        rows = [{"updated_at": 0, **row} for row in rows]
        if not rows:
            continue
        folder.mkdir()
        bodies = write_bodies(rng, folder, world.events)
        halves = [rows[::2], rows[1::2]]
        worlds.write_products(rng, folder / "configured" / "products.csv", halves[0])
        worlds.write_products(rng, folder / "catalog" / "products.csv", rows)
        with Server(folder / "data", "--catalog", folder / "configured", *flags_of(world)) as server:
            if halves[1]:
                assert server.post(halves[1], path="/v1/products").status == 200
            server.kill()
            server.start()
            accepted = post_all(server, bodies)
            flags = [*put_policy(server, world, folder), "--catalog", folder / "catalog"]
            files = [path for path, _, _ in bodies]
            out = batch(folder / "out", *flags, *files).out
            assert accepted == summary(out)["accepted"], f"world {seed}"
            filled += accepted - summary(batch(folder / "bare", *flags[:-2], *files).out)["accepted"]
            for user in users_of(world.events):
                decision = told(server, user, world)
                assert decision == explain(user, *flags, *files), f"world {seed}, {user!r}"
                titles += sum("title" in one.get("product", {}) for one in decision["recommendations"])
    assert filled > 0 and titles > 0
