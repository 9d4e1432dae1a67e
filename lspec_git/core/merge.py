"""Three-way merge of one field, by the kind of the field.

Knows parsed values (strings, sequences, mappings; None for a key that is not there) and nothing of text,
files or trackers. What cannot be merged is a `Conflict`; whose side wins it is for the callers to decide.
Imports little on purpose: see `words`.
"""

from __future__ import annotations

from lspec_git.core import words
from lspec_git.core.words import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias, TypeGuard

    Outcome: TypeAlias = "Merged | Conflict"
    Entry: TypeAlias = Mapping[str, object]

Value = object
"""A parsed value: `str`, a sequence or mapping of values, or None where the key is absent."""

SECOND = 1_000_000_000
_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)
_AROUND = "()[]<>{}\"'`"
_SPELLINGS = {"status": words.normal_status, "priority": words.normal_priority}


class Merged:
    """The value that both sides' changes come to; None: absent."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Merged) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]  # a value may be a list

    def __repr__(self) -> str:
        return f"Merged({self.value!r})"


class Conflict:
    """Both sides changed the value, and no rule of its kind says what comes of that."""

    __slots__ = ("base", "ours", "theirs")

    def __init__(self, base: Value, ours: Value, theirs: Value) -> None:
        self.base, self.ours, self.theirs = base, ours, theirs

    def __eq__(self, other: object) -> bool:
        mine = (self.base, self.ours, self.theirs)
        return isinstance(other, Conflict) and mine == (other.base, other.ours, other.theirs)

    __hash__ = None  # type: ignore[assignment]  # as above

    def __repr__(self) -> str:
        return f"Conflict({self.base!r}, {self.ours!r}, {self.theirs!r})"


def merge(kind: str, base: Value, ours: Value, theirs: Value, name: str = "") -> Outcome:
    """The value of one field after both sides' changes since `base`.

    A side that did not change never has a say, so a revert reverts; a side that only spells it in another way
    has none against a side that changed it. `name` tells which spellings there are. `DERIVED` and `TEXT` are
    not values that can be merged (ValueError): the one is computed anew, the other is git's own to merge.
    """
    if kind in (Kind.DERIVED, Kind.TEXT):
        raise ValueError(f"{kind} is not merged by value")
    plain = three_way(base, ours, theirs)
    if isinstance(plain, Merged):
        return plain
    if base is None and "" in (ours, theirs):
        return Merged(ours if theirs == "" else theirs)  # a new key without a value has no say
    if kind == Kind.SET:
        return _merge_sets(plain)
    if kind == Kind.LOG:
        return _merge_logs(plain)
    return _merge_spellings(kind, plain, name)


def merge_fields(
    kinds: Mapping[str, Kind],
    base: Mapping[str, Value],
    ours: Mapping[str, Value],
    theirs: Mapping[str, Value],
) -> Mapping[str, Outcome]:
    """`merge` for every key of any side, in ours' order, then theirs'. A key without a kind is `UNKNOWN`."""
    names = dict.fromkeys((*ours, *theirs, *base))
    return {
        name: merge(kinds.get(name, Kind.UNKNOWN), base.get(name), ours.get(name), theirs.get(name), name)
        for name in names
    }


def three_way(base: Value, ours: Value, theirs: Value) -> Outcome:
    """The side that changed, or the value that both changed to; else a conflict."""
    if theirs in (base, ours):
        return Merged(ours)
    if ours == base:
        return Merged(theirs)
    return Conflict(base, ours, theirs)


def canonical(value: Value, name: str = "") -> Value:
    """What a value is compared by: `in_progress` is `in-progress`, and a time is its instant."""
    if not isinstance(value, str):
        return value
    when = instant(value)
    if when is not None:
        return when
    text = value.strip()
    return _SPELLINGS[name](text) if name in _SPELLINGS else text


def elements(value: Value) -> tuple[str, ...] | None:
    """A set's elements, however it is written: sequence, commas, JSON in a string. None: it is no set."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(words.elements(value))
    if isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
        return tuple(words.elements([*value]))
    return None


def same_words(sides: Iterable[Iterable[str]]) -> Callable[[str], str]:
    """What the elements of these sets are compared by: `Ada L. (@ada)` is `Ada L. <@ada>`.

    Brackets and quotes around a part of an element of several words are spelling. Where one set holds
    an element in two spellings, each is an element of its own.
    """
    for side in sides:
        whole = {*side}
        if len({*map(_bare, whole)}) < len(whole):
            return str
    return _bare


def _bare(element: str) -> str:
    if " " not in element:
        return element
    return " ".join("".join(" " if sign in _AROUND else sign for sign in element).split()).rstrip(" .")


def instant(value: Value) -> int | None:
    """Nanoseconds since the year 1, UTC, of an ISO 8601 date or time; None where it is none.

    Read as YAML spells it, with up to the nine fraction digits that LeanSpec's Rust writer prints. A date
    alone is its first moment; a time without an offset is taken as UTC, as LeanSpec writes it.
    """
    if not isinstance(value, str) or (not value[:1].isdigit() and not value[:1].isspace()):
        return None
    text = value.strip()
    cut = next((at for at, sign in enumerate(text) if sign in "Tt \t"), len(text))
    days = _days(text[:cut]) if text.isascii() else None
    if days is None or cut == len(text):
        return None if days is None else days * 86400 * SECOND
    rest = text[cut:].lstrip(" \t") if text[cut] in " \t" else text[cut + 1 :]
    clock = _clock(rest)
    return None if clock is None else days * 86400 * SECOND + clock


def _days(text: str) -> int | None:
    """The day's number, as `date.toordinal` counts."""
    parts = [_number(part) for part in text.split("-")]
    if len(parts) != 3 or text[4:5] != "-" or None in parts or len(text) > 10:
        return None
    year, month, day = (part or 0 for part in parts)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not (year and 1 <= month <= 12):
        return None
    length = _BEFORE_MONTH[month] - _BEFORE_MONTH[month - 1] + (leap and month == 2)
    before = (year - 1) * 365 + (year - 1) // 4 - (year - 1) // 100 + (year - 1) // 400
    passed = before + _BEFORE_MONTH[month - 1] + (leap and month > 2)
    return passed + day if 1 <= day <= length else None


def _number(text: str, most: int = 4) -> int | None:
    return int(text) if text.isdigit() and len(text) <= most else None


def _clock(text: str) -> int | None:
    """Nanoseconds since midnight, UTC, of `hh:mm[:ss[.fraction]][ ][Z|+hh[:mm]]`."""
    cut = next((at for at, sign in enumerate(text) if sign in "Zz+-"), len(text))
    offset, time = _offset(text[cut:] or "Z"), text[:cut].rstrip(" \t")
    whole, dot, fraction = time.partition(".")
    parts = whole.split(":")
    if offset is None or len(parts) not in (2, 3) or any(len(part) != 2 for part in parts[1:]):
        return None
    hour, minute, second = (_number(part, 2) for part in (*parts, "0")[:3])
    if hour is None or minute is None or second is None or hour > 23 or minute > 59 or second > 60:
        return None
    if dot and (len(parts) != 3 or len(fraction) > 9 or not (fraction or "0").isdigit()):
        return None
    return ((hour * 60 + minute) * 60 + second - offset) * SECOND + int(fraction.ljust(9, "0"))


def _offset(text: str) -> int | None:
    """Seconds east of UTC; None for what is no offset."""
    if text in ("Z", "z"):
        return 0
    hours, minutes = text[1:3], text[3:].removeprefix(":")
    if text[0] in "Zz" or not hours.isdigit() or len(hours) != 2 or text[3:] == ":":
        return None
    if minutes and not (minutes.isdigit() and len(minutes) == 2):
        return None
    seconds = int(hours) * 3600 + int(minutes or 0) * 60
    return -seconds if text[0] == "-" else seconds


def _merge_spellings(kind: str, sides: Conflict, name: str) -> Outcome:
    base, ours, theirs = (canonical(side, name) for side in (sides.base, sides.ours, sides.theirs))
    if theirs == base or (theirs == ours and kind != Kind.STAMP):
        return Merged(sides.ours)
    if ours == base:
        return Merged(sides.theirs)
    return _merge_stamps(sides) if kind == Kind.STAMP else sides


def _merge_sets(sides: Conflict) -> Outcome:
    base, ours, theirs = elements(sides.base), elements(sides.ours), elements(sides.theirs)
    if base is None or ours is None or theirs is None:
        return sides
    bare = same_words((base, ours, theirs))
    named = {bare(each): each for each in theirs}
    known = {*map(bare, base)}
    stay = [each for each in ours if bare(each) in named or bare(each) not in known]
    kept = [named.get(bare(each), each) if each in base else each for each in stay]
    present = known | {*map(bare, kept)}
    for place, each in enumerate(theirs):
        if bare(each) not in present:
            _insert(kept, each, theirs[place - 1] if place else None)
    return Merged(_or_absent(kept, sides))


def _insert(kept: list[str], new: str, neighbour: str | None) -> None:
    """Put `new` after its left neighbour, or at the end where that is gone."""
    kept.insert(kept.index(neighbour) + 1 if neighbour in kept else len(kept), new)


def _or_absent(kept: Iterable[Value], sides: Conflict) -> Value:
    """An empty result is an absent key if that is what a side made of it."""
    return tuple(kept) or (None if sides.ours is None or sides.theirs is None else ())


def _merge_stamps(sides: Conflict) -> Outcome:
    base = instant(sides.base) if sides.base else -1
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


def _entries(value: Value) -> Mapping[object, Entry] | None:
    """A log's entries by status and time; None where the value is no log, or an entry occurs twice."""
    if not value:
        return {}
    if not isinstance(value, (list, tuple)):
        return None
    found = {log_key(each): each for each in value if _is_entry(each)}
    return found if len(found) == len(value) else None


def log_key(entry: Entry) -> object:
    """What tells one entry of a log from another: its status and its instant."""
    return canonical(entry["status"], "status"), canonical(entry["at"])


def _is_entry(value: Value) -> TypeGuard[Entry]:
    return (
        isinstance(value, dict)
        and isinstance(value.get("status"), str)
        and instant(value.get("at")) is not None
    )
