"""Memory stands still while a constant set of shoppers goes on: what is too old makes room for what comes.

ADIRECT_MEMORY_EVENTS (2,000,000) events of sixty days flow, of which an engine keeps ten; `make soak` has a hundred
million.
"""
import json
import os
from random import Random

from adirect_cli import needs_binary
from live_server import Server, now_ms

pytestmark = needs_binary
EVENTS = int(os.environ.get("ADIRECT_MEMORY_EVENTS", "2000000"))
SHOPPERS = 8_000  # each has an event in each post
POSTS = EVENTS // SHOPPERS
DAYS = 60
LOOKS = 20        # at the memory, in the second half
MEMORY = ["adirect_state_bytes"]
if EVENTS >= 20_000_000:  # before that RocksDB's own buffers are not yet full
    MEMORY.append("process_resident_memory_bytes")
CATEGORIES, PRODUCTS = 20, 2_000


def event(rng, user):
    kind = rng.choices(["search", "view", "cart", "purchase", "refund"], [60, 30, 5, 4, 1])[0]
    order = {"order_id": f"{user}-TIME"} if kind in ("purchase", "refund") else {}
    product = rng.randrange(PRODUCTS)
    return json.dumps({"type": kind, "time": "TIME", "user_id": f"u{user}", "category_id": f"c{product % CATEGORIES}",
                       "product_id": f"p{product}", **order}).replace('"time": "TIME"', '"time": TIME') + "\n"


def templates():
    """Posts of which TIME is to be told."""
    rng = Random(17)
    return ["".join(event(rng, user) for user in range(SHOPPERS)) for _ in range(31)]


def test_memory_stands_still(tmp_path):
    begun, step, texts, looks = now_ms() - (DAYS + 1) * 86_400_000, DAYS * 86_400_000 // POSTS, templates(), []
    with Server(tmp_path / "shop", "--retention", "10d", "--checkpoint-every", 5) as server:
        connection = server.connect()
        for number in range(POSTS):
            body = texts[number % len(texts)].replace("TIME", str(begun + number * step))
            assert server.post(body.encode(), connection=connection).status == 200
            if number * 2 >= POSTS and number % (POSTS // 2 // LOOKS) == 0:
                looks.append([server.metric(name) / 1e6 for name in MEMORY])
        assert server.stats()["accepted"] == POSTS * SHOPPERS and len(looks) >= LOOKS
        server.stop(after_troubles=True)  # where checkpoints are slow it says so
    for name, sizes in zip(MEMORY, zip(*looks)):
        print(f"{name}: {sizes[0]:.1f} MB after half of {EVENTS:,} events, {sizes[-1]:.1f} MB after all")
        assert max(sizes[-5:]) < 1.02 * max(sizes[:5]), sizes
