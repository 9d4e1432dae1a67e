"""LeanSpec's own format: real edits beside those of its own program, with a result known key by key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from lspec_git.core.specmerge import Result
from tests.conftest import node_folder, shared_folder
from tests.mergedriver.leanspec import (
    Case,
    Edit,
    Program,
    cases,
    history,
    is_decided,
    merged,
    problems,
    text_conflicts,
)
from tests.mergedriver.reading import head

pytestmark = [pytest.mark.corpus, pytest.mark.node]
EDITS = 15
"""Of the history, evenly spread: about 150 cases."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    path = node_folder() / "node_modules" / "@leanspec" / "cli-linux-x64" / "leanspec"
    if not path.is_file():
        pytest.skip("needs LeanSpec's own program: npm i @leanspec/cli-linux-x64 (LSPEC_NODE)")
    return Program(path.resolve(), tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def edits(tmp_path_factory: pytest.TempPathFactory) -> list[Edit]:
    bundle = shared_folder() / "corpus" / "leanspec-history.bundle"
    if not bundle.is_file():
        pytest.skip("needs the shared corpus (LSPEC_SHARED)")
    return history(bundle, tmp_path_factory.mktemp("history") / "git")


@pytest.fixture(scope="module")
def sample(edits: list[Edit], program: Program) -> list[Case]:
    return [*cases(edits[:: len(edits) // EDITS], program)]


def test_every_key_is_as_it_must_be(sample: Sequence[Case]) -> None:
    """Different keys are merged, one word changed to two is a marked conflict, and nothing is dropped."""
    assert len(sample) > 130
    decided = conflicts = 0
    for case in sample:
        result = merged(case)
        assert problems(case, result) == [], case.kind
        assert isinstance(result, Result)
        assert result.conflict is not is_decided(case), case.kind
        decided, conflicts = decided + (not result.conflict), conflicts + result.conflict
    assert decided > 100
    assert conflicts > 10


def test_git_alone_conflicts_in_nearly_all_that_the_program_wrote(sample: Sequence[Case]) -> None:
    """Else these cases would show nothing."""
    found = [text_conflicts(case) for case in sample if "program" in case.kind]
    assert sum(found) > 0.9 * len(found)


def test_the_program_reads_what_is_merged(sample: Sequence[Case], program: Program) -> None:
    for case in sample[::5]:
        result = merged(case)
        assert isinstance(result, Result)
        if result.conflict:
            continue
        program.put(result.data)
        (listed,) = json.loads(program.run("list", "-o", "json").stdout)
        said = head(result.data.decode()) or {}
        assert (listed["status"], listed["priority"] or None) == (said["status"], said.get("priority"))
        shown = program.run("view", "001-a-name")
        assert shown.returncode == 0, shown.stderr


def test_a_key_that_is_dropped_or_changed_by_nobody_is_seen(sample: Sequence[Case]) -> None:
    """The judge's own eyes: what it must not let pass."""
    case = next(case for case in sample if is_decided(case))
    result = merged(case)
    assert isinstance(result, Result)
    said = head(case.ours.decode()) or {}
    for old, new in (("priority:", "prioritat:"), (f"\nstatus: {said['status']}", "\nstatus: superseded")):
        text = result.data.decode()
        if old in text:
            assert problems(case, Result(text.replace(old, new, 1).encode(), False, ())) != []
    assert problems(case, Result(result.data + b"More.\n", False, ())) == ["the body is not as git merges it"]


@pytest.fixture(autouse=True)
def in_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
