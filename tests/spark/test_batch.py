"""The batch job on Spark: answers, quarantine and counts row by row those of `adirect batch`."""
import gzip
import json
import re

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


def test_texts_of_one_name_have_each_its_own_header_and_a_file_given_twice_is_read_once(spark, tmp_path):
    header, rows = "type,time,user_id,category_id,product_id", ["view,2017-02-01T10:00:00Z,ana,shoes,p1"] * 4
    files = [tmp_path / folder / "a b%20.csv" for folder in ("one", "two")]
    for file, order in zip(files, (1, -1)):
        file.parent.mkdir()
        lines = [",".join(line.split(",")[::order]) for line in (header, *rows)]
        file.write_text("\n".join([*lines, f"no event of {file.parent.name}", ""]), encoding="utf-8")
    everyone = tmp_path / "everyone.toml"
    everyone.write_text("[interest]\nmin_searches = 2\n", encoding="utf-8")
    want = batch_of(tmp_path / "want", "--policy", everyone, *files)
    got = spark_of(spark, tmp_path / "got", [*files, files[1], tmp_path / "o*"], [everyone])
    assert same_answers(tmp_path / "got", want)[0] == 1
    assert same_quarantine(tmp_path / "got", want) == 2
    same_counts(got, want)


def test_parquet_files_of_unlike_columns_are_read_each_by_its_own(spark, tmp_path):
    """One knows its events, of which another has the same; one has numbers as users. Their names are no URIs."""
    rows = {"type": ["view"] * 3, "time": [1_000_000] * 3, "category_id": ["shoes"] * 3, "product_id": ["runner"] * 3}
    columns = {"a b%20.parquet": {**rows, "user_id": ["7", "7", None]},
               "known.parquet": {"event_id": ["x", "y", "z"], "user_id": ["7", "7", "8"], **rows},
               "numbers.parquet": {**rows, "user_id": [7, 8, 8], "event_id": ["x", "2", "3"]}}
    files = [tmp_path / name for name in columns]
    for file in files:
        pyarrow.parquet.write_table(pa.table(columns[file.name]), file)
    everyone = tmp_path / "everyone.toml"
    everyone.write_text("[interest]\nmin_searches = 2\n", encoding="utf-8")
    want = batch_of(tmp_path / "want", "--policy", everyone, *files)
    got = spark_of(spark, tmp_path / "got", files, [everyone])
    assert same_answers(tmp_path / "got", want)[0] == 2
    assert same_quarantine(tmp_path / "got", want) == 1
    same_counts(got, want)


def test_an_archives_event_arrives_when_it_says_and_names_are_read_if_asked(spark, tmp_path):
    archived = tmp_path / "2036-01-01" / f"topic-0-{0:020d}-{1:020d}.parquet"
    archived.parent.mkdir()
    later = pa.array([2_083_000_000_000] * 2, pa.timestamp("ms", "UTC"))
    pyarrow.parquet.write_table(pa.table({
        "event_id": ["1", "2"], "type": ["view"] * 2, "time": later, "arrival": later, "user_id": ["ana"] * 2,
        "user_name": ["Ana"] * 2, "category_id": ["shoes"] * 2, "product_id": ["runner"] * 2}), archived)
    for names in (False, True):
        done = batch.run(spark, [f"file://{tmp_path}"], batch.Job([adirect.Policy.load("default")], names=names))
        assert done.summary["accepted"] == 2
        merged = done.decider.state()
        for row in done.states.collect():
            merged.merge(bytes(row.state))
        assert ("Ana" in merged.events().read_all()["user_name"].to_pylist()) == names
        done.release()


def test_what_is_popular_is_of_what_the_job_keeps(spark, tmp_path):
    """M and R of the job are those of its ranks, too."""
    lines = [f"2017-0{month}-01 10:00:00,Ana,ana,p{month},1,{action}"
             for month in (1, 2, 3) for action in ["buy", *["search"] * 50]]
    (tmp_path / "seed.csv").write_text("\n".join(lines), encoding="utf-8")
    policy = tmp_path / "ever.toml"
    policy.write_text('[interest]\nmin_searches = 50\nwindow = "30d"\nlast_within = "30d"\n'
                      '[purchase]\nsuppress_for = "1h"\n[products]\npopular_window = "forever"\n', encoding="utf-8")
    want = batch_of(tmp_path / "want", "--format", "seed", "--policy", policy, "--max-searches", "64",
                    "--retention", "30d", tmp_path / "seed.csv")
    spark_of(spark, tmp_path / "got", [tmp_path / "seed.csv"], [policy], format="seed", max_searches=64,
             retention_days=30)
    assert same_answers(tmp_path / "got", want)[2] == 2


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
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(seed_world.read_bytes()))
    (tmp_path / "marked.csv").write_bytes(b"\xef\xbb\xbf" + seed_world.read_bytes().replace(b"\n", b"\r\n"))
    for file in (tmp_path / "packed.csv.gz", tmp_path / "marked.csv"):
        want = batch_of(tmp_path / f"want-{file.name}", "--format", "seed", "--policy", "seed", file)
        spark_of(spark, tmp_path / f"got-{file.name}", [file], format="seed")
        same_answers(tmp_path / f"got-{file.name}", want)


def refused(spark, tmp_path, files, **asked):
    """The sentence; no job of Spark's was there for it."""
    jobs = set(spark.sparkContext.statusTracker().getJobIdsForGroup(None))
    with pytest.raises(adirect.Error) as caught:
        spark_of(spark, tmp_path / "got", files, **asked)
    assert set(spark.sparkContext.statusTracker().getJobIdsForGroup(None)) == jobs
    return str(caught.value)


def test_what_is_wrong_is_told_before_a_task_starts(spark, seed_world, tmp_path):
    good = {"type": ["view"], "time": [1_000], "user_id": ["ana"], "category_id": ["1"], "product_id": ["p"]}

    def write(name, **columns):
        kept = {key: value for key, value in {**good, **columns}.items() if value is not None}
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(pa.table(kept), tmp_path / name)
        return [tmp_path / name]

    fine = write("fine.parquet")
    assert re.search("a.parquet: .*no column user_id",
                     refused(spark, tmp_path, fine + write("a.parquet", user_id=None)))
    assert re.search(r'b.parquet: .*"time" \(time\) is of type bool',
                     refused(spark, tmp_path, fine + write("b.parquet", time=[True])))
    archived = f"archive/2017-02-01/topic-0-{0:020d}-{1:020d}.parquet"
    assert "no column user_id" in refused(spark, tmp_path, write(archived, user_id=None))
    pyarrow.parquet.write_table(pa.table([["ana"], ["ben"]], ["user_id", "user_id"]), tmp_path / "twice.parquet")
    assert re.search("twice.parquet: .*user_id", refused(spark, tmp_path, [tmp_path / "twice.parquet"]))
    (tmp_path / "no.parquet").write_text("no Parquet at all", encoding="utf-8")
    assert re.search("no.parquet: .*Parquet", refused(spark, tmp_path, [tmp_path / "no.parquet"]))
    assert "no such file or folder" in refused(spark, tmp_path, [tmp_path / "none.parquet"])
    (tmp_path / "empty").mkdir()
    assert "there is no file in it" in refused(spark, tmp_path, [tmp_path / "empty"])
    (tmp_path / "c.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "c.csv" in refused(spark, tmp_path, [tmp_path / "c.csv"])
    assert "several kinds" in refused(spark, tmp_path, [tmp_path / "fine.parquet", tmp_path / "c.csv"])
    policy = tmp_path / "much.toml"
    policy.write_text("[interest]\nmin_searches = 33\n", encoding="utf-8")
    assert "min_searches" in refused(spark, tmp_path, [seed_world], format="seed", policies=[policy])


def test_the_command_prints_what_came_and_leaves_with_2_where_it_is_wrong(spark, seed_world, tmp_path, capsys):
    out = f"file://{tmp_path}/out"
    asked = ["--format", "seed", "--policy", "seed", f"file://{seed_world}"]
    assert batch.main([*asked, "--out", out]) == 0
    assert json.loads(capsys.readouterr().out)["accepted"] == 30_000

    def says(*arguments):
        assert batch.main([str(argument) for argument in arguments]) == 2
        return capsys.readouterr().err

    assert "out is there already" in says(*asked, "--out", out)
    other = [*asked, "--out", f"{out}2"]
    assert "there are default, seed" in says("--policy", "sed", *other)
    assert '"yesterday" is no instant' in says("--as-of", "yesterday", *other)
    assert "is no address" in says("--cassandra", "cassandra://127.0.0.1:x/shop", *other)
    assert "a catalog is not published" in says("--cassandra", "cassandra://127.0.0.1", "--catalog", tmp_path, *other)
    assert re.match("batch_adirect: hdfs://nowhere.invalid/x: .*UnknownHost",
                    says("--out", f"{out}2", "hdfs://nowhere.invalid/x"))
    packed = gzip.compress(seed_world.read_bytes())
    (tmp_path / "cut.csv.gz").write_bytes(packed[:len(packed) // 2])
    damaged = says("--format", "seed", "--out", f"{out}2", f"file://{tmp_path}/cut.csv.gz")
    assert "cut.csv.gz: " in damaged and damaged.count("\n") == 1
    assert not (tmp_path / "out2").exists()
