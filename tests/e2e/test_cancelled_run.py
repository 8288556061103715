"""A run that is cancelled leaves no output and no temporary file, whenever the signal comes."""
import os
import signal
import subprocess
import time

import pytest
from adirect_cli import BINARY, OUTPUTS, batch, environment, needs_binary

pytestmark = needs_binary
SIGNALS = [signal.SIGINT, signal.SIGTERM]
HEADER = "type,time,user_id,category_id,product_id\n"


def start(out, *files, **options):
    return subprocess.Popen([str(BINARY), "batch", "--quiet", "--out", str(out), *map(str, files)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), **options)


def finish(process):
    """Waits for the end; returns (exit code, stderr)."""
    _, stderr = process.communicate(timeout=60)
    return process.returncode, stderr.decode("utf-8", "replace")


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_signal_while_input_is_awaited(number, tmp_path):
    """Standard input stays open, so the run cannot have ended when the signal comes."""
    process = start(tmp_path / "out", "-", stdin=subprocess.PIPE)
    rows = "".join(f"search,2026-01-05T10:00:00Z,user-{i},shoes,p1\n" for i in range(50_000))
    process.stdin.write((HEADER + rows).encode())
    process.stdin.flush()  # it has read most of this: a pipe holds 64 KiB
    process.send_signal(number)
    try:
        process.wait(timeout=60)
    finally:
        process.kill()
    process.stdin.close()
    stderr = process.stderr.read().decode()
    assert process.returncode == 1, stderr
    assert files_below(tmp_path) == []
    assert "cancelled" in stderr.lower()


@pytest.fixture(scope="module")
def large_input(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "events.csv"
    lines = "".join(f"search,2026-01-05T10:{i % 60:02d}:00Z,user-{i * 7919 % 60_000},c{i % 9},p{i % 999}\n"
                    for i in range(300_000))
    path.write_text(HEADER + lines * 4, encoding="utf-8")
    return path


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_signal_at_any_moment_leaves_all_or_nothing(number, large_input, tmp_path):
    began = time.monotonic()
    batch(tmp_path / "whole", large_input)
    whole = time.monotonic() - began
    cancelled = 0
    for step in range(12):
        out = tmp_path / f"out{step}"
        process = start(out, large_input)
        time.sleep(whole * step / 10)
        process.send_signal(number)
        code, stderr = finish(process)
        left = sorted(os.listdir(out)) if out.exists() else []
        assert left == (OUTPUTS if code == 0 else []), f"exit {code}: {stderr}"
        cancelled += code != 0
    assert cancelled > 0


def test_a_cancelled_run_keeps_the_answers_of_the_run_before(tmp_path):
    good = tmp_path / "good.csv"
    good.write_text(HEADER + "search,2026-01-05T10:00:00Z,ana,shoes,p1\n", encoding="utf-8")
    out = batch(tmp_path / "out", good).out
    before = {name: (out / name).read_bytes() for name in OUTPUTS}
    process = start(out, "-", stdin=subprocess.PIPE)
    process.stdin.write((HEADER + "search,2026-01-05T11:00:00Z,bob,shoes,p1\n" * 9_000).encode())
    process.stdin.flush()
    process.send_signal(signal.SIGTERM)
    code, _ = finish(process)
    assert code != 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
