"""The splice law over frontmatters of every style: an edit leaves every byte outside of its span alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.core.frontmatter import edit, normal_value, pulled, values
from lspec_git.core.spec import tag_field
from tests.core.test_frontmatter import read

AWKWARD = (
    *(
        "yes",
        "1.0",
        "a: b",
        "a #b",
        "#1",
        "- x",
        "'",
        '"',
        "a, b",
        "[x]",
        "{x}",
        "null",
        "~",
        "2026-01-02",
        "x:",
    ),
    *(
        "!x",
        "&x",
        "*x",
        "@x",
        "`x`",
        "%x",
        "\\n",
        "C#",
        "a #",
        "12:30",
        "---",
        "x\ty",
        "🗓️",
        "\u2028x",
        "a\x85b",
    ),
    *("=======", "<<<<<<< x", "? x", ": x", "on", "0x1f", "<<", "=", "a]", "..."),
)
NAME = "007-a-spec"
LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
TEXTS = st.one_of(st.sampled_from(AWKWARD), LETTERS)
WORDS = st.text("abcdefgh", min_size=3, max_size=8).filter(lambda word: word not in ("false",))


@dataclass(frozen=True)
class Chunk:
    """A piece of the file: the key whose value it is, or nothing for what no edit may touch."""

    key: str
    text: str


@dataclass(frozen=True)
class Made:
    chunks: tuple[Chunk, ...]
    expected: dict[str, str]

    @property
    def data(self) -> bytes:
        return "".join(chunk.text for chunk in self.chunks).encode()


def quoted(text: str, style: str) -> str:
    if style == "'":
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text) if style == '"' else text


STYLES = st.sampled_from(["", "'", '"'])


@st.composite
def tag_lists(draw: st.DrawFn, tags: list[str]) -> str:
    style = draw(STYLES)
    words = [quoted(tag, style) for tag in tags]
    comma = draw(st.sampled_from([",", ", "]))
    block = "\n{0}- {1}".format
    indent = " " * draw(st.sampled_from([0, 2, 4]))
    noted = draw(st.sampled_from(["", " # note", f"\n{indent}# between"]))
    forms = [
        "".join(block(indent, word) for word in words),
        "".join(block(indent, word) + (noted if number == 0 else "") for number, word in enumerate(words)),
        " [" + comma.join(words) + "]",
        " [\n  " + ",\n  ".join(words) + "\n  ]",
        " '" + json.dumps(tags, separators=(comma, ":")) + "'",
        " " + comma.join(tags),
        " '" + comma.join(tags) + "'",
    ]
    if not tags:
        return draw(st.sampled_from([" []", "", " ~", " ''", " [ ]", " '[]'"]))
    return draw(st.sampled_from(forms))


@st.composite
def specs(draw: st.DrawFn) -> Made:
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    body_newline = draw(st.sampled_from(["\n", "\r\n"]))
    tags = draw(st.lists(WORDS, unique=True, max_size=4))
    scalars = {"status": draw(st.sampled_from(["planned", "in-progress", "complete"]))}
    for key in draw(
        st.lists(st.sampled_from(["priority", "assignee", "due", "area", "parent"]), unique=True)
    ):
        scalars[key] = draw(WORDS)
    keys = {key: f" {quoted(value, draw(STYLES))}" for key, value in scalars.items()}
    keys |= {"created": " 2026-01-02", "nested": "\n  x: [1, {y: 2}]\n  z: |\n    a\n\n    b"}
    has_tags = draw(st.booleans())
    if has_tags:
        keys["tags"] = draw(tag_lists(tags))
    chunks = [Chunk("", draw(st.sampled_from(["---", "\ufeff---", "--- "])) + newline)]
    for key in draw(st.permutations(list(keys))):
        if draw(st.booleans()):
            chunks.append(Chunk("", draw(st.sampled_from(["# of the next", "", "  # indented"])) + newline))
        note = draw(st.sampled_from(["", "  # own note"]))
        of_item = note if keys[key].startswith("\n") else ""  # a block's last note goes with the last item
        chunks.append(Chunk(key, (f"{key}:{keys[key]}{of_item}").replace("\n", newline)))
        chunks.append(Chunk("", note[len(of_item) :] + newline))
    chunks.append(Chunk("", f"---{newline}"))
    title = draw(st.none() | WORDS)
    fence = f"```{body_newline}# no title{body_newline}```{body_newline}"
    chunks.append(Chunk("", draw(st.sampled_from(["", body_newline, fence]))))
    if title:
        chunks.append(Chunk("title", title_line(draw, title)))
    chunks.append(
        Chunk("", draw(st.sampled_from(["", body_newline, f"{body_newline}> **Status**: planned\nx"])))
    )
    expected = scalars | {"title": title or NAME}
    if has_tags:
        expected |= {tag_field(tag): tag for tag in tags}
    return Made(tuple(chunks), expected)


def title_line(draw: st.DrawFn, title: str) -> str:
    return draw(st.sampled_from(["# {}", "  #  {}", "# {} ##", "# {}   "])).format(title)


def assert_outside_is_kept(made: Made, after: bytes, key: str) -> None:
    """Before and behind the key's chunk every byte is the same; a new key is one insertion."""
    where = [index for index, chunk in enumerate(made.chunks) if chunk.key == key]
    if where:
        head = "".join(chunk.text for chunk in made.chunks[: where[0]]).encode()
        tail = "".join(chunk.text for chunk in made.chunks[where[0] + 1 :]).encode()
        assert after.startswith(head)
        assert after.endswith(tail)
        assert len(after) >= len(head) + len(tail)
        return
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(made.data, after, strict=False)))
    assert after.endswith(made.data[same:])
    assert len(after) - len(made.data) >= 0


def custom_values(data: bytes) -> dict[str, str]:
    return values(read(data), NAME, ["area"])


def in_plain_yaml(data: bytes) -> Any:
    """The frontmatter as a reader sees it that makes dates, numbers and booleans."""
    doc = read(data)
    return yaml.safe_load(doc.text[slice(*doc.block)])


@given(specs())
def test_what_was_written_is_read(made: Made) -> None:
    assert custom_values(made.data) == made.expected


@given(specs())
def test_setting_the_present_values_changes_nothing(made: Made) -> None:
    doc = read(made.data)
    assert edit(doc, made.expected | {"epic": None, "tags:zz": None}) == made.data
    assert pulled(doc, made.expected, "2026-11-22T08:00:00Z") == made.data


@given(specs(), st.sampled_from(["status", "priority", "assignee", "parent", "area", "title"]), TEXTS)
def test_a_scalar_edit_reads_back_and_touches_nothing_else(made: Made, key: str, text: str) -> None:
    value = normal_value(key, text)
    if not value:
        return
    after = edit(read(made.data), {key: value})
    assert custom_values(after) == made.expected | {key: value}
    assert_outside_is_kept(made, after, key)
    assert isinstance(in_plain_yaml(after).get(key, ""), str)
    back = edit(read(after), {key: made.expected.get(key)})
    assert custom_values(back) == made.expected


@given(specs(), st.sampled_from(["priority", "assignee", "parent", "area"]))
def test_a_removal_reads_back_and_keeps_the_other_lines(made: Made, key: str) -> None:
    after = edit(read(made.data), {key: None})
    assert custom_values(after) == {name: value for name, value in made.expected.items() if name != key}
    kept = made.data
    for index, chunk in enumerate(made.chunks):
        if chunk.key == key:
            kept = "".join(one.text for one in (*made.chunks[:index], *made.chunks[index + 2 :])).encode()
    assert after == kept


@given(specs(), TEXTS)
def test_a_tag_added_and_removed_again(made: Made, text: str) -> None:
    tag = normal_value("tags:", text)
    if not tag or tag_field(tag) in made.expected:
        return
    added = edit(read(made.data), {tag_field(tag): tag})
    assert custom_values(added) == made.expected | {tag_field(tag): tag}
    assert_outside_is_kept(made, added, "tags")
    assert all(isinstance(word, str) for word in in_plain_yaml(added)["tags"])
    removed = edit(read(added), {tag_field(tag): None})
    assert custom_values(removed) == made.expected
    assert_outside_is_kept(made, removed, "tags") if b"tags:" in made.data else None


@given(specs(), st.data())
def test_any_tags_are_removed(made: Made, data: st.DataObject) -> None:
    present = sorted(field for field in made.expected if field.startswith("tags:"))
    gone = data.draw(st.sets(st.sampled_from(present))) if present else set()
    after = edit(read(made.data), dict.fromkeys(gone))
    assert custom_values(after) == {name: value for name, value in made.expected.items() if name not in gone}
    assert_outside_is_kept(made, after, "tags")


@given(
    specs(),
    st.dictionaries(st.sampled_from(["status", "priority", "due", "title", "tags:zz", "tags:yy"]), WORDS),
)
def test_many_fields_at_once_are_one_after_the_other(made: Made, changes: dict[str, str]) -> None:
    wanted = {key: key[5:] if key.startswith("tags:") else value for key, value in changes.items()}
    one_by_one = made.data
    for key, value in wanted.items():
        one_by_one = edit(read(one_by_one), {key: value})
    at_once = edit(read(made.data), wanted)
    assert custom_values(at_once) == custom_values(one_by_one) == made.expected | wanted


@given(specs(), st.sampled_from(["draft", "planned", "in-progress", "complete", "archived"]))
def test_a_pull_changes_no_other_value(made: Made, status: str) -> None:
    after = pulled(read(made.data), {"status": status}, "2026-11-22T08:00:00.000Z")
    assert custom_values(after) == made.expected | {"status": status}
