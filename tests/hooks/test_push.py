"""With the user's `git push`: the notes travel along, and with `publish: push` so do the edits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.hooks.stage import ALPHA, BETA, Gate, Stage, children, script, statuses, until

NOTES = "refs/notes/lspec"


@pytest.fixture
def origin(stage: Stage) -> Repo:
    return stage.share()


@pytest.fixture
def private(stage: Stage, origin: Repo) -> Stage:
    """A repository whose edits are published when they are pushed."""
    stage.configure("publish: push\n")
    stage.unseen("commit", "-qam", "publish: push")
    stage.git("push", "-q", "origin", "main")
    stage.world.asked()
    return stage


def refuse(bare: Repo, what: str) -> None:
    """A server that takes no ref of a kind."""
    hook = bare.path / "hooks" / "pre-receive"
    hook.write_text(
        f"#!/bin/sh\nwhile read old new ref; do case $ref in {what}) echo 'not these, says the server' >&2; "
        "exit 1;; esac; done\n"
    )
    hook.chmod(0o755)


def notes_of(repo: Repo) -> str:
    return repo.git("rev-parse", "-q", "--verify", NOTES, check=False)


def test_notes_that_could_not_be_pushed_travel_with_the_next_push(stage: Stage, origin: Repo) -> None:
    """`origin` was out of reach at the commit; the push brings what it lacks, and asks no tracker."""
    aside = origin.path.rename(stage.folder / "aside.git")
    stage.commit()
    assert (stage.status(), notes_of(stage.repo) != "") == ("complete", True)
    aside.rename(origin.path)
    assert notes_of(origin) != notes_of(stage.repo)
    stage.world.asked()
    stage.git("push", "-q", "origin", "main")
    assert notes_of(origin) == notes_of(stage.repo)
    assert stage.world.asked() == []


def test_notes_of_another_clone_are_joined_on_the_way(stage: Stage, origin: Repo) -> None:
    other = Repo(stage.folder / "other")
    stage.repo.git("clone", "-q", str(origin.path), str(other.path))
    other.git("fetch", "-q", "origin", f"{NOTES}:{NOTES}")
    other.git("notes", "--ref=lspec", "add", "-m", "of another tool")
    aside = origin.path.rename(stage.folder / "aside.git")
    stage.commit()
    aside.rename(origin.path)
    other.git("push", "-q", "origin", NOTES)
    stage.git("push", "-q", "origin", "main")
    assert notes_of(origin) == notes_of(stage.repo)
    assert "of another tool" in stage.repo.git("notes", "--ref=lspec", "show", "HEAD~1")


def test_a_push_publishes_what_is_still_open(stage: Stage, origin: Repo) -> None:
    stage.somebody()
    stage.git("push", "-q", "origin", "main")
    assert (stage.status(), stage.patches()) == ("complete", 1)
    assert notes_of(origin) == notes_of(stage.repo)


def test_pushing_notes_calls_no_hook_of_ours_again(stage: Stage, origin: Repo) -> None:
    """Neither by our own push, nor where somebody pushes the notes by hand."""
    calls = stage.folder / "calls"
    called = script('notes "$@"').replace("\n", f'\necho "$LSPEC_HOOK." >>{calls}\n', 1)
    stage.hook("pre-push", called)
    stage.somebody()
    stage.git("push", "-q", "origin", "main")
    assert notes_of(origin) == notes_of(stage.repo)
    assert calls.read_text() == ".\n"
    stage.start("push", "-q", "--force", "origin", f"{NOTES}~1:{NOTES}")
    assert children(stage.folder) == []
    assert calls.read_text() == ".\n.\n"


def test_a_server_that_refuses_notes_is_told_in_one_line_and_the_push_is_fine(
    stage: Stage, origin: Repo
) -> None:
    refuse(origin, "refs/notes/*")
    stage.commit()
    stage.world.lspec("status")
    stage.other_file()
    stage.unseen("commit", "-qm", "more")
    pushed = subprocess.run(
        ["git", "push", "-q", "origin", "main"], cwd=stage.repo.path, capture_output=True, check=True
    )
    stage.quiet()
    assert pushed.stderr == b""
    assert origin.git("rev-parse", "main") == stage.repo.git("rev-parse", "main")
    assert stage.outcome().problem.startswith("notes of origin: not these, says the server")
    assert stage.untold() == [], "told after the commit already"


def test_a_push_does_not_wait_for_the_tracker(stage: Stage, origin: Repo) -> None:
    stage.somebody()
    with Gate(stage, "GET") as gate:
        subprocess.run(
            ["git", "push", "-q", "origin", "main"], cwd=stage.repo.path, capture_output=True, check=True
        )
        gate.wait()
        assert origin.git("rev-parse", "main") == stage.repo.git("rev-parse", "main")
    stage.quiet()
    assert stage.status() == "complete"


def test_nothing_reaches_the_tracker_before_the_code_does(private: Stage) -> None:
    private.commit(ALPHA, "archived")
    private.edit(ALPHA, "complete")
    private.git("commit", "-qa", "--amend", "--no-edit")
    private.commit(BETA, "archived")
    private.unseen("reset", "-q", "--hard", "HEAD~1")
    assert private.world.asked() == []
    private.git("push", "-q", "origin", "main")
    assert (statuses(private), private.patches()) == (["complete", "planned"], 1)
    private.git("push", "-q", "origin", "main")
    assert private.world.asked() == []


@pytest.mark.parametrize("why", ["rejected", "refused", "another branch", "dry run"])
def test_what_the_remote_did_not_get_is_not_published(private: Stage, origin: Repo, why: str) -> None:
    private.commit()
    args = ["push", "-q", "origin", "main"]
    if why == "rejected":
        private.unseen(
            "push",
            "-q",
            "origin",
            f"{private.repo.git('commit-tree', '-m', 'x', 'HEAD^{tree}')}:refs/heads/other",
        )
        origin.git("update-ref", "refs/heads/main", "refs/heads/other")
    elif why == "refused":
        refuse(origin, "refs/heads/*")
    elif why == "another branch":
        args[-1] = "HEAD~1:refs/heads/side"
    else:
        args.append("--dry-run")
    private.git(*args, check=False)
    assert (private.status(), private.world.asked()) == ("planned", [])
    assert "Traceback" not in private.log()


def test_a_push_to_where_no_branch_is_tracked_counts_once_it_is_there(private: Stage, origin: Repo) -> None:
    """By URL: git keeps no copy of what the remote has, so it is asked."""
    private.repo.git("remote", "rename", "origin", "canonical")
    private.repo.git("update-ref", "-d", "refs/remotes/canonical/main")
    private.commit()
    private.git("push", "-q", origin.path.as_uri(), "main")
    assert private.status() == "complete"


def test_it_waits_for_the_push_behind_whatever_framework(private: Stage, origin: Repo) -> None:
    """The push is held up after its hook has run: by the server, until the child is there and waits."""
    nested = f"sh -c 'sh -c \"{sys.executable} -P -m lspec_git hook notes origin </dev/null; :\"; :'"
    private.hook("pre-push", f"#!/bin/sh\n{nested}\n:\n")
    go_on = private.folder / "go on"
    hook = origin.path / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\nwhile [ ! -e '{go_on}' ]; do sleep 0.05; done\n")
    hook.chmod(0o755)
    private.commit()
    with subprocess.Popen(["git", "push", "-q", "origin", "main"], cwd=private.repo.path) as push:
        until(lambda: children(private.folder), "the child")
        (child,) = children(private.folder)
        until(lambda: waits_for(child) == push.pid, "that the child has started")
        assert private.world.asked() == []
        go_on.touch()
    private.quiet()
    assert private.status() == "complete"


def waits_for(child: int) -> int:
    """The process that a child was told to wait for."""
    words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
    return int(words[words.index(b"--after-push") + 1])


def test_under_a_framework_the_remote_is_in_the_environment(
    private: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pre-commit gives its hooks no arguments, and nothing on stdin."""
    private.commit()
    private.unseen("push", "-q", "origin", "main")
    monkeypatch.setenv("PRE_COMMIT", "1")
    monkeypatch.setenv("PRE_COMMIT_REMOTE_NAME", "origin")
    command = [sys.executable, "-P", "-m", "lspec_git", "hook", "notes"]
    monkeypatch.setenv("PRE_COMMIT_REMOTE_BRANCH", NOTES)
    subprocess.run(command, cwd=private.repo.path, stdin=subprocess.DEVNULL, check=True)
    assert children(private.folder) == []
    monkeypatch.setenv("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/main")
    # Whoever starts it here is no git, so its own parent is waited for: a shell that ends at once.
    subprocess.run(
        ["sh", "-c", '"$@"; :', "sh", *command], cwd=private.repo.path, stdin=subprocess.DEVNULL, check=True
    )
    private.quiet()
    assert private.status() == "complete"


def test_no_password_of_a_url_is_in_the_childs_arguments(private: Stage) -> None:
    """The child lives for as long as the push, and whoever is on the machine can read its arguments."""
    hook = f"{sys.executable} -P -m lspec_git hook notes https://me:secret@git.example.org/x </dev/null"
    with subprocess.Popen(["sh", "-c", f"{hook}; exec sleep 60"], cwd=private.repo.path) as push:
        until(lambda: children(private.folder), "the child")
        (child,) = children(private.folder)
        words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        assert waits_for(child) == push.pid
        push.kill()
    assert words[-2:] == [b"https://git.example.org/x", b""]
