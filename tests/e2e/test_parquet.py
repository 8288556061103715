"""Parquet files: the same answers as from text, typed columns, and a sentence for what cannot be read.

A binary that was built without Arrow says so, and refuses Parquet with what brings it.
"""
import datetime
import decimal
import json

import pyarrow
import pyarrow.parquet
import pytest
from adirect_cli import batch, bytes_of, has_arrow, needs_arrow, needs_binary, quarantine, run, summary, tables

pytestmark = needs_binary
UTC = datetime.timezone.utc
FIELDS = ["event_id", "type", "time", "user_id", "anonymous_id", "user_name", "category_id", "product_id", "region",
          "order_id", "quantity", "price", "currency"]


def write(path, columns, **options):
    pyarrow.parquet.write_table(pyarrow.table(columns), path, **options)
    return path


def at(second, zone=UTC):
    return datetime.datetime(2026, 1, 5, 10, tzinfo=zone) + datetime.timedelta(seconds=second)


def searches(rows=4, **columns):
    """Searches by ana, of which `columns` replaces or (None) leaves out some."""
    whole = {"type": ["search"] * rows, "time": [at(i) for i in range(rows)], "user_id": ["ana"] * rows,
             "category_id": ["shoes"] * rows, "product_id": [f"p{i}" for i in range(rows)], **columns}
    return {name: values for name, values in whole.items() if values is not None}


def test_parquet_is_read_or_refused_as_the_version_says(tmp_path):
    path = write(tmp_path / "events.parquet", searches())
    if has_arrow():
        assert summary(batch(tmp_path / "out", path).out)["accepted"] == 4
    else:
        stderr = batch(tmp_path / "out", path, code=2).stderr
        assert str(path) in stderr and "-DADIRECT_WITH_ARROW=ON" in stderr


@pytest.fixture(name="world", scope="module")
def messy_world(tmp_path_factory):
    """Events with an event_id, a part of which is mess; those that JSON can hold, as NDJSON."""
    folder = tmp_path_factory.mktemp("world")
    path = folder / "events.ndjson"
    done = run("generate", "--events", 80_000, "--user-count", 3_000, "--mess", "5%", "--format", "adirect", "--quiet",
               "-o", folder / "all.ndjson")
    assert done.returncode == 0, done.stderr
    events = []
    for line in (folder / "all.ndjson").read_bytes().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and all(isinstance(value, (str, int)) for value in event.values()):
            events.append({name: str(value) for name, value in event.items() if name in FIELDS})
    for number, event in enumerate(events):
        event.setdefault("event_id", f"e{number}")
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path, events


@needs_arrow
@pytest.mark.parametrize("group_rows, dictionary", [(5_000, True), (5_000, False), (1 << 20, ["type", "category_id"])])
def test_one_event_set_as_text_and_as_parquet_gives_equal_answers(group_rows, dictionary, world, tmp_path):
    text, events = world
    expected = batch(tmp_path / "text", text).out
    assert all(tables(expected).values()) and summary(expected)["erases"]
    columns = {name: pyarrow.array([event.get(name) for event in events], pyarrow.string()) for name in FIELDS}
    path = write(tmp_path / "events.parquet", columns | {"unknown": [1.5] * len(events)}, row_group_size=group_rows,
                 use_dictionary=dictionary, compression="zstd")
    for threads in (1, 3):
        out = batch(tmp_path / "parquet", "--threads", threads, path).out
        assert bytes_of(out) == bytes_of(expected)
        assert summary(out) == summary(expected)
    halves = [tmp_path / "half.parquet", tmp_path / "half.ndjson"]
    write(halves[0], {name: column[::2] for name, column in columns.items()})
    halves[1].write_text("".join(json.dumps(event) + "\n" for event in events[1::2]), encoding="utf-8")
    mixed = batch(tmp_path / "mixed", halves[0], halves[1], tmp_path / "events.parquet").out
    assert bytes_of(mixed) == bytes_of(expected)


@needs_arrow
def test_typed_columns_are_the_same_events(tmp_path):
    plain = write(tmp_path / "plain.parquet", searches(
        user_id=["7"] * 4, time=[f"2026-01-05T10:00:0{i}Z" for i in range(4)], event_id=list("abcd")))
    typed = write(tmp_path / "typed.parquet", searches(
        user_id=pyarrow.array([7] * 4, pyarrow.int32()), event_id=list("abcd"),
        type=pyarrow.array(["search"] * 4).dictionary_encode(),
        category_id=pyarrow.array(["shoes"] * 4, pyarrow.large_string()),
        time=pyarrow.array([at(i) for i in range(4)], pyarrow.timestamp("ns", "Europe/Berlin"))))
    expected = bytes_of(batch(tmp_path / "plain", plain).out)
    assert len(expected["audience"].splitlines()) == 2
    assert bytes_of(batch(tmp_path / "typed", typed).out) == expected
    assert bytes_of(batch(tmp_path / "both", typed, plain).out) == expected


@needs_arrow
@pytest.mark.parametrize("kind", ["string_view", "binary_view", "duration", "uuid"])
def test_a_type_that_only_the_writers_note_tells_is_read_or_refused_with_a_sentence(kind, tmp_path):
    users = {"string_view": pyarrow.array(["ana"] * 4, pyarrow.string_view()),
             "binary_view": pyarrow.array([b"ana"] * 4, pyarrow.binary_view()),
             "duration": pyarrow.array([7] * 4, pyarrow.duration("s")),
             "uuid": pyarrow.array([bytes(16)] * 4, pyarrow.uuid())}
    path = write(tmp_path / "events.parquet", searches(user_id=users[kind]))
    done = batch(tmp_path / "out", path, code=None)
    if done.code == 0:
        assert [row[0] for row in tables(done.out)["audience"]] == ["ana"]
    else:
        assert done.code == 2 and "is of type" in done.stderr and '"user_id"' in done.stderr
        assert kind in ("duration", "uuid") or "view" in done.stderr


@needs_arrow
def test_a_decimal_in_a_dictionary_and_a_column_inside_another_of_the_same_name(tmp_path):
    path = write(tmp_path / "events.parquet", {
        "inner": [{"user_id": "bob", "price": 1}] * 4,
        **searches(price=pyarrow.array([decimal.Decimal("1.50")] * 4, pyarrow.decimal128(30, 2)))})
    out = batch(tmp_path / "out", "--strict", path).out
    assert [row[0] for row in tables(out)["audience"]] == ["ana"]


@needs_arrow
def test_a_format_file_names_the_columns_and_the_zone(tmp_path):
    form = tmp_path / "shop.toml"
    form.write_text('kind = "parquet"\n[fields]\nuser_id = "who"\ntime = "when"\ntype = "what"\ncategory_id = "group"\n'
                    'product_id = "item"\n[types]\npv = "view"\nping = "ignore"\n[time]\nzone = "+08:00"\n')
    path = write(tmp_path / "shop.parquet", {
        "who": [1, 1, 1, 1], "when": [at(i, None) for i in range(4)], "what": ["pv", "pv", "pv", "ping"],
        "group": [5, 5, 5, 5], "item": [10, 11, 12, 13], "other": [None] * 4})
    out = batch(tmp_path / "out", "--format", form, path).out
    assert summary(out)["newest_event_at"] == "2026-01-05T02:00:02.000Z"
    assert (summary(out)["accepted"], summary(out)["ignored"]) == (3, 1)
    assert [row[0] for row in tables(out)["audience"]] == ["1"]


@needs_arrow
def test_a_row_that_is_no_event_is_kept_with_its_number_as_an_object(tmp_path):
    path = write(tmp_path / "events.parquet", searches(
        type=["search", "look", "search", "search"], category_id=["shoes", "shoes", None, "shoes"],
        time=[at(0), at(1), at(2), datetime.datetime(2200, 1, 1, tzinfo=UTC)]), row_group_size=2)
    out = batch(tmp_path / "out", path).out
    refused = [(one["source"], one["position"], one["reason"], json.loads(one["raw"])) for one in quarantine(out)]
    front = {"user_id": "ana", "product_id": "p1"}
    assert refused[0] == ("events.parquet", 1, "bad_type", {
        "type": "look", "time": "2026-01-05T10:00:01.000Z", "category_id": "shoes", **front})
    assert [one[1:3] for one in refused[1:]] == [(2, "missing_category_id"), (3, "future")]
    assert "category_id" not in refused[1][3]
    assert summary(out)["accepted"] == 1


@needs_arrow
def test_a_row_without_event_id_is_known_by_its_number(tmp_path):
    columns = searches(time=[at(0)] * 4, product_id=["p"] * 4)
    path = write(tmp_path / "events.parquet", columns)
    assert tables(batch(tmp_path / "out", path, path).out)["audience"][0][2] == "4"


BAD = {
    "no time": (searches(time=None), 2, ["no column time", '"user_id"']),
    "a date": (searches(time=[datetime.date(2026, 1, 5)] * 4), 2, ['"time"', "date32", "a timestamp"]),
    "a list": (searches(user_id=[["ana"]] * 4), 2, ['"user_id"', "list", "a string"]),
    "a real id": (searches(user_id=[1.5] * 4), 2, ['"user_id"', "double", "a string"]),
    "a flag": (searches(category_id=[True] * 4), 2, ['"category_id"', "bool"]),
}


def refuses(path, out, code, words):
    """A batch over the file ends with the code, says the words and leaves no answers."""
    stderr = batch(out, path, code=code).stderr
    assert all(word in stderr for word in (str(path), *words)), stderr
    assert not out.exists()


@needs_arrow
@pytest.mark.parametrize("name", BAD)
def test_columns_that_cannot_be_read(name, tmp_path):
    columns, code, words = BAD[name]
    path = write(tmp_path / "events.parquet", columns)
    refuses(path, tmp_path / "out", code, words)


@needs_arrow
def test_files_that_are_cut_damaged_or_of_another_kind(tmp_path):
    path = write(tmp_path / "events.parquet", searches(50_000), write_page_checksum=True,
                 use_dictionary=False)
    data = path.read_bytes()
    middle = len(data) // 2
    for content, code, words in [
            (data[:-1], 1, ["cannot be read", "copy the file again"]),
            (data[:middle], 1, ["cannot be read", "copy the file again"]),
            (data[:middle] + bytes(100) + data[middle + 100:], 1, ["row group 0", "copy the file again"]),
            (b"type,time,user_id\n", 2, ["is no Parquet file"]),
            (b"", 2, ["is no Parquet file"])]:
        path.write_bytes(content)
        refuses(path, tmp_path / "out", code, words)


@needs_arrow
def test_parquet_is_known_by_its_first_bytes_and_refused_where_a_format_or_a_pipe_is_for_text(tmp_path):
    path = write(tmp_path / "part-0000", searches())
    assert summary(batch(tmp_path / "out", path).out)["accepted"] == 4
    stderr = batch(tmp_path / "seed", "--format", "seed", path, code=2).stderr
    assert str(path) in stderr and 'kind = "parquet"' in stderr
    stderr = batch(tmp_path / "pipe", "-", stdin=path.read_bytes(), code=2).stderr
    assert "is Parquet" in stderr and "by its name" in stderr
