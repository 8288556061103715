"""What an operator sees of `adirect serve`: metrics, what was refused, whether it is ready, its log."""
import json
import re
import shutil
import subprocess

import pytest
from adirect_cli import ROOT, batch, needs_binary, run, summary
from adirect_reference import timestamp  # as adirect_cli's sys.path has it
from live_server import CSV, JSON, NDJSON, Server, new_key, path_of, refused, search

pytestmark = needs_binary
GOOD = search()
BAD = {**GOOD, "time": "soon"}


NOWHERE = "cassandra://127.0.0.1:1/shop?connect_timeout=1s"


@pytest.fixture(name="server", scope="module")
def served(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("operations") / "data", "--audience-every", "0.2") as server:
        assert server.post([GOOD, {**GOOD, "type": "purchase", "event_id": "e1"}]).status == 200
        assert server.get(path_of("users", "ana")).status == 200
        assert server.get("/nowhere").status == 404
        server.until(lambda: "adirect_audience_users{policy=\"default\"}" in server.samples())
        yield server


@pytest.fixture(name="pages", scope="module")
def _pages(server, tmp_path_factory):
    """The metrics of an engine, of one that publishes, and of a server without one; Cassandra need not be there."""
    pages = [server.get("/metrics").body]
    for data, flag in ((tmp_path_factory.mktemp("publishes") / "data", "--publish"), (None, "--reader")):
        with Server(data, flag, NOWHERE) as other:
            pages.append(other.get("/metrics").body)
            other.stop(after_troubles=True)
    return pages


# metrics


def test_promtool_has_nothing_to_say(pages):
    promtool = shutil.which("promtool")
    assert promtool, "promtool is missing: scripts/install-deps test"
    for page in pages:
        done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_reference_lists_every_metric(pages):
    told = {name: kind for page in pages for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", page.decode(), re.M)}
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").split("\n## Metrics\n")[1].split("\n## ")[0]
    listed = {name: kind for names, kind in re.findall(r"^\| (`.+?`) \| (counter|gauge|histogram) \|", text, re.M)
              for name in re.findall(r"`(\w+)(?:\{[\w, ]+\})?`", names)}
    told["adirect_reader_lag_seconds"] = "gauge"  # not there before something is published
    assert len(told) > 30 and listed == told


def test_the_labels_are_those_of_the_reference(server):
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").split("\n## Metrics\n")[1].split("\n## ")[0]
    listed = {name: set(labels.split(", ")) if labels else set()
              for name, labels in re.findall(r"`(\w+)(?:\{([\w, ]+)\})?`", text)}
    seen = 0
    for sample in server.samples():
        name, _, labels = sample.partition("{")
        name = name if name in listed else re.sub("_(bucket|sum|count)$", "", name)
        assert set(re.findall(r'(\w+)="', labels)) - {"le"} == listed[name], sample
        seen += 1
    assert seen > 100


def test_events_are_counted_by_what_became_of_them(tmp_path):
    with Server(tmp_path / "data") as server:
        purchase = {**GOOD, "type": "purchase", "event_id": "e1"}
        assert server.post([GOOD, purchase, BAD]).json() == {
            "accepted": 2, "duplicates": 0, "ignored": 0, "quarantined": [{"index": 2, "reason": "bad_time"}]}
        assert server.post([purchase]).json() == {
            "accepted": 0, "duplicates": 1, "ignored": 0, "quarantined": []}
        told, stats = server.samples(), server.stats()
        assert (stats["accepted"], stats["duplicates"], stats["quarantined"]) == (2, 1, {"bad_time": 1})
        assert (stats["shoppers"], stats["queued_bytes"], stats["memory_limit_bytes"]) == (1, 0, 16_000_000_000)
    expected = {
        'events_accepted_total{type="search"}': 1, 'events_accepted_total{type="purchase"}': 1,
        'events_accepted_total{type="view"}': 0, "events_duplicate_total": 1, "events_ignored_total": 0,
        'events_quarantined_total{reason="bad_time"}': 1, 'events_quarantined_total{reason="bad_json"}': 0,
        'ingest_to_visible_seconds_count{type="purchase"}': 1, 'ingest_to_visible_seconds_count{type="other"}': 1,
        "shoppers": 1, "log_waiting_records": 2, "checkpoints_total": 1, "checkpoint_seconds_count": 1,
        'http_responses_total{route="POST /v1/events",code="2xx"}': 2,
    }
    assert {name: float(told["adirect_" + name]) for name in expected} == expected


def test_the_process_s_own_metrics_are_those_of_proc(server):
    told = {name: float(value) for name, value in server.samples().items() if name.startswith("process_")}
    status = (ROOT / f"/proc/{server.process.pid}/status").read_text()
    resident = int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024
    assert resident / 2 < told["process_resident_memory_bytes"] < resident * 2
    assert told["process_open_fds"] > 5 and told["process_threads"] > 2 and told["process_cpu_seconds_total"] > 0
    with open("/proc/stat", encoding="utf-8") as stat:
        boot = int(re.search(r"^btime (\d+)", stat.read(), re.M).group(1))
    with open(f"/proc/{server.process.pid}/stat", encoding="utf-8") as stat:
        ticks = int(stat.read().rsplit(")", 1)[1].split()[19])
    assert abs(told["process_start_time_seconds"] - boot - ticks / 100) < 1.1


# quarantine


def http_files(server):
    return sorted(server.data.glob("quarantine-http-*.ndjson"))


def kept(server, count):
    """The kept records, once there are as many."""
    def read():
        text = "".join(path.read_text(encoding="utf-8") for path in http_files(server))
        return text.count("\n") >= count and [json.loads(line) for line in text.splitlines()]
    return server.until(read)


SEGMENT_CALL = {"type": "track", "event": "Product Viewed", "messageId": "m1", "userId": "eva", "timestamp": "soon",
                "properties": {"product_id": "p1", "category": "shoes"}}


def test_refused_rows_are_kept_told_listed_and_driven_in_again(tmp_path):
    with Server(tmp_path / "data") as server:
        server.post([GOOD, BAD])
        server.post([GOOD, {**BAD, "user_id": "bob"}], JSON)
        server.post("type,time,user_id,category_id\nsearch,soon,cem,shoes\n", CSV)
        assert server.post({"batch": [SEGMENT_CALL]}, JSON, "/v1/batch").status == 200
        records = kept(server, 4)
        told = server.get("/v1/quarantine").json()
    assert [(r["source"], r["reason"]) for r in records] == [
        ("http.ndjson", "bad_time"), ("http.ndjson", "bad_time"), ("http.csv", "bad_time"), ("http.ndjson", "bad_time")]
    assert [(one["reason"], one["count"]) for one in told["reasons"]] == [("bad_time", 4)]
    assert [(s["source"], s["position"], s["line"]) for s in told["reasons"][0]["samples"]] == [
        (r["source"], r["position"], r["raw"]) for r in reversed(records)]

    (file,) = http_files(server)
    listing = run("admin", "quarantine", "list", file)
    assert listing.returncode == 0 and b"http.csv" in listing.stdout and b"cem" in listing.stdout
    mended = tmp_path / "mended.quarantine"
    mended.write_text(file.read_text(encoding="utf-8").replace("soon", timestamp(GOOD["time"])), encoding="utf-8")
    done = run("admin", "quarantine", "retry", "-o", tmp_path / "mended.ndjson", mended)
    assert done.returncode == 0 and b"4 pass" in done.stderr, done.stderr
    out = batch(tmp_path / "out", tmp_path / "mended.ndjson").out
    assert (summary(out)["accepted"], summary(out)["users"]) == (4, 4)
    with Server(tmp_path / "data") as server:
        again = (tmp_path / "mended.ndjson").read_bytes()
        assert server.post(again).json()["accepted"] == 4 and server.post(again).json()["duplicates"] == 4
        assert server.get(path_of("users", "eva")).status == 200


def test_a_flood_of_bad_rows_neither_blocks_nor_fills_the_disk(tmp_path):
    body = b"x" * 999 + b"\n"
    with Server(tmp_path / "data", "--quarantine-limit", "2", "--log-format", "json") as server:
        for _ in range(4):
            assert server.post(body * 1000).json()["accepted"] == 0
        server.until(lambda: float(server.samples()["adirect_quarantine_dropped_bytes_total"]) > 2e6)
        assert sum(path.stat().st_size for path in http_files(server)) <= 2 << 20
        assert server.get("/v1/quarantine").json()["reasons"][0]["count"] == 4000
        server.until(lambda: "quarantine_dropped" in server.log())
        assert server.post([GOOD]).json()["accepted"] == 1


# health and log


def test_the_log_tells_what_happens(tmp_path):
    secret = new_key("all", "admin").key
    with Server(tmp_path / "data", "--log-format", "json") as server:
        assert server.get("/readyz").json() == {"status": "ready"}
        server.post([{**BAD, "user_id": secret}])
        server.until(lambda: "quarantine_begun" in server.log())
        server.stop()
        log = [json.loads(line) for line in server.log().splitlines()]
    assert [set(line) for line in log] == [{"time", "level", "event", "message"}] * 5
    assert [(line["level"], line["event"]) for line in log] == [
        ("info", "start"), ("info", "ready"), ("warning", "quarantine_begun"), ("info", "stop"), ("info", "stopped")]
    assert "bad_time" in log[2]["message"] and secret not in json.dumps(log)


def test_a_level_leaves_out_what_is_less_grave(tmp_path):
    for level, events in [("warning", 1), ("error", 0)]:
        with Server(tmp_path / level, "--log-level", level) as server:
            server.post([BAD], NDJSON)
            if events:
                server.until(lambda: "quarantine_begun" in server.log())
            server.stop()
            assert len(server.log().splitlines()) == events
    code, said = refused(tmp_path / "x", "--log-format", "json", "--listen", "0.0.0.0:0")
    assert code == 2
    failed = json.loads(said.splitlines()[-1])
    assert (failed["level"], failed["event"]) == ("error", "failed") and "--insecure" in failed["message"]
    assert refused(tmp_path / "x", "--log-level", "loud")[0] == 2
