"""A shop's days, one after another: posted by the hour, kill -9 each night, and each morning's answers are the batch's.

ADIRECT_DAYS (2) days of the generator's messy world; `make soak` has thirty.
"""
import os
import time
from datetime import datetime
from random import Random

from adirect_cli import batch, explain, needs_binary, run, summary, table
from live_server import Server, path_of

pytestmark = needs_binary
DAYS = int(os.environ.get("ADIRECT_DAYS", "2"))
EVENTS_A_DAY, SHOPPERS = 20_000, 2_000
ASKED = 5  # shoppers of each morning
RETENTION = ["--retention", f"{DAYS + 100}d"]


def world(folder):
    """The rows of each day, without erases, which no body may bring; all of it is over."""
    start = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() - (DAYS + 10) * 86_400))
    done = run("generate", "--days", DAYS, "--events", DAYS * EVENTS_A_DAY, "--user-count", SHOPPERS, "--start", start,
               "--format", "adirect", "--mess", "3%", "--quiet", "--out", folder / "world.ndjson")
    assert done.returncode == 0, done.stderr
    rows = (folder / "world.ndjson").read_bytes().splitlines(keepends=True)
    rows = [row for row in rows if b'"erase"' not in row]
    size = -(-len(rows) // DAYS)
    return [rows[i:i + size] for i in range(0, len(rows), size)]


def test_each_mornings_answers_are_the_batch_s(tmp_path):
    rng, files, targeted = Random(30), [], 0
    with Server(tmp_path / "shop", *RETENTION) as server:
        for number, rows in enumerate(world(tmp_path)):
            hour = -(-len(rows) // 24)
            for i in range(0, len(rows), hour):
                assert server.post(b"".join(rows[i:i + hour])).status == 200
            server.kill()
            server.start()
            files.append(tmp_path / f"day-{number:02}.ndjson")
            files[-1].write_bytes(b"".join(rows))
            out = batch(tmp_path / f"out-{number:02}", *RETENTION, *files).out
            told, now = table(out, "audience"), summary(out)["newest_event_at"]
            now_ms = round(datetime.fromisoformat(now).timestamp() * 1000)
            assert server.audience(cursor=f"{now_ms}.0.0") == told and len(told) > ASKED, f"day {number}"
            for user in rng.sample(sorted({row[0] for row in told}), ASKED):
                decision = server.get(path_of("users", user, "explain"), as_of=now).json()
                assert decision == explain(user, "--as-of", now, *RETENTION, *files), f"day {number}, {user!r}"
            targeted += len(told)
    assert targeted > 100 * DAYS
    print(f"{DAYS} days, {targeted:,} pairs of shopper and category compared")
