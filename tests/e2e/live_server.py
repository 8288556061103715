"""`adirect serve` as a process of its own, and requests to it."""
import contextlib
import json
import re
import subprocess
import urllib.error
import urllib.request
from collections import namedtuple

from adirect_cli import BINARY, environment, run

Answer = namedtuple("Answer", "status headers body")


class Live:
    def __init__(self, url):
        self.url = url

    def ask(self, method, path, body=None, headers=None):
        """One request; an error's answer is an answer too."""
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def post(self, events, headers=None):
        told = {"Content-Type": "application/json", **(headers or {})}
        return self.ask("POST", "/v1/events", json.dumps(events).encode(), told)


@contextlib.contextmanager
def serve(data, *args, before=()):
    """Runs `adirect BEFORE… serve --data DATA --listen 127.0.0.1:0 ARGS…`; asserts that it ends well, without a trouble in its log."""
    command = [str(BINARY), *map(str, before), "serve", "--data", str(data), "--listen", "127.0.0.1:0", *map(str, args)]
    errors = data.with_name(data.name + ".stderr")
    with errors.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=environment(), text=True)
    try:
        ready = process.stdout.readline()
        address = re.search(r"http://\S+", ready)
        assert address, f"{ready}{errors.read_text()}"
        yield Live(address.group(0))
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, errors.read_text()
    told = [line for line in errors.read_text().splitlines() if " info " not in line and " quarantine_" not in line]
    assert rest == "" and told == []


Key = namedtuple("Key", "key line")


def new_key(name, roles):
    """`adirect admin key new`: the key, and its line for --keys."""
    done = run("admin", "key", "new", "--name", name, "--role", roles)
    assert done.returncode == 0, done.stderr
    return Key(done.stderr.decode().split(": ")[1].strip(), done.stdout.decode())
