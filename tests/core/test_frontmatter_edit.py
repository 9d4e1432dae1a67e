"""Edits, style by style: what changes is the value, and nothing beside it."""

from __future__ import annotations

import pytest
import yaml

from lspec_git.core.frontmatter import edit, values
from lspec_git.core.spec import tag_field
from tests.core.test_frontmatter import read, spec


def changed(before: str, **fields: str | None) -> str:
    return edit(read(before), {name.replace("__", ":"): value for name, value in fields.items()}).decode()


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("priority: low\n", "priority: high\n"),
        ("priority: low   # why\n", "priority: high   # why\n"),
        ("priority: 'low'\n", "priority: 'high'\n"),
        ('priority: "low"\r\n', 'priority: "high"\r\n'),
        ("priority:\n  low\n", "priority:\n  high\n"),
        ("priority:\n", "priority: high\n"),
        ("priority:   # none yet\n", "priority: high   # none yet\n"),
        ("priority: ~\n", "priority: high\n"),
        ("'priority' : low\n", "'priority' : high\n"),
        ("priority: |\n  low\n", "priority: high\n"),
        ("priority: 'lo\n  w'\n", "priority: 'high'\n"),
    ],
)
def test_a_scalar_keeps_its_style(line: str, after: str) -> None:
    assert changed(spec(line), priority="high") == spec(after)


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ("Ada Test", "Ada Test"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("#b", "'#b'"),
        ("it's", "it's"),
        ("'s", "'''s'"),
        ("yes", "'yes'"),
        ("~", "'~'"),
        ("1.0", "'1.0'"),
        ("1e3", "'1e3'"),
        ("0o17", "'0o17'"),
        ("12:30", "'12:30'"),
        ("2026-01-02", "'2026-01-02'"),
        ("- x", "'- x'"),
        ("---", "'---'"),
        ("a:", "'a:'"),
        ("@ada", "'@ada'"),
        ("-x", "-x"),
        ("{{x}}", "'{{x}}'"),
        ("a\nb", '"a\\nb"'),
        ("bell\x07, nel\x85, ls\u2028, bom\ufeff!", '"bell\\u0007, nel\\x85, ls\\u2028, bom\\ufeff!"'),
        ("🗓️ é", "🗓️ é"),
    ],
)
def test_a_value_is_quoted_where_some_reader_needs_it(value: str, raw: str) -> None:
    after = changed(spec("assignee: x\n"), assignee=value)
    assert after == spec(f"assignee: {raw}\n")
    assert values(read(after), "x")["assignee"] == value
    assert yaml.safe_load(after.split("---\n")[1])["assignee"] == value


def test_what_no_spec_can_hold_is_left_out() -> None:
    assert changed(spec("assignee: x\n"), assignee=" a\0\ud800 ") == spec("assignee: a?\n")
    assert changed(spec(""), title="two\r\n lines\n") == spec("", "\n# two lines\n")


@pytest.mark.parametrize(
    ("keys", "field", "value", "after"),
    [
        ("priority: low\n", "assignee", "ada", "priority: low\nassignee: ada\n"),
        ("assignee: a\nzz: 1\n", "priority", "low", "priority: low\nassignee: a\nzz: 1\n"),
        (
            "tags:\n  - a\n  # c\n\n# of zz\nzz: 1\n",
            "parent",
            "x",
            "tags:\n  - a\nparent: x\n  # c\n\n# of zz\nzz: 1\n",
        ),
        ("transitions: []\nzz: 1\n", "area", "x", "transitions: []\nzz: 1\narea: x\n"),
        ("zz: 1\r\n", "area", "x", "zz: 1\r\narea: x\r\n"),
        ("priority: low\n", "due", "2026-01-03", "priority: low\ndue: '2026-01-03'\n"),
        ("", "my key: #1", "x", "'my key: #1': x\n"),
    ],
)
def test_a_new_key_goes_where_leanspec_puts_it(keys: str, field: str, value: str, after: str) -> None:
    assert edit(read(spec(keys)), {field: value}).decode() == spec(after)


def test_several_new_keys_keep_leanspecs_order() -> None:
    after = edit(
        read(spec("")), {"zz": "1", "due": "2026-01-03", "tags:a": "a", "priority": "low", "parent": "p"}
    )
    assert after.decode() == spec(
        "priority: low\ntags:\n- a\nparent: p\ndue: '2026-01-03'\nzz: '1'\n"
    ).replace("\n- a", "\n  - a")


def test_a_new_key_of_an_indented_frontmatter() -> None:
    before = "---\n  status: planned\n  created: 2026-01-02\n---\n# T\n"
    after = edit(read(before), {"tags:a": "A", "due": "2026-01-03"}).decode()
    assert after == before.replace("-02\n", "-02\n  tags:\n  - A\n  due: 2026-01-03\n")


@pytest.mark.parametrize(
    ("keys", "after"),
    [
        ("# above\npriority: low # own\n# below\nx: 1\n", "# above\n# below\nx: 1\n"),
        ("priority: |\n  low\n\nx: 1\n", "\nx: 1\n"),
        ("x: 1\npriority: low\n", "x: 1\n"),
        ("priority:\r\n  low\r\nx: 1\r\n", "x: 1\r\n"),
    ],
)
def test_a_removed_key_takes_its_own_lines_only(keys: str, after: str) -> None:
    assert changed(spec(keys), priority=None) == spec(after)


def test_removing_what_is_absent_and_setting_what_is_there_change_nothing() -> None:
    text = "---\nstatus: completed\npriority: URGENT\ntags: [Api]\n---\n# T ##\n"
    same = edit(
        read(text),
        {
            "status": "complete",
            "priority": "critical",
            "due": None,
            "tags:x": None,
            "tags:api": "Api",
            "title": "T",
        },
    )
    assert same.decode() == text


def test_a_status_cannot_be_removed() -> None:
    with pytest.raises(ValueError, match="without a status"):
        changed(spec(""), status=None)


@pytest.mark.parametrize(
    ("before", "added", "removed"),
    [
        ("tags:\n- a\n- b\n", "tags:\n- a\n- b\n- C d\n", "tags:\n- b\n"),
        ("tags:\n  - a # x\n  - b\n", "tags:\n  - a # x\n  - b\n  - C d\n", "tags:\n  - b\n"),
        ("tags:\n  -   'a'\n  -   'b'\n", "tags:\n  -   'a'\n  -   'b'\n  -   'C d'\n", "tags:\n  -   'b'\n"),
        ("tags:\r\n- a\r\n- b\r\n", "tags:\r\n- a\r\n- b\r\n- C d\r\n", "tags:\r\n- b\r\n"),
        ("tags: # x\n# y\n- a\n- b\n", "tags: # x\n# y\n- a\n- b\n- C d\n", "tags: # x\n# y\n- b\n"),
        ("tags:\n- a\n", "tags:\n- a\n- C d\n", "tags: []\n"),
        ("tags:   # x\n- a\n# z\n", "tags:   # x\n- a\n- C d\n# z\n", "tags: []   # x\n# z\n"),
        ("tags: [a, b]\n", "tags: [a, b, C d]\n", "tags: [b]\n"),
        ('tags: ["a","b"]\n', 'tags: ["a","b","C d"]\n', 'tags: ["b"]\n'),
        ("tags: ['a', 'b']  # x\n", "tags: ['a', 'b', 'C d']  # x\n", "tags: ['b']  # x\n"),
        ("tags: [a]\n", "tags: [a, C d]\n", "tags: []\n"),
        ("tags: [a,]\n", "tags: [a, C d,]\n", "tags: []\n"),
        ("tags: [\n  a, # x\n  b\n  ]\n", "tags: [\n  a, # x\n  b,\n  C d\n  ]\n", "tags: [\n  b\n  ]\n"),
        ("tags: [b, a]\n", "tags: [b, a, C d]\n", "tags: [b]\n"),
        ("tags: [A, b, a]\n", "tags: [A, b, a, C d]\n", "tags: [b]\n"),
        ("tags: []\n", "tags: [C d]\n", "tags: []\n"),
        ("tags: [ ]\n", "tags: [C d]\n", "tags: [ ]\n"),
        ('tags: \'["a","b"]\'\n', 'tags: \'["a","b","C d"]\'\n', "tags: '[\"b\"]'\n"),
        ('tags: \'["a", "b"]\'\n', 'tags: \'["a", "b", "C d"]\'\n', "tags: '[\"b\"]'\n"),
        ("tags: a, b\n", "tags: a, b, C d\n", "tags: b\n"),
        ('tags: "a,b"\n', 'tags: "a,b,C d"\n', 'tags: "b"\n'),
        ("tags: a\n", "tags: a, C d\n", "tags: []\n"),
        ("tags:\n", "tags: [C d]\n", "tags:\n"),
        ("tags:  # x\n", "tags: [C d]  # x\n", "tags:  # x\n"),
        ("tags: ~\n", "tags: [C d]\n", "tags: ~\n"),
        ("", "tags:\n  - C d\n", ""),
        ("depends_on: [x]\n", "tags: [C d]\ndepends_on: [x]\n", "depends_on: [x]\n"),
        ("depends_on:\n- x\n", "tags:\n- C d\ndepends_on:\n- x\n", "depends_on:\n- x\n"),
    ],
)
def test_tags_are_added_and_removed_in_their_own_style(before: str, added: str, removed: str) -> None:
    assert edit(read(spec(before)), {"tags:c d": "C d"}).decode() == spec(added)
    assert edit(read(spec(before)), {"tags:a": None}).decode() == spec(removed)


@pytest.mark.parametrize(
    "tag", ["yes", "1.0", "a, b", "a: b", "[x]", "it's", '"', "#1", "x]", "2026-01-02", "é"]
)
@pytest.mark.parametrize(
    "style",
    ["tags:\n- a\n", "tags: [a]\n", "tags: a\n", "tags: a,b\n", "tags: '[\"a\"]'\n", "tags: []\n", ""],
)
def test_an_awkward_tag_reads_back(style: str, tag: str) -> None:
    doc = read(spec(style))
    after = read(edit(doc, {tag_field(tag): tag}))
    assert values(after, "x") == values(doc, "x") | {tag_field(tag): tag}
    found = yaml.safe_load(after.text.split("---\n")[1])["tags"]
    assert isinstance(found, str) or all(isinstance(word, str) for word in found)
    assert values(read(edit(after, {tag_field(tag): None})), "x") == values(doc, "x")


def test_a_tag_is_respelled_where_it_stands() -> None:
    assert changed(spec("tags: [api, 'b', API]\n"), tags__api="Api") == spec("tags: [Api, 'b', API]\n")
    assert changed(spec("tags: a,b\n"), tags__a="A") == spec("tags: A,b\n")


def test_tags_are_added_and_removed_at_once() -> None:
    for style in ("tags:\n- a\n- b\n- c\n", "tags: [a, b, c]\n", "tags: a,b,c\n"):
        after = edit(read(spec(style)), {"tags:a": None, "tags:c": None, "tags:b": "B", "tags:d": "d"})
        assert after.decode() in {spec("tags:\n- B\n- d\n"), spec("tags: [B, d]\n"), spec("tags: B,d\n")}


def test_other_sets_are_edited_alike() -> None:
    after = changed(spec("depends_on:\n  - 001-a\n"), depends_on__002_b="x").replace("x\n", "002-b\n")
    assert after == spec("depends_on:\n  - 001-a\n  - 002-b\n")


def test_a_custom_list_stays_a_list() -> None:
    before = spec("areas:\n- a # x\n- b\n")
    assert changed(before, areas="a, c") == spec("areas:\n- a # x\n- c\n")
    assert changed(before, areas="b, a") == spec("areas:\n- b\n- a\n")
    assert changed(before, areas="a,  b") == spec("areas: a,  b\n")
    assert changed(spec("areas:\n  x: 1\ny: 2\n"), areas="a") == spec("areas: a\ny: 2\n")


@pytest.mark.parametrize(
    ("body", "title", "after"),
    [
        ("# A title\n", "New: one #1", "# New: one #1\n"),
        ("\n   #  A title  ##  \r\nx", "New", "\n   #  New  ##  \r\nx"),
        ("# A title", "New #", "# New # #"),
        ("# A title #\n", "New #", "# New # #\n"),
        ("# A title\n", "##", "# ##\n"),
        ("```\n# A title\n```\n# B\n", "C", "```\n# A title\n```\n# C\n"),
    ],
)
def test_a_title_is_set_in_the_heading(body: str, title: str, after: str) -> None:
    assert changed(spec("", body), title=title) == spec("", after)
    assert values(read(spec("", after)), "x")["title"] == title


def test_a_title_key_is_set_and_made_where_it_is_needed() -> None:
    assert changed(spec('title: "Old"\nx: 1\n'), title="New") == spec('title: "New"\nx: 1\n')
    assert changed(spec("title: Old\n"), title=None) == spec("")
    assert changed(spec("x: 1\n", "text\n"), title="a: b") == spec("x: 1\ntitle: 'a: b'\n", "text\n")
    assert changed(spec("title:\n", "text\n"), title="New") == spec("title: New\n", "text\n")
    assert changed(spec("", "text\n"), title="007-a-spec") == spec("", "text\n")
    assert changed(spec(""), title=None) == spec("")
