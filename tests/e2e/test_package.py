"""The Debian package: installs, starts, survives an upgrade, goes. dpkg works in a folder of its own here; what its
scripts ask of the machine (a user, systemd) is written down instead of done."""
import json
import os
import re
import select
import shutil
import signal
import subprocess
import urllib.request

import pytest
from adirect_cli import ROOT, needs_binary
from live_server import STALLED_SECONDS, search

pytestmark = needs_binary
RELEASE = ROOT / "build" / "release"
UNIT = ROOT / "deploy" / "package" / "adirect.service"
STUBS = {"getent": "exit 2", "adduser": "", "systemctl": ""}


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(name="deb", scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deb")
    run("cpack", "--config", RELEASE / "CPackConfig.cmake", "-B", folder)
    (deb,) = folder.glob("adirect_*.deb")
    return deb


class Machine:
    """A folder that dpkg takes for the root of a machine."""

    def __init__(self, folder):
        self.root, self.stubs, self.asked = folder / "root", folder / "stubs", folder / "asked"
        for name in ("info", "updates", "triggers"):
            (self.root / "var/lib/dpkg" / name).mkdir(parents=True)
        (self.root / "var/lib/dpkg/status").touch()
        (self.root / "run/systemd/system").mkdir(parents=True)
        self.stubs.mkdir()
        for name, then in STUBS.items():
            (self.stubs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {self.asked}\n{then}\n', encoding="utf-8")
            (self.stubs / name).chmod(0o755)

    def dpkg(self, *args):
        """Runs dpkg; returns what its scripts asked for, and what was said."""
        self.asked.write_text("", encoding="utf-8")
        said = run("dpkg", "--force-script-chrootless", "--force-depends", "--force-confold", f"--instdir={self.root}",
                   f"--admindir={self.root}/var/lib/dpkg", f"--log={self.root}/dpkg.log", *args,
                   env={**os.environ, "PATH": f"{self.stubs}:{os.environ['PATH']}:/usr/sbin:/sbin"})
        return self.asked.read_text(encoding="utf-8").splitlines(), said

    def files(self):
        """What is there, but for dpkg's own and the data."""
        own = ("var/lib", "run/", "dpkg.log")
        found = (str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())
        return sorted(name for name in found if not name.startswith(own))

    def service(self):
        return Service(self.root)


class Service:
    """What the unit starts, on a free port."""

    def __init__(self, root):
        unit = dict(line.split("=", 1) for line in (root / "lib/systemd/system/adirect.service").read_text(
            encoding="utf-8").splitlines() if "=" in line and line[0] != "#")
        config = root / "etc/adirect/serve.toml"
        config.write_text(config.read_text(encoding="utf-8").replace("127.0.0.1:8080", "127.0.0.1:0"), encoding="utf-8")
        command = [str(root) + part if part[0] == "/" else part for part in unit["ExecStart"].split()]
        folder = root / unit["WorkingDirectory"].lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __enter__(self):
        assert select.select([self.process.stdout], [], [], STALLED_SECONDS)[0]
        self.address = self.process.stdout.readline().decode().split("http://")[1].strip()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(STALLED_SECONDS) == 0
        self.process.stdout.close()

    def ask(self, path, body=None):
        request = urllib.request.Request(f"http://{self.address}{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=STALLED_SECONDS) as answer:
            return json.load(answer)


def newer(deb, folder):
    """The same package as the next version."""
    run("dpkg-deb", "-R", deb, folder / "next")
    control = folder / "next/DEBIAN/control"
    text = control.read_text(encoding="utf-8")
    version = next(line for line in text.splitlines() if line.startswith("Version: "))
    control.write_text(text.replace(version, version + "+next"), encoding="utf-8")
    with (folder / "next/etc/adirect/serve.toml").open("a", encoding="utf-8") as config:
        config.write("# the next version says more\n")
    run("dpkg-deb", "-Znone", "--root-owner-group", "-b", folder / "next", folder / "next.deb")
    return folder / "next.deb"


def test_it_installs_starts_survives_an_upgrade_and_goes(deb, tmp_path):
    machine = Machine(tmp_path)
    asked, _ = machine.dpkg("-i", deb)
    assert [line.split()[0] for line in asked] == ["getent", "adduser", "systemctl", "systemctl"]
    assert "--system" in asked[1] and asked[2:] == ["systemctl daemon-reload", "systemctl enable --now adirect.service"]
    event = search(product_id="p1")
    with machine.service() as service:
        assert service.ask("/v1/events", json.dumps([event]).encode())["accepted"] == 1
        asked, _ = machine.dpkg("-i", newer(deb, tmp_path))
        assert [asked[0], *asked[2:]] == ["getent passwd adirect", "systemctl daemon-reload",
                                          "systemctl try-restart adirect.service"]
        assert service.ask("/healthz")
    assert "127.0.0.1:0" in (machine.root / "etc/adirect/serve.toml").read_text(encoding="utf-8")
    with machine.service() as service:
        assert [e["product_id"] for e in service.ask("/v1/users/ana")["interests"]] == ["p1"]
    asked, _ = machine.dpkg("-r", "adirect")
    assert asked == ["systemctl disable --now adirect.service", "systemctl daemon-reload"]
    assert [name for name in machine.files() if "dpkg-dist" not in name] == ["etc/adirect/serve.toml"]
    _, said = machine.dpkg("-P", "adirect")
    assert machine.files() == [] and "the data stays in /var/lib/adirect" in said
    assert (machine.root / "var/lib/adirect/shop/ADIRECT").exists()


def test_it_depends_on_what_the_binary_is_linked_to(deb):
    depends = run("dpkg-deb", "-f", deb, "Depends")
    for package in ("adduser", "libfmt9", "librocksdb7.8", "libsimdjson14"):
        assert package in depends, depends


def test_the_unit_is_hardened():
    unit = UNIT.read_text(encoding="utf-8")
    for line in ("User=adirect", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
                 "CapabilityBoundingSet=", "SystemCallFilter=@system-service", "MemoryDenyWriteExecute=yes",
                 "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "LimitNOFILE=65536", "Restart=on-failure"):
        assert f"\n{line}\n" in unit, line
    if analyze := shutil.which("systemd-analyze"):  # says it better, where it is
        told = run(analyze, "security", "--offline=true", UNIT)
        assert float(re.search(r"Overall exposure level .*: ([\d.]+)", told).group(1)) < 2
