"""A catalog fills missing categories, leaves out what is not available, and gives titles.

ADIRECT_WORLDS sets how many random worlds are compared with the reference, ADIRECT_WORLDS_FROM the first seed.
"""
import csv
import io
import json
import os
import subprocess
from random import Random

import pytest
from adirect_cli import (BINARY, batch, bytes_of, environment, explain, ndjson, needs_binary, quarantine, run, summary,
                         table)
from adirect_reference import Reference, held_products, timestamp
import worlds  # beside the reference, as adirect_cli's sys.path has it

pytestmark = needs_binary
WORLDS = int(os.environ.get("ADIRECT_WORLDS", "200"))
FIRST = int(os.environ.get("ADIRECT_WORLDS_FROM", "0"))
ANY = "[interest]\nmin_searches = 1\nwindow = \"forever\"\nlast_within = \"forever\"\n"
TITLE = 'Runner "3", 👟 日本'
PRODUCTS = ("product_id,category_id,title,price,currency,url,image_url,available,updated_at\n"
            f'p1,shoes,"{TITLE.replace(chr(34), chr(34) * 2)}",89.90,EUR,https://a.example/1,https://a.example/1.jpg,,\n'
            "p2,shoes,Gone,1,EUR,,,false,\n"
            "p3,shoes,Trail,,,,,true,\n"
            "p4,,No category,,,,,1,\n")


@pytest.fixture(name="catalog")
def fixture_catalog(tmp_path):
    folder = tmp_path / "catalog"
    folder.mkdir()
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    (folder / "categories.csv").write_text('category_id,name\nshoes,"Shoes, all"\n', encoding="utf-8")
    return folder


@pytest.fixture(name="policy")
def fixture_policy(tmp_path):
    path = tmp_path / "any.toml"
    path.write_text(ANY, encoding="utf-8")
    return path


def event(user, product, kind="search", minute=0, **fields):
    return {"type": kind, "time": f"2026-01-05T10:{minute:02d}:00Z", "user_id": user, "product_id": product, **fields}


def test_events_without_category_get_their_products(catalog, policy, tmp_path):
    events = [event("ana", "p1"), event("bob", "p1", category_id="sale"), event("cem", "p4"), event("dan", "p9"),
              event("eve", "p3", kind="purchase")]
    files = [ndjson(tmp_path / "events.ndjson", events)]
    out = batch(tmp_path / "with", "--policy", policy, "--catalog", catalog, *files).out
    assert [row[:2] for row in table(out, "audience")] == [("ana", "shoes"), ("bob", "sale")]
    assert table(out, "popular", ["title"]) == [("shoes", "1", "p3", "1", "Trail")]
    assert summary(out)["quarantine"] == {"missing_category_id": 2}
    assert [json.loads(row["raw"])["user_id"] for row in quarantine(out)] == ["cem", "dan"]
    without = batch(tmp_path / "without", "--policy", policy, *files).out
    assert summary(without)["quarantine"] == {"missing_category_id": 4}


def test_what_is_not_available_is_in_no_list(catalog, policy, tmp_path):
    events = [event("ana", "p1", minute=1), event("ana", "p2", minute=2), event("bob", "p2", "purchase", minute=3),
              event("bob", "p2", "purchase", minute=4), event("bob", "p3", "purchase", minute=5)]
    flags = ["--policy", policy, "--catalog", catalog, ndjson(tmp_path / "events.ndjson", events)]
    out = batch(tmp_path / "out", *flags).out
    listed = [("ana", "shoes", "1", "p1", "recent_search", TITLE), ("ana", "shoes", "2", "p3", "popular", "Trail")]
    assert table(out, "recommendations", ["title"]) == listed
    assert [row[2] for row in table(out, "popular", ["title"])] == ["p2", "p3"], "what was bought was bought"
    assert [one["product_id"] for one in explain("ana", *flags)["recommendations"]] == ["p1", "p3"]


def test_explain_tells_titles_and_names(catalog, policy, tmp_path):
    events = [event("ana", "p1"), event("ana", "p9", category_id="hats")]
    flags = ["--policy", policy, "--catalog", catalog, ndjson(tmp_path / "events.ndjson", events)]
    story = run("explain", "--user", "ana", *flags).stdout.decode("utf-8")
    assert f"p1 ({TITLE})" in story and "category shoes (Shoes, all): targeted" in story
    assert "in shoes (Shoes, all)" in story and "category hats: targeted" in story
    first, second = sorted(explain("ana", *flags)["recommendations"], key=lambda one: one["product_id"])
    assert first["product"] == {"title": TITLE, "url": "https://a.example/1", "image_url": "https://a.example/1.jpg",
                                "price": "89.90", "currency": "EUR"}
    assert second["product_id"] == "p9" and "product" not in second


def test_the_catalog_may_come_from_the_environment(catalog, policy, tmp_path):
    events = ndjson(tmp_path / "events.ndjson", [event("ana", "p1")])
    done = subprocess.run([str(BINARY), "explain", "--json", "--user=ana", "--policy", str(policy), str(events)],
                          env={**environment(), "ADIRECT_CATALOG": str(catalog)}, capture_output=True, check=True)
    assert json.loads(done.stdout)["recommendations"][0]["product"]["title"] == TITLE


def test_ties_are_decided_and_counted(catalog, policy, tmp_path):
    rows = "product_id,title,updated_at\np1,Ant,5\np1,Bee,5\np1,Bee,5\np1,Zebra,4\np2,Cat,\n"
    (catalog / "products.csv").write_text(rows, encoding="utf-8")
    flags = ["--policy", policy, "--catalog", catalog,
             ndjson(tmp_path / "events.ndjson", [event("ana", "p1", category_id="shoes")])]
    done = run("explain", "--user", "ana", *flags)
    assert b"p1 (Bee)" in done.stdout
    assert done.stderr.decode().count("catalog: 1 time ") == 1, done.stderr
    assert run("explain", "--quiet", "--user", "ana", *flags).stderr == b""


BAD_PRODUCTS = {
    "no product_id": (b"sku,title\n", 1, 'the header has no column product_id; it has: "sku", "title"'),
    "empty": (b"", 1, "no header"),
    "empty id": (b"product_id,title\n\n,x\n", 3, "product_id is empty"),
    "bad boolean": (b"product_id,available\np1,no\n", 2, 'available: "no" is none of true, false, 1, 0'),
    "bad time": (b"product_id,updated_at\np1,\np2,2026-01-05\n", 3, "is no time; use RFC 3339 with a zone"),
    "bad price": (b'product_id,price\np1,"1,50"\n', 2, 'price: "1,50" is no decimal number'),
    "a column too many": (b"product_id,title\np1,Tote, large\n", 2, "quote a field that holds a comma"),
    "not UTF-8": (b"product_id,title\np1,a\np2,\xe9\n", 3, "not UTF-8"),
    "open quote": (b'product_id,title\np1,"a\np2,b\n', 2, "a quote that is not closed"),
}


@pytest.mark.parametrize("content, line, what", BAD_PRODUCTS.values(), ids=BAD_PRODUCTS)
def test_a_bad_row_stops_the_run_before_anything_is_read(content, line, what, catalog, tmp_path):
    (catalog / "products.csv").write_bytes(content)
    done = batch(tmp_path / "out", "--catalog", catalog, tmp_path / "not read", code=2)
    assert done.stderr.startswith(f"adirect: --catalog: {catalog}/products.csv:{line}: "), done.stderr
    assert what in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_bad_category_is_told_too(catalog, tmp_path):
    (catalog / "categories.csv").write_text("category_id,name\n1,a\n,b\n", encoding="utf-8")
    done = batch(tmp_path / "out", "--catalog", catalog, tmp_path / "not read", code=2)
    assert f"{catalog}/categories.csv:3: category_id is empty" in done.stderr


def test_a_folder_without_products_is_told(catalog, tmp_path):
    (catalog / "products.csv").unlink()
    done = batch(tmp_path / "out", "--catalog", catalog, tmp_path / "not read", code=2)
    assert f"{catalog} holds no products.csv" in done.stderr
    done = batch(tmp_path / "out", "--catalog", tmp_path / "nowhere", tmp_path / "not read", code=2)
    assert "nowhere: no such folder" in done.stderr


def without_titles(rows):
    return [row[:-1] for row in rows]


def test_random_worlds_answer_as_the_reference_does(tmp_path):
    compared = {"recommendations": 0, "popular": 0, "filled": 0, "taken away": 0, "titles": 0}
    for seed in range(FIRST, FIRST + WORLDS):
        rng, folder = Random(seed), tmp_path / str(seed)
        world, rows = worlds.with_catalog(rng, worlds.small_world(seed))
        named = [{"event_id": f"position:{i}", **one} for i, one in enumerate(world.events)]
        question = (world.policy, world.as_of, world.max_searches, world.retention)
        reference, bare = Reference(named, *question, catalog=rows), Reference(named, *question)
        worlds.write_products(rng, folder / "catalog" / "products.csv", rows)
        (folder / "world.toml").write_text(worlds.policy_toml(world.policy), encoding="utf-8")
        flags = ["--policy", folder / "world.toml", "--as-of", timestamp(world.as_of), "--max-searches",
                 world.max_searches, "--retention", world.retention]
        files = [worlds.write_ndjson(rng, folder / "events.ndjson", world.events)]
        out = batch(folder / "out", *flags, "--catalog", folder / "catalog", *files).out
        expected, held = reference.rows(), held_products(rows)
        listed, popular = table(out, "recommendations", ["title"]), table(out, "popular", ["title"])
        assert table(out, "audience") == expected["audience"], f"world {seed}"
        assert without_titles(listed) == expected["recommendations"], f"world {seed}"
        assert without_titles(popular) == expected["popular"], f"world {seed}"
        titles = [(row[3], row[-1]) for row in listed] + [(row[2], row[-1]) for row in popular]
        assert titles == [(product, held.get(product, {}).get("title", "")) for product, _ in titles], f"world {seed}"
        assert summary(out)["quarantined"] == sum(map(reference.is_refused, map(reference.filled, named)))

        worlds.write_products(rng, folder / "other" / "products.csv", worlds.shuffled(rng, rows + rows[:3]))
        other = batch(folder / "other-out", *flags, "--catalog", folder / "other", "--threads", 3, *files).out
        assert bytes_of(other) == bytes_of(out), f"world {seed}"

        compared["recommendations"] += len(listed)
        compared["popular"] += len(popular)
        compared["filled"] += sum(map(bare.is_refused, map(bare.filled, named))) - summary(out)["quarantined"]
        compared["taken away"] += reference.rows() != Reference(
            named, *question, catalog=[dict(row, available=True) for row in held.values()]).rows()
        compared["titles"] += sum(title != "" for _, title in titles)
    assert all(count > 5 for count in compared.values()), compared


def products_of(folder):
    return list(csv.DictReader(io.StringIO((folder / "products.csv").read_text(encoding="utf-8"))))


def test_a_generated_world_brings_its_catalog(tmp_path):
    folders = [tmp_path / "alone", tmp_path / "beside"]
    events = tmp_path / "events.csv"
    for folder, flags in zip(folders, [["--world", "realistic"],
                                       ["--world", "seed2017", "--events", "20000", "-o", events]]):
        done = run("generate", "--quiet", "--seed", "7", "--write-catalog", folder, *flags)
        assert done.returncode == 0, done.stderr
    for name in ("products.csv", "categories.csv"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes() != b""
    (tmp_path / "any.toml").write_text(ANY, encoding="utf-8")
    out = batch(tmp_path / "out", "--format", "seed", "--policy", tmp_path / "any.toml", "--catalog", folders[1],
                events).out
    held = {row["product_id"]: row for row in products_of(folders[1])}
    listed = table(out, "recommendations", ["title"])
    assert len(held) == 1_000_000 and len(listed) > 1000
    for _, category, _, product, _, title in listed:
        row = held[product]
        assert (row["category_id"], row["title"], row["available"]) == (category, title, "true")
    assert any(held[product]["available"] == "false" for _, _, product, *_ in table(out, "popular", ["title"]))
