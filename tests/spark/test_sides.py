"""One topic, four sides, one answer: `adirect batch` over the topic's archive, Spark's batch job over it, and stateless
servers over the tables that Spark's streaming job and its batch job have written. (That the engine answers so too is
tests/integration.)
"""
from random import Random

import adirect
import pytest
from adirect_cli import ROOT, needs_arrow, run, shared, summary, table
from adirect_spark import batch, stream
from adirect_spark.publish import publish
from conftest import small
from keyspaces import new_keyspace, reader
from parity import batch_of, same_answers
from services import group
from test_parity import ASKED, audience_at, recommended, recommended_to

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
    generate(servers, topic, "--world", "realistic", "--format", "adirect", "--events", 15_000, "--user-count", 800,
             "--mess", "5%")
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
    source = f"kafka://{servers.kafka}/{topic}"
    done = run("archive", "--once", "--quiet", "--source", source, "--format", events, "--to", folder)
    assert done.returncode == 0, done.stderr
    return folder


def same_from_tables(url, want):
    """Audience, and recommendations of ASKED pairs, of a stateless server at the batch's instant."""
    as_of, pairs = summary(want)["as_of"], sorted(table(want, "audience"))
    asked = [row[:2] for row in Random(7).sample(pairs, min(ASKED, len(pairs)))]
    with reader(url) as stateless:
        stateless.until(lambda: stateless.get("/v1/policies/world").status == 200)
        assert audience_at(stateless, as_of, policy="world") == pairs
        assert recommended(stateless, "world", asked, as_of) == recommended_to(want, asked)


@pytest.mark.parametrize("world", [seed_world, messy_world, real_sample])
def test_all_sides_answer_alike(world, servers, spark, tmp_path):
    topic = servers.topic(partitions=3)
    events, types = world(servers, topic)
    policy = tmp_path / "world.toml"
    policy.write_text((ROOT / "policies" / "seed.toml").read_text(encoding="utf-8").replace('"seed"', '"world"')
                      .replace('["search"]', types), encoding="utf-8")
    policies = [adirect.Policy.load(str(policy))]

    files = archive(servers, topic, events, tmp_path / "archive")
    want = batch_of(tmp_path / "want", "--policy", policy, files)
    done = batch.run(spark, [f"file://{files}"], batch.Job(policies))
    batch.write(done, f"file://{tmp_path}/got")
    assert same_answers(tmp_path / "got", want)[0] > 100
    published = new_keyspace(servers, f"batch_{world.__name__}")
    publish(done, published)
    done.release()
    same_from_tables(published, want)

    streamed = new_keyspace(servers, f"stream_{world.__name__}")
    job = stream.Job(servers.kafka, topic, f"file://{tmp_path}/checkpoint", policies, streamed, format=events,
                     retention_days=0)
    stream.start(spark, job, availableNow=True).awaitTermination()
    same_from_tables(streamed, want)
