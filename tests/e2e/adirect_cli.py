"""Runs the adirect binary and reads what it writes; finds the shared samples.

Every path can be moved: ADIRECT_BINARY names the binary (default build/release/adirect),
ADIRECT_SHARED the folder of the shared contract and samples (default ../shared beside the
repository). A module that needs an absent one is skipped and says which.
"""
import csv
import io
import json
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "reference"))
BINARY = Path(os.environ.get("ADIRECT_BINARY", ROOT / "build" / "release" / "adirect"))
SHARED = Path(os.environ.get("ADIRECT_SHARED", ROOT.parent / "shared"))

needs_binary = pytest.mark.skipif(not BINARY.exists(), reason=f"no binary at {BINARY}: make build")

HEADERS = {
    "audience": ["user_id", "category_id", "searches", "last_search_at", "next_change_at"],
    "recommendations": ["user_id", "category_id", "rank", "product_id", "source"],
    "popular": ["category_id", "rank", "product_id", "purchases"],
}
OUTPUTS = ["audience.csv", "popular.csv", "quarantine.ndjson", "recommendations.csv", "summary.json"]

Batch = namedtuple("Batch", "code stderr out")


def shared(path):
    """A path of the shared folder; skips the module where it is absent."""
    if not (SHARED / path).exists():
        pytest.skip(f"no {SHARED / path} (ADIRECT_SHARED)", allow_module_level=True)
    return SHARED / path


def shared_json(path):
    return json.loads(shared(path).read_text(encoding="utf-8"))


def environment():
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ADIRECT_")}
    return {**kept, "NO_COLOR": "1", "TZ": "America/New_York", "LC_ALL": "C"}


def run(*args, stdin=None, **options):
    """Runs `adirect ARGS…`; returns the completed process with its output as bytes."""
    return subprocess.run([str(BINARY), *map(str, args)], input=stdin, capture_output=True,
                          env=environment(), timeout=120, check=False, **options)


def batch(out, *args, code=0, stdin=None, **options):
    """Runs `adirect batch --out OUT ARGS…` and asserts the exit code (any, where it is None)."""
    done = run("batch", "--quiet", "--out", out, *args, stdin=stdin, **options)
    stderr = done.stderr.decode("utf-8", "replace")
    assert code is None or done.returncode == code, f"exit {done.returncode}: {stderr}"
    return Batch(done.returncode, stderr, Path(out))


def table(out, name, more=()):
    """The rows of an output table as tuples of text, its header (with `more` columns) checked."""
    data = (Path(out) / f"{name}.csv").read_bytes()
    assert b"\r" not in data, "line ends are LF"
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    assert rows[0] == [*HEADERS[name], *more]
    return [tuple(row) for row in rows[1:]]


def tables(out):
    return {name: table(out, name) for name in HEADERS}


def bytes_of(out):
    """The three tables as bytes, for runs that must agree in every byte."""
    return {name: (Path(out) / f"{name}.csv").read_bytes() for name in HEADERS}


def quarantine(out):
    data = (Path(out) / "quarantine.ndjson").read_bytes()
    return [json.loads(line) for line in data.split(b"\n") if line]


def summary(out):
    return json.loads((Path(out) / "summary.json").read_text(encoding="utf-8"))


def explain(user, *args, category=None):
    """One decision of `adirect explain --json`."""
    asked = [] if category is None else [f"--category={category}"]
    done = run("explain", "--json", f"--user={user}", *asked, *args)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return json.loads(done.stdout)


def has_arrow():
    """Whether the binary reads and writes Parquet."""
    return b"Parquet (Arrow" in run("--version").stdout


needs_arrow = pytest.mark.skipif(needs_binary.args[0] or not has_arrow(), reason="built without ADIRECT_WITH_ARROW")


def ndjson(path, events):
    """Writes events as the `adirect` NDJSON format; returns the path."""
    path.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events), encoding="utf-8")
    return path
