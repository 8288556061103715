"""What an engine publishes into a real Cassandra: the schema, the rows, what happens when it is away."""
import time

import pytest
from adirect_cli import needs_binary
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import RoundRobinPolicy
from keyspaces import address, is_published, new_keyspace, schema, told
from live_server import Server
from services import group

pytestmark = [needs_binary]
servers = group("cassandra")

DAY = 86_400_000


@pytest.fixture(name="cql", scope="module")
def _cql(servers):
    host, port = servers.address("CASSANDRA").split(":")
    profile = ExecutionProfile(load_balancing_policy=RoundRobinPolicy(), request_timeout=30,
                               consistency_level=ConsistencyLevel.ONE)
    with Cluster([host], port=int(port), execution_profiles={EXEC_PROFILE_DEFAULT: profile}) as cluster:
        yield cluster.connect()


def accept(server, *events):
    answer = server.post(list(events))
    assert answer.status == 200 and answer.json()["accepted"] == len(events), answer.body


@pytest.fixture(name="keyspace")
def _keyspace(servers, request):
    name = request.node.name[:40].lower().replace("[", "_").replace("]", "")
    new_keyspace(servers, name)
    return name


def until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not within a minute"
        time.sleep(0.1)


def event(kind, user, product=None, time_ms=None, **more):
    made = {"type": kind, "user_id": user, "time": time_ms or int(time.time() * 1000) - 1000, **more}
    return made if product is None else {**made, "category_id": "shoes", "product_id": product}


# the schema


def test_init_makes_a_keyspace_and_again_changes_nothing(servers, cql):
    made = schema("init", servers, "made_once", "?replication=1")
    assert (made.code, made.errors) == (0, "")
    assert "has all tables, of version 1" in made.words
    before = list(cql.execute("SELECT * FROM made_once.meta"))
    assert schema("init", servers, "made_once").code == 0
    assert list(cql.execute("SELECT * FROM made_once.meta")) == before
    assert schema("check", servers, "made_once").code == 0


def test_a_keyspace_that_is_missing_or_incomplete_names_init(servers, cql):
    missing = schema("check", servers, "nowhere")
    assert missing.code == 2 and "there is no such keyspace; run adirect admin schema init" in missing.errors
    assert schema("init", servers, "incomplete").code == 0
    cql.execute("DROP TABLE incomplete.purchases")
    cut = schema("check", servers, "incomplete")
    assert cut.code == 2 and "has no table purchases; run adirect admin schema init" in cut.errors
    assert schema("init", servers, "incomplete").code == 0
    assert schema("check", servers, "incomplete").code == 0


def test_a_keyspace_of_somebody_else_is_left_as_it_is(servers, cql):
    cql.execute("CREATE KEYSPACE theirs WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    cql.execute("CREATE TABLE theirs.usersearches (userid int PRIMARY KEY)")
    for what in ("init", "check"):
        refused = schema(what, servers, "theirs")
        assert refused.code == 2 and 'its table "usersearches" is none of adirect\'s' in refused.errors
    tables = cql.execute("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'theirs'")
    assert [row.table_name for row in tables] == ["usersearches"]


def test_a_keyspace_of_another_version_is_left_as_it_is(servers, cql):
    assert schema("init", servers, "newer").code == 0
    cql.execute("INSERT INTO newer.meta (name, value) VALUES ('schema_version', '2')")
    for what in ("init", "check"):
        refused = schema(what, servers, "newer")
        assert refused.code == 2 and "has version 2 of the schema, and this adirect has 1" in refused.errors


def test_what_cannot_be_reached_is_said_soon():
    begun = time.monotonic()
    away = told("admin", "schema", "check", "cassandra://127.0.0.1:1/shop?connect_timeout=1s")
    assert away.code == 1 and away.errors.startswith("adirect: cassandra://127.0.0.1:1/shop: ")
    assert time.monotonic() - begun < 30


# what is published


def test_the_questions_of_2017_are_answered(servers, cql, keyspace, tmp_path):
    now = int(time.time() * 1000) - 5000
    with Server(tmp_path / "shop", "--publish", address(servers, keyspace)) as server:
        accept(server, event("search", "ana", "runner-3", now), event("search", "ana", "trail-1", now + 1),
                       event("view", "ana", "trail-1", now + 1), event("search", "bob", "trail-1", now + 2, user_name="Bob"),
                       event("purchase", "bob", "boot-9", now + 3, order_id="o1"))
        asked = f"SELECT * FROM {keyspace}."
        until(lambda: len(list(cql.execute(asked + "searches WHERE user_id = 'ana'"))) == 3)
        searches = list(cql.execute(asked + "searches WHERE user_id = 'ana' LIMIT 50"))
        assert [(row.type, row.product_id) for row in searches] == [("search", "trail-1"), ("view", "trail-1"),
                                                                    ("search", "runner-3")]
        of_category = list(cql.execute(asked + "user_searches WHERE user_id = 'ana' AND category_id = 'shoes'"))
        assert [(row.type, row.product_id) for row in of_category] == [("search", "trail-1"), ("search", "runner-3"),
                                                                       ("view", "trail-1")]
        until(lambda: list(cql.execute(asked + "product_count WHERE category_id = 'shoes' AND window_days = 30 LIMIT 4")))
        popular = list(cql.execute(asked + "product_count WHERE category_id = 'shoes' AND window_days = 30 LIMIT 4"))
        assert [(row.rank, row.product_id, row.purchases) for row in popular] == [(1, "boot-9", 1)]
        day = time.strftime("%Y-%m-%d", time.gmtime(now / 1000))
        for category in ("", "shoes"):
            newest = f"newest_searches WHERE category_id = '{category}' AND day = '{day}' LIMIT 50"
            until(lambda n=newest: [row.user_id for row in cql.execute(asked + n)] == ["ana"] * 3)
        assert [row.user_name for row in cql.execute(f"SELECT user_name FROM {keyspace}.users WHERE user_id = 'bob'")] == ["Bob"]
        meta = dict(cql.execute(f"SELECT name, value FROM {keyspace}.meta"))
        assert (meta["max_searches"], meta["retention"], meta["schema_version"]) == ("32", "400d", "1")
        assert {row.name for row in cql.execute(asked + "policies")} == {"default"}


def test_rows_carry_the_time_of_their_event_and_live_as_long_as_the_retention(servers, cql, keyspace, tmp_path):
    then = int(time.time() * 1000) - 10 * DAY
    with Server(tmp_path / "shop", "--publish", address(servers, keyspace), "--retention", "30d") as server:
        accept(server, event("search", "ana", "a", then))
        until(lambda: list(cql.execute(f"SELECT * FROM {keyspace}.users WHERE user_id = 'ana' AND category_id = 'shoes'")))
    row = cql.execute(f"SELECT writetime(newest_search) AS at, ttl(newest_search) AS left FROM {keyspace}.users "
                      "WHERE user_id = 'ana'").one()
    assert row.at == then * 1000
    assert 20 * 86_400 < row.left <= 21 * 86_400


def test_an_erase_takes_all_that_is_not_later(servers, cql, keyspace, tmp_path):
    def rows(table, where="user_id = 'ana'"):
        return len(list(cql.execute(f"SELECT * FROM {keyspace}.{table} WHERE {where}")))

    def of_category():
        return rows("user_searches", "user_id = 'ana' AND category_id = 'shoes'")

    with Server(tmp_path / "shop", "--publish", address(servers, keyspace)) as server:
        accept(server, event("search", "ana", "a"), event("purchase", "ana", "b"))
        until(lambda: rows("searches") and rows("purchases") and of_category())
        assert server.ask("DELETE", "/v1/users/ana").status == 200
        until(lambda: not rows("searches") and not rows("purchases") and not of_category() and not rows("users"))
        assert len(list(cql.execute(f"SELECT * FROM {keyspace}.erasures"))) == 1
        time.sleep(0.1)
        accept(server, event("search", "ana", "c", int(time.time() * 1000)))
        until(lambda: rows("searches") == 1 and of_category() == 1)


def test_what_comes_while_cassandra_is_dead_is_there_afterwards(servers, keyspace, tmp_path):
    url = address(servers, keyspace)
    with Server(tmp_path / "shop", "--publish", url, "--checkpoint-every", 1) as server:
        accept(server, event("search", "user0", "a"))
        server.until(lambda: is_published(server))
        servers.kill("cassandra")
        for number in range(1, 20):
            accept(server, event("search", f"user{number}", "a"))
        server.until(lambda: b"publishing waits" in server.get("/readyz").body)
        assert server.metric("adirect_publish_waiting_shoppers") == 19
        server.kill()
        servers.restart("cassandra")
        server.start()
        server.until(lambda: is_published(server))
        assert server.metric("adirect_publish_shoppers_total") >= 19
        server.stop(after_troubles=True)
