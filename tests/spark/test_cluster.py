"""The batch job on a standalone master and two workers, of which one is killed: the answers are the same."""
import os
import pathlib
import signal
import threading
import time

import pytest
from adirect_cli import needs_arrow
from conftest import small
from parity import batch_of, same_answers
from services import group
from test_batch import generate, same_counts, spark_of

pytestmark = needs_arrow
servers = group("spark")

MANY = 20  # tasks that are done before the worker dies, of about 60


@pytest.fixture(name="cluster", scope="module")
def two_workers(servers, tmp_path_factory):
    """A session on both workers, a core each."""
    from pyspark.sql import SparkSession
    builder = (SparkSession.builder.master(servers.address("SPARK")).config("spark.executor.memory", "768m")
               .config("spark.executor.cores", "1").config("spark.executorEnv.PYTHONPATH", os.environ["PYTHONPATH"]))
    session = small(builder, tmp_path_factory.mktemp("warehouse"))
    yield session
    session.stop()


@pytest.fixture(name="world", scope="module")
def seed_world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    file = generate(folder / "seed.csv", "--world", "seed2017", "--events", 80_000)
    return file, batch_of(folder / "want", "--format", "seed", "--policy", "seed", file)


def children(pid):
    """The processes that any of its threads started."""
    lists = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in lists for child in file.read_text(encoding="ascii").split()]


def completed(spark):
    """The tasks that are done of the stage at work."""
    tracker = spark.sparkContext.statusTracker()
    stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    return max((stage.numCompletedTasks for stage in stages if stage), default=0)


def test_both_workers_compute_what_adirect_batch_does(cluster, world, tmp_path):
    file, want = world
    got = spark_of(cluster, tmp_path / "got", [file], format="seed")
    assert same_answers(tmp_path / "got", want)[0] > 1_000
    same_counts(got, want)


def test_a_worker_that_is_killed_mid_job_changes_no_answer(servers, cluster, world, tmp_path):
    file, want = world
    killed = threading.Event()

    def kill():
        while completed(cluster) < MANY:
            time.sleep(0.005)
        worker = servers.pid("spark-worker1")
        executors = children(worker)
        for pid in (worker, *executors):
            os.kill(pid, signal.SIGKILL)
        if executors:
            killed.set()

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    got = spark_of(cluster, tmp_path / "got", [file], format="seed")
    assert killed.is_set(), "the job was done before a worker died"
    assert same_answers(tmp_path / "got", want)[0] > 1_000
    same_counts(got, want)
