"""`adirect serve` over a data directory: what it says on standard error, how it is asked, how it ends."""
import json
import signal
import subprocess
import tempfile
import urllib.request

from adirect_cli import BINARY, environment


class Served:
    """Runs `adirect serve --data DATA ARGS…`; ready when made. As a context it ends by SIGTERM, with exit code 0."""

    def __init__(self, data, *args):
        self._stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(BINARY), "serve", "--data", str(data), "--listen", "127.0.0.1:0", *map(str, args)],
            stdout=subprocess.PIPE, stderr=self._stderr, env=environment(), text=True)
        line = self.process.stdout.readline()
        assert "answers on http://" in line, self.stderr()
        self.url = line.split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            assert self.end(signal.SIGTERM) == 0, self.stderr()

    def end(self, by):
        self.process.send_signal(by)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code

    def stderr(self):
        self._stderr.seek(0)
        return self._stderr.read().decode()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def post(self, events):
        body = "".join(json.dumps(event) + "\n" for event in events).encode()
        request = urllib.request.Request(self.url + "/v1/events", body, {"Content-Type": "application/x-ndjson"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def audience(self):
        """The rows of the audience, sorted, as audience.csv of a batch has them."""
        return sorted(tuple(line.split(",")) for line in self.get("/v1/audience?format=csv").splitlines()[1:])
