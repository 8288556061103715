"""The batch job beside DuckDB and chDB, and what it costs. `make bench` runs it with the Python of bench/python.

Each side is a process of its own, in turns, after its output was found equal and the input lies in memory. Seconds
depend on the machine; the ratio, round by round, is what counts. Prints Markdown; --json prints one object instead.
Events stay in --cache, the last outputs in build/bench. With `serve`, `kafka`, `cassandra` or `spark` as the first
word it is the script of that name that runs.
"""

import argparse
import os
import pathlib
import shutil
import sys

import cassandra
import figures
import jobs
import kafka
import serve
import spark
from data import BENCH, Data
from report import Report, machine

ROOT = BENCH.parent
PARTS = ("csv", "ndjson", "parquet", "state", "scale", "generate")


def names(text):
    return text.split(",")


def arguments():
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"), "adirect", "bench")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=names, default=list(PARTS), help=f"some of {','.join(PARTS)} (default: all)")
    parser.add_argument("--side", type=names, default=list(jobs.SIDES), help=f"some of {','.join(jobs.SIDES)}")
    parser.add_argument("--events", type=int, default=20_000_000, help="(default: 20 million)")
    parser.add_argument("--users", type=int, help="(default: one for 20 events)")
    parser.add_argument("--world", default="realistic", help="realistic or seed2017")
    parser.add_argument("--days", type=int, default=45, help="the world's length (default: 45, so that each of the "
                        "default policy's durations leaves some events out)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--big", action="store_true", help="and 100 million events of 2 million users")
    parser.add_argument("--cache", type=pathlib.Path, default=cache, help=f"where events are kept (default: {cache})")
    parser.add_argument("--adirect", type=pathlib.Path, default=ROOT / "build" / "release" / "adirect")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    given = parser.parse_args()
    for wanted, known in ((given.part, PARTS), (given.side, jobs.SIDES)):
        if unknown := [name for name in wanted if name not in known]:
            parser.error(f"{unknown[0]!r} is none of {', '.join(known)}")
    given.users = given.users or given.events // 20
    return given


def progress(words):
    """To standard error, so that standard output is the report alone."""
    print(f"bench: {words}", file=sys.stderr, flush=True)


def measure(given, data, out, report):
    for kind in ("csv", "ndjson", "parquet"):
        if kind in given.part:
            sides = [name for name in given.side if kind == "csv" or name not in jobs.CSV_ONLY]
            events = data.events(given.world, given.events, given.users, given.days,
                                 "ndjson" if kind == "ndjson" else "csv")
            events = data.parquet(events) if kind == "parquet" else events
            report.job(kind, events, *jobs.measure(given.adirect, events, kind, given.threads, sides, given.rounds,
                                                   out, progress))
    if "state" in given.part:
        report.state(figures.state(given.adirect, data, given.users, given.threads, out, progress))
    if "scale" in given.part:
        report.scale(given.events, *figures.scale(given.adirect, data, given.world, given.events, given.days,
                                                  given.threads, given.rounds, out, progress))
    if "generate" in given.part:
        report.generation(figures.generation(data, given.events // 4, given.users, given.days, given.rounds, progress))
    if given.big:
        report.big(figures.big(given.adirect, data, given.threads, out, progress))


def main():
    for other in (serve, kafka, cassandra, spark):
        if sys.argv[1:2] == [other.__name__]:
            del sys.argv[1]
            return other.main()
    given = arguments()
    out = ROOT / "build" / "bench"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    data = Data(given.adirect, given.cache, given.threads, progress)
    report = Report(sys.stdout if not given.json else None, machine(data.version), given)
    measure(given, data, out, report)
    if given.json:
        print(report.json())


if __name__ == "__main__":
    main()
