"""What is published of all shoppers together: popular products, categories, policies, and how far everything is."""
import re
import time
import tomllib

from adirect import Policy, State
from adirect_spark.cassandra import DAY_MS, Tables

SPARE_RANKS = 100  # beyond what policies ask for: a reader leaves out what a shopper has bought


class Lists:
    """Puts what has changed since it was put. The policies are all there are: others are removed."""

    def __init__(self, tables: Tables, policies: list[Policy], max_searches: int, retention_days: int):
        self._tables, self._windows = tables, _windows(policies, retention_days)
        self._known: set[str] = set()
        self._put: dict[tuple[str, int], tuple] = dict.fromkeys(tables.popular_lists(), ())  # what is there: unlike all
        tables.put_policies((policy.name, policy.version, str(policy)) for policy in policies)
        tables.put_meta(max_searches=str(max_searches), retention=f"{retention_days}d" if retention_days else "forever")

    def put_categories(self, categories: set[str]) -> None:
        self._tables.put_categories(sorted(categories - self._known))
        self._known |= categories

    def put_popular(self, bought: State, now_ms: int) -> None:
        """The lists of every window that a policy asks for, each whole."""
        today = now_ms // DAY_MS
        for (days, ranks), policy in self._windows.items():
            lists = {key: () for key in self._put if key[1] == days}
            for row in bought.popular(policy, now_ms).to_pylist():
                if row["rank"] <= ranks:
                    key = row["category_id"], days
                    lists[key] = *lists.get(key, ()), (row["product_id"], row["purchases"])
            for key, products in lists.items():
                if self._put.get(key) != (today, products):
                    self._tables.put_popular(*key, today, list(products))
                    self._put[key] = today, products

    def put_progress(self, newest_ms: int, until_ms: int) -> None:
        """T (below 0: there is none), and the wall clock before which all is published."""
        told = {"published_until": _rfc3339(until_ms)}
        if newest_ms >= 0:
            told["newest_event"] = _rfc3339(newest_ms)
        self._tables.put_meta(**told)


def _windows(policies: list[Policy], retention_days: int) -> dict[tuple[int, int], Policy]:
    """(days, ranks) of the lists that policies ask for, each with one that asks for that window; 0 days is for ever. No
    list is of more than the retention: for ever is as long as that."""
    most, asks = {}, {}
    for policy in policies:
        products = tomllib.loads(str(policy))["products"]
        days = int(re.sub(r"\D", "", products["popular_window"]) or retention_days)
        most[days] = max(most.get(days, 0), products["popular"] + SPARE_RANKS)
        asks[days] = policy
    return {(days, ranks): asks[days] for days, ranks in most.items()}


def _rfc3339(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"
