"""A spec looked at without a YAML library: its status, if nothing in the file is wrong or odd.

What is not plain is for `document` and `fields`, which say what is the matter; where this gives a status,
they have no problem and no notice. Imports little on purpose: see `words`.
"""

from __future__ import annotations

import re

from lspec_git.core import plain
from lspec_git.core.markdown import heading_in
from lspec_git.core.words import MAX_BLOCK, MAX_SIZE, PRIORITIES, STATUSES, normal_priority, normal_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lspec_git.core.plain import Field

_BOUNDARY = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_MARKS = ("\n<<<<<<<", "\n>>>>>>>", "\n|||||||")


def status_of(data: bytes) -> str | None:
    """The status in LeanSpec's spelling; None: something is wrong, odd, or more than plain."""
    text = _text(data)
    fences = [*_first_two(text)] if text else []
    if text is None or len(fences) < 2 or fences[0].start():
        return None
    block = text[fences[0].end() + 1 : fences[1].start()].replace("\r\n", "\n")
    found = plain.read(block) if len(block) <= MAX_BLOCK and "\r" not in block else None
    if found is None:
        return None
    fields = {field.name: field for field in found}
    status = normal_status(_word(fields, "status"))
    fine = status in STATUSES and _fine(fields) and _titled(fields, text, fences[1].end())
    return status if fine and _line_agrees(fields, text, fences[1].end()) else None


def _text(data: bytes) -> str | None:
    if len(data) > MAX_SIZE:
        return None
    try:
        text = data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text or any(mark in text for mark in _MARKS) else text


def _first_two(text: str) -> list[re.Match[str]]:
    first = _BOUNDARY.search(text)
    second = _BOUNDARY.search(text, first.end()) if first else None
    return [each for each in (first, second) if each]


def _word(fields: Mapping[str, Field], name: str) -> str:
    """A scalar's value; empty where the key is absent or anything else."""
    field = fields.get(name)
    return field.value.strip() if field and isinstance(field.value, str) else ""


def _fine(fields: Mapping[str, Field]) -> bool:
    """Whether there is nothing that `fields.notices` would tell about a value."""
    priority = fields.get("priority")
    said = priority is not None and priority.value not in ("", [])
    if said and normal_priority(_word(fields, "priority")) not in PRIORITIES:
        return False
    tags = fields.get("tags")
    if tags and not isinstance(tags.value, list) and (tags.value or tags.quote):
        return False
    return bool(_word(fields, "created")) and all(_linked(fields.get(name)) for name in ("issue", "pr"))


def _linked(field: Field | None) -> bool:
    if field is None:
        return True
    return (
        isinstance(field.value, str)
        and bool(field.value)
        and bool(field.quote or not field.value.isdecimal())
    )


def _titled(fields: Mapping[str, Field], text: str, body: int) -> bool:
    return bool(_word(fields, "title")) or heading_in(text, body) is not None


def _line_agrees(fields: Mapping[str, Field], text: str, body: int) -> bool:
    """Whether the line under the title, if there is one, says what the frontmatter says."""
    if "**" not in text or "status" not in text[body:].lower():
        return True
    from lspec_git.core.statusline import parts_in  # noqa: PLC0415 - paid for only where there may be a line

    normal = {"status": normal_status, "priority": normal_priority}
    return all(
        not part.word or part.says(normal[part.field](_word(fields, part.field)), normal[part.field])
        for part in parts_in(text, body)
        if part.field in normal
    )
