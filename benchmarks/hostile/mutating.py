"""Valid inputs made wrong: bytes flipped and spliced, lines moved, values and branches of JSON replaced.

Everything is drawn from the `random.Random` that is passed in, so that an input can be made again from its number.
"""

# ruff: noqa: E501  # tables of what is given read best in long lines

import copy
import gzip
import json
import random
from collections.abc import Sequence
from typing import Any

TEXTS = (
    "", " ", "0", "-0", "1", "-1", "1e308", "-1e308", "1e999", "-1e-320", "nan", "NaN", "inf", "-inf", "Infinity", "null",
    "None", "true", "9" * 25, "9" * 400, "9" * 5_000, "0x1F", "1_000", "1,5", "1.5.2", "+1", "１２", "٣", "0" * 999 + "1",
    "2030-05-06T08:00Z", "2030-02-30", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00+23:59",
    "9999-12-31T23:59:59-23:59", "-1000-01-01", "1970-01-01", "2016-12-31T23:59:60Z", "2030-W18-1", "2030-366", "+5 h",
    "+1e300 h", "../../etc/passwd", "/etc/passwd", "demo", "NODE", "LAB", "CAPSULE", "NODE-LAB", "a/b", "\x00", "\x1b[2J",
    "\ufeff", "\u202e", "é" * 50, "\U0010ffff", "\U0001f680", "x" * 300, "x" * 70_000, "' OR 1=1 --", "=cmd()", '"', "'",
    "\\", "\\u0000", "{{7*7}}", "%s%n", "<script>", "2 mm", "50 kg/day", "0.8 mmHg/h", "1e400 kg/day", "5 parsec",
    "5 kg ** 99999999", "5 kg**kg", "((((((5 kg))))))", "1 m" + "/m" * 500, "12 dB", "1,2,3", "730 mmHg", "11.5 h",
)  # fmt: skip
NUMBERS = (
    0,
    -1,
    1,
    2,
    0.5,
    1.0000001,
    -0.0,
    1e-320,
    1e300,
    -1e300,
    2**31,
    2**53,
    2**63,
    2**64,
    10**30,
    10**400,
    1e-9,
    101325,
)
JSON: tuple[Any, ...] = (
    None, True, False, *NUMBERS, [], {}, [[]], [None], {"": None}, {"a": {"b": []}}, [1.0] * 300, ["x", "x"], [[1, 2]] * 3,
    float("nan"), float("inf"), *TEXTS[:60:3],
)  # fmt: skip
TOML = (
    "nan", "inf", "-inf", "0", "-1", "1", "0.5", "1e300", "-1e300", "9223372036854775807", "9" * 30, "9" * 5_000, "1e999", '""',
    '"x"', '"+1 h"', '"50 kg/day"', "[]", "{}", "[[[]]]", "[1, 2]", '["a", "b"]', "true", "false", "1979-05-27", "07:32:00",
    "1979-05-27T07:32:00Z", '{value = 1.0, label = "a"}', '{value = nan, label = "c"}', '{value = -5.0, label = "c"}',
    '{value = 0.0, label = "c"}', '{value = 1e300, label = "c"}', '"' + "x" * 3_000 + '"', "[" * 3_000 + "]" * 3_000,
    "{a=" * 600 + "1" + "}" * 600, '"\\ud800"', '"\\U00110000"', "'''", '"""', "0o7", "1__0", "+nan", '"NODE"', '"LAB"',
    '["NODE", "LAB"]', '["NODE", "NODE"]', "[0.0, 0.0, 0.0]", '"2030-05-06T08:00Z"', '"9999-12-31T23:59:59Z"',
)  # fmt: skip
LINES = (
    "[[",
    "]]",
    "[a]\n[a]",
    "a = 1\na = 2",
    "a.b.c.d = 1",
    "= 1",
    "# " + "x" * 9_000,
    "[[events]]",
    "[[compartments]]",
    "\x00",
    "a" * 70_000,
    '"" = 1',
)


def one_text(chance: random.Random) -> str:
    """A text that something somewhere may stumble over."""
    roll = chance.random()
    if roll < 0.6:
        return chance.choice(TEXTS)
    if roll < 0.8:
        return (
            str(chance.choice(NUMBERS) * chance.choice((1, -1, 1000)))
            if chance.random() < 0.5
            else repr(chance.gauss(0, 1e3))
        )
    return "".join(chr(chance.randrange(0x20, 0x3000)) for _ in range(chance.randrange(12)))


def bytes_of(chance: random.Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Some bytes changed, moved, cut or taken from another input."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8, 40))):
        at = chance.randrange(len(made) + 1)
        far = min(len(made), at + chance.choice((1, 2, 4, 16, 200)))
        what = chance.randrange(9)
        if what == 0 and made:
            made[min(at, len(made) - 1)] ^= 1 << chance.randrange(8)
        elif what == 1 and made:
            made[min(at, len(made) - 1)] = chance.choice(
                (0, 0xFF, 0x7F, 0x80, 10, 13, 34, 44, 61, 91, 123, chance.randrange(256))
            )
        elif what == 2:
            del made[at:far]
        elif what == 3:
            made[at:at] = made[at:far] * chance.choice((1, 2, 50))
        elif what == 4:
            made[at:at] = one_text(chance).encode("utf-8", "surrogatepass")
        elif what == 5:
            del made[at:]
        elif what == 6:
            made[at:far] = chance.randbytes(far - at)
        elif what == 7 and others:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            made[at:far] = other[start : start + chance.choice((8, 100, 2_000))]
        elif what == 8 and len(made) >= at + 8:
            made[at : at + 8] = chance.choice((0, 1, 2**31 - 1, 2**63 - 1, 2**64 - 1)).to_bytes(8, "little")
    return bytes(made)


def toml_of(chance: random.Random, text: str) -> str:
    """Lines of a TOML file lost, doubled, moved, or with another value; it is mostly TOML still."""
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    for _ in range(chance.choice((1, 1, 1, 2, 3, 9))):
        at = chance.randrange(len(lines))
        what = chance.random()
        key, equals, value = lines[at].partition(" = ")
        if what < 0.55 and equals:
            lines[at] = key + " = " + _toml_value(chance, value)
        elif what < 0.65:
            del lines[at]
            lines = lines or [""]
        elif what < 0.75:
            lines.insert(chance.randrange(len(lines)), lines[at])
        elif what < 0.85:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif what < 0.92 and equals:
            lines[at] = one_text(chance)[:80].replace("\n", "") + " = " + value
        else:
            lines.insert(at, chance.choice(LINES))
    return "\n".join(lines)


def _toml_value(chance: random.Random, value: str) -> str:
    if chance.random() < 0.7:
        return chance.choice(TOML)
    if value.startswith("{") and "value = " in value:
        before, _, after = value.partition("value = ")
        return before + "value = " + chance.choice(TOML) + after[after.find(",") :]
    if value.startswith('"'):
        return json.dumps(one_text(chance)) if chance.random() < 0.5 else value[:-2] + '"'
    return value * 2


def json_of(chance: random.Random, value: Any) -> Any:
    """A copy of plain JSON with something in it replaced, lost, doubled or wrapped."""
    made = copy.deepcopy(value)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        holder, key = _node(chance, made)
        if holder is None:
            return copy.deepcopy(chance.choice(JSON))
        what = chance.random()
        if what < 0.6:
            holder[key] = copy.deepcopy(chance.choice(JSON))
        elif what < 0.75:
            del holder[key]
        elif what < 0.85:
            holder[key] = [holder[key]]
        elif what < 0.9 and isinstance(holder, dict):
            holder[one_text(chance)[:40]] = holder.pop(key)
        elif isinstance(holder, list):
            holder += [holder[key]] * chance.choice((1, 3, 50))
        else:
            holder[key] = {"": holder[key]}
    return made


def _node(chance: random.Random, value: Any) -> tuple[Any, Any]:
    """A place somewhere inside, deep ones as likely as shallow ones: its holder and its key there."""
    holder, key = None, None
    while isinstance(value, dict | list) and value:
        holder, key = value, chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        value = value[key]
        if chance.random() < 0.3:
            break
    return holder, key


def json_bytes(chance: random.Random, value: Any) -> bytes:
    """Its text, at times in a way no writer of ours would choose."""
    roll = chance.random()
    if roll < 0.03:
        return chance.choice(
            (b"[" * 50_000, b'{"a":' * 20_000, b'"\\ud800"', b"", b"nul", b"\xff\xfe{}", b'{"a":1,"a":2}', b"1" * 5_000)
        )
    text = json.dumps(value, ensure_ascii=roll < 0.5).encode("utf-8", "surrogatepass")
    return bytes_of(chance, text) if roll > 0.8 else text


def table_of(chance: random.Random, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV table with fields, rows, columns and its very form made wrong."""
    head, body = list(header), [list(row) for row in rows]
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        _spoil_table(chance, head, body)
    separator = chance.choice((",",) * 12 + (";", "\t"))
    end = chance.choice(("\n",) * 12 + ("\r\n", "\r", "\n\n"))
    text = end.join(separator.join(_quoted(chance, field) for field in row) for row in (head, *body)) + end
    data = text.encode(chance.choice(("utf-8",) * 15 + ("utf-8-sig", "latin-1", "utf-16")), "replace")
    roll = chance.random()
    if roll < 0.1:
        return bytes_of(chance, data)
    if roll < 0.14:
        return chance.choice((gzip.compress(data, 1), bytes_of(chance, gzip.compress(data, 1))))
    return data


def _spoil_table(chance: random.Random, head: list[str], body: list[list[str]]) -> None:
    column, row = chance.randrange(len(head)), chance.choice(body)
    what = chance.randrange(12)
    if what <= 3 and row:
        row[min(column, len(row) - 1)] = one_text(chance)
    elif what == 4:
        word = one_text(chance)
        for other in body:
            if column < len(other):
                other[column] = word
    elif what == 5:
        head[column] = one_text(chance)
    elif what == 6:
        chance.shuffle(body)
    elif what == 7:
        row.append(one_text(chance))
    elif what == 8 and row:
        row.pop()
    elif what == 9:
        body[:] = body[: chance.randrange(len(body) + 1)] or [[]]
    elif what == 10:
        factor = chance.choice((1e-3, 1e3, -1.0, 0.0, 133.322, 1e30, 1e300))
        for other in body:
            if column < len(other):
                other[column] = _scaled(other[column], factor)
    else:
        body += [list(row)] * chance.choice((1, 2, 60))


def _scaled(text: str, factor: float) -> str:
    try:
        return repr(float(text) * factor)
    except (ValueError, OverflowError):
        return text


def _quoted(chance: random.Random, field: str) -> str:
    if any(sign in field for sign in ',"\n\r') and chance.random() < 0.8:
        return '"' + field.replace('"', '""') + '"'
    return field
