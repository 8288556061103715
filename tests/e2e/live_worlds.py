"""Random worlds (tests/reference/worlds.py) for a live engine, which has no past."""
import time

from adirect_reference import DAY, timestamp
import worlds  # beside the reference, as adirect_cli's sys.path has it


def live_world(world):
    """The world some days ago, at the same times of day, without erases (which no body may bring); as of its
    newest event, since a live engine has no past."""
    days = (int(time.time() * 1000) - world.as_of) // DAY - 2
    events = [dict(e, time=e["time"] + days * DAY) for e in world.events if e["type"] != "erase"]
    newest = max((e["time"] for e in events), default=0)
    return world._replace(events=events, as_of=max(newest, world.as_of + days * DAY))


def flags_of(world):
    return ["--max-searches", world.max_searches, "--retention", world.retention]


def put_policy(server, world, folder):
    text = worlds.policy_toml(world.policy)
    (folder / "world.toml").write_text(text, encoding="utf-8")
    answer = server.ask("PUT", "/v1/policies/world", text, "application/toml")
    assert answer.status == 200, answer.body
    return ["--policy", folder / "world.toml", "--as-of", timestamp(world.as_of), *flags_of(world)]
