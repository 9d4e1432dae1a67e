"""The text of one spec: where its frontmatter is, what it holds, and where each key and the title stand.

Knows YAML and Markdown headings, as strings: no date, number or boolean is ever made of a scalar. It refuses
to know what a key means. python-frontmatter finds and loads the block; the spans come from YAML's own marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import yaml
from frontmatter.default_handlers import YAMLHandler
from yaml.reader import ReaderError

from lspec_git.core.markdown import (
    Heading,
    Span,
    heading_in,
    line_end,
)
from lspec_git.core.spec import Problem
from lspec_git.core.words import MAX_BLOCK, MAX_SIZE

if TYPE_CHECKING:
    FastLoader: TypeAlias = yaml.BaseLoader
else:
    FastLoader = getattr(
        yaml, "CBaseLoader", yaml.BaseLoader
    )  # a PyYAML built without libyaml has no C loader

Data: TypeAlias = "str | list[Data] | dict[str, Data] | None"

MAX_DEPTH: Final = 50
MANY_OPENERS: Final = 200

_BOUNDARY = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_HANDLER: Final[Any] = YAMLHandler(fm_boundary=_BOUNDARY)
_MARKER = re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?=[ \r\n]|\Z)", re.MULTILINE)
_NULL = frozenset(("", "~", "null", "Null", "NULL"))


@dataclass(frozen=True, slots=True)
class Document:
    """A readable spec. `text` is the file as decoded (without its BOM), `data` the frontmatter as strings."""

    path: str
    text: str
    bom: str
    block: Span
    body: int
    data: Mapping[str, Data]

    def encode(self, text: str | None = None) -> bytes:
        """The file's bytes, of this document's text or of another that replaces it."""
        return (self.bom + (self.text if text is None else text)).encode()

    @property
    def name(self) -> str:
        """The name of the directory that holds the file; empty at the top."""
        return self.path.rpartition("/")[0].rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of the frontmatter. `lines` are its own whole lines, without the comments of its neighbours."""

    name: str
    key: Span
    colon: int
    value: Span
    lines: Span
    node: yaml.Node
    indent: str


def parse(data: bytes, path: str) -> Document | Problem:
    """Read a spec's bytes; what cannot be used comes back as a fatal `Problem` with line and column."""
    if len(data) > MAX_SIZE:
        return Problem(path, 1, 1, f"larger than {MAX_SIZE:,} bytes: not read as a spec")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line_start = data.rfind(b"\n", 0, error.start) + 1
        line = data.count(b"\n", 0, error.start) + 1
        return Problem(
            path, line, error.start - line_start + 1, f"not UTF-8 (byte {error.start} of the file)"
        )
    bom = text[:1] if text.startswith("\ufeff") else ""
    return _unreadable(text[len(bom) :], path) or _document(text[len(bom) :], path, bom)


def problem_at(path: str, text: str, index: int, message: str, *, fatal: bool = True) -> Problem:
    """A problem at a character of the text."""
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    return Problem(path, text.count("\n", 0, index) + 1, column, message, fatal)


def _unreadable(text: str, path: str) -> Problem | None:
    if (null := text.find("\0")) >= 0:
        return problem_at(path, text, null, "a NUL byte: this is no text file")
    if (start := _conflict(text)) is not None:
        return problem_at(path, text, start, "conflict markers: resolve the merge first")
    return None


def _conflict(text: str) -> int | None:
    """Where a conflict starts: `<<<<<<<`, `=======` and `>>>>>>>` at line starts, in this order."""
    if "\n>>>>>>>" not in text:
        return None
    opened: int | None = None
    divided = False
    for mark in _MARKER.finditer(text):
        sign = mark[0][0]
        if sign == "<":
            opened, divided = mark.start(), False
        elif sign == "=":
            divided = opened is not None
        elif sign == ">" and divided:
            return opened
    return None


def _document(text: str, path: str, bom: str) -> Document | Problem:
    if not _HANDLER.detect(text):
        return Problem(path, 1, 1, "no frontmatter: a spec starts with a line `---`")
    try:
        block, _body = _HANDLER.split(text)
    except ValueError:
        return Problem(path, 1, 1, "no line `---` closes the frontmatter that opens here")
    opening = _BOUNDARY.match(text)
    start = opening.end() if opening else 0
    if len(block) > MAX_BLOCK:
        return Problem(path, 1, 1, f"frontmatter of more than {MAX_BLOCK:,} characters")
    if marker := _MARKER.search(text, start, start + len(block)):
        return problem_at(
            path, text, marker.start(), "conflict markers in the frontmatter: resolve the merge first"
        )
    try:
        data = _load(block, _SpecLoader)
    except yaml.YAMLError as error:
        return problem_at(path, text, start + _offset(error, block), _reason(error))
    return Document(
        path, text, bom, Span(start, start + len(block)), _body_start(text, start + len(block)), data
    )


def _body_start(text: str, closing: int) -> int:
    newline = text.find("\n", closing)
    return len(text) if newline < 0 else newline + 1


class _Refused(yaml.MarkedYAMLError):
    """Valid YAML that is no frontmatter of a spec."""

    def __init__(self, problem: str, mark: Any) -> None:
        super().__init__(problem=problem, problem_mark=mark)


def load_block(block: str) -> Mapping[str, Data]:
    """The values of a frontmatter, whatever its keys. Raises yaml.YAMLError."""
    return _load(block, _AnyLoader)


def _load(block: str, loader: type[FastLoader]) -> Mapping[str, Data]:
    # libyaml's composer recurses in C: 65,000 nested brackets end the process (PyYAML 6.0.3), so depth is
    # looked at first, by events. Indentation alone cannot nest deep without long lines.
    openers = sum(map(block.count, "[{-?"))
    if openers > MANY_OPENERS or "\n" + " " * MAX_DEPTH in block or any(sign in block for sign in "&*!"):
        _screen(block)
    data: Mapping[str, Data] = _HANDLER.load(block, Loader=loader)
    return data


def _screen(block: str) -> None:
    """Refuse what only an attack, or another kind of file, would hold: aliases, tags, deep nesting."""
    depth = 0
    for event in yaml.parse(block, Loader=FastLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused("YAML anchors and aliases are not read here", event.start_mark)
        if tag := getattr(event, "tag", None):
            raise _Refused(f"the YAML tag {tag} is not read here", event.start_mark)
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _Refused(f"nested deeper than {MAX_DEPTH} levels", event.start_mark)


class _AnyLoader(FastLoader):
    """Strings, lists and mappings of them; an empty or null plain scalar is None."""

    def resolve(self, _kind: object, _value: object, _implicit: object) -> str:
        """No tag: nobody asks for it, and telling it takes an eighth of the time."""
        return ""

    def get_single_data(self) -> dict[str, Data]:
        root = self.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise _Refused("the frontmatter is not a list of `key: value`", _mark(root))
        if root.flow_style:
            raise _Refused("the frontmatter is in braces: write one key a line", _mark(root))
        _check_keys(root)
        data = _mapping(root)
        self.check(root, data)
        return data

    def check(self, root: yaml.MappingNode, data: Mapping[str, Data]) -> None:
        """What is asked of the keys: nothing."""


class _SpecLoader(_AnyLoader):
    """A frontmatter that is a spec's: with a status."""

    def check(self, root: yaml.MappingNode, data: Mapping[str, Data]) -> None:
        if data.get("status") is None:
            raise _Refused(*_no_status(root))
        if not isinstance(data["status"], str):
            raise _Refused("`status` is not one word", _mark(root))


def _mark(node: yaml.Node | None) -> Any:
    return node.start_mark if node is not None else None


def _no_status(root: yaml.MappingNode) -> tuple[str, Any]:
    for key, _value in root.value:
        if key.value == "status":
            return "`status` has no value", key.start_mark
    return "no `status` key", root.start_mark


def _check_keys(root: yaml.MappingNode) -> None:
    column = root.start_mark.column
    for key, _value in root.value:
        if key.start_mark.column != column:
            raise _Refused("a key written with `?` is not read here", key.start_mark)


def _plain(node: yaml.Node) -> Data:
    if isinstance(node, yaml.ScalarNode):
        text: str = node.value
        return None if not node.style and text in _NULL else text
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return _mapping(node)


def _mapping(node: yaml.Node) -> dict[str, Data]:
    data: dict[str, Data] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _Refused("a key is not one word", key.start_mark)
        if key.value in data:
            raise _Refused(f"the key `{key.value}` occurs twice", key.start_mark)
        data[key.value] = _plain(value)
    return data


def _offset(error: yaml.YAMLError, block: str) -> int:
    if isinstance(error, ReaderError):  # its position counts bytes with libyaml, characters without
        return max(0, block.find(chr(error.character)))
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return int(mark.index) if mark is not None else 0


def _reason(error: yaml.YAMLError) -> str:
    words = [getattr(error, part, None) for part in ("context", "problem", "reason")]
    said = ", ".join(word for word in words if word) or "cannot be parsed"
    return said if isinstance(error, _Refused) else f"invalid YAML: {said}"


def entries(doc: Document) -> dict[str, Entry]:
    """Every key of the frontmatter with its spans, in the file's order."""
    root = yaml.compose(doc.text[doc.block.start : doc.block.end], Loader=FastLoader)
    return {entry.name: entry for entry in _entries(doc, root)}


def _entries(doc: Document, root: Any) -> Iterator[Entry]:
    at, text = doc.block.start, doc.text
    for key, node in root.value:
        name = Span(at + key.start_mark.index, at + key.end_mark.index)
        value = node_span(doc, node)
        first = text.rfind("\n", 0, name.start) + 1
        lines = Span(first, line_end(text, value.end))
        colon = text.index(":", name.end)
        yield Entry(key.value, name, colon, value, lines, node, text[first : name.start])


def quotes(node: yaml.Node) -> str:
    """The style of a scalar: its quote, `|`, `>`, or empty for a plain one (and for what is no scalar)."""
    return (node.style or "") if isinstance(node, yaml.ScalarNode) else ""


def node_span(doc: Document, node: yaml.Node) -> Span:
    """Where a node's own text is; YAML ends a block collection behind the comments that follow it."""
    start = doc.block.start + node.start_mark.index
    return Span(start, _real_end(doc, node))


def _real_end(doc: Document, node: yaml.Node) -> int:
    while isinstance(node, yaml.SequenceNode | yaml.MappingNode) and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    end = doc.block.start + node.end_mark.index
    if quotes(node) in ("|", ">"):
        start = doc.block.start + node.start_mark.index
        return start + len(doc.text[start:end].rstrip())
    return end


def heading(doc: Document) -> Heading | None:
    """The first ATX heading of level 1 in the body, fenced code left out."""
    return heading_in(doc.text, doc.body)
