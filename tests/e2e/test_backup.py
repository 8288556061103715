"""`adirect admin store backup` and `restore`: a copy of a data directory that somebody works in is whole, of one
instant, and as good as the directory itself."""
import threading

import pytest
from adirect_cli import needs_binary, run
from live_server import Server, now_ms, path_of, search

pytestmark = needs_binary
BODIES = 40  # that are there before the first backup


def store(*args, code=0):
    done = run("admin", "store", *args)
    assert done.returncode == code, done.stderr.decode()
    return done.stderr.decode()


def body(number):
    """One shopper of his own, a purchase, and ten searches of a shopper that all bodies share."""
    when = now_ms() - 1000
    return [{**search(f"u{number}"), "time": when}, {**search("all"), "time": when, "type": "purchase",
                                                     "event_id": f"buy-{number}"},
            *({**search("all"), "time": when, "product_id": f"p{i}", "event_id": f"{number}-{i}"} for i in range(10))]


class Poster:
    """Posts bodies until it is told to stop; `acknowledged` is how many there are."""

    def __init__(self, server):
        self.server, self.acknowledged, self.stopping = server, 0, False
        self.thread = threading.Thread(target=self.post)
        self.thread.start()

    def post(self):
        while not self.stopping:
            assert self.server.post(body(self.acknowledged)).status == 200
            self.acknowledged += 1

    def stop(self):
        self.stopping = True
        self.thread.join()


def bodies_in(server):
    """How many bodies are there, each whole and none but the first ones."""
    count = 0
    while server.get(path_of("users", f"u{count}")).status == 200:
        count += 1
    if count:
        assert len(server.get(path_of("users", "all")).json()["purchases"]) == count
    return count


def test_a_backup_beside_a_busy_engine_has_all_that_was_acknowledged(tmp_path):
    with Server(tmp_path / "shop", "--checkpoint-every", "0.3") as server:
        poster = Poster(server)
        copies = []
        for name in ("first", "second", "third"):
            wanted = poster.acknowledged + BODIES
            server.until(lambda: poster.acknowledged >= wanted)  # pylint: disable=cell-var-from-loop
            before = poster.acknowledged
            store("backup", tmp_path / "shop", tmp_path / name)
            copies.append((name, before, poster.acknowledged + 1))
        poster.stop()
    assert not (tmp_path / "shop" / ".backup").exists()
    for name, least, most in copies:
        store("restore", tmp_path / name, tmp_path / f"of-{name}")
        store("check", tmp_path / f"of-{name}")
        with Server(tmp_path / f"of-{name}") as server:
            assert least <= bodies_in(server) <= most
            assert server.post([search("later")]).json()["accepted"] == 1


def test_a_backup_of_a_stopped_engine_is_the_directory(tmp_path):
    with Server(tmp_path / "shop") as server:
        server.post(body(0))
        policy = b"[interest]\nmin_searches = 1\n"
        assert server.ask("PUT", "/v1/policies/sale", policy, "application/toml").status == 200
        audience = server.audience(policy="sale")
    store("backup", tmp_path / "shop", tmp_path / "copy")
    (tmp_path / "moved" / "far").mkdir(parents=True)
    store("restore", tmp_path / "copy", tmp_path / "moved" / "far" / "shop")
    with Server(tmp_path / "moved" / "far" / "shop") as server:
        assert server.audience(policy="sale") == audience != []
        server.post(body(1))
    with Server(tmp_path / "shop") as server:
        assert bodies_in(server) == 1


def test_what_is_refused(tmp_path):
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "letter.txt").write_text("dear ana", encoding="utf-8")
    with Server(tmp_path / "shop") as server:
        server.post(body(0))
    assert "no data directory" in store("backup", tmp_path / "foreign", tmp_path / "copy", code=2)
    assert "exists already" in store("backup", tmp_path / "shop", tmp_path / "foreign", code=2)
    store("backup", tmp_path / "shop", tmp_path / "copy")
    assert "exists already" in store("backup", tmp_path / "shop", tmp_path / "copy", code=2)
    assert "is not empty" in store("restore", tmp_path / "copy", tmp_path / "shop", code=2)
    assert "is no backup" in store("restore", tmp_path / "foreign", tmp_path / "new", code=2)
    (tmp_path / "copy" / "999999.sst").symlink_to("/etc/passwd")
    assert "symbolic link" in store("restore", tmp_path / "copy", tmp_path / "new", code=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "foreign", "shop"]


def test_one_backup_at_a_time_and_a_killed_one_is_named(tmp_path):
    with Server(tmp_path / "shop") as server:
        server.post(body(0))
        (tmp_path / "shop" / ".backup").mkdir()
        told = store("backup", tmp_path / "shop", tmp_path / "copy", code=1)
        assert str(tmp_path / "shop" / ".backup") in told and not (tmp_path / "copy").exists()
        (tmp_path / "shop" / ".backup").rmdir()
        store("backup", tmp_path / "shop", tmp_path / "copy")


@pytest.mark.parametrize("form", ["format 1\n", "format 99\n"])
def test_the_copy_says_which_format_it_has(form, tmp_path):
    with Server(tmp_path / "shop") as server:
        server.post(body(0))
    mark = (tmp_path / "shop" / "ADIRECT").read_text(encoding="utf-8")
    (tmp_path / "shop" / "ADIRECT").write_text(mark.replace("format 2\n", form), encoding="utf-8")
    store("backup", tmp_path / "shop", tmp_path / "copy")
    assert (tmp_path / "copy" / "ADIRECT").read_text(encoding="utf-8").endswith(form)
