"""Random specs for laws: what they say, in one of the styles that people and LeanSpec's writers have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

Said = Mapping[str, object]
DAY = "2026-01-0{}T10:00:00.123Z"
WORDS = ("api", "cli", "web", "a b", "v1.0", "it's", "yes", "C#", "1.0", "2026-01-05")
STATUSES = ("draft", "planned", "in-progress", "complete", "archived")
LABELS = {"draft": "Draft", "planned": "Planned", "in-progress": "In progress", "complete": "Complete"}


@dataclass(frozen=True)
class Style:
    """How a frontmatter is written."""

    quote: str = ""
    lists: str = "flush"
    comments: bool = False
    reverse: bool = False
    newline: str = "\n"
    final: bool = True
    bom: bool = False
    line: bool = True
    stale: bool = False
    """The line says what was true once, as LeanSpec's own program leaves it."""


def scalar(text: str, quote: str) -> str:
    """Plain only where any reader takes it for this string."""
    if not quote and text.replace("-", "").replace(" ", "").isalpha() and text not in ("yes", "no"):
        return text
    if not quote and text[:4] == "2026":
        return text
    return f'"{text}"' if quote == '"' else "'" + text.replace("'", "''") + "'"


def written(key: str, value: object, style: Style) -> list[str]:
    """The lines of one key."""
    if isinstance(value, str):
        return [f"{key}: {scalar(value, style.quote)}" if value else f"{key}:"]
    if isinstance(value, Mapping):
        if style.lists == "flow":
            return [f"{key}: {json.dumps(value)}"]
        lines = [line for name in value for line in written(name, value[name], style)]
        return [f"{key}:", *(f"  {line}" for line in lines)]
    assert isinstance(value, Sequence)
    if value and isinstance(value[0], Mapping):
        indent = "  " if style.lists == "indented" else ""
        lines = [f"{key}:"]
        for entry in value:
            lines += [f"{indent}- status: {entry['status']}"]
            lines += [f"{indent}  at: {scalar(entry['at'], style.quote)}"]
        return lines
    if style.lists == "json" and value:
        return [f"{key}: {scalar(json.dumps(value), chr(39))}"]
    if style.lists == "commas" and value and not any("," in word for word in value):
        return [f"{key}: {scalar(', '.join(value), chr(39))}"]
    if style.lists == "flow" or not value:
        return [f"{key}: [{', '.join(scalar(word, style.quote) for word in value)}]"]
    indent = "  " if style.lists == "indented" else ""
    return [f"{key}:", *(f"{indent}- {scalar(word, style.quote)}" for word in value)]


def spec(said: Said, body: str, style: Style) -> bytes:
    """The file."""
    keys = [*reversed([*said])] if style.reverse else [*said]
    lines = ["---"]
    for key in keys:
        lines += [f"# about {key}"] if style.comments else []
        lines += written(key, said[key], style)
    status = "planned" if style.stale else str(said["status"])
    title = ["# A title", ""] + ([f"> **Status**: {LABELS.get(status, status)}", ""] if style.line else [])
    text = "\n".join([*lines, "---", "", *title, body]) + ("\n" if style.final else "")
    return (("\ufeff" if style.bom else "") + text).replace("\n", style.newline).encode()


styles = st.builds(
    Style,
    quote=st.sampled_from(["", "'", '"']),
    lists=st.sampled_from(["flush", "indented", "flow", "commas", "json"]),
    comments=st.booleans(),
    reverse=st.booleans(),
    newline=st.sampled_from(["\n", "\n", "\r\n"]),
    final=st.booleans(),
    bom=st.sampled_from([False, False, True]),
    line=st.booleans(),
    stale=st.booleans(),
)
words = st.lists(st.sampled_from(WORDS), unique=True, max_size=4)
stamps = st.sampled_from([DAY.format(day) for day in range(1, 6)])
logs = st.lists(
    st.fixed_dictionaries({"status": st.sampled_from(STATUSES), "at": stamps}),
    min_size=1,
    max_size=3,
    unique_by=lambda entry: (entry["status"], entry["at"]),
).map(lambda log: sorted(log, key=lambda entry: entry["at"]))
KEYS = {
    "created": st.sampled_from(["2026-01-01", "2026-01-02"]),
    "priority": st.sampled_from(["low", "medium", "high"]),
    "tags": words,
    "depends_on": words,
    "assignee": st.sampled_from(["ada", "bob", "Marvin Zhang", ""]),
    "updated_at": stamps,
    "transitions": logs,
    "milestone": st.sampled_from(["v1.0", "it's: #2", "yes", "a b"]),
    "Status": st.sampled_from(["planned", "complete"]),
    "tags-old": st.sampled_from(["api", "cli"]),
    "custom": st.sampled_from([{"a": "x"}, {"a": {"b": "x"}, "c": "z"}, {"tags": {"status": "y"}}]),
}
saids = st.fixed_dictionaries({"status": st.sampled_from(STATUSES)}, optional=KEYS)
bodies = st.sampled_from(
    ["One.\n\nTwo.\n\nThree.", "Uno.\n\nTwo.\n\nThree.", "One.\n\nTwo.\n\nTres.", "Other."]
)


@st.composite
def edited(draw: st.DrawFn, said: Said) -> dict[str, object]:
    """The same with some keys changed, added and removed."""
    new = dict(said)
    for key in draw(st.lists(st.sampled_from(["status", *KEYS]), max_size=4, unique=True)):
        if key != "status" and key in new and draw(st.booleans()):
            del new[key]
        else:
            new[key] = draw(KEYS[key] if key in KEYS else st.sampled_from(STATUSES))
    return new


@dataclass(frozen=True)
class Three:
    """What base, ours and theirs say, and their bytes."""

    said: tuple[Said, Said, Said]
    data: tuple[bytes, bytes, bytes]


@st.composite
def threes(draw: st.DrawFn) -> Three:
    """Two edits of one spec, each side maybe written anew in a style of its own."""
    base = draw(saids)
    said: tuple[Said, Said, Said] = (base, draw(edited(base)), draw(edited(base)))
    first = draw(styles)
    each = [first, *(first if draw(st.booleans()) else draw(styles) for _ in range(2))]
    data = [spec(dict(one), draw(bodies), style) for one, style in zip(said, each, strict=True)]
    if draw(st.integers(0, 7)) == 0:
        return Three(({}, said[1], said[2]), (b"", data[1], data[2]))  # both sides added the file
    return Three(said, (data[0], data[1], data[2]))
