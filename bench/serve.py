"""The live engine: answers a second beside nginx, ingest from files and over HTTP, what a checkpoint costs, readiness
after a stop and after kill -9.

    make bench BENCH="serve --part restart"   (needs wrk and nginx: scripts/install-deps full)

For answers, server and client have a core each; nginx, one worker, returns a constant body of an answer's size. Else all
share all cores. Latencies are those of open_loop.cc, counted from when a request was due. The sides take turns. Prints Markdown; ratios with their spread are what counts.
"""

import argparse
import atexit
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
PARTS = ("answers", "latency", "source", "ingest", "checkpoint", "restart")
CONNECTIONS = 64
BODY_EVENTS = 4000
BODIES = 64        # that a client posts in turns: many shoppers change
CATEGORIES = 8     # of the world of `restart`, in each of which
SEARCHES = 4       # every shopper searches so often
ASKED = 10_000     # answers a second that are asked for on a schedule, beside
POSTED = 300_000   # events a second


def cpu_seconds(pid):
    """Of all threads of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def metric(server, name):
    """Of one with labels the sum over them."""
    page = get(server.url + "/metrics").decode()
    if f"# TYPE {name} " not in page:
        sys.exit(f"bench: {server.url} has no {name}")
    return sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith((name + " ", name + "{")))


class Adirect:
    def __init__(self, binary, data, core=0, more=(), stderr=None):
        """Started, and ready when this returns; `ready` is how long that took."""
        start = time.perf_counter()
        pin = ["taskset", "-c", str(core)] if core is not None else []
        self.process = subprocess.Popen(
            [*pin, binary, "serve", "--data", data, "--listen", "127.0.0.1:0", "--retention", "forever",
             *more], stdout=subprocess.PIPE, stderr=stderr, text=True)
        atexit.register(self.process.kill)  # where the bench fails
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
    done = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s",
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


def post_script(folder, lines):
    """Posts bodies of BODY_EVENTS lines, in turns."""
    script = folder / "post.lua"
    bodies = [lines[i:i + BODY_EVENTS] for i in range(0, len(lines), BODY_EVENTS)][:BODIES]
    for number, body in enumerate(bodies):
        (folder / f"body-{number}.ndjson").write_bytes(b"".join(body))
    script.write_text(f"""local requests = {{}}
local at = 0
init = function()
  for i = 1, {len(bodies)} do
    local file = io.open("{folder}/body-" .. (i - 1) .. ".ndjson", "rb")
    requests[i] = wrk.format("POST", nil, {{["Content-Type"] = "application/x-ndjson"}}, file:read("*a"))
    file:close()
  end
end
request = function() at = at % #requests + 1; return requests[at] end
""", encoding="utf-8")
    return script


def week_lines(folder):
    """Each time that one is posted it is another event."""
    lines = (folder / "week.ndjson").read_bytes().splitlines(keepends=True)[:BODY_EVENTS * BODIES]
    return [re.sub(rb'"event_id":"[^"]*",', b"", line) for line in lines]


def post(server, script, seconds):
    """-> (events/s, µs of the server's CPU an event)"""
    _, rate, cpu, _ = wrk(server.url + "/v1/events", script, seconds, connections=8, pid=server.pid)
    return rate * BODY_EVENTS, cpu / BODY_EVENTS


def cells(values, form):
    of = spread(values)
    return f"{of.median:{form}} [{of.low:{form}}–{of.high:{form}}]"


def targeted(server):
    lines = get(server.url + "/v1/audience").decode().splitlines()
    return [json.loads(line)["user_id"] for line in lines if "user_id" in line][:2000]


def answers(server, folder, rounds, seconds):
    users = targeted(server)
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


def ingest(binary, folder, rounds, seconds):
    server = Adirect(binary, folder / "ingest", core=None, more=["--import", folder / "week.state"])
    script = post_script(folder, week_lines(folder))
    rows = [post(server, script, seconds) for _ in range(rounds)]
    server.stop()
    print(f"POST /v1/events, NDJSON, {BODY_EVENTS:,} events a body, durable: {cells([row[0] for row in rows], ',.0f')} "
          f"events/s (gate 500,000), {cells([row[1] for row in rows], '.2f')} µs of CPU an event\n")


def source(binary, folder, events, users, rounds):
    """Each round reads the file into a new directory."""
    file = folder / "source.csv"
    subprocess.run([binary, "generate", "--events", str(events), "--days", "45", "--user-count", str(users), "--quiet",
                    "-o", file], check=True)
    rates, costs, saving = [], [], []
    for number in range(rounds):
        told = folder / "told"
        with told.open("w", encoding="utf-8") as stderr:
            server = Adirect(binary, folder / f"source-{number}", core=None, stderr=stderr,
                             more=["--source", file, "--format", "seed"])
        costs.append(cpu_seconds(server.pid) / events * 1e6)
        server.stop()
        read, saved = map(float, re.search(r"read ([\d.]+) s, saved ([\d.]+) s", told.read_text(encoding="utf-8")).groups())
        rates.append(events / (read + saved))
        saving.append(saved / (read + saved))
    print(f"serve --source, {events:,} events of {users:,} shoppers as the seed's CSV, durable: {cells(rates, ',.0f')} "
          f"events/s (gate 3,000,000), {cells(costs, '.2f')} µs of CPU an event, {cells(saving, '.0%')} of the time "
          "saving\n")


class OpenLoop:
    """Clients on a schedule: the requests, in turns, so many a second."""

    def __init__(self, folder):
        self.folder = folder
        self.program = folder / "open_loop"
        subprocess.run(["g++", "-O2", "-std=c++20", ROOT / "bench" / "open_loop.cc", "-o", self.program], check=True)

    def start(self, server, rate, seconds, connections, requests, core=None):
        file = self.folder / f"requests-{connections}"
        file.write_bytes(b"".join(request + b"%%\n" for request in requests))
        pin = ["taskset", "-c", str(core)] if core is not None else []
        return subprocess.Popen([*pin, self.program, server.url.rsplit(":", 1)[1], str(rate), str(seconds),
                                 str(connections), file], stdout=subprocess.PIPE, text=True)

    @staticmethod
    def result(process):
        told, _ = process.communicate()
        if process.returncode != 0:
            sys.exit("the open-loop client failed")
        result = json.loads(told)
        if result["errors"] or not result["requests"]:
            sys.exit(f"the open-loop client was refused: {told}")
        return result


def asking(users):
    return [f"GET /v1/users/{user}/recommendations HTTP/1.1\r\nHost: a\r\n\r\n".encode() for user in users]


def posting(lines):
    """Bodies of BODY_EVENTS lines."""
    bodies = [b"".join(lines[i:i + BODY_EVENTS]) for i in range(0, len(lines), BODY_EVENTS)][:BODIES]
    head = "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n"
    return [head.format(len(body)).encode() + body for body in bodies]


def latency(binary, folder, rounds, seconds):
    """Answers at half of the rate that wrk reaches, on a core of their own; then beside events, on the same cores."""
    loop = OpenLoop(folder)
    events = posting(week_lines(folder))
    rows = {"half of wrk's rate, server and client with a core each": [], f"{ASKED:,}/s": [],
            f"{ASKED:,}/s beside {POSTED:,} events/s": []}
    alone, quiet, beside = rows.values()
    for number in range(rounds):
        server = Adirect(binary, folder / f"latency-{number}-alone", more=["--import", folder / "week.state", "--threads", "1"])
        users = targeted(server)
        rate = wrk(server.url, ask_script(folder, users), seconds, pid=server.pid)[1]
        alone.append(loop.result(loop.start(server, rate / 2, seconds, 64, asking(users), core=1)))
        server.stop()
        server = Adirect(binary, folder / f"latency-{number}-beside", core=None, more=["--import", folder / "week.state"])
        quiet.append(loop.result(loop.start(server, ASKED, seconds, 64, asking(users))))
        posted = loop.start(server, POSTED / BODY_EVENTS, seconds, 8, events)
        beside.append(loop.result(loop.start(server, ASKED, seconds, 64, asking(users))))
        reached = loop.result(posted)["per_second"] * BODY_EVENTS
        beside[-1]["posted"] = reached
        server.stop()
    print("| answers asked for on a schedule | answers/s | p50 ms | p99 ms | p99.9 ms | longest ms |\n|---|---|---|---|---|---|")
    for name, results in rows.items():
        shown = [cells([row[key] for row in results], form) for key, form in
                 (("per_second", ",.0f"), ("p50_ms", ".2f"), ("p99_ms", ".2f"), ("p999_ms", ".2f"), ("max_ms", ".1f"))]
        print(f"| {name} | {' | '.join(shown)} |")
    print(f"\nGates: p99 1 ms and, beside events, 5 ms. Events came in at {cells([row['posted'] for row in beside], ',.0f')}/s.\n")


def checkpoint(binary, folder, rounds, seconds, every):
    """Ingest at full rate, then answers beside a steady ingest, with checkpoints and without any, in turns."""
    loop = OpenLoop(folder)
    script = post_script(folder, week_lines(folder))
    events = posting(week_lines(folder))
    seconds = max(seconds, 2 * every + 1)
    sides = {f"every {every} s": every, "none": 86400}
    taken = {name: [] for name in sides}
    for number in range(rounds):
        for name, pause in sides.items():
            server = Adirect(binary, folder / f"checkpoint-{number}-{pause}", core=None,
                             more=["--import", folder / "week.state", "--checkpoint-every", str(pause)])
            rate, cpu = post(server, script, seconds)
            posted = loop.start(server, POSTED / 3 / BODY_EVENTS, seconds, 8, events)
            waits = loop.result(loop.start(server, ASKED / 10, seconds, 64, asking(targeted(server))))
            loop.result(posted)
            server.stop(signal.SIGKILL)
            taken[name].append((rate, cpu, waits["p99_ms"], waits["max_ms"]))
    print(f"{POSTED / 3:,.0f} events/s come in beside {ASKED / 10:,.0f} answers/s, which are asked for on a schedule\n")
    print("| checkpoints | events/s | µs of CPU an event | answers: p99 ms | longest, ms |\n|---|---|---|---|---|")
    for name, rows in taken.items():
        print(f"| {name} | {cells([row[0] for row in rows], ',.0f')} | {cells([row[1] for row in rows], '.2f')} | "
              f"{cells([row[2] for row in rows], '.1f')} | {cells([row[3] for row in rows], '.1f')} |")
    ratio = [a[0] / b[0] for a, b in zip(*taken.values())]
    print(f"\nrate with checkpoints over without: {cells(ratio, '.2f')} (gate 0.90)\n")


def even_world(path, users):
    """The seed's CSV: every shopper searches SEARCHES times in each of CATEGORIES, over the last six days."""
    start = datetime.now(timezone.utc) - timedelta(days=6)
    turns = CATEGORIES * SEARCHES
    with path.open("w", encoding="ascii") as out:
        for turn in range(turns):
            at = (start + timedelta(days=6) * turn / turns).strftime("%Y-%m-%d %H:%M:%S")
            category = turn % CATEGORIES + 1
            for first in range(0, users, 10_000):
                out.write("".join(f"{at},,{10_000_000 + user},{category}{(user * 7919 + turn * 104729) % 100_000:05},"
                                  f"{category},search\n" for user in range(first, min(first + 10_000, users))))


def restart(binary, folder, users, rounds, seconds):
    events = folder / "even.csv"
    even_world(events, users)
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [f'{{"type":"search","time":"{now}","user_id":"{10_000_000 + i * 7919 % users}","category_id":"1",'
             f'"product_id":"1{i % 100_000:05}"}}\n'.encode() for i in range(BODY_EVENTS * BODIES)]
    script = post_script(folder, lines)
    Adirect(binary, folder / "restart", core=None, more=["--source", events, "--format", "seed"]).stop()
    stopped, killed, posted = [], [], []
    for _ in range(rounds):
        server = Adirect(binary, folder / "restart", core=None)
        stopped.append(server.ready)
        posted.append(post(server, script, seconds)[0] * seconds / 1e6)
        server.stop(signal.SIGKILL)
        server = Adirect(binary, folder / "restart", core=None)
        killed.append(server.ready)
        server.stop()
    print(f"{users:,} shoppers × {CATEGORIES} categories × {SEARCHES} searches ready {cells(stopped, '.2f')} s after a "
          f"clean stop (gate 5), {cells(killed, '.2f')} s after kill -9 with {cells(posted, '.1f')} million events in the "
          "log (gate 10)\n")


def names(text):
    return text.split(",")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=names, default=list(PARTS), help=f"some of {','.join(PARTS)} (default: all)")
    parser.add_argument("--events", type=int, default=4_000_000, help="of the week, and of the file of `source`")
    parser.add_argument("--users", type=int, default=200_000, help="who are in them, and in the world of `restart`")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--every", type=int, default=5, help="seconds between two checkpoints in `checkpoint`")
    parser.add_argument("--adirect", type=pathlib.Path, default=ROOT / "build" / "release" / "adirect")
    given = parser.parse_args()
    if unknown := [name for name in given.part if name not in PARTS]:
        parser.error(f"{unknown[0]!r} is none of {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="adirect-bench-") as name:
        folder = pathlib.Path(name)
        if {"answers", "latency", "ingest", "checkpoint"} & set(given.part):
            world(given.adirect, folder, given.events, given.users)
        if "answers" in given.part:
            server = Adirect(given.adirect, folder / "data", more=["--import", folder / "week.state", "--threads", "1"])
            answers(server, folder, given.rounds, given.seconds)
            server.stop()
        if "latency" in given.part:
            latency(given.adirect, folder, given.rounds, given.seconds)
        if "source" in given.part:
            source(given.adirect, folder, given.events, given.users, given.rounds)
        if "ingest" in given.part:
            ingest(given.adirect, folder, given.rounds, given.seconds)
        if "checkpoint" in given.part:
            checkpoint(given.adirect, folder, given.rounds, given.seconds, given.every)
        if "restart" in given.part:
            restart(given.adirect, folder, given.users, given.rounds, given.seconds)


if __name__ == "__main__":
    main()
