"""YAML that was written by strangers, read as positions and plain strings.

No tag, no object, no guessing of types: `2025-11-03`, `1.0` and `yes` stay what they look like. Size, depth
and the growth by aliases are bounded. Knows nothing of what the keys mean; a `Section` is asked for the keys
that exist and collects every problem with its line and column, so that a user sees all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lspec_git.core.spec import Problem

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 20
MAX_NODES: Final = 100_000
TAGS: Final = {
    ScalarNode: "tag:yaml.org,2002:str",
    SequenceNode: "tag:yaml.org,2002:seq",
    MappingNode: "tag:yaml.org,2002:map",
}
EMPTY: Final = frozenset({"", "~", "null"})
YES: Final = frozenset({"true", "yes", "on"})
NO: Final = frozenset({"false", "no", "off"})

Choice = TypeVar("Choice", bound=StrEnum)


class _Bounded(yaml.BaseLoader):
    """Composes nodes; stops at a document that is deep, tagged, or large once its aliases are written out."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.weights: dict[int, int] = {}

    def compose_node(self, parent: Node | None, index: int) -> Node:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it open
        alias = self.check_event(yaml.AliasEvent)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(None, None, f"more than {MAX_DEPTH} levels deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        if node is None or (alias and id(node) not in self.weights):
            raise yaml.MarkedYAMLError(None, None, "an alias inside of itself", mark)
        if not alias:
            self._weigh(node)
        return node

    def _weigh(self, node: Node) -> None:
        if node.tag != TAGS[type(node)]:
            raise yaml.MarkedYAMLError(None, None, "a YAML tag; only plain values are read", node.start_mark)
        self.weights[id(node)] = 1 + sum(self.weights[id(child)] for child in _children(node))
        if self.weights[id(node)] > MAX_NODES:
            raise yaml.MarkedYAMLError(None, None, f"more than {MAX_NODES} values", node.start_mark)


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, SequenceNode):
        yield from node.value


def compose(text: str, path: str) -> Node | Problem | None:
    """The node tree of one document, None for an empty one, or what keeps it from being read."""
    if len(text.encode("utf-8", "surrogateescape")) > MAX_BYTES:
        return Problem(path, 1, 1, f"larger than {MAX_BYTES} bytes")
    try:
        return _Bounded(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Problem(path, line, column, f"cannot be read as YAML: {error.problem or error.context}")
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        column = len(before) - before.rfind("\n")
        return Problem(path, before.count("\n") + 1, column, f"cannot be read as YAML: {error.reason}")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar and where it stands."""

    value: str
    line: int
    column: int


@dataclass(slots=True)
class Section:
    """One mapping of a document. Keys that were asked for are known; `finish` reports the others."""

    path: str
    name: str
    node: MappingNode
    problems: list[Problem]
    entries: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, value in self.node.value:
            if not isinstance(key, ScalarNode):
                self.problem("a key must be a plain word", key)
            elif key.value in self.entries:
                first = self.entries[key.value][0].start_mark.line + 1
                self.problem(f"`{key.value}` is given twice; the first is in line {first}", key)
            else:
                self.entries[key.value] = (key, value)

    def problem(self, message: str, at: Node | Text | str | None = None) -> None:
        """Note a problem at a node, a text, the value of a key, or this section itself."""
        if isinstance(at, str):
            at = self.entries[at][1] if at in self.entries else None
        if isinstance(at, Text):
            line, column = at.line, at.column
        else:
            mark = (at or self.node).start_mark
            line, column = mark.line + 1, mark.column + 1
        self.problems.append(Problem(self.path, line, column, message))

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def has(self, key: str) -> bool:
        """Whether the key is there with something in it; asking makes the key a known one."""
        return self._node(key) is not None

    def text(self, key: str, default: str = "") -> Text:
        """A plain value, stripped. Absent, empty or of another kind: the default, at this section's place."""
        node = self._node(key)
        if node is None:
            return Text(default, self.line, self.node.start_mark.column + 1)
        if not isinstance(node, ScalarNode):
            self.problem(f"`{key}` must be a single value, not {_kind(node)}", node)
            return Text(default, node.start_mark.line + 1, node.start_mark.column + 1)
        return _text(node)

    def flag(self, key: str, default: bool) -> bool:
        given = self.text(key, str(default))
        if given.value.lower() in YES | NO:
            return given.value.lower() in YES
        self.problem(f"`{key}` must be true or false, not `{given.value}`", given)
        return default

    def number(self, key: str, default: int, least: int = 1) -> int:
        given = self.text(key, str(default))
        if re.fullmatch(r"[0-9]{1,9}", given.value) and int(given.value) >= least:
            return int(given.value)
        self.problem(f"`{key}` must be a whole number, at least {least}, not `{given.value}`", given)
        return default

    def choice(self, key: str, default: Choice) -> Choice:
        given = self.text(key, default.value)
        allowed = [member.value for member in type(default)]
        if given.value in allowed:
            return type(default)(given.value)
        self.problem(
            f"`{key}` must be {' or '.join(allowed)}, not `{given.value}`{guess(given.value, allowed)}", given
        )
        return default

    def texts(self, key: str) -> tuple[Text, ...]:
        """One value, or a list of them."""
        node = self._node(key)
        if node is None:
            return ()
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        for child in nodes:
            if not isinstance(child, ScalarNode) or is_empty(child):
                self.problem(f"`{key}` must be a value or a list of values, not {_kind(child)}", child)
        return tuple(_text(child) for child in nodes if isinstance(child, ScalarNode) and not is_empty(child))

    def section(self, key: str) -> Section:
        """The mapping under a key; an empty one if the key is absent, empty or of another kind."""
        node = self._node(key)
        if node is None:
            return Section(self.path, key, _nothing(self.node), self.problems)
        return self._as_section(key, node)

    def sections(self, key: str) -> tuple[Section, ...]:
        """The mappings in the list under a key."""
        node = self._node(key)
        if node is not None and not isinstance(node, SequenceNode):
            self.problem(f"`{key}` must be a list (each entry begins with `- `), not {_kind(node)}", node)
            node = None
        found = [
            (child, self._as_section(f"an entry of {key}", child)) for child in (node.value if node else ())
        ]
        return tuple(section for child, section in found if isinstance(child, MappingNode))

    def one_or_more(self, key: str) -> tuple[Section, ...]:
        """The mapping under a key, or the mappings in the list there."""
        node = self._node(key)
        return self.sections(key) if isinstance(node, SequenceNode) else (self.section(key),)

    def table(self) -> Mapping[str, tuple[Text, Text]]:
        """All of this section as key and value texts, by key; every key is accepted."""
        self.asked |= dict.fromkeys(self.entries)
        found = {}
        for key, (at, value) in self.entries.items():
            if isinstance(value, ScalarNode) and not is_empty(value) and isinstance(at, ScalarNode):
                found[key] = (_text(at), _text(value))
            else:
                self.problem(f"`{key}` must be a single value, not {_kind(value)}", value)
        return found

    def finish(self) -> None:
        """Report every key that nobody asked for."""
        for key, (at, _) in self.entries.items():
            if key not in self.asked:
                self.problem(f"unknown key `{key}` in {self.name}{guess(key, list(self.asked))}", at)

    def _as_section(self, name: str, node: Node) -> Section:
        if not isinstance(node, MappingNode):
            self.problem(f"{name} must be keys with values (`key: value`), not {_kind(node)}", node)
            node = _nothing(node)
        return Section(self.path, name, node, self.problems)

    def _node(self, key: str) -> Node | None:
        self.asked[key] = None
        at, node = self.entries.get(key, (None, None))
        return None if at is None or node is None or is_empty(node) else node


def root(text: str, path: str, name: str, problems: list[Problem]) -> Section | None:
    """The document's top mapping, or None with the reason added to `problems`."""
    node = compose(text, path)
    if isinstance(node, Problem):
        problems.append(node)
        return None
    if not isinstance(node, MappingNode):
        problems.append(Problem(path, 1, 1, f"must be keys with values (`key: value`), not {_kind(node)}"))
        return None
    return Section(path, name, node, problems)


def guess(word: str, known: list[str]) -> str:
    """`; did you mean `x`?` where a known word is close enough, else nothing."""
    close = get_close_matches(word.lower(), known, 1, 0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def is_empty(node: Node) -> bool:
    """A key without a value, or a written null; `issue: #12` is one, since YAML sees a comment there."""
    return isinstance(node, ScalarNode) and node.style is None and node.value in EMPTY


def _text(node: ScalarNode) -> Text:
    return Text(node.value.strip(), node.start_mark.line + 1, node.start_mark.column + 1)


def _nothing(near: Node) -> MappingNode:
    return MappingNode(TAGS[MappingNode], [], near.start_mark, near.end_mark)


def _kind(node: Node | None) -> str:
    if node is None or is_empty(node):
        return "nothing"
    if isinstance(node, ScalarNode):
        return f"`{node.value}`"
    return "a list" if isinstance(node, SequenceNode) else "keys with values"
