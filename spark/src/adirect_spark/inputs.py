"""Event files as DataFrames whose rows know their place: of Parquet the file and the row's number, of text the byte.

The place is the identity of an event without event_id, so it must be what `adirect batch` would say: the file's name
without folders, and the offset. Rows of a partition come in the files' order, piece by piece; a hash tells a piece.
"""
import dataclasses
import re
import urllib.parse
from typing import Iterator, Optional

import numpy as np
import pyarrow as pa
from adirect import Error, Format
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

PIECE, ROW, LINE = "__piece", "__row", "value"
HEAD_BYTES = 1 << 20
BOM = b"\xef\xbb\xbf"
PACKED = (".gz", ".zst")
ARCHIVED = re.compile(r"/\d{4}-\d\d-\d\d/[^/]+-\d{20}-\d{20}\.parquet$")  # docs/archive.md, "Layout"
NEEDED = ("event_id", "time", "type", "user_id", "anonymous_id", "category_id", "product_id", "order_id")


@dataclasses.dataclass(frozen=True)
class Piece:
    """What one hash stands for: a file or, of text, a part of it."""

    name: str  # of the file, without folders
    offset: int = 0  # of its first line, in bytes
    head: Optional[bytes] = None  # the front of the file's text


@dataclasses.dataclass(frozen=True)
class Input:
    """Rows to be folded, and what their hashes stand for."""

    rows: DataFrame
    pieces: dict[int, Piece]
    format: Format
    archive: bool = False  # the rows are events as a door made them: each has an event_id, and none would be refused


def kind_of(name: str) -> str:
    """Which kind of the format "adirect" a file is, as the binary tells it by its name."""
    for packed in PACKED:
        name = name.removesuffix(packed)
    if name.endswith(".parquet"):
        return "columns"
    return "ndjson" if name.endswith((".ndjson", ".jsonl", ".json")) else "csv"


def open_input(spark: SparkSession, paths: list[str], format_name: str) -> Input:
    """The files, folders or patterns as Spark reads them. Errors name the file that is missing, empty of columns, or
    of another format, before any task starts."""
    files = list_files(spark, paths)
    kinds = {kind_of(file) for file in files} if format_name == "adirect" else {"any"}
    if len(kinds) > 1:
        raise Error(1, f"the files are of several kinds ({', '.join(sorted(kinds))}); give those of one kind")
    events = Format.load(format_name, *(kinds - {"any"}))
    if format_name == "adirect" and all(map(ARCHIVED.search, files)):
        return _archive(spark, files, events)
    return _columns(spark, files, events) if events.kind == "columns" else _lines(spark, files, events)


def list_files(spark: SparkSession, paths: list[str]) -> list[str]:
    """Every file that is meant, as Hadoop names it; hidden ones and those that begin with _ are none."""
    hadoop = spark._jvm.org.apache.hadoop.fs
    found = []
    for path in paths:
        pattern = hadoop.Path(path)
        files = pattern.getFileSystem(spark._jsc.hadoopConfiguration())
        matches = files.globStatus(pattern)
        if not matches:
            raise Error(2, f"{path}: no such file or folder")
        for match in matches:
            found += sorted(_files_below(files, match, path))
    if not found:
        raise Error(2, f"{', '.join(paths)}: there is no file in it")
    return found


def _files_below(files, status, asked: str) -> Iterator[str]:
    if status.isFile():
        yield status.getPath().toString()
        return
    for below in files.listStatus(status.getPath()):
        if below.getPath().getName()[0] not in "._":
            yield from _files_below(files, below, asked)


def _name(path: str) -> str:
    return path.rsplit("/", 1)[1]


def _hashes(spark: SparkSession, names: list[str]) -> list[int]:
    """Spark's xxhash64 of each."""
    rows = spark.createDataFrame([(name,) for name in names], "name string")
    return [row[0] for row in rows.select(F.xxhash64("name")).collect()]


# ---- Parquet


def _archive(spark: SparkSession, files: list[str], events: Format) -> Input:
    """Identities are in the rows, so no place is needed; nor is what no answer looks at."""
    return Input(spark.read.parquet(*files).select(*NEEDED), {0: Piece("archive")}, events, archive=True)


def _columns(spark: SparkSession, files: list[str], events: Format) -> Input:
    rows = spark.read.parquet(*files)
    wanted = [column for column in events.columns() if column in rows.columns]
    names = sorted({_name(file) for file in files})
    pieces = {key: Piece(name) for key, name in zip(_hashes(spark, names), names)}
    place = [F.xxhash64(F.col("_metadata.file_name")).alias(PIECE), F.col("_metadata.row_index").alias(ROW)]
    return Input(rows.select(*wanted, *place), pieces, events)


# ---- text


def _lines(spark: SparkSession, files: list[str], events: Format) -> Input:
    text = spark.read.option("lineSep", "\n").text(files)
    piece = F.xxhash64("_metadata.file_path", "_metadata.file_block_start")
    rows = text.select(F.col(LINE).cast("binary").alias(LINE), piece.alias(PIECE))
    return Input(rows, _pieces(spark, text, piece, files), events)


def _pieces(spark: SparkSession, text: DataFrame, piece, files: list[str]) -> dict[int, Piece]:
    """Where each part of a file begins: behind the lines of the parts before it, which are counted in a first pass."""
    keys = [F.col("_metadata.file_path").alias("path"), F.col("_metadata.file_block_start").alias("start"),
            piece.alias("key")]
    size = F.sum(F.octet_length(F.col(LINE).cast("binary")) + 1).alias("bytes")
    parts = text.groupBy(*keys).agg(size).orderBy("path", "start").collect()
    heads = {_name(file): head_of(spark, file) for file in files}
    pieces, path, offset = {}, None, 0
    for part in parts:
        name = urllib.parse.unquote(_name(part.path))
        if part.path != path:
            path, offset = part.path, len(BOM) if heads[name].startswith(BOM) else 0  # which Spark leaves out
        pieces[part.key] = Piece(name, offset, heads[name])
        offset += part.bytes
    return pieces


def head_of(spark: SparkSession, file: str) -> bytes:
    """The front of a file's text, unpacked where its name says that it is packed."""
    hadoop = spark._jvm.org.apache.hadoop
    path, settings = hadoop.fs.Path(file), spark._jsc.hadoopConfiguration()
    stream = path.getFileSystem(settings).open(path)
    try:
        codec = hadoop.io.compress.CompressionCodecFactory(settings).getCodec(path)
        return bytes((codec.createInputStream(stream) if codec else stream).readNBytes(HEAD_BYTES))
    finally:
        stream.close()


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
