"""The streaming job from a real Kafka: what it decodes, keeps over a restart, and writes to Cassandra."""
import dataclasses
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
from keyspaces import new_keyspace
from services import group
from test_batch import generate

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
    query = stream.start(spark, job, availableNow=True)
    query.awaitTermination()


def query(job, text):
    """Rows as tuples."""
    tables = Tables(Address.parse(job.cassandra))
    try:
        return [tuple(row) for row in tables._session.execute(text)]
    finally:
        tables.close()


def test_a_topic_becomes_the_tables_that_the_engine_would_write(servers, spark, job, tmp_path):
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


def test_what_is_wrong_is_told_before_it_starts(spark, job):
    with pytest.raises(adirect.Error, match="admin schema init"):
        stream.start(spark, dataclasses.replace(job, cassandra=job.cassandra + "_other"))
    with pytest.raises(adirect.Error, match="admin schema init"):
        stream.start(spark, dataclasses.replace(job, cassandra=job.cassandra.rpartition("/")[0] + "/system"))
    with pytest.raises(adirect.Error, match="no host is known"):
        stream.start(spark, dataclasses.replace(job, cassandra="cassandra://nowhere.invalid/shop"))
    with pytest.raises(adirect.Error, match="looks like cassandra://"):
        stream.start(spark, dataclasses.replace(job, cassandra="cassandra:/127.0.0.1"))
    with pytest.raises(adirect.Error, match="popular_window"):
        policy = adirect.Policy("[products]\npopular_window = \"60d\"\n")
        stream.start(spark, dataclasses.replace(job, policies=[policy], retention_days=30))
