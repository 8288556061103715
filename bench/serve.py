"""The live engine: answers a second beside nginx, ingest over HTTP, readiness after a stop and after kill -9.

    bench/python bench/serve.py   (needs wrk and nginx: scripts/install-deps full)

Server and client have a core each. nginx, one worker, returns a constant body of an answer's size; the sides take turns.
Prints Markdown; ratios with their spread are what counts.
"""

import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta, timezone

from measure import spread

ROOT = pathlib.Path(__file__).resolve().parents[1]
CONNECTIONS = 64


def cpu_seconds(pid):
    """Of all threads of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


class Adirect:
    def __init__(self, binary, folder, core=0, more=()):
        """Started, and ready when this returns; `ready` is how long that took."""
        start = time.perf_counter()
        pin = ["taskset", "-c", str(core)] if core is not None else []
        self.process = subprocess.Popen(
            [*pin, binary, "serve", "--data", folder / "data", "--listen", "127.0.0.1:0", "--retention", "forever",
             *more], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "http://" not in line:
            sys.exit(f"adirect serve did not start: {line}")
        self.url = line[line.index("http://"):].strip()
        self.ready = time.perf_counter() - start
        self.pid = self.process.pid

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait()


class Nginx:
    def __init__(self, folder, body, port=18481):
        conf = folder / "nginx.conf"
        conf.write_text(f"""worker_processes 1; daemon off; error_log /dev/null; pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; server {{ listen 127.0.0.1:{port};
  location / {{ default_type application/json; return 200 '{body}'; }} }} }}""", encoding="utf-8")
        self.process = subprocess.Popen(["taskset", "-c", "0", "nginx", "-c", conf], stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        for _ in range(100):
            time.sleep(0.05)
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            if children:
                self.pid = int(children[0])
                return
        sys.exit("nginx did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def wrk(url, script, seconds, connections=CONNECTIONS, pid=None):
    """-> (requests, requests/s, µs of the server's CPU a request, p99 ms)"""
    before = cpu_seconds(pid)
    done = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s",
                           script, url], capture_output=True, text=True, check=True)
    used = cpu_seconds(pid) - before
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        sys.exit(f"wrk was refused:\n{done.stdout}")
    requests = int(re.search(r"(\d+) requests in", done.stdout).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))
    p99, unit = re.search(r"99%\s+([\d.]+)(\w+)", done.stdout).groups()
    return requests, rate, used / requests * 1e6, float(p99) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def world(binary, folder, events, users):
    """A state of a week that ends now."""
    start = (datetime.now(timezone.utc) - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    subprocess.run([binary, "generate", "--format", "adirect", "--events", str(events), "--days", "6.9", "--start", start,
                    "--user-count", str(users), "--quiet", "-o", folder / "week.ndjson"], check=True)
    subprocess.run([binary, "batch", "--quiet", "--out", folder / "out", "--save-state", folder / "week.state",
                    folder / "week.ndjson"], check=True)


def ask_script(folder, users):
    script = folder / "ask.lua"
    paths = ",".join(json.dumps(f"/v1/users/{user}/recommendations") for user in users)
    script.write_text(f"""local paths = {{{paths}}}
local requests = {{}}
local at = 0
init = function() for i = 1, #paths do requests[i] = wrk.format("GET", paths[i]) end end
request = function() at = at % #requests + 1; return requests[at] end
""", encoding="utf-8")
    return script


def post_script(folder, body):
    script = folder / "post.lua"
    (folder / "body.ndjson").write_bytes(body)
    script.write_text(f"""local file = io.open("{folder}/body.ndjson", "rb")
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-ndjson"
wrk.body = file:read("*a")
""", encoding="utf-8")
    return script


def answers(server, folder, rounds, seconds):
    lines = get(server.url + "/v1/audience").decode().splitlines()
    users = [json.loads(line)["user_id"] for line in lines if "user_id" in line][:2000]
    bodies = [get(f"{server.url}/v1/users/{user}/recommendations") for user in users[:200]]
    size = sum(map(len, bodies)) // len(bodies)
    nginx = Nginx(folder, "x" * size)
    script = ask_script(folder, users)
    taken = {"adirect": [], "nginx": []}
    try:
        for _ in range(rounds):
            for name, side in (("adirect", server), ("nginx", nginx)):
                taken[name].append(wrk(side.url, script, seconds, pid=side.pid))
    finally:
        nginx.stop()
    print(f"GET recommendations of {len(users):,} shoppers, {size} bytes, {CONNECTIONS} connections\n")
    print("| side | requests/s | CPU µs a request | p99 ms |\n|---|---|---|---|")
    for name, rows in taken.items():
        cells = [spread([row[i] for row in rows]) for i in (1, 2, 3)]
        print(f"| {name} | {cells[0].median:,.0f} [{cells[0].low:,.0f}–{cells[0].high:,.0f}] | {cells[1].median:.2f} "
              f"[{cells[1].low:.2f}–{cells[1].high:.2f}] | {cells[2].median:.2f} |")
    rate = spread([a[1] / b[1] for a, b in zip(taken["adirect"], taken["nginx"])])
    cost = spread([a[2] / b[2] for a, b in zip(taken["adirect"], taken["nginx"])])
    print(f"\nadirect over nginx: {rate.median:.2f} [{rate.low:.2f}–{rate.high:.2f}] of the rate (gate 0.95), "
          f"{cost.median:.2f} [{cost.low:.2f}–{cost.high:.2f}] of the CPU (gate 1.2)\n")


def ingest(server, folder, rounds, seconds):
    lines = (folder / "week.ndjson").read_bytes().splitlines(keepends=True)[:4000]
    stripped = [re.sub(rb'"event_id":"[^"]*",', b"", line) for line in lines]  # each delivery is another event
    script = post_script(folder, b"".join(stripped))
    rows = [wrk(server.url + "/v1/events", script, seconds, connections=8, pid=server.pid) for _ in range(rounds)]
    rate = spread([row[1] * len(lines) for row in rows])
    cost = spread([row[2] / len(lines) for row in rows])
    print(f"POST /v1/events, NDJSON, {len(lines):,} events a body, durable: {rate.median:,.0f} "
          f"[{rate.low:,.0f}–{rate.high:,.0f}] events/s (gate 500,000), {cost.median:.2f} µs of CPU an event\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--adirect", type=pathlib.Path, default=ROOT / "build" / "release" / "adirect")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="adirect-bench-") as name:
        folder = pathlib.Path(name)
        world(given.adirect, folder, given.events, given.users)
        server = Adirect(given.adirect, folder, more=["--import", folder / "week.state", "--threads", "1"])
        answers(server, folder, given.rounds, given.seconds)
        server.stop()
        server = Adirect(given.adirect, folder, core=None)
        print(f"{given.users:,} shoppers ready {server.ready:.2f} s after a clean stop")
        ingest(server, folder, given.rounds, given.seconds)
        server.stop(signal.SIGKILL)
        server = Adirect(given.adirect, folder, core=None)
        print(f"ready {server.ready:.2f} s after kill -9")
        server.stop()


if __name__ == "__main__":
    main()
