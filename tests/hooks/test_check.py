"""What a commit tells of linked specs before it is made: the fast way and the whole one say the same."""

from __future__ import annotations

import pytest

from tests.cli.running import lspec
from tests.e2e.worlds import PROJECT
from tests.hooks.stage import ALPHA, BETA, WITHOUT_HOOKS, Stage

NOTES = "refs/notes/lspec"


def told(stage: Stage) -> str:
    stage.repo.git("add", "-A")
    whole = lspec("check", "--staged", cwd=stage.repo.path)
    fast = lspec("hook", "check", cwd=stage.repo.path)
    assert (whole.code, whole.err) == (fast.code, fast.err) == (0, "")
    assert fast.out == whole.out
    return whole.out


def test_the_item_that_will_move(stage: Stage) -> None:
    stage.edit(ALPHA, "complete")
    stage.edit(BETA, "in-progress")
    assert told(stage) == (
        f"specs/001-alpha: planned -> complete -> {PROJECT}#1\n"
        f"specs/002-beta: planned -> in-progress -> {PROJECT}#2\n"
    )


def test_two_words_for_one_state_publish_nothing(stage: Stage) -> None:
    """draft and planned are both `open` there."""
    stage.edit(ALPHA, "draft")
    assert told(stage) == ""


def test_what_was_pulled_is_not_published_again(stage: Stage) -> None:
    stage.world.person.close(stage.world.number(ALPHA))
    stage.world.lspec("pull")
    assert "status: complete" in stage.world.path(ALPHA).read_text()
    assert told(stage) == ""
    stage.edit(ALPHA, "archived")
    assert told(stage) == f"specs/001-alpha: planned -> archived -> {PROJECT}#1\n"


@pytest.mark.parametrize("how", ["flat", "deep"])
def test_notes_that_other_tools_laid_out(stage: Stage, how: str) -> None:
    """git's own `notes add` makes another form of many notes, libgit2 a flat one."""
    repo = stage.repo
    lines = repo.git("ls-tree", "-r", NOTES).splitlines()
    repo.git("read-tree", "--empty", env={"GIT_INDEX_FILE": "scratch"})
    for line in lines:
        head, _, path = line.partition("\t")
        if not path.startswith("anchors"):
            key = path.replace("/", "")
            path = key if how == "flat" else f"{key[:2]}/{key[2:4]}/{key[4:]}"
        mode, _, oid = head.split(" ")
        repo.git(
            "update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}", env={"GIT_INDEX_FILE": "scratch"}
        )
    tree = repo.git("write-tree", env={"GIT_INDEX_FILE": "scratch"})
    repo.git("update-ref", NOTES, repo.git("commit-tree", tree, "-p", NOTES, "-m", "laid out anew"))
    (repo.path / "scratch").unlink()
    stage.edit(ALPHA, "complete")
    assert told(stage) == f"specs/001-alpha: planned -> complete -> {PROJECT}#1\n"


def test_a_linked_spec_that_is_renamed_and_one_that_was_unlinked(stage: Stage) -> None:
    stage.world.lspec("unlink", "specs/002-beta")
    stage.repo.git("mv", "specs/001-alpha", "specs/001-omega")
    path = stage.repo.path / "specs/001-omega/README.md"
    path.write_text(path.read_text().replace("planned", "complete"))
    stage.edit(BETA, "in-progress")
    assert told(stage) == f"specs/001-omega: planned -> complete -> {PROJECT}#1\n"


def test_what_runs_in_the_background_left_to_be_told(stage: Stage) -> None:
    """The one hook that is heard under a framework tells it, once, whichever way it takes."""
    stage.lspec_folder.joinpath("tell").write_text("1 edit failed\n")
    stage.edit(ALPHA, "complete")
    stage.repo.git("add", "-A")
    first, then = (lspec("hook", "check", cwd=stage.repo.path).err for _ in range(2))
    assert (first, then) == ("1 edit failed\n", "")
    stage.start(*WITHOUT_HOOKS, "commit", "-qm", "edit")
