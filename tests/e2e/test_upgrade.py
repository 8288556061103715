"""A data directory that an older adirect made: it is read, every event of it, and becomes one of the present format.

format-1.tar.gz has `shop`, made by the last adirect of format 1 (commit 2c21db3) and killed with half of its events in a
checkpoint and half in the log, and `events.ndjson`, all that it had acknowledged.
"""
import tarfile

import pytest
from adirect_cli import ROOT, batch, needs_binary, run, table
from live_server import Server

pytestmark = needs_binary
FOREVER = ["--retention", "forever"]


@pytest.fixture(name="kept")
def _kept(tmp_path):
    with tarfile.open(ROOT / "tests" / "e2e" / "format-1.tar.gz") as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_all_of_format_1_is_there_and_is_of_the_present_format(kept):
    mark = kept / "shop" / "ADIRECT"
    assert mark.read_text(encoding="utf-8").endswith("format 1\n")
    with Server(kept / "shop", *FOREVER) as server:
        as_of = ["--as-of", server.stats()["as_of"]]
        out = batch(kept / "out", "--policy", "seed", *FOREVER, *as_of, kept / "events.ndjson").out
        pairs = set(table(out, "audience"))
        assert len(pairs) > 50
        assert set(server.audience(policy="seed")) == pairs
        assert server.post((kept / "events.ndjson").read_bytes()).status == 200
        assert set(server.audience(policy="seed")) == pairs  # nothing is doubled
    assert mark.read_text(encoding="utf-8").endswith("format 2\n")
    assert run("admin", "store", "check", kept / "shop").returncode == 0
