"""Runs policy.sql in DuckDB and hands its answers out as the rows of adirect's output files.

Events come either from a file that DuckDB itself reads (the samples) or from Python dicts, as
written by worlds.py. Nothing of the project is imported.
"""
import json
from pathlib import Path

import duckdb

SQL = (Path(__file__).parent / "policy.sql").read_text(encoding="utf-8")
DAY = 86_400_000
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": DAY}
FOREVER = 1 << 60  # ms; policy.sql takes what is beyond half of it for "never"
DEFAULTS = {"events": ["search", "view"], "min_searches": 3, "window": "7d", "min_distinct_days": 1,
            "last_within": "72h", "suppress_for": "30d", "recent": 5, "popular": 5,
            "popular_window": "30d", "exclude_purchased": True, "limit": 10}
STAMP = "coalesce(strftime(make_timestamp({0} * 1000), '%Y-%m-%dT%H:%M:%S.%gZ'), '')"
ROWS = {
    "audience": f"select user_id, category_id, searches::varchar, {STAMP.format('last_search_at')},"
                f" {STAMP.format('next_change_at')} from audience order by user_id, category_id",
    "recommendations": "select user_id, category_id, rank::varchar, product_id, source"
                       " from recommendations order by user_id, category_id, rank",
    "popular": "select category_id, rank::varchar, product_id, purchases::varchar"
               " from popularity order by category_id, rank",
}


def duration(text):
    digits = text.rstrip("dhms")
    return FOREVER if text == "forever" else int(digits) * UNITS[text[len(digits):]]


def ask(connection, policy, now, max_searches=32, retention="forever"):
    """Answers for the table `events` at `now` (ms); read them from policy.sql's tables or `rows`."""
    policy = {**DEFAULTS, **policy}
    r = duration(retention)
    cut = {key: min(duration(policy[key]), r)
           for key in ("window", "last_within", "suppress_for", "popular_window")}
    connection.execute(
        """create or replace temp table asked as select ?::bigint as now, ?::bigint as m, ?::bigint as r,
           ?::varchar[] as types, ?::bigint as min_searches, ?::bigint as window_ms,
           ?::bigint as min_distinct_days, ?::bigint as last_within, ?::bigint as suppress_for,
           ?::bigint as recent, ?::bigint as popular, ?::bigint as popular_days,
           ?::boolean as exclude_purchased, ?::bigint as list_limit""",
        [now, max_searches, r, policy["events"], policy["min_searches"], cut["window"],
         policy["min_distinct_days"], cut["last_within"], cut["suppress_for"], policy["recent"],
         policy["popular"], cut["popular_window"] // DAY, policy["exclude_purchased"], policy["limit"]])
    connection.execute(SQL)


def load(connection, events, folder):
    """Fills `events` from dicts of canonical fields with integer times, by a file in `folder`."""
    path = Path(folder) / "duckdb_events.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number, event in enumerate(events):
            user = event.get("user_id") or "anon:" + event["anonymous_id"]
            row = {"user": user, "identity": event.get("event_id") or f"position:{number}",
                   **{key: event.get(key) or "" for key in ("category_id", "product_id", "order_id")},
                   "type": event["type"], "time": event["time"]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    connection.execute(
        """create or replace temp table events as
           select type, time, "user" as user_id, category_id, product_id, order_id, identity
           from read_json(?, format = 'newline_delimited', columns = {
               'type': 'varchar', 'time': 'bigint', 'user': 'varchar', 'category_id': 'varchar',
               'product_id': 'varchar', 'order_id': 'varchar', 'identity': 'varchar'})""", [str(path)])


def rows(connection):
    """audience, recommendations, popular: the rows of the output files as tuples of text."""
    return {name: connection.execute(query).fetchall() for name, query in ROWS.items()}


def joined(connection, user):
    """One shopper's list over all categories: [(product, category, source)] by rank."""
    return connection.execute("select product_id, category_id, source from joined"
                              " where user_id = ? order by rank", [user]).fetchall()


def connect(threads=1):
    """On one thread: many small worlds on busy cores are slower on two."""
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("set preserve_insertion_order = false")
    return connection
