"""The streaming job from a real Kafka: what it decodes, keeps over a restart, and writes to Cassandra."""
import dataclasses
import json
import pathlib
import time

import adirect
import pytest
from adirect_cli import batch, needs_binary, run, table
from adirect_spark import stream
from adirect_spark.cassandra import Address, Tables
from cassandra import AuthenticationFailed
from cassandra.cluster import NoHostAvailable
from conftest import small
from keyspaces import Patient, new_keyspace
from live_server import search
from services import group
from test_batch import generate
from test_readme import blocks, run_block

pytestmark = needs_binary
servers = group("kafka", "cassandra")


@pytest.fixture(name="spark", scope="module")
def with_kafka(servers, tmp_path_factory):
    """local[2] with the jars that read topics."""
    from pyspark.sql import SparkSession
    jars = servers.run("jars", "spark").strip()
    builder = SparkSession.builder.master("local[2]").config("spark.jars", jars)
    session = small(builder, tmp_path_factory.mktemp("warehouse"))
    yield session
    session.stop()


@pytest.fixture(name="job")
def a_job(servers, tmp_path):
    """A topic and a keyspace of its own."""
    url = new_keyspace(servers, f"k{time.time_ns()}")
    return stream.Job(servers.kafka, servers.topic(partitions=3), f"file://{tmp_path}/checkpoint",
                      [adirect.Policy.load("seed")], url, format="seed", retention_days=0,
                      quarantine=f"file://{tmp_path}/quarantine")


def send(servers, topic, file):
    """The lines of the file, each keyed by its shopper as producers do."""
    lines = file.read_text(encoding="utf-8").splitlines()
    for partition in range(3):
        mine = [line for line in lines if hash_of(line) % 3 == partition]
        if mine:
            servers.produce(topic, mine, partition=partition)


def hash_of(line):
    return sum(line.split(",")[2].encode()) if line.count(",") > 2 else 0


def drain(spark, job):
    """All that is in the topic now."""
    stream.run(spark, job, availableNow=True)


def query(job, text):
    """Rows as tuples."""
    tables = Tables(Address.parse(job.cassandra))
    try:
        return [tuple(row) for row in tables._session.execute(text)]
    finally:
        tables.close()


def test_a_topic_becomes_the_tables_that_the_engine_would_write(servers, spark, job, tmp_path, capsys):
    file = generate(tmp_path / "seed.csv", "--world", "seed2017", "--events", 4_000, "--user-count", 300)
    send(servers, job.topic, file)
    servers.produce(job.topic, ["no event at all"], partition=1)
    drain(spark, job)

    events = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
    searches = [event for event in events if event[5] == "search"]
    purchases = [event for event in events if event[5] == "buy"]
    assert query(job, "SELECT count(*) FROM searches") == [(len(searches),)]
    assert query(job, "SELECT count(*) FROM user_searches") == [(len(searches),)]
    assert query(job, "SELECT count(*) FROM purchases") == [(len(purchases),)]
    assert {row[0] for row in query(job, "SELECT category_id FROM categories")} == {event[4] for event in events}
    newest = {}
    for time_text, _, user, _, category, action in events:
        if action == "search":
            newest[user, category] = max(newest.get((user, category), ""), time_text)
    got = query(job, "SELECT user_id, category_id, newest_search FROM users")
    assert {(user, category): at.strftime("%Y-%m-%d %H:%M:%S") for user, category, at in got if category} == newest
    want = table(batch(tmp_path / "want", "--format", "seed", "--policy", "seed", file).out, "popular")
    ranks = query(job, "SELECT category_id, rank, product_id, purchases FROM product_count")
    assert sorted((category, str(rank), product, str(count)) for category, rank, product, count in ranks) == sorted(
        row for row in want if int(row[1]) <= 105)
    lines = [line for part in (tmp_path / "quarantine").glob("*/part-*")
             for line in part.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 1 and f'"source":"{job.topic}/1"' in lines[0]
    counts = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith('{"batch": ')]
    assert sum(told["rows"] for told in counts) == len(events) + 1
    assert [told["quarantine"] for told in counts if told["refused"]] == [{json.loads(lines[0])["reason"]: 1}]


def test_what_is_read_again_after_a_crash_changes_nothing_and_what_is_bought_is_known(servers, spark, job, tmp_path):
    lines = ["2017-02-01 10:00:00,Ana,ana,p1,1,search", "2017-02-01 11:00:00,Ben,ben,p2,1,buy"]
    servers.produce(job.topic, lines, partition=0)
    drain(spark, job)
    before = {name: query(job, f"SELECT * FROM {name}") for name in ("searches", "purchases", "users")}
    # The commit of the batch is lost, not what it did.
    for commit in pathlib.Path(tmp_path, "checkpoint", "spark", "commits").glob("*0*"):
        commit.unlink()
    drain(spark, job)
    assert {name: query(job, f"SELECT * FROM {name}") for name in before} == before
    servers.produce(job.topic, ["2017-02-01 12:00:00,Cid,cid,p2,1,buy"], partition=1)
    drain(spark, job)
    assert query(job, "SELECT product_id, purchases FROM product_count") == [("p2", 2)]


def test_what_is_bought_and_given_back_is_known_over_restarts(servers, spark, job):
    """With a finite R, for which `for ever` is as long; the newest event lies 4 minutes ahead."""
    policy = adirect.Policy('[products]\npopular_window = "forever"\n', "ever.toml")
    job = dataclasses.replace(job, format="adirect", retention_days=400, policies=[policy])
    now_ms = time.time_ns() // 1_000_000

    def popular_after(*events):
        lines = [json.dumps({"type": kind, "time": now_ms + 60_000 * minutes, "user_id": user, "category_id": "shoes",
                             "product_id": product, "order_id": f"of {user}"})
                 for kind, minutes, user, product in events]
        servers.produce(job.topic, lines, partition=0)
        drain(spark, job)
        return query(job, "SELECT window_days, product_id, purchases FROM product_count")

    assert popular_after(("purchase", -120, "ben", "p1")) == [(400, "p1", 1)]
    late = ("purchase", -4_000, "cid", "p2")
    assert popular_after(("refund", -60, "ben", "p1"), late) == [(400, "p2", 1)]
    assert popular_after(("refund", 4, "cid", "p2")) == [(400, None, None)]
    assert popular_after(("search", -60, "ana", "p1")) == [(400, None, None)]

    driver = stream.Driver(spark, job)
    assert driver.newest_ms == now_ms + 240_000
    tables = Tables(Address.parse(job.cassandra))
    before = tables.meta()
    driver.tick()
    after = tables.meta()
    tables.close()
    assert before.pop("published_until") < after.pop("published_until")
    assert before == after


def test_a_row_lives_as_long_as_the_engines(servers, spark, job, tmp_path):
    event = search(product_id="p1", user_name="Ana")
    job = dataclasses.replace(job, format="adirect", retention_days=400)
    servers.produce(job.topic, [json.dumps(event)], partition=0)
    drain(spark, job)
    engines = dataclasses.replace(job, cassandra=new_keyspace(servers, "engines"))
    text = ("SELECT user_id, category_id, user_name, newest_search, WRITETIME(user_name), WRITETIME(newest_search), "
            "TTL(user_name), TTL(newest_search) FROM users")
    with Patient(tmp_path / "shop", "--publish", engines.cassandra, "--retention", "400d") as engine:
        assert engine.post([event]).status == 200
        engine.until(lambda: query(engines, text))
        (*one, name_lives, search_lives), = query(job, text)
        (*other, their_name_lives, their_search_lives), = query(engines, text)
    assert one == other
    assert abs(name_lives - their_name_lives) < 60 and abs(search_lives - their_search_lives) < 60  # s


def test_a_list_of_any_size_is_put(servers):
    tables = Tables(Address.parse(new_keyspace(servers, "long")))
    for ranks in (400, 300):
        tables.put_popular("shoes", 30, 17_000, [(f"{rank}-{'x' * 1_000}", 1) for rank in range(ranks)])
        rows = tables._session.execute("SELECT rank FROM product_count")
        assert [row.rank for row in rows] == list(range(1, ranks + 1))
    tables.close()


def test_an_address_is_refused_without_its_password(monkeypatch):
    for url in ("cassandra://ana:secret@h:x", "cassandra:/ana:secret@h", "cassandra://ana:secret@h/shop?x=1",
                "cassandra://ana:secret@h:1,h:2/shop"):
        with pytest.raises(adirect.Error, match="address") as caught:
            Address.parse(url)
        assert "secret" not in str(caught.value)

    def connect(_):
        raise NoHostAvailable("none", {"h": AuthenticationFailed("bad credentials")})

    monkeypatch.setattr("cassandra.cluster.Cluster.connect", connect)
    with pytest.raises(adirect.Error, match="refuses this user"):
        Tables(Address.parse("cassandra://ana:secret@127.0.0.1/shop"))


def test_what_is_wrong_is_told_before_it_starts(spark, job, tmp_path):
    with pytest.raises(adirect.Error, match="admin schema init"):
        stream.start(spark, dataclasses.replace(job, cassandra=job.cassandra + "_other"))
    with pytest.raises(adirect.Error, match="admin schema init"):
        stream.start(spark, dataclasses.replace(job, cassandra=job.cassandra.rpartition("/")[0] + "/system"))
    with pytest.raises(adirect.Error, match="no host is known"):
        stream.start(spark, dataclasses.replace(job, cassandra="cassandra://nowhere.invalid/shop"))
    columns = tmp_path / "columns.toml"
    fields = ("time", "type", "user_id", "category_id", "product_id")
    columns.write_text("\n".join(['kind = "parquet"', "[fields]", *(f'{field} = "{field}"' for field in fields)]),
                       encoding="utf-8")
    with pytest.raises(adirect.Error, match="columns|Parquet|parquet"):
        stream.start(spark, dataclasses.replace(job, format=str(columns)))
    with pytest.raises(adirect.Error, match="looks like cassandra://"):
        stream.start(spark, dataclasses.replace(job, cassandra="cassandra:/127.0.0.1"))
    with pytest.raises(adirect.Error, match="popular_window"):
        policy = adirect.Policy("[products]\npopular_window = \"60d\"\n")
        stream.start(spark, dataclasses.replace(job, policies=[policy], retention_days=30))


def test_the_readme_is_what_runs(servers, job, tmp_path):
    run_block(["sh", "-ec", blocks("sh")[1]], tmp_path, KAFKA=servers.kafka, CASSANDRA=servers.address("CASSANDRA"))
    shop = dataclasses.replace(job, cassandra=job.cassandra.rpartition("/")[0] + "/advertise")
    assert sum(query(shop, f"SELECT count(*) FROM {table}")[0][0] for table in ("searches", "purchases")) == 20000
