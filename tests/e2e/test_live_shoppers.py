"""Shoppers of `adirect serve` by their ids."""
from adirect_cli import needs_binary
from live_server import Server, path_of, search

pytestmark = needs_binary
EVENT = search(product_id="p1")


def test_every_kind_of_shopper_is_found_and_erased_under_the_id_that_answers_show(tmp_path):
    shown = {"ana": {"user_id": "ana"}, "anon:v1": {"anonymous_id": "v1"}, "a/b ü?": {"user_id": "a/b ü?"}, "7": {"user_id": 7}}
    with Server(tmp_path / "data") as server:
        report = server.post([{**EVENT, "user_id": None, **who} for who in shown.values()]).json()
        assert report == {"accepted": len(shown), "duplicates": 0, "ignored": 0, "quarantined": []}
        for user in shown:
            path = path_of("users", user)
            kept = server.get(path)
            assert kept.status == 200 and kept.json()["user_id"] == user
            receipt = server.ask("DELETE", path)
            assert receipt.status == 200, receipt.body
            assert receipt.json()["user_id"] == user
            assert server.get(path).status == 404, user


def test_what_is_no_id_is_refused(tmp_path):
    with Server(tmp_path / "data") as server:
        for path in ("/v1/users/%ff", "/v1/users/a%00", "/v1/users/anon:", "/v1/users/" + "a" * 129):
            assert server.ask("DELETE", path).status == 400, path
