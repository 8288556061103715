"""Where one group of servers lives: its folder, its settings, its ports. Two folders never disturb each other."""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import random
import secrets
import socket
import string
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CLUSTER = HERE.parent / "cluster"
ROOT = HERE.parent.parent
HOST = "127.0.0.1"
LOWEST_PORT = 15000


class Failed(Exception):
    """A sentence for who called."""


@contextlib.contextmanager
def locked(file):
    """Holds the file's lock; one process at a time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def replace(file, text):
    """The file has the old text or the new one, whoever reads it when."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def read_env(file):
    """KEY=VALUE lines; none where there is no file."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def jars(server):
    """The folder of the jars that the server's pom pins: fetched once, kept outside the checkout."""
    pom = CLUSTER / server / "pom.xml"
    key = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "adirect" / f"{server}-{key}"
    if folder.is_dir():
        return folder
    with locked(folder.with_name(folder.name + ".lock")):
        if not folder.is_dir():
            print(f"services: fetching the jars of {server}", file=sys.stderr, flush=True)
            fetch(pom, folder)
    return folder


def fetch(pom, folder):
    parts = folder.with_name(folder.name + ".parts")
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={parts}"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
    except FileNotFoundError:
        raise Failed("needs Maven: run scripts/install-deps test") from None
    if done.returncode != 0:
        raise Failed(f"Maven could not fetch what {pom} names:\n{done.stdout.decode(errors='replace')}")
    parts.rename(folder)


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port(taken):
    """A free port below those the system gives to clients: no client gets it while its server is down."""
    clients = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()
    lowest = int(clients[0])
    ports = range(LOWEST_PORT, lowest) if lowest > LOWEST_PORT + 1000 else range(LOWEST_PORT, 65536)
    while str(port := random.choice(ports)) in taken or not is_free(port):
        pass
    return port


class Place:
    """The folder has `ports`, and per process its data, configuration, log and pid; FOLDER.env has the addresses."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.addresses = self.folder.with_name(self.folder.name + ".env")

    @staticmethod
    def of_environment():
        return Place(os.environ.get("ADIRECT_SERVICES_DIR") or ROOT / "build" / "services")

    def lock(self):
        return locked(self.folder / "lock")

    def settings(self, server):
        """The server's file of deploy/cluster, over it local.env, over it the environment, over all what is chosen."""
        known = read_env(CLUSTER / server / f"{server}.env") | read_env(HERE / "local.env")
        known |= {key: os.environ[key] for key in known if key in os.environ}
        return known | read_env(self.folder / "chosen") | {"HOST": HOST}

    def choose(self, ports, passwords=()):
        """Chooses the named ports and passwords, once: they are kept beside the data."""
        file = self.folder / "chosen"
        chosen = read_env(file)
        for name in ports:
            if name not in chosen:
                chosen[name] = str(free_port(chosen.values()))
        for name in passwords:
            chosen.setdefault(name, secrets.token_hex(16))
        replace(file, "".join(f"{key}={value}\n" for key, value in chosen.items()))

    def write_config(self, template, target, settings):
        """The template with its ${NAMES} filled in."""
        target.parent.mkdir(parents=True, exist_ok=True)
        replace(target, string.Template(template.read_text(encoding="utf-8")).substitute(settings))
