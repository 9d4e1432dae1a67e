"""The last look at a merged frontmatter before it is given out. Shares no rule with what made it.

Each side of every conflict taken, it must read back, hold every value that a side brought in, and lack only
what a side removed. Imports little on purpose: see `words`.
"""

from __future__ import annotations

from lspec_git.core.merge import Merged, canonical, elements, instant, same_words
from lspec_git.core.specmerge_text import Doubt, fields_of
from lspec_git.core.specmerge_write import Sheet
from lspec_git.core.words import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lspec_git.core.merge import Outcome, Value


def check(
    block: str,
    sheets: tuple[Sheet, ...],
    outcomes: Mapping[str, Outcome],
    kinds: Mapping[str, Kind],
    marker: int,
    told: set[str],
) -> None:
    """Raises Doubt where the merged frontmatter does not hold what it must."""
    taken = [taken_side(block, marker, ours=True)]
    if any(not isinstance(outcome, Merged) for outcome in outcomes.values()):
        taken.append(taken_side(block, marker, ours=False))
    for side, text in enumerate(taken, 1):
        merged = Sheet(text, fields_of(text, "the merged file"))
        for name in {name for sheet in (*sheets, merged) for name in sheet.by_name}:
            values = tuple(sheet.value(name) for sheet in sheets)
            found = merged.value(name)
            if isinstance(outcomes.get(name), Merged):
                fine = _holds(kinds.get(name), found, values, name, name in told)
            else:
                fine = _is(found, values[side], name)
            if not fine:
                raise Doubt(f"the merged value of `{name}` could not be confirmed")


def taken_side(text: str, marker: int, *, ours: bool) -> str:
    """The text with one side of each conflict taken."""
    kept, side = [], ""
    for line in text.splitlines(keepends=True):
        sign = line[0] if line[:marker] == line[0] * marker else ""
        if sign in ("<", ">") or (side and sign in ("|", "=")):
            side = "" if sign == ">" else sign
        elif not side or side == ("<" if ours else "="):
            kept.append(line)
    return "".join(kept)


def _is(found: Value, value: Value, name: str) -> bool:
    if isinstance(found, str) and isinstance(value, str):
        return canonical(found, name) == canonical(value, name)
    return found == value


def _holds(kind: Kind | None, found: Value, values: tuple[Value, ...], name: str, told: bool) -> bool:
    """Whether a merged value is what the three may come to."""
    base, ours, theirs = values
    if kind == Kind.SET:
        sets = [elements(each) for each in (base, ours, theirs, found)]
        if None not in sets:
            return _all_words_of(*(each or () for each in sets))
    if kind == Kind.LOG:
        logs = [_keys(each) for each in (base, ours, theirs, found)]
        if None not in logs:
            return _all_of(*(each or () for each in logs))
    if not any(_is(found, side, name) for side in (ours, theirs)):
        return False
    if told or (base is None and found and "" in (ours, theirs)):
        return True
    late = instant(found) if kind == Kind.STAMP else None
    return all(
        _is(side, found, name)
        or _is(side, base, name)
        or (late is not None and instant(side) is not None and (instant(side) or 0) <= late)
        for side in (ours, theirs)
    )


def _all_of(
    base: tuple[object, ...], ours: tuple[object, ...], theirs: tuple[object, ...], found: tuple[object, ...]
) -> bool:
    """Whether it holds exactly what no side removed and any side added."""
    kept = [each for each in base if each in ours and each in theirs]
    added = [each for each in (*ours, *theirs) if each not in base]
    return set(found) == {*kept, *added}


def _all_words_of(
    base: tuple[str, ...], ours: tuple[str, ...], theirs: tuple[str, ...], found: tuple[str, ...]
) -> bool:
    """The same, each word in a spelling that a side has."""
    bare = same_words((base, ours, theirs))
    four = [tuple(bare(each) for each in words) for words in (base, ours, theirs, found)]
    return _all_of(four[0], four[1], four[2], four[3]) and {*found} <= {*ours, *theirs}


def _keys(log: Value) -> tuple[object, ...] | None:
    if not log:
        return ()
    if not isinstance(log, (list, tuple)) or not all(isinstance(each, dict) for each in log):
        return None
    return tuple((canonical(each.get("status"), "status"), canonical(each.get("at"))) for each in log)
