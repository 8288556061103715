"""Random messy worlds through the binary, compared row for row with the naive reference.

ADIRECT_WORLDS sets how many worlds each test takes, ADIRECT_WORLDS_FROM the first seed.
"""
import os
from math import inf
from random import Random

from adirect_cli import batch, bytes_of, explain, needs_binary, summary, tables
from adirect_reference import DAY, Reference, timestamp
import worlds  # beside the reference, as adirect_cli's sys.path has it

WORLDS = int(os.environ.get("ADIRECT_WORLDS", "200"))
FIRST = int(os.environ.get("ADIRECT_WORLDS_FROM", "0"))
SEEDS = range(FIRST, FIRST + WORLDS)
pytestmark = needs_binary


def reference_of(world):
    named = [{"event_id": f"position:{i}", **event} for i, event in enumerate(world.events)]
    return Reference(named, world.policy, world.as_of, world.max_searches, world.retention)


def flags_of(world, folder):
    policy = folder / "world.toml"
    policy.write_text(worlds.policy_toml(world.policy), encoding="utf-8")
    return ["--policy", policy, "--as-of", timestamp(world.as_of), "--max-searches", world.max_searches,
            "--retention", world.retention]


def write(rng, folder, name, parts, kind=None):
    """Writes each part as its own file, in one of the two forms of the `adirect` format."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, part in enumerate(parts):
        if (kind or rng.choice(["ndjson", "csv"])) == "ndjson":
            paths.append(worlds.write_ndjson(rng, folder / f"{name}-{number}.ndjson", part))
        else:
            paths.append(worlds.write_csv(rng, folder / f"{name}-{number}.csv", part))
    return paths


def expected_summary(world, reference, rows):
    late = [e for e in world.events if e["type"] != "erase" and e["time"] > world.as_of]
    pairs = reference.searched_pairs()
    return {"as_of": timestamp(world.as_of), "policy": "world", "rows": len(world.events), "ignored": 0,
            "quarantined": 0, "after_as_of": len(late), "accepted": len(world.events) - len(late),
            "erases": sum(e["type"] == "erase" for e in world.events), "users": len({user for user, _ in pairs}),
            "pairs": len(pairs), "audience_pairs": len(rows["audience"]),
            "audience_users": len({user for user, *_ in rows["audience"]}),
            "recommendations": len(rows["recommendations"]), "popular_products": len(rows["popular"]),
            "quarantine": {}, "audience_by_category": count_by(row[1] for row in rows["audience"])}


def count_by(values):
    counts = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts


def test_batch_answers_as_the_reference_does(tmp_path):
    compared = {"audience": 0, "recommendations": 0, "popular": 0}
    for seed in SEEDS:
        world = worlds.small_world(seed)
        rng, folder = Random(seed), tmp_path / str(seed)
        files = write(rng, folder, "events", [world.events])
        out = batch(folder / "out", *flags_of(world, folder), *files).out
        reference = reference_of(world)
        rows = reference.rows()
        assert tables(out) == rows, f"world {seed}"
        counts = summary(out)
        expected = expected_summary(world, reference, rows)
        assert {key: counts[key] for key in expected} == expected, f"world {seed}"
        for name, part in rows.items():
            compared[name] += len(part)
    assert all(compared.values()), compared


def variants(rng, folder, world):
    """The same set of events, told in other ways: (files, flags) of each."""
    events = world.events
    parts = worlds.split(rng, worlds.repeated(rng, events), rng.choice([2, 5, 20]))
    whole = write(rng, folder, "whole", [events])
    yield write(rng, folder, "csv", [worlds.shuffled(rng, events)], "csv"), ["--threads", 2]
    yield write(rng, folder, "ndjson", [worlds.repeated(rng, events)], "ndjson"), ["--threads", 5]
    yield rng.sample(files := write(rng, folder, "part", parts), len(files)), ["--threads", rng.choice([1, 2, 5])]
    yield whole * 2, ["--threads", 1]  # a file given twice: its positions are the same identities


def test_order_repeats_files_form_and_threads_change_no_byte(tmp_path):
    compared = 0
    for seed in SEEDS[::2]:
        world = worlds.small_world(seed)
        rng, folder = Random(seed), tmp_path / str(seed)
        flags = flags_of(world, tmp_path)
        first = batch(folder / "first", *flags, *write(rng, folder, "first", [world.events], "ndjson")).out
        for number, (files, more) in enumerate(variants(rng, folder, world)):
            other = batch(folder / f"other{number}", *flags, *more, *files).out
            assert bytes_of(other) == bytes_of(first), f"world {seed}, variant {number}"
            compared += len(bytes_of(first)["audience"])
    assert compared > 0


def clauses_of(pair):
    """The reference's clauses as `explain` spells them."""
    return [{"name": name, "needed": "forever" if needed == inf else needed, "actual": actual, "holds": holds}
            for name, needed, actual, holds in pair["clauses"]]


def expected_decision(reference, user, category):
    answer = reference.decision(user, category)
    categories = [{"category_id": pair["category_id"], "targeted": pair["targeted"], "reason": pair["reason"],
                   "searches": pair["searches"], "last_search_at": timestamp(pair["newest"]) or None,
                   "next_change_at": timestamp(pair["next_change_at"]) or None, "clauses": clauses_of(pair),
                   "recommendations": [{"rank": rank, "product_id": product, "source": source}
                                       for rank, (product, source) in enumerate(pair["recommendations"], 1)]}
                  for pair in answer["categories"]]
    return {"user_id": user, "as_of": timestamp(reference.now), "policy": "world",
            "targeted": answer["targeted"], "reason": answer["reason"], "categories": categories,
            "recommendations": [{"rank": rank, "product_id": product, "category_id": category, "source": source}
                                for rank, (product, category, source) in enumerate(answer["recommendations"], 1)]}


def told_decision(decision):
    """What `explain` says, without what the reference cannot know."""
    categories = []
    for pair in decision["categories"]:
        listed = [{key: one[key] for key in ("rank", "product_id", "source")} for one in pair["recommendations"]]
        categories.append({**pair, "recommendations": listed})
    return {**{key: value for key, value in decision.items() if key != "policy_version"}, "categories": categories}


def test_explain_answers_as_the_reference_does(tmp_path):
    reasons, joined = set(), 0
    for seed in SEEDS[::2]:
        world = worlds.small_world(seed)
        rng, folder = Random(seed), tmp_path / str(seed)
        files = write(rng, folder, "events", [world.events])
        flags = flags_of(world, folder)
        reference = reference_of(world)
        users = sorted({e.get("user_id") or "anon:" + e["anonymous_id"] for e in world.events})
        categories = sorted({e["category_id"] for e in world.events if "category_id" in e}) + ["elsewhere"]
        for user, category in ((rng.choice(users), None), (rng.choice(users), rng.choice(categories)),
                               (rng.choice(["nobody", *users]), rng.choice([None, *categories]))):
            told = told_decision(explain(user, *flags, *files, category=category))
            assert told == expected_decision(reference, user, category), f"world {seed}, {user!r}, {category!r}"
            reasons.add(told["reason"])
            joined += len({one["category_id"] for one in told["recommendations"]}) > 1
    assert reasons >= {"targeted", "purchased", "few_searches", "unknown_user"} and joined > 0


def test_without_as_of_the_newest_event_is_now(tmp_path):
    compared = 0
    for seed in SEEDS[::4]:
        world = worlds.small_world(seed)
        newest = max((e["time"] for e in world.events if e["type"] != "erase"), default=None)
        if newest is None or any(e["type"] == "erase" and e["time"] > newest for e in world.events):
            continue
        folder = tmp_path / str(seed)
        files = write(Random(seed), folder, "events", [world.events])
        flags = flags_of(world, folder)
        del flags[2:4]
        out = batch(folder / "out", *flags, *files).out
        assert summary(out)["as_of"] == summary(out)["newest_event_at"] == timestamp(newest), f"world {seed}"
        rows = reference_of(world._replace(as_of=newest)).rows()
        assert tables(out) == rows, f"world {seed}"
        compared += len(rows["audience"])
    assert compared > 0


def test_worlds_have_what_they_are_for():
    """The generator still makes each trap; else the comparisons above prove less than they say."""
    seen = {"after as_of": 0, "erase after as_of": 0, "retention": 0, "same id, other content": 0, "burst": 0}
    for seed in range(200):
        world = worlds.small_world(seed)
        ids = [e["event_id"] for e in world.events if "event_id" in e]
        seen["after as_of"] += any(e["type"] == "search" and e["time"] > world.as_of for e in world.events)
        seen["erase after as_of"] += any(e["type"] == "erase" and e["time"] > world.as_of for e in world.events)
        seen["retention"] += world.retention != "forever" and any(
            world.as_of - e["time"] == int(world.retention[:-1]) * DAY for e in world.events)
        seen["same id, other content"] += len(set(ids)) < len(ids)
        pairs = count_by((e["type"], e.get("user_id"), e.get("category_id")) for e in world.events)
        seen["burst"] += max(pairs.values()) > world.max_searches
    assert all(seen.values()), seen
