"""A spec looked at without a YAML library: where it gives a status, the whole reading finds nothing wrong."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lspec_git.core.frontmatter import Document, notices, parse, values
from lspec_git.core.glance import status_of
from tests.core.test_frontmatter_corpus import scratch, versions

__all__ = ["scratch", "versions"]
PATH = "specs/001-a-name/README.md"


def agrees(data: bytes) -> bool:
    """Whether a status is given; the whole reading must say the same, and have nothing to add."""
    status = status_of(data)
    if status is None:
        return False
    document = parse(data, PATH)
    assert isinstance(document, Document), f"{data!r}: {document}"
    assert (values(document, "a-name")["status"], notices(document)) == (status, ())
    return True


PIECES = st.sampled_from(
    [
        *(
            "status: planned\n",
            "status: In_Progress\n",
            "status: 'complete'\n",
            "status:\n",
            "status: parked\n",
        ),
        *(
            "priority: high\n",
            "priority:\n",
            "priority: [high]\n",
            "priority: 'urgent'\n",
            "priority: soon\n",
        ),
        *(
            "created: 2026-01-01\n",
            "created:\n",
            "created: ''\n",
            "title: A spec\n",
            "title:\n",
            "title: ''\n",
        ),
        *("tags: [a, b]\n", "tags: a\n", "tags: ''\n", "tags:\n- a\n", "tags: {a: b}\n", "tags: []\n"),
        *("issue: 12\n", "issue: '12'\n", "issue: #12\n", "issue:\n", "pr: acme/x#1\n", "pr: ''\n", "x: ~\n"),
        *(
            "# comment\n",
            "\n",
            "---\n",
            "--- \n",
            "<<<<<<< a\n",
            "=======\n",
            ">>>>>>> b\n",
            "\0",
            "\ufeff",
            "\r\n",
        ),
        *(
            "\n# Title\n",
            "\nTitle\n=======\n",
            "\n#\n",
            "> **Status**: Planned\n",
            "> **Status**: ⏳ In progress\n",
        ),
        *("> **Status:** ✅ Complete · **Priority**: High\n", "> **Priority**: Low\n", "```\n", "text\n"),
    ]
)
WHOLE = "---\nstatus: planned\ncreated: 2026-01-01\n---\n\n# Title\n"


@given(st.lists(PIECES, max_size=6).map("".join), st.lists(PIECES, max_size=6).map("".join))
@example("", "\n# Title\n\n> **Status**: ⏳ In progress\n")
def test_what_it_takes_is_sound(head: str, body: str) -> None:
    agrees(f"---\nstatus: planned\ncreated: 2026-01-01\n{head}---\n{body}".encode())
    agrees(f"---\n{head}---\n{body}".encode())
    agrees(f"{head}{body}".encode())


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        WHOLE.replace("\n", "\r\n"),
        "\ufeff" + WHOLE,
        WHOLE + "\n> **Status**: 📅 Planned\n",
        WHOLE.replace("planned", "in-progress") + "\n> **Status**: ⏳ In progress · **Tags**: a\n",
        WHOLE.replace("---\n\n", "priority: med\ntags:\n  - a\nissue: '12'\n---\n\n"),
    ],
)
def test_what_is_usual_is_taken(text: str) -> None:
    assert agrees(text.encode())


def test_what_it_does_not_take() -> None:
    assert not agrees(WHOLE.encode() + b"\xff")
    assert not agrees(WHOLE.encode() + b"x" * 1_000_000)


@pytest.mark.corpus
def test_every_spec_of_a_real_history(versions: tuple[bytes, ...]) -> None:
    taken = sum(map(agrees, versions))
    sound = 0
    for data in versions:
        document = parse(data, PATH)
        sound += isinstance(document, Document) and not notices(document)
    assert taken > 0.95 * sound
