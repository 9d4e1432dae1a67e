"""The plain reader of frontmatter: what it takes, what it refuses, and that PyYAML would say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.core import plain, plain_yaml
from lspec_git.core.document import Data
from lspec_git.core.plain import Field
from tests.core.test_frontmatter_corpus import scratch, versions

__all__ = ["scratch", "versions"]


def values(block: str) -> dict[str, Data] | None:
    found = plain.read(block)
    return None if found is None else {field.name: field.value for field in found}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("", {}),
        ("a: b\n", {"a": "b"}),
        ("a: b # c\nd:\n", {"a": "b", "d": ""}),
        ("a: it''s\nb: 'it''s' # c\nc: \"x: y\"\n", {"a": "it''s", "b": "it's", "c": "x: y"}),
        ("a: ~\nb: null\nc: 'null'\nd: ''\n", {"a": "", "b": "", "c": "null", "d": ""}),
        ("# x\n\na: 2025-11-03\n  # y\n", {"a": "2025-11-03"}),
        ("a:\n- b\n# c\n- 'd'\ne: f\n", {"a": ["b", "d"], "e": "f"}),
        ("a:\n  - b # c\n\n  - d e\n", {"a": ["b", "d e"]}),
        ("a: [b, 'c d', \"e\"] # f\nb: []\n", {"a": ["b", "c d", "e"], "b": []}),
        (
            "a:\n- b: c\n  d: 2025-11-03T08:00:00Z\n- b: e\n",
            {"a": [{"b": "c", "d": "2025-11-03T08:00:00Z"}, {"b": "e"}]},
        ),
        ("a: b:c#d,e[f]\n", {"a": "b:c#d,e[f]"}),
    ],
)
def test_what_it_takes(block: str, said: dict[str, Data]) -> None:
    assert values(block) == said


@pytest.mark.parametrize(
    "block",
    [
        "a: b",
        "a: b\n  c\n",
        "a: b\na: c\n",
        "a: b: c\n",
        "a: b:\n",
        "a: &x b\n",
        "a: *x\n",
        "a: !!str b\n",
        "a: |\n  b\n",
        "a: > b\n",
        "a: {b: c}\n",
        "a: [b, [c]]\n",
        "a: [b,\n  c]\n",
        "a: [b, ]\n",
        "a: [b c: d]\n",
        'a: "b\\n"\n',
        "a: 'b\n",
        "a: 'b' c\n",
        "a: 'b'#c\n",
        "a: @b\n",
        "a: `b`\n",
        "a: %b\n",
        "a: - b\n",
        "a:\n- b\n - c\n",
        "a:\n  - b\n- c\n",
        "a:\n- - b\n",
        "a:\n-\n",
        "a:\n- b: c\n   d: e\n",
        "a:\n- b:\n    c: d\n",
        "a:\n  b: c\n",
        "a: b\n- c\n",
        "a: ~\n- c\n",
        "- a\n",
        "? a\n: b\n",
        "'a': b\n",
        "a b: c\n",
        "a :b\n",
        "a:b\n",
        "a:\tb\n",
        "a: b\u0085c\n",
        "a: b\u2028c\n",
        "a: b\r\n",
        "---\na: b\n",
        "a: b\n...\n",
        "a: [~]\n",
        "<<: b\n",
    ],
)
def test_what_it_refuses(block: str) -> None:
    assert values(block) is None


def shape(field: Field) -> tuple[object, ...]:
    """Everything that a field says, but where a list's items end, which only lists of one kind have."""
    parts = [(part.start, part.token, part.stop, part.end, part.value, part.quote) for part in field.parts]
    deep = any(part.fields for part in field.parts)
    token = (field.token, field.stop) if field.shape != "block" else ()
    return (
        field.name,
        field.start,
        field.colon,
        field.end,
        token,
        field.value,
        field.quote,
        [] if deep else parts,
    )


def agrees(block: str) -> bool:
    """Whether the reader refused, or PyYAML reads the same values at the same places."""
    mine = plain.read(block)
    if mine is None:
        return False
    other = plain_yaml.read(block)
    assert isinstance(other, list), (other, block)
    assert [field.name for field in mine] == [field.name for field in other], block
    for one, two in zip(mine, other, strict=True):
        if one.shape == "block" and two.shape == "other":
            assert (one.name, one.start, one.end, one.value) == (two.name, two.start, two.end, two.value)
        else:
            assert shape(one) == shape(two), block
    return True


PIECES = st.sampled_from(
    [
        *(
            "a",
            "b1",
            "key",
            ": ",
            ":",
            "- ",
            "-",
            " ",
            "  ",
            "\n",
            "\n",
            "'",
            '"',
            "''",
            "#",
            " # x",
            "[",
            "]",
        ),
        *(", ", ",", "~", "null", "é", "📅", "2025-11-03", "12:30", "{", "}", "&", "*", "!", "|", ">", "?"),
        *("%", "@", "`", "\\", "\t", "\u00a0", "\u200d", "---", "...", "<<", "=", "status: x\n", "  at: y\n"),
        *("tags:\n", "- z\n", "k: [a, b]\n"),
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_where_it_takes_pyyaml_agrees(text: str) -> None:
    agrees(text + "\n")
    agrees(f"status: planned\n{text}\nz: y\n")
    agrees(f"list:\n- a\n{text}\n- b\n")


LINES = st.sampled_from(
    [
        "k{}: v",
        "k{}: 'v''s' # c",
        "k{}:",
        "- a",
        "  - b c",
        "- s: x",
        "  t: y",
        "# c",
        "",
        "k{}: [a, 'b']",
        "k{}: a #b",
    ]
)


@given(st.lists(LINES, max_size=8))
def test_where_it_takes_lines_pyyaml_agrees(lines: list[str]) -> None:
    agrees("".join(line.format(at) + "\n" for at, line in enumerate(lines)))


@pytest.mark.corpus
def test_every_spec_of_a_real_history(versions: tuple[bytes, ...]) -> None:
    """All that PyYAML can read are taken, and the two agree; the rest is refused by both."""
    taken = refused = 0
    for data in versions:
        head, found, _body = data.decode().removeprefix("---\n").partition("\n---\n")
        if not found:
            continue
        if agrees(head + "\n"):
            taken += 1
        else:
            assert isinstance(plain_yaml.read(head + "\n"), str)
            refused += 1
    assert taken > 1500
    assert refused == 22
