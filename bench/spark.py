"""`make bench BENCH=spark`: the jobs on Spark in local[2], with the core inside.

`batch`: beside the same job in Spark SQL, after the answers of both were found equal. `stream`: from Kafka into nothing
and into Cassandra, beside a bare loop of the same driver, and how late an event is there; both servers share the cores.
Each side is a process of its own, in turns. Measured is what runs once Spark is up, as each side's own clock has it.
Prints Markdown.
"""
import argparse
import atexit
import json
import os
import pathlib
import shutil
import subprocess
import sys

import duckdb
from data import BENCH, Data, warm
from measure import settle, spread

ROOT = BENCH.parent
TABLES = ("audience", "recommendations", "popular")
PARTS = ("batch", "stream")
PACES = (100, 500)  # events/s
SIDES = ("core", "sql", "identity", "fold", "outside")


def output(*command):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def arguments():
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"), "adirect", "bench")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    names = lambda text: text.split(",")  # noqa: E731
    add("--part", type=names, default=list(PARTS), help=f"some of {','.join(PARTS)}")
    add("--messages", type=int, default=4_000_000, help="in the topic, for `stream` (default: 4 million)")
    add("--written", type=int, default=100_000, help="of them into Cassandra (default: 100,000)")
    add("--events", type=int, default=20_000_000, help="(default: 20 million)")
    add("--rounds", type=int, default=5)
    add("--cores", type=int, default=2)
    add("--side", type=names, default=list(SIDES), help=f"some of {','.join(SIDES)}")
    add("--cache", type=pathlib.Path, default=cache, help=f"where events are kept (default: {cache})")
    add("--adirect", type=pathlib.Path, default=ROOT / "build" / "release" / "adirect")
    return parser.parse_args()


def archive_of(data, given):
    """The realistic world as `adirect archive` keeps it."""
    events = data.events("realistic", given.events, given.events // 20, 45, "csv")
    folder = events.with_suffix(".archive")
    if not folder.exists():
        part = folder.with_name(f"part-{folder.name}")
        shutil.rmtree(part, ignore_errors=True)
        output(given.adirect, "archive", "--quiet", "--format", "seed", "--source", events, "--to", part)
        part.rename(folder)
    for file in sorted(folder.glob("*/*.parquet")):
        warm(file)
    return folder


def newest(folder):
    """The as-of that every side is told."""
    time = duckdb.sql(f"select max(epoch_ms(time)) from read_parquet('{folder}/*/*.parquet')").fetchall()[0][0]
    return duckdb.sql(f"select strftime(make_timestamp({time} * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')").fetchall()[0][0]


class Sides:
    """Runs one side after another, of one script."""

    def __init__(self, script, out, **words):
        self.script, self.words, self.out = BENCH / "spark" / script, words, out
        self.python = output(ROOT / "scripts" / "venv-python", "spark")
        self.package = output(ROOT / "scripts" / "spark-package")

    def run(self, side, **more):
        """What it says of itself; its output is in a folder of its own."""
        shutil.rmtree(self.out / side, ignore_errors=True)
        environment = {**os.environ, "PYTHONPATH": self.package, "PYSPARK_PYTHON": self.python,
                       "SPARK_LOCAL_IP": "127.0.0.1"}
        words = [f"{key}={value}" for key, value in {**self.words, "out": self.out / side, **more}.items()]
        done = subprocess.run([self.python, self.script, side, *words], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"bench: {side} failed: {done.stderr[-4000:]}")
        return json.loads(done.stdout.splitlines()[-1])


def check_equal(out):
    """Both sides wrote the same rows. -> {table: rows}"""
    counts = {}
    for table in TABLES:
        core, sql = (f"select * from read_parquet('{out / side / table}/*.parquet')" for side in ("core", "sql"))
        differ = duckdb.sql(f"select count(*) from (({core} except all {sql}) union all ({sql} except all {core}))")
        if rows := differ.fetchall()[0][0]:
            sys.exit(f"bench: {table}: {rows} rows differ between {out / 'core'} and {out / 'sql'}")
        counts[table] = duckdb.sql(f"select count(*) from ({core})").fetchall()[0][0]
    return counts


def line(name, one, unit):
    return f"| {name} | {one.low:.2f} – {one.median:.2f} – {one.high:.2f} {unit} |"


def report(given, rows, taken):
    print(f"\n{given.events:,} events in Parquet, local[{given.cores}], {given.rounds} rounds; "
          f"equal: {', '.join(f'{count:,} {table}' for table, count in rows.items())}\n\n"
          "| | least – median – most |\n|---|---|")
    for side in ("core", "sql", "identity"):
        if side in taken:
            print(line(side, spread([one["seconds"] for one in taken[side]]), "s"))
    if {"core", "sql"} <= taken.keys():
        ratios = [sql["seconds"] / core["seconds"] for core, sql in zip(taken["core"], taken["sql"])]
        print(line("sql / core (at least 1.5)", spread(ratios), ""))
    if {"fold", "outside"} <= taken.keys():
        for side in ("fold", "outside"):
            rates = [one["rows_per_core_second"] / 1e6 for one in taken[side]]
            print(line(f"{side}, M rows a core and second", spread(rates), ""))
        shares = [one["rows_per_core_second"] / other["rows_per_core_second"]
                  for one, other in zip(taken["fold"], taken["outside"])]
        print(line("inside / outside (at least 0.8)", spread(shares), ""))


def measure_batch(given, data, out, progress):
    events = archive_of(data, given)
    sides = Sides("job.py", out, events=events, as_of=newest(events), cores=given.cores)
    for side in ("core", "sql"):
        progress(f"not counted: {side}")
        sides.run(side)
    rows = check_equal(out)
    taken = {side: [] for side in given.side}
    for number in range(given.rounds):
        for side in given.side:
            progress(f"round {number + 1} of {given.rounds}: {side}")
            settle()
            taken[side].append(sides.run(side))
    report(given, rows, taken)


class Servers:
    """A Kafka and a Cassandra of its own."""

    def __init__(self, folder):
        self.env = {**os.environ, "ADIRECT_SERVICES_DIR": str(folder)}
        atexit.register(self.run, "stop")
        self.addresses = dict(line.split("=", 1) for line in self.run("start", "kafka", "cassandra").splitlines())

    def run(self, *words):
        return subprocess.run([ROOT / "deploy" / "local" / "services", *words], env=self.env, check=True,
                              stdout=subprocess.PIPE, text=True).stdout.strip()

    def topic(self, given, name, events):
        """With so many events of the seed's world."""
        output(given.adirect, "generate", "--world", "seed2017", "--events", events, "--quiet", "--to",
               f"kafka://{self.addresses['KAFKA']}/{name}")
        return name

    def keyspace(self, given, name):
        url = f"cassandra://{self.addresses['CASSANDRA']}/{name}"
        output(given.adirect, "admin", "schema", "init", url)
        return url


def measure_stream(given, out, progress):
    servers = Servers(out / "services")
    sides = Sides("stream.py", out, kafka=servers.addresses["KAFKA"], cores=given.cores,
                  jars=servers.run("jars", "spark"))
    many, few = servers.topic(given, "many", given.messages), servers.topic(given, "few", given.written)
    taken = {"noop": [], "write": [], "bare": []}
    for number in range(given.rounds):
        progress(f"stream, round {number + 1} of {given.rounds}")
        taken["noop"].append(sides.run("noop", topic=many))
        url = servers.keyspace(given, f"rows_{number}")
        taken["write"].append(sides.run("write", topic=few, cassandra=url))
        taken["bare"].append(sides.run("bare", cassandra=url, rows=taken["write"][-1]["rows"]))
    report_stream(given, taken)
    for pace in PACES:
        progress(f"stream, {pace} events/s")
        lateness = sides.run("late", topic=servers.topic(given, f"late_{pace}", 100), pace=pace, probes=60,
                             cassandra=servers.keyspace(given, f"late_{pace}"), at_once=100_000)
        print(f"| an event is in Cassandra after, at {pace} events/s | "
              f"p50 {lateness['p50']:.2f} s, p95 {lateness['p95']:.2f} s (at most 2) |", flush=True)


def report_stream(given, taken):
    print(f"\n{given.messages:,} messages in Kafka, {given.written:,} into Cassandra, local[{given.cores}]\n\n"
          "| | least – median – most |\n|---|---|")
    print(line("folded, nothing written, K events/s (at least 100)",
               spread([one["events_per_second"] / 1e3 for one in taken["noop"]]), ""))
    for side in ("write", "bare"):
        print(line(f"{side}, K rows/s", spread([one["rows_per_second"] / 1e3 for one in taken[side]]), ""))
    shares = [one["rows_per_second"] / other["rows_per_second"] for one, other in zip(taken["write"], taken["bare"])]
    print(line("write / bare (at least 0.8)", spread(shares), ""), flush=True)


def main():
    given = arguments()
    progress = lambda words: print(f"bench: {words}", file=sys.stderr, flush=True)  # noqa: E731
    out = ROOT / "build" / "bench-spark"
    if "batch" in given.part:
        measure_batch(given, Data(given.adirect, given.cache, given.cores, progress), out, progress)
    if "stream" in given.part:
        measure_stream(given, out, progress)
