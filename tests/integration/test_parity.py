"""Four sides, one answer: a batch over the files, a batch over the archive in HDFS, the engine, and a stateless server
over what the engine publishes into Cassandra. The seed's world, messy worlds, and the real samples.
"""
import time
from random import Random

import pytest
from adirect_cli import ROOT, batch, needs_arrow, needs_binary, run, shared, summary, table
from keyspaces import is_published, new_keyspace, reader
from live_server import Server, path_of
from live_worlds import flags_of, live_world, put_policy
from services import group
from test_pipeline import await_read, lines_of, millis
import worlds  # beside the reference, as adirect_cli's sys.path has it

pytestmark = [needs_binary, needs_arrow]
servers = group("kafka", "hdfs", "cassandra")

ASKED = 150  # pairs whose recommendations are asked for, of each world
FOREVER = ["--retention", "forever"]
SAMPLES = {"alibaba": "alibaba2014/events.csv", "taobao": "taobao2017/events.csv",
           "jdata2016": "jdata2016/actions_201602.csv", "rees46": "rees46/2019-Oct.head.csv"}


@pytest.fixture(name="keyspace")
def _keyspace(servers, request):
    name = "parity_" + "".join(c for c in request.node.name if c.isalnum())[-30:].lower()
    return new_keyspace(servers, name)


def has_published(engine):
    """All of what it held when it began, too."""
    return (engine.metric("adirect_publish_rows_total") > 0 and engine.metric("adirect_publish_whole") == 0
            and is_published(engine))


def put(server, name, folder, events='["search"]'):
    """The policy of 2017, of these events; -> as a batch takes it"""
    text = (ROOT / "policies" / "seed.toml").read_text(encoding="utf-8")
    text = text.replace('"seed"', f'"{name}"').replace('["search"]', events)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    assert server.ask("PUT", f"/v1/policies/{name}", text, "application/toml").status == 200
    return ["--policy", folder / f"{name}.toml", "--as-of", server.stats()["as_of"]]


def recommended(server, policy, pairs, as_of):
    """Of each pair, as rows of recommendations.csv."""
    rows = []
    connection = server.connect()
    for user, category in pairs:
        answer = server.get(path_of("users", user, "recommendations"), policy=policy, category=category, as_of=as_of,
                            connection=connection)
        assert answer.status == 200, answer.body
        rows += [(user, category, str(one["rank"]), one["product_id"], one["source"])
                 for one in answer.json()["recommendations"]]
    connection.close()
    return sorted(rows)


def same_everywhere(engine, stateless, policy, out, archived, window="forever"):
    """Audience, recommendations of ASKED pairs, popular products; and that there is something to compare."""
    pairs, as_of = sorted(table(out, "audience")), summary(out)["as_of"]
    assert len(pairs) > 100
    asked = [row[:2] for row in Random(7).sample(pairs, min(ASKED, len(pairs)))]
    listed = recommended_to(out, asked)
    assert len(listed) > len(asked) or not table(out, "recommendations")  # alibaba names brands, no products
    assert summary(archived)["accepted"] == summary(out)["accepted"]
    for name in ("audience", "recommendations", "popular"):
        assert sorted(table(archived, name)) == sorted(table(out, name))
    stateless.until(lambda: stateless.get(f"/v1/policies/{policy}").status == 200)
    for server in (engine, stateless):
        assert set(audience_at(server, as_of, policy=policy)) ^ set(pairs) == set()
        if server is engine or as_of[:10] == time.strftime("%Y-%m-%d", time.gmtime()):  # published are today's lists
            server.until(lambda of=server: recommended(of, policy, asked, as_of) == listed)
    stateless.until(lambda: popular(engine, pairs, window) == popular(stateless, pairs, window))
    engine.stop(after_troubles=True)  # where publishing is slow it says so


def recommended_to(out, asked):
    """The rows of these pairs in a batch's recommendations.csv."""
    wanted = set(asked)
    return sorted(row for row in table(out, "recommendations") if row[:2] in wanted)


def audience_at(server, as_of, **asked):
    """The rows at that instant, by a cursor that is at the beginning: of an engine, or of all tokens."""
    first = -2**63 if server.data is None else "0.0"
    return server.audience(cursor=f"{millis(as_of)}.{first}", **asked)


def popular(server, pairs, window):
    categories = sorted({category for _, category, *_ in pairs})
    return [server.get(path_of("categories", category, "popular"), window=window, limit=100).json()
            for category in categories[:50]]


# from a topic


def test_the_seed_s_world(servers, keyspace, tmp_path):
    topic = servers.topic(partitions=4)
    made = ["generate", "--world", "seed2017", "--events", 20_000, "--seed", 3, "--quiet"]
    assert run(*made, "-o", tmp_path / "events.csv").returncode == 0
    assert run(*made, "--to", f"kafka://{servers.kafka}/{topic}").returncode == 0
    archive = f"{servers.webhdfs}/parity/{topic}"
    with Server(tmp_path / "shop", "--source", f"kafka://{servers.kafka}/{topic}", "--format", "seed", "--archive", archive,
                "--archive-roll-minutes", 0.02, "--publish", keyspace, *FOREVER) as engine, \
            reader(keyspace) as stateless:
        await_read(engine, topic, 20_000)
        engine.until(lambda: has_published(engine))
        flags = put(engine, "seed", tmp_path)
        out = batch(tmp_path / "files", *flags, "--format", "seed", tmp_path / "events.csv").out
        same_everywhere(engine, stateless, "seed", out, batch(tmp_path / "archived", *flags, archive).out)


@pytest.mark.parametrize("seed", [21])
def test_a_messy_world(servers, keyspace, tmp_path, seed):
    world, rng = live_world(worlds.big_world(seed, 5_000)), Random(seed)
    events = worlds.repeated(rng, worlds.shuffled(rng, world.events))
    cut = len(events) // 3
    posted = worlds.write_ndjson(rng, tmp_path / "posted.ndjson", events[:cut])
    sent = worlds.write_ndjson(rng, tmp_path / "sent.ndjson", events[cut:])
    topic = servers.topic(partitions=3)
    servers.produce(topic, lines_of(sent))
    archive = f"{servers.webhdfs}/parity/{topic}"
    with Server(tmp_path / "shop", "--source", f"kafka://{servers.kafka}/{topic}", "--archive", archive,
                "--archive-roll-minutes", 0.02, "--publish", keyspace, *flags_of(world)) as engine, \
            reader(keyspace) as stateless:
        flags = put_policy(engine, world, tmp_path)
        assert engine.post(posted.read_bytes()).status == 200
        await_read(engine, topic, len(lines_of(sent)))
        engine.until(lambda: has_published(engine))
        out = batch(tmp_path / "files", *flags, posted, sent).out
        engine.stop(after_troubles=True)  # and with it the log's last file is in the archive
        engine.start()
        same_everywhere(engine, stateless, "world", out, batch(tmp_path / "archived", *flags, archive).out,
                        world.policy["popular_window"])


# from files


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_real_sample(servers, keyspace, tmp_path, name):
    sample = shared(f"data/{SAMPLES[name]}")
    archive = f"{servers.webhdfs}/parity/{name}"
    archiving = run("archive", "--quiet", "--source", sample, "--format", name, "--to", archive)
    assert archiving.returncode == 0, archiving.stderr
    with Server(tmp_path / "shop", "--source", sample, "--format", name, "--publish", keyspace, *FOREVER) as engine, \
            reader(keyspace) as stateless:
        engine.until(lambda: has_published(engine))
        flags = put(engine, "any", tmp_path, '["search", "view", "cart", "favorite"]')
        out = batch(tmp_path / "files", *flags, "--format", name, sample).out
        same_everywhere(engine, stateless, "any", out, batch(tmp_path / "archived", *flags, archive).out)
