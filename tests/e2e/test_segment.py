"""Segment's official Node library posts to the binary, unchanged; what it sends becomes answers."""
import json
import subprocess
from base64 import b64encode
from datetime import datetime, timedelta, timezone

import pytest
from adirect_cli import ROOT, environment, needs_binary
from live_server import JSON, Server, path_of

pytestmark = needs_binary
MODULES = subprocess.run([ROOT / "scripts" / "node-modules", "tests/segment"], capture_output=True, text=True, check=True).stdout.strip()


class Shop(Server):
    """A server that shops with the library post to."""

    def call(self, path, body=None):
        """The status and the JSON of an answer."""
        answer = self.get(path) if body is None else self.post(body, JSON, path)
        return answer.status, answer.json()

    def decision(self, user):
        status, decision = self.call(path_of("users", user, "recommendations"))
        assert status == 200
        return decision

    def reasons(self, user):
        return {category["category_id"]: category["reason"] for category in self.decision(user)["categories"]}

    def products(self, user):
        return [product["product_id"] for product in self.decision(user)["recommendations"]]

    def send(self, *calls):
        """Calls (method, arguments) through the library; returns the requests that it made."""
        done = subprocess.run([ROOT / "scripts" / "node", ROOT / "tests" / "segment" / "send.js", self.url],
                              input=json.dumps(calls), capture_output=True, text=True, timeout=60, check=False,
                              env={**environment(), "NODE_PATH": MODULES})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(name="shop")
def fixture_shop(tmp_path):
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (catalog / "products.csv").write_text("product_id,category_id\nbag-1,bags\nbag-2,bags\n", encoding="utf-8")
    with Shop(tmp_path / "data", "--catalog", catalog) as shop:
        yield shop


def ago(minutes):
    return (datetime.now(timezone.utc) - timedelta(minutes=minutes)).isoformat()


def track(event, properties, **who):
    return ["track", {"event": event, "properties": properties, **who}]


def views(**who):
    seen = [(9, "runner-3"), (6, "trail-1"), (3, "runner-3")]
    return [track("Product Viewed", {"product_id": product, "category": "shoes", "price": 89.9}, timestamp=ago(minutes),
                  **who) for minutes, product in seen]


def test_an_anonymous_visit_is_followed_by_recommendations(shop):
    requests = shop.send(*views(anonymousId="a visit/7"), ["page", {"anonymousId": "a visit/7", "name": "Home"}])
    assert requests and {request["url"] for request in requests} == {shop.url + "/v1/batch"}
    key = "Basic " + b64encode(b"a-key:").decode()
    assert all(request["headers"]["Authorization"] == key for request in requests)
    assert shop.decision("anon:a visit/7")["reason"] == "targeted"
    assert shop.products("anon:a visit/7") == ["runner-3", "trail-1"]
    status, stats = shop.call("/v1/stats")
    assert status == 200 and (stats["accepted"], stats["ignored"], stats["quarantined"]) == (3, 1, {})


def test_an_order_and_its_refund_act_on_the_next_answer(shop):
    order = {"order_id": 5001, "total": 134.8, "currency": "EUR",
             "products": [{"product_id": "runner-3", "category": "shoes", "quantity": 1, "price": 89.9},
                          {"product_id": "bag-1", "quantity": 2, "price": 44.9}]}
    shop.send(["identify", {"userId": "ana", "traits": {"name": "Ana"}}], *views(userId="ana"))
    assert shop.products("ana") == ["runner-3", "trail-1"]
    shop.send(track("Order Completed", order, userId="ana", timestamp=ago(2)))
    decision = shop.decision("ana")
    assert (decision["targeted"], decision["reason"], decision["recommendations"]) == (False, "purchased", [])
    assert shop.reasons("ana") == {"shoes": "purchased", "bags": "purchased"}  # bag-1's category is the catalog's
    shop.send(track("Order Refunded", {"order_id": 5001, "products": [{"product_id": "bag-1"}]}, userId="ana",
                    timestamp=ago(1)))
    assert shop.reasons("ana") == {"shoes": "purchased", "bags": "few_searches"}
    shop.send(track("Order Cancelled", {"order_id": 5001}, userId="ana"))
    assert shop.products("ana") == ["runner-3", "trail-1"]


def test_searches_lists_and_baskets_are_interest(shop):
    who = {"anonymousId": "a-1"}
    shop.send(track("Products Searched", {"query": "bag", "category": "bags"}, timestamp=ago(5), **who),
              track("Products Searched", {"query": "something red"}, timestamp=ago(5), **who),
              track("Product List Viewed", {"category": "bags", "products": [{"product_id": "bag-1"}, {"sku": "B2"}]},
                    timestamp=ago(4), **who),
              track("Product Added", {"product_id": "bag-2"}, timestamp=ago(3), **who),
              track("Product Added to Wishlist", {"product_id": "bag-1"}, timestamp=ago(2), **who))
    status, kept = shop.call("/v1/users/anon:a-1")
    assert status == 200
    assert {(event["type"], event["category_id"], event.get("product_id")) for event in kept["interests"]} == {
        ("search", "bags", None), ("view", "bags", "bag-1"), ("view", "bags", None), ("cart", "bags", "bag-2"),
        ("favorite", "bags", "bag-1")}
    assert shop.decision("anon:a-1")["reason"] == "targeted"


def test_a_call_that_comes_again_is_one_event(shop):
    call = {"type": "track", "event": "Product Viewed", "messageId": "m-1", "userId": "eva", "timestamp": ago(1),
            "properties": {"product_id": "runner-3", "category": "shoes"}}
    for times in range(3):
        status, answer = shop.call("/v1/track", call)
        assert (status, answer) == (200, {"success": True, "accepted": 1 - min(times, 1), "duplicates": min(times, 1),
                                          "ignored": 0, "quarantined": []})
    again = shop.call("/v1/batch", {"batch": [call, call]})[1]
    assert (again["accepted"], again["duplicates"]) == (0, 2)
    assert len(shop.call("/v1/users/eva")[1]["interests"]) == 1


def test_what_is_no_event_is_told_by_call(shop):
    good = {"type": "track", "event": "Product Viewed", "userId": "eva", "timestamp": ago(1),
            "properties": {"product_id": 7, "category": "shoes"}}
    calls = [{"type": "identify", "userId": "eva"}, {**good, "userId": None}, good, {**good, "timestamp": "now"},
             {**good, "properties": {"product_id": "unknown"}}, {**good, "type": "trace"}, 7,
             {**good, "timestamp": (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()}]
    status, answer = shop.call("/v1/batch", {"batch": calls})
    assert status == 200
    assert answer == {"success": True, "accepted": 1, "duplicates": 0, "ignored": 1, "quarantined": [
        {"index": 1, "reason": "missing_user_id"}, {"index": 3, "reason": "bad_time"},
        {"index": 4, "reason": "missing_category_id"}, {"index": 5, "reason": "bad_type"},
        {"index": 6, "reason": "bad_json"}, {"index": 7, "reason": "future"}]}
    for path in ["identify", "page", "screen", "group", "alias"]:
        assert shop.call(f"/v1/{path}", {"userId": "eva"})[1]["ignored"] == 1


def test_a_body_that_cannot_be_read_changes_nothing(shop):
    body = json.dumps({"batch": [views(userId="eva")[0][1] | {"type": "track", "userId": "eva"}]}).encode()
    for size in range(0, len(body), 7):
        status, problem = shop.call("/v1/batch", body[:size])
        assert status == 400 and "body" in problem["detail"], size
    assert shop.call("/v1/batch", b'{"batch": "' + b"x" * (513 << 10) + b'"}')[0] == 413
    assert shop.call("/v1/users/eva")[0] == 404
    assert shop.call("/v1/batch", body)[1]["accepted"] == 1


def test_what_was_answered_is_there_after_a_restart(tmp_path):
    with Shop(tmp_path / "data") as shop:
        shop.send(*views(userId="ana"))
    with Shop(tmp_path / "data") as shop:
        assert shop.products("ana") == ["runner-3", "trail-1"]
