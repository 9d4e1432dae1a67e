"""The notes' documents as they nearly always are, read without a TOML library.

Imports little on purpose: a hook that git waits for reads notes, too (see `words`).
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    Table: TypeAlias = dict[str, Any]

ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\\]")
"""Where one of these occurs, a string needs more than its quotes taken off, or the document is no TOML."""
ROW = re.compile(
    r'\[([\w-]+(?:\.[\w-]+)*)\]|(?:"([^"]+)"|([\w-]+)) = (?:"([^"]*)"|(0|[1-9]\d{0,17})|\[)', re.ASCII
)
ELEMENT = re.compile(r' {4}"[^"]*",')


def read_plain(text: str) -> Table | None:
    """A document laid out as `write` does it: strings without escapes, arrays of them, and whole numbers.

    Reads nearly every note, in a fraction of the time: tomllib goes character by character, and a run may
    read ten thousand. None: anything else, or anything doubtful, is for tomllib.
    """
    if not text.endswith("\n") or ESCAPED.search(text):
        return None
    top: Table = {}
    table: Table = top
    array: list[str] | None = None
    for row in text[:-1].split("\n"):
        if array is not None:
            if row == "]":
                array = None
            elif ELEMENT.fullmatch(row):
                array.append(row[5:-2])
            else:
                return None
        elif row:
            found = ROW.fullmatch(row)
            next_in = _row(top, table, found) if found else None
            if next_in is None:
                return None
            table, array = next_in
    return top if array is None else None


def _row(top: Table, table: Table, found: re.Match[str]) -> tuple[Table, list[str] | None] | None:
    """Where the next rows go: into which table, and which array; None where a place is taken."""
    header, quoted, bare, value, number = found.groups()
    if header:
        opened = _open(top, header.split("."))
        return None if opened is None else (opened, None)
    key = quoted or bare
    if key in table:
        return None
    table[key] = one = value if value is not None else int(number) if number else []
    return table, one if isinstance(one, list) else None


def _open(top: Table, names: Sequence[str]) -> Table | None:
    """A new table below others, which come into being with it; None where its place is taken."""
    for name in names[:-1]:
        top = top.setdefault(name, {})
        if type(top) is not dict:
            return None
    return top.setdefault(names[-1], {}) if names[-1] not in top else None


def unline(fact: str) -> tuple[list[str], str | None]:
    """The words and the free text of one fact."""
    start, colon, text = fact.partition(": ")
    words = start.split(" ")
    if "%" in start:
        words = [_unspell(word) for word in words]
    return words, text if colon else None


def _unspell(word: str) -> str:
    return "" if word == "%" else word.replace("%20", " ").replace("%3A", ":").replace("%25", "%")
