"""Whatever git command brings an edit to HEAD: the item moves, and each edit is published exactly once.

The commands are the rows of what fires when (git 2.39 to 2.55): each calls other hooks, or fewer.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lspec_git.git.operations import in_progress
from tests.conftest import Repo
from tests.hooks.stage import ALPHA, BETA, Stage, children, statuses, until

Case = Callable[[Stage], None]
pytestmark = pytest.mark.parametrize("stage", ["scripts", "shims"], indirect=True)


def on_a_branch(stage: Stage, *edits: tuple[str, str], onward: bool = True) -> None:
    """Edits on the branch `side` that no hook has seen; main goes on meanwhile."""
    stage.unseen("switch", "-qc", "side")
    for name, status in edits:
        stage.somebody(name, status)
    stage.unseen("switch", "-q", "main")
    if onward:
        stage.other_file("main.txt")
        stage.unseen("commit", "-qm", "main goes on")


def commit(stage: Stage) -> None:
    stage.edit()
    stage.repo.git("add", "specs")
    stage.git("commit", "-qm", "edit")


def commit_all(stage: Stage) -> None:
    stage.edit()
    stage.git("commit", "-qam", "edit")


def commit_only(stage: Stage) -> None:
    stage.edit()
    stage.other_file()
    stage.git("commit", "-qm", "edit", "--only", f"specs/{ALPHA}/README.md")


def commit_no_verify(stage: Stage) -> None:
    stage.edit()
    stage.git("commit", "-qnam", "edit")


def amend(stage: Stage) -> None:
    stage.other_file()
    stage.git("commit", "-qm", "something else")
    assert stage.patches() == 0
    stage.edit()
    stage.git("commit", "-qa", "--amend", "--no-edit")


def merge_fast_forward(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "complete"), onward=False)
    stage.git("merge", "-q", "--ff-only", "side")


def merge_true(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "complete"))
    stage.git("merge", "-q", "--no-edit", "side")


def merge_no_commit(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "complete"))
    stage.git("merge", "-q", "--no-commit", "side")
    assert stage.patches() == 0
    stage.git("commit", "-q", "--no-edit")


def merge_squash(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "complete"))
    stage.git("merge", "-q", "--squash", "side")
    assert stage.patches() == 0
    stage.git("commit", "-qm", "squashed")


def merge_conflict(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "complete"))
    stage.somebody(ALPHA, "archived")
    stage.git("merge", "-q", "side", check=False)
    assert in_progress(str(stage.repo.path / ".git")) == "MERGE_HEAD"
    assert stage.patches() == 0
    stage.repo.git("checkout", "--theirs", "specs")
    stage.git("commit", "-qa", "--no-edit")


def rebase(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "archived"), (ALPHA, "complete"))
    stage.unseen("switch", "-q", "side")
    stage.git("rebase", "-q", "main")


def rebase_apply(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "complete"))
    stage.unseen("switch", "-q", "side")
    stage.git("rebase", "-q", "--apply", "main")


def rebase_conflict(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "draft"))
    stage.somebody(ALPHA, "archived")
    stage.unseen("switch", "-q", "side")
    stage.git("rebase", "-q", "main", check=False)
    assert in_progress(str(stage.repo.path / ".git")) == "rebase-merge"
    assert stage.patches() == 0
    stage.repo.git("checkout", "--ours", "specs")
    stage.edit(ALPHA, "complete")
    stage.repo.git("add", "specs")
    stage.git("rebase", "--continue")


def upstream(stage: Stage) -> Repo:
    """A bare remote whose main has gone on."""
    bare = stage.share()
    stage.unseen("switch", "-qc", "theirs")
    stage.other_file("theirs.txt")
    stage.unseen("commit", "-qm", "theirs")
    stage.unseen("push", "-q", "origin", "theirs:main")
    stage.unseen("switch", "-q", "main")
    return bare


def pull_rebase(stage: Stage) -> None:
    upstream(stage)
    stage.somebody()
    stage.git("pull", "-q", "--rebase", "origin", "main")


def pull_rebase_nothing_local(stage: Stage) -> None:
    stage.share()
    on_a_branch(stage, (ALPHA, "complete"), onward=False)
    stage.unseen("push", "-q", "origin", "side:main")
    stage.git("pull", "-q", "--rebase", "origin", "main")


def pull_merge(stage: Stage) -> None:
    upstream(stage)
    stage.somebody()
    stage.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")


def cherry_pick(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "complete"))
    stage.git("cherry-pick", "side")


def revert(stage: Stage) -> None:
    """The issue is brought back to what it was, by an edit of its own."""
    stage.commit(ALPHA, "complete")
    stage.commit(ALPHA, "planned")
    assert stage.patches() == 2
    stage.git("revert", "--no-edit", "HEAD")


CASES: tuple[Case, ...] = (
    *(commit, commit_all, commit_only, commit_no_verify, amend),
    *(merge_fast_forward, merge_true, merge_no_commit, merge_squash, merge_conflict),
    *(rebase, rebase_apply, rebase_conflict, pull_rebase, pull_rebase_nothing_local, pull_merge),
    *(cherry_pick, revert),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_item_has_moved_by_one_edit(stage: Stage, case: Case) -> None:
    case(stage)
    assert stage.patches() == 1, stage.log()
    assert statuses(stage) == ["complete", "planned"]
    assert stage.in_step()


def cherry_pick_several(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "complete"), (BETA, "archived"))
    stage.git("cherry-pick", "main..side")


def rebase_several(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "complete"), (BETA, "archived"))
    stage.unseen("switch", "-q", "side")
    stage.git("rebase", "-q", "main")


def revert_several(stage: Stage) -> None:
    for name, status in ((ALPHA, "complete"), (BETA, "archived"), (BETA, "planned"), (ALPHA, "planned")):
        stage.commit(name, status)
    assert stage.patches() == 4
    stage.git("revert", "--no-edit", "HEAD", "HEAD~1")


@pytest.mark.parametrize(
    "case", [cherry_pick_several, rebase_several, revert_several], ids=lambda case: case.__name__
)
def test_several_commits_at_once_are_published_when_the_last_is_there(stage: Stage, case: Case) -> None:
    case(stage)
    assert statuses(stage) == ["complete", "archived"]
    assert stage.patches() == 2, stage.log()
    assert stage.in_step()


def test_a_rewrite_publishes_nothing_twice(stage: Stage) -> None:
    """With hooks that get no list of what was rewritten: pre-commit does not hand it on."""
    stage.share()
    stage.commit(ALPHA, "complete")
    stage.commit(BETA, "archived")
    assert stage.patches() == 2
    stage.git("commit", "-q", "--amend", "-m", "reworded")
    stage.unseen("branch", "copy", "HEAD~2")
    stage.unseen("switch", "-q", "copy")
    stage.other_file()
    stage.unseen("commit", "-qm", "base")
    stage.git("cherry-pick", "main~1", "main")
    stage.unseen("switch", "-q", "main")
    stage.git("rebase", "-q", "--force-rebase", "copy~2")
    stage.git("rebase", "-q", "--no-ff", "HEAD~2")
    stage.unseen("push", "-q", "origin", "copy~2:main")
    stage.git("pull", "-q", "--rebase", "origin", "main")
    assert stage.patches() == 0, stage.log()
    assert statuses(stage) == ["complete", "archived"]
    assert stage.in_step()


def test_in_the_middle_of_a_rebase_nothing_is_started(stage: Stage) -> None:
    on_a_branch(stage, (ALPHA, "archived"), (BETA, "archived"))
    stage.unseen("switch", "-q", "side")
    editor = {"GIT_SEQUENCE_EDITOR": "sed -i 1s/pick/edit/"}
    stage.start("rebase", "-q", "-i", "main", env=editor)
    stage.edit(ALPHA, "complete")
    stage.start("commit", "-qa", "--amend", "--no-edit")
    assert children(stage.folder) == []
    assert in_progress(str(stage.repo.path / ".git")) == "rebase-merge"
    stage.git("rebase", "--continue")
    assert statuses(stage) == ["complete", "archived"]
    assert stage.patches() == 2


def test_in_the_middle_of_a_bisect_nothing_is_published(stage: Stage) -> None:
    """A commit there is an experiment; the next one after it counts."""
    stage.unseen("bisect", "start")
    stage.edit()
    stage.git("commit", "-qam", "while bisecting")
    assert stage.patches() == 0
    assert "BISECT_LOG is there" in stage.log()
    stage.unseen("bisect", "reset")
    stage.other_file()
    stage.git("commit", "-qm", "go on")
    assert (stage.patches(), stage.status()) == (1, "complete")


def test_what_touches_no_spec_starts_nothing(stage: Stage) -> None:
    stage.other_file()
    stage.start("commit", "-qm", "no spec")
    assert children(stage.folder) == []
    stage.start("commit", "-q", "--amend", "-m", "still none")
    assert children(stage.folder) == []
    assert stage.world.asked() == []
    assert not (stage.lspec_folder / "log").exists()


def test_what_is_published_is_what_was_committed(stage: Stage) -> None:
    """Neither what lies in the worktree nor what is staged only; and nothing in the worktree moves."""
    stage.edit(ALPHA, "complete")
    stage.repo.git("add", "specs")
    stage.edit(ALPHA, "archived")
    stage.edit(BETA, "archived")
    stage.repo.write(".lspec/integrations.yml", "half an ed")
    before = stage.repo.git("diff")
    stage.git("commit", "-qm", "staged part")
    assert (statuses(stage), stage.patches()) == (["complete", "planned"], 1)
    assert stage.repo.git("diff") == before


def test_in_a_linked_worktree(stage: Stage) -> None:
    """git sets GIT_DIR for hooks there, and only there (2.39)."""
    stage.unseen("worktree", "add", "-q", "-b", "aside", str(stage.folder / "aside"))
    aside = Repo(stage.folder / "aside")
    path = aside.path / "specs" / ALPHA / "README.md"
    path.write_text(path.read_text().replace("planned", "complete"))
    aside.git("commit", "-qam", "aside")
    stage.quiet()
    assert (stage.status(), stage.patches()) == ("complete", 1)
    assert aside.git("status", "--porcelain") == ""
    until(stage.untold, "a line to be told")
