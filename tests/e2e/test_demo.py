"""`adirect demo`: what its story says is what the engine answers, and it leaves nothing behind."""
import json
import os
import pty
import re
import signal
import socket
import subprocess
import urllib.request

import pytest
from adirect_cli import BINARY, environment, explain, needs_binary, run
from live_server import Server, search

pytestmark = needs_binary

HEAD = re.compile(r"(?P<name>\S+) \(shopper (?P<user>\S+)\) keeps searching (?P<title>.+) \(category (?P<category>\d+)\):")
SEARCH = re.compile(r"  (20\S+Z)  .+ \((\d+)\)")
SHOWN = re.compile(r" +\d+\. .+ \((\d+)\), (searched|popular)")
TOLD = re.compile(r"At (\S+Z): (targeted|not targeted), because ([^;.]+)(?:; until (\S+Z))?\.")
HAPPENS = re.compile(r"At (\S+Z) (\S+) (buys|gets a refund for) .+ \((\d+)\)\.")


class Story:
    def __init__(self, text):
        head = HEAD.search(text)
        assert head, text
        self.user, self.name, self.category = head["user"], head["name"], head["category"]
        self.searches = SEARCH.findall(text)
        self.shown = [{"searched": "recent_search"}.get(source, source) + " " + product
                      for product, source in SHOWN.findall(text)]
        self.told = TOLD.findall(text)
        self.happens = HAPPENS.findall(text)


def shown(decision):
    return [f"{r['source']} {r['product_id']}" for r in decision["recommendations"]]


def in_ci(*args, **more):
    return subprocess.run([str(BINARY), "demo", *map(str, args)], capture_output=True, timeout=120, check=False,
                          text=True, env={**environment(), "CI": "true", **more})


def test_in_ci_it_ends_after_a_story_that_is_true(tmp_path):
    """The state that it leaves, taken back to before the purchase, gives the story's answers again."""
    done = in_ci("--data", tmp_path / "shop")
    assert (done.returncode, done.stderr) == (0, "")
    story = Story(done.stdout)
    assert [(verdict, reason.split(" ")[0]) for _, verdict, reason, _ in story.told] == [
        ("targeted", str(len(story.searches))), ("not targeted", "purchased"), ("targeted", str(len(story.searches)))]
    assert [what for _, _, what, _ in story.happens] == ["buys", "gets a refund for"]
    assert "the same %d products as before" % len(story.shown) in done.stdout

    assert run("admin", "store", "export", tmp_path / "shop", "-o", tmp_path / "state").returncode == 0
    told = explain(story.user, "--state", tmp_path / "state", "--as-of", story.told[-1][0], category=story.category)
    assert told["reason"] == "targeted" and shown(told) == story.shown and story.shown
    assert told["categories"][0]["next_change_at"] == story.told[-1][3] == story.told[0][3]
    assert told["categories"][0]["last_search_at"] == story.searches[-1][0]

    with Server(tmp_path / "shop") as server:
        known = server.get(f"/v1/users/{story.user}").json()
        events = known["interests"] if "interests" in known else known["user"]["interests"]
        assert sorted((e["time"], e["product_id"]) for e in events if e["category_id"] == story.category) == sorted(
            story.searches)
        recommended = f"/v1/users/{story.user}/recommendations?category={story.category}"
        assert shown(server.get(recommended).json()) == story.shown
        bought = {"type": "purchase", "time": story.told[-1][0], "user_id": story.user, "order_id": "again",
                  "category_id": story.category, "product_id": story.happens[0][3]}
        assert server.post([bought]).json()["accepted"] == 1
        assert server.get(recommended).json()["reason"] == "purchased"


def test_a_second_demo_goes_on_in_the_directory_of_the_first(tmp_path):
    first = in_ci("--data", tmp_path / "shop", "--user-count", 100)
    second = in_ci("--data", tmp_path / "shop", "--user-count", 100)
    assert first.returncode == second.returncode == 0
    assert "as a former demo left them" in second.stdout and Story(second.stdout).user == Story(first.stdout).user


def test_a_real_shop_is_left_alone(tmp_path):
    with Server(tmp_path / "shop") as server:
        assert server.post([search()]).json()["accepted"] == 1
    done = in_ci("--data", tmp_path / "shop")
    assert done.returncode == 2 and "no demo's" in done.stderr and done.stdout == ""
    stats = json.loads(run("admin", "store", "stats", "--json", tmp_path / "shop").stdout)
    assert stats["shoppers"] == 1


@pytest.mark.parametrize(("flag", "value"), [("--user-count", "3"), ("--rate", "0"), ("--rate", "-1")])
def test_an_impossible_world_is_refused_before_anything_is_made(flag, value, tmp_path):
    done = in_ci(flag, value, TMPDIR=str(tmp_path))
    assert done.returncode == 2 and flag in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_it_answers_until_ctrl_c_and_leaves_nothing(tmp_path):
    busy = socket.socket()
    busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        busy.bind(("127.0.0.1", 8080))
        busy.listen()
    except OSError:
        pass  # somebody else has it, which serves as well
    ours, theirs = pty.openpty()
    process = subprocess.Popen([str(BINARY), "demo", "--rate", "1000"], stdout=theirs, stderr=subprocess.PIPE,
                               env={**environment(), "CI": "", "TMPDIR": str(tmp_path)})
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as terminal:
        text = ""
        while not re.search(r"^http://\S+$", text, re.MULTILINE):
            text += terminal.readline()
        address = text.splitlines()[-1]
        assert re.fullmatch(r"http://127\.0\.0\.1:80[89]\d|http://127\.0\.0\.1:81\d\d", address)
        assert not address.endswith(":8080")
        story = Story(text)
        assert f"curl '{address}/v1/users/{story.user}/recommendations?category={story.category}'" in text

        def get(path):
            with urllib.request.urlopen(address + path, timeout=30) as answer:
                return json.load(answer)

        assert get(f"/v1/users/{story.user}/recommendations?category={story.category}")["targeted"]
        before = get("/v1/stats")["accepted"]
        while get("/v1/stats")["accepted"] < before + 1000:
            assert process.poll() is None
        assert len(list(tmp_path.iterdir())) == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert process.stderr.read() == b""
    assert list(tmp_path.iterdir()) == []
    process.stderr.close()
    busy.close()
