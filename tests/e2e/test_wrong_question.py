"""What is wrong with the question itself: a file that is not there, a policy, a flag.

The run ends with 2 and a message that names the place and the remedy, and leaves nothing behind.
"""
import os

import pytest
from adirect_cli import batch, explain, ndjson, needs_binary, run

pytestmark = needs_binary
GOOD = {"type": "search", "time": "2026-01-05T10:00:00Z", "user_id": "ana", "category_id": "shoes"}


def good_file(folder):
    return ndjson(folder / "good.ndjson", [GOOD])


def refused(tmp_path, *args):
    done = batch(tmp_path / "out", *args, code=2)
    assert not done.out.exists() or os.listdir(done.out) == []
    assert done.stderr.strip()
    return done.stderr


def test_missing_file(tmp_path):
    message = refused(tmp_path, good_file(tmp_path), tmp_path / "absent.csv")
    assert "absent.csv" in message and "No such file" in message


def test_directory_as_file(tmp_path):
    (tmp_path / "folder").mkdir()
    message = refused(tmp_path, good_file(tmp_path), tmp_path / "folder")
    assert "folder" in message and "directory" in message.lower()


def test_header_without_a_needed_column(tmp_path):
    path = tmp_path / "events.csv"
    path.write_bytes(b"type,time,category_id\nsearch,2026-01-05T10:00:00Z,shoes\n")
    message = refused(tmp_path, path)
    assert "events.csv" in message and "user_id" in message


# text, line, and what the message names besides.
POLICIES = {
    "typo in a key": ("[interest]\nmin_serches = 3\n", 2, ["min_serches", "min_searches"]),
    "unknown section": ("[intrest]\nmin_searches = 3\n", 1, ["intrest", "interest"]),
    "unknown top key": ('nam = "x"\n', 1, ["nam", "name"]),
    "no TOML": ("[interest\nmin_searches = 3\n", 1, []),
    "min_searches = 0": ("[interest]\nmin_searches = 0\n", 2, ["min_searches"]),
    "min_searches as text": ('[interest]\nmin_searches = "3"\n', 2, ["min_searches"]),
    "min_distinct_days = 0": ("[interest]\n\nmin_distinct_days = 0\n", 3, ["min_distinct_days"]),
    "window -1d": ('[interest]\nwindow = "-1d"\n', 2, ["window", "forever", "d"]),
    "window 0d": ('[interest]\nwindow = "0d"\n', 2, ["window"]),
    "window without unit": ('[interest]\nwindow = "7"\n', 2, ["window"]),
    "window in weeks": ('[interest]\nwindow = "1w"\n', 2, ["window"]),
    "window as number": ("[interest]\nwindow = 7\n", 2, ["window"]),
    "last_within with blanks": ('[interest]\nlast_within = "1 h"\n', 2, ["last_within"]),
    "no events": ("[interest]\nevents = []\n", 2, ["events", "search"]),
    "purchase as interest": ('[interest]\nevents = ["purchase"]\n', 2, ["events", "favorite"]),
    "suppress_for 1.5d": ('[purchase]\nsuppress_for = "1.5d"\n', 2, ["suppress_for"]),
    "popular_window 36h": ('[products]\npopular_window = "36h"\n', 2, ["popular_window"]),
    "recent = -1": ("[products]\nrecent = -1\n", 2, ["recent"]),
    "limit = 0": ("[products]\nlimit = 0\n", 2, ["limit"]),
    "exclude_purchased = 1": ("[products]\nexclude_purchased = 1\n", 2, ["exclude_purchased"]),
    "a key twice": ("[products]\nlimit = 1\nlimit = 2\n", 3, []),
    "a name with blanks": ('name = "My Policy"\n', 1, ["name", "a-z"]),
}


@pytest.mark.parametrize("name", POLICIES)
def test_policy_that_is_refused(name, tmp_path):
    text, line, named = POLICIES[name]
    policy = tmp_path / "bad_policy.toml"
    policy.write_text(text, encoding="utf-8")
    message = refused(tmp_path, "--policy", policy, good_file(tmp_path))
    checked = run("policy", "check", policy)
    assert checked.returncode == 2
    for text in (message, (checked.stderr + checked.stdout).decode()):
        assert f"bad_policy.toml:{line}:" in text
        for word in named:
            assert word in text, text


def test_policy_that_is_accepted(tmp_path):
    policy = tmp_path / "good_policy.toml"
    policy.write_text("", encoding="utf-8")
    assert run("policy", "check", policy).returncode == 0


@pytest.mark.parametrize("policy, flags, named", [
    ("[interest]\nwindow = \"11d\"\n", ["--retention", "10d"], "window"),
    ("[interest]\nlast_within = \"241h\"\n", ["--retention", "10d"], "last_within"),
    ("[purchase]\nsuppress_for = \"11d\"\n", ["--retention", "10d"], "suppress_for"),
    ("[products]\npopular_window = \"11d\"\n", ["--retention", "10d"], "popular_window"),
    ("[interest]\nmin_searches = 5\n", ["--max-searches", "4"], "min_searches"),
    ("[interest]\nmin_searches = 1\nmin_distinct_days = 5\n", ["--max-searches", "4"], "min_distinct_days"),
], ids=lambda value: value if isinstance(value, str) and " " not in value else "")
def test_policy_that_asks_for_more_than_is_kept(policy, flags, named, tmp_path):
    path = tmp_path / "greedy.toml"
    short = "" if "suppress_for" in policy else "[purchase]\nsuppress_for = \"1d\"\n"
    short += "" if "popular_window" in policy else "[products]\npopular_window = \"1d\"\n"
    path.write_text(policy + short, encoding="utf-8")
    message = refused(tmp_path, "--policy", path, *flags, good_file(tmp_path))
    assert named in message and flags[1] in message


@pytest.mark.parametrize("flags", [
    ["--as-of", "yesterday"], ["--as-of", "2026-01-05T10:00:00"], ["--retention", "36h"], ["--retention", "0d"],
    ["--max-searches", "0"], ["--format", "nonsense"], ["--format", "absent.toml"], ["--policy", "absent.toml"],
    ["--nonsense"]], ids=" ".join)
def test_flag_that_is_refused(flags, tmp_path):
    message = refused(tmp_path, *flags, good_file(tmp_path))
    assert flags[-1] in message


@pytest.mark.parametrize("args", [["batch"], ["batch", "--out", "x"], ["explain", "x.csv"], ["nonsense"], []],
                         ids=["no out", "no file", "no user", "unknown command", "nothing"])
def test_wrong_usage_exits_2(args):
    done = run(*args)
    assert done.returncode == 2
    assert done.stderr.strip()


def test_explain_refuses_a_missing_file(tmp_path):
    done = run("explain", "--user", "ana", tmp_path / "absent.csv")
    assert done.returncode == 2
    assert b"absent.csv" in done.stderr


def test_unknown_shopper_is_an_answer(tmp_path):
    decision = explain("nobody", good_file(tmp_path))
    assert (decision["targeted"], decision["reason"], decision["recommendations"]) == (False, "unknown_user", [])
