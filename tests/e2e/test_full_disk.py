"""The world fails while the answers are written: exit 1, nothing half-written, older answers kept."""
import hashlib
import resource
import signal
import subprocess

import pytest
from adirect_cli import OUTPUTS, batch, ndjson, needs_arrow, needs_binary

pytestmark = needs_binary
ANY = "[interest]\nmin_searches = 1\nwindow = \"forever\"\nlast_within = \"forever\"\n"


def search(user):
    return {"type": "search", "time": "2026-01-05T10:00:00Z", "user_id": user, "category_id": "shoes",
            "product_id": "p1"}


def with_little_room():
    """Options of a process that can write no file beyond 64 KiB: a full disk where none can be mounted."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
    return {"preexec_fn": limit, "restore_signals": False}


def many_shoppers(folder):
    policy = folder / "any.toml"
    policy.write_text(ANY, encoding="utf-8")
    names = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(20_000)]  # that no format packs well
    events = [search(f"user-{name}") for name in names]
    return ["--policy", policy, ndjson(folder / "events.ndjson", events)]


def listing(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("output", ["csv", "ndjson", pytest.param("parquet", marks=needs_arrow)])
def test_write_that_fails_leaves_nothing(output, tmp_path):
    flags = many_shoppers(tmp_path)
    done = batch(tmp_path / "out", "--output", output, *flags, code=1, **with_little_room())
    assert listing(tmp_path) == ["any.toml", "events.ndjson"]
    assert str(tmp_path / "out") in done.stderr


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 512 KiB, for root on Linux; elsewhere None."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "adirect-test", str(disk)],
                             capture_output=True, check=False).returncode == 0
    yield disk if mounted else None
    if mounted:
        subprocess.run(["umount", str(disk)], check=True)


def test_full_disk_leaves_nothing(tiny_disk, tmp_path):
    if tiny_disk is None:
        return  # the test above holds there
    flags = many_shoppers(tmp_path)
    done = batch(tiny_disk / "out", *flags, code=1)
    assert listing(tiny_disk) == []
    assert "No space left" in done.stderr


def test_failed_run_keeps_the_answers_of_the_run_before(tmp_path):
    out = batch(tmp_path / "out", ndjson(tmp_path / "few.ndjson", [search("ana")])).out
    before = {name: (out / name).read_bytes() for name in OUTPUTS}
    batch(out, *many_shoppers(tmp_path), code=1, **with_little_room())
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_out_that_is_a_file(tmp_path):
    (tmp_path / "out").write_text("precious", encoding="utf-8")
    done = batch(tmp_path / "out", ndjson(tmp_path / "good.ndjson", [search("ana")]), code=None)
    assert done.code in (1, 2)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "precious"
    assert str(tmp_path / "out") in done.stderr
