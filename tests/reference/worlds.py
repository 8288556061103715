"""Seeded random worlds: messy events, a policy and settings, made to hit the contract's boundaries.

`small_world(seed)` has a few shoppers and every trap at once: ties in a millisecond, events at the
exact edge of a duration, midnights, bursts above M, more days than M, refunds by order and by
product before and after their purchase, erases (also after as_of), repeated deliveries, reused ids
with other content, anonymous shoppers and odd ids. `big_world(seed, events)` is the same mess at size.

`with_catalog` gives a world a catalog and takes the categories from some of its events.
`split`, `shuffled`, `repeated` rearrange a world's events without changing what they mean;
`write_ndjson` and `write_csv` write them in the `adirect` format.
"""
import csv
import io
import json
from collections import namedtuple
from datetime import datetime, timedelta, timezone
from random import Random

DAY = 86_400_000
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": DAY}
INTEREST = ["search", "view", "cart", "favorite"]
COLUMNS = ["type", "time", "user_id", "anonymous_id", "user_name", "category_id", "product_id", "order_id",
           "event_id", "region", "quantity", "price", "currency"]
DURATIONS = ["1ms", "1s", "90s", "5m", "1h", "25h", "1d", "2d", "7d", "30d", "forever"]
ODD_IDS = [
    '"', 'say "hi"', "a,b", ",", "日本", "é", "e\u0301", "👟", "👩\u200d🦰", " ", " a ", "A", "a", "0", "00", "42", "-1",
    "7.0", "null", "NaN", "'", "\\", "\\n", "#0", "a;b", "=1+1", "\u2028", "\ufeff", "é" * 64, "x" * 128, "{}", "%s", "-",
    "--user", "..", "anon", "Anon:x", "\U0010ffff", "\ue000"
]

ODD_TITLES = ['Runner "3"', "Tote, large", "👟 日本", " ", "=1+1", "'", "Ünï"]
PRODUCT_COLUMNS = ["product_id", "category_id", "title", "price", "currency", "url", "image_url", "available",
                   "updated_at", "colour"]

# policy: the flat dict of keys; retention: "forever" or days; as_of in ms.
World = namedtuple("World", "seed events policy as_of max_searches retention")


def milliseconds(text):
    digits = text.rstrip("dhms")
    return None if text == "forever" else int(digits) * UNITS[text[len(digits):]]


def random_policy(rng, max_searches, retention):
    """A policy whose values the settings allow: no finite duration above R, no count above M."""
    limit = milliseconds(retention)
    allowed = [d for d in DURATIONS if limit is None or d == "forever" or milliseconds(d) <= limit]
    return {
        "events": rng.choice([["search"], ["search", "view"], ["view"], ["cart", "favorite"], INTEREST]),
        "min_searches": min(max_searches, rng.choice([1, 1, 1, 2, 2, 3, 5, 9])),
        "window": rng.choice(allowed + allowed[-3:] * 3),
        "min_distinct_days": min(max_searches, rng.choice([1, 1, 1, 2, 3, 5])),
        "last_within": rng.choice(allowed + allowed[-3:] * 3),
        "suppress_for": rng.choice(allowed + allowed[:4] * 2),
        "recent": rng.choice([0, 1, 2, 3, 5, 40, 40]),
        "popular": rng.choice([0, 1, 2, 5, 40, 40]),
        "popular_window": rng.choice([d for d in allowed if d == "forever" or milliseconds(d) % DAY == 0]),
        "exclude_purchased": rng.random() < 0.3,
        "limit": rng.choice([1, 2, 3, 10, 40, 40]),
    }


def policy_toml(policy, name="world"):
    keys = {"interest": ["events", "min_searches", "window", "min_distinct_days", "last_within"],
            "purchase": ["suppress_for"],
            "products": ["recent", "popular", "popular_window", "exclude_purchased", "limit"]}
    lines = [f'name = "{name}"']
    for section, names in keys.items():
        lines += [f"[{section}]"] + [f"{key} = {json.dumps(policy[key])}" for key in names]
    return "\n".join(lines) + "\n"


class Maker:
    """Draws events around as_of; what repeats deliberately is drawn from small pools."""

    def __init__(self, rng, policy, as_of, max_searches, users, categories, products):
        self.rng, self.as_of, self.m = rng, as_of, max_searches
        self.users, self.categories, self.products = users, categories, products
        self.kinds = policy["events"] * 4 + INTEREST
        lengths = [policy[key] for key in ("window", "last_within", "suppress_for", "popular_window")]
        self.edges = [milliseconds(d) for d in lengths if d != "forever"] or [DAY]
        self.unit = rng.choice([1, 1000, 60_000, 3_600_000, DAY // 2, DAY])
        self.events = []

    def time(self):
        """An instant up to as_of (rarely after): on a grid, at a duration's edge, or about midnight."""
        near = self.rng.choice([-1, 0, 0, 1])
        kind = self.rng.random()
        if kind < 0.5:
            back = self.rng.randrange(0, 12) * self.unit
        elif kind < 0.75:
            back = self.rng.choice(self.edges) + near
        elif kind < 0.9:
            back = self.as_of % DAY + self.rng.randrange(0, 4) * DAY + near
        else:
            back = self.rng.randrange(-DAY, 40 * DAY)
        return max(0, self.as_of - back)

    def shopper(self):
        user = self.rng.choice(self.users)
        if user.startswith("anon:"):
            return {"anonymous_id": user[5:]}
        both = {"anonymous_id": "also"} if self.rng.random() < 0.05 else {}
        return {"user_id": user, **both}

    def trimmings(self):
        """Fields that no answer looks at."""
        if self.rng.random() > 0.1:
            return {}
        return {"user_name": self.rng.choice(["Ana", 'O"Neill, J.', "Łukasz"]), "region": "eu",
                "quantity": 2, "price": 9.5, "currency": "EUR"}

    def add(self, kind, time, shopper, **fields):
        event = {"type": kind, "time": time, **shopper, **fields, **self.trimmings()}
        if self.rng.random() < 0.7:
            event["event_id"] = self.rng.choice([f"e{len(self.events)}", f"{kind}#{self.rng.randrange(5)}",
                                                 self.rng.choice(ODD_IDS)])
        self.events.append({key: value for key, value in event.items() if value is not None})

    def product(self):
        return None if self.rng.random() < 0.1 else self.rng.choice(self.products)

    def order(self):
        return self.rng.choice([None, "o1", "o2", "o3"])

    def search(self):
        self.add(self.rng.choice(self.kinds), self.time(), self.shopper(),
                 category_id=self.rng.choice(self.categories), product_id=self.product())

    def purchase(self):
        """A purchase; often a refund just before, at or after it, by order, product or both."""
        time, shopper, product, order = self.time(), self.shopper(), self.product(), self.order()
        self.add("purchase", time, shopper, category_id=self.rng.choice(self.categories),
                 product_id=product, order_id=order)
        if self.rng.random() < 0.5:
            refunder = shopper if self.rng.random() < 0.9 else self.shopper()
            self.refund(time + self.rng.choice([-1, 0, 1, self.unit]), refunder,
                        self.rng.choice([None, product, self.product()]),
                        self.rng.choice([None, order, self.order()]))

    def refund(self, time, shopper, product, order):
        if product or order:
            category = self.rng.choice([None, *self.categories])
            self.add("refund", max(0, time), shopper, product_id=product, order_id=order, category_id=category)

    def erase(self):
        self.add("erase", self.time() + self.rng.choice([0, 0, DAY]), self.shopper())

    def burst(self):
        """More searches of a pair than M: within one millisecond, one a step, or one a day."""
        step = self.rng.choice([0, 0, 1, self.unit, DAY, DAY])
        kind, shopper, category = self.rng.choice(self.kinds), self.shopper(), self.rng.choice(self.categories)
        start = self.time()
        for i in range(self.m + self.rng.randrange(-1, 4)):
            self.add(kind, max(0, start - i * step), shopper, category_id=category, product_id=self.product())

    def repeat(self):
        """The same delivery again, or its id again with other content."""
        named = [e for e in self.events[-50:] if "event_id" in e]
        if not named:
            return
        again = dict(self.rng.choice(named))
        if again["type"] in INTEREST + ["purchase"] and self.rng.random() < 0.6:
            key, value = self.rng.choice([
                ("time", again["time"] + 1), ("category_id", self.rng.choice(self.categories)),
                ("product_id", self.rng.choice(self.products)), ("order_id", "o4"),
                ("type", self.rng.choice(INTEREST)), ("user_name", "Other"), ("region", "us")])
            again[key] = value
        self.events.append(again)

    def fill(self, count, purchases=10, rare=1):
        doings = ([self.search] * 60 + [self.purchase] * purchases + [self.repeat] * 12
                  + [self.burst] * rare + [self.erase] * rare)
        while len(self.events) < count:
            self.rng.choice(doings)()
        return self.events


def small_world(seed):
    rng = Random(seed)
    max_searches = rng.choice([3, 4, 5, 5, 32])
    retention = rng.choice(["forever", "forever", "2d", "10d", "40d"])
    policy = random_policy(rng, max_searches, retention)
    as_of = 1_767_607_200_000 + rng.choice([0, 1, 51_839_999, 50_400_000, rng.randrange(DAY)])  # Jan 2026
    pool = ODD_IDS + [f"id{i}" for i in range(len(ODD_IDS))]
    users = rng.sample(pool, rng.randrange(1, 6)) + ["anon:" + rng.choice(ODD_IDS)[:30]]
    maker = Maker(rng, policy, as_of, max_searches, users, rng.sample(pool, rng.randrange(1, 4)),
                  rng.sample(pool, rng.randrange(2, 10)))
    if retention != "forever":
        maker.edges.append(milliseconds(retention))
    events = maker.fill(rng.randrange(1, 90), rng.choice([3, 10, 20]), rng.choice([0, 1, 2]))
    return World(seed, events, policy, as_of, max_searches, retention)


def big_world(seed, count, retention="forever"):
    """The same mess with `count` events: about 30 a shopper, and a policy that targets many."""
    rng = Random(seed)
    policy = {"events": ["search", "view", "cart"], "min_searches": 2, "window": "7d",
              "min_distinct_days": 1, "last_within": "2d", "suppress_for": "1d", "recent": 3,
              "popular": 5, "popular_window": "30d", "exclude_purchased": True, "limit": 6}
    users = [f"user-{i:06d}" for i in range(count // 30)] + [f"anon:{i}" for i in range(count // 300)] + ODD_IDS
    categories = ODD_IDS[:10] + [f"category {i}" for i in range(20)]
    maker = Maker(rng, policy, 1_767_607_200_000, 32, users, categories,
                  ODD_IDS + [f"p{i}" for i in range(400)])
    maker.unit = 3_600_000
    return World(seed, maker.fill(count), policy, maker.as_of, 32, retention)


def with_catalog(rng, world):
    """The world with events that lack their category, and rows of a catalog that knows some products,
    several times over: newer and older ones, some of one instant."""
    events = [{key: value for key, value in e.items() if key != "category_id" or rng.random() < 0.6}
              for e in world.events]
    products = sorted({e["product_id"] for e in events if "product_id" in e})
    categories = sorted({e["category_id"] for e in world.events if "category_id" in e}) or ["c"]
    rows = []
    for product in rng.sample(products, len(products) * 3 // 4):
        for _ in range(rng.choice([1, 1, 2, 4])):
            row = {"product_id": product, "category_id": rng.choice([*categories, *categories, ""]),
                   "title": rng.choice(["", *ODD_TITLES]), "price": rng.choice(["", "9", "19.90"]),
                   "url": rng.choice(["", "https://shop.example/p"]), "available": rng.random() < 0.6}
            time = rng.choice([None, 0, 1, world.as_of])
            rows.append(row if time is None else {**row, "updated_at": time})
    return world._replace(events=events), shuffled(rng, rows)


def write_products(rng, path, rows):
    """Columns in any order, one of them unknown; true, 1 or nothing for what is available."""
    columns = rng.sample(PRODUCT_COLUMNS, len(PRODUCT_COLUMNS))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=rng.choice(["\n", "\r\n"]))
    writer.writerow(columns)
    for row in rows:
        shown = dict(row, available=rng.choice(["true", "1", ""] if row["available"] else ["false", "0"]))
        if "updated_at" in row:
            shown["updated_at"] = rng.choice([row["updated_at"], rfc3339(rng, row["updated_at"])])
        writer.writerow([shown.get(column, "") for column in columns])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode("utf-8"))
    return path


def shuffled(rng, events):
    return rng.sample(events, len(events))


def repeated(rng, events):
    """Some deliveries again; only what carries an event_id is the same event wherever it stands."""
    again = [e for e in events if "event_id" in e and rng.random() < 0.3]
    return shuffled(rng, events + again)


def split(rng, events, files):
    parts = [[] for _ in range(files)]
    for event in events:
        rng.choice(parts).append(event)
    return parts


def rfc3339(rng, ms):
    """One of the ways the `adirect` format may spell an instant."""
    zone = timezone(timedelta(minutes=rng.choice([0, 480, -210])))
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)
    text = moment.astimezone(zone).isoformat(sep=rng.choice("T "), timespec="milliseconds")
    return text.replace("+00:00", "Z") if rng.random() < 0.5 else text


def write_ndjson(rng, path, events):
    """Keys in any order, absent fields left out, empty or null, times as text or milliseconds."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for event in events:
            row = dict(event, time=rng.choice([event["time"], rfc3339(rng, event["time"])]))
            for key in ("user_id", "category_id", "product_id"):
                if row.get(key) in ("0", "7", "42") and rng.random() < 0.5:
                    row[key] = int(row[key])  # a JSON integer is its digits
            for column in COLUMNS:
                if column not in row and rng.random() < 0.1:
                    row[column] = rng.choice([None, ""])
            keys = rng.sample(list(row), len(row))
            file.write(json.dumps({key: row[key] for key in keys}, ensure_ascii=rng.random() < 0.3) + "\n")
    return path


def write_csv(rng, path, events):
    """A header in any column order, RFC 4180 quotes where needed or everywhere, LF or CRLF, BOM or none."""
    text = io.StringIO(newline="")
    columns = rng.sample(COLUMNS, len(COLUMNS))
    writer = csv.writer(text, lineterminator=rng.choice(["\n", "\r\n"]),
                        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer.writerow(columns)
    for event in events:
        row = dict(event, time=rng.choice([event["time"], rfc3339(rng, event["time"])]))
        writer.writerow([row.get(column, "") for column in columns])
    data = text.getvalue().encode("utf-8")
    path.write_bytes(b"\xef\xbb\xbf" * rng.randrange(2) + (data if rng.random() < 0.5 else data.rstrip(b"\r\n")))
    return path
