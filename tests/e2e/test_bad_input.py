"""What cannot be an event is kept in quarantine with place and reason; the rest is processed.

What only looks odd (quotes, CRLF, a byte order mark, another column order) is good input.
"""
import base64
import json
import os
import time
from random import Random

import pytest
from adirect_cli import OUTPUTS, batch, ndjson, needs_binary, quarantine, summary, table, tables

pytestmark = needs_binary
MIB = 1 << 20
HEADER = b"type,time,user_id,category_id,product_id\n"
GOOD = b"search,2026-01-05T10:00:00Z,ana,shoes,p1"
ANY = "name = \"any\"\n[interest]\nmin_searches = 1\nwindow = \"forever\"\nlast_within = \"forever\"\n"


def good(i=0, **fields):
    return {"type": "search", "time": f"2026-01-05T10:00:{i:02d}Z", "user_id": "ana", "category_id": "shoes",
            "product_id": f"p{i}", **fields}


def line_of(event):
    return json.dumps(event).encode()


def later(minutes):
    return int((time.time() + 60 * minutes) * 1000)


def only_refusal(folder, path, good_rows, *flags):
    """Runs the file: all rows but one are accepted; returns that one's entry in quarantine."""
    out = batch(folder / "out", *flags, path).out
    refused = quarantine(out)
    assert summary(out)["accepted"] == good_rows > 0
    assert summary(out)["quarantined"] == len(refused) == 1
    assert summary(out)["quarantine"] == {refused[0]["reason"]: 1}
    assert refused[0]["source"].endswith(path.name)
    return refused[0]


CSV_LINES = {
    "cut last line": (b"search,2026-01-05T10:0", "bad_columns"),
    "a column too few": (b"search,2026-01-05T10:00:00Z,ana,shoes", "bad_columns"),
    "a column too many": (GOOD + b",x", "bad_columns"),
    "empty user": (b"search,2026-01-05T10:00:00Z,,shoes,p1", "missing_user_id"),
    "empty category": (b"search,2026-01-05T10:00:00Z,ana,,p1", "missing_category_id"),
    "NUL in an id": (b"search,2026-01-05T10:00:00Z,a\0na,shoes,p1", "bad_user_id"),
    "NUL in the type": (b"\0search,2026-01-05T10:00:00Z,ana,shoes,p1", "bad_type"),
    "only NULs": (b"\0\0\0\0", "bad_columns"),
    "invalid UTF-8": (b"search,2026-01-05T10:00:00Z,an\xff,shoes,p1", "bad_utf8"),
    "overlong UTF-8": (b"search,2026-01-05T10:00:00Z,an\xc0\xaf,shoes,p1", "bad_utf8"),
    "a surrogate as UTF-8": (b"search,2026-01-05T10:00:00Z,an\xed\xa0\x80,shoes,p1", "bad_utf8"),
    "year 99999": (b"search,99999-01-05T10:00:00Z,ana,shoes,p1", "bad_time"),
    "year 1899": (b"search,1899-01-05T10:00:00Z,ana,shoes,p1", "bad_time"),
    "no zone": (b"search,2026-01-05T10:00:00,ana,shoes,p1", "bad_time"),
    "empty time": (b"search,,ana,shoes,p1", "bad_time"),
    "unknown action": (b"look,2026-01-05T10:00:00Z,ana,shoes,p1", "bad_type"),
    "129 bytes": (b"search,2026-01-05T10:00:00Z," + b"x" * 129 + b",shoes,p1", "bad_user_id"),
    "refund of nothing": (b"refund,2026-01-05T10:00:00Z,ana,,", "refund_without_target"),
    "open quote": (b'search,2026-01-05T10:00:00Z,"ana,shoes,p1', "bad_quotes"),
    "text behind a quote": (b'search,2026-01-05T10:00:00Z,"ana"x,shoes,p1', "bad_quotes"),
}


@pytest.mark.parametrize("name", CSV_LINES)
@pytest.mark.parametrize("last", [False, True], ids=["inside", "last"])
def test_csv_line_that_is_no_event(name, last, tmp_path):
    bad, reason = CSV_LINES[name]
    path = tmp_path / "events.csv"
    before = HEADER + GOOD + b"\n"
    path.write_bytes(before + bad + (b"" if last else b"\n" + GOOD + b"\n" + GOOD + b"\n"))
    refused = only_refusal(tmp_path, path, 1 if last else 3)
    assert (refused["reason"], refused["position"]) == (reason, len(before))
    if reason == "bad_utf8":
        assert base64.b64decode(refused["raw_base64"]) == bad and "raw" not in refused
    else:
        assert refused["raw"].encode() == bad


NDJSON_LINES = {
    "cut last line": (line_of(good())[:40], "bad_json"),
    "no object": (b'"search"', "bad_json"),
    "two objects": (line_of(good()) + line_of(good()), "bad_json"),
    "text behind the object": (line_of(good()) + b" x", "bad_json"),
    "a colon too many": (b'{"x": "a": 1, }, ' + line_of(good())[1:], "bad_json"),
    "an unknown field that is no JSON": (line_of(good())[:-1] + b', "x": [1 2]}', "bad_json"),
    "NUL behind a number": (line_of(good(user_id=7)).replace(b" 7", b" 7\0"), "bad_json"),
    "NUL byte": (line_of(good()).replace(b"ana", b"a\0a"), "bad_json"),
    "escaped NUL": (line_of(good(user_id="a\0b")), "bad_user_id"),
    "invalid UTF-8": (line_of(good()).replace(b"ana", b"an\xff"), "bad_utf8"),
    "empty user": (line_of(good(user_id="")), "missing_user_id"),
    "no user": (b'{"type":"search","time":1,"category_id":"c"}', "missing_user_id"),
    "year 99999": (line_of(good(time="99999-01-05T10:00:00Z")), "bad_time"),
    "year 1899": (line_of(good(time="1899-01-05T10:00:00Z")), "bad_time"),
    "year 10000 in ms": (line_of(good(time=253_402_300_800_000)), "bad_time"),
    "tomorrow": (line_of(good(time=later(24 * 60))), "future"),
    "in ten minutes": (line_of(good(time=later(10))), "future"),
    "unknown action": (line_of(good(type="look")), "bad_type"),
    "a field twice": (line_of(good())[:-1] + b',"user_id":"bob"}', "bad_json"),
    "bad category": (line_of(good(category_id="a\nb")), "bad_category_id"),
    "bad product": (line_of(good(product_id={"id": 1})), "bad_product_id"),
    "bad order": (line_of(good(type="purchase", order_id=1.5)), "bad_order_id"),
    "bad event id": (line_of(good(event_id="x" * 129)), "bad_event_id"),
    "bad quantity": (line_of(good(type="purchase", quantity="two")), "bad_quantity"),
    "bad price": (line_of(good(type="purchase", price="cheap")), "bad_price"),
    "several wrong fields": (line_of(good(time="soon", user_id="", product_id=1.5)), "bad_time"),
    "wrong user and category": (line_of(good(user_id=1.5, category_id="")), "bad_user_id"),
}


@pytest.mark.parametrize("name", NDJSON_LINES)
@pytest.mark.parametrize("last", [False, True], ids=["inside", "last"])
def test_ndjson_line_that_is_no_event(name, last, tmp_path):
    bad, reason = NDJSON_LINES[name]
    path = tmp_path / "events.ndjson"
    before = line_of(good()) + b"\n"
    path.write_bytes(before + bad + (b"" if last else b"\n" + line_of(good(1)) + b"\n"))
    refused = only_refusal(tmp_path, path, 1 if last else 2)
    assert (refused["reason"], refused["position"]) == (reason, len(before))
    raw = base64.b64decode(refused["raw_base64"]) if reason == "bad_utf8" else refused["raw"].encode()
    assert raw == bad


@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
@pytest.mark.parametrize("last", [False, True], ids=["inside", "last"])
def test_line_over_one_mib_is_cut_and_marked(suffix, last, tmp_path):
    path = tmp_path / f"events.{suffix}"
    header, row = (HEADER, GOOD) if suffix == "csv" else (b"", line_of(good()))
    long_line = row[:10] + b"x" * (3 * MIB)
    path.write_bytes(header + row + b"\n" + long_line + (b"" if last else b"\n" + row + b"\n"))
    refused = only_refusal(tmp_path, path, 1 if last else 2)
    assert refused["reason"] == "line_too_long"
    assert refused["position"] == len(header + row) + 1
    assert refused["raw"].encode() == long_line[:4096]
    assert refused["raw_truncated"] is True


@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
def test_long_lines_among_short_ones_on_any_number_of_threads(suffix, tmp_path):
    """Lines up to and over the limit lie across the blocks in which a file is read."""
    rng = Random(1)
    data, expected, accepted = bytearray(b"type,time,user_id,category_id,note\n" if suffix == "csv" else b""), {}, 0
    for _ in range(300):
        size = rng.choice([90, 500, 4_000, 4_000, 4_000, 60_000, 300_000, MIB - 1, MIB, MIB + 1, MIB + 70_000])
        front, end = ((b"search,2026-01-05T10:00:00Z,ana,shoes,", b"") if suffix == "csv" else
                      (line_of(good())[:-1] + b', "note": "', b'"}'))
        line = front + b"n" * (size - len(front) - len(end)) + end
        if len(line) > MIB:
            expected[len(data)] = ("line_too_long", line[:4096].decode())
        accepted += len(line) <= MIB
        data += line + b"\n"
    path = tmp_path / f"events.{suffix}"
    path.write_bytes(data)
    assert expected and accepted
    for threads in (1, 2, 5):
        out = batch(tmp_path / "out", "--threads", threads, path).out
        assert summary(out)["accepted"] == accepted
        assert {one["position"]: (one["reason"], one["raw"]) for one in quarantine(out)} == expected


def test_line_of_exactly_one_mib_is_read(tmp_path):
    front = line_of(good())[:-1] + b', "note": "'
    longest = front + b"x" * (MIB - len(front) - 2) + b'"}'
    assert len(longest) == MIB
    path = tmp_path / "events.ndjson"
    path.write_bytes(longest + b"\n" + longest[:-2] + b'x"}\n' + line_of(good(1)))
    refused = only_refusal(tmp_path, path, 2)
    assert (refused["reason"], refused["position"]) == ("line_too_long", MIB + 1)


def test_whole_bad_line_is_kept_up_to_the_limit(tmp_path):
    bad = b"look," + b"x" * 100_000
    path = tmp_path / "events.csv"
    path.write_bytes(HEADER + GOOD + b"\n" + bad + b"\n")
    refused = only_refusal(tmp_path, path, 1)
    assert refused["raw"].encode() == bad and "raw_truncated" not in refused


def test_clocks_may_differ_by_five_minutes(tmp_path):
    path = ndjson(tmp_path / "events.ndjson", [good(time=later(3))])
    assert summary(batch(tmp_path / "out", path).out)["accepted"] == 1


def test_strict_exits_3_and_still_answers(tmp_path):
    policy = tmp_path / "any.toml"
    policy.write_text(ANY, encoding="utf-8")
    path = tmp_path / "events.csv"
    path.write_bytes(HEADER + GOOD + b"\nlook,,,,\n")
    flags = ["--policy", policy, path]
    done = batch(tmp_path / "strict", "--strict", *flags, code=3)
    assert [row[0] for row in table(done.out, "audience")] == ["ana"]
    assert sorted(os.listdir(done.out)) == OUTPUTS
    assert tables(batch(tmp_path / "lenient", *flags).out) == tables(done.out)
    path.write_bytes(HEADER + GOOD + b"\n")
    batch(tmp_path / "clean", "--strict", *flags, code=0)


@pytest.mark.parametrize("name", ["events.csv", "events.ndjson"])
@pytest.mark.parametrize("content", [b"", b"\n\r\n\n", b"\xef\xbb\xbf"], ids=["empty", "empty lines", "only a BOM"])
def test_empty_file_is_no_row(name, content, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    out = batch(tmp_path / "out", "--as-of", "2026-01-05T10:00:00Z", path).out
    assert (summary(out)["rows"], summary(out)["accepted"]) == (0, 0)
    assert tables(out) == {"audience": [], "recommendations": [], "popular": []}
    assert quarantine(out) == []


def test_an_empty_file_beside_a_good_one_changes_nothing(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.touch()
    path = ndjson(tmp_path / "events.ndjson", [good()])
    assert summary(batch(tmp_path / "out", empty, path).out)["accepted"] == 1


# Good input, though it may look odd.


def csv_answers(tmp_path, data):
    policy = tmp_path / "any.toml"
    policy.write_text(ANY, encoding="utf-8")
    path = tmp_path / "events.csv"
    path.write_bytes(data)
    out = batch(tmp_path / "out", "--strict", "--policy", policy, path).out
    return table(out, "recommendations")


def test_quotes_commas_and_doubled_quotes(tmp_path):
    rows = csv_answers(tmp_path, HEADER + b'"search","2026-01-05T10:00:00Z","a,""na""",sh oes,"p,1"\n')
    assert rows == [('a,"na"', "sh oes", "1", "p,1", "recent_search")]


@pytest.mark.parametrize("name, data", [
    ("CRLF", HEADER.replace(b"\n", b"\r\n") + GOOD + b"\r\n"),
    ("CRLF without the last", HEADER.replace(b"\n", b"\r\n") + GOOD),
    ("missing last newline", HEADER + GOOD),
    ("byte order mark", b"\xef\xbb\xbf" + HEADER + GOOD + b"\n"),
    ("empty lines between", b"\n" + HEADER + b"\n\r\n" + GOOD + b"\n\n"),
    ("another column order", b"product_id,category_id,type,user_id,time\np1,shoes,search,ana,2026-01-05T10:00:00Z\n"),
    ("unknown columns", b"x,product_id,category_id,type,user_id,time,y\n"
                        b"1,p1,shoes,search,ana,2026-01-05T10:00:00Z,2\n"),
    ("quoted header", b'"type","time","user_id","category_id","product_id"\n' + GOOD + b"\n"),
    ("milliseconds", HEADER + b"search,1767607200000,ana,shoes,p1\n"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_good_csv(name, data, tmp_path):
    assert csv_answers(tmp_path, data) == [("ana", "shoes", "1", "p1", "recent_search")], name


def test_good_ndjson_with_crlf_mark_and_no_last_newline(tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"\xef\xbb\xbf" + line_of(good(0)) + b"\r\n\r\n  " + line_of(good(1)) + b"\r\n" + line_of(good(2)))
    assert summary(batch(tmp_path / "out", "--strict", path).out)["accepted"] == 3


def test_standard_input(tmp_path):
    out = batch(tmp_path / "out", "-", stdin=HEADER + GOOD + b"\nlook,,,,\n").out
    assert summary(out)["accepted"] == 1
    assert (quarantine(out)[0]["source"], quarantine(out)[0]["position"]) == ("-", len(HEADER + GOOD) + 1)
