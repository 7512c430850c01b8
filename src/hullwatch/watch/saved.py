"""What the watch knows, as bytes that can be kept beside its record and taken up again after a crash.

    SHA-256 of the rest | 8 bytes length | JSON head | blobs of arrays

The head is JSON: what was watched, how far, and a table of objects in which each stands after those it is made of. Only
types that `WatchMemory` can hold by its annotations are made again, so nothing in a file can call anything; floats and
arrays come back bit for bit, NaN and infinities too, arrays with the order they had in memory (sums depend on it).
"""

import dataclasses
import enum
import hashlib
import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hullwatch import __version__
from hullwatch.errors import RecordError
from hullwatch.records import Samples
from hullwatch.vehicle import places
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch.memory import WatchMemory
from hullwatch.watch.plausible import plausible

FORMAT = 4
"""Version of this encoding; memory of another version, or of another release, is not taken up."""
_DTYPES = {"<f8", "<f4", "<i8", "<i4", "<u8", "<u4", "<u2", "|u1", "|i1", "|b1", "<i2"}
_LARGEST = 2**28  # elements of an array: more than any memory holds, less than any machine


@dataclass(frozen=True, slots=True)
class Saved:
    """What the watch knew after its first `taken` readings; `seen`: digest of those readings."""

    memory: WatchMemory
    taken: int
    seen: str


def pack(saved: Saved, inputs: str, beside: Mapping[str, Any]) -> bytes:
    """Bytes to keep. inputs: digest of all that was given beside readings; beside: plain JSON for the keeper."""
    writer = _Writer()
    root = writer.put(saved.memory)
    head = {
        "format": FORMAT, "release": __version__, "inputs": inputs, "taken": saved.taken, "seen": saved.seen,
        "beside": dict(beside), "root": root, "objects": writer.objects, "arrays": writer.arrays,
    }  # fmt: skip
    text = json.dumps(head, separators=(",", ":")).encode("ascii")
    return sealed(b"".join((len(text).to_bytes(8, "little"), text, *writer.blobs)))


def sealed(rest: bytes) -> bytes:
    """The bytes with their digest before them: one that flipped on a disk is noticed."""
    return hashlib.sha256(rest).digest() + rest


def unpack(kept: bytes, inputs: str, ship: Vehicle) -> tuple[Saved, dict[str, Any]] | None:
    """What was kept, and what lay beside it; None when it is of another release, of other inputs, damaged, or no memory
    that a watch of this ship has."""
    rest = kept[32:]
    if kept != sealed(rest):
        return None
    try:
        size = int.from_bytes(rest[:8], "little")
        head = json.loads(rest[8 : 8 + size])
        if (head["format"], head["release"], head["inputs"]) != (FORMAT, __version__, inputs):
            return None
        memory = _Reader(head["objects"], head["arrays"], memoryview(rest)[8 + size :]).get(head["root"])
        taken, seen, beside = head["taken"], head["seen"], head["beside"]
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError, OverflowError):
        return None
    right = type(taken) is int and taken >= 0 and isinstance(seen, str) and isinstance(beside, dict)
    if not right or not isinstance(memory, WatchMemory) or not plausible(memory, ship):
        return None
    return Saved(memory, taken, seen), beside


def digest(*values: Any) -> str:
    """SHA-256 of values of the kinds that memory may hold, and of what vehicles and settings are made of."""
    writer = _Writer(ordered=True)
    text = json.dumps([[writer.put(value) for value in values], writer.objects, writer.arrays])
    return hashlib.sha256(b"".join((text.encode("ascii"), *writer.blobs))).hexdigest()


class Readings:
    """The readings taken in so far, counted and summed up; however they were cut into blocks."""

    def __init__(self) -> None:
        self.count = 0
        self._sums = tuple(hashlib.sha256() for _ in range(3))
        self._items: tuple[str, ...] = ()

    def add(self, block: Samples) -> None:
        """Take in a block."""
        self.count += block.time_s.size
        self._items = block.items
        for total, column in zip(self._sums, (block.time_s, block.item, block.value), strict=True):
            total.update(np.ascontiguousarray(column).data)

    @property
    def seen(self) -> str:
        """Digest of all of them."""
        whole = hashlib.sha256("\n".join(self._items).encode("utf-8", "replace"))
        for total in self._sums:
            whole.update(total.digest())
        return whole.hexdigest()


def rest_of(blocks: Iterator[Samples], saved: Saved, readings: Readings, source: str) -> Iterator[Samples]:
    """The blocks after the readings that were taken in before; RecordError when those are not the same now."""
    for block in blocks:
        left = saved.taken - readings.count
        if left <= 0:
            yield block
            continue
        readings.add(_cut(block, slice(0, left)))
        if readings.count == saved.taken and readings.seen != saved.seen:
            raise _other(source, saved)
        if block.time_s.size > left:
            yield _cut(block, slice(left, None))
    if readings.count < saved.taken:
        raise _other(source, saved)


def _other(source: str, saved: Saved) -> RecordError:
    return RecordError(
        source,
        f"its first {saved.taken} readings are not those of the unfinished watch",
        "Give the same recording, or another place for the record",
    )


def _cut(block: Samples, part: slice) -> Samples:
    return Samples(block.time_s[part], block.item[part], block.value[part], block.items)


class _Writer:
    """Puts values into a table: each object once, after those it is made of."""

    def __init__(self, ordered: bool = False) -> None:
        self.objects: list[Any] = []
        self.arrays: list[Any] = []
        self.blobs: list[bytes] = []
        self._known: dict[int, tuple[int, Any]] = {}  # by identity; the object is held so that no other takes its id
        self._ordered = ordered

    def put(self, value: Any) -> Any:
        """The JSON that stands for a value."""
        kind = type(value)
        if value is None or kind in (bool, str, int, float):
            return value
        if kind is tuple:
            return {"t": [self.put(one) for one in value]}
        if isinstance(value, tuple):  # a NamedTuple
            return {"c": _name(kind), "v": [self.put(one) for one in value]}
        if kind is list:
            return [self.put(one) for one in value]
        if isinstance(value, frozenset):
            members = [self.put(one) for one in value]
            return {"s": sorted(members, key=json.dumps) if self._ordered else members}
        if isinstance(value, Mapping):
            return {"d": [[self.put(key), self.put(one)] for key, one in value.items()]}
        if isinstance(value, enum.Enum):
            return {"e": _name(kind), "v": value.value}
        if isinstance(value, np.generic):
            return {"n": kind(value).dtype.str, "v": value.tobytes().hex()}
        return {"r": self._object(value)}

    def _object(self, value: Any) -> int:
        if id(value) in self._known:
            return self._known[id(value)][0]
        if isinstance(value, np.ndarray):
            plain: Any = {"a": self._array(value)}
        elif dataclasses.is_dataclass(value):
            plain = {"c": _name(type(value)), "v": [self.put(getattr(value, name)) for name in _fields(type(value))]}
        else:
            raise TypeError(f"{type(value).__name__} is nothing a watch remembers")
        self.objects.append(plain)
        self._known[id(value)] = (len(self.objects) - 1, value)
        return len(self.objects) - 1

    def _array(self, value: np.ndarray[Any, Any]) -> int:
        if value.dtype.str not in _DTYPES:
            raise TypeError(f"an array of {value.dtype} is nothing a watch remembers")
        order: Literal["C", "F"] = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        self.arrays.append([value.dtype.str, list(value.shape), order])
        self.blobs.append(value.tobytes(order))
        return len(self.arrays) - 1


class _Reader:
    """Makes the values of a table again, from allowed types alone."""

    def __init__(self, objects: list[Any], arrays: list[Any], blobs: memoryview) -> None:
        self._arrays = _arrays(arrays, blobs)
        self._made: list[Any] = []
        for plain in objects:  # each refers only to those before it
            if "a" in plain:
                self._made.append(self._arrays[plain["a"]])
            else:
                self._made.append(self._instance(plain))

    def get(self, plain: Any) -> Any:
        """The value that a piece of JSON stands for."""
        if plain is None or isinstance(plain, bool | str | int | float):
            return plain
        if isinstance(plain, list):
            return [self.get(one) for one in plain]
        if "c" in plain:
            return self._instance(plain)
        if "r" in plain:
            return self._made[_index(plain["r"], self._made)]
        if "t" in plain:
            return tuple(self.get(one) for one in plain["t"])
        if "s" in plain:
            return frozenset(self.get(one) for one in plain["s"])
        if "d" in plain:
            return {self.get(key): self.get(one) for key, one in plain["d"]}
        if "e" in plain:
            return _allowed()[plain["e"]](plain["v"])
        dtype = np.dtype(plain["n"]) if plain["n"] in _DTYPES else None
        return np.frombuffer(bytes.fromhex(plain["v"]), dtype, 1)[0] if dtype is not None else plain["unknown"]

    def _instance(self, plain: Any) -> Any:
        kind, hints = _allowed()[plain["c"]], _hints(_allowed()[plain["c"]])
        fields = {name: self.get(one) for name, one in zip(_fields(kind), plain["v"], strict=True)}
        for name, value in fields.items():
            if not _fits(value, hints[name]):
                raise TypeError(f"{plain['c']}.{name}")
        if issubclass(kind, tuple):
            return kind(**fields)
        made = object.__new__(kind)
        for name, value in fields.items():
            object.__setattr__(made, name, value)
        return made


def _index(value: Any, table: list[Any]) -> int:
    if type(value) is not int or not 0 <= value < len(table):
        raise IndexError(value)
    return value


def _arrays(described: list[Any], blobs: memoryview) -> list[Any]:
    made, start = [], 0
    for dtype, shape, order in described:
        if dtype not in _DTYPES or order not in ("C", "F") or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError("no array")
        count = 1
        for n in shape:
            count *= n
        if count > _LARGEST:
            raise ValueError("no array")
        size = count * np.dtype(dtype).itemsize
        flat = np.frombuffer(blobs[start : start + size], dtype, count)
        made.append(flat.reshape(shape, order=order).copy(order=order))  # a copy may be written to, bytes may not
        start += size
    return made


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _fields(kind: Any) -> tuple[str, ...]:
    """Names of the fields of a dataclass or a NamedTuple."""
    return kind._fields if issubclass(kind, tuple) else tuple(field.name for field in dataclasses.fields(kind))


_ALLOWED: dict[str, Any] = {}
_HINTS: dict[type, dict[str, Any]] = {}


def _allowed() -> dict[str, Any]:
    """Every dataclass, NamedTuple and enum that `WatchMemory` can hold by its annotations, found once."""
    if not _ALLOWED:
        _find(WatchMemory)
    return _ALLOWED


def _find(hint: Any) -> None:
    if isinstance(hint, type) and (dataclasses.is_dataclass(hint) or hasattr(hint, "_fields")):
        if _name(hint) not in _ALLOWED:
            _ALLOWED[_name(hint)] = hint
            for inner in _hints(hint).values():
                _find(inner)
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        _ALLOWED[_name(hint)] = hint
    for inner in typing.get_args(hint):
        _find(inner)


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        # vehicle/facts.py names the types of vehicle/places.py without importing them
        _HINTS[kind] = typing.get_type_hints(kind, vars(sys.modules[kind.__module__]), vars(places))
    return _HINTS[kind]


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is what an annotation says, as far as it can be told without going through all of it."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, one) for one in args)
    if origin is typing.Literal:
        return value in args
    if hint is float:
        return isinstance(value, float | int | np.floating | np.integer)
    if hint is int:
        return isinstance(value, int | np.integer)
    if hint is bool:
        return isinstance(value, bool | np.bool_)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return isinstance(value, tuple) and all(_fits(one, args[0]) for one in value)
        return isinstance(value, tuple) and len(value) == len(args) and all(map(_fits, value, args))
    if origin is np.ndarray:
        numbers = typing.get_args(args[1])  # NDArray[np.float64] is ndarray[Any, dtype[float64]]
        return isinstance(value, np.ndarray) and (not numbers or value.dtype == np.dtype(numbers[0]))
    kind = origin if isinstance(origin, type) else hint
    return isinstance(value, kind) if isinstance(kind, type) else True
