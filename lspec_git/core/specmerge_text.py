"""A spec's file cut into what is merged by different rules: frontmatter, body, and how their lines end.

Refuses, as a `Doubt`, every input that the merge must leave to git. Imports little on purpose: see `words`.
"""

from __future__ import annotations

from lspec_git.core import plain
from lspec_git.core.specmerge_write import Sheet
from lspec_git.core.words import MAX_BLOCK, MAX_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lspec_git.core.plain import Field


class Doubt(Exception):
    """Why a merge is left to git's own text merge."""


class Text:
    """A stretch of text with LF line ends, each line ended; how it was written: `newline`, `final`."""

    __slots__ = ("final", "lead", "newline", "text")

    def __init__(self, raw: str) -> None:
        self.newline = newline_of(raw)
        text = raw.replace("\r\n", "\n") if self.newline == "\r\n" else raw
        bare = text.lstrip("\n")
        self.lead, self.text = text[: len(text) - len(bare)], bare
        self.final = not bare or bare.endswith("\n")
        if not self.final:
            self.text += "\n"

    def raw(self, text: str) -> str:
        """Another text, written as this one is."""
        whole = self.lead + (text if self.final else text.removesuffix("\n"))
        return whole.replace("\n", "\r\n") if self.newline == "\r\n" else whole


class Side:
    """One of the three files; `absent` where it is the empty base of two additions."""

    __slots__ = ("absent", "body", "bom", "close", "newline", "open", "sheet")

    def __init__(self, bom: str, fences: tuple[str, str], newline: str, sheet: Sheet, body: Text) -> None:
        self.bom, self.newline, self.sheet, self.body = bom, newline, sheet, body
        self.open, self.close = fences
        self.absent = not fences[0]


def side_of(data: bytes, whose: str) -> Side:
    """One of the three files, cut and read. Raises Doubt."""
    text = decoded(data, whose)
    bom = text[:1] if text.startswith("\ufeff") else ""
    text = text[len(bom) :]
    if not data and whose == "base":
        return Side("", ("", ""), "\n", Sheet("", []), Text(""))
    opening = text.partition("\n")[0] + "\n"
    if opening.rstrip() != "---":
        raise Doubt(f"{whose} has no frontmatter")
    end = _closing(text, len(opening), whose)
    closing = text[end:].partition("\n")
    block = text[len(opening) : end]
    newline = newline_of(opening + block)
    lines = block.replace("\r\n", "\n")
    if len(block) > MAX_BLOCK or "\r" in lines:
        raise Doubt(f"the frontmatter of {whose} is too long or has odd line ends")
    fences = (opening, closing[0] + closing[1])
    return Side(bom, fences, newline, Sheet(lines, fields_of(lines, whose)), Text(closing[2]))


def decoded(data: bytes, whose: str) -> str:
    """The text, if it is one that can be merged by meaning. Raises Doubt."""
    if len(data) > MAX_SIZE:
        raise Doubt(f"{whose} is larger than {MAX_SIZE:,} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Doubt(f"{whose} is not UTF-8 (byte {error.start})") from None
    if "\0" in text:
        raise Doubt(f"{whose} is no text file")
    lines = "\n" + text
    if "\n<<<<<<<" in lines or "\n>>>>>>>" in lines or "\n|||||||" in lines:
        raise Doubt(f"{whose} has conflict markers")
    return text


def _closing(text: str, at: int, whose: str) -> int:
    while at < len(text):
        end = text.find("\n", at)
        line = text[at:] if end < 0 else text[at:end]
        if line.startswith("---") and line.rstrip() == "---":
            return at
        if end < 0:
            break
        at = end + 1
    raise Doubt(f"the frontmatter of {whose} is not closed")


def newline_of(text: str) -> str:
    """How all lines end; empty where there is none. Raises Doubt where they end in both ways."""
    ends, both = text.count("\n"), text.count("\r\n")
    if both and both != ends:
        raise Doubt("lines end in two ways within one part of a file")
    return "\r\n" if both else "\n" if ends else ""


def fields_of(block: str, whose: str) -> list[Field]:
    """The keys of a frontmatter: by the plain reader, else by PyYAML. Raises Doubt."""
    found = plain.read(block)
    if found is not None:
        return found
    from lspec_git.core import plain_yaml  # noqa: PLC0415 - brings the YAML library, rarely needed

    fields = plain_yaml.read(block)
    if isinstance(fields, str):
        raise Doubt(f"{whose}: {fields}")
    return fields
