"""Shoppers of `adirect serve` by their ids."""
import json
from urllib.parse import quote

from adirect_cli import needs_binary
from live_server import serve

pytestmark = needs_binary
EVENT = {"type": "search", "time": "2026-01-05T10:00:00Z", "category_id": "shoes", "product_id": "p1"}


def test_every_kind_of_shopper_is_found_and_erased_under_the_id_that_answers_show(tmp_path):
    shown = {"ana": {"user_id": "ana"}, "anon:v1": {"anonymous_id": "v1"}, "a/b ü?": {"user_id": "a/b ü?"}, "7": {"user_id": 7}}
    with serve(tmp_path / "data") as live:
        report = json.loads(live.post([{**EVENT, **who} for who in shown.values()]).body)
        assert report == {"accepted": len(shown), "duplicates": 0, "ignored": 0, "quarantined": []}
        for user in shown:
            path = f"/v1/users/{quote(user, safe='')}"
            kept = live.ask("GET", path)
            assert kept.status == 200 and json.loads(kept.body)["user_id"] == user
            receipt = live.ask("DELETE", path)
            assert receipt.status == 200, receipt.body
            assert json.loads(receipt.body)["user_id"] == user
            assert live.ask("GET", path).status == 404, user


def test_what_is_no_id_is_refused(tmp_path):
    with serve(tmp_path / "data") as live:
        for path in ("/v1/users/%ff", "/v1/users/a%00", "/v1/users/anon:", "/v1/users/" + "a" * 129):
            assert live.ask("DELETE", path).status == 400, path
