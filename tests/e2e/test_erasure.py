"""An erased shopper: out of every answer at once, off the disk after the next compaction, and not brought back."""
from adirect_cli import needs_binary
from live_server import Server, now_ms, path_of, search

pytestmark = needs_binary
SHOPPER = "whom-nobody-shall-find-anywhere"


def files_with(folder, text):
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_no_file_of_the_data_directory_holds_his_id_after_the_next_compaction(tmp_path):
    data = tmp_path / "data"
    events = [{**search(SHOPPER), "event_id": f"e{i}", "time": now_ms() - 1000 - i} for i in range(20)]
    with Server(data, "--checkpoint-every", "0.2", "--compact-every", "0.5") as server:
        for i in range(200):
            assert server.post([search(f"other-{i}"), *events[i:i + 1]]).status == 200
        server.until(lambda: server.stats()["checkpoints"] > 1)
        assert files_with(data, SHOPPER)
        receipt = server.ask("DELETE", path_of("users", SHOPPER)).json()
        assert receipt["user_id"] == SHOPPER and receipt["off_disk_after"] == 0 and receipt["not_reached"]
        assert server.get(path_of("users", SHOPPER)).status == 404
        server.until(lambda: server.metric("adirect_erased_on_disk") == 0)
        assert files_with(data, SHOPPER) == []
        assert server.post(events).status == 200  # again, as from a topic that is read anew
        assert server.get(path_of("users", SHOPPER)).status == 404
        assert server.get(path_of("users", "other-7")).status == 200
        server.kill()
    with Server(data) as server:
        assert server.get(path_of("users", SHOPPER)).status == 404
        assert server.post(events).status == 200
        assert server.get(path_of("users", SHOPPER)).status == 404
        assert server.get(path_of("users", "other-7")).status == 200
