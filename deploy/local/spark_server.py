"""Apache Spark, standalone: a master and two workers, from the PyPI package pyspark with the jars that it brings."""
import http.client
import json
import pathlib
import subprocess
import urllib.request

from place import CLUSTER, HOST, ROOT, Failed
from process import Process


def home():
    """The folder of the package pyspark, which is a whole Spark."""
    asked = subprocess.run([ROOT / "scripts" / "venv-python", "spark"], stdout=subprocess.PIPE, text=True, check=True)
    environment = pathlib.Path(asked.stdout.strip()).parents[1]
    for folder in environment.glob("lib/python3*/site-packages/pyspark/jars"):
        return folder.parent
    raise Failed("needs the package pyspark: run scripts/install-deps test")


class Spark(Process):
    """What master and workers have in common."""
    server = "spark"
    ports = ("SPARK_PORT", "SPARK_UI_PORT")

    def configure(self):
        self.conf.mkdir(parents=True, exist_ok=True)

    def java(self, main, *arguments, flags=()):
        return ["java", f"@{CLUSTER / 'spark' / 'jvm.options'}", *flags, "-cp", f"{self.conf}:{home()}/jars/*", main,
                *arguments]

    def environment(self):
        return {"SPARK_HOME": str(home()), "SPARK_SCALA_VERSION": "2.13", "SPARK_LOCAL_IP": HOST}

    @property
    def url(self):
        return f"spark://{HOST}:{self.settings['SPARK_PORT']}"

    def workers(self):
        """The master's list of live workers by their ports; None where it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.settings['SPARK_UI_PORT']}/json/", timeout=5) as answer:
                return {str(worker["port"]) for worker in json.load(answer)["workers"] if worker["state"] == "ALIVE"}
        except (OSError, ValueError, LookupError, http.client.HTTPException):
            return None


class SparkMaster(Spark):
    name = "spark-master"
    main, heap = "org.apache.spark.deploy.master.Master", "SPARK_MASTER_HEAP"

    def arguments(self):
        known = self.settings
        return ["--host", HOST, "--port", known["SPARK_PORT"], "--webui-port", known["SPARK_UI_PORT"]]

    def answers(self):
        return self.workers() is not None

    def addresses(self):
        return {"SPARK": self.url, "SPARK_HOME": str(home())}


class SparkWorker(Spark):
    """One of two; it keeps asking for its master."""
    main, heap = "org.apache.spark.deploy.worker.Worker", "SPARK_WORKER_HEAP"

    @property
    def ports(self):
        return (*Spark.ports, self.port, f"{self.port}_UI")

    @property
    def port(self):
        return self.name.upper().replace("-", "_") + "_PORT"

    def arguments(self):
        known = self.settings
        return ["--host", HOST, "--port", known[self.port], "--webui-port", known[f"{self.port}_UI"],
                "--cores", known["SPARK_WORKER_CORES"], "--memory", known["SPARK_WORKER_MEMORY"],
                "--work-dir", str(self.data), self.url]

    def answers(self):
        """Where the master runs, that one has taken it in; else it is enough that it lives."""
        return SparkMaster(self.place).pid() is None or self.settings[self.port] in (self.workers() or ())


class SparkWorker1(SparkWorker):
    name = "spark-worker1"


class SparkWorker2(SparkWorker):
    name = "spark-worker2"
