"""What was measured, as Markdown while it comes and as one JSON object at the end."""

import importlib.metadata
import json
import os
import platform
import statistics
from dataclasses import asdict

from measure import spread


def machine(version):
    """The machine and the versions, as words by name."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    peers = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("duckdb", "chdb"))
    return {"machine": f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB",
            "system": f"{platform.system()} {platform.release()}",
            "versions": f"{version}, {peers}, Python {platform.python_version()}",
            "load at the start": f"{os.getloadavg()[0]:.1f}"}


def times(low, median, high, digits=2):
    return f"{median:.{digits}f} [{low:.{digits}f}–{high:.{digits}f}]"


def marks(gate, goal):
    return "" if gate is None else f"{gate} ×" + ("" if goal is None else f" / {goal} ×")


class Report:
    def __init__(self, stream, facts, given):
        self.stream = stream
        self.all = facts | {"threads": given.threads, "rounds": given.rounds, "world": given.world,
                            "days": given.days, "events": given.events, "users": given.users}
        for name, words in facts.items():
            self.say(f"- {name}: {words}")
        self.say(f"- {given.world} world, {given.events:,} events of {given.users:,} shoppers in {given.days} days; "
                 f"{given.threads} threads; {given.rounds} rounds; median [least–most]")

    def say(self, line):
        if self.stream:
            print(line, file=self.stream, flush=True)

    def table(self, title, heads, rows):
        self.say(f"\n{title}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
        for row in rows:
            self.say(f"| {' | '.join(row)} |")

    def usages(self, taken):
        """Rows and JSON of {name: [Usage]}."""
        walls = {name: spread([usage.wall for usage in usages]) for name, usages in taken.items()}
        cpu = {name: statistics.median(usage.cpu for usage in usages) for name, usages in taken.items()}
        peak = {name: max(usage.peak for usage in usages) for name, usages in taken.items()}
        rows = [[name, times(*asdict(walls[name]).values()), f"{cpu[name]:.2f}", f"{peak[name] / 1e6:,.0f}"]
                for name in taken]
        return rows, {name: {"wall_s": asdict(walls[name]), "cpu_s": cpu[name], "peak_bytes": peak[name],
                             "rounds_wall_s": [usage.wall for usage in usages]} for name, usages in taken.items()}

    def job(self, kind, events, equal, taken, compared):
        size = events.stat().st_size
        rows, sides = self.usages(taken)
        self.table(f"The batch job, {kind.upper()}, {size / 1e6:,.0f} MB. Equal first: "
                   + ", ".join(f"{count:,} {name.removesuffix('.csv')}" for name, count in equal.items()) + ".",
                   ["side", "wall s", "CPU s", "peak MB"], rows)
        if compared:
            self.table("Ratios, round by round", ["what", "of", "wall", "CPU", "gate / goal"],
                       [[name, f"{slow} / {fast}", times(*asdict(result).values()),
                         f"{sides[slow]['cpu_s'] / sides[fast]['cpu_s']:.2f}", marks(gate, goal)]
                        for name, slow, fast, result, gate, goal in compared])
        self.all[kind] = {"bytes": size, "equal_rows": equal, "sides": sides, "ratios": [
            {"what": name, "of": slow, "to": fast, **asdict(result), "gate": gate, "goal": goal}
            for name, slow, fast, result, gate, goal in compared]}

    def state(self, worlds):
        self.table("State beyond the text of ids, everything kept (gate: 1,000 and 36 for 8 x 4)",
                   ["world", "bytes a shopper", "bytes a kept search", "peak MB"],
                   [[name, f"{user:,.0f}", f"{search:.1f}", f"{peak / 1e6:,.0f}"]
                    for name, user, search, peak in worlds])
        self.all["state"] = [{"world": name, "bytes_per_user": user, "bytes_per_search": search, "peak_bytes": peak}
                             for name, user, search, peak in worlds]

    def scale(self, events, taken, result):
        rows, sides = self.usages(taken)
        for row, usages in zip(rows, taken.values()):
            row.append(f"{events / statistics.median(usage.wall for usage in usages) / 1e6:.2f}")
        self.table(f"{events:,} events of few and of many shoppers",
                   ["shoppers", "wall s", "CPU s", "peak MB", "M events/s"], rows)
        self.say(f"\nEvents/s with many over few: {times(*asdict(result).values())} (gate 0.5)")
        self.all["scale"] = {"sides": sides, "ratio": asdict(result)}

    def generation(self, speeds):
        self.table("Generation, one thread (gate: 2 M events/s)", ["world", "M events/s"],
                   [[name, times(*(value / 1e6 for value in asdict(speed).values()))]
                    for name, speed in speeds.items()])
        self.all["generation"] = {name: asdict(speed) for name, speed in speeds.items()}

    def big(self, usage):
        self.say(f"\n100 million events of 2 million shoppers: peak {usage.peak / 1e9:.2f} GB (gate 10 GB), "
                 f"{usage.wall:.0f} s beside the generator")
        self.all["big"] = asdict(usage)

    def json(self):
        return json.dumps(self.all, indent=1)
