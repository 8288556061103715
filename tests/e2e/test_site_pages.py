"""The site as a person uses it, in Chromium, against the real binary over a week of the demo's world.

ADIRECT_SCREENSHOTS=DIR writes a picture of every page there.
"""
import datetime
import json
import os
import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from adirect_cli import needs_binary, run
from browser import Watched, api, axe, launch, needs_chromium
from live_server import Server, write_keys
from playwright.sync_api import expect, sync_playwright

pytestmark = [needs_binary, needs_chromium]

ODD_IDS = ["a b", "a/b", "100%", '"q\'', "<script>alert(1)</script>", "👟", "?x=1#y", "..."]
EXPECT_MS = 20_000
PAGES = {"overview": "/", "searches": "/searches", "shopper-form": "/user", "shopper": "/user/story", "shopper-in-category":
         "/user/story/9", "products-form": "/products", "products": "/products/9?window=7d", "audience": "/audience",
         "policies": "/policies", "policies-changed": "/policies?interest.min_searches=5", "quality": "/quality?reason=bad_time",
         "sign-in": "/sign-in", "nothing": "/nowhere", "unknown": "/user/nobody"}


def now(back=0.0):
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=back)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def search(user, product="99910001", category="9", **more):
    return {"type": "search", "time": now(), "user_id": user, "category_id": category, "product_id": product, **more}


def post(server, *events):
    report = api(server, "POST", "/v1/events", list(events))
    assert report["accepted"] == len(events)


def post_searches(server, user, count=3, **more):
    post(server, *[search(user, f"9991000{i}", event_id=f"{user}{time.monotonic_ns()}{i}", **more) for i in range(count)])


@pytest.fixture(scope="module", name="world")
def _world(tmp_path_factory):
    """Flags of `serve` for a week of the demo's world until now, and its catalog."""
    folder = tmp_path_factory.mktemp("world")
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=7)
    done = run("generate", "--world", "seed2017", "--events", 20_000, "--user-count", 300, "--days", 7, "--start",
               start.strftime("%Y-%m-%dT%H:%M:%SZ"), "--format", "adirect", "--quiet", "--write-catalog", folder / "catalog",
               "-o", folder / "week.ndjson")
    assert done.returncode == 0, done.stderr
    return ["--source", folder / "week.ndjson", "--catalog", folder / "catalog", "--audience-every", "0.5"]


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory, world):
    with Server(tmp_path_factory.mktemp("shop") / "data", *world) as server:
        post_searches(server, "story", user_name="Ana Story")
        bad = [{**search("ana"), "time": "yesterday"}, {**search("ana"), "time": "24.11.2026"}, {**search(""), "user_id": ""}]
        assert server.post(json.dumps(bad).encode(), "application/json").json()["accepted"] == 0
        yield server


@pytest.fixture(scope="module", name="chromium")
def _chromium():
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(name="visit")
def _visit(chromium):
    """Opens watched pages: visit(server, path, **context) → Watched; each is checked at the end."""
    expect.set_options(timeout=EXPECT_MS)
    opened = []

    def visit(server, path, **options):
        context = chromium.new_context(**{"locale": "en-GB", "timezone_id": "Europe/Berlin", "viewport": {"width": 1280, "height": 900},
                                          **options})
        watched = Watched(context, f"http://{server.address}")
        opened.append((context, watched))
        watched.open(path)
        return watched

    yield visit
    for context, watched in opened:
        watched.check()
        context.close()


def verdict(page):
    return page.locator(".verdict-word")


# ---- each page's job


def test_a_shopper_is_followed_from_search_to_silence(server, visit):
    """From the newest searches to the shopper, whose open page changes as events come."""
    page = visit(server, "/searches?category=9").page
    post(server, search("follow", "99938821", user_name="Fay Follow"))
    page.get_by_role("link", name="Fay Follow").click()
    expect(page).to_have_url(re.compile("/user/follow$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Fay Follow")
    expect(verdict(page)).to_have_text("Not targeted")
    expect(page.locator(".verdict")).to_contain_text("Too few searches")

    post(server, search("follow", "99929143"), search("follow", "99924493"))
    expect(verdict(page)).to_have_text("Targeted")
    expect(page.locator(".verdict")).to_contain_text("Keeps searching Chargers")
    expect(page.get_by_role("timer").first).to_have_text(re.compile(r"^\d d \d\d:\d\d:\d\d$"))
    shown = page.locator(".products").first.get_by_role("listitem")
    expect(shown.first).to_contain_text("Charger 24493")
    expect(shown.first).to_contain_text("Searched recently")

    post(server, {**search("follow", "99924493"), "type": "purchase", "order_id": "o1"})
    expect(verdict(page)).to_have_text("Not targeted")
    expect(page.locator(".verdict")).to_contain_text("Bought here")
    expect(page.locator(".timeline .is-purchase")).to_contain_text("Charger 24493")
    expect(page.locator(".products")).to_have_count(0)
    expect(page.locator('[data-clause="suppress_for"]')).to_contain_text("no")

    post(server, {"type": "refund", "time": now(), "user_id": "follow", "order_id": "o1"})
    expect(verdict(page)).to_have_text("Targeted")


def test_the_clauses_are_those_of_the_api(server, visit):
    page = visit(server, "/user/story/9").page
    told = server.get("/v1/users/story/explain", category="9").json()
    rows = page.locator("[data-clause]")
    expect(rows).to_have_count(len(told["categories"][0]["clauses"]))
    for clause in told["categories"][0]["clauses"]:
        row = page.locator(f'[data-clause="{clause["name"]}"]')
        expect(row).to_contain_text("yes" if clause["holds"] else "no")
    expect(page.locator('[data-clause="min_searches"]')).to_contain_text("At least 3 searches")
    titles = [one["product"]["title"] for one in told["recommendations"]]
    assert titles
    expect(page.locator(".products .title")).to_have_text(titles)
    instant = page.locator(".timeline time").first
    assert instant.get_attribute("title").endswith(" UTC") and instant.get_attribute("datetime").endswith("Z")


def test_the_overview_shows_the_pipeline(server, visit):
    page = visit(server, "/").page
    for name in ("Source", "Engine", "Archive", "Store"):
        expect(page.locator(".stage").filter(has_text=name).first).to_be_visible()
    stats = server.get("/v1/stats").json()
    expect(page.locator('[data-stage="engine"]')).to_contain_text("Healthy")
    expect(page.locator(".figure").filter(has_text="Shoppers known")).to_contain_text(f"{stats['shoppers']:,}")
    expect(page.get_by_text("Suppressed by a purchase").first).to_be_visible()
    expect(page.locator(".list tbody tr")).not_to_have_count(0)


def test_the_newest_searches_are_of_one_category_where_one_is_chosen(server, visit):
    page = visit(server, "/searches").page
    page.get_by_label("Category").select_option(label="Phones (4)")
    expect(page).to_have_url(re.compile("category=4"))
    post(server, search("phoner", "44410001", category="4"))
    expect(page.locator(".list tbody tr").first).to_contain_text("phoner")
    expect(page.locator(".list tbody tr td:nth-child(3)").first).to_have_text("Phones")
    post(server, {**search("phoner", "44410001", category="4"), "type": "purchase"})
    expect(page.get_by_role("link", name="phoner")).to_have_count(0)


@pytest.mark.parametrize("path", ["/searches", "/products/9"])
def test_every_number_of_rows_that_is_offered_is_answered(server, visit, path):
    page = visit(server, path).page
    offered = page.get_by_label("Rows").locator("option").all_text_contents()
    assert len(offered) > 1
    for rows in offered:
        with page.expect_response(lambda answer, rows=rows: f"limit={rows}" in answer.url) as answered:
            page.get_by_label("Rows").select_option(rows)
        assert answered.value.status == 200, rows


def test_popular_products_by_window(server, visit):
    page = visit(server, "/products").page
    page.get_by_role("link", name="Chargers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Popular in Chargers")
    page.get_by_label("Bought within").select_option("7d")
    expect(page).to_have_url(re.compile("window=7d"))
    told = server.get("/v1/categories/9/popular", window="7d", limit=20).json()["products"]
    assert told
    expect(page.locator(".list .title")).to_have_text([one["title"] for one in told])
    expect(page.locator(".trend").first).to_have_text(re.compile("new|same|▲|▼"))


def test_the_audience_page_by_page(server, visit):
    """All pages together are the audience, each pair once."""
    page = visit(server, "/audience").page
    seen = []
    while True:
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        seen += page.locator(".list tbody tr td:first-child").all_inner_texts()
        more = page.get_by_role("button", name="Next page")
        if more.count() == 0:
            break
        before = page.url
        more.click()
        expect(page).not_to_have_url(before)
        expect(page.get_by_role("button", name="First page")).to_be_visible()
    rows = [line for line in server.get("/v1/audience").lines() if "user_id" in line]
    assert len(seen) > 100
    assert sorted(seen) == sorted(row["user_id"] for row in rows)


def test_the_audience_is_exported(server, visit):
    page = visit(server, "/audience").page
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert download.value.suggested_filename.endswith(".csv")
    assert lines[0] == "user_id,category_id,searches,last_search_at,next_change_at" and len(lines) > 100


def test_who_entered_and_who_left(server, visit):
    page = visit(server, "/audience").page
    expect(page.locator(".sizes")).to_contain_text("shoppers in")
    post_searches(server, "comer")
    expect(page.locator(".changes li").filter(has_text="comer").filter(has_text="entered")).to_be_visible()
    post(server, {**search("comer"), "type": "purchase"})
    expect(page.locator(".changes li").filter(has_text="comer").filter(has_text="left")).to_be_visible()


def test_a_policy_is_edited_previewed_and_applied(server, visit):
    page = visit(server, "/policies?name=default").page
    searches = page.get_by_label("At least so many searches")
    searches.fill("0")
    expect(page.get_by_text("“0” does not fit.")).to_be_visible()
    expect(searches).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("button", name="Apply")).to_be_disabled()

    page.goto(f"http://{server.address}/policies?name=strict")
    expect(page.get_by_text("New: strict")).to_be_visible()
    page.get_by_label("At least so many searches").fill("12")
    page.reload()
    expect(page.get_by_label("At least so many searches")).to_have_value("12")
    expect(page.get_by_text("Exact: every shopper was looked at.")).to_be_visible()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Applied:")).to_be_visible()
    assert b"min_searches = 12" in re.sub(rb" +", b" ", server.get("/v1/policies/strict").body)
    expect(page.get_by_role("link", name="strict")).to_have_attribute("aria-current", "page")

    page.get_by_label("At least so many searches").fill("1")
    expect(page.locator(".figure").filter(has_text="Enter")).to_contain_text(re.compile(r"\+[1-9]"))
    page.get_by_role("button", name="Undo changes").click()
    expect(page.get_by_label("At least so many searches")).to_have_value("12")


def test_what_the_server_refuses_of_a_policy_stands_at_its_field(server, visit):
    """More than the state keeps: no form can know that."""
    page = visit(server, "/policies?name=long&interest.window=900d&products.recent=3").page
    expect(page.locator(".trouble").filter(has_text="400d")).to_be_visible()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".trouble").filter(has_text="400d")).to_be_visible()
    expect(page.get_by_label("Within this long")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Within this long")).to_have_value("900d")
    expect(page.get_by_label("Recently searched products")).to_have_value("3")
    assert server.get("/v1/policies/long").status == 404


def test_what_is_in_quarantine_and_why(server, visit):
    bad = json.dumps([{**search("<script>alert(1)</script>"), "time": "yesterday"}]).encode()
    assert server.post(bad, "application/json").json()["quarantined"] == [{"index": 0, "reason": "bad_time"}]
    page = visit(server, "/quality").page
    expect(page.locator('[data-reason="missing_user_id"]')).to_contain_text("Nobody is named")
    reason = page.locator('[data-reason="bad_time"]')
    expect(reason).to_contain_text("no time with a zone")
    reason.get_by_role("button").click()
    expect(page).to_have_url(re.compile("reason=bad_time"))
    expect(reason.locator("pre").first).to_contain_text("<script>alert(1)</script>")


# ---- keys


def test_a_key_is_asked_for_once_and_leads_back(tmp_path, world, visit):
    keys = write_keys(tmp_path / "keys.txt", "read", "ingest")
    with Server(tmp_path / "data", *world, "--keys", tmp_path / "keys.txt") as server:
        page = visit(server, "/products/9?window=7d").page
        expect(page).to_have_url(re.compile("/sign-in"))
        page.get_by_label("Key").fill("no.key")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("No key is this.")).to_be_visible()
        expect(page.get_by_label("Key")).to_have_value("no.key")
        page.get_by_label("Key").fill(keys["read"])
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(re.compile(r"/products/9\?window=7d$"))
        expect(page.locator(".list tbody tr")).not_to_have_count(0)
        assert page.evaluate("document.cookie") == ""
        page.goto(f"http://{server.address}/user/1")
        expect(verdict(page)).to_be_visible()
        page.goto(f"http://{server.address}/policies?interest.min_searches=4")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator(".trouble").filter(has_text="admin").first).to_be_visible()
        expect(page.get_by_label("At least so many searches")).to_have_value("4")
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(re.compile("/sign-in"))


def test_a_key_without_the_role_is_a_sentence(tmp_path, world, visit):
    key = write_keys(tmp_path / "keys.txt", "ingest")["ingest"]
    with Server(tmp_path / "data", *world, "--keys", tmp_path / "keys.txt") as server:
        page = visit(server, "/sign-in?back=/audience").page
        page.get_by_label("Key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(re.compile("/audience$"))
        expect(page.get_by_role("alert").first).to_contain_text("a key with the role read")


# ---- manners


def test_a_server_that_goes_and_comes_back(tmp_path, world, visit):
    with Server(tmp_path / "data", *world) as server:
        page = visit(server, "/user/1").page
        expect(verdict(page)).to_be_visible()
        kept = page.locator(".timeline").inner_text()
        server.stop()
        expect(page.get_by_text("The server is gone, trying again")).to_be_visible()
        expect(page.locator(".timeline")).to_be_visible()
        assert kept
        server.start(server.address)
        expect(page.get_by_text("The server is gone")).to_have_count(0)
        post_searches(server, "1", count=4)
        expect(verdict(page)).to_have_text("Targeted")
        expect(page.locator(".timeline time").first).to_have_text(re.compile("just now| s ago"))


def test_odd_ids_are_ids(server, visit):
    post(server, *[search(user, category=user, event_id=f"odd{i}") for i, user in enumerate(ODD_IDS)])
    for user in ODD_IDS:
        page = visit(server, "/user").page
        page.get_by_label("Shopper's id").fill(user)
        page.get_by_role("button", name="Look up").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(user)
        expect(page.locator(".timeline li")).to_have_count(1)
        page.get_by_role("heading", level=2).get_by_role("link", name=user, exact=True).click()
        expect(page).to_have_url(re.compile(re.escape(quote(user, safe="!*'()")) + "$"))
        expect(page.locator(".timeline li")).to_have_count(1)
        page.goto(f"http://{server.address}/products/{quote(user, safe='')}")
        expect(page.get_by_text(f"Nothing was bought in {user} in this time.")).to_be_visible()


def test_what_is_not_known_is_a_sentence(server, visit):
    page = visit(server, "/user/nobody").page
    expect(page.get_by_text("Nobody knows a shopper “nobody”")).to_be_visible()
    page.goto(f"http://{server.address}/products/none")
    expect(page.get_by_text("No event names a category “none”.")).to_be_visible()
    page.goto(f"http://{server.address}/user/story?policy=none")
    expect(page.get_by_role("alert").first).to_contain_text("No policy is named none")
    page.goto(f"http://{server.address}/audience?policy=none")
    expect(page.get_by_role("alert").first).to_contain_text("No policy is named none")
    page.goto(f"http://{server.address}/nowhere")
    expect(page.get_by_text("There is no page at this address.")).to_be_visible()
    page.goto(f"http://{server.address}/user")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_text("Give the id of a shopper.")).to_be_visible()


def test_by_keyboard_alone(server, visit):
    page = visit(server, "/").page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Shopper":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("One shopper")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Shopper's id")).to_be_focused()
    page.keyboard.type("story")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Story")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("One shopper")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(server, visit, scheme):
    for path in PAGES.values():
        page = visit(server, path, color_scheme=scheme, reduced_motion="reduce").page
        page.wait_for_load_state("load")
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".spinner")).to_have_count(0)
        assert axe(page) == [], path


@pytest.mark.parametrize("width", [360, 2560])
def test_no_page_is_wider_than_its_window(server, visit, width):
    for path in PAGES.values():
        page = visit(server, path, viewport={"width": width, "height": 800}).page
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".spinner")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def live_on(server, seconds):
    """Shoppers search, more and less, as long as a picture of the time needs."""
    for i in range(2 * seconds):
        category = i % 9 + 1
        post(server, *[search(f"{i % 90 + 1}", f"{category}{category}{category}1{i:04}", category=f"{category}", event_id=f"live{i}-{n}")
                       for n in range(5 + i // 10 % 7)])
        time.sleep(0.5)


PICTURES = ["overview", "searches", "shopper", "products", "audience", "policies-changed", "quality", "sign-in"]


def test_pictures_of_every_page(server, visit):
    folder = os.environ.get("ADIRECT_SCREENSHOTS")
    if folder:
        live_on(server, 90)
    for name in PICTURES if folder else PICTURES[:1]:
        page = visit(server, PAGES[name]).page
        expect(page.locator("h1")).to_be_visible()
        if name == "overview":
            expect(page.locator(".plot canvas")).to_have_count(3, timeout=3 * EXPECT_MS)
        expect(page.locator(".spinner")).to_have_count(0)
        page.screenshot(path=f"{folder}/site-{name}.png" if folder else None)
