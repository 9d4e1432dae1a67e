"""The line that LeanSpec derives from the fields: `> **Status**: 📅 Planned · **Priority**: High`.

Knows its parts, emojis and labels, and how a part is rewritten in the line's own style. It is never
added, and never read as a value: the frontmatter is the truth. Imports little on purpose: see `words`.
"""

from __future__ import annotations

import re

from lspec_git.core.markdown import Span, heading_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lspec_git.core.document import Document

_QUOTE = re.compile(r"(?:[ \t]*\r?\n)*((?: {0,3}>[^\n]*(?:\n|\Z))+)")
_LABEL = re.compile(r"\*\*([^*:\n]{1,40})(?::\*\*|\*\*[ \t]*:)[ \t]?")
_ENDS = " \t\r·|•,;Â"  # `Â·` is the middle dot read as cp1252
_WORD = re.compile(
    r"\b(?:in[ _-]?progress|completed?|planned|archived|draft|superseded"
    r"|low|med(?:ium)?|high|critical|urgent)\b",
    re.IGNORECASE,
)
_FIELDS = frozenset(("status", "priority", "tags", "assignee"))
_SHARED = {"complete": "✅", "archived": "📦", "draft": "📝"}
_SETS: tuple[Mapping[str, str], ...] = (
    {**_SHARED, "planned": "🗓️", "in-progress": "⏳"},
    {**_SHARED, "planned": "📅", "in-progress": "🔨"},
    {**_SHARED, "planned": "📋", "in-progress": "🚧"},
)
"""LeanSpec's emojis since v0.1.1, those of v0.1.0, and a set that people use by hand."""


class Part:
    """One `**Label**: value`. `whole` has its separator too; `word` is the status or priority in the text."""

    __slots__ = ("field", "text", "value", "whole", "word")

    def __init__(self, field: str, value: Span, whole: Span, text: str, word: str) -> None:
        self.field, self.value, self.whole, self.text, self.word = field, value, whole, text, word

    def says(self, value: str, normal: Callable[[str], str]) -> bool:
        """Whether the word is this value, in any spelling; LeanSpec itself writes `In progress`."""
        return value in (normal(self.word), normal(self.word.replace(" ", "-")))


def parts(doc: Document) -> tuple[Part, ...]:
    """The parts of the first blockquote right behind the H1, if it has a `**Status**:`; else none."""
    return parts_in(doc.text, doc.body)


def parts_in(text: str, body: int) -> tuple[Part, ...]:
    """`parts` of a text whose body starts at `body`."""
    top = heading_in(text, body)
    quote = _QUOTE.match(text, top.line_end) if top else None
    found = tuple(_parts(text, quote.start(1), quote.end(1))) if quote else ()
    return found if any(part.field == "status" for part in found) else ()


def _parts(text: str, start: int, end: int) -> Iterator[Part]:
    while start < end:
        newline = text.find("\n", start, end)
        stop = newline if newline >= 0 else end
        yield from _line_parts(text, start, stop)
        start = stop + 1


def _line_parts(text: str, start: int, stop: int) -> Iterator[Part]:
    labels = [*_LABEL.finditer(text, start, stop)]
    before = start
    for index, label in enumerate(labels):
        limit = labels[index + 1].start() if index + 1 < len(labels) else stop
        value = text[label.end() : limit].rstrip(_ENDS if index + 1 < len(labels) else " \t\r")
        span = Span(label.end(), label.end() + len(value))
        word = _WORD.search(value)
        whole = Span(before, span.end) if index else Span(label.start(), limit if limit < stop else span.end)
        yield Part(label[1].strip().lower(), span, whole, value, word[0] if word else _words(value))
        before = span.end


def _words(value: str) -> str:
    """The words of a value that LeanSpec does not know: what is left without a leading emoji and a remark."""
    return re.sub(r"^[^\w(]+", "", value.partition("(")[0]).strip()


def rewritten(part: Part, value: str) -> str:
    """The part's value for a new field value, in its own style."""
    if part.field == "status":
        return _status(part, value)
    if part.field == "priority":
        return _labelled(part, value)
    return value


def _status(part: Part, value: str) -> str:
    head, _, rest = _cut(part)
    if head.isascii():
        return head + _label(part.word, value) + rest
    emojis = _emojis(head.strip())
    label = _label(part.word, value)
    if emojis is _SETS[2] and part.word[:1].isupper():
        label = label.title()
    return f"{emojis[value]} {label}{rest}" if value in emojis else f"📄 {label}{rest}"


def _emojis(head: str) -> Mapping[str, str]:
    bare = head.rstrip("\ufe0f")
    return next(
        (one for one in _SETS if any(bare == emoji.rstrip("\ufe0f") for emoji in one.values())), _SETS[0]
    )


def _labelled(part: Part, value: str) -> str:
    head, _, rest = _cut(part)
    return (head if head.isspace() else "") + _label(part.word, value) + rest


def _cut(part: Part) -> tuple[str, str, str]:
    """What stands before the word, the word, and what stands behind."""
    return part.text.partition(part.word) if part.word else (part.text, "", "")


def _label(old: str, value: str) -> str:
    """`In progress` as LeanSpec writes it, unless the old word was raw (`in-progress`) or all capitals."""
    if old and old == old.lower():
        return value
    words = value.replace("-", " ")
    return words.upper() if old.isupper() and len(old) > 1 else words[:1].upper() + words[1:]
