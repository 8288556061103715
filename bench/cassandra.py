"""What an engine publishes into Cassandra: rows a second beside a bare loop of the same client, and how late.

    make bench BENCH="cassandra --part rows"

One Cassandra (deploy/local) shares the cores with all of it. `rows`: cassandra_bare.cc writes rows of one table, a
statement each, 256 at once; the engine publishes all its shoppers into a new keyspace. Each side is a process of its own,
in turns; the CPU is that of the client's process. `lag`: events are posted at a pace, and each change is timed until it is
published. Prints Markdown; ratios with their spread are what counts.
"""

import argparse
import atexit
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta, timezone

from serve import Adirect, cells, cpu_seconds, get, names

ROOT = pathlib.Path(__file__).resolve().parents[1]
PARTS = ("rows", "lag")
AT_ONCE = 256
LOOK = 0.05   # seconds between two looks at what is published
POSTS = 20    # bodies a second, in `lag`


class Cassandra:
    def __init__(self, folder):
        self.env = {**os.environ, "ADIRECT_SERVICES_DIR": str(folder / "services")}
        atexit.register(self.run, "stop")
        self.address = re.search(r"^CASSANDRA=(.*)$", self.run("start", "cassandra"), re.M).group(1)

    def run(self, *args):
        done = subprocess.run([ROOT / "deploy" / "local" / "services", *args], env=self.env, check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"services {args}: {done.stdout}{done.stderr}")
        return done.stdout

    def keyspace(self, binary, name):
        url = f"cassandra://{self.address}/{name}"
        subprocess.run([binary, "admin", "schema", "init", url], check=True, stdout=subprocess.DEVNULL)
        return url


def built(folder):
    program = folder / "cassandra_bare"
    subprocess.run(["g++", "-O2", "-std=c++20", f"-I{ROOT / 'src'}", ROOT / "bench" / "cassandra_bare.cc",
                    ROOT / "build" / "cargo" / "release" / "libadirect_cql.a", "-lpthread", "-ldl", "-lm", "-o", program],
                   check=True)
    return program


def events(binary, path, count, users):
    start = (datetime.now(timezone.utc) - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    subprocess.run([binary, "generate", "--world", "realistic", "--events", str(count), "--days", "29", "--start", start,
                    "--user-count", str(users), "--format", "adirect", "--quiet", "-o", path], check=True)
    return path


def bare(program, cassandra, table, rows):
    """-> (rows/s, CPU µs a row)"""
    with subprocess.Popen([program, cassandra.address, table, str(rows), str(AT_ONCE)], stdout=subprocess.PIPE) as child:
        told = json.loads(child.stdout.read())
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit("cassandra_bare failed")
    return rows / told["seconds"], (usage.ru_utime + usage.ru_stime) / rows * 1e6


def metric(server, name):
    lines = get(server.url + "/metrics").decode().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(name + " "))


def published(server):
    """Waits until all is there. -> (rows, seconds since the first of them, CPU seconds meanwhile)"""
    while metric(server, "adirect_publish_rows_total") == 0:
        time.sleep(LOOK)
    start, used = time.perf_counter(), cpu_seconds(server.pid)
    first = metric(server, "adirect_publish_rows_total")
    while metric(server, "adirect_publish_whole") or metric(server, "adirect_publish_waiting_shoppers"):
        time.sleep(LOOK)
    rows = metric(server, "adirect_publish_rows_total") - first
    return rows, time.perf_counter() - start, cpu_seconds(server.pid) - used


def rows_a_second(given, folder, cassandra):
    program = built(folder)
    file = events(given.adirect, folder / "events.ndjson", given.events, given.users)
    data = folder / "rows"
    Adirect(given.adirect, data, core=None, more=["--source", file], stderr=subprocess.DEVNULL).stop()
    taken = {"bare loop": [], "adirect serve --publish": []}
    for number in range(given.rounds):
        url = cassandra.keyspace(given.adirect, f"rows_{number}")
        server = Adirect(given.adirect, data, core=None, more=["--publish", url], stderr=subprocess.DEVNULL)
        rows, wall, used = published(server)
        server.stop()
        taken["adirect serve --publish"].append((rows / wall, used / rows * 1e6))
        taken["bare loop"].append(bare(program, cassandra, f"rows_{number}.searches", int(rows)))
    print(f"All of {given.users:,} shoppers, {int(rows):,} rows\n")
    print("| side | rows/s | CPU µs a row |\n|---|---|---|")
    for name, sides in taken.items():
        print(f"| {name} | {cells([side[0] for side in sides], ',.0f')} | {cells([side[1] for side in sides], '.2f')} |")
    ratio = [a[0] / b[0] for a, b in zip(taken["adirect serve --publish"], taken["bare loop"])]
    print(f"\nadirect over the bare loop: {cells(ratio, '.2f')} (gate 0.80), "
          f"{cells([side[1] for side in taken['adirect serve --publish']], '.1f')} µs of CPU a row (gate 15)\n")


def post(server, body):
    request = urllib.request.Request(server.url + "/v1/events", data=body, method="POST",
                                     headers={"Content-Type": "application/x-ndjson"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def share(server, seconds):
    """Of the changes that were published, those within so long, and their number."""
    counts = {}
    for line in get(server.url + "/metrics").decode().splitlines():
        if found := re.match(r'adirect_publish_seconds_bucket\{le="([^"]*)"\} (\d+)', line):
            counts[found.group(1)] = int(found.group(2))
    return counts[seconds] / counts["+Inf"], counts["+Inf"]


def lag(given, folder, cassandra):
    url = cassandra.keyspace(given.adirect, "lag")
    file = events(given.adirect, folder / "lag.ndjson", given.pace * given.seconds, given.users)
    lines = file.read_bytes().splitlines(keepends=True)
    server = Adirect(given.adirect, folder / "lag", core=None, more=["--publish", url], stderr=subprocess.DEVNULL)
    a_post = given.pace // POSTS
    begun = time.perf_counter()
    for number, first in enumerate(range(0, len(lines), a_post)):
        time.sleep(max(0, begun + number / POSTS - time.perf_counter()))
        post(server, b"".join(lines[first:first + a_post]))
    late = metric(server, "adirect_publish_lag_seconds")
    while metric(server, "adirect_publish_waiting_shoppers"):
        time.sleep(LOOK)
    shares = [(seconds, *share(server, seconds)) for seconds in ("0.1", "0.5", "2.5")]
    print(f"{given.pace:,} events a second for {given.seconds} s: {shares[0][2]:,} changes of shoppers, "
          + ", ".join(f"{part:.2%} published within {seconds} s" for seconds, part, _ in shares)
          + f"; {late:.2f} s behind at the end\n")
    server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=names, default=list(PARTS), help=f"some of {','.join(PARTS)} (default: all)")
    parser.add_argument("--events", type=int, default=200_000, help="of `rows`")
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--pace", type=int, default=2_000, help="events a second, of `lag`")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--adirect", type=pathlib.Path, default=ROOT / "build" / "release" / "adirect")
    given = parser.parse_args()
    if unknown := [name for name in given.part if name not in PARTS]:
        parser.error(f"{unknown[0]!r} is none of {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="adirect-bench-") as name:
        folder = pathlib.Path(name)
        cassandra = Cassandra(folder)
        try:
            for part in given.part:
                {"rows": rows_a_second, "lag": lag}[part](given, folder, cassandra)
        finally:
            atexit.unregister(cassandra.run)
            cassandra.run("stop")


if __name__ == "__main__":
    main()
