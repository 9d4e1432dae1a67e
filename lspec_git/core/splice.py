"""Fields of a spec changed by splicing: every byte outside of the changed values stays as it is.

Knows where LeanSpec puts a new key and how a file writes its scalars and lists. It refuses to know why a
value changes, and never rewrites a frontmatter as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import yaml

from lspec_git.core.document import Document, Entry, entries, heading, quotes
from lspec_git.core.fields import normal_value, title, value_of
from lspec_git.core.lists import change_to, change_words, flow_list, in_place, list_splices, words_of
from lspec_git.core.markdown import Splice, apply, heading_text, newline_before
from lspec_git.core.scalars import PLAIN, is_date, scalar
from lspec_git.core.spec import KINDS, FieldName, Kind
from lspec_git.core.words import KEY_ORDER, elements

_DATE_KEYS: Final = ("due", "created", "updated", "completed", "created_at", "updated_at", "completed_at")
_LAST: Final = len(KEY_ORDER)

Keys = Mapping[str, Entry]
Wanted = Mapping[str, "str | None"]


def edit(doc: Document, changes: Mapping[FieldName, str | None]) -> bytes:
    """The file with each field set to its value, or removed (None); `tags:x` adds, respells or removes one.

    A field that holds the value already is left alone to the byte. A title goes to the `title:` key, else the
    H1, else a new `title:` key. Raises ValueError for a removal of `status`: no spec is without one.
    """
    return doc.encode(apply(doc.text, splices(doc, changes)))


def splices(doc: Document, changes: Mapping[FieldName, str | None]) -> list[Splice]:
    """The splices behind `edit`. Those at one place are in the order in which they belong there."""
    if "status" in changes and not changes["status"]:
        raise ValueError(f"{doc.path}: a spec cannot be without a status")
    wanted = effective(doc, changes)
    if not wanted:
        return []
    keys, sets = entries(doc), _sets(wanted)
    names = sorted({set_key(field) or field for field in wanted}, key=_rank)
    found: list[Splice] = []
    for name in names:
        if name in sets:
            found += _set_splices(doc, keys, name, sets[name])
        else:
            found += _field_splices(doc, keys, name, wanted[name])
    return found


def effective(doc: Document, changes: Mapping[FieldName, str | None]) -> dict[FieldName, str | None]:
    """The changes, normalised, that would change a value; an empty value is an absent one."""
    new = {field: normal_value(field, value or "") or None for field, value in changes.items()}
    return {field: value for field, value in new.items() if value != present(doc, field)}


def present(doc: Document, field: FieldName) -> str | None:
    """The value that a field has now, as it is compared."""
    if key := set_key(field):
        low = field[len(key) + 1 :]
        return next((word for word in elements(doc.data.get(key)) if word.casefold() == low), None)
    if field == "title":
        return title(doc) or doc.name or None
    return value_of(doc, field) or None


def set_key(field: FieldName) -> str:
    """The key of the set that a field like `tags:api` is an element of; empty for any other field."""
    key, colon, _element = field.partition(":")
    return key if colon and KINDS.get(key) is Kind.SET else ""


def _sets(wanted: Wanted) -> dict[str, dict[str, str | None]]:
    sets: dict[str, dict[str, str | None]] = {}
    for field, value in wanted.items():
        if key := set_key(field):
            sets.setdefault(key, {})[field[len(key) + 1 :]] = value
    return sets


def _rank(key: str) -> int:
    return KEY_ORDER.index(key) if key in KEY_ORDER else _LAST


def _field_splices(doc: Document, keys: Keys, name: str, value: str | None) -> Iterator[Splice]:
    entry = keys.get(name)
    if name == "title" and doc.data.get("title") is None and (value is None or heading(doc)):
        yield from _heading_splices(doc, value)
    elif entry is None and value is not None:
        raw = scalar(value, _new_style(keys, name), dates=_dates(keys, name))
        yield _new_key(doc, keys, name, ": " + raw)
    elif entry is not None and value is None:
        yield Splice(*entry.lines, "")
    elif entry is not None and value is not None:
        yield from _set_scalar(doc, keys, entry, value)


def _set_scalar(doc: Document, keys: Keys, entry: Entry, value: str) -> Iterator[Splice]:
    node = entry.node
    words = value.split(", ")
    if isinstance(node, yaml.SequenceNode) and elements(words) == words:  # else no list reads back as it
        yield from list_splices(doc, entry, change_to(words_of(doc, entry), words))
        return
    bare_date = isinstance(node, yaml.ScalarNode) and not quotes(node) and is_date(node.value)
    yield in_place(entry, scalar(value, quotes(node), dates=bare_date or _dates(keys, entry.name)))


def _heading_splices(doc: Document, value: str | None) -> Iterator[Splice]:
    found = heading(doc)
    if found is not None and value is not None:
        # A text that ends like a closing run of `#`s needs a real one behind it to be read as text.
        tail = "" if heading_text(value) == value or _is_closed(doc, found.span.end) else " #"
        yield Splice(*found.span, value + tail)


def _is_closed(doc: Document, end: int) -> bool:
    return doc.text[end:].lstrip(" \t").startswith("#")


def _set_splices(doc: Document, keys: Keys, name: str, wanted: Wanted) -> Iterator[Splice]:
    if entry := keys.get(name):
        yield from list_splices(doc, entry, change_words(words_of(doc, entry), wanted))
    elif words := [word for word in wanted.values() if word is not None]:
        yield _new_key(doc, keys, name, _new_list(keys, words))


def _new_key(doc: Document, keys: Keys, name: str, rest: str) -> Splice:
    """A key behind the last of those that LeanSpec puts before it; an unknown key behind all."""
    rank = _rank(name)
    before = [entry for entry in keys.values() if _rank(entry.name) < rank or rank == _LAST]
    anchor = max(before, key=lambda entry: entry.lines.end)
    end = anchor.lines.end
    newline = newline_before(doc.text, end)
    text = (anchor.indent + scalar(name) + rest).replace("\n", newline + anchor.indent) + newline
    return Splice(end, end, text)


def _new_list(keys: Keys, words: Sequence[str]) -> str:
    """A list in the style of the file's other lists; without any, as LeanSpec's two writers do."""
    for entry in keys.values():
        if isinstance(entry.node, yaml.SequenceNode) and entry.node.flow_style:
            return ": " + flow_list(words)
        if isinstance(entry.node, yaml.SequenceNode):
            indent = entry.node.start_mark.column - len(entry.indent)
            return _block_list(words, indent)
    return _block_list(words, 0 if _dates(keys, "created") else 2)


def _block_list(words: Sequence[str], indent: int) -> str:
    return ":" + "".join(f"\n{' ' * indent}- {scalar(word)}" for word in words)


def _sibling(keys: Keys, name: str) -> Entry | None:
    """The date whose style a new date takes over."""
    order = (
        ("updated_at", "created_at", "created")
        if name.endswith("_at")
        else ("created", "updated", "created_at")
    )
    return next((keys[key] for key in order if key in keys), None)


def _dates(keys: Keys, name: str) -> bool:
    """Whether a date may stand unquoted under this key, as the file's other dates do."""
    sibling = _sibling(keys, name)
    return name in _DATE_KEYS and sibling is not None and not quotes(sibling.node)


def _new_style(keys: Keys, name: str) -> str:
    sibling = _sibling(keys, name)
    return quotes(sibling.node) if sibling is not None and name in _DATE_KEYS else PLAIN
