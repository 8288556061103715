"""adirect archive on real servers: the contract of stores over HDFS, topics to files, and an HDFS that refuses them."""
import json
import os
import signal
import subprocess
import threading
import time
from random import Random

import pytest
from adirect_cli import BINARY, ROOT, batch, environment, needs_arrow, needs_binary, run, summary, tables
from services import WebHdfs, group
from test_services import until

pytestmark = needs_binary
servers = group("kafka", "hdfs")

CONTRACT = ROOT / "build" / "dev" / "hdfs_test"
KILLS = int(os.environ.get("ADIRECT_KILLS", "5"))
MADE = ["generate", "--world", "realistic", "--user-count", 3_000, "--format", "adirect", "--quiet", "--seed", 7]


class Archive:
    """A running `adirect archive`; what it tells is kept."""

    def __init__(self, *flags):
        self.process = subprocess.Popen([str(BINARY), "archive", *map(str, flags)], env=environment(),
                                        stderr=subprocess.PIPE, text=True)
        self.told = []
        self.reader = threading.Thread(target=lambda: self.told.extend(self.process.stderr))
        self.reader.start()

    def says(self, words):
        return any(words in line for line in self.told)

    def until_it_says(self, words):
        until(lambda: self.says(words) or self.process.poll() is not None)
        assert self.says(words), self.told

    def ends(self, sign=None):
        """The exit code, after the signal if one is given."""
        if sign is not None:
            self.process.send_signal(sign)
        code = self.process.wait()
        self.reader.join()
        return code


def once(*flags):
    done = run("archive", "--once", "--json", *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def events_of(archive, out):
    return summary(batch(out, archive).out)["accepted"]


@pytest.mark.skipif(not CONTRACT.exists(), reason=f"no {CONTRACT}: make test builds it")
def test_the_contract_of_stores_holds_over_hdfs(servers):
    done = subprocess.run([str(CONTRACT), "--gtest_filter=*real"], capture_output=True, check=False, cwd=ROOT,
                          env={**os.environ, "ADIRECT_TEST_WEBHDFS": f"{servers.webhdfs}/contract"})
    assert done.returncode == 0 and b"10 tests" in done.stdout, done.stdout + done.stderr


@needs_arrow
def test_a_topic_becomes_the_same_events_in_hdfs_and_in_a_folder(servers, tmp_path):
    file = tmp_path / "events.ndjson"
    assert run(*MADE, "--events", 30_000, "--mess", "5%", "-o", file).returncode == 0
    topic = servers.topic(partitions=3)
    servers.produce(topic, [*file.read_bytes().splitlines(), b"no event\n\xff"])
    source = ["--source", f"kafka://{servers.kafka}/{topic}"]
    kept, hdfs = tmp_path / "kept", f"{servers.webhdfs}/archive/{topic}"
    told = once(*source, "--to", hdfs, "--roll-mib", "0.05")
    assert once(*source, "--to", kept, "--as", "csv")["next"] == told["next"]
    assert sum(told["next"].values()) == told["events"] + told["quarantined"] == len(file.read_bytes().splitlines()) + 1
    assert told["files"] > 3
    first, second = batch(tmp_path / "hdfs", hdfs), batch(tmp_path / "folder", kept)
    assert tables(first.out) == tables(second.out) and summary(first.out)["accepted"] == told["events"]
    assert summary(first.out)["audience_pairs"] > 10
    again = once(*source, "--to", hdfs)
    assert (again["files"], again["next"]) == (0, told["next"])
    days = WebHdfs(servers.webhdfs).list(f"/archive/{topic}/_quarantine")
    assert len(days) >= 1


def test_it_waits_for_an_hdfs_that_refuses_and_goes_on(servers, tmp_path):
    topic, hdfs = servers.topic(partitions=1), WebHdfs(servers.webhdfs)
    place = f"{servers.webhdfs}/waits/{topic}"
    row = b'{"type":"search","time":"2026-01-05T10:00:00Z","user_id":"ana","category_id":"shoes"}'
    assert hdfs.ask("PUT", "MKDIRS", f"/waits/{topic}")[0] == 200
    archive = Archive("--source", f"kafka://{servers.kafka}/{topic}", "--to", place, "--as", "csv", "--roll-minutes", 0.01)

    def finished():
        days = [day for day in hdfs.list(f"/waits/{topic}") if day.startswith("20")]
        return [name for day in days for name in hdfs.list(f"/waits/{topic}/{day}") if not name.startswith("_")]

    def refuses(begin, words, end):
        begin()
        before = len(finished())
        servers.produce(topic, [row] * 3)
        archive.until_it_says(words)
        end()
        until(lambda: len(finished()) > before)

    refuses(lambda: servers.dfsadmin("-safemode", "enter"), "safe mode", lambda: servers.dfsadmin("-safemode", "leave"))
    refuses(lambda: servers.dfsadmin("-setSpaceQuota", "1k", f"/waits/{topic}"), "quota",
            lambda: servers.dfsadmin("-clrSpaceQuota", f"/waits/{topic}"))
    refuses(lambda: servers.kill("datanode"), "tried again", lambda: servers.restart("datanode"))
    assert archive.ends(signal.SIGTERM) == 0, archive.told
    assert events_of(place, tmp_path / "out") == 9


def test_a_stop_while_hdfs_is_away_ends_it_and_loses_nothing(servers, tmp_path):
    topic = servers.topic(partitions=1)
    place = f"{servers.webhdfs}/stopped/{topic}"
    source = ["--source", f"kafka://{servers.kafka}/{topic}", "--to", place, "--as", "csv"]
    servers.produce(topic, [b'{"type":"search","time":"2026-01-05T10:00:00Z","user_id":"ana","category_id":"c"}'] * 5)
    assert once(*source)["events"] == 5
    servers.kill("namenode")
    archive = Archive(*source)
    archive.until_it_says("tried again")
    assert archive.ends(signal.SIGINT) == 1
    servers.restart("namenode")
    servers.restart("datanode")
    servers.produce(topic, [b'{"type":"search","time":"2026-01-05T10:00:00Z","user_id":"bob","category_id":"c"}'] * 2)
    assert once(*source)["events"] == 2
    assert events_of(place, tmp_path / "out") == 7


def test_a_wrong_address_says_what_to_give(servers):
    topic = f"kafka://{servers.kafka}/{servers.topic(partitions=1)}"
    rpc = servers.address("HDFS").replace("hdfs://", "webhdfs://")
    done = run("archive", "--once", "--source", topic, "--to", rpc + "/x")
    assert done.returncode == 2 and b"dfs.namenode.http-address" in done.stderr
    archive = Archive("--source", topic, "--to", "webhdfs://127.0.0.1:1/x")
    archive.until_it_says("connect")
    assert archive.ends(signal.SIGINT) == 1


def test_a_killed_archive_holds_each_event_once(servers, tmp_path):
    rng, topic = Random(3), servers.topic(partitions=4)
    made = [*MADE, "--events", 60_000]
    place = f"{servers.webhdfs}/killed/{topic}"
    flags = ["--source", f"kafka://{servers.kafka}/{topic}", "--to", place, "--roll-minutes", 0.01]
    with subprocess.Popen([str(BINARY), *map(str, made), "--pace", "6000", "--to", f"kafka://{servers.kafka}/{topic}"],
                          env=environment()) as producer:
        for _ in range(KILLS):
            archive = Archive(*flags)
            time.sleep(rng.uniform(0.5, 2.5))
            assert archive.ends(signal.SIGKILL) == -signal.SIGKILL
        assert producer.wait() == 0
    told = once(*flags)
    assert sum(told["next"].values()) == 60_000
    file = tmp_path / "events.ndjson"
    assert run(*made, "-o", file).returncode == 0
    kept, all_of_them = batch(tmp_path / "kept", place).out, batch(tmp_path / "files", file).out
    assert summary(kept)["rows"] == summary(kept)["accepted"] == 60_000
    assert tables(kept) == tables(all_of_them)
