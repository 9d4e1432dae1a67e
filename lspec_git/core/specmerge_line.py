"""The derived line under the title, in a merge: never a conflict by itself, and made anew from the fields.

What people wrote into it besides the fields stays, and is theirs to merge. Imports little on purpose.
"""

from __future__ import annotations

from lspec_git.core.merge import Merged, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lspec_git.core.merge import Outcome
    from lspec_git.core.specmerge_write import Sheet
    from lspec_git.core.statusline import Part

FIELDS = ("status", "priority", "tags", "assignee")


def settled(base: str, ours: str, theirs: str) -> tuple[str, str, str]:
    """The three bodies with one and the same line, where that can be; a line that a side removed goes."""
    before, mine, other = (_Line(text) for text in (base, ours, theirs))
    if not (mine.text and other.text):
        return base, _undone(mine, before), _undone(other, before)
    chosen = _chosen(before, mine, other)
    if not chosen:
        return base, ours, theirs
    return before.replaced(chosen), mine.replaced(chosen), other.replaced(chosen)


def _undone(line: _Line, before: _Line) -> str:
    """A body with the line as it was before, if only what fields tell was changed in it."""
    return line.replaced(before.text) if before.text and line.bare == before.bare else line.body


class _Line:
    """Where a body has its derived line; `text` is empty where it has none."""

    def __init__(self, body: str) -> None:
        self.body = body
        found = parts_of(body)
        self.start = body.rfind("\n", 0, found[0].whole.start) + 1 if found else 0
        end = body.find("\n", found[-1].value.end) if found else 0
        self.end = len(body) if end < 0 else end
        self.text = body[self.start : self.end]
        self.bare = self._bare([part for part in found if part.field in FIELDS])

    def _bare(self, derived: list[Part]) -> str:
        """What is left of the line without what fields tell: other parts, and remarks behind a value."""
        pieces, at = [], self.start
        for part in derived:
            pieces.append(self.body[at : part.whole.start])
            if part.field in ("status", "priority"):
                pieces += part.text.partition("(")[1:]
            at = part.whole.end
        return "".join([*pieces, self.body[at : self.end]])

    def replaced(self, text: str) -> str:
        return self.body[: self.start] + text + self.body[self.end :] if self.text else self.body


def _chosen(base: _Line, ours: _Line, theirs: _Line) -> str:
    """The line that stands; empty where both sides changed more than what fields tell."""
    if theirs.text in (base.text, ours.text):
        return ours.text
    if ours.text == base.text:
        return theirs.text
    if theirs.bare in (base.bare, ours.bare):
        return ours.text
    return theirs.text if ours.bare == base.bare else ""


def parts_of(body: str) -> tuple[Part, ...]:
    """The parts of the derived line of a body."""
    if "Status**:" not in body and "Status:**" not in body:
        return ()
    from lspec_git.core.statusline import parts_in  # noqa: PLC0415 - paid for only where there is a line

    return parts_in(body, 0)


def restated(body: str, sheets: tuple[Sheet, ...], outcomes: Mapping[str, Outcome]) -> str:
    """The body with its line saying what was merged, for the fields that a side changed.

    What is stale on all sides stays so: it is nobody's edit.
    """
    changed = {
        name: outcome.value
        for name in FIELDS
        if isinstance(outcome := outcomes.get(name), Merged)
        and any(_differs(outcome.value, sheet.value(name), name) for sheet in sheets)
    }
    if not changed:
        return body
    for part in reversed(parts_of(body)):
        if part.field in changed:
            start, end, text = _rewritten(part, changed[part.field])
            body = body[:start] + text + body[end:]
    return body


def _differs(value: object, before: object, name: str) -> bool:
    if isinstance(value, (list, tuple)) and isinstance(before, (list, tuple)):
        return [*value] != [*before]
    return canonical(value, name) != canonical(before, name)


def _rewritten(part: Part, value: object) -> tuple[int, int, str]:
    from lspec_git.core.merge import elements  # noqa: PLC0415 - as above
    from lspec_git.core.statusline import rewritten  # noqa: PLC0415 - as above
    from lspec_git.core.words import normal_priority, normal_status  # noqa: PLC0415 - as above

    text = ", ".join(elements(value) or ()) if part.field == "tags" else str(value or "")
    text = {"status": normal_status, "priority": normal_priority}.get(part.field, str)(text)
    if not text and part.field == "assignee":
        text = "TBD"
    if not text:
        return part.whole.start, part.whole.end, ""
    return part.value.start, part.value.end, rewritten(part, text)
