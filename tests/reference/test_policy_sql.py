"""Two answers that share nothing agree: the naive Python reference and the policy as DuckDB SQL."""
import os

import pytest
from adirect_reference import Reference
from worlds import small_world

pytest.importorskip("duckdb", reason="pip install -r tests/requirements.txt")
import duckdb_answers  # noqa: E402  (needs duckdb)

WORLDS = int(os.environ.get("ADIRECT_SQL_WORLDS", "100"))


def reference_of(world):
    named = [{"event_id": f"position:{i}", **event} for i, event in enumerate(world.events)]
    return Reference(named, world.policy, world.as_of, world.max_searches, world.retention)


def sql_verdicts(connection):
    found = connection.execute("select user_id, category_id, reason, searches, days, newest, next_change_at"
                               " from verdicts order by user_id, category_id")
    return found.fetchall()


def reference_verdicts(reference):
    for user, category in reference.pairs():
        pair = reference.category_answer(user, category)
        days = next(actual for name, _, actual, _ in pair["clauses"] if name == "min_distinct_days")
        yield (user, category, pair["reason"], pair["searches"], days, pair["newest"], pair["next_change_at"])


def test_sql_and_reference_agree_on_random_worlds(tmp_path):
    connection = duckdb_answers.connect()
    compared = {"audience": 0, "recommendations": 0, "popular": 0, "verdicts": 0, "joined": 0}
    for seed in range(WORLDS):
        world = small_world(seed)
        reference = reference_of(world)
        duckdb_answers.load(connection, world.events, tmp_path)
        duckdb_answers.ask(connection, world.policy, world.as_of, world.max_searches, world.retention)
        rows, verdicts = reference.rows(), list(reference_verdicts(reference))
        assert duckdb_answers.rows(connection) == rows, f"world {seed}"
        assert sql_verdicts(connection) == verdicts, f"world {seed}"
        for user in {user for user, *_ in rows["audience"]}:
            joined = reference.decision(user)["recommendations"]
            assert duckdb_answers.joined(connection, user) == joined, f"world {seed}, {user}"
            compared["joined"] += len(joined)
        compared["verdicts"] += len(verdicts)
        for name, part in rows.items():
            compared[name] += len(part)
    assert all(compared.values()), compared


def test_the_cut_changes_no_answer(monkeypatch):
    """Keeping M searches and M days of a pair answers as keeping everything does."""
    compared = 0
    for seed in range(WORLDS):
        world = small_world(seed)
        with_cut = reference_of(world).rows()
        with monkeypatch.context() as patch:
            patch.setattr("adirect_reference.cut", lambda events, m: events)
            assert reference_of(world).rows() == with_cut, f"world {seed}"
        compared += len(with_cut["audience"])
    assert compared > 0
