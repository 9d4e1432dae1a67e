"""Three versions of `integrations.yml` made one: mappings key by key, rules and sections by identity.

Output is ours' text with theirs' changes spliced in, whole lines at a time, so comments stay. An entry is the
same on both sides by its `spec`, `pattern` or `repo`. What is in doubt is left to git (`Doubt`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lspec_git.core.document import Document, node_span
from lspec_git.core.markdown import Span, Splice, apply, line_end
from lspec_git.core.merge import Conflict, Value, three_way
from lspec_git.core.spec import Problem
from lspec_git.core.specmerge import Result, Settings, mark
from lspec_git.core.specmerge_check import taken_side
from lspec_git.core.specmerge_text import Doubt, Text, decoded
from lspec_git.core.yaml_nodes import compose

IDENTITY: Final = ("spec", "pattern", "repo")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping or an item of a list: its whole lines, and what stands before it on the first."""

    lines: Span
    prefix: str
    value: Span
    node: Node
    data: Value


@dataclass(frozen=True, slots=True)
class Tree:
    """One side: its text, and the entries of one mapping or list in it by name or identity."""

    doc: Document
    entries: Mapping[str, Entry]
    listed: bool = False

    @property
    def text(self) -> str:
        return self.doc.text

    def data(self, name: str) -> Value:
        return self.entries[name].data if name in self.entries else None

    def lines(self, name: str) -> str:
        """The entry's lines; nothing where it is absent."""
        return self.text[slice(*self.entries[name].lines)] if name in self.entries else ""

    def below(self, name: str) -> Tree | None:
        """What is in an entry, if that is a mapping or a list of its own lines; None for anything else."""
        entry = self.entries.get(name)
        if entry is None:
            return Tree(self.doc, {})
        return tree(self.doc, entry.node, entry.prefix if self.listed else "")


def merge_config(base: bytes, ours: bytes, theirs: bytes, settings: Settings) -> Result:
    """The merge of three versions of the config; an empty `base` is none. Raises Doubt."""
    if theirs in (base, ours) or ours == base:
        return Result(theirs if ours == base else ours, False, ())
    texts = [
        Text(decoded(data, whose).removeprefix("\ufeff"))
        for data, whose in ((base, "base"), (ours, "ours"), (theirs, "theirs"))
    ]
    trees = [_root(text.text) for text in texts]
    work = _Work(settings)
    merged = apply(texts[1].text, list(work.merged(*trees)))
    _check(merged, trees, settings.marker)
    bom = "\ufeff" if ours.startswith(b"\xef\xbb\xbf") else ""
    said = tuple(f"{name}: changed on both sides" for name in work.conflicts)
    return Result((bom + texts[1].raw(merged)).encode(), bool(said), said)


def _root(text: str) -> Tree:
    doc = Document("", text, "", Span(0, len(text)), 0, {})
    if not text.strip():
        return Tree(doc, {})
    node = compose(text, "the config")
    if isinstance(node, Problem):
        raise Doubt(str(node))
    if any(
        isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) for event in yaml.parse(text)
    ):
        raise Doubt("YAML anchors and aliases")
    found = tree(doc, node) if node else Tree(doc, {})
    if found is None or found.listed:
        raise Doubt("the config is no mapping of one key a line")
    return found


def tree(doc: Document, node: Node, prefix: str = "") -> Tree | None:
    """The entries of a block mapping, or of a block list whose items all have a name; else None."""
    if not isinstance(node, MappingNode | SequenceNode) or node.flow_style:
        return None
    listed = isinstance(node, SequenceNode)
    pairs = [(item, item) for item in node.value] if listed else node.value
    entries: dict[str, Entry] = {}
    for at, (key, value) in enumerate(pairs):
        name = _identity(value) if listed else str(key.value) if isinstance(key, ScalarNode) else ""
        if not name or name in entries:
            return None
        entries[name] = _entry(doc, key, value, prefix if at == 0 else "")
    return Tree(doc, entries, listed)


def _entry(doc: Document, key: Node, value: Node, prefix: str) -> Entry:
    span = node_span(doc, value)
    first = doc.text.rfind("\n", 0, key.start_mark.index) + 1
    before = doc.text[first : key.start_mark.index]
    if before.strip(" ") not in ("", "-") and before != prefix:
        raise Doubt("several entries on one line")
    return Entry(Span(first, line_end(doc.text, max(span.end - 1, first))), before, span, value, plain(value))


def _identity(node: Node) -> str:
    """What tells an item of a list from the others; empty where nothing does."""
    if isinstance(node, ScalarNode):
        return str(node.value)
    keys = {key.value: value.value for key, value in node.value} if isinstance(node, MappingNode) else {}
    return next((f"{key} {keys[key]}" for key in IDENTITY if isinstance(keys.get(key), str)), "")


def plain(node: Node) -> Value:
    """The node as strings, lists and mappings. Raises Doubt for a key that occurs twice."""
    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.value]
    data = {str(key.value): plain(value) for key, value in node.value}
    if len(data) != len(node.value):
        raise Doubt("a key occurs twice")
    return data


class _Work:
    """The splices into ours' text, and the names of the conflicts among them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.conflicts: list[str] = []

    def merged(self, base: Tree, ours: Tree, theirs: Tree) -> Iterator[Splice]:
        for name in dict.fromkeys((*ours.entries, *theirs.entries, *base.entries)):
            outcome = three_way(base.data(name), ours.data(name), theirs.data(name))
            if not isinstance(outcome, Conflict) and outcome.value == ours.data(name):
                continue
            yield from self._one(name, base, ours, theirs, conflict=isinstance(outcome, Conflict))

    def _one(self, name: str, base: Tree, ours: Tree, theirs: Tree, *, conflict: bool) -> Iterator[Splice]:
        inner = [side.below(name) for side in (base, ours, theirs)]
        b, o, t = inner
        if name in ours.entries and name in theirs.entries and b and o and t and o.listed == t.listed:
            yield from self.merged(b, o, t)
        elif conflict:
            yield self._hunk(name, base, ours, theirs)
        elif name not in ours.entries:
            yield _added(name, ours, theirs)
        elif name not in theirs.entries:
            yield _removed(name, ours)
        else:
            yield _replaced(name, ours, theirs)

    def _hunk(self, name: str, base: Tree, ours: Tree, theirs: Tree) -> Splice:
        self.conflicts.append(name)
        marker, (mine, old, other) = self.settings.marker, self.settings.labels
        lines = [mark("<", marker, mine), ours.lines(name)]
        if self.settings.style() in ("diff3", "zdiff3"):
            lines += [mark("|", marker, old), base.lines(name)]
        lines += [mark("=", marker, ""), _indented(name, theirs, ours), mark(">", marker, other)]
        span = ours.entries[name].lines if name in ours.entries else _place(name, ours, theirs)
        return Splice(*span, "".join(lines))


def _indented(name: str, theirs: Tree, ours: Tree) -> str:
    """Theirs' lines of an entry, as far in as ours' are. Raises Doubt where one opens a list's item."""
    if name not in theirs.entries:
        return ""
    like = ours.entries.get(name) or next(iter(ours.entries.values()), None)
    entry = theirs.entries[name]
    if like is None:
        return theirs.lines(name)
    opens = like.prefix.strip() if name in ours.entries else "-" if ours.listed else ""
    if entry.prefix.strip() != opens:
        raise Doubt("the first key of a list's item is another one")
    shift = len(like.prefix) - len(entry.prefix)
    lines = theirs.lines(name).splitlines(keepends=True)
    if shift < 0 and any(line.strip() and line[:-shift].strip(" ") for line in lines):
        raise Doubt("an entry is not indented as its lines are")
    return "".join(" " * shift + line if shift > 0 else line[-shift:] for line in lines)


def _added(name: str, ours: Tree, theirs: Tree) -> Splice:
    return Splice(*_place(name, ours, theirs), _comments(name, theirs) + _indented(name, theirs, ours))


def _place(name: str, ours: Tree, theirs: Tree) -> Span:
    """Behind the nearest entry above it in theirs that ours has too; else behind all of ours."""
    if not ours.entries:
        if ours.text.strip():
            raise Doubt("there is no place for a new entry")
        return Span(0, 0)
    above = [*theirs.entries][: [*theirs.entries].index(name)] if name in theirs.entries else []
    anchor = next((each for each in reversed(above) if each in ours.entries), [*ours.entries][-1])
    end = ours.entries[anchor].lines.end
    return Span(end, end)


def _comments(name: str, side: Tree) -> str:
    """The comment lines right above an entry."""
    text, at = side.text, side.entries[name].lines.start
    while at and text[text.rfind("\n", 0, at - 1) + 1 : at].lstrip(" ").startswith("#"):
        at = text.rfind("\n", 0, at - 1) + 1
    return text[at : side.entries[name].lines.start]


def _removed(name: str, ours: Tree) -> Splice:
    if not ours.listed and ours.entries[name].prefix.strip():
        raise Doubt("the first key of a list's item is removed")
    return Splice(*ours.entries[name].lines, "")


def _replaced(name: str, ours: Tree, theirs: Tree) -> Splice:
    mine, other = ours.entries[name], theirs.entries[name]
    raw = theirs.text[slice(*other.value)]
    if isinstance(mine.node, ScalarNode) and isinstance(other.node, ScalarNode) and raw and "\n" not in raw:
        lead = " " if mine.value.start == mine.value.end else ""
        return Splice(*mine.value, lead + raw)
    return Splice(*mine.lines, _indented(name, theirs, ours))


# -- the last look


def _check(merged: str, trees: Iterable[Tree], marker: int) -> None:
    """Each side of every conflict taken, the text must hold what merging the plain values comes to."""
    base, ours, theirs = (_loose({name: one.data for name, one in each.entries.items()}) for each in trees)
    for mine in (True, False):
        found = _root(taken_side(merged, marker, ours=mine))
        expected = _expected(base, ours, theirs, mine=mine)
        if _loose({name: entry.data for name, entry in found.entries.items()}) != expected:
            raise Doubt("the merged config could not be confirmed")


def _loose(data: Value) -> Value:
    """Lists whose items have a name as mappings, so that their order does not count."""
    if isinstance(data, list):
        names = [_named(each) for each in data]
        if all(names) and len({*names}) == len(names):
            return {f"- {name}": _loose(each) for name, each in zip(names, data, strict=True)}
        return [_loose(each) for each in data]
    return {key: _loose(value) for key, value in data.items()} if isinstance(data, dict) else data


def _named(data: Value) -> str:
    if isinstance(data, dict):
        return next((f"{key} {data[key]}" for key in IDENTITY if isinstance(data.get(key), str)), "")
    return data if isinstance(data, str) else ""


def _expected(base: Value, ours: Value, theirs: Value, *, mine: bool) -> Value:
    outcome = three_way(base, ours, theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        old = base if isinstance(base, dict) else {}
        names = dict.fromkeys((*ours, *theirs))
        merged = {n: _expected(old.get(n), ours.get(n), theirs.get(n), mine=mine) for n in names}
        return {name: value for name, value in merged.items() if value is not None}
    if isinstance(outcome, Conflict):
        return ours if mine else theirs
    return outcome.value
