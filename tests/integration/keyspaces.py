"""Keyspaces of a real Cassandra, who publishes into them, and servers without an engine that answer from them.

    servers = group("cassandra")
    url = new_keyspace(servers, "shop")
    with Server(folder, "--publish", url) as engine, reader(url) as stateless: …
"""
from collections import namedtuple

from adirect_cli import run
from live_server import Server

Told = namedtuple("Told", "code words errors")


def told(*args):
    done = run(*args)
    return Told(done.returncode, done.stdout.decode(), done.stderr.decode())


def address(servers, keyspace):
    return f"cassandra://{servers.address('CASSANDRA')}/{keyspace}"


def schema(what, servers, keyspace, parameters=""):
    """`adirect admin schema WHAT` of that keyspace."""
    return told("admin", "schema", what, address(servers, keyspace) + parameters)


def new_keyspace(servers, name):
    """Makes it; returns its URL."""
    made = schema("init", servers, name)
    assert made.code == 0, made.errors
    return address(servers, name)


def is_published(server):
    return server.metric("adirect_publish_waiting_shoppers") == 0


class Patient(Server):
    """What it waits for on a busy machine is no failure."""

    def stop(self, **more):
        super().stop(**{**more, "after_troubles": True})


def reader(url, *flags):
    """A server without an engine."""
    return Patient(None, "--reader", url, *flags)
