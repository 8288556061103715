"""A running `adirect serve` for tests: starts it, talks to it, kills it, starts it again.

A wait ends with the test's failure when the process is gone or makes no progress, never because it is slow.
"""
import http.client
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from urllib.parse import quote, urlencode

from adirect_cli import BINARY, environment

STALLED_SECONDS = 60  # without a tick of processor time or a byte read: it hangs
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"


def path_of(*segments):
    """/v1/… with each segment encoded, dots too."""
    return "/v1/" + "/".join(quote(segment, safe="").replace(".", "%2E") for segment in segments)


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, dict(response.getheaders()), response.read()

    def json(self):
        return json.loads(self.body)

    def lines(self):
        return [json.loads(line) for line in self.body.split(b"\n") if line]


class Server:
    """`adirect serve` over a data directory; a context manager that leaves no process behind."""

    def __init__(self, data, *flags):
        self.data, self.flags = data, [str(flag) for flag in flags]
        self.process, self.address = None, None
        self.stderr = tempfile.TemporaryFile()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.kill()
            raise

    def __exit__(self, *_):
        self.kill()
        self.stderr.close()

    def start(self, address="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [str(BINARY), "serve", "--data", str(self.data), "--listen", address, *self.flags],
            stdout=subprocess.PIPE, stderr=self.stderr, env=environment())
        line = self.first_line()
        assert "http://" in line, f"no address in {line!r}: {self.complaint()}"
        self.address = line.split("http://")[1].strip()
        return self

    def first_line(self):
        seen, stalled = None, time.monotonic()
        while not select.select([self.process.stdout], [], [], 0.2)[0]:
            if (now := self.progress()) != seen:
                seen, stalled = now, time.monotonic()
            assert time.monotonic() - stalled < STALLED_SECONDS, "the server hangs before its address"
        return self.process.stdout.readline().decode()

    def progress(self):
        """The process's time in ticks and the bytes it read."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as stat:
                ticks = stat.read().rsplit(")", 1)[1].split()[11:13]
            with open(f"/proc/{self.process.pid}/io", encoding="utf-8") as io:
                return ticks, io.readline()
        except (FileNotFoundError, ProcessLookupError):
            return None

    def complaint(self):
        self.process.wait()
        self.stderr.seek(0)
        return self.stderr.read().decode("utf-8", "replace")

    def kill(self):
        """kill -9, by its own id."""
        if self.process is None:
            return
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def stop(self):
        """A clean end."""
        os.kill(self.process.pid, signal.SIGTERM)
        code = self.process.wait()
        assert code == 0, self.complaint()
        self.process.stdout.close()
        self.process = None

    def connect(self):
        return http.client.HTTPConnection(self.address, timeout=STALLED_SECONDS)

    def ask(self, method, path, body=None, kind=None, connection=None, **query):
        """One request; its own connection unless one is given."""
        target = path + ("?" + urlencode(query) if query else "")
        headers = {} if kind is None else {"Content-Type": kind}
        used = connection or self.connect()
        try:
            used.request(method, target, body=body, headers=headers)
            return Answer(used.getresponse())
        finally:
            if connection is None:
                used.close()

    def get(self, path, **query):
        return self.ask("GET", path, **query)

    def post(self, body, kind=NDJSON, path="/v1/events", connection=None):
        """Posts, again where the server says that too much waits."""
        while (answer := self.ask("POST", path, body, kind, connection)).status == 503:
            time.sleep(0.01)
        return answer

    def until(self, condition):
        """Asks until the condition gives something; the server's own clock ticks meanwhile."""
        begun = time.monotonic()
        while not (value := condition()):
            assert self.process.poll() is None, self.complaint()
            assert time.monotonic() - begun < STALLED_SECONDS, "nothing changes"
            time.sleep(0.02)
        return value
