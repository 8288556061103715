"""The other figures: bytes of state, many users against few, generation, and (with --big) a hundred million events."""

import json
import subprocess

from data import warm
from jobs import Job, adirect_piped
from measure import race, ratio, run, spread

ID = 36                    # bytes of every id in the worlds of bench/worlds/uuids.sql
PRODUCTS = 12_500          # of each category there


def state(adirect, data, users, threads, out, progress):
    """Bytes of state beyond the text of ids, for worlds of (categories, searches in each) ->
    [(what, bytes a user, bytes a kept search, peak bytes)]. Every search lies within the kept 32 of its pair."""
    results = []
    for categories, searches in ((8, 4), (1, 4)):
        events = data.uuids(users, categories, searches)
        timings = out / "timings.json"
        command = Job(adirect, events, "csv", threads, "", out).adirect_batch("state", threads, ("--timings", timings))
        progress(f"state of {users} users, {categories} categories x {searches} searches")
        usage = run(command)
        ids = ID * (users + categories * PRODUCTS + categories)
        beyond = json.loads(timings.read_text(encoding="utf-8"))["state_bytes"] - ids
        results.append((f"{users:,} users, {categories} x {searches} searches, {ID}-byte ids",
                        beyond / users, beyond / (users * categories * searches), usage.peak))
    return results


def scale(adirect, data, world, events, days, threads, rounds, out, progress):
    """The same number of events from few users and from a hundred times as many, everything kept ->
    ({what: [Usage]}, Spread of events/s with many over events/s with few)."""
    few, many = events // 200, events // 2
    sides = {}
    for users in (few, many):
        path = data.events(world, events, users, days, "csv")
        warm(path)
        sides[f"{users:,} users"] = adirect_piped(Job(adirect, path, "csv", threads, "", out), f"scale-{users}")
    taken = race(sides, rounds, progress)
    small, large = taken.values()
    return taken, ratio(small, large)


def generation(data, events, users, days, rounds, progress):
    """Events a second of one thread, written to nowhere -> {world and kind: Spread}"""
    sides = {f"{world}, {kind}": data.generate_command(world, events, users, days, kind, "-", 1)
             for world in ("seed2017", "realistic") for kind in ("csv", "ndjson")}
    taken = race(sides, rounds, progress)
    return {name: spread([events / usage.wall for usage in usages]) for name, usages in taken.items()}


def big(adirect, data, threads, out, progress, events=100_000_000, users=2_000_000, days=45):
    """Generated events through a pipe into a batch that keeps everything -> its Usage. The pipe bounds its speed."""
    progress(f"{events} events of {users} users, piped")
    generate = data.generate_command("realistic", events, users, days, "csv", "-", threads)
    with subprocess.Popen([str(part) for part in generate], stdout=subprocess.PIPE) as source:
        batch = [adirect, "batch", "--format", "seed", "--quiet", "--threads", threads, "--out", out / "big", "-"]
        return run(batch, stdin=source.stdout)
