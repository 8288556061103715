"""A running `adirect serve` for tests: starts it, talks to it, stops or kills it, starts it again; and its keys.

A wait ends with the test's failure when the process is gone or makes no progress, never because it is slow.
"""
import csv
import http.client
import io
import json
import re
import select
import signal
import subprocess
import tempfile
import time
from collections import namedtuple
from urllib.parse import quote, urlencode

from adirect_cli import BINARY, HEADERS, environment, run

STALLED_SECONDS = 60  # without a tick of processor time or a byte read or written: it hangs
ASKS = 3000  # answers, each a moment after the other, in which nothing changes
ANY_PORT = "127.0.0.1:0"
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"

Key = namedtuple("Key", "key line")


def now_ms():
    return int(time.time() * 1000)


def search(user="ana", **fields):
    """An event of this moment."""
    return {"type": "search", "time": now_ms(), "user_id": user, "category_id": "shoes", **fields}


def path_of(*segments):
    """/v1/… with each segment encoded, dots too."""
    return "/v1/" + "/".join(quote(segment, safe="").replace(".", "%2E") for segment in segments)


def encoded(body, kind):
    """Events or calls as the bytes of a body; text and bytes as they are."""
    if body is None or isinstance(body, (bytes, str)):
        return body
    return "".join(json.dumps(row) + "\n" for row in body) if kind == NDJSON else json.dumps(body)


def new_key(name, roles):
    """`adirect admin key new`: the key, and its line for --keys."""
    done = run("admin", "key", "new", "--name", name, "--role", roles)
    assert done.returncode == 0, done.stderr
    return Key(done.stderr.decode().split(": ")[1].strip(), done.stdout.decode())


def write_keys(file, *roles):
    """Makes a key of each role and writes the file for --keys; returns {role: key}."""
    keys = {role: new_key(role, role) for role in roles}
    file.write_text("".join(key.line for key in keys.values()), encoding="utf-8")
    return {role: key.key for role, key in keys.items()}


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def samples_of(page):
    """{"name{labels}": value} of /metrics."""
    return dict(re.match(r"(\S+?(?:\{.*\})?) (\S+)$", line).groups() for line in page.splitlines() if line[0] != "#")


def refused(data, *flags):
    """`adirect serve` that ends by itself before it has an address: its exit code and what it said. No data: None."""
    listen = [] if "--listen" in flags else ["--listen", ANY_PORT]
    done = run("serve", *([] if data is None else ["--data", data]), *listen, *flags)
    assert done.returncode != 0 and done.stdout == b"", done.stderr
    return done.returncode, done.stderr.decode()


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)

    def lines(self):
        return [json.loads(line) for line in self.body.split(b"\n") if line]


class Server:
    """`adirect serve` over a data directory (None: what its flags say); `before` are arguments before `serve`.

    A context manager: it stops cleanly at the end and leaves no process behind.
    """

    def __init__(self, data, *flags, before=()):
        self.data, self.flags, self.before = data, flags, before
        self.process, self.address = None, None
        self.stderr = tempfile.TemporaryFile("a+b")  # appended to, wherever log() reads

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            if kind is None and self.process is not None:
                self.stop()
        finally:
            self.kill()
            if kind is not None:
                print(self.log())  # for the report of the failure
            self.stderr.close()

    @property
    def url(self):
        return f"http://{self.address}"

    # its life

    def spawn(self, address=ANY_PORT):
        """Starts the process and waits for nothing."""
        data = [] if self.data is None else ["--data", self.data]
        command = [BINARY, *self.before, "serve", *data, "--listen", address, *self.flags]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=self.stderr,
                                        env=environment())

    def start(self, address=ANY_PORT):
        """Starts and waits for the address; `start(server.address)` takes the former one again."""
        self.spawn(address)
        try:
            self.watch(lambda: select.select([self.process.stdout], [], [], 0.2)[0], "its address")
            line = self.process.stdout.readline().decode()
            assert "answers on http://" in line, f"no address in {line!r}: {self.log()}"
        except BaseException:
            self.kill()
            raise
        self.address = line.split("http://")[1].strip()
        return self

    def stop(self, by=signal.SIGTERM, after_troubles=False):
        """A clean end: exit code 0, nothing more said, no trouble in the log unless there were some."""
        self.process.send_signal(by)
        self.watch(lambda: self.ended(0.02), "its end")
        assert self.process.returncode == 0, self.log()
        assert self.process.stdout.read() == b""
        assert after_troubles or not self.troubles(), self.troubles()
        self.kill()

    def kill(self):
        """kill -9, where it runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def ended(self, seconds):
        try:
            return self.process.wait(seconds) is not None
        except subprocess.TimeoutExpired:
            return False

    def watch(self, condition, what):
        """Waits for what the process does by itself, as long as it does anything."""
        seen, stalled = None, time.monotonic()
        while not condition():
            if (now := self.progress()) != seen:
                seen, stalled = now, time.monotonic()
            assert time.monotonic() - stalled < STALLED_SECONDS, f"the server hangs before {what}: {self.log()}"

    def progress(self):
        """The process's time in ticks and the bytes it read and wrote."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as stat:
                ticks = stat.read().rsplit(")", 1)[1].split()[11:13]
            with open(f"/proc/{self.process.pid}/io", encoding="utf-8") as counts:
                return ticks, counts.read()
        except OSError:  # it has just ended
            return None

    def log(self):
        """What it said on standard error, over all its starts."""
        self.stderr.seek(0)
        return self.stderr.read().decode("utf-8", "replace")

    def troubles(self):
        """The log's lines of a higher level than info, but for those of refused rows."""
        return [line for line in self.log().splitlines() if not re.search(r'[ "](info[ "]|quarantine_)', line)]

    # questions

    def connect(self):
        return http.client.HTTPConnection(self.address, timeout=STALLED_SECONDS)

    def ask(self, method, path, body=None, kind=None, connection=None, headers=None, **query):
        """One request; its own connection unless one is given."""
        target = path + ("?" + urlencode(query) if query else "")
        told = {**({} if kind is None else {"Content-Type": kind}), **(headers or {})}
        used = connection or self.connect()
        try:
            used.request(method, target, body=encoded(body, kind), headers=told)
            return Answer(used.getresponse())
        finally:
            if connection is None:
                used.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, body, kind=NDJSON, path="/v1/events", **more):
        """Posts, again where the server says that too much waits."""
        for _ in range(ASKS):
            answer = self.ask("POST", path, body, kind, **more)
            if answer.status != 503:
                break
            time.sleep(0.02)
        return answer

    def until(self, condition):
        """Asks until the condition gives something; the server's own clock ticks meanwhile."""
        for _ in range(ASKS):
            if value := condition():
                return value
            assert self.process.poll() is None, self.log()
            time.sleep(0.02)
        raise AssertionError(f"nothing changes: {self.log()}")

    def stats(self):
        return self.get("/v1/stats").json()

    def metric(self, name, of=""):
        """A metric's value; of one with labels the sum over those whose first value begins so."""
        page = self.get("/metrics").body.decode()
        assert f"# TYPE {name} " in page, name
        return sum(float(value) for sample, value in samples_of(page).items()
                   if sample == name or re.match(name + r'\{\w+="' + re.escape(of), sample))

    def samples(self):
        return samples_of(self.get("/metrics").body.decode())

    def audience(self, **query):
        """The rows of the audience, sorted, as audience.csv of a batch has them."""
        answer = self.get("/v1/audience", format="csv", **query)
        assert answer.status == 200, answer.body
        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8"), newline="")))
        assert rows[0] == HEADERS["audience"]
        return sorted(map(tuple, rows[1:]))
