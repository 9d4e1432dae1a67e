"""Which edit brought in a value, in histories that git rewrites."""

from __future__ import annotations

import pytest

from lspec_git.core.config import Config
from lspec_git.git.repository import discover
from lspec_git.local import load
from tests.conftest import Repo

SPEC = "---\nstatus: {status}\n#-\npriority: {priority}\n#-\ncreated: 2026-01-01\n---\n\n# A\n\n{body}\n"
README = "specs/001-a/README.md"


def spec(status: str = "planned", priority: str = "low", body: str = "x") -> dict[str, str | bytes]:
    return {README: SPEC.format(status=status, priority=priority, body=body)}


def behind(repo: Repo, name: str = "priority", path: str = README) -> frozenset[str]:
    """The edits behind a field at HEAD."""
    local = load(discover(repo.path), Config("", ()))
    return local.history(local.specs.values()).versions[path].behind(name)


@pytest.fixture
def forked(repo: Repo) -> Repo:
    """main has moved the body; on feat the priority was set to high. HEAD is feat."""
    repo.commit(spec(), when=1)
    repo.git("branch", "feat")
    repo.commit(spec(body="y\n\nmore"), when=2)
    repo.git("switch", "-q", "feat")
    repo.commit(spec(priority="high"), "raise", when=3)
    return repo


def test_rebase_keeps_the_name(forked: Repo) -> None:
    before = behind(forked)
    forked.git("rebase", "-q", "main")
    assert behind(forked) == before


def test_amend_keeps_the_name(forked: Repo) -> None:
    before = behind(forked)
    forked.write(README, spec(priority="high", body="z")[README])
    forked.git("commit", "-q", "--amend", "-a", "-m", "said otherwise")
    assert behind(forked) == before


def test_amend_to_another_value_is_another_edit(forked: Repo) -> None:
    before = behind(forked)
    forked.write(README, spec(priority="medium")[README])
    forked.git("commit", "-q", "--amend", "-a", "--no-edit")
    assert behind(forked).isdisjoint(before)


def test_cherry_pick_keeps_the_name(forked: Repo) -> None:
    before = behind(forked)
    forked.git("switch", "-q", "main")
    forked.git("cherry-pick", "feat")
    assert behind(forked) == before
    forked.git("merge", "-q", "--no-edit", "feat")
    assert behind(forked) == before


def test_squash_is_a_new_edit(forked: Repo) -> None:
    before = behind(forked)
    forked.git("switch", "-q", "main")
    forked.git("merge", "-q", "--squash", "feat")
    forked.commit(when=9)
    assert behind(forked).isdisjoint(before)


def test_merge_keeps_the_names_of_both_sides(forked: Repo) -> None:
    before = behind(forked)
    forked.git("switch", "-q", "main")
    forked.commit(spec(status="complete", body="y\n\nmore"), when=5)
    status = behind(forked, "status")
    forked.git("merge", "-q", "--no-edit", "feat")
    assert behind(forked) == before
    assert behind(forked, "status") == status


def test_merge_that_somebody_had_to_decide_is_a_new_edit(forked: Repo) -> None:
    theirs = behind(forked)
    forked.git("switch", "-q", "main")
    forked.commit(spec(priority="medium", body="y\n\nmore"), when=5)
    ours = behind(forked)
    forked.git("merge", "-q", "--no-edit", "-X", "theirs", "feat")
    decided = behind(forked)
    assert len(decided) == 1
    assert decided.isdisjoint(ours | theirs)


def test_merge_of_the_same_value_has_the_edits_of_both(forked: Repo) -> None:
    theirs = behind(forked)
    forked.git("switch", "-q", "main")
    forked.commit(spec(priority="high", body="y\n\nmore"), when=5)
    ours = behind(forked)
    forked.git("merge", "-q", "--no-edit", "feat")
    assert behind(forked) == ours | theirs


def test_evil_merge_is_a_new_edit(forked: Repo) -> None:
    theirs = behind(forked)
    forked.git("switch", "-q", "main")
    forked.git("merge", "-q", "--no-commit", "feat")
    forked.write(README, spec(priority="critical", body="y\n\nmore")[README])
    forked.git("commit", "-q", "-a", "-m", "evil")
    assert behind(forked).isdisjoint(theirs)


def test_every_revert_is_an_edit_of_its_own(forked: Repo) -> None:
    names = [behind(forked)]
    for turn in range(1, 5):
        date = f"{1767225600 + 100 * turn} +0000"
        forked.git("revert", "--no-edit", "HEAD", env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date})
        names.append(behind(forked))
    assert len(frozenset().union(*names)) == 5


def test_reverts_within_one_second_are_counted(forked: Repo) -> None:
    date = {"GIT_AUTHOR_DATE": "1767229200 +0000", "GIT_COMMITTER_DATE": "1767229200 +0000"}
    names = [behind(forked)]
    for _ in range(4):
        forked.git("revert", "--no-edit", "HEAD", env=date)
        names.append(behind(forked))
    assert len(frozenset().union(*names)) == 5


def test_the_same_commit_picked_twice_is_counted(forked: Repo) -> None:
    before = behind(forked)
    forked.git("revert", "--no-edit", "HEAD")
    forked.git("cherry-pick", "HEAD~1")
    assert behind(forked).isdisjoint(before)


def test_rename_keeps_the_names(forked: Repo) -> None:
    before = behind(forked)
    forked.git("mv", "specs/001-a", "specs/002-b")
    forked.commit(when=20)
    assert behind(forked, path="specs/002-b/README.md") == before


def test_a_version_that_cannot_be_read_is_passed_over(forked: Repo) -> None:
    before = behind(forked)
    forked.commit({README: "---\nstatus: [planned\n---\n"}, when=20)
    forked.commit(spec(priority="high", body="mended"), when=21)
    assert behind(forked) == before


def test_two_people_who_do_the_same_make_two_edits(forked: Repo) -> None:
    before = behind(forked)
    forked.git("switch", "-q", "main")
    forked.commit(spec(priority="high", body="y\n\nmore"), when=3)
    assert behind(forked) == before, "same author, same second, same change: one edit"
    forked.git("reset", "-q", "--hard", "HEAD~1")
    forked.commit(spec(priority="high", body="y\n\nmore"), when=4)
    assert behind(forked).isdisjoint(before)
