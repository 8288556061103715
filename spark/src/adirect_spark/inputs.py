"""Event files as DataFrames whose rows know their place: of Parquet the file and the row's number, of text the byte.

The place is the identity of an event without event_id, so it must be what `adirect batch` would say: the file's name
without folders, and the offset. Rows of a partition come in the files' order, piece by piece; a hash tells a piece.
"""
import contextlib
import dataclasses
import functools
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

import numpy as np
import pyarrow as pa
from adirect import Error, Format
from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

PIECE, ROW, LINE = "__piece", "__row", "value"
LINES = pa.schema({LINE: pa.binary()})
FEW_BYTES, HEAD_BYTES = 1 << 16, 1 << 20  # what is read of a text to find its first line, and at most
FOOTERS_AT_ONCE = 8
BOM = b"\xef\xbb\xbf"
PACKED = (".gz", ".zst")
ARCHIVED = re.compile(r"/\d{4}-\d\d-\d\d/[^/]+-\d{20}-\d{20}\.parquet$")  # docs/archive.md, "Layout"
NEEDED = ("event_id", "time", "type", "user_id", "anonymous_id", "category_id", "product_id", "order_id", "arrival")


@dataclasses.dataclass(frozen=True)
class Piece:
    """What one hash stands for: a file or, of text, a part of it."""

    name: str  # of the file, without folders
    offset: int = 0  # of its first line, in bytes
    head: Optional[bytes] = None  # the first line of the file's text


@dataclasses.dataclass(frozen=True)
class Input:
    """Rows to be folded, those of files with equal columns together; and what their hashes stand for."""

    parts: list[DataFrame]
    pieces: dict[int, Piece]
    format: Format
    archive: bool = False  # the rows are events as a door made them: each has an event_id, and none would be refused


Check = Callable[[Format, Piece, pa.Schema], None]  # refuses a file by its name, its first line and its columns


@contextlib.contextmanager
def told_of(place: str) -> Iterator[None]:
    """What Spark, Hadoop and their tasks raise becomes an Error: a sentence behind the place."""
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        said = error.java_exception.toString() if isinstance(error, Py4JJavaError) else str(error)
        lines = said.strip().splitlines()
        in_python = [line for line in lines if re.match(r"[\w.]+(Error|Exception): ", line)]
        raise Error(2, f"{place}: {(in_python or lines)[-1 if in_python else 0]}") from error


def kind_of(name: str) -> str:
    """Which kind of the format "adirect" a file is, as the binary tells it by its name."""
    for packed in PACKED:
        name = name.removesuffix(packed)
    if name.endswith(".parquet"):
        return "columns"
    return "ndjson" if name.endswith((".ndjson", ".jsonl", ".json")) else "csv"


def open_input(spark: SparkSession, paths: list[str], format_name: str, check: Check, names: bool = False) -> Input:
    """The files, folders or patterns as Spark reads them, each file once. Errors name the file that is missing, of
    another format, or that `check` refuses, before any task starts. Of an archive shoppers' names are read if asked."""
    files = list_files(spark, paths)
    kinds = {kind_of(file) for file in files} if format_name == "adirect" else {"any"}
    if len(kinds) > 1:
        raise Error(1, f"the files are of several kinds ({', '.join(sorted(kinds))}); give those of one kind")
    events = Format.load(format_name, *(kinds - {"any"}))
    if events.kind != "columns":
        return _lines(spark, files, events, check)
    if format_name == "adirect" and all(map(ARCHIVED.search, files)):
        return _archive(_tables(spark, files, events, check), events, names)
    return _columns(spark, files, events, check)


def list_files(spark: SparkSession, paths: list[str]) -> list[str]:
    """Every file that is meant, once, as Hadoop names it; hidden ones and those that begin with _ are none."""
    found = []
    for path in paths:
        with told_of(path):
            pattern = _path(spark, path)
            files = pattern.getFileSystem(spark._jsc.hadoopConfiguration())
            matches = files.globStatus(pattern)
            if not matches:
                raise Error(2, f"{path}: no such file or folder")
            for match in matches:
                found += sorted(_files_below(files, match))
    if not found:
        raise Error(2, f"{', '.join(paths)}: there is no file in it")
    return list(dict.fromkeys(found))


def _files_below(files: JavaObject, status: JavaObject) -> Iterator[str]:
    if status.isFile():
        yield status.getPath().toString()
        return
    for below in files.listStatus(status.getPath()):
        if below.getPath().getName()[0] not in "._":
            yield from _files_below(files, below)


def exists(spark: SparkSession, path: str) -> bool:
    """Whether there is such a file or folder."""
    with told_of(path):
        at = _path(spark, path)
        return at.getFileSystem(spark._jsc.hadoopConfiguration()).exists(at)


def _path(spark: SparkSession, path: str) -> JavaObject:
    return spark._jvm.org.apache.hadoop.fs.Path(path)


def _name(path: str) -> str:
    return path.rsplit("/", 1)[1]


def _hashes(spark: SparkSession, names: list[str]) -> list[int]:
    """Spark's xxhash64 of each."""
    rows = spark.createDataFrame([(name,) for name in names], "name string")
    return [row[0] for row in rows.select(F.xxhash64("name")).collect()]


# ---- Parquet


def _tables(spark: SparkSession, files: list[str], events: Format, check: Check) -> list[DataFrame]:
    """The files by their columns. Spark would take one file's for all; here each file's own are checked."""
    with ThreadPoolExecutor(FOOTERS_AT_ONCE) as pool:
        schemas = list(pool.map(functools.partial(_schema_of, spark), files))
    groups: dict[str, list[str]] = {}
    for file, schema in zip(files, schemas):
        groups.setdefault(schema, []).append(file)
    tables = []
    for schema, group in groups.items():
        columns = StructType.fromJson(json.loads(schema))
        with told_of(group[0]):
            table = spark.read.schema(columns).parquet(*group)
            table = table.select([column for column in events.columns() if column in table.columns])
        check(events, Piece(_name(group[0])), to_arrow_schema(table.schema, timezone="UTC"))
        tables.append(table)
    return tables


def _schema_of(spark: SparkSession, file: str) -> str:
    """A file's columns as Spark's JSON, from its own footer."""
    parquet, settings = spark._jvm.org.apache.parquet.hadoop, spark._jsc.hadoopConfiguration()
    converter = spark._jvm.org.apache.spark.sql.execution.datasources.parquet.ParquetToSparkSchemaConverter
    with told_of(file):
        reader = parquet.ParquetFileReader.open(parquet.util.HadoopInputFile.fromPath(_path(spark, file), settings))
        try:
            message = reader.getFileMetaData().getSchema()
        finally:
            reader.close()
        return converter(spark._jsparkSession.sessionState().conf()).convert(message).json()


def _archive(tables: list[DataFrame], events: Format, names: bool) -> Input:
    """Identities are in the rows, so no place is needed; nor is what no answer looks at. An id is mostly a file's name
    and a place in it, which is half of a row: where it is not published, its hash tells repeats as well."""
    needed = (*NEEDED, "user_name") if names else NEEDED
    parts = [table.select([column for column in table.columns if column in needed]) for table in tables]
    if not names:
        parts = [part.withColumn("event_id", F.xxhash64("event_id")) for part in parts]
    return Input(parts, {0: Piece("archive")}, events, archive=True)


def _columns(spark: SparkSession, files: list[str], events: Format, check: Check) -> Input:
    tables = _tables(spark, files, events, check)
    names = {_path(spark, file).toUri().getRawPath().rsplit("/", 1)[1]: _name(file) for file in files}
    pieces = {key: Piece(name) for key, name in zip(_hashes(spark, list(names)), names.values())}
    place = [F.xxhash64("_metadata.file_name").alias(PIECE), F.col("_metadata.row_index").alias(ROW)]
    parts = [table.select("*", *place) for table in tables]
    return Input(parts, pieces, events)


# ---- text


def _lines(spark: SparkSession, files: list[str], events: Format, check: Check) -> Input:
    heads: dict[str, bytes] = {}
    for file in files:
        heads[file] = head_of(spark, file)
        check(events, Piece(_name(file), head=heads[file]), LINES)
    text = spark.read.option("lineSep", "\n").text(files)
    piece = F.xxhash64("_metadata.file_path", "_metadata.file_block_start")
    rows = text.select(F.col(LINE).cast("binary").alias(LINE), piece.alias(PIECE))
    return Input([rows], _pieces(spark, text, piece, heads), events)


def _pieces(spark: SparkSession, text: DataFrame, piece: Column, heads: dict[str, bytes]) -> dict[int, Piece]:
    """Where each part of a file begins: behind the lines of the parts before it, which are counted in a first pass."""
    keys = [F.col("_metadata.file_path").alias("path"), F.col("_metadata.file_block_start").alias("start"),
            piece.alias("key")]
    size = F.sum(F.octet_length(F.col(LINE).cast("binary")) + 1).alias("bytes")
    parts = text.groupBy(*keys).agg(size).orderBy("path", "start").collect()
    equal: dict[bytes, bytes] = {}  # heads, which travel to each task: those that are equal once
    pieces, path, file, offset = {}, None, "", 0
    for part in parts:
        if part.path != path:
            path, file = part.path, _path(spark, spark._jvm.java.net.URI(part.path)).toString()
            offset = len(BOM) if heads[file].startswith(BOM) else 0  # which Spark leaves out
        pieces[part.key] = Piece(_name(file), offset, equal.setdefault(heads[file], heads[file]))
        offset += part.bytes
    return pieces


def head_of(spark: SparkSession, file: str) -> bytes:
    """The first line of a file's text, unpacked where its name says that it is packed."""
    path, settings = _path(spark, file), spark._jsc.hadoopConfiguration()
    with told_of(file):
        stream = path.getFileSystem(settings).open(path)
        try:
            codec = spark._jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(settings).getCodec(path)
            text = codec.createInputStream(stream) if codec else stream
            head = bytes(text.readNBytes(FEW_BYTES))
            if b"\n" not in head:
                head += bytes(text.readNBytes(HEAD_BYTES - FEW_BYTES))
        finally:
            stream.close()
    return head[:head.find(b"\n") + 1] or head


# ---- on an executor


def runs(batch: pa.RecordBatch) -> Iterator[tuple[int, int, pa.RecordBatch]]:
    """The batch cut where a row does not follow the one before it: (piece, number of the first row, rows). Of text the
    number is 0, and of an archive, which is whole."""
    if PIECE not in batch.schema.names:
        yield 0, 0, batch
        return
    pieces, numbers = _values(batch, PIECE), _values(batch, ROW)
    breaks = pieces[1:] != pieces[:-1]
    if numbers is not None:
        breaks |= numbers[1:] != numbers[:-1] + 1
    begins = [0, *(np.flatnonzero(breaks) + 1).tolist()] if batch.num_rows else []
    for begin, end in zip(begins, [*begins[1:], batch.num_rows]):
        yield int(pieces[begin]), 0 if numbers is None else int(numbers[begin]), batch.slice(begin, end - begin)


def _values(batch: pa.RecordBatch, name: str) -> Optional[np.ndarray]:
    at = batch.schema.get_field_index(name)
    return batch.column(at).to_numpy() if at >= 0 else None
