"""The whole batch job, side by side: who runs it, what each side must write, and which sides are compared."""

import filecmp
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from data import BENCH, warm
from measure import race, ratio, run

ANSWERS = ("audience.csv", "recommendations.csv", "popular.csv")
BUILT = ("audience.csv", "popular.csv")  # and pairs.csv, held against summary.json


@dataclass(frozen=True)
class Job:
    adirect: Path
    events: Path
    kind: str        # csv | ndjson | parquet
    threads: int
    as_of: str       # the newest event's time, for the sides that are told
    out: Path        # each side has a folder of its own below

    def adirect_batch(self, name, threads, more=()):
        return [self.adirect, "batch", "--format", "seed" if self.kind == "csv" else "adirect", "--quiet",
                "--threads", threads, *more, "--out", self.out / name, self.events]

    def peer(self, name, engine, *scripts):
        return [sys.executable, BENCH / "peer.py", engine, f"events={self.events}", f"threads={self.threads}",
                f"as_of={self.as_of}", f"out={self.out / name}", *(BENCH / engine / script for script in scripts)]


def adirect_piped(job, name):
    """A pipe has no end to look at, so everything is kept (docs/decisions/0004)."""
    *command, events = job.adirect_batch(name, job.threads)
    return ["sh", "-c", 'events=$1; shift; exec "$@" - < "$events"', "sh", events, *command]


# name: (files it writes, command). From files adirect keeps what the policy looks at, from a pipe everything.
SIDES = {
    "adirect": (ANSWERS, lambda job, me: job.adirect_batch(me, job.threads)),
    "adirect-1-thread": (ANSWERS, lambda job, me: job.adirect_batch(me, 1)),
    "adirect-keeps-all": (ANSWERS, lambda job, me: adirect_piped(job, me)),
    "duckdb-build": (BUILT, lambda job, me: job.peer(me, "duckdb", f"read_{job.kind}.sql", "build.sql")),
    "chdb-build": (BUILT, lambda job, me: job.peer(me, "chdb", f"read_{job.kind}.sql", "build.sql")),
    "duckdb-filter": (ANSWERS, lambda job, me: job.peer(me, "duckdb", f"read_filtered_{job.kind}.sql", "filter.sql")),
}

CSV_ONLY = ("adirect-1-thread", "adirect-keeps-all")

# what is compared: (name, the slower ones of which the fastest counts, the faster one, {kind: (gate, goal)})
COMPARISONS = (
    ("(a) builds the same, the faster peer", ("duckdb-build", "chdb-build"), "adirect",
     {"csv": (4, 6), "ndjson": (2, 3), "parquet": (1.5, None)}),
    ("(a) where adirect too keeps everything", ("duckdb-build", "chdb-build"), "adirect-keeps-all", {}),
    ("(b) filters by the policy first", ("duckdb-filter",), "adirect", {"csv": (2, 4)}),
    ("two threads over one", ("adirect-1-thread",), "adirect", {"csv": (1.7, None)}),
)


def check(job, sides, reference):
    """Every side wrote what adirect wrote, and adirect wrote something. -> {file: rows}"""
    pairs = json.loads((reference / "summary.json").read_text(encoding="utf-8"))["pairs"]
    rows = {}
    for name in ANSWERS:
        with (reference / name).open("rb") as lines:
            rows[name] = sum(1 for _ in lines) - 1
        if rows[name] <= 0:
            sys.exit(f"{reference / name} has no rows: choose another world")
    for side in sides:
        out = job.out / side
        for name in SIDES[side][0]:
            if not filecmp.cmp(reference / name, out / name, shallow=False):
                sys.exit(f"{side} is not equal: compare {reference / name} with {out / name}")
        counted = out / "pairs.csv"
        if counted.exists() and counted.read_text(encoding="utf-8").split() != ["pairs", str(pairs)]:
            sys.exit(f"{side} has other pairs: {counted} says otherwise than summary.json ({pairs})")
    return rows | {"pairs": pairs}


def measure(adirect, events, kind, threads, names, rounds, out, progress):
    """One input, all wanted sides -> (rows that were equal, {side: [Usage]}, what compare says)"""
    reference = out / "reference"
    warm(events)
    run(Job(adirect, events, kind, threads, "", out).adirect_batch("reference", threads))
    as_of = json.loads((reference / "summary.json").read_text(encoding="utf-8"))["as_of"]
    job = Job(adirect, events, kind, threads, as_of, out)
    commands = {}
    for name in names:
        (out / name).mkdir(parents=True, exist_ok=True)
        commands[name] = SIDES[name][1](job, name)
        progress(f"not counted: {name}")
        run(commands[name])
    rows = check(job, names, reference)
    taken = race(commands, rounds, progress)
    check(job, names, reference)
    return rows, taken, compare(taken, kind)


def compare(taken, kind):
    """[(name, the slower side, the faster side, Spread of their ratio, gate, goal)], of several peers the fastest."""
    results = []
    for name, peers, ours, marks in COMPARISONS:
        ratios = [(ratio(taken[peer], taken[ours]), peer) for peer in peers if peer in taken and ours in taken]
        if ratios:
            slowness, peer = min(ratios, key=lambda pair: pair[0].median)
            results.append((name, peer, ours, slowness, *marks.get(kind, (None, None))))
    return results
