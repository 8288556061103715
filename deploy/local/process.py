"""One server process: started apart from who starts it, known by its pid and the instant of its start."""
import os
import signal
import subprocess
import time

from place import CLUSTER, Failed, jars

STALLED_S = 60  # a start that says nothing and hardly works for so long hangs
STALLED_TICKS = 200  # the processor time of such a minute, at most
STOP_S = 30  # between SIGTERM and SIGKILL
TAIL = 4000  # characters of the log in an error
QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]  # a JVM that starts with less work, and is slower later


def stat(pid):
    """(start, ticks of processor time) of a live process, or None."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (fields[19], int(fields[11]) + int(fields[12]))


class Process:
    """What every server has in common. A subclass names its class, ports and files, and knows when it answers.

    name: the process; server: its folder below deploy/cluster; main: its Java class; heap: the setting with its -Xmx.
    """
    name = server = main = heap = ""
    ports, passwords = (), ()

    def __init__(self, place):
        self.place = place
        self.folder = place.folder / self.name
        self.data, self.conf = self.folder / "data", self.folder / "conf"
        self.log, self.pid_file = self.folder / "log", self.folder / "pid"

    # for the subclass

    def configure(self):
        """Writes the configuration; makes the data folder what the server expects, the first time."""
        raise NotImplementedError

    def flags(self):
        return []

    def arguments(self):
        return []

    def environment(self):
        """What it has in its environment beside ours."""
        return {}

    def answers(self):
        """Whether it does its work now."""
        raise NotImplementedError

    def addresses(self):
        """Its lines of services.env."""
        return {}

    # its life

    @property
    def settings(self):
        return self.place.settings(self.server) | {"DATA": str(self.data)}

    def java(self, main, *arguments, flags=()):
        """The command line of a Java class of this server."""
        return ["java", f"@{CLUSTER / self.server / 'jvm.options'}", *flags,
                "-cp", f"{self.conf}:{jars(self.server)}/*", main, *arguments]

    def run(self, main, *arguments):
        """Runs a tool of the server to its end."""
        with open(self.log, "ab") as log:
            done = subprocess.run(self.java(main, *arguments, flags=QUICK), cwd=self.folder, stdin=subprocess.DEVNULL,
                                  stdout=log, stderr=log, check=False)
        if done.returncode != 0:
            raise Failed(f"{main} failed: {self.tail()}")

    def pid(self):
        """Its pid while it lives, else None; a pid that has come to another process is not ours."""
        try:
            pid, start = self.pid_file.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        now = stat(pid)
        return int(pid) if now and now[0] == start else None

    def start(self):
        """Starts it where it does not run; says whether it did."""
        if self.pid() is not None:
            return False
        self.data.mkdir(parents=True, exist_ok=True)
        self.configure()
        flags = [*self.flags(), f"-Xmx{self.settings[self.heap]}"]
        self.spawn(self.java(self.main, *self.arguments(), flags=flags))
        return True

    def spawn(self, command):
        with open(self.log, "ab") as log:
            child = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     start_new_session=True, env={**os.environ, **self.environment()})
        start = stat(child.pid)
        self.pid_file.write_text(f"{child.pid} {start[0] if start else 0}\n", encoding="ascii")

    def wait_until_it_answers(self):
        """Fails when it is gone, or neither speaks nor works for a minute; a slow machine is no failure."""
        since, seen = time.monotonic(), (0, 0)
        while not self.answers():
            pid = self.pid()
            now = pid and stat(pid)
            if not now:
                raise Failed(f"{self.name} ended: {self.tail()}")
            if self.log.stat().st_size != seen[0] or now[1] - seen[1] > STALLED_TICKS:
                since, seen = time.monotonic(), (self.log.stat().st_size, now[1])
            if time.monotonic() - since > STALLED_S:
                raise Failed(f"{self.name} does not answer: {self.tail()}")
            time.sleep(0.1)

    def end(self, by=signal.SIGTERM):
        """Sends the signal, to a process that lives; `wait` sees its end."""
        if (pid := self.pid()) is not None:
            os.kill(pid, by)

    def wait(self):
        """Until it is gone; what SIGTERM does not end is killed."""
        begun = time.monotonic()
        while self.pid() is not None:
            if time.monotonic() - begun > STOP_S:
                self.end(signal.SIGKILL)
            time.sleep(0.02)

    def tail(self):
        """Where its log is, and how it ends."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        return f"see {self.log}\n{text[-TAIL:]}"
