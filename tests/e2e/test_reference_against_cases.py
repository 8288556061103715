"""The naive reference agrees with every worked case of the contract (no binary needed)."""
from adirect_cli import shared_json
from adirect_reference import Reference, policy_of, timestamp

CASES = shared_json("cases.json")


def reference_of(case):
    events = [{"event_id": f"position:{i}", **event} for i, event in enumerate(case["events"])]
    settings = case["settings"]
    return Reference(events, policy_of(case["policy"]), case["as_of"],
                     settings.get("max_searches", 32), settings.get("retention", "forever"))


def answer_for_pair(reference, expected):
    answer = reference.decision(expected["user_id"], expected["category_id"])
    pair = answer["categories"][0]
    return {"user_id": answer["user_id"], "category_id": pair["category_id"],
            "targeted": answer["targeted"], "reason": answer["reason"], "searches": pair["searches"],
            "next_change_at": timestamp(pair["next_change_at"]) or None,
            "recommendations": [{"product_id": product, "source": source}
                                for product, _, source in answer["recommendations"]]}


def answer_for_shopper(reference, expected):
    answer = reference.decision(expected["user_id"])
    return {"user_id": answer["user_id"], "reason": answer["reason"],
            "categories": [pair["category_id"] for pair in answer["categories"]],
            "recommendations": [
                {"rank": rank, "product_id": product, "category_id": category, "source": source}
                for rank, (product, category, source) in enumerate(answer["recommendations"], 1)]}


def test_reference_agrees_with_every_case():
    compared = 0
    for case in CASES:
        reference = reference_of(case)
        assert set(case["settings"]) <= {"max_searches", "retention"}, case["name"]
        for expected in case["expect"]:
            answer_for = answer_for_pair if "category_id" in expected else answer_for_shopper
            assert answer_for(reference, expected) == expected, case["name"]
            compared += 1
        if "popular" in case:
            rows = [{"category_id": category, "product_id": product, "purchases": int(count)}
                    for category, _, product, count in reference.rows()["popular"]]
            assert rows == case["popular"], case["name"]
            compared += 1
    assert compared >= len(CASES) > 0
