"""The live engine behind a real topic: how fast it reads, beside a bare consumer; how soon an event is in its answer; how
soon it is back after kill -9.

    make bench BENCH="kafka --part read"

One broker (deploy/local) shares the cores with all of it. `read`: kafka_bare.cc touches each byte of the same topic and
does nothing else; each side is a process of its own, in turns, and its clock runs from its start to its last message.
`latency`: kafka_probe.cc writes an event and asks for its shopper's recommendations until it is there, while others come
at a pace. `restart`: kill -9 with all of the topic in the state. Prints Markdown; ratios with their spread are what counts.
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
from datetime import datetime, timedelta, timezone

from serve import Adirect, cells, cpu_seconds, get, metric, names

ROOT = pathlib.Path(__file__).resolve().parents[1]
PARTS = ("read", "latency", "restart")
LOOK = 0.02   # seconds between two looks at what the engine has read
PACE = 10_000  # events a second, in latency and restart


class Broker:
    def __init__(self, folder):
        self.env = {**os.environ, "ADIRECT_SERVICES_DIR": str(folder / "services")}
        atexit.register(self.run, "stop")
        told = self.run("start", "kafka")
        self.address = re.search(r"^KAFKA=(.*)$", told, re.M).group(1)

    def run(self, *args):
        done = subprocess.run([ROOT / "deploy" / "local" / "services", *map(str, args)], env=self.env, check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"services {args}: {done.stdout}{done.stderr}")
        return done.stdout

    def topic(self, name, partitions):
        self.run("kafka-topics", "--create", "--topic", name, "--partitions", partitions)
        return f"kafka://{self.address}/{name}"


def built(folder, name, *libraries):
    program = folder / name
    subprocess.run(["g++", "-O2", "-std=c++20", ROOT / "bench" / f"{name}.cc", *libraries, "-o", program], check=True)
    return program


def generate(binary, url, events, users, *more):
    start = (datetime.now(timezone.utc) - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return subprocess.Popen([binary, "generate", "--events", str(events), "--days", "6", "--start", start, "--user-count",
                             str(users), "--quiet", "--to", url, *more])


def filled(binary, url, given):
    if generate(binary, url, given.events, given.users).wait() != 0:
        sys.exit("the topic could not be filled")


def position(server):
    return metric(server, "adirect_source_position")


def follow(binary, data, url, *more):
    return Adirect(binary, data, core=None, more=["--source", url, *more], stderr=subprocess.DEVNULL)


def await_position(server, events):
    while position(server) < events:
        time.sleep(LOOK)


def read_bare(program, broker, topic, consumers, events):
    """-> (messages/s, CPU µs a message)"""
    start = time.perf_counter()
    with subprocess.Popen([program, broker.address, topic, str(consumers), str(events)],
                          stdout=subprocess.PIPE) as child:
        told = json.loads(child.stdout.read())
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0 or told["messages"] != events:
        sys.exit(f"kafka_bare: exit {child.returncode}, {told}")
    return events / wall, (usage.ru_utime + usage.ru_stime) / events * 1e6


def read_engine(binary, data, url, events):
    """-> (messages/s, CPU µs a message, seconds to stop: to save it all)"""
    start = time.perf_counter()
    server = follow(binary, data, url, "--format", "seed")
    await_position(server, events)
    wall = time.perf_counter() - start
    used = cpu_seconds(server.pid)
    stopping = time.perf_counter()
    server.stop()
    return events / wall, used / events * 1e6, time.perf_counter() - stopping


def read(given, folder, broker):
    program = built(folder, "kafka_bare", "-lrdkafka")
    url = broker.topic("read", given.partitions)
    filled(given.adirect, url, given)
    taken = {"bare, one consumer": [], "bare, two consumers": [], "adirect serve": []}
    for number in range(given.rounds):
        taken["bare, one consumer"].append(read_bare(program, broker, "read", 1, given.events))
        taken["adirect serve"].append(read_engine(given.adirect, folder / f"read-{number}", url, given.events))
        taken["bare, two consumers"].append(read_bare(program, broker, "read", 2, given.events))
    print(f"{given.events:,} events of {given.users:,} shoppers, the seed's CSV, {given.partitions} partitions\n")
    print("| side | messages/s | CPU µs a message |\n|---|---|---|")
    for name, rows in taken.items():
        print(f"| {name} | {cells([row[0] for row in rows], ',.0f')} | {cells([row[1] for row in rows], '.2f')} |")
    ratio = [a[0] / b[0] for a, b in zip(taken["adirect serve"], taken["bare, one consumer"])]
    print(f"\nadirect over one bare consumer: {cells(ratio, '.2f')} (gate 0.75), "
          f"{cells([row[1] for row in taken['adirect serve']], '.2f')} s of CPU a million events (gate 1); all of it saved "
          f"at the end in {cells([row[2] for row in taken['adirect serve']], '.1f')} s\n")


def latency(given, folder, broker):
    program = built(folder, "kafka_probe", "-lrdkafka")
    url = broker.topic("latency", given.partitions)
    server = follow(given.adirect, folder / "latency", url)
    others = generate(given.adirect, url, PACE * 3600, given.users, "--format", "adirect", "--pace", str(PACE))
    while position(server) < PACE:
        time.sleep(LOOK)
    waits = []
    for _ in range(given.rounds):
        done = subprocess.run([program, broker.address, "latency", server.url.rsplit(":", 1)[1], str(given.probes)],
                              stdout=subprocess.PIPE, check=True)
        waits.append(json.loads(done.stdout))
    if others.poll() is not None:
        sys.exit("the other events ended")
    others.terminate()
    others.wait()
    server.stop()
    print(f"{given.probes:,} events, one after the other, beside {PACE:,} a second, until each is in its shopper's "
          f"recommendations: p50 {cells([w['p50_ms'] for w in waits], '.2f')} ms (gate 5), p99 "
          f"{cells([w['p99_ms'] for w in waits], '.2f')} ms (gate 25), longest "
          f"{max(w['max_ms'] for w in waits):.1f} ms\n")


def is_ready(server):
    try:
        get(server.url + "/readyz")
        return True
    except OSError:
        return False


def restart(given, folder, broker):
    """Each round: read it all, once; then kill, start, wait."""
    url = broker.topic("restart", given.partitions)
    filled(given.adirect, url, given)
    data = folder / "restart"
    server = follow(given.adirect, data, url, "--format", "seed")
    await_position(server, given.events)
    server.stop()
    answers, caught_up = [], []
    for _ in range(given.rounds):
        server = follow(given.adirect, data, url, "--format", "seed")
        others = generate(given.adirect, url, PACE * 3600, given.users, "--pace", str(PACE))
        time.sleep(given.seconds)
        server.stop(signal.SIGKILL)
        start = time.perf_counter()
        server = follow(given.adirect, data, url, "--format", "seed")
        answers.append(server.ready)
        while not is_ready(server):
            time.sleep(LOOK)
        caught_up.append(time.perf_counter() - start)
        others.terminate()
        others.wait()
        server.stop()
    print(f"kill -9 with {given.events:,} events of {given.users:,} shoppers, and {PACE:,} a second that come: answers "
          f"again after {cells(answers, '.2f')} s (gate 10), caught up after {cells(caught_up, '.2f')} s (gate 15)\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=names, default=list(PARTS), help=f"some of {','.join(PARTS)} (default: all)")
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--probes", type=int, default=2_000, help="a round of `latency`")
    parser.add_argument("--seconds", type=int, default=5, help="that `restart` reads before it is killed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--adirect", type=pathlib.Path, default=ROOT / "build" / "release" / "adirect")
    given = parser.parse_args()
    if unknown := [name for name in given.part if name not in PARTS]:
        parser.error(f"{unknown[0]!r} is none of {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="adirect-bench-") as name:
        folder = pathlib.Path(name)
        broker = Broker(folder)
        try:
            for part in given.part:
                {"read": read, "latency": latency, "restart": restart}[part](given, folder, broker)
        finally:
            atexit.unregister(broker.run)
            broker.run("stop")


if __name__ == "__main__":
    main()
