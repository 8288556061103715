"""adirect's answers, computed the naive way from DESIGN.md sections 3 and 4 alone.

Nothing of the project is imported and nothing is incremental: the whole set of events is folded
anew for every question, and next_change_at is found by asking again at every instant at which an
event could leave a duration, never by a formula. Slow, and meant to be read beside the design.

An event is a dict of the canonical fields whose `event_id` is its identity (give one to every
search and purchase); `time` is RFC 3339 or integer milliseconds. A policy is the flat dict of the
TOML's keys (`policy_of`). A catalog is the rows of its products.csv as dicts. Text compares as its bytes do: Python orders
strings by code point, which is the order of UTF-8.
"""
import tomllib
from collections import Counter, defaultdict, namedtuple
from datetime import datetime, timedelta, timezone
from math import inf

DAY = 86_400_000
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": DAY}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
INTEREST = ("search", "view", "cart", "favorite")
DEFAULTS = {"events": ["search", "view"], "min_searches": 3, "window": "7d", "min_distinct_days": 1,
            "last_within": "72h", "suppress_for": "30d", "recent": 5, "popular": 5,
            "popular_window": "30d", "exclude_purchased": True, "limit": 10}

# Exactly the fields that make two deliveries one event; what does not count for a type is "".
Event = namedtuple("Event", "type time user category product order identity")


def milliseconds(time):
    if isinstance(time, int):
        return time
    return (datetime.fromisoformat(time) - EPOCH) // timedelta(milliseconds=1)


def timestamp(ms):
    if ms is None:
        return ""
    moment = EPOCH + timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def duration(text):
    digits = text.rstrip("dhms")
    return inf if text == "forever" else int(digits) * UNITS[text[len(digits):]]


def policy_of(toml):
    tables = tomllib.loads(toml)
    return {key: value for name in ("interest", "purchase", "products")
            for key, value in tables.get(name, {}).items()}


def event_of(fields):
    kind = fields["type"]
    bare = kind in ("refund", "erase")
    return Event(kind, milliseconds(fields["time"]),
                 fields.get("user_id") or "anon:" + fields["anonymous_id"],
                 "" if bare else fields["category_id"],
                 "" if kind == "erase" else fields.get("product_id") or "",
                 fields.get("order_id") or "" if kind in ("purchase", "refund") else "",
                 "" if bare else fields["event_id"])


def held_products(rows):
    """product -> its row that holds: the newest (no updated_at is the oldest), then the larger."""
    texts = ("category_id", "title", "price", "currency", "url", "image_url")
    held = {}
    for row in sorted(rows, key=lambda row: (milliseconds(row.get("updated_at", -1)), *(row.get(t, "") for t in texts),
                                             row.get("available", True))):
        held[row["product_id"]] = row
    return held


def newest_first(event):
    return -event.time, event.product, event.identity


def cut(events, m):
    """Per (user, category, type) the m newest and, of each older day, the newest: m days in all."""
    groups = defaultdict(list)
    for e in events:
        groups[e.user, e.category, e.type].append(e)
    for group in groups.values():
        group.sort(key=newest_first)
        yield from group[:m]
        days = {e.time // DAY for e in group[:m]}
        for e in group[m:]:
            if e.time // DAY not in days and len(days) < m:
                days.add(e.time // DAY)
                yield e


class Reference:
    """The answers at `as_of`: the events up to it, and every erase."""

    def __init__(self, events, policy, as_of, max_searches=32, retention="forever", catalog=()):
        self.policy = {**DEFAULTS, **policy}
        self.products = held_products(catalog)
        self.now, self.m, self.r = milliseconds(as_of), max_searches, duration(retention)
        self.window, self.last_within, self.suppress_for, self.popular_window = (
            min(duration(self.policy[key]), self.r)
            for key in ("window", "last_within", "suppress_for", "popular_window"))
        facts = {event_of(fields) for fields in map(self.filled, events) if not self.is_refused(fields)}
        erased = defaultdict(lambda: -inf)
        for e in facts:
            if e.type == "erase":
                erased[e.user] = max(erased[e.user], e.time)
        existing = [e for e in facts if e.type != "erase" and e.time <= self.now
                    and e.time > erased[e.user] and self.within(e, self.r, self.now)]
        searches = [e for e in existing if e.type in INTEREST]
        others = [e for e in existing if e.type not in INTEREST]
        self.of = defaultdict(list)
        for e in others + list(cut(searches, self.m)):
            self.of[e.user].append(e)
        self.popularity = self.count_popularity()

    def filled(self, fields):
        """The event, where it lacks a category with its product's."""
        known = self.products.get(fields.get("product_id"), {})
        return {**fields, "category_id": fields.get("category_id") or known.get("category_id", "")}

    @staticmethod
    def is_refused(fields):
        return not fields["category_id"] and fields["type"] not in ("refund", "erase")

    def is_available(self, product):
        return self.products.get(product, {}).get("available", True)

    @staticmethod
    def within(event, length, now):
        return 0 <= now - event.time < length

    def standing(self, user, now):
        refunds = [e for e in self.of[user] if e.type == "refund"]
        return [p for p in self.of[user] if p.type == "purchase" and self.within(p, self.r, now)
                and not any(r.time >= p.time and r.order in ("", p.order)
                            and r.product in ("", p.product) for r in refunds)]

    def categories(self, user):
        return sorted({e.category for e in self.of[user] if e.type != "refund"})

    def evaluate(self, user, category, now):
        """The verdict on a pair at an instant, with the events that exist at as_of."""
        bought = max((p.time for p in self.standing(user, now) if p.category == category), default=None)
        counting = sorted((e for e in self.of[user]
                           if e.category == category and e.type in self.policy["events"]
                           and self.within(e, self.window, now)
                           and (bought is None or e.time > bought)), key=newest_first)
        searches = min(len(counting), self.m)
        days = min(len({e.time // DAY for e in counting}), self.m)
        newest = counting[0].time if counting else None
        since_bought = None if bought is None else now - bought
        since_newest = None if newest is None else now - newest
        clauses = [
            ("suppress_for", self.suppress_for, since_bought,
             bought is None or since_bought >= self.suppress_for, "purchased"),
            ("min_searches", self.policy["min_searches"], searches,
             searches >= self.policy["min_searches"], "few_searches"),
            ("min_distinct_days", self.policy["min_distinct_days"], days,
             days >= self.policy["min_distinct_days"], "few_days"),
            ("last_within", self.last_within, since_newest,
             newest is not None and since_newest < self.last_within, "stale")]
        failed = [reason for *_, holds, reason in clauses if not holds]
        reason = failed[0] if failed else "targeted"
        if not self.of[user]:
            reason, clauses = "unknown_user", []
        return {"targeted": reason == "targeted", "reason": reason, "searches": searches,
                "newest": newest, "counting": counting, "clauses": [c[:4] for c in clauses]}

    def next_change_at(self, user, category):
        today = self.evaluate(user, category, self.now)["targeted"]
        instants = {e.time + length + step for e in self.of[user] if e.category == category
                    for length in (self.window, self.last_within, self.suppress_for, self.r)
                    for step in (-1, 0, 1) if length != inf}
        for instant in sorted(i for i in instants if i > self.now):
            if self.evaluate(user, category, instant)["targeted"] != today:
                return instant
        return None

    def count_popularity(self):
        """category -> [(product, purchases)] by purchases, then product."""
        counts = defaultdict(Counter)
        for user in self.of:
            for p in self.standing(user, self.now):
                if p.product and self.now // DAY - p.time // DAY < self.popular_window / DAY:
                    counts[p.category][p.product] += 1
        return {category: sorted(products.items(), key=lambda item: (-item[1], item[0]))
                for category, products in counts.items()}

    def pair_list(self, user, category):
        """[(product, source)] of a targeted pair."""
        listed = []
        gone = set()
        if self.policy["exclude_purchased"]:
            gone = {p.product for p in self.standing(user, self.now)}
        counting = self.evaluate(user, category, self.now)["counting"]
        recent = [e.product for e in counting[:self.m] if e.product]
        popular = [product for product, _ in self.popularity.get(category, [])]
        for source, products, most in (("recent_search", recent, self.policy["recent"]),
                                       ("popular", popular, self.policy["popular"])):
            fresh = [p for p in dict.fromkeys(products)
                     if p not in gone and self.is_available(p) and p not in (listed_one for listed_one, _ in listed)]
            listed += [(product, source) for product in fresh[:most]]
        return listed[:self.policy["limit"]]

    def category_answer(self, user, category):
        verdict = self.evaluate(user, category, self.now)
        listed = self.pair_list(user, category) if verdict["targeted"] else []
        return {"category_id": category, "next_change_at": self.next_change_at(user, category),
                "recommendations": listed, **verdict}

    def decision(self, user, category=None):
        """One shopper's answer; its categories in order, its list of (product, category, source)."""
        asked = self.categories(user) if category is None else [category]
        answers = [self.category_answer(user, one) for one in asked]
        answers.sort(key=lambda a: (not a["targeted"], -a["newest"] if a["targeted"] else 0, a["category_id"]))
        joined = {}
        for answer in answers:
            for product, source in answer["recommendations"]:
                joined.setdefault(product, (product, answer["category_id"], source))
        reason = answers[0]["reason"] if answers else "few_searches" if self.of[user] else "unknown_user"
        return {"user_id": user, "targeted": reason == "targeted", "reason": reason,
                "categories": answers, "recommendations": list(joined.values())[:self.policy["limit"]]}

    def pairs(self):
        return [(user, category) for user in sorted(self.of) for category in self.categories(user)]

    def searched_pairs(self):
        """Those in which the policy has a search to look at: of its types, within its window."""
        return sorted({(e.user, e.category) for events in self.of.values() for e in events
                       if e.type in self.policy["events"] and self.within(e, self.window, self.now)})

    def rows(self):
        """The rows of audience.csv, recommendations.csv and popular.csv, as text."""
        audience, recommendations, popular = [], [], []
        for user, category in self.pairs():
            answer = self.category_answer(user, category)
            if answer["targeted"]:
                audience.append((user, category, str(answer["searches"]), timestamp(answer["newest"]),
                                 timestamp(answer["next_change_at"])))
            recommendations += [(user, category, str(rank), *item)
                                for rank, item in enumerate(answer["recommendations"], 1)]
        for category in sorted(self.popularity):
            popular += [(category, str(rank), product, str(count))
                        for rank, (product, count) in enumerate(self.popularity[category], 1)]
        return {"audience": audience, "recommendations": recommendations, "popular": popular}
