"""The threats of docs/security.md: each has its test, here or where the table says; and so has what can go wrong."""
import json
import re

import pytest
from adirect_cli import ROOT, needs_binary
from live_server import JSON, NDJSON, Server, bearer, path_of, search, write_keys

pytestmark = needs_binary


def named_tests(page):
    """(what, tests) of the rows of each table whose last column is "shown by"."""
    rows, named = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        named = line.startswith("|") and (named or line.endswith("| shown by |"))
        if named and line.startswith("| ") and not line.endswith("| shown by |"):
            rows.append((line.split(" | ")[0].strip("| "), re.findall(r"`(\w+\.\w+)`", line.rsplit(" | ", 1)[1])))
    return rows


def cc_tests():
    """Suite.Name of every test in C++."""
    text = "".join(path.read_text(encoding="utf-8") for folder in ("src", "tests")
                   for path in (ROOT / folder).rglob("*_test.cc"))
    return {f"{suite}.{name}" for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", text, re.M)}


def python_tests():
    return {f"{path.stem}.{name}" for path in (ROOT / "tests" / "e2e").glob("test_*.py")
            for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)}


@pytest.mark.parametrize("page, least", [("security.md", 15), ("operating.md", 10)])
def test_what_is_shown_has_a_test_that_is_there(page, least):
    known, rows = cc_tests() | python_tests(), named_tests(ROOT / "docs" / page)
    assert len(rows) > least
    for what, tests in rows:
        assert tests, f"no test of: {what}"
        assert set(tests) <= known, f"{what}: {set(tests) - known}"


@pytest.fixture(name="server", scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("security")
    with Server(folder / "data") as server:
        yield server


@pytest.mark.parametrize("name", ["..%2Fsecret", "%2Fetc%2Fpasswd", "..", "a%2F..%2F..%2Fb", "a.toml%00", "A", "a" * 65])
def test_no_path_leaves_the_folder_of_policies(server, name):
    before = sorted(path for path in server.data.parent.rglob("*") if path.suffix == ".toml")
    answer = server.ask("PUT", f"/v1/policies/{name}", b"[interest]\nmin_searches = 1\n", "application/toml")
    assert answer.status in (400, 404, 405), answer.body
    assert server.get(f"/v1/policies/{name}").status in (400, 404)
    assert sorted(path for path in server.data.parent.rglob("*") if path.suffix == ".toml") == before


MARKUP = '<script>alert("1")</script>&\'"'


def test_markup_in_ids_stays_text(server):
    assert server.post([search(MARKUP, product_id=MARKUP, category_id=MARKUP)], JSON).json()["accepted"] == 1
    for path in (path_of("users", MARKUP), path_of("users", MARKUP, "explain"), "/v1/searches", "/v1/categories"):
        answer = server.get(path)
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("application/json"), path
        assert MARKUP in json.dumps(answer.json(), ensure_ascii=False).replace('\\"', '"'), path
    page = server.get("/user/" + path_of(MARKUP)[4:], headers={"Accept": "text/html"})
    assert b"alert(" not in page.body


def test_no_answer_may_be_read_by_another_site(server):
    for method, path in (("GET", "/v1/stats"), ("OPTIONS", "/v1/events"), ("GET", "/"), ("GET", "/openapi.json")):
        answer = server.ask(method, path, headers={"Origin": "http://elsewhere.example",
                                                   "Access-Control-Request-Method": "POST"})
        assert not [name for name in answer.headers if name.lower().startswith("access-control")], path
    before = server.stats()["accepted"]
    answer = server.post([search("eve")], headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403 and server.stats()["accepted"] == before


def test_no_log_metric_or_error_tells_a_key_or_a_shopper(tmp_path):
    file = tmp_path / "keys.txt"
    keys = write_keys(file, "admin", "ingest")
    shopper = "shopper-whom-nobody-names"
    with Server(tmp_path / "data", "--keys", file, "--log-format", "json", "--checkpoint-every", "0.2") as server:
        admin, ingest = bearer(keys["admin"]), bearer(keys["ingest"])
        assert server.post([search(shopper), {**search(shopper), "time": "soon"}], NDJSON, headers=admin).status == 200
        errors = [server.get(path_of("users", shopper), headers=ingest),
                  server.get("/v1/audience", cursor=keys["admin"], headers=admin),
                  server.get("/v1/stats", headers=bearer(keys["admin"] + "0")),
                  server.ask("POST", "/v1/session", {"key": keys["admin"] + "0"}, JSON),
                  server.ask("DELETE", path_of("users", shopper), headers=ingest)]
        assert [answer.status for answer in errors] == [403, 400, 401, 401, 403]
        told = [answer.body.decode() + str(answer.headers) for answer in errors]
        server.until(lambda: "quarantine_begun" in server.log())
        told += [server.log(), server.get("/metrics", headers=admin).body.decode()]
        for text in told:
            for secret in (keys["admin"].split(".")[1], keys["ingest"].split(".")[1], shopper):
                assert secret not in text, text
