"""The child on its own: nobody waits for it, nobody is asked, and nothing is lost whatever happens to it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lspec_git.engine import background
from lspec_git.errors import TrackerError
from tests.adapters.wire import Reply, Server
from tests.e2e.worlds import spec, spec_path
from tests.hooks.stage import (
    ALPHA,
    BETA,
    DEADLINE,
    Gate,
    Stage,
    children,
    offline,
    script,
    statuses,
    until,
)


def test_a_commit_returns_while_the_tracker_has_not_answered(stage: Stage) -> None:
    """Whoever reads the hook's output to its end, as pre-commit does, must not wait for the child either."""
    stage.edit()
    with Gate(stage, "GET") as gate:
        done = subprocess.run(
            ["git", "commit", "-qam", "edit"], cwd=stage.repo.path, capture_output=True, check=True
        )
        assert done.stdout + done.stderr == b""
        gate.wait()
        assert children(stage.folder)
        assert (stage.status(), gate.opened.is_set()) == ("planned", False)
    stage.quiet()
    assert stage.status() == "complete"


def test_the_child_holds_nothing_of_the_hooks(stage: Stage) -> None:
    stage.edit()
    with Gate(stage, "GET") as gate:
        stage.start("commit", "-qam", "edit")
        gate.wait()
        (child,) = children(stage.folder)
        open_files = {entry.name: entry.readlink() for entry in Path(f"/proc/{child}/fd").iterdir()}
        assert os.getsid(child) == child
        assert os.getsid(child) == child
        words = Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
    assert {str(open_files[number]) for number in "012"} == {os.devnull}
    assert not any(str(target).startswith("pipe:") for target in open_files.values())
    assert b"LSPEC_HOOK=1" in words


def test_who_starts_it_need_not_wait(stage: Stage) -> None:
    """A shell with job control makes it the head of a group of processes, which cannot get a session."""
    stage.somebody()
    command = [sys.executable, "-P", "-m", "lspec_git", "hook", "run"]
    with Gate(stage, "GET") as gate:
        started = subprocess.Popen(
            command, cwd=stage.repo.path, process_group=0, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert started.communicate(timeout=DEADLINE)[0] == b""
        gate.wait()
        (child,) = children(stage.folder)
        assert (started.returncode, os.getsid(child)) == (0, child)
    stage.quiet()
    assert stage.status() == "complete"


def test_what_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "LONGEST", 0.05)
    with pytest.raises(TrackerError, match="not done within"), background._in_time():
        signal.pause()


def test_offline_nothing_is_lost_and_the_next_commit_publishes(stage: Stage) -> None:
    with offline(stage):
        stage.commit(ALPHA)
        assert len(stage.untold()) == 1
        stage.commit(BETA)
    assert statuses(stage) == ["planned", "planned"]
    assert stage.untold() == [], "the hook of the second commit has told it, and once is enough"
    stage.patches()
    stage.other_file()
    stage.git("commit", "-qm", "no spec")
    assert (statuses(stage), stage.patches()) == (["complete", "complete"], 2)
    assert stage.in_step()


def test_of_two_at_once_one_works_and_does_it_all(stage: Stage) -> None:
    with Gate(stage, "GET") as gate:
        stage.edit(ALPHA)
        stage.start("commit", "-qam", "first")
        gate.wait()
        stage.edit(BETA)
        stage.start("commit", "-qam", "second")
        until(lambda: len(children(stage.folder)) == 1, "that the second one has left")
        assert (stage.lspec_folder / "again").exists()
    stage.quiet()
    assert (statuses(stage), stage.patches()) == (["complete", "complete"], 2)
    assert not (stage.lspec_folder / "again").exists()


def test_a_commit_that_takes_back_what_is_being_published_is_not_missed(stage: Stage) -> None:
    """Between the last complete run and that commit nothing differs, so its own hook starts nothing."""
    with Gate(stage, "PATCH") as gate:
        stage.edit(ALPHA, "complete")
        stage.start("commit", "-qam", "there")
        gate.wait()
        stage.edit(ALPHA, "planned")
        stage.unseen("commit", "-qam", "and back")
    stage.quiet()
    assert (stage.status(), stage.patches()) == ("planned", 2)


@pytest.mark.parametrize("next_one", ["commit", "sync"])
@pytest.mark.parametrize("landed", [True, False])
def test_killed_while_it_pushes_the_next_one_completes_it(stage: Stage, landed: bool, next_one: str) -> None:
    with Gate(stage, "PATCH", landed=landed, lost=True) as gate:
        stage.edit()
        stage.start("commit", "-qam", "edit")
        gate.wait()
        for child in children(stage.folder):
            os.kill(child, signal.SIGKILL)
        stage.quiet()
    stage.patches()
    assert stage.status() == ("complete" if landed else "planned")
    if next_one == "commit":
        stage.other_file()
        stage.git("commit", "-qm", "no spec")
    else:
        stage.world.lspec("sync")
    assert stage.status() == "complete"
    assert stage.patches() == (0 if landed else 1)
    assert stage.in_step()


def test_killed_while_it_creates_there_is_one_item(stage: Stage) -> None:
    name = "003-gamma"
    with Gate(stage, "POST", landed=True, lost=True) as gate:
        stage.repo.write(spec_path(name), spec("Gamma"))
        stage.repo.git("add", "specs")
        stage.start("commit", "-qm", "new")
        gate.wait()
        for child in children(stage.folder):
            os.kill(child, signal.SIGKILL)
        stage.quiet()
    stage.other_file()
    stage.git("commit", "-qm", "no spec")
    assert stage.world.issue(name).title == "Gamma"
    assert len(stage.world.person.issues()) == 3


def test_without_a_token_it_is_silent_and_asks_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    token = os.environ["GITHUB_TOKEN"]
    monkeypatch.delenv("GITHUB_TOKEN")
    stage.commit()
    assert (stage.world.asked(), stage.untold(), stage.outcome().line) == ([], [], "")
    monkeypatch.setenv("GITHUB_TOKEN", token)
    stage.other_file()
    stage.git("commit", "-qm", "with a token")
    assert (stage.status(), stage.patches()) == ("complete", 1)


def test_a_target_that_is_not_trusted_gets_no_token_and_that_is_said_once(stage: Stage) -> None:
    stage.repo.git("config", "--global", "--unset-all", "lspec.trust")
    stage.commit(ALPHA)
    (line,) = stage.untold()
    stage.commit(BETA)
    assert (stage.world.asked(), stage.untold()) == ([], [])
    assert "was never approved to receive your token (git lspec trust localhost:" in line


@pytest.mark.parametrize(("count", "made"), [(5, 5), (6, 0)])
def test_a_handful_of_items_is_created_and_more_wait_for_a_person(
    stage: Stage, count: int, made: int
) -> None:
    names = [f"1{n:02}-new" for n in range(count)]
    for name in names:
        stage.repo.write(spec_path(name), spec(name))
    stage.edit(ALPHA)
    stage.repo.git("add", "specs")
    stage.git("commit", "-qm", "many")
    assert len(stage.world.person.issues()) == 2 + made
    assert stage.status() == "complete", "edits are published all the same"
    waits = any(f"{count} new specs wait: git lspec sync" in line for line in stage.untold())
    assert waits is (made == 0)
    stage.world.lspec("sync", "--force")
    assert len(stage.world.person.issues()) == 2 + count


# -- nobody is asked


@pytest.fixture
def recorder(stage: Stage) -> Path:
    """A program that asks, as ssh or an askpass would; it keeps what it was called with, and fails."""
    program = stage.folder / "programs" / "ssh"
    calls = stage.folder / "calls"
    calls.touch()
    stage.folder.joinpath("programs").mkdir()
    program.write_text(
        f'#!/bin/sh\n{{ echo "$0 $*"; (: </dev/tty) 2>/dev/null && echo TERMINAL; '
        f'env | grep -E "^(DISPLAY|SSH_ASKPASS)"; }} >>{calls}\nexit 255\n'
    )
    program.chmod(0o755)
    return calls


def on_terminal(stage: Stage, *args: str) -> None:
    """A git command as typed by a person, on a terminal that a child could open."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(stage.repo.path)
        os.execvp("git", ["git", *args])  # noqa: S606 - no shell wanted
    try:
        while os.read(terminal, 4096):
            continue
    except OSError:
        stage.when += 1  # the terminal is gone with its last process
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_remote_that_wants_a_password_asks_nobody(
    stage: Stage, recorder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal, with a display, and with every askpass that git and ssh know."""
    askpass = str(stage.folder / "programs" / "ssh")
    for name in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(name, askpass)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("GIT_TERMINAL_PROMPT")
    stage.repo.git("config", "core.askPass", askpass)
    refuse = Reply(401, None, {"WWW-Authenticate": 'Basic realm="git"'}, odd=True)
    with Server(lambda _: refuse) as server:
        stage.repo.git("remote", "add", "origin", f"{server.url}/specs.git")
        stage.edit()
        on_terminal(stage, "commit", "-qam", "edit")
        stage.quiet()
        assert server.asked
    assert recorder.read_text() == ""
    assert stage.status() == "complete"
    assert any("notes of origin" in line for line in stage.untold())


def test_ssh_is_told_to_ask_nobody_and_has_no_terminal(
    stage: Stage, recorder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{stage.folder / 'programs'}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    stage.repo.git("remote", "add", "origin", "ssh://git.example.org/specs.git")
    stage.edit()
    on_terminal(stage, "commit", "-qam", "edit")
    stage.quiet()
    told = recorder.read_text()
    assert "BatchMode=yes" in told
    assert "TERMINAL" not in told
    assert "DISPLAY" not in told
    assert "SSH_ASKPASS_REQUIRE=never" in told


def test_a_credential_helper_is_asked_without_a_terminal(
    stage: Stage, recorder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.delenv("GIT_TERMINAL_PROMPT")
    monkeypatch.setenv("DISPLAY", ":0")
    stage.repo.git("config", "--global", "credential.helper", f"!{stage.folder / 'programs' / 'ssh'}")
    stage.repo.git("config", "core.askPass", str(stage.folder / "programs" / "ssh"))
    stage.edit()
    on_terminal(stage, "commit", "-qam", "edit")
    stage.quiet()
    lines = recorder.read_text().splitlines()
    assert [line.rpartition(" ")[2] for line in lines if line.startswith("/")] == ["get"]
    assert not {"TERMINAL", "DISPLAY=:0"} & set(lines)
    assert (stage.untold(), stage.world.asked()) == ([], [])


def test_where_notes_must_be_signed_and_cannot_be_nothing_is_sent(stage: Stage) -> None:
    key = stage.folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", key], check=True)
    stage.repo.git("config", "--global", "gpg.format", "ssh")
    stage.repo.git("config", "--global", "user.signingKey", f"{key}.pub")
    stage.repo.git("config", "--global", "lspec.gpgSign", "true")
    notes = stage.world.notes()
    stage.commit()
    assert (stage.status(), stage.patches(), stage.world.notes()) == ("planned", 0, notes)
    (line,) = stage.untold()
    assert "the notes cannot be signed" in line
    assert "git lspec sync" in line
    stage.repo.git("config", "--global", "lspec.gpgSign", "false")
    stage.other_file()
    stage.git("commit", "-qm", "no spec")
    assert (stage.status(), stage.patches()) == ("complete", 1)


def test_a_value_that_was_pulled_waits_also_where_a_framework_sets_it_aside(stage: Stage) -> None:
    """pre-commit and prek stash what is not staged around every hook: HEAD's text lies there meanwhile."""
    stage.world.person.close(stage.world.number(ALPHA))
    stage.world.lspec("pull")
    framed = f"{sys.executable} -P -m lspec_git hook run"
    aside = f"git diff >.git/aside; git apply -R .git/aside; {framed}; git apply .git/aside"
    stage.hook("post-commit", f"#!/bin/sh\n{aside}\n")
    path = stage.world.path(ALPHA)
    stage.edit(BETA, "archived")
    stage.repo.git("add", spec_path(BETA))
    pulled = path.read_text()
    assert "status: complete" in pulled
    stage.git("commit", "-qm", "beta")
    assert path.read_text() == pulled
    assert [one.new for one in stage.records.pulled() if one.field == "status"] == ["complete"]
    stage.patches()
    stage.hook("post-commit", script("sync"))
    stage.git("commit", "-qam", "take it in")
    assert (stage.patches(), stage.untold()[1:]) == (0, [])
    assert stage.in_step()


def test_nothing_is_written_into_the_worktree(stage: Stage) -> None:
    """What moved on the tracker waits for a pull."""
    stage.world.person.close(stage.world.number(BETA))
    stage.commit(ALPHA)
    assert stage.repo.git("status", "--porcelain") == ""
    assert "status: complete" not in stage.world.path(BETA).read_text()
    stage.world.lspec("pull")
    assert "status: complete" in stage.world.path(BETA).read_text()
