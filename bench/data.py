"""The measured events, made once and kept: a file is named by what it was made from."""

import pathlib
import re
import subprocess
import sys

from measure import run

BENCH = pathlib.Path(__file__).resolve().parent
START = "2017-02-01T00:00:00Z"
SEED = 1


class Data:
    def __init__(self, adirect, cache, threads, progress):
        self.adirect = adirect
        self.cache = cache
        self.threads = threads
        self.progress = progress
        words = subprocess.run([adirect, "--version"], capture_output=True, text=True, check=True).stdout
        self.version = words.splitlines()[0]

    def generate_command(self, world, events, users, days, kind, out, threads):
        """kind: csv (the seed's six columns) or ndjson (adirect's fields)."""
        return [self.adirect, "generate", "--world", world, "--events", events, "--user-count", users, "--days", days,
                "--seed", SEED, "--start", START, "--format", "seed" if kind == "csv" else "adirect",
                "--threads", threads, "--quiet", "-o", out]

    def events(self, world, events, users, days, kind):
        name = f"{self.version}-{world}-{events}-{users}-{days}d-{SEED}.{kind}".replace(" ", "-")
        return self._kept(name, lambda out: self.generate_command(world, events, users, days, kind, out, self.threads))

    def parquet(self, events):
        """A file of events(…, "csv") as DuckDB writes it."""
        return self._kept(f"{events.stem}.parquet",
                          lambda out: [sys.executable, BENCH / "peer.py", "duckdb", f"threads={self.threads}",
                                       f"events={events}", f"out={out}", BENCH / "worlds" / "parquet.sql"])

    def uuids(self, users, categories, searches):
        """Every user searches so often in every category; all ids have 36 bytes. The seed's CSV."""
        return self._kept(f"uuids-{users}-{categories}-{searches}.csv",
                          lambda out: [sys.executable, BENCH / "peer.py", "duckdb", f"threads={self.threads}",
                                       f"users={users}", f"categories={categories}", f"searches={searches}",
                                       f"out={out}", BENCH / "worlds" / "uuids.sql"])

    def _kept(self, name, command):
        path = self.cache / re.sub(r"[^\w.-]", "_", name)
        if not path.exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            self.progress(f"making {path}")
            unfinished = path.with_name(f"part-{path.name}")
            run(command(unfinished))
            unfinished.rename(path)
        return path


def warm(path):
    """Reads the file once, so that no side pays for the disk."""
    with path.open("rb", buffering=0) as file:
        buffer = bytearray(1 << 20)
        while file.readinto(buffer):
            pass
