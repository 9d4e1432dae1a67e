"""Three versions of one spec made one: every key by its kind, the body by git, the derived line anew.

Output is ours' text with theirs' changes spliced in. A conflict marks a key's own lines. What is in doubt
is left to git's own text merge (`Doubt`), and the result is checked before it is given out.
Imports little on purpose: see `words`.
"""

from __future__ import annotations

from lspec_git.core import specmerge_line
from lspec_git.core.markdown import Splice, apply
from lspec_git.core.merge import Conflict, Merged, canonical, elements, merge
from lspec_git.core.specmerge_check import check
from lspec_git.core.specmerge_text import Doubt, Side, Text, side_of
from lspec_git.core.specmerge_write import (
    Sheet,
    place,
    rank_of,
    rendered,
    scalar_splice,
    set_value,
    trailing,
)
from lspec_git.core.words import KINDS, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from typing import TypeAlias

    from lspec_git.core.merge import Outcome

    MergeText: TypeAlias = Callable[[str, str, str], "tuple[str, bool]"]
    Ask: TypeAlias = Callable[[str, str, str], "tuple[str, str] | None"]

__all__ = ["Doubt", "Result", "Settings", "merge_spec"]


class Settings:
    """How to merge.

    `kinds`: kind by key; any other key is unknown. `marker`: length of conflict markers. `labels`: of ours,
    base and theirs, behind the markers. `style` tells git's conflict style when there is a conflict.
    `merge_text` merges (base, ours, theirs) bodies as git does: text, and whether it holds conflicts.
    `ask` is asked what a tracker says to (key, ours, theirs): the value and why, or None.
    """

    __slots__ = ("ask", "kinds", "labels", "marker", "merge_text", "style")

    def __init__(
        self,
        merge_text: MergeText,
        kinds: Mapping[str, Kind] = KINDS,
        marker: int = 7,
        labels: tuple[str, str, str] = ("ours", "base", "theirs"),
        style: Callable[[], str] = lambda: "merge",
        ask: Ask = lambda _key, _ours, _theirs: None,
    ) -> None:
        self.merge_text, self.kinds, self.marker, self.labels = merge_text, kinds, marker, labels
        self.style, self.ask = style, ask


class Result:
    """The merged file, whether conflicts are marked in it, and a line for each thing that was decided."""

    __slots__ = ("conflict", "data", "said")

    def __init__(self, data: bytes, conflict: bool, said: tuple[str, ...]) -> None:
        self.data, self.conflict, self.said = data, conflict, said


def merge_spec(base: bytes, ours: bytes, theirs: bytes, settings: Settings) -> Result:
    """The merge of three versions of one spec; an empty `base` is none. Raises Doubt."""
    if theirs in (base, ours) or ours == base:
        return Result(theirs if ours == base else ours, False, ())
    sides = (side_of(base, "base"), side_of(ours, "ours"), side_of(theirs, "theirs"))
    return _Merge(sides, settings).result()


class _Merge:
    """One merge under way."""

    def __init__(self, sides: tuple[Side, Side, Side], settings: Settings) -> None:
        self.base, self.ours, self.theirs = sides
        self.settings = settings
        self.said: list[str] = []
        self.told: set[str] = set()
        self.outcomes: dict[str, Outcome] = {}
        self.sheets = tuple(side.sheet for side in sides)

    def result(self) -> Result:
        base, ours, theirs = self.sheets
        for name in dict.fromkeys((*ours.by_name, *theirs.by_name, *base.by_name)):
            self.outcomes[name] = self._decided(name)
        hunks = _Hunks(self.sheets, self.settings, self.outcomes)
        block = hunks.written()
        body, unmerged = self._body()
        conflict = unmerged or hunks.any
        self.said += [f"{name}: changed on both sides" for name in hunks.names]
        check(block, self.sheets, self.outcomes, self.settings.kinds, self.settings.marker, self.told)
        return Result(self._assembled(block, body).encode(), conflict, tuple(self.said))

    def _decided(self, name: str) -> Outcome:
        base, ours, theirs = (sheet.value(name) for sheet in self.sheets)
        kind = self.settings.kinds.get(name, Kind.UNKNOWN)
        outcome = merge(kind, base, ours, theirs, name)
        two = isinstance(ours, str) and isinstance(theirs, str) and kind in (Kind.SCALAR, Kind.UNKNOWN)
        if not (two and isinstance(outcome, Conflict)):
            return outcome
        told = self.settings.ask(name, str(ours), str(theirs))
        if told is None or told[0] not in (ours, theirs):
            return outcome
        self.said.append(f"{name}: {ours} (ours) and {theirs} (theirs): {told[0]}, {told[1]}")
        self.told.add(name)
        return Merged(told[0])

    def _assembled(self, block: str, body: str) -> str:
        ours, base, theirs = self.ours, self.base, self.theirs
        close = ours.close if ours.close.endswith("\n") or not body else ours.close + ours.newline
        if ours.newline == "\r\n":
            block = block.replace("\n", "\r\n")
        bom = theirs.bom if ours.bom == base.bom and not base.absent else ours.bom
        return bom + ours.open + block + close + body

    def _body(self) -> tuple[str, bool]:
        ours, theirs = self.ours.body, self.theirs.body
        base = theirs if self.base.absent else self.base.body
        if theirs.text == base.text and not self.base.absent:
            text, unmerged = ours.text, False
        elif ours.text == base.text and not self.base.absent:
            text, unmerged = theirs.text, False
        else:
            old = "" if self.base.absent else base.text
            three = specmerge_line.settled(old, ours.text, theirs.text)
            text, unmerged = (three[1], False) if three[1] == three[2] else self.settings.merge_text(*three)
        line = specmerge_line.restated(text, self.sheets, self.outcomes)
        return _shape(base, ours, theirs).raw(line), unmerged


def _shape(base: Text, ours: Text, theirs: Text) -> Text:
    """How the merged body is written: blank lines at its top and a last newline three-way, line ends ours."""
    shape = Text("")
    shape.lead = theirs.lead if ours.lead == base.lead else ours.lead
    shape.final = theirs.final if ours.final == base.final else ours.final
    shape.newline = ours.newline or theirs.newline
    return shape


class _Hunks:
    """Ours' frontmatter with everything decided written into it, conflicts in markers."""

    def __init__(
        self, sheets: tuple[Sheet, ...], settings: Settings, outcomes: Mapping[str, Outcome]
    ) -> None:
        self.base, self.ours, self.theirs = sheets
        self.settings, self.outcomes = settings, outcomes
        self.names = [name for name, outcome in outcomes.items() if isinstance(outcome, Conflict)]
        self.any = bool(self.names)

    def written(self) -> str:
        added = [*self._values(), *self._new(), *self._comments(), *self._remarks()]
        conflicts = self._conflicts({splice.start for splice in added})
        return apply(self.ours.text, [*conflicts, *added])

    def _values(self) -> list[Splice]:
        found: list[Splice] = []
        for name, outcome in self.outcomes.items():
            if not (isinstance(outcome, Merged) and name in self.ours.by_name):
                continue
            value, mine = outcome.value, self.ours.value(name)
            one_set = self.settings.kinds.get(name) == Kind.SET
            if one_set and isinstance(value, str) and isinstance(mine, list):
                value = elements(value)  # theirs is a string of words, and ours keeps its list
            if not _same(value, mine, name, one_set):
                found += set_value(self.ours, self.theirs, name, value)
        return found

    def _new(self) -> list[Splice]:
        """Keys that ours has not: merged ones, and conflicts that ours' side is empty of."""
        new = [name for name in self.outcomes if name not in self.ours.by_name]
        found = []
        for name in sorted(new, key=rank_of):
            outcome = self.outcomes[name]
            at = place(self.ours, name)
            if isinstance(outcome, Conflict):
                found.append(Splice(at, at, self._hunk([name])))
            elif outcome.value is not None:
                found.append(Splice(at, at, rendered(self.ours, self.theirs, name, outcome.value)))
        return found

    def _conflicts(self, taken: Container[int]) -> list[Splice]:
        """Conflicts around ours' lines; keys one below the other share one, but for what comes in between."""
        there = [field for field in self.ours.fields if isinstance(self.outcomes[field.name], Conflict)]
        groups: list[list[str]] = []
        end = -1
        for field in there:
            if field.start == end and end not in taken:
                groups[-1].append(field.name)
            else:
                groups.append([field.name])
            end = field.end
        by_name = self.ours.by_name
        return [Splice(by_name[one[0]].start, by_name[one[-1]].end, self._hunk(one)) for one in groups]

    def _hunk(self, names: list[str]) -> str:
        marker, (ours, base, theirs) = self.settings.marker, self.settings.labels
        lines = [mark("<", marker, ours), *(self.ours.lines(name) for name in names)]
        if self.settings.style() in ("diff3", "zdiff3"):
            lines += [mark("|", marker, base), *(self.base.lines(name) for name in names)]
        lines += [mark("=", marker, ""), *(self._their_lines(name) for name in names)]
        return "".join([*lines, mark(">", marker, theirs)])

    def _their_lines(self, name: str) -> str:
        """Theirs' value as it would stand had ours not changed it: in ours' style where that is simple."""
        mine, value = self.ours.by_name.get(name), self.theirs.value(name)
        donor = self.theirs.by_name.get(name)
        if mine and mine.shape == "scalar" and isinstance(value, str) and donor and donor.shape == "scalar":
            line = self.ours.text[mine.start : mine.end]
            one = scalar_splice(self.ours, self.theirs, name, value)
            return line[: one.start - mine.start] + one.text + line[one.end - mine.start :]
        return self.theirs.lines(name)

    def _comments(self) -> list[Splice]:
        """Whole-line comments that theirs added, above the key they stood above."""
        known = {line for _, line in (*comments(self.base), *comments(self.ours))}
        found = []
        for name, line in comments(self.theirs):
            if line not in known:
                mine = self.ours.by_name.get(name)
                at = mine.start if mine else place(self.ours, name) if name else len(self.ours.text)
                found.append(Splice(at, at, line))
        return found

    def _remarks(self) -> list[Splice]:
        """Comments behind a value that theirs added, where ours has none."""
        found = []
        for name, mine in self.ours.by_name.items():
            remark = trailing(self.theirs, name)
            new = remark and remark != trailing(self.base, name) and not trailing(self.ours, name)
            stays = isinstance(outcome := self.outcomes[name], Merged) and outcome.value is not None
            if new and stays and mine.shape == "scalar":
                found.append(Splice(mine.stop, mine.stop, f"  {remark}"))
        return found


def comments(sheet: Sheet) -> list[tuple[str, str]]:
    """(key below, line) of the whole-line comments."""
    if "#" not in sheet.text:
        return []
    found, at = [], 0
    for line in sheet.text.splitlines(keepends=True):
        below = next((field for field in sheet.fields if field.end > at), None)
        inside = below is not None and below.shape == "other" and at > below.start
        if line.lstrip(" ").startswith("#") and not inside:
            found.append((below.name if below else "", line.lstrip(" ")))
        at += len(line)
    return found


def _same(one: object, other: object, name: str, one_set: bool) -> bool:
    """Whether ours' lines say it already, if in another spelling."""
    if one_set and None not in (one, other):
        words = elements(one)
        return words == elements(other) if words is not None else one == other
    if isinstance(one, tuple):
        return other is not None and other in ([*one], one)
    return canonical(one, name) == canonical(other, name)


def mark(sign: str, size: int, label: str) -> str:
    """One line of a conflict."""
    return sign * size + (f" {label}" if label else "") + "\n"
