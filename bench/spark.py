"""`make bench BENCH=spark`: the batch job on Spark, local[2], with the core inside, beside the same job in Spark SQL.

Each side is a process of its own, in turns, after the answers of both were found equal. Measured is what runs once Spark is
up, as each side's own clock has it. Prints Markdown.
"""
import argparse
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
KEYS = {"audience": 2, "recommendations": 3, "popular": 2}  # how many columns order a table
SIDES = ("core", "sql", "identity", "fold", "outside")


def output(*command):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def arguments():
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"), "adirect", "bench")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000_000, help="(default: 20 million)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--side", type=lambda text: text.split(","), default=list(SIDES), help=f"some of {','.join(SIDES)}")
    parser.add_argument("--cache", type=pathlib.Path, default=cache, help=f"where events are kept (default: {cache})")
    parser.add_argument("--adirect", type=pathlib.Path, default=ROOT / "build" / "release" / "adirect")
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
    time, = duckdb.sql(f"select max(epoch_ms(time)) from read_parquet('{folder}/*/*.parquet')").fetchone()
    return duckdb.sql(f"select strftime(make_timestamp({time} * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')").fetchone()[0]


class Sides:
    """Runs one side after another."""

    def __init__(self, given, events, as_of, out):
        self.words = [f"events={events}", f"as_of={as_of}", f"cores={given.cores}"]
        self.out = out
        self.python = output(ROOT / "scripts" / "venv-python", "spark")
        self.package = output(ROOT / "scripts" / "spark-package")

    def run(self, side):
        """What it says of itself; its output is in a folder of its own."""
        shutil.rmtree(self.out / side, ignore_errors=True)
        environment = {**os.environ, "PYTHONPATH": self.package, "PYSPARK_PYTHON": self.python, "SPARK_LOCAL_IP": "127.0.0.1"}
        done = subprocess.run([self.python, BENCH / "spark" / "job.py", side, *self.words, f"out={self.out / side}"],
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"bench: {side} failed: {done.stderr[-4000:]}")
        return json.loads(done.stdout.splitlines()[-1])


def check_equal(out):
    """Both sides wrote the same rows. -> {table: rows}"""
    counts = {}
    for table in KEYS:
        core, sql = (f"select * from read_parquet('{out / side / table}/*.parquet')" for side in ("core", "sql"))
        differ = duckdb.sql(f"select count(*) from (({core} except all {sql}) union all ({sql} except all {core}))")
        if rows := differ.fetchone()[0]:
            sys.exit(f"bench: {table}: {rows} rows differ between {out / 'core'} and {out / 'sql'}")
        counts[table] = duckdb.sql(f"select count(*) from ({core})").fetchone()[0]
    return counts


def line(name, one, unit):
    return f"| {name} | {one.low:.2f} – {one.median:.2f} – {one.high:.2f} {unit} |"


def report(given, rows, taken):
    print(f"\n{given.events:,} events in Parquet, local[{given.cores}], {given.rounds} rounds; "
          f"equal: {', '.join(f'{count:,} {table}' for table, count in rows.items())}\n\n| | least – median – most |\n|---|---|")
    for side in ("core", "sql", "identity"):
        if side in taken:
            print(line(side, spread([one["seconds"] for one in taken[side]]), "s"))
    if {"core", "sql"} <= taken.keys():
        ratios = [sql["seconds"] / core["seconds"] for core, sql in zip(taken["core"], taken["sql"])]
        print(line("sql / core (at least 1.5)", spread(ratios), ""))
    if {"fold", "outside"} <= taken.keys():
        for side in ("fold", "outside"):
            print(line(f"{side}, M rows a core and second", spread([one["rows_per_core_second"] / 1e6 for one in taken[side]]), ""))
        shares = [one["rows_per_core_second"] / other["rows_per_core_second"]
                  for one, other in zip(taken["fold"], taken["outside"])]
        print(line("inside / outside (at least 0.8)", spread(shares), ""))


def main():
    given = arguments()
    progress = lambda words: print(f"bench: {words}", file=sys.stderr, flush=True)  # noqa: E731
    out = ROOT / "build" / "bench-spark"
    events = archive_of(Data(given.adirect, given.cache, given.cores, progress), given)
    sides = Sides(given, events, newest(events), out)
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
