"""One topic, four sides, one answer: `adirect batch` over the topic's archive, Spark's batch job over it, and a stateless
server over the tables that Spark's streaming job has written. (That the engine answers so too is tests/integration.)
"""
from random import Random

import adirect
import pytest
from adirect_cli import ROOT, needs_arrow, run, shared, summary, table
from adirect_spark import stream
from conftest import small
from parity import batch_of, same_answers
from services import group
from test_batch import spark_of
from test_cassandra import address, schema
from test_parity import ASKED, audience_at, recommended
from test_reader import reader

pytestmark = needs_arrow
servers = group("kafka", "cassandra")


@pytest.fixture(name="spark", scope="module")
def with_kafka(servers, tmp_path_factory):
    """local[2] with the jars that read topics."""
    from pyspark.sql import SparkSession
    builder = SparkSession.builder.master("local[2]").config("spark.jars", servers.run("jars", "spark").strip())
    session = small(builder, tmp_path_factory.mktemp("warehouse"))
    yield session
    session.stop()


def seed_world(servers, topic):
    generate(servers, topic, "--world", "seed2017", "--events", 20_000)
    return "seed", '["search"]'


def messy_world(servers, topic):
    generate(servers, topic, "--events", 15_000, "--user-count", 800, "--mess", "5%")
    return "adirect", '["search", "view"]'


def real_sample(servers, topic):
    lines = (shared("data") / "taobao2017" / "events.csv").read_text(encoding="utf-8").splitlines()[:20_000]
    servers.produce(topic, lines[::2], partition=0)
    servers.produce(topic, lines[1::2], partition=1)
    return "taobao", '["view", "cart", "favorite"]'


def generate(servers, topic, *asked):
    done = run("generate", *asked, "--quiet", "--to", f"kafka://{servers.kafka}/{topic}")
    assert done.returncode == 0, done.stderr


def archive(servers, topic, events, folder):
    done = run("archive", "--once", "--quiet", "--source", f"kafka://{servers.kafka}/{topic}", "--format", events, "--to", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("world", [seed_world, messy_world, real_sample])
def test_all_sides_answer_alike(world, servers, spark, tmp_path):
    topic = servers.topic(partitions=3)
    keyspace = f"sides_{world.__name__}"
    assert schema("init", servers, keyspace).code == 0
    events, types = world(servers, topic)
    policy = tmp_path / "world.toml"
    policy.write_text((ROOT / "policies" / "seed.toml").read_text(encoding="utf-8").replace('"seed"', '"world"')
                      .replace('["search"]', types), encoding="utf-8")

    files = archive(servers, topic, events, tmp_path / "archive")
    want = batch_of(tmp_path / "want", "--policy", policy, files)
    spark_of(spark, tmp_path / "got", [files], [policy])
    assert same_answers(tmp_path / "got", want)[0] > 100

    job = stream.Job(servers.kafka, topic, f"file://{tmp_path}/checkpoint", [adirect.Policy.load(str(policy))],
                     address(servers, keyspace), format=events, retention_days=0)
    stream.start(spark, job, availableNow=True).awaitTermination()
    as_of = summary(want)["as_of"]
    pairs = sorted(table(want, "audience"))
    asked = [row[:2] for row in Random(7).sample(pairs, min(ASKED, len(pairs)))]
    with reader(address(servers, keyspace)) as stateless:
        stateless.until(lambda: stateless.get("/v1/policies/world").status == 200)
        assert audience_at(stateless, as_of, policy="world") == pairs
        assert recommended(stateless, "world", asked, as_of) == sorted(
            row for row in table(want, "recommendations") if row[:2] in set(asked))
