"""Real servers for tests: a group of its own in a folder of its own, started by deploy/local, stopped at the end.

    servers = group("kafka", "hdfs")    # a fixture: one group for the file

    def test_something(servers):
        topic = servers.topic(partitions=4)
        servers.produce(topic, ["a", "b"])
        servers.kill("kafka"), servers.restart("kafka")    # the same data, the same addresses
"""
import itertools
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from adirect_cli import ROOT

COMMAND = ROOT / "deploy" / "local" / "services"
BETWEEN, KCAT_BETWEEN = b"\x1e", "\\x1e"  # ASCII's separator of records


class Services:
    """The servers of one folder. A context manager; what it started ends with it, however the tests end."""

    def __init__(self, folder, *names):
        self.folder, self.names = folder, names
        self.topics = itertools.count(1)

    def __enter__(self):
        try:
            self.run("start", "--while", os.getpid(), *self.names)
        except BaseException:
            self.run("stop", check=False)
            raise
        return self

    def __exit__(self, *_):
        self.run("stop")

    def run(self, *args, check=True):
        """`deploy/local/services ARGS…`: what it printed; its failure is the test's."""
        done = subprocess.run([str(COMMAND), *map(str, args)], capture_output=True, text=True, check=False,
                              env={**os.environ, "ADIRECT_SERVICES_DIR": str(self.folder)})
        assert not check or done.returncode == 0, f"{args}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def kill(self, *names):
        """kill -9: kafka, namenode, datanode, cassandra."""
        self.run("kill", *names)

    def restart(self, *names):
        """Until it answers again, at its former address."""
        self.run("restart", *names)

    def dfsadmin(self, *args):
        """HDFS's own tool, for quotas and safe mode."""
        return self.run("dfsadmin", *args)

    def pid(self, name):
        return int((self.folder / name / "pid").read_text(encoding="ascii").split()[0])

    # addresses

    def address(self, key):
        """A line of its file of addresses."""
        lines = self.folder.with_name(self.folder.name + ".env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)[key]

    @property
    def kafka(self):
        """HOST:PORT"""
        return self.address("KAFKA")

    @property
    def webhdfs(self):
        """webhdfs://HOST:PORT"""
        return self.address("WEBHDFS")

    # topics

    def topic(self, partitions=4, name=None, **settings):
        """Makes a topic, of a name that is its own unless one is given; settings with _ for the dot."""
        name = name or f"topic_{next(self.topics)}"
        told = [f"--config={key.replace('_', '.')}={value}" for key, value in settings.items()]
        self.run("kafka-topics", "--create", "--topic", name, "--partitions", partitions, *told)
        while not all(self.asked("-Q", "-t", f"{name}:{part}:-1").returncode == 0 for part in range(partitions)):
            time.sleep(0.1)  # known, and not yet led
        return name

    def produce(self, topic, values, *flags, partition=-1):
        """Sends each value as a message; kcat cuts them at BETWEEN, so a value may hold anything else."""
        self.kcat("-P", "-t", topic, "-p", partition, "-D", KCAT_BETWEEN, *flags,
                  stdin=BETWEEN.join(v if isinstance(v, bytes) else v.encode() for v in values))

    def consume(self, topic, partition=None, form="%s"):
        """What the topic holds at this moment, partition by partition; more may come meanwhile.

        form: how kcat writes each message (%s value, %k key, %p partition, %o offset).
        """
        wanted = {number: count for number, count in self.held(topic).items() if partition in (None, number) and count}
        data = b"".join(self.kcat("-C", "-t", topic, "-p", number, "-o", "beginning", "-c", count, "-q",
                                  "-f", form + KCAT_BETWEEN) for number, count in wanted.items())
        return [value.decode() for value in data.split(BETWEEN)[:-1]]

    def held(self, topic):
        """{partition: how many messages it holds}"""
        known = json.loads(self.kcat("-L", "-J", "-t", topic))["topics"][0]["partitions"]
        parts = sorted(part["partition"] for part in known)
        begin, end = self.offsets(topic, parts, -2), self.offsets(topic, parts, -1)
        return {part: end[part] - begin[part] for part in parts}

    def offsets(self, topic, partitions, at):
        """{partition: offset}; at: -2 the oldest message, -1 behind the newest."""
        asked = [flag for part in partitions for flag in ("-t", f"{topic}:{part}:{at}")]
        lines = self.kcat("-Q", *asked).decode().splitlines()
        return {int(part): int(offset) for part, offset in (re.search(r"\[(\d+)\] offset (\d+)", line).groups()
                                                            for line in lines)}

    def kcat(self, *args, stdin=None):
        """What kcat printed; its failure is the test's."""
        done = self.asked(*args, stdin=stdin)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout

    def asked(self, *args, stdin=None):
        return subprocess.run(["kcat", "-b", self.kafka, *map(str, args)], input=stdin, capture_output=True, check=False)


class WebHdfs:
    """HDFS by HTTP, as anyone may ask it."""

    def __init__(self, address, user="tests"):
        self.base, self.user = address.replace("webhdfs://", "http://") + "/webhdfs/v1", user

    def ask(self, method, operation, path, body=None, **query):
        """(status, body); a redirect to the data node is followed with the body."""
        asked = "&".join(f"{key}={value}" for key, value in {"user.name": self.user, "op": operation, **query}.items())
        return self.send(method, f"{self.base}{path}?{asked}", body)

    def send(self, method, url, body):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data=body, method=method)) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 307:
                return self.send(method, error.headers["Location"], body)
            return error.code, error.read()

    def put(self, path, body):
        status, text = self.ask("PUT", "CREATE", path, body, overwrite="true")
        assert status == 201, text

    def get(self, path):
        status, body = self.ask("GET", "OPEN", path)
        assert status == 200, body
        return body

    def list(self, path):
        """The names in a folder; none where there is no such folder."""
        status, body = self.ask("GET", "LISTSTATUS", path)
        assert status in (200, 404), body
        return [] if status == 404 else [f["pathSuffix"] for f in json.loads(body)["FileStatuses"]["FileStatus"]]


def group(*names):
    """A fixture: these servers, started once for the file that has it."""

    @pytest.fixture(name="servers", scope="module")
    def _servers(tmp_path_factory):
        with Services(tmp_path_factory.mktemp("servers") / "group", *names) as started:
            yield started

    return _servers
