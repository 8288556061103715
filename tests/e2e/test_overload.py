"""More than the engine can take: it says so, in bounded memory, loses nothing, and is itself again afterwards."""
import http.client
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from adirect_cli import needs_binary
from live_server import NDJSON, Server, encoded, now_ms, path_of, search

pytestmark = needs_binary
POSTERS = 12
BODIES = int(os.environ.get("ADIRECT_OVERLOAD_BODIES", "2"))  # of each poster
EVENTS = 60_000  # of a body of 12 MB: those of all posters are more than may wait
QUEUED = 64 << 20
MEASURED = {"adirect_queued_bytes", "process_resident_memory_bytes"}


def body_of(poster, number):
    now = now_ms()
    return encoded([{"type": "search", "time": now, "user_id": f"u{i % 50}", "category_id": "c" * 60,
                     "product_id": "p" * 60, "event_id": f"{poster}-{number}-{i}"} for i in range(EVENTS)], NDJSON)


class Flood:
    """Clients that post as fast as they can, and again what was refused; and one that watches."""

    def __init__(self, server):
        self.server, self.refused, self.accepted, self.retry_after = server, 0, 0, set()
        self.most, self.stopping, self.lock = {name: 0.0 for name in MEASURED}, False, threading.Lock()

    def run(self):
        watcher = threading.Thread(target=self.watch)
        watcher.start()
        try:
            with ThreadPoolExecutor(POSTERS) as posters:
                list(posters.map(self.post, range(POSTERS)))
        finally:
            self.stopping = True
            watcher.join()
        return self

    def post(self, poster):
        connection = self.server.connect()
        body = body_of(poster, 0)
        for number in range(BODIES):
            body = body.replace(f'"{poster}-{number - 1}-', f'"{poster}-{number}-')
            while not self.taken(connection, body):
                time.sleep(0.01)
        connection.close()

    def taken(self, connection, body):
        answer = self.server.ask("POST", "/v1/events", body, NDJSON, connection)
        with self.lock:
            if answer.status == 503:
                self.refused += 1
                self.retry_after.add(answer.headers["Retry-After"])
                return False
            assert answer.status == 200, answer.body
            self.accepted += answer.json()["accepted"] + answer.json()["duplicates"]
        return True

    def watch(self):
        while not self.stopping:
            now = self.server.samples()
            self.most = {name: max(most, float(now[name])) for name, most in self.most.items()}
            assert self.server.get(path_of("users", "u1", "recommendations")).status == 200


def test_more_than_it_can_take_is_503_and_memory_stays(tmp_path):
    with Server(tmp_path / "data", "--threads", "2") as server:
        flood = Flood(server).run()
        assert flood.accepted == POSTERS * BODIES * EVENTS
        assert flood.refused > 0, "it took everything at once"
        assert flood.retry_after == {"1"}
        assert 0 < flood.most["adirect_queued_bytes"] <= QUEUED
        # Bodies as they come, their rows and records; none of it grows with what was refused.
        assert flood.most["process_resident_memory_bytes"] < 24 * QUEUED
        assert server.metric("adirect_queued_bytes") == 0
        assert server.post([search("after")]).json()["accepted"] == 1 and server.get("/readyz").status == 200


# a full disk

MIB = 1 << 20


@pytest.fixture(name="disk")
def small_disk(tmp_path):
    """A file system whose size can be set, for root on Linux; elsewhere None."""
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = Disk(folder)
    yield disk if disk.mount("size=64m") else None
    disk.unmount()


class Disk:
    def __init__(self, folder):
        self.folder, self.mounted = folder, False

    def mount(self, options):
        self.mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "adirect-test", str(self.folder)],
                                      capture_output=True, check=False).returncode == 0
        return self.mounted

    def resize(self, bytes_):
        subprocess.run(["mount", "-o", f"remount,size={bytes_}", str(self.folder)], check=True)

    def used(self):
        space = os.statvfs(self.folder)
        return (space.f_blocks - space.f_bfree) * space.f_frsize

    def unmount(self):
        if self.mounted:
            subprocess.run(["umount", str(self.folder)], check=True)


def test_a_full_disk_is_507_and_passes(disk):
    if disk is None:
        return  # StoreContract.AFullDiskIsAnErrorThatChangesNothingAndPasses holds there
    rows = [search(f"u{i}", product_id="p" * 100) for i in range(2000)]
    with Server(disk.folder / "data", "--checkpoint-every", "0.5") as server:
        assert server.post([search("first")]).json()["accepted"] == 1
        disk.resize(disk.used())
        for _ in range(3):
            answer = server.post(rows)
            assert answer.status == 507 and "free some space" in answer.json()["detail"], answer.body
        assert server.get(path_of("users", "first")).status == 200
        assert server.get(path_of("users", "u1")).status == 404
        ready = server.get("/readyz")
        assert ready.status == 503 and b"space" in ready.body
        disk.resize(64 * MIB)
        assert server.post([search("later")]).status == 200
        server.until(lambda: server.get("/readyz").status == 200)
        assert server.post(rows).json()["accepted"] == len(rows)
        server.kill()
    with Server(disk.folder / "data") as server:
        for user in ["first", "later", *(f"u{i}" for i in range(0, 2000, 100))]:
            assert server.get(path_of("users", user)).status == 200, user


def test_a_client_that_is_gone_leaves_nothing_behind(tmp_path):
    with Server(tmp_path / "data") as server:
        body = body_of(0, 0)
        for _ in range(20):
            connection = http.client.HTTPConnection(server.address)
            connection.putrequest("POST", "/v1/events")
            connection.putheader("Content-Type", NDJSON)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            connection.send(body[:len(body) // 2].encode())
            connection.close()
        assert server.post([search("ana")]).json()["accepted"] == 1
        assert server.stats()["accepted"] == 1
        server.until(lambda: server.metric("adirect_queued_bytes") == 0)
