"""The batch job on Spark: answers, quarantine and counts row by row those of `adirect batch`."""
import json

import adirect
import pyarrow as pa
import pyarrow.parquet
import pytest
from adirect_cli import needs_arrow, run, shared, summary
from adirect_spark import batch
from parity import batch_of, same_answers, same_quarantine

pytestmark = needs_arrow


def generate(file, *arguments):
    done = run("generate", *arguments, "--quiet", "-o", file)
    assert done.returncode == 0, done.stderr
    return file


def spark_of(spark, out, files, policies=("seed",), **asked):
    """Runs the job and writes its answers; its summary."""
    job = batch.Job([adirect.Policy.load(str(policy)) for policy in policies], **asked)
    done = batch.run(spark, [f"file://{file}" for file in files], job)
    batch.write(done, f"file://{out}")
    done.release()
    return done.summary


def same_counts(got, batch_out):
    told = summary(batch_out)
    names = {"rows": "rows", "accepted": "accepted", "ignored": "ignored", "after_as_of": "after_as_of",
             "refused": "quarantined", "erases": "erases", "quarantine": "quarantine"}
    assert {name: got[name] for name in names} == {name: told[theirs] for name, theirs in names.items()}
    assert got["as_of_ms"] == adirect.to_ms(told["as_of"])


@pytest.fixture(name="seed_world", scope="module")
def seed_csv(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("seed") / "seed.csv", "--world", "seed2017", "--events", 30_000)


@pytest.fixture(name="messy_world", scope="module")
def messy_ndjson(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("messy") / "messy.ndjson", "--events", 20_000, "--user-count", 1_000,
                    "--mess", "5%", "--format", "adirect")


def test_the_seeds_world_from_its_csv_cut_into_parts(spark, seed_world, tmp_path):
    want = batch_of(tmp_path / "want", "--format", "seed", "--policy", "seed", seed_world)
    got = spark_of(spark, tmp_path / "got", [seed_world], format="seed")
    assert same_answers(tmp_path / "got", want)[0] > 1_000
    same_counts(got, want)


def test_a_messy_world_from_ndjson_under_two_policies(spark, messy_world, tmp_path):
    policies = ["default", "seed"]
    asked = [f"--policy={policy}" for policy in policies]
    want = batch_of(tmp_path / "want", *asked, messy_world)
    got = spark_of(spark, tmp_path / "got", [messy_world], policies)
    for policy in policies:
        assert min(same_answers(tmp_path / "got" / policy, want / policy)) > 100
    assert same_quarantine(tmp_path / "got", want) > 100
    same_counts(got, want / policies[0])


def test_a_messy_world_from_its_archive_at_an_earlier_as_of(spark, messy_world, tmp_path):
    archived = run("archive", "--source", messy_world, "--to", tmp_path / "archive", "--roll-mib", "0.1", "--quiet")
    assert archived.returncode == 0, archived.stderr
    newest = summary(batch_of(tmp_path / "all", tmp_path / "archive"))["newest_event_at"]
    as_of = adirect.to_ms(newest) - 5 * 86_400_000
    text = pa.scalar(as_of, pa.timestamp("ms", "UTC")).as_py().isoformat()
    want = batch_of(tmp_path / "want", "--as-of", text, "--policy", "default", tmp_path / "archive")
    got = spark_of(spark, tmp_path / "got", [tmp_path / "archive"], ["default"], as_of_ms=as_of)
    assert min(same_answers(tmp_path / "got", want)) > 100
    assert got["after_as_of"] > 0
    same_counts(got, want)
    want = batch_of(tmp_path / "want2", "--policy", "default", tmp_path / "archive")
    got = spark_of(spark, tmp_path / "got2", [tmp_path / "archive"], ["default"])
    assert min(same_answers(tmp_path / "got2", want)) > 100
    same_counts(got, want)


def test_a_row_of_parquet_without_event_id_is_known_by_file_and_number(spark, tmp_path):
    """Equal rows are different events, and the same file's rows are the same ones wherever they are read."""
    rows = {"type": ["view", "search"] * 500, "time": [1_000_000] * 1_000, "user_id": [None, *["ana"] * 999],
            "category_id": ["shoes"] * 1_000, "product_id": ["runner"] * 1_000}
    for name in ("a.parquet", "b.parquet"):
        pyarrow.parquet.write_table(pa.table(rows), tmp_path / name, row_group_size=100)
    files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    want = batch_of(tmp_path / "want", "--policy", "seed", "--max-searches", "2000", *files)
    got = spark_of(spark, tmp_path / "got", files, max_searches=2_000)
    assert same_answers(tmp_path / "got", want)[0] == 1
    assert same_quarantine(tmp_path / "got", want) == 2
    same_counts(got, want)


@pytest.mark.parametrize("shop, file", [("alibaba", "alibaba2014/events.csv"), ("taobao", "taobao2017/events.csv"),
                                        ("jdata2016", "jdata2016/actions_201602.csv"),
                                        ("rees46", "rees46/2019-Oct.head.csv")])
def test_real_samples_by_their_format_files(shop, file, spark, tmp_path):
    sample = shared("data") / file
    everyone = tmp_path / "everyone.toml"
    everyone.write_text("""[interest]
events = ["view", "cart", "favorite"]
min_searches = 1
window = "forever"
last_within = "forever"
[purchase]
suppress_for = "1d"
""", encoding="utf-8")
    want = batch_of(tmp_path / "want", "--format", shop, "--policy", everyone, sample)
    got = spark_of(spark, tmp_path / "got", [sample], [everyone], format=shop)
    assert same_answers(tmp_path / "got", want)[0] > 1_000
    same_counts(got, want)
    if got["refused"]:
        same_quarantine(tmp_path / "got", want)


def test_a_catalog_fills_categories_and_gives_titles(spark, tmp_path):
    catalog = tmp_path / "catalog"
    file = generate(tmp_path / "events.csv", "--events", 5_000, "--user-count", 300, "--format", "adirect",
                    "--write-catalog", catalog)
    want = batch_of(tmp_path / "want", "--catalog", catalog, file)
    spark_of(spark, tmp_path / "got", [file], ["default"], catalog=adirect.Catalog.load(str(catalog)))
    assert min(same_answers(tmp_path / "got", want, ["title"])) > 10


def test_packed_text_and_a_mark_at_its_front(spark, seed_world, tmp_path):
    import gzip
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(seed_world.read_bytes()))
    (tmp_path / "marked.csv").write_bytes(b"\xef\xbb\xbf" + seed_world.read_bytes().replace(b"\n", b"\r\n"))
    for file in (tmp_path / "packed.csv.gz", tmp_path / "marked.csv"):
        want = batch_of(tmp_path / f"want-{file.name}", "--format", "seed", "--policy", "seed", file)
        spark_of(spark, tmp_path / f"got-{file.name}", [file], format="seed")
        same_answers(tmp_path / f"got-{file.name}", want)


def refused(spark, tmp_path, files, **asked):
    with pytest.raises(adirect.Error) as caught:
        spark_of(spark, tmp_path / "got", files, **asked)
    return str(caught.value)


def test_what_is_wrong_is_told_before_a_task_starts(spark, tmp_path):
    good = {"type": ["view"], "time": [1_000], "user_id": ["ana"], "category_id": ["1"], "product_id": ["p"]}

    def write(name, **columns):
        kept = {key: value for key, value in {**good, **columns}.items() if value is not None}
        pyarrow.parquet.write_table(pa.table(kept), tmp_path / name)
        return [tmp_path / name]

    assert "no column user_id" in refused(spark, tmp_path, write("a.parquet", user_id=None))
    assert '"time" (time) is of type bool' in refused(spark, tmp_path, write("b.parquet", time=[True]))
    assert "no such file or folder" in refused(spark, tmp_path, [tmp_path / "none.parquet"])
    (tmp_path / "empty").mkdir()
    assert "there is no file in it" in refused(spark, tmp_path, [tmp_path / "empty"])
    (tmp_path / "c.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "c.csv" in refused(spark, tmp_path, [tmp_path / "c.csv"])
    assert "several kinds" in refused(spark, tmp_path, [tmp_path / "a.parquet", tmp_path / "c.csv"])
    policy = tmp_path / "much.toml"
    policy.write_text("[interest]\nmin_searches = 33\n", encoding="utf-8")
    assert "min_searches" in refused(spark, tmp_path, write("d.parquet"), policies=[policy])


def test_the_command_prints_what_came_and_leaves_with_2_where_it_is_wrong(spark, seed_world, tmp_path, capsys):
    asked = ["--format", "seed", "--policy", "seed", f"file://{seed_world}"]
    assert batch.main([*asked, "--out", f"file://{tmp_path}/out"]) == 0
    assert json.loads(capsys.readouterr().out)["accepted"] == 30_000
    assert batch.main(["--policy", "sed", "--out", f"file://{tmp_path}/out2", f"file://{seed_world}"]) == 2
    assert "there are default, seed" in capsys.readouterr().err
