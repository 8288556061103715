"""Yesterday's state and today's files give the answers of all files at once."""
import csv
import json
from random import Random

import pytest
from adirect_cli import batch, bytes_of, explain, ndjson, needs_binary, run, shared, summary, table

import worlds  # found by adirect_cli

pytestmark = needs_binary

SAMPLES = {"alibaba": "data/alibaba2014/events.csv", "taobao": "data/taobao2017/events.csv",
           "jdata2016": "data/jdata2016/actions_201602.csv", "rees46": "data/rees46/2019-Oct.head.csv"}
INTERESTS = {"events": ["view", "cart", "favorite"], "min_searches": 2, "window": "30d", "min_distinct_days": 1,
             "last_within": "10d", "suppress_for": "14d", "recent": 5, "popular": 5, "popular_window": "forever",
             "exclude_purchased": True, "limit": 10}


def halves(sample, folder):
    """The sample's rows in two files, each with the header if there is one."""
    lines = shared(SAMPLES[sample]).read_bytes().splitlines(keepends=True)
    header = [] if sample == "taobao" else [lines.pop(0)]
    middle = len(lines) // 2
    paths = folder / "first.csv", folder / "second.csv"
    for path, part in zip(paths, (lines[:middle], lines[middle:])):
        path.write_bytes(b"".join(header + part))
    return paths


def policy_file(folder, policy, name="world"):
    path = folder / f"{name}.toml"
    path.write_text(worlds.policy_toml(policy, name), encoding="utf-8")
    return path


@pytest.mark.parametrize("sample", SAMPLES)
def test_two_halves_through_a_saved_state_equal_the_whole(sample, tmp_path):
    first, second = halves(sample, tmp_path)
    flags = ["--format", sample, "--policy", policy_file(tmp_path, INTERESTS)]
    whole = batch(tmp_path / "whole", *flags, shared(SAMPLES[sample])).out
    batch(tmp_path / "one", *flags, "--save-state", tmp_path / "state", first)
    two = batch(tmp_path / "two", *flags, "--from-state", tmp_path / "state", second).out
    assert table(whole, "audience")
    assert bytes_of(two) == bytes_of(whole)
    assert summary(two)["newest_event_at"] == summary(whole)["newest_event_at"]


def test_a_messy_world_may_come_in_any_number_of_states(tmp_path):
    """Its events have ids of their own, so that the states are equal too, but for the inputs they name."""
    world = worlds.big_world(11, 20_000)
    rng = Random(11)
    parts = worlds.split(rng, worlds.shuffled(rng, worlds.repeated(rng, world.events)), 3)
    policy = ["--policy", policy_file(tmp_path, world.policy), "--max-searches", str(world.max_searches)]
    as_of = ["--as-of", str(worlds.rfc3339(rng, world.as_of))]
    everything = worlds.write_ndjson(rng, tmp_path / "all.ndjson", [e for part in parts for e in part])
    files = [worlds.write_ndjson(rng, tmp_path / f"{i}.ndjson", part) for i, part in enumerate(parts)]
    whole = batch(tmp_path / "whole", *policy, *as_of, everything).out
    assert table(whole, "audience") and table(whole, "recommendations")

    states = []
    for i, file in enumerate(files):
        states.append(tmp_path / f"{i}.state")
        batch(tmp_path / f"part{i}", *policy, *as_of, "--save-state", states[-1], file)
    merged = batch(tmp_path / "merged", *policy, *as_of,
                   *[flag for state in states for flag in ("--from-state", state)]).out
    assert bytes_of(merged) == bytes_of(whole)

    chained = tmp_path / "chain.state"
    for i, file in enumerate(files):
        before = ["--from-state", chained] if i else []
        last = batch(tmp_path / f"chain{i}", *policy, *as_of, *before, "--save-state", chained, file).out
    assert bytes_of(last) == bytes_of(whole)


SHOPPER = [{"type": "search", "time": f"2026-01-05T10:0{i}:00Z", "user_id": "ana", "category_id": "shoes",
            "product_id": f"p{i}"} for i in range(4)]
BUYS = {"type": "purchase", "time": "2026-01-05T11:00:00Z", "user_id": "ana", "category_id": "shoes",
        "product_id": "p1", "order_id": "o1"}
REFUND = {"type": "refund", "time": "2026-01-05T12:00:00Z", "user_id": "ana", "order_id": "o1"}
ERASE = {"type": "erase", "time": "2026-01-05T13:00:00Z", "user_id": "ana"}


@pytest.fixture
def saved(tmp_path):
    """save(events, *flags) -> a state of them."""
    def save(events, *flags, name="day"):
        file = ndjson(tmp_path / f"{name}.ndjson", events)
        batch(tmp_path / f"{name}.out", "--save-state", tmp_path / f"{name}.state", *flags, file)
        return tmp_path / f"{name}.state"
    return save


def test_refunds_and_erases_survive(tmp_path, saved):
    bought = saved([*SHOPPER, BUYS], name="bought")
    assert explain("ana", "--state", bought)["reason"] == "purchased"
    refund = ndjson(tmp_path / "refund.ndjson", [REFUND])
    assert explain("ana", "--state", bought, refund)["targeted"]
    early = saved([REFUND], name="refund-first")
    assert explain("ana", "--state", early, "--state", bought)["targeted"]
    erased = saved([ERASE], name="erased")
    assert explain("ana", "--state", erased, "--state", bought)["reason"] == "unknown_user"


def test_the_same_content_under_another_name_is_refused(tmp_path, saved):
    state = saved(SHOPPER)
    again = ndjson(tmp_path / "copy.ndjson", SHOPPER)
    refused = batch(tmp_path / "no", "--from-state", state, again, code=2)
    assert "copy.ndjson" in refused.stderr and '"day.ndjson"' in refused.stderr and "--again" in refused.stderr
    assert not (tmp_path / "no").exists()
    twice = batch(tmp_path / "twice", "--from-state", state, "--again", again).out
    assert [row[2] for row in table(twice, "audience")] == ["8"]  # rows without an event_id are other events
    once = batch(tmp_path / "once", "--from-state", state, tmp_path / "day.ndjson").out
    assert [row[2] for row in table(once, "audience")] == ["4"]
    both = batch(tmp_path / "both", "--save-state", tmp_path / "both.state", tmp_path / "day.ndjson", again, code=2)
    assert "copy.ndjson" in both.stderr and not (tmp_path / "both.state").exists()


def test_what_a_state_cannot_answer_is_refused(tmp_path, saved):
    state = saved([*SHOPPER, BUYS], "--max-searches", "3", "--retention", "30d")
    for flags, words in [(["--as-of", "2026-01-05T10:59:59.999Z"], "2026-01-05T11:00:00.000Z"),
                         (["--max-searches", "5"], "--max-searches 5: the state keeps 3"),
                         (["--retention", "60d"], "--retention 60d: the state keeps 30d"),
                         (["--policy", policy_file(tmp_path, {**INTERESTS, "window": "31d"})], "31d")]:
        refused = batch(tmp_path / "no", "--from-state", state, *flags, code=2)
        assert words in refused.stderr, refused.stderr
    assert summary(batch(tmp_path / "yes", "--from-state", state).out)["as_of"] == "2026-01-05T11:00:00.000Z"


def test_a_damaged_newer_or_foreign_state_is_refused_whole(tmp_path, saved):
    state = saved(SHOPPER)
    good = state.read_bytes()
    for name, data, code, words in [("cut", good[:-9], 1, "damaged"), ("flipped", good[:40] + b"\xff" + good[41:], 1, "damaged"),
                                    ("newer", good[:7] + b"\x02" + good[8:], 2, "version 2"),
                                    ("foreign", b"PK\x03\x04 no state", 1, "no state of adirect"), ("empty", b"", 1, "no state")]:
        bad = tmp_path / f"{name}.state"
        bad.write_bytes(data)
        refused = batch(tmp_path / "no", "--from-state", bad, code=code)
        assert f"{name}.state" in refused.stderr and words in refused.stderr, refused.stderr
        assert not (tmp_path / "no").exists()
    assert "absent" in batch(tmp_path / "no", "--from-state", tmp_path / "absent", code=2).stderr
    assert "nothing to read" in batch(tmp_path / "no", code=2).stderr


def test_several_policies_answer_in_folders_of_their_names(tmp_path):
    file = shared(SAMPLES["rees46"])
    strict = policy_file(tmp_path, {**INTERESTS, "min_searches": 5}, "strict")
    easy = policy_file(tmp_path, {**INTERESTS, "events": ["cart"], "window": "1h"}, "easy")
    both = batch(tmp_path / "both", "--format", "rees46", "--policy", strict, "--policy", easy, file).out
    assert sorted(path.name for path in both.iterdir()) == ["easy", "quarantine.ndjson", "strict"]
    for policy in (strict, easy):
        alone = batch(tmp_path / policy.stem, "--format", "rees46", "--policy", policy, file).out
        assert table(alone, "audience")
        assert bytes_of(both / policy.stem) == bytes_of(alone)
        assert summary(both / policy.stem) == summary(alone)
    refused = batch(tmp_path / "no", "--format", "rees46", "--policy", strict, "--policy", strict, file, code=2)
    assert '"strict"' in refused.stderr and not (tmp_path / "no").exists()


def test_policy_diff_counts_who_enters_and_who_leaves(tmp_path):
    file = shared(SAMPLES["rees46"])
    three = policy_file(tmp_path, {**INTERESTS, "min_searches": 3}, "three")
    five = policy_file(tmp_path, {**INTERESTS, "min_searches": 5}, "five")
    out = batch(tmp_path / "out", "--format", "rees46", "--policy", three, "--policy", five,
                "--save-state", tmp_path / "state", file).out
    pairs = {name: {row[:2] for row in table(out / name, "audience")} for name in ("three", "five")}
    assert pairs["five"] and pairs["five"] < pairs["three"]

    changes = tmp_path / "changes.csv"
    done = run("policy", "diff", three, five, "--state", tmp_path / "state", "--json", "-o", changes)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["all"] == {"before": len(pairs["three"]), "after": len(pairs["five"]), "enter": 0,
                           "leave": len(pairs["three"]) - len(pairs["five"])}
    for key in told["all"]:
        assert sum(category[key] for category in told["categories"].values()) == told["all"][key]
    rows = list(csv.reader(changes.open(encoding="utf-8", newline="")))
    assert rows[0] == ["user_id", "category_id", "change"]
    assert {tuple(row[:2]) for row in rows[1:]} == pairs["three"] - pairs["five"]
    assert {row[2] for row in rows[1:]} == {"leaves"}

    back = run("policy", "diff", five, three, "--state", tmp_path / "state")
    last = back.stdout.decode().splitlines()[-1].split()
    assert last == ["all", str(len(pairs["five"])), str(len(pairs["three"])),
                    str(len(pairs["three"] - pairs["five"])), "0"]
