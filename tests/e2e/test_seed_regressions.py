"""What was wrong with the 2017 pipeline, each flaw of policy, suppression, identity and membership a test.

Stories are played over files, and over an archive of them.
"""
import functools

import pytest
import shop_language
from adirect_cli import batch, bytes_of, explain, ndjson, needs_binary, summary, table

pytestmark = needs_binary


@pytest.fixture(name="play", params=["files", "archive"])
def _play(request):
    return functools.partial(shop_language.play, archived=request.param == "archive")


def test_a_single_search_no_longer_qualifies(tmp_path, play):
    play(tmp_path, """
        policy min_searches=3 window=1h suppress_for=30d
        10:00 ana searches shoes/runner-3
        at 10:01 expect ana in shoes <- nothing because few_searches
        10:05 ana searches shoes/trail-1
        at 10:06 expect ana in shoes <- nothing because few_searches
        10:20 ana searches shoes/runner-3
        at 10:21 expect ana in shoes <- runner-3, trail-1
    """)


def test_continuously_means_within_a_window_on_several_days_and_lately(tmp_path, play):
    play(tmp_path, """
        policy min_searches=2 window=7d min_distinct_days=2 last_within=1d
        09:00 ana searches shoes/a
        10:00 ana searches shoes/b
        at 11:00 expect ana in shoes <- nothing because few_days
        +1d 09:00 ana searches shoes/c
        at +1d 10:00 expect ana in shoes <- c, b, a
        at +2d 08:59:59.999 expect ana in shoes <- c, b, a
        at +2d 09:00 expect ana in shoes <- nothing because stale
        at +7d 10:00 expect ana in shoes <- nothing because few_searches
    """)


def test_the_seed_policy_still_takes_any_search_and_any_purchase_for_life(tmp_path, play):
    play(tmp_path, """
        policy events=search min_searches=1 window=forever last_within=forever suppress_for=forever
        10:00 ana searches shoes/a
        10:00 bob searches shoes/a
        10:01 bob buys shoes/b
        10:02 bob searches shoes/c
        at +300d 10:00 expect ana in shoes <- a
        at +300d 10:00 expect bob in shoes <- nothing because purchased
    """)


def test_one_purchase_suppresses_for_a_time_and_not_for_life(tmp_path, play):
    play(tmp_path, """
        policy min_searches=1 window=90d last_within=90d suppress_for=30d popular=0
        10:00 ana searches shoes/a
        10:30 ana buys shoes/a
        +1d 10:00 ana searches shoes/b
        at +29d 10:00 expect ana in shoes <- nothing because purchased
        at +30d 10:29:59.999 expect ana in shoes <- nothing because purchased
        at +30d 10:30 expect ana in shoes <- b
    """)


def test_a_purchase_suppresses_only_its_category(tmp_path, play):
    play(tmp_path, """
        policy min_searches=1
        10:00 ana searches shoes/a
        10:00 ana searches bags/b
        10:30 ana buys shoes/a
        at 10:31 expect ana in shoes <- nothing because purchased
        at 10:31 expect ana in bags <- b
    """)


def test_buyers_leave_the_audience_at_once_and_come_back_after_a_refund(tmp_path, play):
    play(tmp_path, """
        policy min_searches=3 window=1h suppress_for=30d popular=0
        10:00 ana searches shoes/runner-3
        10:05 ana searches shoes/trail-1
        10:20 ana searches shoes/runner-3
        10:30 ana buys shoes/runner-3 in order o1
        at 10:29:59.999 expect ana in shoes <- runner-3, trail-1
        at 10:30 expect ana in shoes <- nothing because purchased
        10:40 ana refunds order o1
        at 10:40 expect ana in shoes <- runner-3, trail-1
        at 11:00 expect ana in shoes <- nothing because few_searches
    """)


def test_a_purchase_long_after_or_long_before_the_searches_suppresses_too(tmp_path, play):
    """The 2017 stream saw only the purchases of its own one-second batch."""
    play(tmp_path, """
        policy min_searches=2 window=7d suppress_for=30d
        10:00 ana searches shoes/a
        10:00 ana searches shoes/b
        +3d 10:00 ana buys shoes/b
        at +3d 10:00 expect ana in shoes <- nothing because purchased
        10:00 bob buys shoes/b
        +3d 10:00 bob searches shoes/a
        +3d 10:00 bob searches shoes/b
        at +3d 10:01 expect bob in shoes <- nothing because purchased
    """)


def test_a_late_purchase_acts_as_if_it_had_come_in_time(tmp_path, play):
    """The same lines in any order are the same answer: batch and stream cannot disagree."""
    play(tmp_path, """
        policy min_searches=1 window=forever last_within=forever suppress_for=1h popular=0
        11:30 ana searches shoes/c
        09:30 ana searches shoes/a
        10:00 ana buys shoes/x
        at 10:30 expect ana in shoes <- nothing because purchased
        at 12:00 expect ana in shoes <- c
    """)


def test_searches_in_the_same_second_do_not_overwrite_each_other(tmp_path, play):
    play(tmp_path, """
        policy min_searches=3 window=1h
        10:00 ana searches shoes/runner-3
        10:00 ana searches shoes/runner-3
        10:00 ana searches shoes/runner-3
        at 10:01 expect ana in shoes <- runner-3
    """)


def test_a_delivery_sent_twice_is_one_search(tmp_path, play):
    play(tmp_path, """
        policy min_searches=2 window=1h
        10:00 ana searches shoes/a as m1
        10:00 ana searches shoes/a as m1
        at 10:01 expect ana in shoes <- nothing because few_searches
        10:00 ana searches shoes/b as m1
        at 10:01 expect ana in shoes <- a, b
    """)


def test_a_file_read_twice_is_read_once_and_a_copy_in_another_folder_too(tmp_path):
    """The identity of a row without event_id is its file's name and its byte there."""
    event = {"type": "purchase", "time": "2026-01-05T10:00:00Z", "user_id": "ana", "category_id": "shoes",
             "product_id": "a"}
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    once = ndjson(tmp_path / "one" / "events.ndjson", [event, event])
    copy = ndjson(tmp_path / "two" / "events.ndjson", [event, event])
    other = ndjson(tmp_path / "two" / "others.ndjson", [event, event])
    for files, purchases in (([once], "2"), ([once, once], "2"), ([once, copy], "2"), ([once, other], "4")):
        out = batch(tmp_path / "out", *files).out
        assert table(out, "popular") == [("shoes", "1", "a", purchases)]
        assert summary(out)["accepted"] == 2 * len(files)


def test_the_popularity_list_is_replaced_and_keeps_no_stale_row(tmp_path, play):
    play(tmp_path, """
        policy min_searches=1 popular_window=2d
        10:00 ana buys shoes/a
        10:00 bob buys shoes/a
        10:00 eve buys shoes/b in order o1
        at 10:01 expect shoes popular <- a x2, b x1
        10:02 eve refunds order o1
        at 10:02 expect shoes popular <- a x2
        +1d 10:00 eve buys shoes/c
        at +1d 10:01 expect shoes popular <- a x2, c x1
        at +2d 00:00 expect shoes popular <- c x1
        at +3d 00:00 expect shoes popular <- nothing
    """)


def test_a_second_run_replaces_the_answers_of_the_first(tmp_path):
    old = ndjson(tmp_path / "old.ndjson", [
        {"type": kind, "time": "2026-01-05T10:00:00Z", "user_id": "ana", "category_id": f"c{i}", "product_id": "p"}
        for i in range(9) for kind in ("search", "search", "search", "purchase")])
    new = ndjson(tmp_path / "new.ndjson", [
        {"type": "purchase", "time": "2026-01-05T10:00:00Z", "user_id": "bob", "category_id": "c1", "product_id": "q"}])
    first = batch(tmp_path / "out", old).out
    assert len(table(first, "popular")) == 9
    again = bytes_of(batch(tmp_path / "out", new).out)
    assert again == bytes_of(batch(tmp_path / "fresh", new).out)
    assert table(first, "popular") == [("c1", "1", "q", "1")]


def test_an_unknown_shopper_is_an_answer_and_not_an_error(tmp_path, play):
    play(tmp_path, """
        policy min_searches=1
        10:00 ana searches shoes/a
        at 10:01 expect zoe in shoes <- nothing because unknown_user
        at 10:01 expect ana in bags <- nothing because few_searches
    """)


def test_an_erased_shopper_is_gone_at_every_instant_and_may_come_back(tmp_path, play):
    play(tmp_path, """
        policy min_searches=1
        10:00 ana searches shoes/a
        11:00 ana is erased
        at 10:30 expect ana in shoes <- nothing because unknown_user
        10:59 ana searches shoes/b
        at 11:00 expect ana in shoes <- nothing because unknown_user
        11:00:00.001 ana searches shoes/c
        at 11:01 expect ana in shoes <- c
    """)


def test_explain_says_why_why_not_and_until_when(tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text('[interest]\nmin_searches = 2\nwindow = "1h"\nlast_within = "30m"\n', encoding="utf-8")
    events = ndjson(tmp_path / "events.ndjson", [
        {"type": "search", "time": f"2026-01-05T10:{minute}:00Z", "user_id": "ana", "category_id": "shoes"}
        for minute in ("00", "10")])
    told = explain("ana", "--policy", policy, "--as-of", "2026-01-05T10:15:00Z", events, category="shoes")
    pair = told["categories"][0]
    assert (told["targeted"], pair["next_change_at"]) == (True, "2026-01-05T10:40:00.000Z")
    assert pair["last_search_at"] == "2026-01-05T10:10:00.000Z"
    assert pair["clauses"] == [
        {"name": "suppress_for", "needed": 30 * 86_400_000, "actual": None, "holds": True},
        {"name": "min_searches", "needed": 2, "actual": 2, "holds": True},
        {"name": "min_distinct_days", "needed": 1, "actual": 1, "holds": True},
        {"name": "last_within", "needed": 30 * 60_000, "actual": 5 * 60_000, "holds": True}]
    later = explain("ana", "--policy", policy, "--as-of", "2026-01-05T10:40:00Z", events, category="shoes")
    assert (later["reason"], later["categories"][0]["next_change_at"]) == ("stale", None)


def test_a_change_that_no_year_can_name_is_none(tmp_path):
    """Times have four digits for the year; a window that ends after 9999 ends for nobody."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[interest]\nmin_searches = 1\nwindow = "3000000d"\nlast_within = "forever"\n', encoding="utf-8")
    events = ndjson(tmp_path / "events.ndjson", [
        {"type": "search", "time": "2026-01-05T10:00:00Z", "user_id": "ana", "category_id": "shoes"}])
    out = batch(tmp_path / "out", "--policy", policy, events).out
    assert table(out, "audience") == [("ana", "shoes", "1", "2026-01-05T10:00:00.000Z", "")]
