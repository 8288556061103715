"""Measures child processes: wall time, CPU time and peak memory, in rounds where every side has its turn."""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    wall: float      # seconds
    cpu: float       # seconds, user and system, of all threads
    peak: int        # bytes: the largest resident set


@dataclass(frozen=True)
class Spread:
    low: float
    median: float
    high: float


def spread(values):
    return Spread(min(values), statistics.median(values), max(values))


def run(command, stdin=None, stdout=subprocess.DEVNULL):
    """Runs to the end; a failure ends the measuring with the child's words. This process must stay small: a child's
    peak is at least what its parent holds when it starts it."""
    start = time.perf_counter()
    with subprocess.Popen([str(part) for part in command], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE) as child:
        words = child.stderr.read()  # ends when the child does
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nfailed ({child.returncode}): {words.decode(errors='replace')}")
    return Usage(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


TOUCHED = 4 << 30  # bytes: as much as the largest side takes


def settle():
    """Touches and frees memory, so that every side finds the machine's memory at hand. A virtual machine may have given
    what lay free back to its host; then the next process to start pays for having it fetched again."""
    run([sys.executable, "-c", f"b'1' * {TOUCHED}"])


def race(sides, rounds, progress):
    """{name: command} -> {name: [Usage of each round]}, in turns: A B C, A B C, …"""
    taken = {name: [] for name in sides}
    for number in range(rounds):
        for name, command in sides.items():
            progress(f"round {number + 1} of {rounds}: {name}")
            settle()
            taken[name].append(run(command))
    return taken


def ratio(numerators, denominators):
    """The spread of the rounds' ratios of wall times."""
    return spread([a.wall / b.wall for a, b in zip(numerators, denominators)])
