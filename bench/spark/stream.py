"""One side of the streaming measurement, as a process of its own: stream.py SIDE kafka=… topic=… cassandra=… …

    noop   the topic read, decoded, checked and folded in local[N], and nothing written
    write  the topic into Cassandra's tables in local[N]
    bare   rows of one table by the same Python driver, 256 in flight, in as many processes as there are cores
    late   the job runs; a new shopper's event is sent now and then, and looked for in Cassandra

Prints one JSON object with the side's own figures.
"""
import json
import multiprocessing
import statistics
import sys
import tempfile
import time

import adirect
from adirect_spark import stream
from adirect_spark.cassandra import IN_FLIGHT, Address, Tables
from cassandra.concurrent import execute_concurrent_with_args
from job import session

TABLES = ("searches", "user_searches", "users", "user_days", "purchases")


def job_of(given, checkpoint, **more):
    return stream.Job(given["kafka"], given["topic"], f"file://{checkpoint}", [adirect.Policy.load("default")],
                      format="seed", events_at_once=int(given.get("at_once", 1_000_000)), retention_days=0, **more)


def drained(given, **more):
    """(events, seconds in micro-batches) of all that is in the topic. Spark is up and has read it once."""
    spark = session(given["cores"], given["jars"])
    events = seconds = 0
    for counted in (False, True):
        with tempfile.TemporaryDirectory() as checkpoint:
            query = stream.start(spark, job_of(given, checkpoint, **more if counted else {}), availableNow=True)
            query.awaitTermination()
            if counted:
                events = sum(progress["numInputRows"] for progress in query.recentProgress)
                seconds = sum(progress["durationMs"]["triggerExecution"] for progress in query.recentProgress) / 1000
    return events, seconds


def noop(given):
    events, seconds = drained(given)
    return {"events": events, "seconds": seconds, "events_per_second": events / seconds}


def write(given):
    """Rows are counted in the tables at the end: what was written over is counted once."""
    events, seconds = drained(given, cassandra=given["cassandra"])
    tables = Tables(Address.parse(given["cassandra"]))
    rows = sum(tables._session.execute(f"SELECT count(*) FROM {name}", timeout=600).one()[0] for name in TABLES)
    return {"events": events, "rows": rows, "seconds": seconds, "rows_per_second": rows / seconds}


def bare(given):
    cores, rows = int(given["cores"]), int(given["rows"])
    with multiprocessing.Pool(cores) as pool:
        parts = pool.starmap(bare_loop, [(given["cassandra"], i, rows // cores) for i in range(cores)])
    return {"rows": rows, "rows_per_second": sum(parts)}


def bare_loop(url, number, rows):
    session_ = Tables(Address.parse(url))._session
    insert = session_.prepare("INSERT INTO searches (user_id, time, category_id, type, product_id, identity) "
                              "VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?")
    values = [(f"bare-{number}-{i // 20}", 1_500_000_000_000 + i, str(i % 10), "search", f"product-{i}", i, i, 0)
              for i in range(rows)]
    begun = time.perf_counter()
    execute_concurrent_with_args(session_, insert, values, IN_FLIGHT)
    return rows / (time.perf_counter() - begun)


def late(given):
    """Seconds from a message's sending until its row is there; `pace` other events a second come meanwhile."""
    spark = session(given["cores"], given["jars"])
    tables = Tables(Address.parse(given["cassandra"]))
    found = tables._session.prepare("SELECT user_id FROM searches WHERE user_id = ? LIMIT 1")
    seen = []
    with tempfile.TemporaryDirectory() as checkpoint:
        query = stream.start(spark, job_of(given, checkpoint, cassandra=given["cassandra"]))
        producer = sender(spark, given["kafka"], given["topic"])
        for number in range(-10, int(given["probes"])):
            for other in range(int(given["pace"]) // 2):
                producer(line(f"other-{number}-{other}"))
            user, begun = f"probe-{given['topic']}-{number}", time.perf_counter()
            producer(line(user))
            while tables._session.execute(found, (user,)).one() is None:
                time.sleep(0.01)
            if number >= 0:  # the first are not counted: Spark is starting
                seen.append(time.perf_counter() - begun)
            time.sleep(max(0, 0.5 - (time.perf_counter() - begun)))
        query.stop()
    return {"p50": statistics.median(seen), "p95": statistics.quantiles(seen, n=20)[-1], "probes": len(seen)}


def sender(spark, kafka, topic):
    """Sends a message at once, by the client that Spark reads with."""
    jvm = spark._jvm
    settings = jvm.java.util.HashMap()
    settings["bootstrap.servers"] = kafka
    settings["key.serializer"] = settings["value.serializer"] = "org.apache.kafka.common.serialization.StringSerializer"
    client = jvm.org.apache.kafka.clients.producer
    producer = client.KafkaProducer(settings)
    return lambda value: producer.send(client.ProducerRecord(topic, value))


def line(user):
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())},{user},{user},p1,1,search"


if __name__ == "__main__":
    side, *words = sys.argv[1:]
    print(json.dumps({"noop": noop, "write": write, "bare": bare, "late": late}[side](
        dict(word.split("=", 1) for word in words))))
