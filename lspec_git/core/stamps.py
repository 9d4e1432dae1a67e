"""A field pulled from a tracker: the edit, and what LeanSpec itself would have written along with it.

Knows LeanSpec's side effects of a status change: stamps, the transitions list and the line under the title.
The time comes from the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import yaml

from lspec_git.core.document import Document, entries, parse, quotes
from lspec_git.core.fields import as_text, value_of
from lspec_git.core.lists import block_splices, flow_splices
from lspec_git.core.markdown import Splice, apply
from lspec_git.core.scalars import PLAIN, scalar
from lspec_git.core.spec import FieldName
from lspec_git.core.splice import edit, effective, set_key
from lspec_git.core.statusline import Part, parts, rewritten
from lspec_git.core.words import elements
from lspec_git.errors import LspecError

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?(Z|[-+]\d\d:?\d\d)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def pulled(doc: Document, changes: Mapping[FieldName, str | None], now: str) -> bytes:
    """`edit`, and LeanSpec's own side effects; `now` is ISO-8601 in UTC, such as `2026-11-22T08:00:00.000Z`.

    `updated_at` and `updated` are set where they are present, a transition is appended where the list is, and
    `completed_at` comes with the first completion. In the line under the title, the changed fields' parts are
    rewritten. Without a real change the bytes stay as they are. Raises LspecError where the result would be
    too large to be read, ValueError as `edit` does.
    """
    real = effective(doc, changes)
    if not real:
        return doc.encode()
    status = real.get("status")
    edited = _again(doc, edit(doc, real))
    if status is not None:
        edited = _again(doc, edited.encode(apply(edited.text, _transition(edited, status, now))))
    edited = _again(doc, edit(edited, {**_stamps(edited, status, now), **real}))
    return restate(edited, {set_key(field) or field for field in real})


def restate(doc: Document, fields: Iterable[str]) -> bytes:
    """The file with the line under the title saying what the frontmatter says, in the parts of these fields.

    Fields are `status`, `priority`, `tags` and `assignee`; a part that the line has not is not added.
    """
    for field in fields:
        part = next((part for part in parts(doc) if part.field == field), None)
        if part is not None:
            doc = _again(doc, doc.encode(apply(doc.text, [_part_splice(doc, part)])))
    return doc.encode()


def _again(doc: Document, data: bytes) -> Document:
    read = parse(data, doc.path)
    if not isinstance(read, Document):
        raise LspecError(f"the edit would make the spec unreadable: {read}", "Make the spec smaller first.")
    return read


def stamp(now: str, like: str) -> str:
    """`now` as precise as `like` is: the same number of fraction digits, or the day alone."""
    if _DAY.fullmatch(like):
        return now[:10]
    old = _TIME.fullmatch(like)
    if old is None:
        return now
    fraction = now[20:].rstrip("Z") if now[19:20] == "." else ""
    digits = len(old[1] or "")
    tail = "." + fraction[:digits].ljust(digits, "0") if digits else ""
    return now[:19] + tail + (old[2] if old[2] in ("+00:00", "+0000") else "Z")


def _stamps(doc: Document, status: str | None, now: str) -> dict[FieldName, str | None]:
    """Stamps to set. `updated` and `completed` are days, kept by LeanSpec's older writer."""
    data = doc.data
    stamps: dict[FieldName, str | None] = {}
    if old := as_text(data.get("updated_at")):
        stamps["updated_at"] = stamp(now, old)
    if status is not None and (old := as_text(data.get("updated"))):
        stamps["updated"] = stamp(now, old) if _TIME.fullmatch(old) else now[:10]
    if status == "complete" and data.get("completed_at") is None:
        stamps["completed_at"] = stamp(
            now, as_text(data.get("updated_at")) or as_text(data.get("created_at"))
        )
        if "completed" in data and data["completed"] is None:
            stamps["completed"] = now[:10]
    return stamps


def _transition(doc: Document, status: str, now: str) -> Iterator[Splice]:
    entry = entries(doc).get("transitions")
    if entry is None or not isinstance(entry.node, yaml.SequenceNode):
        return
    if entry.node.flow_style:
        yield from flow_splices(doc, entry, frozenset(), [_flow_item(entry.node, status, now)])
    else:
        yield from block_splices(doc, entry, frozenset(), [_block_item(entry.node, status, now)])


def _pairs(node: yaml.SequenceNode, status: str, now: str, *, flow: bool) -> list[str]:
    """`status: x` and `at: y` in the order and the quotes of the last item."""
    last = node.value[-1] if node.value and isinstance(node.value[-1], yaml.MappingNode) else None
    old = {key.value: value for key, value in last.value} if last else {}
    new = {"status": status, "at": stamp(now, old["at"].value if _is_scalar(old.get("at")) else "")}
    order = [key for key in old if key in new]
    names = order if len(order) == len(new) else [*new]
    return [
        f"{key}: {scalar(new[key], _quotes_of(old.get(key)), flow=flow, dates=key in old)}" for key in names
    ]


def _is_scalar(node: yaml.Node | None) -> bool:
    return isinstance(node, yaml.ScalarNode)


def _quotes_of(node: yaml.Node | None) -> str:
    return quotes(node) if node else PLAIN


def _flow_item(node: yaml.SequenceNode, status: str, now: str) -> str:
    return "{" + ", ".join(_pairs(node, status, now, flow=True)) + "}"


def _block_item(node: yaml.SequenceNode, status: str, now: str) -> str:
    last = node.value[-1]
    if isinstance(last, yaml.MappingNode) and last.flow_style:
        return _flow_item(node, status, now)
    return "\n".join(_pairs(node, status, now, flow=False))


def _part_splice(doc: Document, part: Part) -> Splice:
    tags = part.field == "tags"
    value = ", ".join(elements(doc.data.get("tags"))) if tags else value_of(doc, part.field)
    if not value and part.field == "assignee":
        value = "TBD"
    if not value:
        return Splice(*part.whole, "")
    return Splice(*part.value, rewritten(part, value))
