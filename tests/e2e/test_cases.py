"""Every worked case of the contract through the binary: `batch` for the tables, `explain` for the decisions."""
import pytest
from adirect_cli import batch, explain, ndjson, needs_binary, shared_json, summary, table

CASES = shared_json("cases.json")
pytestmark = needs_binary


def flags_of(case, folder):
    policy = folder / "case.toml"
    policy.write_text(case["policy"], encoding="utf-8")
    flags = ["--policy", policy, "--as-of", case["as_of"]]
    for key, flag in (("retention", "--retention"), ("max_searches", "--max-searches")):
        if key in case["settings"]:
            flags += [flag, case["settings"][key]]
    return [*flags, ndjson(folder / "events.ndjson", case["events"])]


def check_pair(expected, flags, audience, lists):
    """One pair: the decision, its row in audience.csv and its rows in recommendations.csv."""
    user, category = expected["user_id"], expected["category_id"]
    decision = explain(user, *flags, category=category)
    assert (decision["user_id"], decision["policy"]) == (user, "case")
    assert [one["category_id"] for one in decision["categories"]] == [category]
    pair = decision["categories"][0]
    for key in ("targeted", "reason"):
        assert decision[key] == pair[key] == expected[key]
    assert pair["searches"] == expected["searches"]
    assert pair["next_change_at"] == expected["next_change_at"]
    listed = [(one["product_id"], one["source"]) for one in expected["recommendations"]]
    assert [(one["product_id"], one["source"]) for one in decision["recommendations"]] == listed
    assert [one["rank"] for one in decision["recommendations"]] == list(range(1, len(listed) + 1))
    row = (str(expected["searches"]), expected["next_change_at"] or "")
    assert [(r[2], r[4]) for r in audience if r[:2] == (user, category)] == [row] * expected["targeted"]
    assert [(r[3], r[4]) for r in lists if r[:2] == (user, category)] == listed


def check_shopper(expected, flags):
    """A shopper's whole answer: categories in order, and the joined list."""
    decision = explain(expected["user_id"], *flags)
    assert decision["user_id"] == expected["user_id"]
    assert decision["reason"] == expected["reason"]
    assert decision["targeted"] == (expected["reason"] == "targeted")
    assert [one["category_id"] for one in decision["categories"]] == expected["categories"]
    assert decision["recommendations"] == expected["recommendations"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case, tmp_path):
    flags = flags_of(case, tmp_path)
    out = batch(tmp_path / "out", *flags).out
    assert summary(out)["quarantined"] == 0
    assert summary(out)["as_of"] == case["as_of"]
    audience, lists = table(out, "audience"), table(out, "recommendations")
    for expected in case["expect"]:
        if "category_id" in expected:
            check_pair(expected, flags, audience, lists)
        else:
            check_shopper(expected, flags)
    if "popular" in case:
        rows = [{"category_id": category, "product_id": product, "purchases": int(count)}
                for category, _, product, count in table(out, "popular")]
        assert rows == case["popular"]
    assert case["expect"]
