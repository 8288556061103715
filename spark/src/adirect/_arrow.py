"""pyarrow's side of the Arrow C data interface: batches to the core, and its streams back, without a copy."""
import ctypes
from typing import Any

import pyarrow as pa

from adirect import _library

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def give(function: str, handle: ctypes.c_void_p, batch: pa.RecordBatch, *arguments) -> None:
    """Calls a function of the core that takes a batch over; what is not taken is released with the capsules."""
    schema, array = batch.__arrow_c_array__()
    _library.call(function, handle, _pointer(schema, b"arrow_schema"), _pointer(array, b"arrow_array"), *arguments)


def take(function: str, *arguments) -> pa.RecordBatchReader:
    """What a function of the core whose last parameter is a stream gives out."""
    stream = _library.ArrayStream()
    _library.call(function, *arguments, ctypes.byref(stream))
    return pa.RecordBatchReader._import_from_c(ctypes.addressof(stream))


def batches(table: Any) -> pa.RecordBatchReader:
    """Any table's batches: of pyarrow, of pandas, or of what speaks the Arrow PyCapsule interface."""
    if isinstance(table, pa.RecordBatch):
        return pa.RecordBatchReader.from_batches(table.schema, [table])
    return table if isinstance(table, pa.RecordBatchReader) else pa.table(table).to_reader()
