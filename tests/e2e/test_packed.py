"""Events packed by gzip or zstd: the same answers as from the plain text, and a sentence for what cannot be unpacked."""
import gzip
import os
import subprocess

import pytest
from adirect_cli import batch, bytes_of, ndjson, needs_binary, quarantine, run, summary, tables

pytestmark = needs_binary
ROW = b"search,2026-01-05T10:00:00Z,ana,shoes,p1\n"
HEADER = b"type,time,user_id,category_id,product_id\n"


def zstd(data, *flags):
    """Packed as the zstd tool packs a stream, with a checksum."""
    return subprocess.run(["zstd", "-q", "-c", *flags], input=data, capture_output=True, check=True).stdout


PACKERS = {".gz": gzip.compress, ".zst": zstd}


@pytest.fixture(name="world", scope="module")
def generated_world(tmp_path_factory):
    """A messy world as CSV and as NDJSON, and what adirect says of each."""
    folder = tmp_path_factory.mktemp("world")
    files = {}
    for kind in ("csv", "ndjson"):
        path = folder / f"events.{kind}"
        done = run("generate", "--events", 60_000, "--user-count", 2_000, "--mess", "5%", "--format", "adirect",
                   "--quiet", "-o", path)
        assert done.returncode == 0, done.stderr
        files[kind] = (path, batch(folder / f"out-{kind}", path).out)
        assert all(tables(files[kind][1]).values()) and quarantine(files[kind][1])
    return files


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
@pytest.mark.parametrize("ending", PACKERS)
def test_packed_files_give_the_same_answers(kind, ending, world, tmp_path):
    plain, expected = world[kind]
    packed = tmp_path / (plain.name + ending)
    packed.write_bytes(PACKERS[ending](plain.read_bytes()))
    for threads in (1, 3):
        out = batch(tmp_path / "out", "--threads", threads, packed).out
        assert bytes_of(out) == bytes_of(expected)
        assert summary(out) == summary(expected)
        records = [{**one, "source": plain.name} for one in quarantine(out)]
        assert records == quarantine(expected), "positions are those of the text"


@pytest.mark.parametrize("ending", PACKERS)
def test_a_packed_pipe_is_recognised_by_its_first_bytes(ending, tmp_path):
    out = batch(tmp_path / "out", "-", stdin=PACKERS[ending](HEADER + ROW + ROW + b"look,,,,\n")).out
    assert summary(out)["accepted"] == 2
    assert (quarantine(out)[0]["source"], quarantine(out)[0]["position"]) == ("-", len(HEADER + ROW + ROW))


@pytest.mark.parametrize("ending", PACKERS)
def test_the_name_does_not_say_that_a_file_is_packed(ending, tmp_path):
    packed = tmp_path / "events.csv"
    packed.write_bytes(PACKERS[ending](HEADER) + PACKERS[ending](ROW))
    plain = tmp_path / f"events.csv{ending}"
    plain.write_bytes(HEADER + ROW)
    assert summary(batch(tmp_path / "out", packed, plain).out)["accepted"] == 2


def refused(tmp_path, path, *words):
    """The run fails with exit code 1, says the file and the words, and leaves nothing."""
    done = batch(tmp_path / "out", path, code=1)
    assert str(path) in done.stderr
    for word in words:
        assert word in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("ending", PACKERS)
def test_packed_files_that_are_cut_damaged_or_followed_by_others(ending, world, tmp_path):
    data = PACKERS[ending](world["csv"][0].read_bytes())
    path = tmp_path / f"events.csv{ending}"
    path.write_bytes(data[:len(data) // 2])
    refused(tmp_path, path, f"ends after {len(data) // 2} bytes", "copy the file again")
    path.write_bytes(data[:-1])
    refused(tmp_path, path, f"ends after {len(data) - 1} bytes")
    path.write_bytes(data[:-6] + bytes([data[-6] ^ 1]) + data[-5:])
    refused(tmp_path, path, "damaged", "copy the file again")
    path.write_bytes(data + b"something else")
    refused(tmp_path, path, "other bytes", "cut them off")


@pytest.mark.parametrize("ending", PACKERS)
def test_a_bomb_is_one_refused_line_in_bounded_memory(ending, tmp_path):
    size = 1 << 30
    zeros = PACKERS[ending](bytes(1 << 24))
    bomb = tmp_path / f"bomb.ndjson{ending}"
    bomb.write_bytes(zeros * (size >> 24))
    assert bomb.stat().st_size < size // 100
    # The address space holds threads' stacks and tables, and nothing of the bomb's size.
    done = subprocess.run(["sh", "-c", 'ulimit -v 786432; exec "$@"', "sh", os.environ.get("ADIRECT_BINARY",
                           "build/release/adirect"), "batch", "--quiet", "--threads", "1", "--out", tmp_path / "out",
                           "--as-of", "2026-01-05T10:00:00Z", bomb], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert [one["reason"] for one in quarantine(tmp_path / "out")] == ["line_too_long"]


def test_a_zstd_window_over_the_limit_is_refused(tmp_path):
    path = tmp_path / "events.csv.zst"
    path.write_bytes(zstd(HEADER + ROW, "--long=27"))
    assert summary(batch(tmp_path / "good", path).out)["accepted"] == 1
    path.write_bytes(zstd(HEADER + ROW, "--long=28"))
    refused(tmp_path, path, "window of more than 128 MiB", "--long=27")


def test_a_packed_file_beside_a_plain_one_counts_its_events_once(tmp_path):
    plain = ndjson(tmp_path / "events.ndjson",
                   [{"type": "search", "time": f"2026-01-05T10:00:{i:02d}Z", "user_id": "ana", "category_id": "shoes",
                     "product_id": "p1", "event_id": f"e{i}"} for i in range(5)])
    packed = tmp_path / "again.ndjson.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    once = batch(tmp_path / "once", plain).out
    assert tables(once)["audience"]
    assert bytes_of(batch(tmp_path / "twice", plain, packed).out) == bytes_of(once)
