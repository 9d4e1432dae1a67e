"""The frontmatter that specs really have, read without a YAML library: values, and where each one stands.

Takes `key: scalar`, lists of plain or simply quoted words, and lists of flat mappings, and refuses anything
else: then PyYAML reads it (`plain_yaml`), to the same `Field`s. Where this reader accepts, the two agree.
Imports little on purpose: see `words`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lspec_git.core.document import Data

NULLS = ("", "~", "null", "Null", "NULL")
INDICATORS = "-?:,[]{}#&*!|>'\"%@`"
IN_FLOW = frozenset("[]{},:#?&*!|>'\"%@`")


class Field:
    """One key. `start` and `end` bound its own whole lines, `value` is a string, list or mapping of strings.

    A null is the empty string: only an absent key is None to a merge. `shape` is `scalar`, `flow` or `block`
    (lists), or `other`: what is only ever replaced as a whole. `parts` are a list's items.
    """

    __slots__ = ("colon", "end", "name", "parts", "quote", "shape", "start", "stop", "token", "value")

    def __init__(self, name: str, start: int, colon: int, value: Data = "") -> None:
        self.name, self.start, self.colon, self.value = name, start, colon, value
        self.end = self.token = self.stop = colon
        self.quote = ""
        self.shape = "scalar"
        self.parts: list[Part] = []


class Part:
    """One item of a list: its value, its text `[token:stop]`, and in a block list its own whole lines.

    `indent` is the dash's column; `fields` are the keys of an item that is a mapping.
    """

    __slots__ = ("end", "fields", "indent", "quote", "start", "stop", "token", "value")

    def __init__(self, start: int, token: int, stop: int, value: Data, quote: str) -> None:
        self.start, self.token, self.stop, self.value, self.quote = start, token, stop, value, quote
        self.end, self.indent = stop, 0
        self.fields: list[Field] = []


class Refused(Exception):
    """Not of the plain subset; another reader may know it."""


def read(text: str) -> list[Field] | None:
    """The keys of a frontmatter (its text between the `---` lines, LF only) in order; None: refused."""
    try:
        return list(_Reader(text).fields())
    except Refused:
        return None


def scalar_at(text: str, at: int, end: int) -> tuple[str, str, int]:
    """(value, quote, end of its text) of the scalar that starts at `at`, on the line that ends at `end`."""
    quote = text[at : at + 1]
    if at < end and quote in "'\"":
        return _quoted(text, at, end, quote)
    stop = text.find(" #", at, end)
    raw = text[at : end if stop < 0 else stop].rstrip(" ")
    if (raw[:1] in INDICATORS and raw) or ": " in raw or raw[-1:] == ":":
        raise Refused
    return raw, "", at + len(raw)


def _quoted(text: str, at: int, end: int, quote: str) -> tuple[str, str, int]:
    close = text.find(quote, at + 1, end)
    while quote == "'" and text[close + 1 : min(close + 2, end)] == "'" and close >= 0:
        close = text.find("'", close + 2, end)
    raw = text[at + 1 : close]
    rest = text[close + 1 : end]
    if close < 0 or (rest.strip(" ") and not rest.lstrip(" ").startswith("#")) or rest[:1] == "#":
        raise Refused
    if quote == '"' and "\\" in raw:
        raise Refused
    return (raw.replace("''", "'") if quote == "'" else raw), quote, close + 1


def _is_key(key: str) -> bool:
    bare = key.replace("_", "a").replace("-", "a").replace(".", "a")
    return bare.isascii() and bare.isalnum() and key[0].isalpha() and len(key) < 100


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.names: set[str] = set()
        if text and not text.endswith("\n"):
            raise Refused

    def lines(self) -> Iterator[tuple[int, int]]:
        """(start, end) of the lines from `at` on, which moves along, that are neither blank nor a comment."""
        while self.at < len(self.text):
            end = self.text.index("\n", self.at)
            line = self.text[self.at : end]
            if not line.isprintable():
                raise Refused
            bare, start, self.at = line.lstrip(" "), self.at, end + 1
            if bare and bare[0] != "#":
                yield start, end

    def fields(self) -> Iterator[Field]:
        field: Field | None = None
        for start, end in self.lines():
            first = self.text[start]
            if first in " -":
                if field is None or field.value or field.shape != "scalar" or field.quote:
                    raise Refused
                if self.text[field.colon + 1 : field.stop].strip():
                    raise Refused  # a written null, such as `~`, is no place for a list
                self.at = start
                yield self._block(field)
                field = None
                continue
            if field is not None:
                yield field
            field = self._field(start, end)
        if field is not None:
            yield field

    def _field(self, start: int, end: int) -> Field:
        colon = self.text.find(":", start, end)
        name = self.text[start:colon]
        if colon < 0 or not _is_key(name) or name in self.names or self.text[colon + 1] not in " \n":
            raise Refused
        self.names.add(name)
        field = Field(name, start, colon)
        field.end = end + 1
        self.value(field, end)
        return field

    def value(self, field: Field, end: int) -> None:
        text = self.text
        at = field.colon + 1
        while at < end and text[at] == " ":
            at += 1
        if at == end or text[at] == "#":
            field.token = field.stop = field.colon + 1
            return
        field.token = at
        if text[at] == "[":
            self._flow(field, at, end)
            return
        value, field.quote, field.stop = scalar_at(text, at, end)
        field.value = "" if not field.quote and value in NULLS else value

    def _flow(self, field: Field, at: int, end: int) -> None:
        text = self.text
        field.shape, field.value, at = "flow", [], at + 1
        while True:
            while text[at] == " ":
                at += 1
            if text[at] == "]" and not field.parts:
                break
            part = self._word(at, end)
            field.parts.append(part)
            at = part.stop
            while text[at] == " ":
                at += 1
            if text[at] == "]":
                break
            if text[at] != ",":
                raise Refused
            at += 1
        rest = text[at + 1 : end]
        if (rest.strip(" ") and not rest.lstrip(" ").startswith("#")) or rest[:1] == "#":
            raise Refused
        field.stop = at + 1
        field.value = [part.value for part in field.parts]

    def _word(self, at: int, end: int) -> Part:
        """A word of a flow list: quoted, or plain without any sign that means something there."""
        text = self.text
        if text[at] in "'\"":
            close = text.find(text[at], at + 1, end)
            raw = text[at + 1 : close]
            if close < 0 or text[close + 1] not in " ,]" or "\\" in raw:
                raise Refused
            return Part(at, at, close + 1, raw, text[at])
        stop = at
        while stop < end and text[stop] not in IN_FLOW:
            stop += 1
        raw = text[at:stop].rstrip(" ")
        if not raw or raw[0] in INDICATORS or raw in NULLS:
            raise Refused
        return Part(at, at, at + len(raw), raw, "")

    def _block(self, field: Field) -> Field:
        """The list whose first line is at `at`, which is left behind its last."""
        text = self.text
        field.shape, indent = "block", -1
        for start, end in self.lines():
            dash = start
            while text[dash] == " ":
                dash += 1
            column = dash - start
            if text[dash] == "-":
                if indent < 0:
                    indent = column
                if column != indent:
                    raise Refused
                field.parts.append(self._item(start, dash, end))
            elif column == 0:
                break
            else:
                self._more(field.parts, start, dash, end, indent)
            field.end = end + 1
        self.at = field.end
        field.token, field.stop = field.parts[0].token, field.parts[-1].stop
        field.value = [part.value for part in field.parts]
        return field

    def _item(self, start: int, dash: int, end: int) -> Part:
        text = self.text
        at = dash + 1
        while at < end and text[at] == " ":
            at += 1
        if at == end or at == dash + 1 or text[at] == "#":
            raise Refused
        part = Part(start, at, at, "", "")
        part.end, part.indent = end + 1, dash - start
        colon = text.find(":", at, end)
        if colon > 0 and _is_key(text[at:colon]) and text[colon + 1] in " \n":
            part.value = {}
            self._pair(part, at, colon, end)
            return part
        part.value, part.quote, part.stop = scalar_at(text, at, end)
        if not part.quote and part.value in NULLS:
            raise Refused
        return part

    def _more(self, parts: list[Part], start: int, at: int, end: int, indent: int) -> None:
        """One more key of an item that is a mapping: in the column of its first."""
        colon = self.text.find(":", at, end)
        if not parts or not isinstance(parts[-1].value, dict) or colon < 0 or indent < 0:
            raise Refused
        part = parts[-1]
        first = part.fields[0].start
        column = first - (self.text.rfind("\n", 0, first) + 1)
        if at - start != column or not _is_key(self.text[at:colon]) or self.text[colon + 1] not in " \n":
            raise Refused
        self._pair(part, at, colon, end)
        part.end = end + 1

    def _pair(self, part: Part, at: int, colon: int, end: int) -> None:
        field = Field(self.text[at:colon], at, colon)
        self.value(field, end)
        if not isinstance(part.value, dict) or field.name in part.value:
            raise Refused
        if field.shape != "scalar" or field.stop == field.colon + 1:
            raise Refused
        field.end, part.stop = end + 1, field.stop
        part.value[field.name] = field.value
        part.fields.append(field)
