"""One side of the measurement, as a process of its own in local[N]: job.py SIDE events=… out=… as_of=… cores=…

    core      the batch job of spark/, written as Parquet
    sql       the same in plain Spark SQL (filter.sql)
    identity  all columns of all rows through a mapInArrow that does nothing: what any Python in Spark costs at least
    fold      the core's folding alone, inside Spark: the seconds it takes of each task, by the rows
    outside   the same folding on the same batches, without Spark, in as many processes as there are cores

Prints one JSON object with the side's own figures.
"""
import json
import multiprocessing
import pathlib
import sys
import time

import adirect
import pyarrow as pa
import pyarrow.dataset
from adirect_spark import batch, inputs
from pyspark.sql import SparkSession

HERE = pathlib.Path(__file__).resolve().parent
POLICY = adirect.Policy.load("default")
FOLDED = "rows long, seconds double"


def session(cores, jars=""):
    settings = {"spark.ui.enabled": "false", "spark.driver.memory": "3g", "spark.driver.host": "127.0.0.1",
                "spark.sql.shuffle.partitions": 2 * int(cores), "spark.log.level": "WARN",
                "spark.jars": jars, **batch.SETTINGS}
    builder = SparkSession.builder.master(f"local[{cores}]").appName("bench")
    for name, setting in settings.items():
        builder = builder.config(name, setting)
    return builder.getOrCreate()


def core(given):
    spark = session(given["cores"])
    begun = time.perf_counter()
    job = batch.Job([POLICY], as_of_ms=adirect.to_ms(given["as_of"]))
    done = batch.run(spark, [given["events"]], job)
    batch.write(done, given["out"])
    return {"seconds": time.perf_counter() - begun} | done.summary


def sql(given):
    spark = session(given["cores"])
    begun = time.perf_counter()
    script = "\n".join(line for line in (HERE / "filter.sql").read_text(encoding="utf-8").splitlines()
                       if not line.startswith("--"))
    as_of = given["as_of"].replace("T", " ").replace("Z", "")
    script = script.replace(":events", given["events"] + "/*").replace(":as_of", as_of).replace(":out", given["out"])
    for statement in script.split(";"):
        spark.sql(statement)
    return {"seconds": time.perf_counter() - begun}


def identity(given):
    spark = session(given["cores"])
    begun = time.perf_counter()
    rows = spark.read.parquet(*inputs.list_files(spark, [given["events"]]))
    rows.mapInArrow(lambda batches: batches, rows.schema).write.format("noop").mode("overwrite").save()
    return {"seconds": time.perf_counter() - begun}


def fold_batches(batches):
    """(rows, seconds) of the core alone, in processor time: what makes a batch is not counted, nor who else is at work."""
    state = adirect.State()
    reader = adirect.Reader(state, adirect.Format.load("adirect"), "bench")
    rows, seconds = 0, 0.0
    for one in batches:
        begun = time.thread_time()
        reader.columns(one, rows)
        seconds += time.thread_time() - begun
        rows += one.num_rows
    assert reader.counts.refused == 0
    return rows, seconds


def fold(given):
    spark = session(given["cores"])

    def task(batches):
        rows, seconds = fold_batches(batches)
        yield pa.record_batch([[rows], [seconds]], ["rows", "seconds"])

    rows = spark.read.parquet(*inputs.list_files(spark, [given["events"]]))
    tasks = rows.mapInArrow(task, FOLDED).collect()
    return rate(tasks)


def outside(given):
    """Each process has its share of the files, in batches as large as Spark's, read before the clock runs."""
    cores = int(given["cores"])
    files = sorted(pathlib.Path(given["events"]).glob("*/*.parquet"))
    with multiprocessing.Pool(cores) as pool:
        return rate(pool.map(fold_files, [files[i::cores] for i in range(cores)]))


def fold_files(files):
    done = [fold_batches(pyarrow.dataset.dataset(file).to_table(use_threads=False).to_batches(batch.BATCH_ROWS))
            for file in files]
    return sum(rows for rows, _ in done), sum(seconds for _, seconds in done)


def rate(tasks):
    rows, seconds = sum(rows for rows, _ in tasks), sum(seconds for _, seconds in tasks)
    return {"rows": rows, "core_seconds": seconds, "rows_per_core_second": rows / seconds}


if __name__ == "__main__":
    side, *words = sys.argv[1:]
    print(json.dumps({"core": core, "sql": sql, "identity": identity, "fold": fold, "outside": outside}[side](
        dict(word.split("=", 1) for word in words))))
