"""A peer's process: runs SQL scripts in DuckDB or chDB, statement by statement, and nothing else.

    bench/peer.py duckdb|chdb NAME=VALUE... FILE.sql...

Every `:NAME` in the scripts is replaced by its value. With STEPS=1 in the environment, each statement's seconds and
CPU seconds are printed.
"""

import os
import pathlib
import re
import resource
import sys
import time


def engine(name, scratch):
    """A function that runs one statement, with all data in memory."""
    if name == "duckdb":
        import duckdb
        return duckdb.connect().execute
    os.environ["TMPDIR"] = scratch  # where chDB leaves an empty folder of its own
    import chdb
    return chdb.connect(":memory:").query


def statements(text):
    """Comments hold no semicolon at a line's end; strings hold none at all."""
    code = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
    return [statement.strip() for statement in code.split(";") if statement.strip()]


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    name, *arguments = sys.argv[1:]
    values = dict(argument.split("=", 1) for argument in arguments if not argument.endswith(".sql"))
    run = engine(name, values["out"])
    for script in (argument for argument in arguments if argument.endswith(".sql")):
        text = pathlib.Path(script).read_text(encoding="utf-8")
        text = re.sub(r":(" + "|".join(values) + r")\b", lambda found: values[found[1]], text)
        for statement in statements(text):
            wall, used = time.perf_counter(), cpu()
            run(statement)
            if os.environ.get("STEPS"):
                words = " ".join(statement.split())[:70]
                print(f"{time.perf_counter() - wall:8.2f} s {cpu() - used:8.2f} CPU s  {words}")
    sys.stdout.flush()
    os._exit(0)  # the files are written: freeing gigabytes is not the job


if __name__ == "__main__":
    main()
