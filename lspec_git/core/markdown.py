"""Places in a text, edits of it by splicing, its lines, and the title of a Markdown body.

Knows headings and fenced code, and nothing of what a spec is. Imports little on purpose: see `words`.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_FENCE_OR_TITLE = re.compile(r"^ {0,3}(?:(`{3,}(?=[^`\n]*$)|~{3,})|#[ \t]+([^\n]+))", re.MULTILINE)


class Span(tuple[int, int]):
    """A stretch of a document's text, in characters: `text[start:end]`."""

    __slots__ = ()

    def __new__(cls, start: int, end: int) -> Span:
        return tuple.__new__(cls, (start, end))

    @property
    def start(self) -> int:
        return self[0]

    @property
    def end(self) -> int:
        return self[1]


class Splice:
    """`text` takes the place of the characters from `start` to `end`."""

    __slots__ = ("end", "start", "text")

    def __init__(self, start: int, end: int, text: str) -> None:
        self.start, self.end, self.text = start, end, text


def apply(text: str, changes: Iterable[Splice]) -> str:
    """The text with all splices made; they may touch, but not overlap (ValueError)."""
    pieces, at = [], 0
    for splice in sorted(changes, key=lambda one: (one.start, one.end)):
        if splice.start < at:
            raise ValueError(f"overlapping splices at character {splice.start}")
        pieces += [text[at : splice.start], splice.text]
        at = splice.end
    return "".join([*pieces, text[at:]])


class Heading:
    """The first H1 outside fences. `span` is its text alone: no `# `, no closing `#`s, no outer spaces."""

    __slots__ = ("line_end", "span", "text")

    def __init__(self, text: str, span: Span, line_end: int) -> None:
        self.text, self.span, self.line_end = text, span, line_end


def line_end(text: str, index: int) -> int:
    """Just behind the newline that ends the line of `index`."""
    newline = text.find("\n", index)
    return len(text) if newline < 0 else newline + 1


def newline_before(text: str, index: int) -> str:
    """The newline that ends just before `index`; LF where there is none."""
    return "\r\n" if text[max(0, index - 2) : index] == "\r\n" else "\n"


def heading_in(text: str, at: int) -> Heading | None:
    """`heading` of a text whose body starts at `at`."""
    while mark := _FENCE_OR_TITLE.search(text, at):
        if mark[1]:
            at = _fence_end(text, mark)
        elif words := heading_text(mark[2]).strip():
            start = mark.start(2)
            return Heading(words, Span(start, start + len(heading_text(mark[2]))), line_end(text, start))
        else:
            at = mark.end()
    return None


def heading_text(raw: str) -> str:
    """A heading's text without trailing spaces and without a closing run of `#`s, as CommonMark reads it."""
    raw = raw.rstrip(" \t\r")
    bare = raw.rstrip("#")
    return bare.rstrip(" \t") if bare != raw and bare.endswith((" ", "\t")) else raw


def _fence_end(text: str, mark: re.Match[str]) -> int:
    sign = re.escape(mark[1][0])
    closing = re.compile(rf"^ {{0,3}}{sign}{{{len(mark[1])},}}[ \t\r]*$", re.MULTILINE)
    found = closing.search(text, mark.end())
    return found.end() if found else len(text)
