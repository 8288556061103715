"""Chromium, as the tests of the site use it: where it is, how it starts, what no page may do."""
import functools
import json
import shutil
import subprocess

import pytest
from adirect_cli import ROOT

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: scripts/install-deps test")

# As root there is no sandbox to enter; the others keep it from asking anybody anything.
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def launch(playwright):
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@functools.cache
def axe_source():
    modules = subprocess.run([ROOT / "scripts" / "node-modules", "web"], capture_output=True, text=True, check=True)
    with open(f"{modules.stdout.strip()}/axe-core/axe.min.js", encoding="utf-8") as file:
        return file.read()


def axe(page):
    """What axe finds and calls serious or critical, as `rule: element`."""
    page.evaluate(axe_source())
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']}: {node['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
            for node in one["nodes"]]


class Watched:
    """A page that is listened to: whom it asks, what goes wrong in it."""

    def __init__(self, context, url):
        self.page, self.url, self.asked, self.errors = context.new_page(), url, [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.errors.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("console", self._told)

    def _told(self, message):
        # A refused or failed request is told by the browser too; pages show those.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def open(self, path):
        self.page.goto(self.url + path)
        return self.page

    def check(self):
        """No mistake, no dialog, no request to anywhere else."""
        assert not self.errors, self.errors
        assert self.asked and [one for one in self.asked if not one.startswith((self.url, "blob:" + self.url))] == []


def api(server, method, path, body=None, kind="application/json"):
    """One request that must be granted."""
    answer = server.ask(method, path, json.dumps(body).encode() if body is not None else None, kind)
    assert answer.status == 200, answer.body
    return answer.json()
