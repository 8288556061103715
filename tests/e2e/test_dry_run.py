"""`adirect batch --dry-run`: how the first rows of each file are read, column by column; and the guide's example of it."""
import os
import re
import subprocess

import pytest
from adirect_cli import BINARY, ROOT, environment, ndjson, needs_binary, run, shared, summary

pytestmark = needs_binary
HEADER = "type,time,user_id,category_id,product_id,colour\n"


def dry_run(*args, code=0, **options):
    done = run("batch", "--dry-run", *args, **options)
    assert done.returncode == code, done.stderr
    return (done.stdout if code == 0 else done.stderr).decode()


def fields_of(text):
    """The shown rows, each as (first line, {field: [column, text, what became of it]})."""
    rows = []
    for part in text.split("row at byte ")[1:]:
        lines = part.split("\n\n")[0].split("\n")
        rows.append((lines[0], {cells[0]: cells[1:] for cells in (re.split("  +", line.strip()) for line in lines[1:])}))
    return rows


SAMPLES = {
    "alibaba": ("data/alibaba2014/events.csv", ["none"], {
        "user_id": ["user_id", '"10944750"', "10944750"], "category_id": ["brand_id", '"13451"', "13451"],
        "type": ["type", '"0"', "view"], "time": ["visit_datetime", '"6-4"', "2013-06-04T00:00:00.000Z"]}),
    "taobao": ("data/taobao2017/events.csv", ["none"], {
        "user_id": ["user", '"543462"', "543462"], "product_id": ["item", '"1715"', "1715"],
        "category_id": ["category", '"1464116"', "1464116"], "type": ["behaviour", '"pv"', "view"],
        "time": ["epoch_s", '"1511658000"', "2017-11-26T01:00:00.000Z"]}),
    "jdata2016": ("data/jdata2016/actions_201602.csv", ["model_id", "brand"], {
        "user_id": ["user_id", '"266079.0"', "266079.0"], "product_id": ["sku_id", '"138778"', "138778"],
        "category_id": ["cate", '"8"', "8"], "type": ["type", '"1"', "view"],
        "time": ["time", '"2016-01-31 23:59:02"', "2016-01-31T15:59:02.000Z"]}),
    "rees46": ("data/rees46/2019-Oct.head.csv", ["category_code", "brand", "user_session"], {
        "user_id": ["user_id", '"541312140"', "541312140"], "product_id": ["product_id", '"44600062"', "44600062"],
        "category_id": ["category_id", '"2103807459595387724"', "2103807459595387724"],
        "type": ["event_type", '"view"', "view"], "price": ["price", '"35.79"', "35.79"],
        "time": ["event_time", '"2019-10-01 00:00:00 UTC"', "2019-10-01T00:00:00.000Z"]}),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_shown_as_its_format_reads_it(name):
    path, unread, first = SAMPLES[name]
    text = dry_run("--format", name, shared(path))
    rows = fields_of(text)
    assert len(rows) == 10
    assert rows[0][0].endswith(": an event")
    shown = dict(rows[0][1])
    assert shown.pop("field") == ["column", "text", "read as"]
    assert shown == first
    assert text.splitlines()[-1].endswith(f"not looked at: {', '.join(unread)}")
    assert "10 rows: 10 events, 0 ignored, 0 refused" in text


def test_a_refused_row_says_what_the_format_would_have_taken(tmp_path):
    path = tmp_path / "events.csv"
    rows = ["look,2026-01-05T10:00:00Z,ana,shoes,p1,red", "search,05.01.2026,ana,shoes,p1,red", "search,1,ana",
            "search,2026-01-05T10:00:00Z,ana,,p1,red", "search,9999-01-05T10:00:00Z,ana,shoes,,", 'x,"y']
    path.write_bytes((HEADER + "\n".join(rows)).encode() + b"\nsearch,1,an\xff,a,b,c\n")
    shown = fields_of(dry_run(path))
    reasons = [line.split(": ")[1] for line, _ in shown]
    assert reasons == [f"refused as {reason}" for reason in (
        "bad_type", "bad_time", "bad_columns", "missing_category_id", "future", "bad_quotes", "bad_utf8")]
    assert "search = search" in shown[0][0] and shown[0][1]["type"] == ["type", '"look"']
    assert "RFC 3339" in shown[1][0]
    assert "6 columns, type, time" in shown[2][0] and shown[2][1]["user_id"] == ["user_id", '"ana"']


def test_constants_ignored_rows_and_absent_fields(tmp_path):
    shop = tmp_path / "shop.toml"
    shop.write_text('header = "none"\ncolumns = ["u", "t", "c", "p"]\nfields = {user_id = "u", time = "t", category_id = '
                    '"c", product_id = "p", type = 4}\ntypes = {pv = "view", ping = "ignore", back = "refund"}\n'
                    'constants = {region = "eu"}\n'.replace("type = 4", 'type = "w"').replace('"p"]', '"p", "w"]'),
                    encoding="utf-8")
    path = tmp_path / "events.csv"
    path.write_text("7,2026-01-05T10:00:00Z,shoes,,pv\n7,2026-01-05T10:00:00Z,shoes,p,ping\n"
                    "7,2026-01-05T10:00:00Z,shoes,p,back\n", encoding="utf-8")
    text = dry_run("--format", shop, path)
    rows = fields_of(text)
    assert rows[0][1]["region"] == ["(constant)", '"eu"', "eu"]
    assert rows[0][1]["product_id"] == ["p", '""', "(absent)"]
    assert "ignored" in rows[1][0] and rows[1][1]["type"] == ["w", '"ping"']
    assert rows[2][1]["category_id"] == ["c", '"shoes"', "(not looked at)"]
    assert "3 rows: 2 events, 1 ignored, 0 refused" in text


def test_ndjson_names_members_that_nobody_looks_at(tmp_path):
    row = {"type": "view", "time": 1767607200000, "anonymous_id": "x1", "category_id": 7, "page": {"url": "/"}}
    path = ndjson(tmp_path / "events.ndjson", [row, {**row, "user_id": "ana", "note": None}])
    text = dry_run(path)
    rows = fields_of(text)
    assert rows[0][1]["time"] == ["time", "1767607200000", "2026-01-05T10:00:00.000Z"]
    assert rows[0][1]["category_id"] == ["category_id", "7", "7"]
    assert rows[0][1]["anonymous_id"] == ["anonymous_id", '"x1"', "anon:x1"]
    assert rows[1][1]["anonymous_id"] == ["anonymous_id", '"x1"', "(not looked at)"]
    assert text.splitlines()[-1].endswith("not looked at: page, note")


def test_ten_rows_of_each_file_and_nothing_is_written(tmp_path):
    one, two, empty = (tmp_path / name for name in ("one.csv", "two.csv", "empty.csv"))
    one.write_text(HEADER + "search,2026-01-05T10:00:00Z,ana,shoes,p1,red\n" * 25, encoding="utf-8")
    two.write_text(HEADER + "x" * (1 << 20) + "x\n" + "search,2026-01-05T10:00:00Z,ana,shoes,p1,red\n" * 3,
                   encoding="utf-8")
    empty.touch()
    text = dry_run("--out", tmp_path / "out", one, two, empty, cwd=tmp_path)
    assert len(fields_of(text)) == 10 + 4
    assert "line_too_long" in text and f"{empty}: no rows" in text
    assert sorted(os.listdir(tmp_path)) == ["empty.csv", "one.csv", "two.csv"]
    assert len(fields_of(dry_run("-", stdin=one.read_bytes()))) == 10


@pytest.mark.parametrize("args, named", [
    (["absent.csv"], "absent.csv"), (["."], "."), (["--format", "nonsense", "events.csv"], "nonsense"),
    (["--format", "rees46", "events.csv"], "event_time"), (["--strict", "events.csv"], "--strict"), (["--json", "events.csv"], "--json"),
    (["--timings", "t.json", "events.csv"], "--timings"), ([], "FILE")],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_wrong_usage_exits_2(args, named, tmp_path):
    (tmp_path / "events.csv").write_text(HEADER, encoding="utf-8")
    assert named.lower() in dry_run(*args, code=2, cwd=tmp_path).lower()


def blocks_of_guide(heading):
    """The code blocks below a heading of the guide as (language, text)."""
    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^```(\w+)\n(.*?)^```", section, re.S | re.M)


def test_the_guides_format_of_ten_lines_works_as_it_says(tmp_path):
    blocks = blocks_of_guide("Your own format in ten lines")
    assert [language for language, _ in blocks] == ["csv", "toml", "sh", "text", "sh"]
    events, shop, look, shown, go = (text for _, text in blocks)
    assert len(shop.splitlines()) == 10
    (tmp_path / "events.csv").write_text(events, encoding="utf-8")
    (tmp_path / "shop.toml").write_text(shop, encoding="utf-8")

    def shell(script):
        done = subprocess.run(["sh", "-e", "-c", script.replace("build/release/adirect", str(BINARY))], cwd=tmp_path,
                              env=environment(), capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    assert shell(look) == shown
    shell(go)
    told = summary(tmp_path / "answers")
    assert (told["rows"], told["accepted"], told["ignored"], told["quarantined"]) == (3, 2, 1, 0)
