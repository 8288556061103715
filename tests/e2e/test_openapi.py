"""The API against its own OpenAPI document, asked by schemathesis; the document against docs/api.md."""
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from adirect_cli import ROOT, environment, needs_binary, run
from live_server import Server, bearer, now_ms, search, write_keys

pytestmark = needs_binary
DOCUMENT = json.loads((ROOT / "src/adirect/api/openapi.json").read_text(encoding="utf-8"))
FOLDER = ROOT / "tests" / "e2e" / "openapi"
EXAMPLES = 60  # per operation


def operations():
    return {f"{method.upper()} {path}": operation for path, item in DOCUMENT["paths"].items()
            for method, operation in item.items() if method != "parameters"}


def schemathesis(url, key, folder):
    program = Path(sys.executable).with_name("schemathesis")
    return subprocess.run(
        [program, "--config-file", FOLDER / "schemathesis.toml", "run", f"{url}/openapi.json", "--no-color",
         "--header", f"Authorization: Bearer {key}", "--max-examples", str(EXAMPLES),
         "--generation-deterministic", "--warnings", "off", "--exclude-path", "/v1/stream"],
        cwd=folder, env={**environment(), "PYTHONPATH": str(FOLDER)}, capture_output=True, text=True, timeout=300,
        check=False)


def events():
    now = now_ms()
    rows = [search(user, time=now - 60_000 - i, product_id=f"p{i}") for user in ("ana", "bob") for i in range(4)]
    return [*rows, search("bob", type="purchase", time=now - 1000, product_id="p1", order_id="o1")]


def test_answers_conform_to_the_document(tmp_path):
    key = write_keys(tmp_path / "keys.txt", "admin")["admin"]
    with Server(tmp_path / "data", "--keys", tmp_path / "keys.txt") as server:
        assert server.post(events(), headers=bearer(key)).json()["accepted"] == 9
        done = schemathesis(server.url, key, tmp_path)
        metrics = server.get("/metrics", headers=bearer(key)).body.decode()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {len(operations()) - 2}\n" in done.stdout, "all but the document's own address and the endless stream"
    counts = Counter()
    for code, count in re.findall(r'responses_total\{.*,code="(.)xx"\} (\d+)', metrics):
        counts[code] += int(count)
    assert counts["2"] > 100 and counts["4"] > 100 and counts["5"] == 0, counts


def test_the_document_is_served_as_it_stands_in_the_repository(tmp_path):
    with Server(tmp_path / "data") as server:
        answer = server.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == DOCUMENT
    version = run("--version").stdout.decode().split()[1]
    assert DOCUMENT["info"]["version"] == version


# docs/api.md


def sections():
    """{route: what docs/api.md says of it}."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").split("\n## API\n")[1].split("\n## ")[0]
    parts = re.split(r"^### ([A-Z, ]+) (/.+)$", text, flags=re.M)[1:]
    heads = zip(parts[::3], parts[1::3], parts[2::3])
    return {f"{method} {path}": told for methods, paths, told in heads
            for method in methods.split(", ") for path in paths.split(", ")}


def parameters(route):
    """The names of an operation's query parameters."""
    method, path = route.split()
    item = DOCUMENT["paths"][path]
    refs = item.get("parameters", []) + item[method.lower()].get("parameters", [])
    named = [DOCUMENT["components"]["parameters"][one["$ref"].split("/")[-1]] if "$ref" in one else one for one in refs]
    return [one["name"] for one in named if one["in"] == "query"]


def test_the_reference_tells_every_route_with_its_parameters_and_errors():
    told = sections()
    assert list(told) and set(told) == set(operations())
    for route, text in told.items():
        codes = [code for code in operations()[route]["responses"] if code.isdigit() and code != "200"]
        missing = [name for name in parameters(route) if f"`{name}`" not in text]
        missing += [code for code in codes if not re.search(rf"\b{code}\b", text)]
        assert not missing, f"{route} in docs/api.md does not tell {missing}"
