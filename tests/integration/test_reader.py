"""`adirect serve --reader` over a real Cassandra: the answers of the engine that publishes there, byte for byte."""
import http.client
import json
import time
from random import Random

import pytest
from adirect_cli import needs_binary, run
from adirect_reference import timestamp
from browser import Watched, launch, needs_chromium
from keyspaces import Patient, new_keyspace, reader
from live_server import JSON, bearer, now_ms, path_of, refused, search, write_keys
from live_worlds import flags_of, live_world
from playwright.sync_api import expect, sync_playwright
from services import group
import worlds  # beside the reference, as adirect_cli's sys.path has it

pytestmark = [needs_binary]
servers = group("cassandra")

DAY = 86_400_000
ROUNDS = 300  # looks in which nothing comes nearer to what is waited for


@pytest.fixture(name="url")
def _url(servers, request):
    return new_keyspace(servers, request.node.name[:40].lower())


def engine(folder, url, *flags):
    return Patient(folder / "shop", "--publish", url, *flags)


def accept(server, *events):
    answer = server.post(list(events))
    assert answer.status == 200 and not answer.json()["quarantined"], answer.body


def ready(server):
    server.until(lambda: server.get("/readyz").status == 200)


def policy(name, **more):
    keys = {"events": ["search", "view"], "min_searches": 1, "window": "7d", "min_distinct_days": 1, "last_within": "7d",
            "suppress_for": "2d", "recent": 5, "popular": 5, "popular_window": "30d", "exclude_purchased": True, "limit": 10}
    return worlds.policy_toml({**keys, **more}, name)


def put_policy(server, name, **more):
    answer = server.ask("PUT", f"/v1/policies/{name}", policy(name, **more), "application/toml")
    assert answer.status == 200, answer.body


# equal answers


def answer_of(server, connection, path, as_of):
    """What is compared: status, type and body; an audience in no order, lists without their instant."""
    try:
        got = server.get(path.replace("AS_OF", as_of), connection=connection)
    except http.client.HTTPException:  # a stream that was cut
        connection.close()
        return None
    body = got.body.replace(str(server.address).encode(), b"")
    if path.startswith("/v1/audience"):
        body = sorted(line for line in body.splitlines() if b'"cursor"' not in line)
    if path.startswith("/v1/searches") and got.status == 200:
        body = {**got.json(), "as_of": None}
    return got.status, got.headers["Content-Type"], got.headers["ETag"], body


def assert_equal_answers(one, other, paths):
    """Until all are equal; what is published is a second or two behind. As of a moment from now, of this day."""
    idle = 0
    while paths:
        as_of = timestamp(now_ms() + 60_000)
        connections = one.connect(), other.connect()
        left = [path for path in paths
                if answer_of(one, connections[0], path, as_of) != answer_of(other, connections[1], path, as_of)]
        idle = idle + 1 if len(left) == len(paths) else 0
        if idle == ROUNDS:
            told = [answer_of(server, server.connect(), left[0], as_of) for server in (one, other)]
            raise AssertionError(f"{len(left)} answers differ, such as {left[0]}:\n{told[0]}\n{told[1]}")
        if left:
            time.sleep(0.1)
        paths = left


def paths_of(users, policies, categories, products):
    paths = ["/v1/policies", "/v1/policies/nobodys", "/v1/categories", "/v1/searches?limit=200", "/v1/searches?limit=7",
             "/v1/searches?limit=0", "/v1/searches?category=", "/openapi.json", "/healthz", "/v1/audience?policy=nobodys",
             "/v1/audience?cursor=x", "/v1/users/nobody", "/v1/users/nobody/recommendations?as_of=AS_OF",
             "/v1/users/nobody/explain?category=nothing&as_of=AS_OF", "/v1/users/nobody/explain?limit=0",
             "/v1/categories/nothing/popular", "/v1/categories/nothing/popular?window=1s"]
    for name in policies:
        paths += [f"/v1/policies/{name}", f"/v1/audience?policy={name}", f"/v1/audience?policy={name}&format=csv"]
    for user in users:
        paths.append(path_of("users", user))
        for name in policies:
            for route in ("recommendations", "explain"):
                paths.append(path_of("users", user, route) + f"?policy={name}&as_of=AS_OF")
    for category in categories:
        paths += [path_of("categories", category, "popular") + "?limit=100", "/v1/searches?category=" + path_of(category)[4:],
                  path_of("users", users[0], "explain") + "?as_of=AS_OF&category=" + path_of(category)[4:]]
    return paths + [path_of("products", product) for product in products]


def test_a_realistic_world_is_answered_as_by_its_engine(url, tmp_path):
    file = tmp_path / "events.ndjson"
    start = timestamp(now_ms() - 9 * DAY)
    made = run("generate", "--world", "realistic", "--events", 20_000, "--days", 8, "--start", start, "--user-count", 250,
               "--format", "adirect", "--quiet", "-o", file)
    assert made.returncode == 0, made.stderr
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    users = sorted({e["user_id"] for e in events if "user_id" in e})
    products = sorted({e["product_id"] for e in events if e.get("product_id")})
    with engine(tmp_path, url, "--source", file) as live, reader(url) as one, reader(url) as two:
        put_policy(live, "eager", min_searches=1, suppress_for="1h", recent=2, popular=8)
        put_policy(live, "regular", min_searches=4, min_distinct_days=3, popular_window="forever")
        titles = [{"product_id": p, "title": f"Title {p}", "available": i % 3 > 0} for i, p in enumerate(products[::2])]
        assert live.ask("POST", "/v1/products", titles, JSON).status == 200
        assert live.ask("DELETE", path_of("users", users[1])).status == 200
        ready(one)
        categories = sorted({e["category_id"] for e in events if e.get("category_id")})
        paths = paths_of(users, ["default", "eager", "regular"], categories, products[:4] + ["nothing"])
        assert_equal_answers(live, one, paths)
        assert_equal_answers(live, two, paths[::7])


def test_messy_worlds_are_answered_as_by_their_engines(servers, tmp_path):
    for seed in range(3):
        world, rows = worlds.with_catalog(Random(seed), live_world(worlds.small_world(seed)))
        made = new_keyspace(servers, f"messy_{seed}")
        (tmp_path / str(seed)).mkdir()
        with engine(tmp_path / str(seed), made, *flags_of(world)) as live, reader(made) as one:
            text = worlds.policy_toml(world.policy)
            assert live.ask("PUT", "/v1/policies/world", text, "application/toml").status == 200
            products = [{key: value for key, value in row.items() if key != "colour" and value != ""} for row in rows]
            assert live.ask("POST", "/v1/products", products, JSON).status == 200
            assert live.post(world.events).status == 200
            ready(one)
            categories = [c["category_id"] for c in live.get("/v1/categories").json()["categories"]]
            users = sorted({row[0] for row in live.audience(policy="world")} |
                           {e.get("user_id") or "anon:" + e["anonymous_id"] for e in world.events
                            if isinstance(e.get("user_id") or e.get("anonymous_id"), str)})
            ids = sorted({str(row["product_id"]) for row in rows if row.get("product_id")})
            assert_equal_answers(live, one, paths_of(users, ["world"], categories, ids[:20]))


def test_a_shopper_with_a_hundred_thousand_events_takes_a_bounded_number_of_reads(url, tmp_path):
    file, now = tmp_path / "heavy.ndjson", now_ms()
    with open(file, "w", encoding="utf-8") as out:
        for i in range(100_000):
            kind = ("search", "view", "cart")[i % 3]
            out.write(json.dumps({"type": kind, "time": now - 1000 - i * 120_000, "user_id": "heavy", "event_id": str(i),
                                  "category_id": f"c{i % 7}", "product_id": f"p{i % 50}"}) + "\n")
    with engine(tmp_path, url, "--source", file) as live, reader(url) as one:
        put_policy(live, "regular", min_searches=4, min_distinct_days=20, window="60d")
        ready(one)
        paths = ["/v1/users/heavy"] + [f"/v1/users/heavy/{route}?as_of=AS_OF{more}" for route in ("recommendations", "explain")
                                       for more in ("", "&policy=regular", "&policy=regular&category=c3", "&limit=2")]
        assert_equal_answers(live, one, paths)
        before = one.metric("adirect_reader_reads_total")
        assert one.get("/v1/users/heavy/recommendations").status == 200
        assert one.metric("adirect_reader_reads_total") - before < 5 + 7 * 4 * 2 + 100


# the stream of the audience


def test_the_audience_goes_on_where_it_was_cut(url, tmp_path):
    with engine(tmp_path, url) as live, reader(url) as one:
        put_policy(live, "eager")
        accept(live, *[search(f"user{i}", product_id="a") for i in range(700)])
        ready(one)
        one.until(lambda: one.get("/v1/policies/eager").status == 200)
        one.until(lambda: len(one.audience(policy="eager")) == 700)
        seen, cursor = [], {}
        while True:
            lines = one.get("/v1/audience", policy="eager", limit=90, **cursor).lines()
            seen += [line["user_id"] for line in lines if "user_id" in line]
            if "cursor" not in lines[-1]:
                break
            cursor = {"cursor": lines[-1]["cursor"]}
        assert sorted(seen) == sorted(f"user{i}" for i in range(700))


# what changes


def test_a_purchase_at_the_engine_suppresses_in_the_reader(url, tmp_path):
    with engine(tmp_path, url) as live, reader(url) as one:
        put_policy(live, "eager", min_searches=2)
        accept(live, search(product_id="runner-3"), search(product_id="trail-1"))

        def decision():
            return one.get("/v1/users/ana/recommendations", policy="eager").json()

        one.until(lambda: decision().get("targeted"))
        accept(live, {**search(product_id="runner-3"), "type": "purchase", "order_id": "o"})
        one.until(lambda: decision()["reason"] == "purchased")
        assert live.ask("DELETE", "/v1/users/ana").status == 200
        one.until(lambda: one.get("/v1/users/ana").status == 404)
        put_policy(live, "late")
        one.until(lambda: b"late" in one.get("/v1/policies").body)


def test_a_dead_cassandra_is_said_and_one_that_is_back_is_used(servers, url, tmp_path):
    with engine(tmp_path, url) as live, reader(url) as one:
        accept(live, search())
        ready(one)
        one.until(lambda: one.get("/v1/users/ana").status == 200)
        servers.kill("cassandra")
        away = one.get("/v1/users/ana/recommendations")
        assert away.status == 503 and away.headers["Retry-After"] and url in away.json()["detail"]
        one.until(lambda: b"reading waits: " in one.get("/readyz").body)
        assert one.get("/healthz").status == 200 and one.get("/").status == 200
        assert one.metric("adirect_reader_ready") == 0 and one.metric("adirect_reader_read_failures_total") > 0
        servers.restart("cassandra")
        one.until(lambda: one.get("/v1/users/ana/recommendations").status == 200)
        ready(one)


# what it does not do


def test_what_only_an_engine_does_is_refused_with_its_address(url, tmp_path):
    with engine(tmp_path, url) as live, reader(url) as one:
        ready(one)
        routes = live.get("/openapi.json").json()["paths"]
        for path, methods in routes.items():
            known = path.replace("{id}", "default").replace("{name}", "default")
            for method in {m.upper() for m in methods} & {"GET", "POST", "PUT", "DELETE"}:
                if known in ("/v1/session", "/v1/stream"):
                    continue
                answer = one.ask(method, known, "{}" if method != "GET" else None, JSON)
                assert answer.status not in (404, 405, 500) or path.startswith(("/v1/users", "/v1/products")), (method, path)
                if answer.status == 501:
                    assert url in answer.json()["detail"] and "ask the engine" in answer.json()["detail"]
            assert one.ask("PATCH", known).headers["Allow"] == live.ask("PATCH", known).headers["Allow"]
        assert one.post([search()], path="/v1/events").status == 501
        assert one.get("/v1/categories/shoes/popular", window="3d").status == 501
        assert one.get("/v1/nothing").status == 404


def test_keys_hold(url, tmp_path):
    keys = write_keys(tmp_path / "keys", "read", "ingest")
    with engine(tmp_path, url), reader(url, "--keys", tmp_path / "keys") as one:
        ready(one)
        assert one.get("/v1/policies").status == 401
        assert one.get("/v1/policies", headers=bearer(keys["read"])).status == 200
        assert one.get("/v1/policies", headers=bearer(keys["ingest"])).status == 403
        assert one.post("{}", JSON, headers=bearer(keys["read"])).status == 403
        assert one.post("{}", JSON, headers=bearer(keys["ingest"])).status == 501


@needs_chromium
def test_its_pages_show_the_shop_and_say_whom_to_ask_for_the_rest(url, tmp_path):
    with engine(tmp_path, url) as live, reader(url) as one, sync_playwright() as playwright:
        put_policy(live, "default", min_searches=1)
        accept(live, search(product_id="runner-3", user_name="Ana"), {**search("bob", product_id="boot-9"), "type": "purchase"})
        ready(one)
        one.until(lambda: b"runner-3" in one.get("/v1/users/ana/recommendations").body)
        one.until(lambda: b"boot-9" in one.get("/v1/categories/shoes/popular").body)
        one.until(lambda: b"ana" in one.get("/v1/searches").body)
        chromium = launch(playwright)
        watched = Watched(chromium.new_context(), one.url)
        for path, shown in (("/searches", "Ana"), ("/user/ana", "runner-3"), ("/user/ana/shoes", "boot-9"),
                            ("/products/shoes", "boot-9"), ("/audience", "ana"), ("/policies", "min_searches"),
                            ("/", "ask the engine that publishes there"), ("/quality", "ask the engine that publishes there")):
            expect(watched.open(path).locator("main")).to_contain_text(shown, timeout=60_000)
        watched.check()
        chromium.close()


@pytest.mark.parametrize("flags, code, words", [
    (["--data", "shop", "--retention", "30d"], 2, "leave out --data, --retention"),
    (["--publish", "cassandra://127.0.0.1/other"], 2, "leave out --publish"),
    (["--listen", "0.0.0.0:0"], 2, "give --keys FILE"),
])
def test_flags_of_an_engine_are_refused(flags, code, words):
    told = refused(None, "--reader", "cassandra://127.0.0.1:1/shop", *flags)
    assert told[0] == code and words in told[1]


def test_neither_data_nor_reader_is_refused():
    told = refused(None)
    assert told[0] == 2 and "--data is required" in told[1]


def test_a_keyspace_that_cannot_be_read_is_said_at_the_start(servers):
    host = servers.address("CASSANDRA")
    told = refused(None, "--reader", f"cassandra://{host}/nowhere")
    assert told[0] == 2 and "run adirect admin schema init" in told[1]


def test_a_reader_waits_for_what_is_not_there_yet(servers, url, tmp_path):
    with reader("cassandra://127.0.0.1:1/shop?connect_timeout=1s") as alone:
        assert b"reading waits: " in alone.get("/readyz").body
        assert alone.get("/v1/users/ana").status == 503 and alone.get("/v1/audience").status in (404, 503)
    with reader(url) as one:
        assert "nothing is published there yet" in one.get("/readyz").json()["detail"]
        with engine(tmp_path, url) as live:
            accept(live, search())
            ready(one)
