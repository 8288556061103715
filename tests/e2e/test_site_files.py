"""The site's files as a browser gets them from the real binary."""
import gzip
import re
from http.client import HTTPConnection

import pytest
from adirect_cli import needs_binary
from live_server import Server, write_keys

pytestmark = needs_binary
PAGES = ["/", "/searches", "/user", "/user/a%2Fb", "/user/a%2Fb/1", "/products", "/products/1", "/audience", "/policies",
         "/quality", "/sign-in"]
FIRST_VIEW_BYTES = 200_000


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("site") / "data") as server:
        yield server


def get(server, path, method="GET", **headers):
    connection = HTTPConnection(server.address, timeout=30)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.content = response.read()
    connection.close()
    return response


def assets(page):
    found = re.findall(r'(?:src|href)="(/[^"]+)"', page.content.decode())
    assert any(one.endswith(".js") for one in found) and any(one.endswith(".css") for one in found)
    return found


def test_every_page_is_the_one_that_asks_the_api(server):
    first = get(server, "/")
    for path in PAGES:
        page = get(server, path)
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8"), path
        assert page.content == first.content and b'<div id="app">' in page.content
        assert get(server, path, method="HEAD").content == b""


def test_the_first_view_is_small_and_all_of_it_is_here(server):
    page = get(server, "/", Accept_Encoding="gzip")
    size = len(page.content)
    page.content = gzip.decompress(page.content)
    for path in assets(page):
        plain, packed = get(server, path), get(server, path, Accept_Encoding="gzip")
        assert packed.headers["Content-Encoding"] == "gzip" and plain.headers["Content-Encoding"] is None
        assert gzip.decompress(packed.content) == plain.content
        size += len(packed.content)
    assert size < FIRST_VIEW_BYTES


def test_what_a_browser_may_keep(server):
    page = get(server, "/")
    assert page.headers["Cache-Control"] == "no-cache"
    for path in assets(page):
        file = get(server, path)
        kept = "immutable" in file.headers["Cache-Control"]
        assert kept == path.startswith("/assets/")
        again = get(server, path, If_None_Match=file.headers["ETag"])
        assert (again.status, again.content) == (304, b"")


def test_the_page_may_load_nothing_else(server):
    page = get(server, "/user/x")
    policy = page.headers["Content-Security-Policy"]
    for part in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert "unsafe" not in policy and "*" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff" and page.headers["Referrer-Policy"] == "no-referrer"


def test_the_addresses_of_2017_lead_to_their_successors(server):
    for old, new in {"/index": "/", "/searchestable": "/searches", "/querysearches": "/searches", "/queryuser": "/user",
                     "/queryproduct": "/products"}.items():
        moved = get(server, old)
        assert (moved.status, moved.headers["Location"]) == (308, new)


def test_what_is_not_there_is_404_for_a_program_and_a_page_for_a_person(server):
    assert get(server, "/nowhere").headers["Content-Type"] == "application/problem+json"
    page = get(server, "/nowhere", Accept="text/html")
    assert page.status == 404 and b'<div id="app">' in page.content
    for path in ("/assets/none.js", "/assets/..%2Findex.html", "/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/index.html"):
        assert get(server, path).status == 404, path


def test_files_need_no_key_and_what_they_ask_does(tmp_path):
    keys = tmp_path / "keys.txt"
    write_keys(keys, "read")
    with Server(tmp_path / "data", "--keys", keys) as server:
        page = get(server, "/audience")
        assert page.status == 200
        assert {get(server, path).status for path in assets(page)} == {200}
        assert get(server, "/v1/stats").status == 401


def test_a_folder_is_served_as_it_is_now(tmp_path):
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("one", encoding="utf-8")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    with Server(tmp_path / "data", "--web-dir", web) as server:
        assert get(server, "/").content == b"one"
        (web / "index.html").write_text("two", encoding="utf-8")
        assert get(server, "/searches").content == b"two"
        assert get(server, "/assets/..%2F..%2Fsecret").status == 404
