"""The package as its wheel installs it, and one small Spark for all tests that need one."""
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = os.environ.get("ADIRECT_SPARK_PACKAGE") or subprocess.run(
    [ROOT / "scripts" / "spark-package"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
sys.path[:0] = [PACKAGE, str(ROOT / "tests" / "integration")]  # and what starts servers
# What Spark's processes are started with.
os.environ |= {"PYTHONPATH": PACKAGE, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}


def small(builder, folder):
    """A session with little memory, whose files are cut into parts of 64 KiB, so that a small one has many."""
    settings = {"spark.driver.memory": "1g", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "4",
                "spark.sql.files.maxPartitionBytes": "65536", "spark.sql.files.openCostInBytes": "0",
                "spark.driver.host": "127.0.0.1", "spark.sql.warehouse.dir": str(folder)}
    for name, setting in settings.items():
        builder = builder.config(name, setting)
    return builder.appName("tests").getOrCreate()


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """local[2]."""
    from pyspark.sql import SparkSession
    session = small(SparkSession.builder.master("local[2]"), tmp_path_factory.mktemp("warehouse"))
    yield session
    session.stop()
