"""Three-way merge of one field, by the kind of the field.

Knows parsed values (strings, sequences, mappings; None for a key that is not there) and nothing of text,
files or trackers. What cannot be merged is a `Conflict`; whose side wins it is for the callers to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeGuard

from lspec_git.core import fields
from lspec_git.core.spec import Kind

Value = object
"""A parsed value: `str`, a sequence or mapping of values, or None where the key is absent."""

STAMP: Final = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?[ \t]*([Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
"""ISO 8601 as YAML spells it, with up to the nine fraction digits that LeanSpec's Rust writer prints."""

SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Merged:
    """The value that both sides' changes come to; None: absent."""

    value: Value


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides changed the value, and no rule of its kind says what comes of that."""

    base: Value
    ours: Value
    theirs: Value


Outcome = Merged | Conflict
Entry = Mapping[str, Value]
"""One entry of a log: `status`, `at`, and whatever else was written there."""


def merge(kind: Kind, base: Value, ours: Value, theirs: Value) -> Outcome:
    """The value of one field after both sides' changes since `base`.

    A side that did not change never has a say, so a revert reverts. `DERIVED` and `TEXT` are not values that
    can be merged (ValueError): the one is computed anew, the other is for git's own text merge.
    """
    if kind in {Kind.DERIVED, Kind.TEXT}:
        raise ValueError(f"{kind.value} is not merged by value")
    plain = three_way(base, ours, theirs)
    if isinstance(plain, Merged):
        return plain
    if kind is Kind.SET:
        return _merge_sets(plain)
    if kind is Kind.STAMP:
        return _merge_stamps(plain)
    if kind is Kind.LOG:
        return _merge_logs(plain)
    return plain


def merge_fields(
    kinds: Mapping[str, Kind],
    base: Mapping[str, Value],
    ours: Mapping[str, Value],
    theirs: Mapping[str, Value],
) -> Mapping[str, Outcome]:
    """`merge` for every key of any side, in ours' order, then theirs'. A key without a kind is `UNKNOWN`."""
    names = dict.fromkeys((*ours, *theirs, *base))
    return {
        name: merge(kinds.get(name, Kind.UNKNOWN), base.get(name), ours.get(name), theirs.get(name))
        for name in names
    }


def three_way(base: Value, ours: Value, theirs: Value) -> Outcome:
    """The side that changed, or the value that both changed to; else a conflict."""
    if theirs in (base, ours):
        return Merged(ours)
    if ours == base:
        return Merged(theirs)
    return Conflict(base, ours, theirs)


def elements(value: Value) -> tuple[str, ...] | None:
    """A set's elements, however it is written: sequence, commas, JSON in a string. None: it is no set."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(fields.elements(value))
    if isinstance(value, Sequence) and all(isinstance(each, str) for each in value):
        return tuple(fields.elements([*value]))
    return None


def instant(value: Value) -> int | None:
    """Nanoseconds since the year 1, UTC, of an ISO 8601 date or time; None where it is none.

    A date alone is its first moment; a time without an offset is taken as UTC, as LeanSpec writes it.
    """
    found = STAMP.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if hour > 23 or minute > 59 or second > 60:
        return None
    try:
        days = date(year, month, day).toordinal()
    except ValueError:
        return None
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - _offset(found[8] or "Z")
    return seconds * SECOND + int((found[7] or "").ljust(9, "0"))


def _offset(text: str) -> int:
    """Seconds east of UTC."""
    if text in "Zz":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if text[0] == "-" else seconds


def _merge_sets(sides: Conflict) -> Outcome:
    base, ours, theirs = elements(sides.base), elements(sides.ours), elements(sides.theirs)
    if base is None or ours is None or theirs is None:
        return sides
    removed = set(base) - set(theirs)
    kept = [each for each in ours if each not in removed]
    for place, each in enumerate(theirs):
        if each not in base and each not in kept:
            _insert(kept, each, theirs[place - 1] if place else None)
    return Merged(_or_absent(kept, sides))


def _insert(kept: list[str], new: str, neighbour: str | None) -> None:
    """Put `new` after its left neighbour, or at the end where that is gone."""
    kept.insert(kept.index(neighbour) + 1 if neighbour in kept else len(kept), new)


def _or_absent(kept: Iterable[Value], sides: Conflict) -> Value:
    """An empty result is an absent key if that is what a side made of it."""
    return tuple(kept) or (None if sides.ours is None or sides.theirs is None else ())


def _merge_stamps(sides: Conflict) -> Outcome:
    base = -1 if sides.base is None else instant(sides.base)
    moved = [(instant(side), len(str(side)), str(side)) for side in (sides.ours, sides.theirs)]
    if base is None or any(when is None or when < base for when, _, _ in moved):
        return sides
    # Two spellings of one instant: the longer, more precise one, so that swapping the sides changes nothing.
    return Merged(max(moved)[2])


def _merge_logs(sides: Conflict) -> Outcome:
    base, ours, theirs = _entries(sides.base), _entries(sides.ours), _entries(sides.theirs)
    if base is None or ours is None or theirs is None:
        return sides
    merged = [
        _merge_entry(base.get(at), ours.get(at), theirs.get(at)) for at in dict.fromkeys((*ours, *theirs))
    ]
    if None in merged:
        return sides
    kept = sorted((entry for entry in merged if entry), key=lambda entry: instant(entry["at"]) or 0)
    return Merged(_or_absent(kept, sides))


def _merge_entry(base: Entry | None, ours: Entry | None, theirs: Entry | None) -> Entry | None:
    """One entry of a log, what both sides wrote of it merged key by key. Empty: removed; None: conflict."""
    plain = three_way(base, ours, theirs)
    if ours is None or theirs is None:
        left = ours or theirs
        return None if isinstance(plain, Conflict) else {} if base is not None else left
    merged = merge_fields({}, base or {}, ours, theirs)
    values = {key: each.value for key, each in merged.items() if isinstance(each, Merged)}
    return (
        {key: value for key, value in values.items() if value is not None}
        if len(values) == len(merged)
        else None
    )


def _entries(value: Value) -> Mapping[tuple[str, str], Entry] | None:
    """A log's entries by status and time; None where the value is no log, or an entry occurs twice."""
    if value is None:
        return {}
    if isinstance(value, str) or not isinstance(value, Sequence):
        return None
    found = {(str(each["status"]), str(each["at"])): each for each in value if _is_entry(each)}
    return found if len(found) == len(value) else None


def _is_entry(value: Value) -> TypeGuard[Entry]:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("status"), str)
        and instant(value.get("at")) is not None
    )
