"""`integrations.yml` of two branches: rules by identity, keys by value, comments kept."""

from __future__ import annotations

import pytest
import yaml

from lspec_git.core.specmerge import Doubt, Result
from lspec_git.mergedriver import merge_files
from tests.mergedriver.scenes import edit

PATH = ".lspec/integrations.yml"
BASE = """\
# which specs go where
github:
  repo: acme/backend
  create: active  # for now
  mapping:
    # everything
    - pattern: specs/**
      label: [spec]
    - spec: specs/001-a
      issue: 12
  status:
    complete: closed/completed
people:
  Ada: {github: ada}
"""
SECTIONS = """\
specs: [specs]
github:
  - repo: acme/a
    mapping:
      - pattern: a/**
  - repo: acme/b
    mapping:
      - pattern: b/**
"""


def merged(base: str, ours: str, theirs: str) -> Result:
    return merge_files(base.encode(), ours.encode(), theirs.encode(), PATH, style="merge")


def clean(base: str, ours: str, theirs: str) -> str:
    result = merged(base, ours, theirs)
    assert not result.conflict, result.data.decode()
    return result.data.decode()


TAIL = "      issue: 12\n"
ONE, TWO = (f"{TAIL}    # {x}\n    - spec: specs/00{x}\n" for x in (2, 3))
EDITS = {
    "two rules": ((TAIL, ONE), (TAIL, TWO)),
    "a rule and a key": ((TAIL, ONE), ("create: active", "create: all")),
    "keys of one rule": (("label: [spec]", "label: [spec, doc]"), ("issue: 12", "issue: 13")),
    "a new key in a rule": ((TAIL, TAIL + "      sync: pull\n"), ("label: [spec]", "label: [x]")),
    "a new section": (("people:", "jira:\n  project: X\npeople:"), (TAIL, ONE)),
    "a person": (("  Ada:", "  Bob: {github: bob}\n  Ada:"), ("  repo: acme/backend", "  repo: acme/other")),
    "a rule that is gone": (("    - spec: specs/001-a\n      issue: 12\n", ""), ("active", "all")),
    "a status": (("closed/completed", "closed/not_planned"), ("  status:\n", "  limit: 5\n  status:\n")),
}


@pytest.mark.parametrize("name", EDITS)
def test_edits_of_two_sides(name: str) -> None:
    one, other = EDITS[name]
    text = clean(BASE, edit(BASE, one), edit(BASE, other))
    mirrored = clean(BASE, edit(BASE, other), edit(BASE, one))
    for each in (text, mirrored):
        for old, new in (one, other):
            added = new.replace(old, "").strip("\n") if old in new else new.strip("\n")
            assert added in each
        assert "# everything\n" in each
        assert "# for now\n" in each

    def loose(data: str) -> object:
        found = yaml.safe_load(data)
        found["github"]["mapping"].sort(key=repr)
        return found

    assert loose(text) == loose(mirrored)


def test_both_say_the_same() -> None:
    one = edit(BASE, (TAIL, ONE))
    assert clean(BASE, one, edit(BASE, (TAIL, ONE.replace("# 2", "# two")))) == one


def test_a_conflict_marks_the_keys_own_line() -> None:
    result = merged(BASE, edit(BASE, ("active", "all"), (TAIL, ONE)), edit(BASE, ("active", "none")))
    assert result.conflict
    assert (
        "<<<<<<< ours\n  create: all  # for now\n=======\n  create: none  # for now\n>>>>>>> theirs\n"
    ) in result.data.decode()
    assert result.said == ("create: changed on both sides",)


def test_a_rule_removed_here_and_changed_there_is_a_conflict() -> None:
    gone = edit(BASE, ("    - spec: specs/001-a\n      issue: 12\n", ""))
    text = merged(BASE, gone, edit(BASE, ("issue: 12", "issue: 13"))).data.decode()
    assert "<<<<<<< ours\n=======\n    - spec: specs/001-a\n      issue: 13\n>>>>>>> theirs\n" in text


def test_sections_are_the_same_by_their_repository() -> None:
    one = SECTIONS.replace("a/**\n", "a/**\n      - spec: a/001\n")
    other = SECTIONS.replace(
        "  - repo: acme/b", "  - repo: acme/c\n    mapping: []\n  - repo: acme/b"
    ).replace("b/**", "bb/**")
    text = clean(SECTIONS, one, other)
    repos = {each["repo"]: each["mapping"] for each in yaml.safe_load(text)["github"]}
    assert repos == {
        "acme/a": [{"pattern": "a/**"}, {"spec": "a/001"}],
        "acme/c": [],
        "acme/b": [{"pattern": "bb/**"}],
    }


def test_another_indent_and_other_line_ends() -> None:
    wide = "github:\n    repo: acme/backend\n    mapping:\n        - pattern: specs/**\n"
    slim = "github:\n  repo: acme/backend\n  mapping:\n  - pattern: specs/**\n"
    theirs = slim + "  - spec: specs/001-a\n    issue: 1\n"
    text = clean(slim, wide.replace("\n", "\r\n"), theirs)
    assert text == (wide + "        - spec: specs/001-a\n          issue: 1\n").replace("\n", "\r\n")


def test_two_additions() -> None:
    text = clean("", BASE, edit(BASE, (TAIL, ONE)))
    assert text == edit(BASE, (TAIL, ONE))


@pytest.mark.parametrize(
    "odd",
    [
        "github: [\n",
        "- a\n",
        "github: {repo: a}\nx: *y\n",
        edit(BASE, ("  Ada: {github: ada}", "  Ada: &a {github: ada}\n  Bob: *a")),
        edit(BASE, ("people:", "github:\n  repo: x\npeople:")),
        BASE + "<<<<<<< x\n",
    ],
)
@pytest.mark.parametrize("which", [0, 1, 2])
def test_what_is_left_to_git(odd: str, which: int) -> None:
    texts = [BASE, edit(BASE, ("active", "all")), edit(BASE, (TAIL, ONE))]
    texts[which] = odd
    with pytest.raises(Doubt):
        merged(*texts)
