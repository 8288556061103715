"""deploy/local: servers that answer, keep what they were given over kill -9, and leave nothing behind."""
import os
import signal
import string
import subprocess
import sys
import time

import pytest
from adirect_cli import ROOT
from services import COMMAND, Services, WebHdfs, group

servers = group("kafka", "hdfs")

PROCESSES = ["kafka", "namenode", "datanode"]


TEMPLATES = ["kafka/server.properties", "hdfs/core-site.xml", "hdfs/hdfs-site.xml", "cassandra/cassandra.yaml"]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def until(condition):
    """Waits for what another process does; pytest's caller bounds it."""
    while not condition():
        time.sleep(0.05)


def test_a_topic_gives_back_what_was_sent(servers):
    topic = servers.topic(partitions=3)
    servers.produce(topic, ["a", "two\nlines", "é"], partition=2)
    assert servers.consume(topic, partition=2, form="%o:%s") == ["0:a", "1:two\nlines", "2:é"]
    assert servers.consume(topic, partition=0) == []


def test_a_topic_that_nobody_made_has_four_partitions(servers):
    servers.produce("made_by_its_first_message", ["a"])
    assert servers.kcat("-L", "-t", "made_by_its_first_message").count(b"leader 1") == 4


def test_a_file_in_hdfs_is_read_back(servers):
    hdfs = WebHdfs(servers.webhdfs)
    hdfs.put("/files/a", b"0123456789")
    assert hdfs.list("/files") == ["a"]
    assert hdfs.get("/files/a") == b"0123456789"
    assert hdfs.list("/nothing") == []


def test_a_full_folder_and_safe_mode_refuse_a_file(servers):
    hdfs = WebHdfs(servers.webhdfs)
    assert hdfs.ask("PUT", "MKDIRS", "/small")[0] == 200
    servers.dfsadmin("-setSpaceQuota", "1k", "/small")
    status, body = hdfs.ask("PUT", "CREATE", "/small/a", b"a")
    assert status != 201 and b"DSQuotaExceededException" in body
    servers.dfsadmin("-safemode", "enter")
    try:
        status, body = hdfs.ask("PUT", "CREATE", "/files/b", b"b")
        assert status != 201 and b"SafeModeException" in body
    finally:
        servers.dfsadmin("-safemode", "leave")


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_server_comes_back_with_its_data_at_its_address(servers, name):
    hdfs, before = WebHdfs(servers.webhdfs), (servers.kafka, servers.webhdfs)
    topic = servers.topic(partitions=1)
    servers.produce(topic, ["kept"])
    hdfs.put(f"/kept/{name}", b"kept")
    pid = servers.pid(name)
    servers.kill(name)
    assert not alive(pid) and f"{name}: does not run" in servers.run("status", check=False)
    servers.restart(name)
    assert (servers.kafka, servers.webhdfs) == before
    assert servers.consume(topic) == ["kept"]
    # A data node notices only by a failure that the name node that it asks is a new one.
    until(lambda: hdfs.ask("GET", "OPEN", f"/kept/{name}") == (200, b"kept"))
    until(lambda: hdfs.ask("PUT", "CREATE", f"/kept/{name}", b"more", overwrite="true")[0] == 201)
    servers.produce(topic, ["more"])
    assert servers.consume(topic) == ["kept", "more"] and hdfs.get(f"/kept/{name}") == b"more"


def test_a_start_of_what_runs_changes_nothing(servers):
    pids = [servers.pid(name) for name in PROCESSES]
    servers.run("start")
    assert [servers.pid(name) for name in PROCESSES] == pids


def test_another_group_is_another_and_leaves_nothing_behind(servers, tmp_path):
    with Services(tmp_path / "other", "kafka") as other:
        assert other.kafka != servers.kafka
        other.produce("mine", ["a"])
        pids = [other.pid("kafka"), other.pid("guard")]
        assert all(map(alive, pids))
    assert not any(map(alive, pids)) and not (tmp_path / "other.env").exists()
    assert b'"mine"' not in servers.kcat("-L")
    assert all("does not run" not in line for line in servers.run("status", *PROCESSES).splitlines())


def test_servers_end_with_the_process_that_they_were_started_for(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        mine = Services(tmp_path / "owned")
        mine.run("start", "--while", owner.pid, "kafka")
        pids = [mine.pid("kafka"), mine.pid("guard")]
        os.kill(owner.pid, signal.SIGKILL)
    until(lambda: not any(map(alive, pids)))


def test_a_server_that_cannot_start_says_why(tmp_path):
    broken = Services(tmp_path / "broken")
    env = {**os.environ, "ADIRECT_SERVICES_DIR": str(broken.folder), "KAFKA_HEAP": "1k"}
    done = subprocess.run([str(COMMAND), "start", "kafka"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert "kafka ended" in done.stderr and "Too small maximum heap" in done.stderr


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_node_of_the_cluster_needs_nothing_but_its_settings_its_name_and_a_folder(template):
    """As the guide's `configure` fills them in."""
    file = ROOT / "deploy" / "cluster" / template
    settings = file.parent / f"{file.parent.name}.env"
    lines = [line for line in settings.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    known = dict(line.split("=", 1) for line in lines) | {"HOST": "a1", "DATA": "/data"}
    assert "$" not in string.Template(file.read_text(encoding="utf-8")).substitute(known)
