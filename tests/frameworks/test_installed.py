"""An installed config: commits go through the framework, and the work item moves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import Repo, node_folder
from tests.e2e.worlds import PROJECT
from tests.frameworks.framed import Framed
from tests.hooks.stage import ALPHA, BETA, Gate, children, until


def test_a_commit_tells_what_will_be_published_and_the_item_moves(framed: Framed) -> None:
    framed.edit()
    said = framed.said("commit", "-am", "edit")
    assert f"specs/001-alpha: planned -> complete -> {PROJECT}#1" in said
    until(lambda: framed.status() == "complete", "the issue has moved")
    framed.quiet()
    assert framed.patches() == 1
    assert framed.in_step()


def test_a_broken_spec_stops_the_commit_and_no_other_trouble_does(framed: Framed) -> None:
    framed.world.path(ALPHA).write_text("---\nstatus: [planned\n---\n")
    assert "specs/001-alpha/README.md:3:1: invalid YAML" in framed.said("commit", "-am", "edit", code=1)
    framed.repo.git("checkout", "-q", ".")
    framed.other_file()
    framed.said("commit", "-am", "edit")


def test_what_is_not_staged_is_laid_aside_and_comes_back_at_every_stage(framed: Framed) -> None:
    """No hook writes the worktree: what the framework brings back fits, and is all there is."""
    framed.edit(BETA, "complete")
    framed.world.change(BETA, "Secret", "Open")
    framed.repo.write("scratch.txt", "untracked\n")
    framed.edit(ALPHA, "complete")
    framed.repo.git("add", "specs/001-alpha")
    framed.world.change(ALPHA, "Secret", "Half")
    before = framed.files()
    framed.git("commit", "-qm", "partial")
    framed.git("commit", "-q", "--amend", "--no-edit")
    assert framed.files() == before
    assert framed.repo.git("status", "--porcelain").splitlines() == [
        " M specs/001-alpha/README.md",
        " M specs/002-beta/README.md",
        "?? scratch.txt",
    ]
    assert (framed.status(ALPHA), framed.status(BETA)) == ("complete", "planned")


def test_merge_rebase_and_push_run_their_hooks_and_write_nothing(framed: Framed) -> None:
    bare = framed.share()
    framed.unseen("switch", "-qc", "side")
    framed.somebody(ALPHA, "complete")
    framed.unseen("switch", "-q", "main")
    framed.git("merge", "-q", "--no-ff", "--no-edit", "side")
    assert framed.status(ALPHA) == "complete"
    framed.unseen("switch", "-qc", "topic", "HEAD~1")
    framed.somebody(BETA, "archived")
    framed.git("rebase", "-q", "main")
    assert framed.status(BETA) == "archived"
    assert framed.repo.git("status", "--porcelain") == ""
    framed.git("push", "-q", "origin", "topic")
    framed.quiet()
    notes = framed.repo.git("rev-parse", "refs/notes/lspec")
    assert bare.git("rev-parse", "refs/notes/lspec") == notes
    framed.world.asked()
    assert framed.in_step()


def test_a_commit_returns_while_the_tracker_has_not_answered(framed: Framed) -> None:
    """By the order of events: the answer is held back until the commit has returned."""
    framed.edit()
    with Gate(framed, "GET") as gate:
        framed.said("commit", "-qam", "edit")  # its output is read to the end: nobody holds the pipe
        gate.wait()
        assert children(framed.folder)
        assert (framed.status(), gate.opened.is_set()) == ("planned", False)
    framed.quiet()
    assert framed.status() == "complete"


@pytest.mark.node
def test_leanspecs_own_program_makes_the_edit(framed: Framed) -> None:
    program = node_folder() / "node_modules" / "@leanspec" / "cli-linux-x64" / "leanspec"
    if not program.is_file():
        pytest.skip("needs LeanSpec's own program: npm i @leanspec/cli-linux-x64 (LSPEC_NODE)")
    subprocess.run(
        [program.resolve(), "update", "001", "-s", "in-progress"],
        cwd=framed.repo.path,
        check=True,
        capture_output=True,
    )
    framed.git("add", "-A")
    assert f"planned -> in-progress -> {PROJECT}#1" in framed.said("commit", "-m", "start")
    until(lambda: "status:in-progress" in framed.world.issue(ALPHA).labels, "the issue has moved")


def test_through_the_framework_alone_git_has_the_command_and_the_driver(framed: Framed) -> None:
    """No installation on PATH: the alias and the driver name the framework's own."""
    assert "is not a git command" in framed.said("lspec", "status", code=1)
    framed.other_file()
    framed.git("commit", "-qm", "first")
    framed.world.person.close(framed.world.number(ALPHA))
    framed.said("-C", "specs", "lspec", "pull")
    assert "status: complete" in framed.world.path(ALPHA).read_text()
    assert framed.repo.git("status", "--porcelain") == " M specs/001-alpha/README.md", (
        "nothing else was written"
    )
    framed.git("commit", "-qam", "taken in")
    _merge_by_keys(framed)
    assert "changed alias.lspec" in framed.said("lspec", "uninstall")
    assert "lspec" not in Path(framed.repo.path / ".git" / "config").read_text()


def _merge_by_keys(framed: Framed) -> None:
    """Two sides add a tag each beside the other: a conflict to any text merge."""
    text = framed.world.path(BETA).read_text()
    for side, tag in (("one", "api"), ("two", "web")):
        framed.unseen("switch", "-qc", side, "main")
        framed.world.path(BETA).write_text(text.replace("created:", f"tags: [{tag}]\ncreated:"))
        framed.unseen("commit", "-qam", side)
    framed.git("merge", "-q", "--no-edit", "one")
    merged = framed.world.path(BETA).read_text()
    assert "tags: [web, api]" in merged or "tags: [api, web]" in merged
    framed.quiet()


def test_in_linked_worktrees_and_beside_an_alias_of_the_users_own(framed: Framed, tmp_path: Path) -> None:
    framed.repo.git("config", "--global", "alias.lspec", "!echo mine")
    framed.repo.git("worktree", "add", "-q", "-b", "aside", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    linked.write("notes.txt", "x\n")
    linked.git("add", "-A")
    linked.git("commit", "-qm", "in a linked worktree")
    assert framed.repo.git("config", "--local", "--get", "alias.lspec", check=False) == ""
    assert "/git-lspec" in framed.repo.git("config", "merge.lspec.driver")
    assert framed.repo.git("lspec") == "mine"
    assert linked.git("status", "--porcelain") == ""
    framed.repo.git("config", "--global", "--unset", "alias.lspec")
    linked.git("commit", "-qm", "again", "--allow-empty")
    assert "in step" in linked.git("lspec", "status")
