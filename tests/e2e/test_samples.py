"""Four real shops' files through `adirect batch`, equal to DuckDB queries over the very same files."""
import pytest
from adirect_cli import batch, needs_binary, shared, summary, tables

pytest.importorskip("duckdb", reason="pip install -r tests/requirements.txt")
import duckdb_answers  # noqa: E402  (needs duckdb)
import worlds  # noqa: E402

FILES = {"alibaba": shared("data/alibaba2014/events.csv"), "taobao": shared("data/taobao2017/events.csv"),
         "jdata2016": shared("data/jdata2016/actions_201602.csv"), "rees46": shared("data/rees46/2019-Oct.head.csv")}
pytestmark = needs_binary

# The row is the identity, so a file's exact repeats are events of their own.
READ = {
    "alibaba": f"""
        select case type when '0' then 'view' when '1' then 'purchase' when '2' then 'favorite' when '3' then 'cart'
               end as type,
               epoch_ms(make_timestamp(2013, split_part(visit_datetime, '-', 1)::int,
                                       split_part(visit_datetime, '-', 2)::int, 0, 0, 0)) as time,
               user_id, brand_id as category_id, '' as product_id, '' as order_id,
               (row_number() over ())::varchar as identity
        from read_csv('{FILES["alibaba"]}', header = true, all_varchar = true)""",
    "taobao": f"""
        select case what when 'pv' then 'view' when 'buy' then 'purchase' when 'fav' then 'favorite'
               when 'cart' then 'cart' end as type,
               epoch_s::bigint * 1000 as time, user_id, category_id, product_id, '' as order_id,
               (row_number() over ())::varchar as identity
        from read_csv('{FILES["taobao"]}', header = false, all_varchar = true,
                      names = ['user_id', 'product_id', 'category_id', 'what', 'epoch_s'])""",
    "jdata2016": f"""
        select case type when '1' then 'view' when '2' then 'cart' when '3' then 'ignore' when '4' then 'purchase'
               when '5' then 'favorite' when '6' then 'view' end as type,
               epoch_ms(time::timestamp - interval 8 hour) as time, user_id, cate as category_id,
               sku_id as product_id, '' as order_id, (row_number() over ())::varchar as identity
        from read_csv('{FILES["jdata2016"]}', header = true, all_varchar = true)""",
    "rees46": f"""
        select event_type as type, epoch_ms(event_time[:19]::timestamp) as time, user_id, category_id, product_id,
               '' as order_id, (row_number() over ())::varchar as identity
        from read_csv('{FILES["rees46"]}', header = true, all_varchar = true, ignore_errors = true)""",
}
# What of a file is no event: taken out of a cart; a last line cut short.
NO_EVENTS = {"jdata2016": "ignored", "rees46": "quarantined"}
FOREVER = {"events": ["view"], "min_searches": 1, "window": "forever", "min_distinct_days": 1,
           "last_within": "forever", "suppress_for": "forever", "recent": 5, "popular": 5,
           "popular_window": "forever", "exclude_purchased": True, "limit": 10}
SOME_DAYS = {"events": ["view", "cart", "favorite"], "min_searches": 2, "window": "30d", "min_distinct_days": 2,
             "last_within": "10d", "suppress_for": "14d"}
SOME_MINUTES = {"events": ["view", "cart"], "min_searches": 2, "window": "40m", "last_within": "17m",
                "suppress_for": "10m", "popular_window": "1d", "exclude_purchased": False}
QUESTIONS = [
    ("alibaba", FOREVER, [], {}),
    ("alibaba", {**FOREVER, **SOME_DAYS}, [], {}),
    ("alibaba", {**FOREVER, **SOME_DAYS}, ["--retention", "45d", "--max-searches", "4"],
     {"retention": "45d", "max_searches": 4}),
    ("taobao", FOREVER, [], {}),
    ("taobao", {**FOREVER, **SOME_MINUTES}, ["--threads", "2"], {}),
    ("jdata2016", {**FOREVER, **SOME_MINUTES}, [], {}),
    ("rees46", {**FOREVER, **SOME_MINUTES}, [], {}),
]
# The pairs in which the policy has a search to look at.
SEARCHED = """select distinct user_id, category_id from existing, asked
              where list_contains(types, type) and now - time < window_ms"""


def connection_for(shop):
    connection = duckdb_answers.connect()
    connection.execute(f"create temp table events as {READ[shop]}")
    return connection


def number(connection, query):
    return connection.execute(query).fetchone()[0]


def policy_file(folder, policy):
    path = folder / "policy.toml"
    path.write_text(worlds.policy_toml(policy), encoding="utf-8")
    return path


@pytest.mark.parametrize("question", QUESTIONS, ids=[f"{shop}-{i}" for i, (shop, *_) in enumerate(QUESTIONS)])
def test_sample_answers_as_sql_does(question, tmp_path):
    shop, policy, flags, settings = question
    connection = connection_for(shop)
    assert number(connection, "select count(*) from events where type is null or time is null") == 0
    connection.execute("delete from events where type = 'ignore'")
    duckdb_answers.ask(connection, policy, number(connection, "select max(time) from events"), **settings)
    expected = duckdb_answers.rows(connection)

    out = batch(tmp_path / "out", "--format", shop, "--policy", policy_file(tmp_path, policy), *flags, FILES[shop]).out
    assert tables(out) == expected
    assert expected["audience"] and (expected["recommendations"] and expected["popular"] or shop == "alibaba")

    events = number(connection, "select count(*) from events")
    rows = len(FILES[shop].read_bytes().splitlines()) - (shop != "taobao")
    totals = {"rows": rows, "accepted": events, "after_as_of": 0, "erases": 0,
              **{key: rows - events if NO_EVENTS.get(shop) == key else 0 for key in ("ignored", "quarantined")},
              "users": number(connection, f"select count(distinct user_id) from ({SEARCHED})"),
              "pairs": number(connection, f"select count(*) from ({SEARCHED})"),
              "audience_pairs": number(connection, "select count(*) from audience"),
              "audience_users": number(connection, "select count(distinct user_id) from audience"),
              "recommendations": len(expected["recommendations"]), "popular_products": len(expected["popular"]),
              "audience_by_category": dict(connection.execute(
                  "select category_id, count(*) from audience group by category_id").fetchall())}
    told = summary(out)
    assert {key: told[key] for key in totals} == totals


def test_clicked_at_least_k_times_and_never_bought(tmp_path):
    """The known fact of the shared data: 39,581 pairs for k = 1, by a query that knows no policy."""
    connection = connection_for("alibaba")
    sizes = []
    for k in (1, 2, 3, 5, 8):
        policy = policy_file(tmp_path, {**FOREVER, "min_searches": k})
        out = batch(tmp_path / str(k), "--format", "alibaba", "--policy", policy, FILES["alibaba"]).out
        expected = number(connection, f"""
            select count(*) from (select user_id, category_id from events group by all
            having count(*) filter (type = 'view') >= {k} and count(*) filter (type = 'purchase') = 0)""")
        sizes.append(summary(out)["audience_pairs"])
        assert sizes[-1] == expected
    assert sizes[0] == 39_581
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == len(sizes)
