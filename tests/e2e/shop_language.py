"""Scenarios in the shop's language, run through the binary.

    policy min_searches=3 window=1h suppress_for=30d
    10:00 ana searches shoes/runner-3
    10:05 ana searches shoes/trail-1
    10:20 ana views shoes/runner-3
    at 10:21 expect ana in shoes <- runner-3, trail-1
    10:30 ana buys shoes/runner-3 in order o1
    at 10:30 expect ana in shoes <- nothing because purchased
    10:40 ana refunds order o1
    at +1d 10:00 expect shoes popular <- nothing

Times are UTC on 2026-01-05, `+Nd` days later; a millisecond may be given. A line acts on the
expectations below it. `searches shoes` names no product; `refunds product p1` names no order; `is
erased` erases; `as X` at the end of an event gives its event_id (else its line in the file is its
identity). Each expectation is asked of `explain` and looked up in the tables of `batch`.
"""
import re
from datetime import datetime, timedelta, timezone

from adirect_cli import batch, explain, ndjson, run, table
from adirect_reference import timestamp

DAY_ZERO = datetime(2026, 1, 5, tzinfo=timezone.utc)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
TIME = r"(?:\+(\d+)d )?(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?"
SECTIONS = {"interest": ["events", "min_searches", "window", "min_distinct_days", "last_within"],
            "purchase": ["suppress_for"],
            "products": ["recent", "popular", "popular_window", "exclude_purchased", "limit"]}
VERBS = {"searches": "search", "views": "view", "carts": "cart", "favors": "favorite", "buys": "purchase"}


def instant(match):
    days, hours, minutes, seconds, millis = (int(part or 0) for part in match)
    moment = DAY_ZERO + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=millis)
    return timestamp((moment - EPOCH) // timedelta(milliseconds=1))


def toml(words):
    """The TOML of `key=value …`; only counts and true or false stand without quotes."""
    given = dict(word.split("=") for word in words)
    lines = []
    for section, keys in SECTIONS.items():
        lines.append(f"[{section}]")
        for key in keys:
            value = given.pop(key, None)
            if key == "events" and value:
                lines.append(f"events = {value.split('+')}".replace("'", '"'))
            elif value:
                lines.append(f"{key} = {value if re.fullmatch(r'[0-9]+|true|false', value) else repr(value)}")
    assert not given, f"no such keys: {given}"
    return "\n".join(lines) + "\n"


def event(time, user, verb, rest):
    """One event of a line's words."""
    words = rest.split()
    made = {"time": time, "user_id": user}
    if "as" in words:
        made["event_id"] = words.pop()
        words.pop()
    if (verb, words) == ("is", ["erased"]):
        return {**made, "type": "erase"}
    if verb == "refunds":
        names = {"order": "order_id", "product": "product_id"}
        return {**made, "type": "refund", **{names[key]: value for key, value in zip(words[::2], words[1::2])}}
    category, _, product = words[0].partition("/")
    made.update({"type": VERBS[verb], "category_id": category, **({"product_id": product} if product else {})})
    if words[1:]:
        assert words[1:3] == ["in", "order"], rest
        made["order_id"] = words[3]
    return made


class Shop:
    def __init__(self, folder, archived):
        self.folder, self.archived, self.events, self.expected = folder, archived, [], 0
        self.policy = folder / "policy.toml"

    def flags(self, as_of):
        return ["--policy", self.policy, "--as-of", as_of, self.source()]

    def source(self):
        """The events as a file, or as the archive of that file, to which each call adds what has come since."""
        file = ndjson(self.folder / "events.ndjson", self.events)
        if not self.archived:
            return file
        done = run("archive", "--quiet", "--source", file, "--to", self.folder / "archive")
        assert done.returncode == 0, done.stderr
        return self.folder / "archive"

    def tables(self, as_of):
        self.expected += 1
        return batch(self.folder / "out", *self.flags(as_of)).out

    def expect_pair(self, as_of, user, category, answer):
        products, _, reason = answer.partition(" because ")
        listed = [] if products == "nothing" else products.split(", ")
        decision = explain(user, *self.flags(as_of), category=category)
        assert decision["reason"] == (reason or "targeted")
        assert [one["product_id"] for one in decision["recommendations"]] == listed
        out = self.tables(as_of)
        members = [row[:2] for row in table(out, "audience")]
        assert ((user, category) in members) == decision["targeted"] == (not reason)
        assert [r[3] for r in table(out, "recommendations") if r[:2] == (user, category)] == listed

    def expect_popular(self, as_of, category, answer):
        rows = [(row[2], row[3]) for row in table(self.tables(as_of), "popular") if row[0] == category]
        told = ", ".join(f"{product} x{count}" for product, count in rows) or "nothing"
        assert told == answer

    def tell(self, line):
        if line.startswith("policy"):
            self.policy.write_text(toml(line.split()[1:]), encoding="utf-8")
        elif match := re.fullmatch(f"at {TIME} expect (\\S+) in (\\S+) <- (.*)", line):
            self.expect_pair(instant(match.groups()[:5]), *match.groups()[5:])
        elif match := re.fullmatch(f"at {TIME} expect (\\S+) popular <- (.*)", line):
            self.expect_popular(instant(match.groups()[:5]), *match.groups()[5:])
        elif match := re.fullmatch(f"{TIME} (\\S+) (\\S+) (.*)", line):
            self.events.append(event(instant(match.groups()[:5]), *match.groups()[5:]))
        else:
            raise AssertionError(f"not the shop's language: {line}")


def play(folder, story, archived=False):
    """Plays the lines of a story; it must expect something. `archived`: the answers are those of an archive."""
    shop = Shop(folder, archived)
    for line in filter(None, map(str.strip, story.splitlines())):
        shop.tell(line)
    assert shop.expected > 0
