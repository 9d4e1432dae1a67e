"""A frontmatter that is more than plain, read by PyYAML into the same `Field`s as `plain` makes."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from lspec_git.core.document import Data, Document, Entry, entries, load_block, node_span, quotes
from lspec_git.core.markdown import Span, line_end
from lspec_git.core.plain import Field, Part


def read(block: str) -> list[Field] | str:
    """The keys of a frontmatter in order, or why it cannot be read."""
    try:
        data = load_block(block) if _says(block) else {}
    except yaml.YAMLError as error:
        return " ".join(str(error).split())[:200]
    doc = Document("", block, "", Span(0, len(block)), len(block), data)
    found = [_field(doc, entry) for entry in entries(doc).values()] if data else []
    if any(block[field.start] in " \t?" for field in found):
        return "keys that are indented"
    return found


def _says(block: str) -> bool:
    """Whether there is more than comments."""
    return any(line.strip() and not line.lstrip().startswith("#") for line in block.split("\n"))


def _filled(data: Data) -> Data:
    """The value without nulls: they are empty strings to a merge."""
    if isinstance(data, list):
        return [_filled(each) for each in data]
    if isinstance(data, dict):
        return {key: _filled(each) for key, each in data.items()}
    return data or ""


def _field(doc: Document, entry: Entry) -> Field:
    field = Field(entry.name, entry.lines.start, entry.colon, _filled(doc.data[entry.name]))
    field.end, field.token, field.stop = entry.lines.end, entry.value.start, entry.value.end
    if field.token == field.stop:
        field.token = field.stop = entry.colon + 1
    field.quote, field.shape = quotes(entry.node), "other"
    one_line = "\n" not in doc.text[field.start : field.stop]
    if isinstance(entry.node, yaml.ScalarNode) and one_line and field.quote in ("", "'", '"'):
        field.shape = "scalar"
    elif isinstance(entry.node, yaml.SequenceNode) and _are_words(entry.node.value):
        _add_parts(doc, field, entry.node, one_line=one_line)
    return field


def _are_words(items: Sequence[yaml.Node]) -> bool:
    return all(
        isinstance(item, yaml.ScalarNode) and item.value and item.style not in ("|", ">") for item in items
    )


def _add_parts(doc: Document, field: Field, node: yaml.SequenceNode, *, one_line: bool) -> None:
    parts = [_part(doc, item, node) for item in node.value]
    single = all("\n" not in doc.text[part.token : part.stop] for part in parts)
    if node.flow_style and one_line:
        field.shape, field.parts = "flow", parts
    elif (
        not node.flow_style
        and single
        and not doc.text[field.colon + 1 : field.token].lstrip().startswith("#")
    ):
        field.shape, field.parts = "block", parts


def _part(doc: Document, item: yaml.ScalarNode, node: yaml.SequenceNode) -> Part:
    span = node_span(doc, item)
    part = Part(span.start, span.start, span.end, item.value, quotes(item))
    if not node.flow_style:
        part.start, part.end = doc.text.rfind("\n", 0, span.start) + 1, line_end(doc.text, span.end)
        part.indent = int(node.start_mark.column)
    return part
