"""A list in a frontmatter, edited in the style it is written in: which splices add, remove and rename words.

Styles: block (any indent), flow, JSON inside a string, words between commas, empty, null. It refuses to know
what the words mean. Word order is kept; new words go last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import yaml

from lspec_git.core.document import Document, Entry, node_span, quotes
from lspec_git.core.markdown import Span, Splice, line_end, newline_before
from lspec_git.core.scalars import PLAIN, scalar
from lspec_git.core.words import elements, in_string

_COMMENT = re.compile(r"[ \t]*#[^\n]*")


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to a list, by position: `gone`, `renamed`, and `added` at its end."""

    gone: frozenset[int]
    renamed: Mapping[int, str]
    added: tuple[str, ...]


def change_words(words: Sequence[str | None], wanted: Mapping[str, str | None]) -> Change:
    """What to do so that each casefolded word of `wanted` is there as spelled, or is not there (None).

    A word that stands twice is removed twice; its first spelling is the one that counts.
    """
    gone, renamed, met = set(), {}, set()
    for index, word in enumerate(words):
        key = word.casefold() if word else None
        if key is None or key not in wanted:
            continue
        spelling = wanted[key]
        if spelling is None:
            gone.add(index)
        elif key not in met and spelling != word:
            renamed[index] = spelling
        met.add(key)
    added = tuple(spelling for key, spelling in wanted.items() if spelling is not None and key not in met)
    return Change(frozenset(gone), renamed, added)


def change_to(old: Sequence[str | None], new: Sequence[str]) -> Change:
    """What to do so that the list holds exactly `new`; words that stay in place are not touched."""
    gone = frozenset(index for index, word in enumerate(old) if word not in new)
    kept = [word for index, word in enumerate(old) if index not in gone]
    added = tuple(new[len(kept) :])
    if [*kept, *added] == [*new]:
        return Change(gone, {}, added)
    return Change(frozenset(range(len(old))), {}, tuple(new))


def words_of(doc: Document, entry: Entry) -> list[str | None]:
    """The words of a YAML list by position (None for what is no word), or of a list in a string."""
    data = doc.data[entry.name]
    if isinstance(data, list):
        return [item.strip() if isinstance(item, str) else None for item in data]
    return [*elements(data)]


def list_splices(doc: Document, entry: Entry, change: Change) -> Iterator[Splice]:
    """The splices that make `change` in the list's own style."""
    node = entry.node
    if not (change.gone or change.renamed or change.added):
        return
    if isinstance(node, yaml.SequenceNode):
        flow = bool(node.flow_style)
        style = _style_of(node.value)
        raw = [scalar(word, style, flow=flow) for word in change.added]
        yield from renames(doc, node, change)
        yield from (flow_splices if flow else block_splices)(doc, entry, change.gone, raw)
    elif isinstance(node, yaml.ScalarNode) and doc.data[entry.name] is not None:
        yield _string_splice(doc, entry, node, change)
    else:
        yield in_place(entry, flow_list(change.added))


def flow_list(words: Iterable[str]) -> str:
    """A flow list, on one line."""
    return "[" + ", ".join(scalar(word, flow=True) for word in words) + "]"


def in_place(entry: Entry, raw: str) -> Splice:
    """`raw` as the key's value, whatever stood there; an empty value stays behind its colon."""
    node = entry.node
    if isinstance(node, yaml.SequenceNode | yaml.MappingNode) and not node.flow_style:
        return Splice(entry.colon + 1, entry.value.end, " " + raw)
    if entry.value.start == entry.value.end:
        return Splice(entry.colon + 1, entry.colon + 1, " " + raw)
    return Splice(entry.value.start, entry.value.end, raw)


def renames(doc: Document, node: yaml.SequenceNode, change: Change) -> Iterator[Splice]:
    """Words that stay where they are and change their spelling."""
    for index, word in change.renamed.items():
        item = node.value[index]
        span = node_span(doc, item)
        yield Splice(span.start, span.end, scalar(word, quotes(item), flow=bool(node.flow_style)))


def _style_of(items: Sequence[yaml.Node]) -> str:
    """The quotes of the last word that is a plain list item."""
    words = [item for item in items if isinstance(item, yaml.ScalarNode)]
    return quotes(words[-1]) if words else PLAIN


def flow_splices(doc: Document, entry: Entry, gone: frozenset[int], raw: Sequence[str]) -> Iterator[Splice]:
    """Remove items of `[a, b]` with the separators before them, and add `raw` ones with the list's own."""
    spans = [node_span(doc, item) for item in entry.node.value]
    kept = [index for index in range(len(spans)) if index not in gone]
    if not kept:
        inside = Span(entry.value.start + 1, entry.value.end - 1)
        if spans or not doc.text[inside.start : inside.end].strip():
            yield Splice(inside.start, inside.end, ", ".join(raw))
        else:
            yield Splice(inside.start, inside.start, ", ".join(raw))
        return
    yield from _gaps(spans, kept)
    separator = _separator(doc.text, spans)
    yield Splice(spans[-1].end, spans[-1].end, "".join(separator + item for item in raw))


def _gaps(spans: Sequence[Span], kept: Sequence[int]) -> Iterator[Splice]:
    yield Splice(spans[0].start, spans[kept[0]].start, "")
    for left, right in pairwise(kept):
        yield Splice(spans[left].end, spans[right - 1].end, "")
    yield Splice(spans[kept[-1]].end, spans[-1].end, "")


def _separator(text: str, spans: Sequence[Span]) -> str:
    if len(spans) < 2:
        return ", "
    return _COMMENT.sub("", text[spans[-2].end : spans[-1].start])


def block_splices(doc: Document, entry: Entry, gone: frozenset[int], raw: Sequence[str]) -> Iterator[Splice]:
    """Remove whole item lines, and add `raw` ones behind the last; an emptied list becomes `[]`."""
    text = doc.text
    column, regions = block_items(doc, entry)
    last = regions[-1]
    if not raw and len(gone) == len(regions):
        yield Splice(entry.colon + 1, entry.colon + 1, " []")
        yield Splice(regions[0].start, last.end, "")
        return
    yield from (Splice(*regions[index], "") for index in sorted(gone))
    lead, newline = block_lead(doc, entry, column, last), newline_before(text, last.end)
    added = [lead + item.replace("\n", newline + " " * len(lead)) + newline for item in raw]
    yield Splice(last.end, last.end, "".join(added))


def block_lead(doc: Document, entry: Entry, column: int, last: Span) -> str:
    """What stands before an item's text: indent, dash, spaces, as the last item has them."""
    dash = last.start + column
    start = doc.block.start + entry.node.value[-1].start_mark.index
    gap = doc.text[dash + 1 : start]
    return " " * column + "-" + (gap if gap and not gap.strip(" ") else " ")


def block_items(doc: Document, entry: Entry) -> tuple[int, list[Span]]:
    """The dash's column, and each item's own whole lines, from its dash on."""
    text, column = doc.text, int(entry.node.start_mark.column)
    dash = re.compile(rf"^ {{{column}}}-", re.MULTILINE)
    regions: list[Span] = []
    at = text.rfind("\n", 0, entry.value.start) + 1
    for item in entry.node.value:
        found = dash.search(text, at)
        start = found.start() if found else at
        at = line_end(text, node_span(doc, item).end)
        regions.append(Span(start, at))
    return column, regions


def _string_splice(doc: Document, entry: Entry, node: yaml.ScalarNode, change: Change) -> Splice:
    words = elements(doc.data[entry.name])
    kept = [change.renamed.get(index, word) for index, word in enumerate(words) if index not in change.gone]
    new = [*kept, *change.added]
    raw = in_string(str(node.value), new)
    return in_place(entry, flow_list(new) if raw is None else scalar(raw, quotes(node)))
