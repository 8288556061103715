"""What an engine publishes into Cassandra: rows a second beside a bare loop of the same client, and how late.

    make bench BENCH="cassandra --part rows"

One Cassandra (deploy/local) shares the cores with all of it. `rows`: cassandra_bare.cc writes rows of one table, some
of a partition in each of 256 requests at once; the engine publishes all its shoppers into a new keyspace. Each side is
a process of its own, in turns; the CPU is that of the client's process. `lag`: events are posted at a pace, and each
change is timed until it is published. `flood`: events are posted as fast as the engine takes them, which is faster than
Cassandra does; what memory and lag do, when it has caught up, and that nothing is missing then. `reader`: a server
without an engine answers recommendations at a steady rate (open_loop.cc); and, while events are posted at a pace, new
shoppers are looked for there, timed from their event. Prints Markdown; ratios with their spread are what counts.
"""

import argparse
import atexit
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

from serve import Adirect, OpenLoop, asking, cells, cpu_seconds, get, metric, names

ROOT = pathlib.Path(__file__).resolve().parents[1]
PARTS = ("rows", "lag", "flood", "reader")
AT_ONCE = 256
BATCHES = (1, 4, 16)  # rows of a request of the bare loop; the engine has about 4 for one partition
LOOK = 0.05   # seconds between two looks at what is published
POSTS = 20    # bodies a second, in `lag` and `reader`
BODY = 2_000  # events of a post, in `flood`
PROBES = 5    # new shoppers a second, in `reader`
PROBE = 0.005  # seconds between two looks for one


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


def bare(program, cassandra, table, rows, batch):
    """-> (rows/s, CPU µs a row)"""
    asked = [str(word) for word in (program, cassandra.address, table, rows, batch, AT_ONCE)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE) as child:
        told = json.loads(child.stdout.read())
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit("cassandra_bare failed")
    return rows / told["seconds"], (usage.ru_utime + usage.ru_stime) / rows * 1e6


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
    taken = {**{f"bare loop, rows a request: {batch}": [] for batch in BATCHES}, "adirect serve --publish": []}
    for number in range(given.rounds):
        url = cassandra.keyspace(given.adirect, f"rows_{number}")
        server = Adirect(given.adirect, data, core=None, more=["--publish", url], stderr=subprocess.DEVNULL)
        rows, wall, used = published(server)
        server.stop()
        taken["adirect serve --publish"].append((rows / wall, used / rows * 1e6))
        for batch, name in zip(BATCHES, taken):
            taken[name].append(bare(program, cassandra, f"rows_{number}.searches", int(rows), batch))
    print(f"All of {given.users:,} shoppers, {int(rows):,} rows\n")
    print("| side | rows/s | CPU µs a row |\n|---|---|---|")
    for name, sides in taken.items():
        print(f"| {name} | {cells([side[0] for side in sides], ',.0f')} | {cells([side[1] for side in sides], '.2f')} |")
    adirect = taken.pop("adirect serve --publish")
    for name, sides in taken.items():
        ratio = [mine[0] / other[0] for mine, other in zip(adirect, sides)]
        print(f"\nadirect over the {name}: {cells(ratio, '.2f')} (gate 0.80)")
    print(f"\n{cells([side[1] for side in adirect], '.1f')} µs of CPU a row (gate 15)\n")


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


def megabytes(server):
    return metric(server, "process_resident_memory_bytes") / 1e6


def flooded(server, lines):
    """Posts all of it without rest; gives now and then the seconds since it began."""
    begun = time.perf_counter()
    for number, first in enumerate(range(0, len(lines), BODY)):
        post(server, b"".join(lines[first:first + BODY]))
        if number % 10 == 0:
            yield time.perf_counter() - begun
    yield time.perf_counter() - begun


def looked(server):
    """Seconds of lag, MB in memory"""
    return metric(server, "adirect_publish_lag_seconds"), megabytes(server)


def audience(server, as_of, first):
    rows = get(f"{server.url}/v1/audience?format=csv&cursor={as_of}.{first}").splitlines()[1:]
    return {tuple(row.split(b",")[:2]) for row in rows}


def flood(given, folder, cassandra):
    url = cassandra.keyspace(given.adirect, "flood")
    file = events(given.adirect, folder / "flood.ndjson", given.flood, given.users)
    lines = file.read_bytes().splitlines(keepends=True)
    alone = Adirect(given.adirect, folder / "alone", core=None, stderr=subprocess.DEVNULL)
    without = [megabytes(alone) for _ in flooded(alone, lines)][-1]
    alone.stop()
    server = Adirect(given.adirect, folder / "flood", core=None, more=["--publish", url], stderr=subprocess.DEVNULL)
    looks = []
    for seconds in flooded(server, lines):
        looks.append(looked(server))
    begun, left = time.perf_counter(), metric(server, "adirect_publish_waiting_shoppers")
    while metric(server, "adirect_publish_waiting_shoppers"):
        looks.append(looked(server))
        time.sleep(LOOK)
    caught_up, (late, memory) = time.perf_counter() - begun, map(max, zip(*looks))
    reader = Reader(given.adirect, url)
    as_of = json.loads(get(server.url + "/v1/stats"))["as_of"]
    instant = int(datetime.fromisoformat(as_of.replace("Z", "+00:00")).timestamp() * 1000)
    there, wanted = audience(reader, instant, -2**63), audience(server, instant, "0.0")
    if there != wanted or not wanted:
        sys.exit(f"bench: {len(wanted)} pairs of the engine, {len(there ^ wanted)} differ in Cassandra")
    print(f"{len(lines):,} events at {len(lines) / seconds:,.0f} a second: {left:,.0f} of {given.users:,} shoppers waited "
          f"after the last, all was published {caught_up:.1f} s later, at most {late:.1f} s behind; resident {memory:,.0f} MB "
          f"at most, {without:,.0f} MB without --publish; {len(wanted):,} pairs of the audience are equal\n")
    reader.stop()
    server.stop()


class Reader(Adirect):
    """A server without an engine, ready when this returns."""

    def __init__(self, binary, url):
        self.process = subprocess.Popen([binary, "serve", "--reader", url, "--listen", "127.0.0.1:0"], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        atexit.register(self.process.kill)
        self.url = self.process.stdout.readline().split()[-1]
        self.pid = self.process.pid
        while metric(self, "adirect_reader_ready") == 0:
            time.sleep(LOOK)


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def steady(given, folder, cassandra):
    """Recommendations at steady rates, with Cassandra on the same cores and the engine gone."""
    clients = OpenLoop(folder)
    url = cassandra.keyspace(given.adirect, "steady")
    file = events(given.adirect, folder / "steady.ndjson", given.events, given.users)
    server = Adirect(given.adirect, folder / "steady", core=None, more=["--source", file, "--publish", url],
                     stderr=subprocess.DEVNULL)
    published(server)
    server.stop()
    users = sorted({json.loads(line)["user_id"] for line in open(file, encoding="utf-8")})
    random.Random(1).shuffle(users)
    asked = asking([urllib.parse.quote(user) for user in users[:10_000]])
    reader = Reader(given.adirect, url)
    print("| answers a second | p50 ms | p99 ms | CPU ms an answer | reads an answer | late |\n|---|---|---|---|---|---|")
    for rate in (20, *given.rates):  # the first is to warm up
        used, reads = cpu_seconds(reader.pid), metric(reader, "adirect_reader_reads_total")
        told = clients.result(clients.start(reader, rate, given.seconds, 64, asked))
        used, reads = cpu_seconds(reader.pid) - used, metric(reader, "adirect_reader_reads_total") - reads
        if rate != 20:
            print(f"| {rate} | {told['p50_ms']:.1f} | {told['p99_ms']:.1f} | {used / told['requests'] * 1e3:.2f} | "
                  f"{reads / told['requests']:.1f} | {told['late']} |", flush=True)
    reader.stop()


def sighted(reader, user):
    """Waits until the reader knows the shopper. -> the instant"""
    while True:
        try:
            get(f"{reader.url}/v1/users/{user}")
            return time.perf_counter()
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
        time.sleep(PROBE)


def fresh(given, folder, cassandra):
    """From an event's post to the reader's answer that knows it."""
    url = cassandra.keyspace(given.adirect, "fresh")
    file = events(given.adirect, folder / "fresh.ndjson", given.pace * given.seconds, given.users)
    lines = file.read_bytes().splitlines(keepends=True)
    server = Adirect(given.adirect, folder / "fresh", core=None, more=["--publish", url], stderr=subprocess.DEVNULL)
    post(server, lines[0])
    reader = Reader(given.adirect, url)
    taken = []

    def probe():
        for number in range(given.seconds * PROBES):
            time.sleep(max(0, begun + number / PROBES - time.perf_counter()))
            event = {"type": "search", "time": int(time.time() * 1000), "user_id": f"probe-{number}", "category_id": "1"}
            sent = time.perf_counter()
            post(server, json.dumps(event).encode())
            taken.append(sighted(reader, f"probe-{number}") - sent)

    begun = time.perf_counter()
    probing = threading.Thread(target=probe)
    probing.start()
    a_post = given.pace // POSTS
    for number, first in enumerate(range(0, len(lines), a_post)):
        time.sleep(max(0, begun + number / POSTS - time.perf_counter()))
        post(server, b"".join(lines[first:first + a_post]))
    probing.join()
    print(f"\n{given.pace:,} events a second for {given.seconds} s: from a new shopper's event to a reader that knows him p50 "
          f"{quantile(taken, .5) * 1e3:.0f} ms, p99 {quantile(taken, .99) * 1e3:.0f} ms, of {len(taken)} (gate 1000 ms)\n")
    reader.stop()
    server.stop()


def read(given, folder, cassandra):
    steady(given, folder, cassandra)
    fresh(given, folder, cassandra)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=names, default=list(PARTS), help=f"some of {','.join(PARTS)} (default: all)")
    parser.add_argument("--events", type=int, default=60_000, help="of `rows` and `reader`")
    parser.add_argument("--users", type=int, default=6_000)
    parser.add_argument("--pace", type=int, default=2_000, help="events a second, of `lag` and `reader`")
    parser.add_argument("--flood", type=int, default=1_000_000, help="events, of `flood`")
    parser.add_argument("--rates", type=lambda text: [int(rate) for rate in text.split(",")], default=[50, 100, 200, 400],
                        help="answers a second, of `reader`")
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
                {"rows": rows_a_second, "lag": lag, "flood": flood, "reader": read}[part](given, folder, cassandra)
        finally:
            atexit.unregister(cassandra.run)
            cassandra.run("stop")


if __name__ == "__main__":
    main()
