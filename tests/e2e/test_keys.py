"""Keys and limits of `adirect serve`, and its sample configuration."""
import base64
import json
import re
import tomllib

from adirect_cli import ROOT, needs_binary, run
from live_server import JSON, Server, bearer, new_key, refused, search, write_keys

pytestmark = needs_binary
SAMPLE = ROOT / "examples" / "serve.toml"
EVENT = search()


def test_a_role_opens_its_routes_and_no_others(tmp_path):
    file = tmp_path / "keys.txt"
    keys = write_keys(file, "ingest", "read", "admin")
    asked = {
        "ingest": ("POST", "/v1/events", EVENT, JSON),
        "read": ("GET", "/v1/users/ana", None, None),
        "metrics": ("GET", "/metrics", None, None),
        "openapi": ("GET", "/openapi.json", None, None),
        "put": ("PUT", "/v1/policies/sale", b"# the defaults\n", "application/toml"),
        "delete": ("DELETE", "/v1/users/ana", None, None),
    }
    may = {"ingest": {"ingest"}, "read": {"read", "metrics", "openapi"}, "admin": set(asked)}
    with Server(tmp_path / "data", "--keys", file) as server:
        for name, (method, path, body, kind) in asked.items():
            none = server.ask(method, path, body, kind)
            assert none.status == 401, name
            assert none.headers["WWW-Authenticate"] == 'Bearer realm="adirect"'
            assert none.headers["Content-Type"] == "application/problem+json"
            wrong = server.ask(method, path, body, kind, headers=bearer(keys["read"] + "0"))
            assert wrong.status == 401 and keys["read"] not in wrong.body.decode(), name
            for role, key in keys.items():
                status = server.ask(method, path, body, kind, headers=bearer(key)).status
                assert status == (200 if name in may[role] else 403), f"{role}: {name}"
        for path in ("/healthz", "/readyz"):
            assert server.get(path).status == 200
        basic = {"Authorization": "Basic " + base64.b64encode(f"{keys['ingest']}:".encode()).decode()}
        assert server.post([EVENT], headers=basic).status == 200
        segment = server.post({"batch": []}, JSON, "/v1/batch", headers=basic)
        assert segment.status == 200, segment.body


def test_a_key_is_told_once_and_stands_in_no_file(tmp_path):
    key = new_key("shop", "ingest,read")
    assert re.fullmatch(r"shop\.[0-9a-f]{64}", key.key)
    assert re.fullmatch(r"shop ingest,read sha256:[0-9a-f]{32}:[0-9a-f]{64}\n", key.line)
    secret = key.key.split(".")[1]
    file = tmp_path / "keys.txt"
    file.write_text(key.line, encoding="utf-8")
    with Server(tmp_path / "data", "--keys", file) as server:
        assert server.get("/v1/stats", headers=bearer(key.key)).status == 200
        assert server.get("/v1/stats", key=secret).status == 401
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) > 3
    assert not [path for path in kept if secret.encode() in path.read_bytes()]


def test_a_wrong_file_of_keys_is_refused_without_telling_it(tmp_path):
    key = new_key("shop", "read").key
    for text, told in {"": "holds no key", f"shop read {key}\n": "keys.txt:1: ", f"{key}\n": "keys.txt:1: "}.items():
        (tmp_path / "keys.txt").write_text(text, encoding="utf-8")
        code, error = refused(tmp_path / "data", "--keys", tmp_path / "keys.txt")
        assert code == 2 and told in error and "admin key new" in error, error
        assert key not in error and key.split(".")[1] not in error
        assert not (tmp_path / "data").exists()
    assert refused(tmp_path / "data", "--keys", tmp_path / "none")[0] == 2


def test_a_public_address_needs_keys(tmp_path):
    code, error = refused(tmp_path / "data", "--listen", "0.0.0.0:0")
    assert code == 2 and "--keys" in error and "--insecure" in error
    assert not (tmp_path / "data").exists()


def test_wrong_names_and_roles_make_no_key():
    for name, role in (("", "read"), ("a b", "read"), ("a", "write"), ("a", "read,")):
        done = run("admin", "key", "new", "--name", name, "--role", role)
        assert done.returncode == 2 and done.stdout == b"", (name, role)


def test_a_body_larger_than_the_limit_is_refused(tmp_path):
    with Server(tmp_path / "data", "--max-body", 1) as server:
        row = json.dumps(EVENT).encode() + b"\n"
        fits = (1 << 20) // len(row)
        assert server.post(row * fits).status == 200
        assert server.post(row * (fits + 1)).status == 413


# the sample configuration


def flags():
    """{option: its default as --help has it, or None} of `adirect serve`."""
    text = run("serve", "--help").stdout.decode()
    found = re.findall(r"^  --([a-z-]+)(?: [^\n=(]*?(?:=(\S+))?)?(?: REQUIRED)? \(Env:", text, re.M)
    assert len(found) > 15
    return {name: default or None for name, default in found}


def test_the_sample_configuration_has_every_flag_at_its_default(tmp_path):
    text = SAMPLE.read_text(encoding="utf-8")
    active = tomllib.loads(text)["serve"]
    everything = tomllib.loads(re.sub(r"^# (?=[a-z-]+ = )", "", text, flags=re.M))["serve"]
    defaults = flags()
    assert set(everything) == set(defaults)
    assert set(active) == {name for name, default in defaults.items() if default} | {"data", "insecure"}
    assert active["insecure"] is False
    assert {name: str(active[name]) for name in active if defaults[name]} == {k: v for k, v in defaults.items() if v}


def test_the_sample_configuration_is_taken(tmp_path):
    with Server(tmp_path / "data", before=["--config", SAMPLE]) as server:
        assert server.get("/readyz").status == 200
    broken = tmp_path / "broken.toml"
    broken.write_text(SAMPLE.read_text(encoding="utf-8").replace("max-body = 16", "max-body = 0"), encoding="utf-8")
    done = run("--config", broken, "serve", "--data", tmp_path / "other")
    assert done.returncode == 2 and b"max-body" in done.stderr, done.stderr


def test_the_reference_tells_every_flag_and_its_default():
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").split("\n## Configuration\n")[1]
    told = dict(re.findall(r"^\| `--([a-z-]+)(?: [^`]*)?` \|.*\| ([^|]+) \|$", text, re.M))
    defaults = flags()
    assert set(told) == set(defaults)
    assert {name: told[name] for name, default in defaults.items() if default} == {k: v for k, v in defaults.items() if v}
