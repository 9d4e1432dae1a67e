"""What is read as a spec, what is not and where it breaks, and what is merely odd."""

from __future__ import annotations

from pathlib import Path

import pytest

from lspec_git.core.frontmatter import MAX_SIZE, Document, entries, heading, link_of, notices, parse, values
from lspec_git.core.spec import Problem

PATH = "specs/20251103/007-a-spec/README.md"


def read(text: str | bytes) -> Document:
    found = parse(text.encode() if isinstance(text, str) else text, PATH)
    assert isinstance(found, Document), found
    return found


def spec(keys: str, body: str = "\n# A title\n") -> str:
    return f"---\nstatus: planned\ncreated: '2026-01-02'\n{keys}---\n{body}"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (b"", (1, 1), "no frontmatter"),
        (b"# T\n\n**Status**: Complete\n", (1, 1), "no frontmatter"),
        (b"---\nstatus: planned\n# T\n", (1, 1), "closes the frontmatter"),
        (b"---\n---\n# T\n", (1, 4), "not a list of `key: value`"),
        (b"---\n- a\n---\n", (2, 1), "not a list of `key: value`"),
        (b"---\n{status: planned}\n---\n", (2, 1), "in braces"),
        (b"---\n? status\n: planned\n---\n", (2, 3), "written with `?`"),
        (b"---\nstatus: planned\n[a]: b\n---\n", (3, 1), "a key is not one word"),
        (b"---\ncreated: 1\n---\n", (2, 1), "no `status` key"),
        (b"---\ncreated: 1\nstatus:\n---\n", (3, 1), "`status` has no value"),
        (b"---\nstatus: [a]\n---\n", (2, 1), "not one word"),
        (b"---\nstatus: planned\ntags: [a]\nstatus: complete\n---\n", (4, 1), "`status` occurs twice"),
        (b"---\nstatus: planned\nx: {a: 1, a: 2}\n---\n", (3, 11), "`a` occurs twice"),
        (b"---\nstatus: planned\nt: '2'\n  - orphan\n---\n", (4, 3), "invalid YAML"),
        (b"---\r\nstatus: planned\r\nt: [a\r\n---\r\n", (4, 1), "invalid YAML"),
        ("---\nstatus: planned\nx: é\x07\n---\n".encode(), (3, 5), "characters are not allowed"),
        (b"---\nstatus: planned\nx: \0\n---\n", (3, 4), "NUL"),
        (b"---\nstatus: pl\xe4nned\n---\n", (2, 11), "not UTF-8 (byte 14"),
        (b"---\nstatus: planned\n<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> x\n---\n", (3, 1), "conflict"),
        (b"<<<<<<< ours\n---\nstatus: planned\n=======\n---\n>>>>>>> x\n", (1, 1), "conflict"),
        (b"---\nstatus: planned\n---\nx\n<<<<<<< a\r\n=======\r\n>>>>>>> b\r\n", (5, 1), "conflict"),
        (b"---\nstatus: planned\n=======\n---\n", (3, 1), "conflict"),
        (b"---\nstatus: &x planned\ny: *x\n---\n", (2, 9), "anchors and aliases"),
        (b"---\nstatus: !!str planned\n---\n", (2, 9), "the YAML tag"),
        (b"---\nstatus: planned\nx: !mine y\n---\n", (3, 4), "the YAML tag !mine"),
        (b"---\nstatus: planned\nx: " + b"[" * 900 + b"\n---\n", (3, 53), "nested deeper"),
        (b"---\nstatus: planned\nx: " + b"- " * 30_000 + b"\n---\n", (3, 4), "invalid YAML"),
        (b"---\nstatus: planned\nx:\n " + b"- " * 30_000 + b"\n---\n", (4, 100), "nested deeper"),
        (b"---\nstatus: planned\nx: " + b"a" * 70_000 + b"\n---\n", (1, 1), "frontmatter of more than"),
        (b"---\nstatus: planned\n---\n" + b"a" * MAX_SIZE, (1, 1), "larger than 1,000,000"),
    ],
)
def test_what_cannot_be_read_says_where(text: bytes, place: tuple[int, int], words: str) -> None:
    found = parse(text, PATH)
    assert isinstance(found, Problem)
    assert (found.line, found.column) == place
    assert words in found.message
    assert found.fatal
    assert found.path == PATH


def test_brackets_without_end_are_refused() -> None:
    """libyaml 0.2.6 gives up at 1,000 of them before its first event; older ones let us count."""
    found = parse(b"---\nstatus: planned\nx: " + b"[" * 60_000 + b"\n---\n", PATH)
    assert isinstance(found, Problem)
    assert found.line == 3
    assert "nest" in found.message


def test_deep_indentation_is_refused() -> None:
    deep = "".join(f"{' ' * level}a:\n" for level in range(200))
    found = parse(spec(deep).encode(), PATH)
    assert isinstance(found, Problem)
    assert "nested deeper" in found.message


@pytest.mark.parametrize(
    "text",
    [
        "---\r\nstatus: planned\r\n---\r\n\r\n# A title\r\n",
        "\ufeff---\nstatus: planned\n---\n\n# A title",
        "---\nstatus: planned\n---\n# A title\r\nx\r\n",
        "---  \nstatus: planned # now\n---\t\n# A title ##  \n",
        "---\n  status: planned\n  x:\n    y: 1\n---\n# A title\n",
        "---\n\n# a comment\nstatus: 'planned'\n\n---\n# A title\n",
        '---\n"status": "planned"\n---\nintro\n   # A title\n',
    ],
)
def test_every_line_style_is_read_and_kept(text: str) -> None:
    doc = read(text)
    assert doc.encode() == text.encode()
    assert values(doc, "007-a-spec") == {"status": "planned", "title": "A title"}


def test_a_heading_of_equal_signs_is_no_conflict() -> None:
    assert heading(read(spec("", "Setext\n=======\n\n# A title\n"))) is not None


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("# $O(n)$ and `code` #1\n", "$O(n)$ and `code` #1"),
        ("# Closed ##  \n", "Closed"),
        ("# C#\n", "C#"),
        ("#\tTab\n", "Tab"),
        ("#no space\n## second\n# Real\n", "Real"),
        ("```md\n# no\n```\n# Real\n", "Real"),
        ("~~~~\n# no\n~~~\n# no\n~~~~\n# Real\n", "Real"),
        ("``` inline ```\n# Real\n", "Real"),
        ("    # indented code\n# Real\n", "Real"),
        ("```\n# never closed\n", "007-a-spec"),
        ("#  \n", "007-a-spec"),
        ("no heading\n", "007-a-spec"),
    ],
)
def test_the_title_is_the_first_heading_outside_of_fences(body: str, title: str) -> None:
    assert values(read(spec("", body)), "007-a-spec")["title"] == title


def test_a_title_key_beats_the_heading() -> None:
    assert values(read(spec('title: "Say: \\"yes\\""\n')), "x")["title"] == 'Say: "yes"'
    assert values(read(spec("title:\n")), "x")["title"] == "A title"


@pytest.mark.parametrize(
    "style",
    [
        "tags:\n- api\n- Web UI\n",
        "tags:\n  - api\n  # of the front end\n  - 'Web UI'   # c\n",
        "tags: [api, Web UI]\n",
        'tags: ["api","Web UI"]\n',
        "tags: [\n  api,\n  Web UI,\n]\n",
        'tags: \'["api","Web UI"]\'\n',
        "tags: api, Web UI\n",
        "tags: 'api,Web UI'\n",
        "tags: [api, Web UI, API, ~, '']\n",
    ],
)
def test_tags_in_every_style(style: str) -> None:
    found = values(read(spec(style)), "x")
    assert {key: value for key, value in found.items() if key.startswith("tags:")} == {
        "tags:api": "api",
        "tags:web ui": "Web UI",
    }


@pytest.mark.parametrize("style", ["tags:\n", "tags: []\n", "tags: ~\n", "tags: ''\n", "tags: {a: b}\n", ""])
def test_no_tags_in_every_style(style: str) -> None:
    assert not [key for key in values(read(spec(style)), "x") if key.startswith("tags:")]


def test_values_are_strings_and_absent_ones_are_left_out() -> None:
    keys = (
        "priority: Urgent\nassignee: yes\ndue: 2026-02-03\nparent: null\nepic: 'null'\nissue: #123\n"
        "points: 1.0\nareas: [a, b]\nnested: {a: [1]}\nlong: |\n  two\n  lines\nempty: []\n"
    )
    custom = ("points", "areas", "nested", "long", "empty", "missing")
    assert values(read(spec(keys)), "x", custom) == {
        "status": "planned",
        "title": "A title",
        "priority": "critical",
        "assignee": "yes",
        "due": "2026-02-03",
        "epic": "null",
        "points": "1.0",
        "areas": "a, b",
        "nested": '{"a": ["1"]}',
        "long": "two\nlines",
    }


@pytest.mark.parametrize(
    ("raw", "normal"), [("In_Progress", "in-progress"), ("completed", "complete"), ("'On hold'", "On hold")]
)
def test_status_aliases(raw: str, normal: str) -> None:
    assert values(read(f"---\nstatus: {raw}\n---\n# T\n"), "x")["status"] == normal


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("issue: #123\n", None),
        ("issue: 123\n", "123"),
        ("issue: 'gh#1'\n", "gh#1"),
        ("issue:\n", None),
        ("", None),
    ],
)
def test_the_issue_key(line: str, link: str | None) -> None:
    assert link_of(read(spec(line))) == link


def test_notices_name_the_line() -> None:
    text = (
        "---\nstatus: superseded\npriority: hi\ntags: a, b\nissue: 12\npr: #7\n---\n\n# T\n\n"
        "> **Status**: 📅 Planned · **Priority**: High\n"
    )
    found = [(notice.line, notice.column, notice.message.split(":")[0]) for notice in notices(read(text))]
    assert found == [
        (2, 1, "no `created` date"),
        (2, 9, "unknown status `superseded`"),
        (3, 11, "unknown priority `hi`"),
        (4, 7, "`tags` is a string"),
        (5, 8, "LeanSpec's `update` deletes a number here"),
        (6, 4, "`pr"),
        (11, 15, "this line says `Planned`, the frontmatter says `superseded`"),
        (11, 41, "this line says priority `High`, the frontmatter says `hi`"),
    ]
    assert not any(notice.fatal for notice in notices(read(text)))


def test_a_spec_without_a_title_is_odd_and_a_good_one_is_not() -> None:
    assert [notice.message for notice in notices(read(spec("", "text\n")))] == [
        "no `# title`: the directory's name stands in for it"
    ]
    good = "\n# T\n\n> **Status**: 🗓️ Planned · **Priority**: High\n\n```\n> **Status**: Complete\n```\n"
    assert notices(read(spec("priority: high\n", good))) == ()


def test_a_status_line_that_is_not_right_behind_the_title_is_no_status_line() -> None:
    body = "# T\n\ntext\n\n> **Status**: Complete\n\n```\n> **Status**: Complete\n```\n"
    assert notices(read(spec("", body))) == ()


def test_spans_are_exact() -> None:
    doc = read(spec("tags: # of it\n- a\n# b's\n- b # c\n\n# of x\nx: |\n  one\n\n# of y\ny:\n"))
    found = entries(doc)
    assert list(found) == ["status", "created", "tags", "x", "y"]
    cut = {name: doc.text[slice(*entry.lines)] for name, entry in found.items()}
    assert cut["tags"] == "tags: # of it\n- a\n# b's\n- b # c\n"
    assert cut["x"] == "x: |\n  one\n"
    assert cut["y"] == "y:\n"
    assert doc.text[slice(*found["created"].value)] == "'2026-01-02'"
    assert doc.text[slice(*found["x"].key)] == "x"


def test_the_requests_own_frontmatter(shared: Path) -> None:
    data = (shared / "request.md").read_bytes()
    expected = {"status": "planned", "priority": "high", "title": "External PM Systems Integration"}
    tags = {f"tags:{tag}": tag for tag in ("integration", "pm", "github", "jira", "ado")}
    assert values(read(data), "x") == expected | tags
    assert notices(read(data)) == ()
    garbled = data.decode("cp1252").encode()
    assert values(read(garbled), "x") == expected | tags
    assert notices(read(garbled)) == ()
