"""What a spec says, by field: normalised values, and what is odd about them.

Knows which keys LeanSpec has and the shapes that people write them in. Writes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Final

from lspec_git.core import statusline
from lspec_git.core.document import Data, Document, Entry, entries, heading, problem_at, quotes
from lspec_git.core.spec import PRIORITIES, STATUSES, Problem, normal_priority, normal_status, tag_field
from lspec_git.core.words import elements

SCALARS: Final = ("status", "priority", "assignee", "due", "parent", "epic")
_NORMAL: Final = {"status": normal_status, "priority": normal_priority}
_BREAKS = re.compile(r"\s*[\r\n]+\s*")


def values(doc: Document, name: str, custom: Collection[str] = ()) -> dict[str, str]:
    """Normalised values by field name, absent ones left out. `name` stands in where there is no title."""
    found: dict[str, str] = {}
    for key in (*SCALARS, *custom):
        if value := value_of(doc, key):
            found[key] = value
    found["title"] = title(doc) or name
    for tag in elements(doc.data.get("tags")):
        found.setdefault(tag_field(tag), tag)
    return found


def value_of(doc: Document, key: str) -> str:
    """One scalar key's normalised value; empty where it is absent."""
    text = as_text(doc.data.get(key))
    return normal_value(key, text) if text else ""


def normal_value(field: str, value: str) -> str:
    """A value as this field holds it, without what a spec cannot hold: outer spaces, NUL, lone surrogates."""
    clean = value.replace("\0", "").encode("utf-8", "replace").decode().strip()
    if field == "title":
        clean = _BREAKS.sub(" ", clean)
    normal = _NORMAL.get(field)
    return normal(clean) if normal else clean


def title(doc: Document) -> str:
    """The `title:` key, else the first H1, else empty."""
    if text := as_text(doc.data.get("title")):
        return normal_value("title", text)
    found = heading(doc)
    return found.text if found else ""


def as_text(data: Data) -> str:
    """A key's value in one string: lists of words joined by `, `, deeper structures as JSON."""
    if data is None:
        return ""
    if isinstance(data, str):
        return data.strip()
    if isinstance(data, list) and all(item is None or isinstance(item, str) for item in data):
        return ", ".join(elements(data))
    return json.dumps(data, ensure_ascii=False) if data else ""


def link_of(doc: Document) -> str | None:
    """The raw `issue` value, if there is one. `issue: #123` is a YAML comment, so there is none."""
    return as_text(doc.data.get("issue")) or None


def notices(doc: Document) -> tuple[Problem, ...]:
    """What is odd about a readable spec, in the order of its lines; never fatal."""
    return tuple(sorted(_notices(doc), key=lambda notice: (notice.line, notice.column)))


def _notices(doc: Document) -> Iterator[Problem]:
    keys = entries(doc)
    for index, message in (*_odd_values(doc, keys), *_odd_links(doc, keys), *_odd_body(doc)):
        yield problem_at(doc.path, doc.text, index, message, fatal=False)


def _odd_values(doc: Document, keys: dict[str, Entry]) -> Iterator[tuple[int, str]]:
    for key, known in (("status", STATUSES), ("priority", PRIORITIES)):
        value = value_of(doc, key)
        if value and value not in known:
            yield keys[key].value.start, f"unknown {key} `{value}`: LeanSpec knows {', '.join(known)}"
    if not as_text(doc.data.get("created")):
        yield (keys["created"] if "created" in keys else keys["status"]).key.start, "no `created` date"
    tags = doc.data.get("tags")
    if isinstance(tags, str):
        yield (
            keys["tags"].value.start,
            "`tags` is a string: LeanSpec's own list is `[a, b]` or one `- tag` a line",
        )
    elif isinstance(tags, dict):
        yield keys["tags"].value.start, "`tags` is a mapping, so no tag is read"


def _odd_links(doc: Document, keys: dict[str, Entry]) -> Iterator[tuple[int, str]]:
    for key in ("issue", "pr"):
        if key not in keys:
            continue
        value = doc.data[key]
        rest = doc.text[keys[key].colon + 1 : keys[key].lines.end].strip()
        if value is None and rest.startswith("#"):
            yield keys[key].value.start, f"`{key}: {rest}` is a YAML comment: write `{key}: '{rest}'`"
        elif isinstance(value, str) and value.isdecimal() and not quotes(keys[key].node):
            yield (
                keys[key].value.start,
                f"LeanSpec's `update` deletes a number here: write `{key}: '{value}'`",
            )


def _odd_body(doc: Document) -> Iterator[tuple[int, str]]:
    if not title(doc):
        yield doc.body, "no `# title`: the directory's name stands in for it"
    for part, said in stale(doc):
        what = "priority " if part.field == "priority" else ""
        yield part.value.start, f"this line says {what}`{part.word}`, the frontmatter says `{said}`"


def stale(doc: Document) -> Iterator[tuple[statusline.Part, str]]:
    """The parts of the line under the title that contradict the frontmatter, each with what that says."""
    for part in statusline.parts(doc):
        normal = _NORMAL.get(part.field)
        if normal and part.word and not part.says(value_of(doc, part.field), normal):
            yield part, as_text(doc.data.get(part.field)) or "none"
