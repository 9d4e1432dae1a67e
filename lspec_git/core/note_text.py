"""How the notes' documents are spelled: TOML with one fact per line, and what to do with unknown keys.

A fact is a line of words, then maybe `: ` and a free text. Knows nothing of what the words mean. Damage is
told with its place; no input raises anything but `Unreadable`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import tomli_w

from lspec_git.core.note_plain import read_plain, unline

__all__ = ["Damage", "Table", "Unreadable", "line", "read", "read_plain", "unline", "write"]

Table = dict[str, Any]
"""A TOML table as tomllib returns it."""

T = TypeVar("T")

NAMES: Final[Mapping[type, str]] = {str: "a string", int: "a whole number", list: "an array", dict: "a table"}
LONGEST: Final = 2**63
"""Integers of TOML are of 64 bits; longer ones, which Python would read but may not print, are refused."""
DEEPEST: Final = 16
"""How far unknown keys may be nested: more than anything sane, and far from Python's recursion limit."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Why a document cannot be read, and where. Lines and columns start at 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class Unreadable(Exception):
    """Valid TOML that is no such document. `near` is a piece of its text by which to find the place."""

    def __init__(self, message: str, near: str = "") -> None:
        super().__init__(message)
        self.message, self.near = message, near


def read(data: bytes) -> Table | Damage:
    """The document's table. The caller may change it."""
    try:
        text = data.decode("utf-8", "surrogatepass")
        plain = read_plain(text)
        return tomllib.loads(text) if plain is None else plain
    except UnicodeDecodeError as error:
        return Damage(*_place(data[: error.start].decode("utf-8", "surrogatepass")), "not UTF-8")
    except tomllib.TOMLDecodeError as error:
        # The place is in the message only; its attributes came with Python 3.14.
        found = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (data.count(b"\n") + 1, 1)
        return Damage(line, column, re.sub(r" \(at [^()]*\)$", "", str(error)))
    except (ValueError, RecursionError) as error:
        # Python's own limits: a number of thousands of digits, brackets nested by the thousand.
        return Damage(1, 1, str(error))


def write(table: Mapping[str, Any]) -> bytes:
    """The document of a table, in its order."""
    # A file name that is not UTF-8 is a string with surrogates in Python: so written, it comes back.
    return tomli_w.dumps(table).encode("utf-8", "surrogatepass")


def damage(data: bytes, error: Unreadable) -> Damage:
    """Where in a document, which `read` accepted, the error is."""
    text = data.decode("utf-8", "surrogatepass")
    return Damage(*_place(text[: max(text.find(error.near), 0)]), error.message)


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def take(table: Table, key: str, kind: type[T], default: T | None = None) -> T:
    """Remove a known key from the table and return its value; `default` where it is missing."""
    value = table.pop(key, default)
    if type(value) is not kind:
        raise Unreadable(f"`{key}` is missing" if value is None else f"`{key}` must be {NAMES[kind]}", key)
    if isinstance(value, int):
        _check_integer(value)
    return value


def _check_integer(value: int) -> None:
    if not -LONGEST <= value < LONGEST:
        raise Unreadable("a number of more than 64 bits")


def line(words: Iterable[str], text: str | None = None) -> str:
    """One fact. The words come back from `unline` as they were, whatever they hold, and so does the text."""
    start = " ".join(map(_spell, words))
    return start if text is None else f"{start}: {text}"


def _spell(word: str) -> str:
    safe = word.replace("%", "%25").replace(" ", "%20")
    return f"{safe[:-1]}%3A" if safe.endswith(":") else safe or "%"


def unknown(table: Table) -> str:
    """What is left of a table when all known keys were taken: the keys of newer versions, as TOML."""
    return tomli_w.dumps(_in_order(table, DEEPEST)) if table else ""


def known_again(text: str) -> Table:
    """The table that `unknown` made a text of."""
    return tomllib.loads(text) if text else {}


def join_unknown(one: str, other: str) -> str:
    """Unknown keys of both sides."""
    if one == other:
        return one
    return tomli_w.dumps(join_tables(known_again(one), known_again(other)))


def join_tables(one: Mapping[str, Any], other: Mapping[str, Any]) -> Table:
    """Tables key by key, arrays of strings by union; of anything else the one that sorts last.

    The order of the sides and of several joins makes no difference.
    """
    keys = sorted({*one, *other})
    return {
        key: _join_values(one[key], other[key]) if key in one and key in other else {**one, **other}[key]
        for key in keys
    }


def _join_values(one: Any, other: Any) -> Any:
    if _rank(one) == _rank(other):
        return one
    if isinstance(one, dict) and isinstance(other, dict):
        return join_tables(one, other)
    if _is_set(one) and _is_set(other):
        return sorted({*one, *other})
    return max(one, other, key=_rank)


def _rank(value: Any) -> tuple[bool, bool, str]:
    """Compared by text: True, 1 and 1.0 are equal in Python, and nan is not even equal to itself."""
    return isinstance(value, dict), _is_set(value), tomli_w.dumps({"": value})


def _is_set(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _in_order(value: Any, depth: int) -> Any:
    """Tables sorted by key, at all depths."""
    if depth == 0:
        raise Unreadable("nested too deeply")
    if isinstance(value, dict):
        return {key: _in_order(each, depth - 1) for key, each in sorted(value.items())}
    if isinstance(value, list):
        return [_in_order(each, depth - 1) for each in value]
    if isinstance(value, int):
        _check_integer(value)
    return value
