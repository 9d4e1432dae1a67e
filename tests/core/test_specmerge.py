"""Shapes of frontmatter that are not plain, keys of other formats, and the line under the title."""

from __future__ import annotations

import pytest

from lspec_git.core.specmerge import Doubt, Result
from lspec_git.core.words import KINDS, Kind
from lspec_git.mergedriver import merge_files
from tests.mergedriver.scenes import edit

PATH = "specs/001-a-name/README.md"
BODY = "---\n\n# A name\n\nText.\n"


def merged(base: str, ours: str, theirs: str, kinds: dict[str, Kind] | None = None) -> Result:
    one, two, three = (f"---\n{each}{BODY}".encode() for each in (base, ours, theirs))
    return merge_files(one, two, three, PATH, style="merge", kinds={**KINDS, **(kinds or {})})


def block(base: str, ours: str, theirs: str, kinds: dict[str, Kind] | None = None) -> str:
    """The merged frontmatter, without conflicts."""
    result = merged(base, ours, theirs, kinds)
    assert not result.conflict, result.data.decode()
    return result.data.decode().removeprefix("---\n").removesuffix(BODY)


S = "status: planned\n"


@pytest.mark.parametrize("theirs", ["tags: api, cli\n", "tags: [api, cli]\n", 'tags: \'["api", "cli"]\'\n'])
def test_how_a_set_is_written_is_no_edit(theirs: str) -> None:
    base = f"{S}tags:\n- api\n- cli\n"
    assert block(base, f"{base}due: soon\n", f"{S}{theirs}") == f"{base}due: soon\n"
    assert block(base, f"{base}due: soon\n", f"{S}tags: cli, api\n") == f"{S}tags:\n- cli\n- api\ndue: soon\n"


CASES = {
    "a list here, a string there": (
        f"{S}tags:\n- a\n",
        f"{S}tags:\n- a\nx: y\n",
        f"{S}tags: a, b\n",
        f"{S}tags:\n- a\n- b\nx: y\n",
    ),
    "a list here, the same as a string there": (
        f"{S}tags:\n- a\n",
        f"{S}tags:\n- a\nx: y\n",
        f"{S}tags: a\ndue: soon\n",
        f"{S}tags:\n- a\ndue: soon\nx: y\n",
    ),
    "a remark of theirs": (
        f"{S}due: soon\n",
        f"{S}due: soon\nx: y\n",
        f"{S}due: now # really\nepic: e # new\n",
        f"{S}epic: e  # new\ndue: now  # really\nx: y\n",
    ),
    "a block scalar": (
        f"{S}why: |\n  one\n",
        f"{S}tags: [a]\nwhy: |\n  one\n",
        f"{S}why: |\n  two\n  three\n",
        f"{S}tags: [a]\nwhy: |\n  two\n  three\n",
    ),
    "a block scalar is added": (
        S,
        f"{S}milestone: x\n",
        f"{S}why: >-\n  one\n",
        f"{S}milestone: x\nwhy: >-\n  one\n",
    ),
    "a nested mapping": (
        f"{S}x:\n  a: 1\n",
        f"{S}x:\n  a: 1\nz: y\n",
        f"{S}x:\n  a: 2\n",
        f"{S}x:\n  a: 2\nz: y\n",
    ),
    "a flow list on lines": (
        f"{S}tags: [a,\n  b]\n",
        f"{S}tags: [a,\n  b]\ndue: 2026-01-01\n",
        f"{S}tags: [a, b, c]\n",
        f"{S}tags: [a, b, c]\ndue: 2026-01-01\n",
    ),
    "escapes": (f'{S}x: "a\\tb"\n', f'{S}x: "a\\tb"\nz: 1\n', f'{S}x: "c\\td"\n', f'{S}x: "c\\td"\nz: 1\n'),
    "a quoted key": (f"{S}'a b': c\n", f"{S}'a b': c\nz: 1\n", f"{S}'a b': d\n", f"{S}'a b': d\nz: 1\n"),
    "words between commas": (
        f"{S}tags: a, b\n",
        f"{S}tags: a, b, c\n",
        f"{S}tags: b, d\n",
        f"{S}tags: b, d, c\n",
    ),
    "commas here, lines there": (
        f"{S}tags: a, b\n",
        f"{S}tags: a, b, c\n",
        f"{S}tags:\n- a\n- d\n",
        f"{S}tags: a, d, c\n",
    ),
    "JSON in a string": (
        f"{S}tags: '[\"a\"]'\n",
        f'{S}tags: \'["a", "b"]\'\n',
        f'{S}tags: \'["a", "c"]\'\n',
        f'{S}tags: \'["a", "c", "b"]\'\n',
    ),
    "an empty list": (f"{S}tags: []\n", f"{S}tags: [a]\n", f"{S}tags:\n- b\n", f"{S}tags: [a, b]\n"),
    "a list that is null": (f"{S}tags:\n", f"{S}tags:\nx: y\n", f"{S}tags:\n- a\n", f"{S}tags:\n- a\nx: y\n"),
    "a list that is emptied": (
        f"{S}tags:\n- a\n",
        f"{S}tags:\n- a\nx: y\n",
        f"{S}tags: []\n",
        f"{S}tags: []\nx: y\n",
    ),
    "the last words of both": (f"{S}tags: [a, b]\n", f"{S}tags: [a]\n", f"{S}tags: [b]\n", f"{S}tags: []\n"),
    "tight commas": (
        f"{S}tags: [a,b]\n",
        f"{S}tags: [a,b,c]\n",
        f"{S}tags: [a,b,d]\n",
        f"{S}tags: [a,b,d,c]\n",
    ),
    "comments of items": (
        f"{S}tags:\n- a # x\n# y\n- b\n",
        f"{S}tags:\n- a # x\n# y\n- b\n- c\n",
        f"{S}tags:\n- b\n- d\n",
        f"{S}tags:\n# y\n- b\n- d\n- c\n",
    ),
    "a word that needs quotes": (
        f"{S}tags: [a]\n",
        f"{S}tags: [a]\nx: y\n",
        f"{S}tags:\n- a\n- 'c#'\n- 'yes'\n",
        f"{S}tags: [a, 'c#', 'yes']\nx: y\n",
    ),
    "a date keeps ours' quotes": (
        f"{S}due: '2026-01-01'\n",
        f"{S}due: '2026-01-01'\nx: y\n",
        f"{S}due: 2026-01-02\n",
        f"{S}due: '2026-01-02'\nx: y\n",
    ),
    "a date needs none": (
        f"{S}due: 2026-01-01\n",
        f"{S}due: 2026-01-01\nx: y\n",
        f"{S}due: '2026-01-02'\n",
        f"{S}due: 2026-01-02\nx: y\n",
    ),
    "a new date in ours' quotes": (
        f"{S}created: '2026-01-01'\n",
        f"{S}created: '2026-01-01'\nx: y\n",
        f"{S}created: 2026-01-01\ndue: 2026-01-02\n",
        f"{S}created: '2026-01-01'\ndue: '2026-01-02'\nx: y\n",
    ),
    "a new list in ours' indent": (
        f"{S}tags:\n  - a\n",
        f"{S}tags:\n  - a\nx: y\n",
        f"{S}tags:\n- a\nrelated:\n- b\n",
        f"{S}tags:\n  - a\nx: y\nrelated:\n  - b\n",
    ),
    "a new key between": (
        f"{S}created: 2026-01-01\nassignee: a\n",
        f"{S}created: 2026-01-01\nassignee: b\n",
        f"{S}created: 2026-01-01\nassignee: a\npriority: high\n",
        f"{S}created: 2026-01-01\npriority: high\nassignee: b\n",
    ),
    "a value that is emptied": (
        f"{S}due: 'x'\n",
        f"{S}due: 'x'\nx: y\n",
        f"{S}due:\n",
        f"{S}due: ''\nx: y\n",
    ),
    "a value that is filled": (
        f"{S}due: # when\n",
        f"{S}due: # when\nx: y\n",
        f"{S}due: soon\n",
        f"{S}due: soon # when\nx: y\n",
    ),
    "a null is a key": (S, f"{S}x: y\n", f"{S}assignee:\n", f"{S}assignee:\nx: y\n"),
    "a number that LeanSpec deletes": (f"{S}issue: 12\n", f"{S}issue: 12\nx: y\n", S, f"{S}x: y\n"),
    "transitions in braces": (
        f"{S}transitions: [{{status: planned, at: 2026-01-01}}]\n",
        f"{S}transitions: [{{status: planned, at: 2026-01-01}}]\nx: y\n",
        f"{S}transitions:\n- status: planned\n  at: 2026-01-01\n- status: draft\n  at: 2026-01-02\n",
        f"{S}transitions:\n- status: planned\n  at: 2026-01-01\n- status: draft\n  at: 2026-01-02\nx: y\n",
    ),
    "transitions in braces on both sides": (
        f"{S}transitions: [{{status: planned, at: 2026-01-01}}]\n",
        f"{S}transitions: [{{status: planned, at: 2026-01-01}}, {{status: draft, at: 2026-01-03}}]\n",
        f"{S}transitions:\n- status: planned\n  at: 2026-01-01\n- status: draft\n  at: 2026-01-02\n",
        f"{S}transitions:\n- status: planned\n  at: 2026-01-01\n"
        "- status: draft\n  at: 2026-01-02\n- status: draft\n  at: 2026-01-03\n",
    ),
    "the order of a list": (
        f"{S}tags: [a, b]\n",
        f"{S}tags: [a, b]\nx: y\n",
        f"{S}tags: [b, a]\n",
        f"{S}tags: [b, a]\nx: y\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_shapes(name: str) -> None:
    base, ours, theirs, expected = CASES[name]
    assert block(base, ours, theirs) == expected


def test_another_format_by_its_own_kinds() -> None:
    """No `status` is asked for; a list of authors between commas is a set because the caller says so."""
    base = "eip: 1\nauthor: A (@a), B (@b)\nupdated: 2026-01-01\n"
    ours = edit(base, ("B (@b)", "B (@b), C (@c)"), ("01-01", "01-03"))
    theirs = edit(base, ("A (@a), B", "A (@a), D (@d), B"), ("01-01", "01-02"))
    expected = "eip: 1\nauthor: A (@a), D (@d), B (@b), C (@c)\nupdated: 2026-01-03\n"
    assert block(base, ours, theirs, {"author": Kind.SET}) == expected
    assert merged(base, ours, theirs).conflict


def test_a_conflict_in_a_shape_that_is_not_plain() -> None:
    base, ours, theirs = (f"{S}why: |\n  {word}\nx: y\n" for word in ("one", "two", "three"))
    text = merged(base, ours, theirs).data.decode()
    assert f"{S}<<<<<<< ours\nwhy: |\n  two\n=======\nwhy: |\n  three\n>>>>>>> theirs\nx: y\n" in text


def test_a_key_that_one_side_removed_and_both_had_changed_lists_of() -> None:
    base, ours, theirs = f"{S}tags: [a, b]\n", S, f"{S}tags: [a, b, c]\n"
    assert (
        block(base, ours, theirs) == f"{S}tags:\n  - c\n" or block(base, ours, theirs) == f"{S}tags:\n- c\n"
    )


def test_a_new_key_between_two_conflicts() -> None:
    """They cannot share one."""
    base, ours = f"{S}created: a\nassignee: x\n", f"{S}created: b\nassignee: y\n"
    text = merged(base, ours, f"{S}created: c\npriority: low\nassignee: z\n").data.decode()
    assert "created: c\n>>>>>>> theirs\npriority: low\n<<<<<<< ours\nassignee: y\n" in text


def test_an_indented_frontmatter_is_left_to_git() -> None:
    with pytest.raises(Doubt, match="indented"):
        merged(f"  {S}", f"  {S}  x: y\n", "  status: draft\n")


LINE = "> **Status**: 📅 Planned · **Priority**: High · **Created**: 2026-01-01"
SPEC = f"---\n{S}priority: high\ntags: [a]\n---\n\n# A name\n\n{LINE}\n\nText.\n\nMore.\n"
OTHER, DRAFT = ("status: planned", "status: complete"), ("status: planned", "status: draft")
DONE = ("📅 Planned", "✅ Complete")


def text(ours: str, theirs: str, base: str = SPEC) -> str:
    return merge_files(base.encode(), ours.encode(), theirs.encode(), PATH, style="merge").data.decode()


LINES = {
    "theirs left it stale": ([("Text", "Text!")], [OTHER], "> **Status**: ✅ Complete · **Priority**: High"),
    "a remark stays": (
        [("📅 Planned", "📅 Planned (soon)"), ("tags: [a]", "tags: [b]")],
        [OTHER, DONE],
        "> **Status**: ✅ Complete (soon) · ",
    ),
    "a part of theirs' own comes along": (
        [("tags: [a]", "tags: [b]"), ("Text", "Text!")],
        [("2026-01-01", "2026-01-01 · **Owner**: Ada"), OTHER, DONE],
        "✅ Complete · **Priority**: High · **Created**: 2026-01-01 · **Owner**: Ada",
    ),
    "a priority that is gone": (
        [("priority: high\n", "")],
        [OTHER, DONE],
        "✅ Complete · **Created**: 2026-01-01",
    ),
}


@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
@pytest.mark.parametrize("name", LINES)
def test_the_line(name: str, turned: bool) -> None:
    one, other, expected = LINES[name]
    sides = [edit(SPEC, *one), edit(SPEC, *other)]
    found = text(*(reversed(sides) if turned else sides))
    assert "<<<<<<<" not in found
    assert expected in found


def test_the_line_is_as_stale_as_it_was_where_nobody_changed_its_field() -> None:
    base = edit(SPEC, ("📅 Planned", "✅ Complete"))
    found = text(edit(base, ("priority: high", "priority: low")), edit(base, ("Text", "Text!")), base)
    assert "> **Status**: ✅ Complete · **Priority**: Low · **Created**" in found


def test_what_both_wrote_into_the_line_is_gits_to_merge() -> None:
    one, other = (
        edit(SPEC, ("**Created**: 2026-01-01", f"**Created**: 2026-01-01 · **Owner**: {x}")) for x in "AB"
    )
    assert "<<<<<<< ours\n> **Status**" in text(one, other)


@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_a_line_that_one_side_removed_and_the_other_only_restated_goes(turned: bool) -> None:
    gone, moved = edit(SPEC, (f"{LINE}\n\n", "")), edit(SPEC, OTHER, DONE)
    assert text(*((moved, gone) if turned else (gone, moved))) == edit(gone, OTHER)
    written = edit(SPEC, ("📅 Planned", "📅 Planned (soon)"))
    assert "📅 Planned (soon)" in text(*((written, gone) if turned else (gone, written)))


def test_while_the_status_conflicts_the_line_says_ours() -> None:
    found = text(edit(SPEC, OTHER, DONE), edit(SPEC, DRAFT, ("📅 Planned", "📝 Draft")))
    assert "> **Status**: ✅ Complete · " in found
    assert found.count("<<<<<<<") == 1
