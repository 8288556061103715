"""A real topic and its brokers, through all that can happen to them: the engine waits or says so, and goes on."""
import json
import subprocess
import time

import pytest
from adirect_cli import BINARY, environment, needs_binary, run
from kafka import KafkaProducer
from live_server import Server, refused, search
from services import group

needs_topics = pytest.mark.skipif(needs_binary.args[0] or b"topics (" not in run("--version").stdout,
                                  reason="built without ADIRECT_WITH_KAFKA")
pytestmark = [needs_binary, needs_topics]
servers = group("kafka")

PASSWORD = "a password that nobody has"


def url(servers, topic, **query):
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"kafka://{servers.kafka}/{topic}" + (f"?{asked}" if asked else "")


def event(user="ana", **fields):
    return json.dumps(search(user, **fields))


def follow(data, source, *flags):
    return Server(data, "--source", source, "--checkpoint-every", 0.2, *flags)


def positions(server):
    """{input: the next offset}"""
    return {sample.split('"')[1]: int(value) for sample, value in server.samples().items()
            if sample.startswith("adirect_source_position{")}


def await_positions(server, expected):
    """Until they are these, so that what lies before them is in the answers, and all is well."""
    server.until(lambda: positions(server) == expected and server.get("/readyz").status == 200)


def await_trouble(server, *words):
    """Until /readyz says a sentence with all of the words; returns it."""
    def told():
        answer = server.get("/readyz")
        text = answer.body.decode()
        return text if answer.status == 503 and all(word in text for word in words) else None
    return server.until(told)


def knows(server, user):
    return server.get(f"/v1/users/{user}").status == 200


@pytest.mark.parametrize("kind, message", [
    ("adirect", event("ana")),
    ("seed", time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()) + ",ana,ana,11100042,1,search")],
    ids=["adirect", "seed"])
def test_json_and_the_seeds_csv_are_read(servers, tmp_path, kind, message):
    topic = servers.topic(partitions=1)
    servers.produce(topic, [message])
    with follow(tmp_path, url(servers, topic), "--format", kind) as server:
        await_positions(server, {f"{topic}/0": 1})
        assert server.stats()["accepted"] == 1 and knows(server, "ana")


def test_a_format_whose_messages_are_no_rows_is_refused(servers, tmp_path):
    code, said = refused(tmp_path, "--source", url(servers, "topic"), "--format", "rees46")
    assert code == 2 and "messages have no header" in said and "header = \"none\"" in said


@pytest.mark.parametrize("query, said", [
    ("partition=1", "did you mean partitions?"),
    ("no.such.setting=1", "no.such.setting"),
    ("enable.auto.commit=true", "is set by adirect itself"),
    ("config=/is/not/there", "cannot be read")])
def test_a_wrong_url_is_refused_at_once(tmp_path, query, said):
    code, error = refused(tmp_path, "--source", f"kafka://127.0.0.1:9/t?{query}")
    assert code == 2 and said in error


def test_an_engine_reads_the_partitions_that_are_its_own(servers, tmp_path):
    topic = servers.topic(partitions=4)
    for partition in range(4):
        servers.produce(topic, [event(f"user{partition}")], partition=partition)
    with follow(tmp_path / "low", url(servers, topic, partitions="0-1")) as low, \
            follow(tmp_path / "high", url(servers, topic, partitions="2,3")) as high:
        await_positions(low, {f"{topic}/0": 1, f"{topic}/1": 1})
        await_positions(high, {f"{topic}/2": 1, f"{topic}/3": 1})
        assert [knows(low, f"user{p}") for p in range(4)] == [True, True, False, False]
        assert [knows(high, f"user{p}") for p in range(4)] == [False, False, True, True]


def test_a_partition_that_is_not_there_is_said_until_it_is(servers, tmp_path):
    topic = servers.topic(partitions=1)
    with follow(tmp_path, url(servers, topic, partitions="1")) as server:
        await_trouble(server, "there is no partition 1")
        servers.run("kafka-topics", "--alter", "--topic", topic, "--partitions", 2)
        servers.produce(topic, [event()], partition=1)
        await_positions(server, {f"{topic}/1": 1})
        server.stop(after_troubles=True)


def test_new_partitions_are_noticed_and_read_from_their_first_record(servers, tmp_path):
    topic = servers.topic(partitions=1)
    with follow(tmp_path, url(servers, topic)) as server:
        await_positions(server, {f"{topic}/0": 0})
        servers.run("kafka-topics", "--alter", "--topic", topic, "--partitions", 3)
        servers.produce(topic, [event()], partition=2)
        await_positions(server, {f"{topic}/0": 0, f"{topic}/1": 0, f"{topic}/2": 1})


def test_messages_that_are_no_events_are_dead_letters_that_kcat_reads(servers, tmp_path):
    topic, letters = servers.topic(partitions=1), servers.topic(partitions=1)
    with follow(tmp_path, url(servers, topic, dead_letters=letters)) as server:
        servers.produce(topic, [event("before"), "two\nlines", "no event", event("after"),
                                json.dumps({"type": "erase", "user_id": "ana", "time": 1})])
        servers.produce(topic, ["x"], "-Z", "-k", "tombstone")
        servers.kcat("-P", "-t", topic, "-Z", "-K", ":", stdin=b"key:\n")  # an empty message
        await_positions(server, {f"{topic}/0": 7})
        assert knows(server, "before") and knows(server, "after")
        server.until(lambda: len(servers.consume(letters)) == 5)
        records = [json.loads(value) for value in servers.consume(letters)]
    told = {(r["position"], r["raw"]) for r in records}
    assert {(1, "two\nlines"), (2, "no event"), (5, "x"), (6, "")} < told
    assert {r["source"] for r in records} == {f"{topic}/0"}


def test_positions_are_kept_and_shown_to_monitors_of_the_group(servers, tmp_path):
    topic = servers.topic(partitions=2)
    servers.produce(topic, [event(f"user{i}", event_id=f"a{i}") for i in range(100)], partition=0)
    source = url(servers, topic, group="shop")

    def committed():
        lines = servers.run("kafka-consumer-groups", "--describe", "--group", "shop").splitlines()
        rows = [line.split() for line in lines if topic in line]
        return {row[2]: (row[3], row[5]) for row in rows}  # partition: position and lag

    with follow(tmp_path, source) as server:
        await_positions(server, {f"{topic}/0": 100, f"{topic}/1": 0})
        server.until(lambda: committed().get("0") == ("100", "0"))
    servers.produce(topic, [event(event_id="b")], partition=1)
    with follow(tmp_path, source) as server:
        await_positions(server, {f"{topic}/0": 100, f"{topic}/1": 1})
        assert server.stats()["accepted"] == 1  # what was read before is not read again
        server.kill()
        server.start()
        await_positions(server, {f"{topic}/0": 100, f"{topic}/1": 1})
    assert committed()["1"] == ("1", "0")


def test_a_broker_may_go_and_come_back(servers, tmp_path):
    topic = servers.topic(partitions=2)
    servers.produce(topic, [event()], partition=0)
    with follow(tmp_path, url(servers, topic, dead_letters=topic + "_refused")) as server:
        await_positions(server, {f"{topic}/0": 1, f"{topic}/1": 0})
        servers.kill("kafka")
        try:
            said = await_trouble(server, "no broker answers", "does it run")
            assert servers.kafka in said and server.metric("adirect_source_waiting") == 1
            assert knows(server, "ana")  # it answers meanwhile
        finally:
            servers.restart("kafka")
        servers.produce(topic, [event("bob")], partition=1)
        await_positions(server, {f"{topic}/0": 1, f"{topic}/1": 1})
        assert server.metric("adirect_source_waiting") == 0
        server.stop(after_troubles=True)


def test_records_that_were_deleted_before_they_were_read_are_counted(servers, tmp_path):
    topic = servers.topic(partitions=1)
    source = url(servers, topic)
    servers.produce(topic, [event(f"user{i}") for i in range(10)])
    with follow(tmp_path / "shop", source) as server:
        await_positions(server, {f"{topic}/0": 10})
    servers.produce(topic, [event(f"late{i}") for i in range(10)])
    told = tmp_path / "delete.json"
    told.write_text(json.dumps({"version": 1, "partitions": [{"topic": topic, "partition": 0, "offset": 15}]}))
    servers.run("kafka-delete-records", "--offset-json-file", told)
    with follow(tmp_path / "shop", source) as server:
        await_positions(server, {f"{topic}/0": 20})
        assert server.metric("adirect_source_lost_records_total") == 5
        assert not knows(server, "late4") and knows(server, "late5")


def test_a_topic_is_waited_for(servers, tmp_path):
    with follow(tmp_path, url(servers, "comes_later")) as server:
        await_trouble(server, "comes_later", "the topic does not exist")
        servers.topic(partitions=1, name="comes_later")
        servers.produce("comes_later", [event()])
        await_positions(server, {"comes_later/0": 1})
        server.stop(after_troubles=True)


def test_a_topic_that_is_made_anew_is_read_from_its_first_record(servers, tmp_path):
    topic = servers.topic(partitions=1)
    servers.produce(topic, [event(f"user{i}", event_id=f"a{i}") for i in range(10)])
    with follow(tmp_path, url(servers, topic)) as server:
        await_positions(server, {f"{topic}/0": 10})
        servers.run("kafka-topics", "--delete", "--topic", topic)
        await_trouble(server, "the topic does not exist")
        servers.topic(partitions=1, name=topic)
        servers.produce(topic, [event("new", event_id="b")])
        await_positions(server, {f"{topic}/0": 1})
        assert knows(server, "new") and server.metric("adirect_source_lost_records_total") == 1
        server.stop(after_troubles=True)


@pytest.mark.parametrize("host, said", [("127.0.0.1:9", "refused"),
                                        ("no.such.host.invalid:9092", "no.such.host.invalid")])
def test_a_host_that_does_not_answer_is_said(tmp_path, host, said):
    with follow(tmp_path, f"kafka://{host}/topic") as server:
        await_trouble(server, "no broker answers", said, "is asked again")
        server.stop(after_troubles=True)


def credentials(servers, folder, password):
    file = folder / "kafka.conf"
    file.write_text("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
                    f"sasl.username={servers.address('KAFKA_SASL_USER')}\nsasl.password={password}\n")
    return file


def test_wrong_credentials_are_said_and_right_ones_read(servers, tmp_path):
    topic = servers.topic(partitions=1)
    servers.produce(topic, [event()])
    source = f"kafka://{servers.address('KAFKA_SASL')}/{topic}?config="
    wrong = credentials(servers, tmp_path, PASSWORD)
    with follow(tmp_path / "shop", source + str(wrong)) as server:
        said = await_trouble(server, "no broker answers", "uthentication", "credentials")
        assert PASSWORD not in said + server.log()
        server.stop(after_troubles=True)
    right = credentials(servers, tmp_path, servers.address("KAFKA_SASL_PASSWORD"))
    with follow(tmp_path / "shop", source + str(right)) as server:
        await_positions(server, {f"{topic}/0": 1})


def test_a_position_passes_the_marks_of_transactions(servers, tmp_path):
    topic = servers.topic(partitions=1)
    producer = KafkaProducer(bootstrap_servers=servers.kafka, transactional_id="tests")
    producer.init_transactions()
    for user, end in (("ana", producer.commit_transaction), ("bob", producer.abort_transaction)):
        producer.begin_transaction()
        producer.send(topic, event(user).encode(), partition=0)
        producer.flush()
        end()
    producer.close()
    with follow(tmp_path, url(servers, topic)) as server:
        await_positions(server, {f"{topic}/0": 4})  # each with its mark
        assert knows(server, "ana") and not knows(server, "bob")


def test_dead_letters_wait_for_their_topic_and_hold_checkpoints_back(servers, tmp_path):
    topic = servers.topic(partitions=1)
    letters = servers.topic(partitions=1, max_message_bytes=200)
    servers.produce(topic, ["x" * 1000])
    with follow(tmp_path, url(servers, topic, dead_letters=letters)) as server:
        await_trouble(server, "dead letters", "Message size too large")
        servers.run("kafka-configs", "--alter", "--entity-type", "topics", "--entity-name", letters, "--add-config",
                    "max.message.bytes=100000")
        await_positions(server, {f"{topic}/0": 1})
        server.until(lambda: len(servers.consume(letters)) == 1)
        server.stop(after_troubles=True)


def test_generate_keys_messages_by_shopper_and_says_what_is_wrong(servers, tmp_path):
    topic = servers.topic(partitions=4)
    flags = ["generate", "--world", "seed2017", "--events", 2000, "--quiet"]
    assert run(*flags, "--to", url(servers, topic)).returncode == 0
    rows = [row.split("\t", 2) for row in servers.consume(topic, form="%p\t%k\t%s")]
    assert len(rows) == 2000 and all(value.split(",")[2] == key for _, key, value in rows)
    homes = {key: partition for partition, key, _ in rows}
    assert all(homes[key] == partition for partition, key, _ in rows) and len(set(homes.values())) == 4
    chosen = KafkaProducer(bootstrap_servers=servers.kafka)
    for key in list(homes)[:20]:  # another library chooses the same
        assert chosen.send(topic, key=key.encode(), value=b"x").get(60).partition == int(homes[key])
    chosen.close()


def test_ctrl_c_leaves_what_was_sent_acknowledged(servers):
    topic = servers.topic(partitions=1)
    sent = subprocess.Popen([str(BINARY), "generate", "--world", "seed2017", "--events", "1000000", "--pace", "2000",
                             "--quiet", "--to", url(servers, topic)], env=environment(), stderr=subprocess.PIPE)
    while not servers.consume(topic):
        assert sent.poll() is None
    sent.send_signal(2)
    _, said = sent.communicate()
    assert sent.returncode != 0 and b"cancelled" in said
    rows = servers.consume(topic)
    assert rows and all(row.count(",") == 5 for row in rows)


def test_generate_says_what_was_not_delivered(servers):
    topic = servers.topic(partitions=1, max_message_bytes=100)
    done = run("generate", "--events", 1000, "--quiet", "--to", url(servers, topic))
    assert done.returncode == 1
    assert b"messages were not delivered" in done.stderr and b"Message size too large" in done.stderr
