"""libadirect.so by ctypes: the functions of include/adirect/adirect.h, their structs, their errors as exceptions."""
import ctypes
import pathlib
from ctypes import POINTER, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

ABI = 1
NO_TIME = -(2**63)


class Error(ValueError):
    """What the core refuses: a sentence that names place and remedy; `code` is an adirect_code of adirect.h."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code

    def __reduce__(self):
        return Error, (self.code, str(self))


class Settings(ctypes.Structure):
    _fields_ = [("max_searches", c_int32), ("retention_ms", c_int64)]


class ReaderOptions(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("head", c_char_p), ("head_size", c_size_t), ("arrival_ms", c_int64),
                ("as_of_ms", c_int64), ("may_erase", c_int32), ("gives_events", c_int32),
                ("skips_searches", c_int32), ("policy_count", c_size_t),
                ("policies", POINTER(c_void_p)), ("catalog", c_void_p)]


class Counts(ctypes.Structure):
    """What came to a reader: rows = accepted + ignored + after_as_of + refused; erases are among the accepted."""
    _fields_ = [("rows", c_uint64), ("accepted", c_uint64), ("ignored", c_uint64), ("after_as_of", c_uint64),
                ("refused", c_uint64), ("erases", c_uint64), ("newest_ms", c_int64)]


class ArrayStream(ctypes.Structure):
    """An ArrowArrayStream, which pyarrow takes over by its address."""
    _fields_ = [("get_schema", c_void_p), ("get_next", c_void_p), ("get_last_error", c_void_p), ("release", c_void_p),
                ("private_data", c_void_p)]


_OUT = POINTER(c_void_p)
_STREAM = POINTER(ArrayStream)
_TEXT = (c_char_p, c_size_t, c_char_p)  # bytes, their number, what errors call them

# Those that return a code.
_FUNCTIONS = {
    "policy_parse": (*_TEXT, _OUT),
    "format_parse": (*_TEXT, _OUT),
    "format_named": (c_char_p, c_char_p, _OUT),
    "catalog_new": (_OUT,),
    "catalog_add_products": (c_void_p, *_TEXT),
    "catalog_add_categories": (c_void_p, *_TEXT),
    "state_new": (POINTER(Settings), c_uint32, _OUT),
    "state_merge": (c_void_p, c_void_p, c_size_t),
    "state_buckets": (c_void_p, _STREAM),
    "state_shoppers": (c_void_p, _STREAM),
    "state_events": (c_void_p, _STREAM),
    "reader_new": (c_void_p, c_void_p, POINTER(ReaderOptions), _OUT),
    "read_columns": (c_void_p, c_void_p, c_void_p, c_uint64),
    "read_lines": (c_void_p, c_void_p, c_void_p, c_uint64),
    "read_records": (c_void_p, c_void_p, c_void_p),
    "refused": (c_void_p, _STREAM),
    "accepted": (c_void_p, _STREAM),
    "purchases": (c_void_p, c_int64, _STREAM),
    "add_purchases": (c_void_p, c_void_p, c_void_p),
    "popular": (c_void_p, c_void_p, c_int64, c_void_p, _STREAM),
    "audience": (c_void_p, c_void_p, c_int64, c_void_p, _STREAM),
}
# Those that return a value: its type, and the parameters'.
_VALUES = {
    "abi": (c_int32,),
    "version": (c_char_p,),
    "message": (c_char_p,),
    "policy_name": (c_char_p, c_void_p),
    "policy_version": (c_char_p, c_void_p),
    "policy_text": (c_char_p, c_void_p),
    "format_kind": (c_char_p, c_void_p),
    "format_column": (c_char_p, c_void_p, c_char_p),
    "state_newest": (c_int64, c_void_p),
    "reader_counts": (Counts, c_void_p),
    **{f"{handle}_free": (None, c_void_p) for handle in ("policy", "format", "catalog", "state", "reader")},
}


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(str(pathlib.Path(__file__).with_name("libadirect.so")))
    for name, parameters in _FUNCTIONS.items():
        function = getattr(library, f"adirect_{name}")
        function.restype, function.argtypes = c_int32, parameters
    for name, (result, *parameters) in _VALUES.items():
        function = getattr(library, f"adirect_{name}")
        function.restype, function.argtypes = result, parameters
    if library.adirect_abi() != ABI:
        raise ImportError(f"libadirect.so has ABI {library.adirect_abi()}, this package needs {ABI}: install it again")
    return library


_LIBRARY = _load()


def call(name: str, *arguments) -> None:
    """Calls a function that returns a code; another one than 0 is an Error."""
    code = getattr(_LIBRARY, f"adirect_{name}")(*arguments)
    if code != 0:
        raise Error(code, _LIBRARY.adirect_message().decode("utf-8", "replace"))


def value(name: str, *arguments):
    """Calls a function that returns a value; texts come as str."""
    result = getattr(_LIBRARY, f"adirect_{name}")(*arguments)
    return result.decode() if isinstance(result, bytes) else result


def make(name: str, *arguments) -> c_void_p:
    """Calls a function whose last parameter is what it makes."""
    made = c_void_p()
    call(name, *arguments, ctypes.byref(made))
    return made


class Handle:
    """Owns what `make` gave, and frees it; `free` is the name of its function."""

    _kind = ""

    def __init__(self, made: c_void_p):
        self._handle = made

    def __del__(self):
        made, self._handle = getattr(self, "_handle", None), None
        if made:
            value(f"{self._kind}_free", made)
