"""Which rule of the config applies to a spec: patterns, entries, and how several go together."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.core.config import TrackerConfig, select
from lspec_git.core.rules import Create, Selection, Sync, matches
from lspec_git.core.spec import SpecId
from tests.core.config_texts import AS_ASKED, github, only


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("specs/**/*-api-*", "specs/019-api-x", True),
        ("specs/**/*-api-*", "specs/20251103/019-api-x", True),
        ("specs/**/*-api-*", "specs/a/b/c/019-api-x", True),
        ("specs/**/*-api-*", "specs/019-apix", False),
        ("specs/**", "specs/019-x", True),
        ("specs/**", "other/019-x", False),
        ("specs/*", "specs/019-x", True),
        ("specs/*", "specs/20251103/019-x", False),
        ("**/019-*", "specs/019-x", True),
        ("**/019-*", "019-x", True),
        ("**", "anything/at/all", True),
        ("specs/0[12]?-*", "specs/019-x", True),
        ("specs/0[!1]?-*", "specs/019-x", False),
        ("specs/**x", "specs/019-x", True),
        ("specs/**x", "specs/a/019-x", False),
        ("Specs/**", "specs/019-x", False),
        ("specs/a.c", "specs/abc", False),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


PARTS = st.sampled_from(["a", "b", "ab", "*", "**", "a*", "?"])
NAMES = st.lists(st.sampled_from(["a", "b", "ab", "ba"]), min_size=1, max_size=5)


def by_definition(parts: list[str], names: list[str]) -> bool:
    if not parts:
        return not names
    if parts[0] == "**":
        return any(by_definition(parts[1:], names[at:]) for at in range(len(names) + 1))
    literal = {"*": ".*", "a*": "a.*", "?": "."}.get(parts[0], parts[0])
    return bool(names) and re.fullmatch(literal, names[0]) is not None and by_definition(parts[1:], names[1:])


@given(st.lists(PARTS, min_size=1, max_size=5), NAMES)
def test_patterns_match_as_they_are_defined(parts: list[str], names: list[str]) -> None:
    assert matches("/".join(parts), "/".join(names)) is by_definition(parts, names)


def chosen(tracker: TrackerConfig, path: str, root: str = "specs") -> Selection | None:
    return select(tracker, path, SpecId(root, path.rpartition("/")[2]))


def test_a_spec_that_nothing_names_is_left_alone() -> None:
    assert chosen(only(AS_ASKED), "specs/020-other") is None
    assert chosen(only(github("")), "specs/020-other") is None


def test_an_entry_for_a_spec_beats_patterns() -> None:
    tracker = only(github("mapping: [{pattern: 'specs/**', label: a}, {spec: specs/001-x, issue: 5}]"))
    found = chosen(tracker, "specs/001-x")
    assert found is not None
    assert (found.issue, found.labels) == ("5", ())


@pytest.mark.parametrize(
    "path", ["specs/019-mcp-server", "specs/archived/019-mcp-server", "specs/2026/019-mcp-server"]
)
def test_an_entry_follows_its_spec_to_another_folder(path: str) -> None:
    found = chosen(only(AS_ASKED), path)
    assert found is not None
    assert found.issue == "123"


def test_an_entry_does_not_follow_into_another_root() -> None:
    assert chosen(only(AS_ASKED), "app/specs/019-mcp-server", "app/specs") is None


def test_the_exact_path_is_preferred_to_the_name() -> None:
    tracker = only(github("mapping: [{spec: specs/a/001-x, issue: 1}, {spec: specs/b/001-x, issue: 2}]"))
    found = chosen(tracker, "specs/b/001-x")
    assert found is not None
    assert found.issue == "2"


def test_a_bare_name_is_enough() -> None:
    assert chosen(only(github("mapping: [{spec: 001-x}]")), "specs/2026/001-x") is not None


def test_of_several_patterns_labels_unite_and_the_rest_is_the_first_ones() -> None:
    tracker = only(
        github(
            "mapping:\n"
            "  - {pattern: 'specs/**', label: [a, b], project: One, create: none}\n"
            "  - {pattern: '**/*-api', label: [b, c], project: Two, sync: push-only}"
        )
    )
    assert chosen(tracker, "specs/001-api") == Selection(
        line=4, issue="", labels=("a", "b", "c"), board="One", sync=Sync.BIDIRECTIONAL, create=Create.NONE
    )


def test_sync_says_which_way() -> None:
    assert [(each.pushes, each.pulls) for each in Sync] == [(True, True), (True, False), (False, True)]
