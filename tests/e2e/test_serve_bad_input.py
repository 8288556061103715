"""What the live engine refuses: bodies, questions and data directories. Nothing half of it happens."""
import json
import signal
import socket

import pytest
from adirect_cli import needs_binary
from live_server import CSV, JSON, NDJSON, Server, encoded, now_ms, path_of, refused, search

pytestmark = needs_binary


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("serve") / "data") as server:
        assert server.post([search(product_id="p1")]).json()["accepted"] == 1
        yield server


def accepted(server):
    return server.stats()["accepted"]


def is_problem(answer, status, *words, field=None):
    """A problem of this status whose sentence has the words."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status and all(word in problem["detail"] for word in words), problem
    assert problem.get("field") == field, problem


BODIES = {
    "no JSON": (b"hello", JSON),
    "nothing": (b"", JSON),
    "a text": (b'"hello"', JSON),
    "a number": (b"7", JSON),
    "an open array": (json.dumps([search(), search()])[:-1].encode(), JSON),
    "an open object": (b'[{"type": "search"', JSON),
    "two values": (b"[] []", JSON),
    "a header that lacks what each event has": (b"user_id,category_id\nana,shoes\n", CSV),
}


@pytest.mark.parametrize("body, kind", BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_read_changes_nothing(server, body, kind):
    before = accepted(server)
    answer = server.post(body, kind)
    if answer.status == 200:  # one row that is no event
        assert answer.json()["accepted"] == 0 and len(answer.json()["quarantined"]) == 1, answer.body
    else:
        is_problem(answer, 400)
        assert len(answer.json()["detail"]) > 10
    assert accepted(server) == before


def test_a_row_that_is_no_event_is_told_by_its_place_and_takes_nothing_along(server):
    rows = [search("bob"), {**search(), "type": "sell"}, {**search(), "time": "noon"}, {**search(), "time": 4e12 // 1},
            {key: value for key, value in search().items() if key != "user_id"}, {**search(), "category_id": ""}]
    reasons = ["bad_type", "bad_time", "future", "missing_user_id", "missing_category_id"]
    rows[3]["time"] = now_ms() + 400_000
    for kind in (JSON, NDJSON):
        answer = server.post(rows, kind)
        assert answer.status == 200 and answer.json()["accepted"] == 1, answer.body
        assert [(one["index"], one["reason"]) for one in answer.json()["quarantined"]] == list(enumerate(reasons, 1))
    answer = server.post(encoded(rows, NDJSON).encode() + b"\xff\xfe\n{\n").json()
    assert [(one["index"], one["reason"]) for one in answer["quarantined"][-2:]] == [(6, "bad_utf8"), (7, "bad_json")]


def test_an_erase_comes_by_delete_only(server):
    answer = server.post([{"type": "erase", "time": now_ms(), "user_id": "ana"}]).json()
    assert answer["accepted"] == 0 and answer["quarantined"] == [{"index": 0, "reason": "erase_not_allowed"}]
    assert server.get(path_of("users", "ana")).status == 200


def test_another_content_type_is_415(server):
    answer = server.post("x", "application/xml")
    is_problem(answer, 415, "application/xml", "application/x-ndjson", field="Content-Type")


def test_a_body_too_large_is_413(server):
    before = accepted(server)
    line = json.dumps(search()).encode() + b"\n"
    with socket.create_connection(server.address.split(":")) as connection:
        size = 17 << 20
        connection.sendall(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
                           b"Content-Length: %d\r\n\r\n" % size + line)
        assert connection.recv(1 << 12).startswith(b"HTTP/1.1 413 ")
    assert accepted(server) == before


CUT = {
    "by length": b"Content-Length: %d\r\n\r\n",
    "in a chunk": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n",
    "between chunks": b"Transfer-Encoding: chunked\r\n\r\n",
}


@pytest.mark.parametrize("framing", CUT)
def test_a_body_cut_in_the_middle_changes_nothing(server, framing):
    before, body = accepted(server), (json.dumps(search("cut")) + "\n").encode() * 100
    head = CUT[framing] % (len(body) + 100) if "%" in CUT[framing].decode() else CUT[framing]
    if framing == "between chunks":
        body = b"%x\r\n%s\r\n" % (len(body), body)
    with socket.create_connection(server.address.split(":")) as connection:
        connection.sendall(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n" + head + body)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        while piece := connection.recv(1 << 12):  # until the server has closed it
            said += piece
    assert not said.startswith(b"HTTP/1.1 200"), said
    assert accepted(server) == before and server.get(path_of("users", "cut")).status == 404


def test_an_as_of_before_the_newest_event_is_422_and_says_why(server):
    answer = server.get(path_of("users", "ana", "recommendations"), as_of="2020-01-01T00:00:00Z")
    is_problem(answer, 422, "2020-01-01T00:00:00.000Z is before the newest event", field="as_of")


WRONG_QUESTIONS = {
    "users/ana/recommendations": [({"as_of": "yesterday"}, 400, "as_of"), ({"limit": "0"}, 400, "limit"),
                                  ({"limit": "many"}, 400, "limit"), ({"category": ""}, 400, "category"),
                                  ({"policy": "none"}, 404, "policy")],
    "audience": [({"format": "xml"}, 400, "format"), ({"cursor": "1.2"}, 400, "cursor"),
                 ({"policy": "none"}, 404, "policy")],
    "audience/changes": [({"since": "soon"}, 400, "since"), ({"policy": "none"}, 404, "policy"),
                         ({"since": "2020-01-01T00:00:00Z"}, 410, "since")],
    "categories/shoes/popular": [({"window": "1h"}, 400, "window"), ({"limit": "-1"}, 400, "limit")],
}


def test_a_wrong_question_names_its_field(server):
    server.until(lambda: server.get("/v1/audience/changes").status == 200)
    for path, questions in WRONG_QUESTIONS.items():
        for query, status, field in questions:
            is_problem(server.get(f"/v1/{path}", **query), status, field=field)


PRODUCTS = {
    "no id": (b'[{"product_id": "new"}, {"title": "x"}]', JSON, "product 2: product_id is empty"),
    "a bad price": (b'{"product_id": "new"}\n{"product_id": "b", "price": "1,50"}\n', NDJSON, "product 2: price"),
    "a bad line": (b"product_id,available\nnew,\nb,perhaps\n", CSV, "body:3: available"),
    "the future": (b'{"product_id": "new", "updated_at": "2199-01-01T00:00:00Z"}', JSON, '"new": updated_at'),
    "no JSON": (b"products", JSON, "JSON"),
    "no header": (b"", CSV, "no header"),
}


@pytest.mark.parametrize("body, kind, what", PRODUCTS.values(), ids=PRODUCTS)
def test_a_bad_product_refuses_all_that_came_with_it(server, body, kind, what):
    is_problem(server.post(body, kind, path="/v1/products"), 400, what)
    assert server.get("/v1/products/new").status == 404


def refuses_to_serve(data, *words):
    """`adirect serve` ends by itself and says the words."""
    _, said = refused(data)
    assert all(word in said for word in (str(data), *words)), said


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_directory_that_is_not_ours_is_not_touched(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"x")
    refuses_to_serve(tmp_path)
    assert content(tmp_path) == {"photo.jpg": b"x"}


@pytest.fixture(name="data")
def fixture_data(tmp_path):
    """A data directory with a thousand shoppers, in checkpoints and in the log."""
    with Server(tmp_path / "data", "--checkpoint-every", "0.2") as server:
        for part in range(3):
            rows = [search(f"u{part}-{i}", product_id="p" * 60) for i in range(1000)]
            assert server.post(rows).json()["accepted"] == len(rows)
        server.until(lambda: server.stats()["checkpoints"] >= 1)
    with Server(tmp_path / "data") as server:
        server.kill()  # a start has written the log out into files, a clean end would drop them
    return tmp_path / "data"


def test_a_newer_format_is_refused(data):
    mark = (data / "ADIRECT").read_text(encoding="utf-8")
    (data / "ADIRECT").write_text(mark.replace("format 2", "format 99"), encoding="utf-8")
    before = content(data)
    refuses_to_serve(data, "99", "newer")
    assert content(data) == before
    (data / "ADIRECT").write_text(mark, encoding="utf-8")
    with Server(data) as server:
        assert server.get(path_of("users", "u0-0")).status == 200


def test_a_directory_in_use_is_refused_and_its_user_goes_on(data):
    with Server(data) as server:
        _, said = refused(data)
        assert "in use" in said and str(server.process.pid) in said
        assert server.post([search("later")]).json()["accepted"] == 1


def test_a_damaged_file_is_named_and_never_served_from(data):
    refused_files = 0
    assert any(is_log(file.read_bytes()) for file in data.glob("*.sst"))
    for damaged in sorted(data.glob("*.sst")):
        good = damaged.read_bytes()
        if not is_log(good):
            damaged.write_bytes(good[:10] + bytes([good[10] ^ 1]) + good[11:])
            refuses_to_serve(data, damaged.name)
            refused_files += 1
        damaged.write_bytes(good)
    assert refused_files > 1
    with Server(data) as server:
        assert all(server.get(path_of("users", f"u{part}-{i}")).status == 200 for part in range(3) for i in range(9))


def is_log(content):
    """Whether the file's properties name the log's family. Here all of it is from before the checkpoint: nobody reads it."""
    return b"namelog" in content


def test_a_missing_file_is_named(data):
    missing = min(data.glob("*.sst"))
    kept = missing.read_bytes()
    missing.unlink()
    refuses_to_serve(data, missing.name)
    missing.write_bytes(kept)
    with Server(data) as server:
        assert server.get(path_of("users", "u2-999")).status == 200


@pytest.mark.parametrize("flags, what", [
    (["--listen", "0.0.0.0:0"], "--insecure"), (["--listen", "nowhere"], "--listen"),
    (["--checkpoint-every", "0"], "--checkpoint-every"), (["--audience-every", "0"], "--audience-every"),
    (["--memory-limit", "-1"], "--memory-limit"), (["--retention", "yesterday"], "--retention"),
    (["--catalog", "nowhere"], "--catalog"), (["--import", "nowhere"], "--import")])
def test_a_wrong_flag_is_told_before_anything_is_served(tmp_path, flags, what):
    _, said = refused(tmp_path / "data", *flags)
    assert what in said


def test_stopping_ends_cleanly_and_keeps_everything(tmp_path):
    with Server(tmp_path / "data") as server:
        assert server.post([search()]).json()["accepted"] == 1
        idle = server.connect()
        server.ask("GET", "/healthz", connection=idle)
        server.stop(signal.SIGINT)
    with Server(tmp_path / "data") as server:
        assert server.get(path_of("users", "ana")).status == 200
