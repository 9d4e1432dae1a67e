"""The driver as a process, in every kind of trouble: `%A` is intact or complete, and nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lspec_git.mergedriver import CLEAN, CONFLICT, LEFT_TO_GIT
from tests.conftest import Repo
from tests.mergedriver.scenes import PATH, SPEC, by_cli, edit, merge
from tests.mergedriver.test_rules import ADA, BEGUN, EVE, FIRST, STATUS, TAG, THIRD

OURS, THEIRS = edit(SPEC, ADA, FIRST), edit(SPEC, STATUS, TAG, THIRD)
START = """\
import os, signal, sys
from lspec_git.__main__ import main
sys.argv = ["git-lspec", *sys.argv[2:]]
{before}
sys.exit(main())
"""


@dataclass(frozen=True)
class Ran:
    code: int
    ours: bytes
    said: str


@dataclass(frozen=True)
class Files:
    """The three files as git lays them out: in the worktree, with names of git's own."""

    repo: Repo
    names: tuple[str, str, str] = (".merge_file_aaaaaa", ".merge_file_bbbbbb", ".merge_file_cccccc")

    def write(self, *texts: str | bytes) -> None:
        for name, text in zip(self.names, texts, strict=True):
            self.repo.write(name, text)

    def run(self, *more: str, before: str = "pass", env: dict[str, str] | None = None) -> Ran:
        """The same program as `git-lspec`, with a line run before it."""
        args = ["merge-driver", *self.names, "7", PATH, *more]
        command = [sys.executable, "-c", START.format(before=before), "x", *args]
        done = subprocess.run(
            command, cwd=self.repo.path, capture_output=True, check=False, env={**os.environ, **(env or {})}
        )
        found = (self.repo.path / self.names[1]).read_bytes()
        return Ran(done.returncode, found, done.stderr.decode())

    def left(self) -> list[str]:
        """What is in the worktree besides."""
        return sorted(
            each.name for each in self.repo.path.iterdir() if each.name not in (*self.names, ".git")
        )


@pytest.fixture
def files(repo: Repo) -> Files:
    return Files(repo)


def test_the_program_by_its_name(driven: Repo) -> None:
    files = Files(driven)
    files.write(SPEC, OURS, THEIRS)
    args = ["git-lspec", "merge-driver", *files.names, "7", PATH]
    assert subprocess.run(args, cwd=driven.path, check=False).returncode == CLEAN
    assert b"assignee: bob" in (driven.path / files.names[1]).read_bytes()


def test_labels_of_newer_git_are_used(files: Files) -> None:
    files.write(SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    ran = files.run("1a2b3c", "HEAD", "side")
    assert ran.code == CONFLICT
    assert b"<<<<<<< HEAD\nstatus: complete\n=======\nstatus: in-progress\n>>>>>>> side\n" in ran.ours
    files.write(SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    assert b"<<<<<<< ours\n" in files.run("%S", "%X", "%Y").ours


HEAVY = {"yaml", "frontmatter", "dataclasses", "typing", "inspect", "pathlib", "subprocess", "click", "json"}
LOADED = f"import atexit; atexit.register(lambda: os.write(2, repr({HEAVY} & set(sys.modules)).encode()))"


@pytest.mark.parametrize("theirs", [THEIRS, by_cli(SPEC), edit(SPEC, EVE)], ids=["clean", "cli", "conflict"])
def test_nothing_costly_is_loaded(files: Files, theirs: str) -> None:
    """git starts the driver once for each file: what it imports is what it costs."""
    files.write(SPEC, OURS, theirs)
    ran = files.run(before=LOADED, env={"PYTHONNOUSERSITE": "1"})
    assert ran.code in (CLEAN, CONFLICT)
    assert ran.said.endswith("set()")


BROKEN = SPEC.replace("transitions:", "  - orphan\ntransitions:")
DOUBTS: dict[str, tuple[str | bytes, str]] = {
    "an orphan item": (BROKEN, "while parsing"),
    "a key twice": (edit(SPEC, ("milestone: v1", "milestone: v1\nmilestone: v2")), "occurs twice"),
    "markers": (SPEC + "<<<<<<< a\n", "conflict markers"),
    "not UTF-8": (SPEC.encode() + b"\xff", "not UTF-8"),
    "a NUL byte": (SPEC + "\0", "no text file"),
    "no frontmatter": ("# A name\n", "no frontmatter"),
    "no end of it": (SPEC.replace("---\n\n#", "#"), "not closed"),
    "ten megabytes": (SPEC + "x" * 10_000_000, "larger than"),
    "a tag": (edit(SPEC, ("milestone: v1", "milestone: !!python/name:os.system v")), "tag"),
    "an alias": (edit(SPEC, ("milestone: v1", "milestone: &a v")), "anchors"),
    "lines that end in two ways": (SPEC.replace("First paragraph.\n", "First paragraph.\r\n"), "two ways"),
    "emptied": ("", "no frontmatter"),
    "deep": (edit(SPEC, ("milestone: v1", "milestone: " + "[" * 300 + "]" * 300)), "nested deeper"),
}


@pytest.mark.parametrize("which", [0, 1, 2], ids=["base", "ours", "theirs"])
@pytest.mark.parametrize("name", DOUBTS)
def test_a_doubt_leaves_ours_alone(files: Files, name: str, which: int) -> None:
    odd, why = DOUBTS[name]
    texts: list[str | bytes] = [SPEC, OURS, THEIRS]
    texts[which] = odd
    if which == 0 and not odd:
        return  # the empty base of two additions is no doubt
    files.write(*texts)
    ran = files.run()
    assert ran.code == LEFT_TO_GIT
    assert why in ran.said
    assert ran.said.count("\n") == 1
    assert ran.ours == (odd.encode() if isinstance(odd, str) else odd) if which == 1 else OURS.encode()
    assert files.left() == []


@pytest.mark.parametrize("more", [("x",), ("a", "b", "c", "d")])
def test_wrong_arguments(files: Files, more: Sequence[str]) -> None:
    files.write(SPEC, OURS, THEIRS)
    ran = files.run(*more)
    assert ran.code == LEFT_TO_GIT
    assert "other arguments" in ran.said
    assert ran.ours == OURS.encode()


def test_a_file_that_is_not_there(files: Files) -> None:
    files.write(SPEC, OURS, THEIRS)
    (files.repo.path / files.names[2]).unlink()
    ran = files.run()
    assert (ran.code, ran.ours) == (LEFT_TO_GIT, OURS.encode())
    assert "FileNotFoundError" in ran.said


def test_a_broken_installation(files: Files) -> None:
    files.write(SPEC, OURS, THEIRS)
    ran = files.run(before='sys.modules["lspec_git.core.plain"] = None')
    assert (ran.code, ran.ours) == (LEFT_TO_GIT, OURS.encode())
    assert ran.said.startswith("git lspec merge-driver cannot be loaded: ")
    assert ran.said.count("\n") == 1


def test_a_stderr_that_is_gone(files: Files) -> None:
    files.write(SPEC, OURS, THEIRS)
    assert files.run(before="os.close(2)").code == CLEAN
    files.write(BROKEN, OURS, THEIRS)
    assert files.run(before="os.close(2)").code == LEFT_TO_GIT


def test_no_room_for_the_result(files: Files) -> None:
    """A limit on the size of files: writing fails in the middle, as on a full disk."""
    files.write(SPEC, OURS, edit(SPEC, STATUS))
    ran = files.run(before="import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))")
    assert (ran.code, ran.ours) == (LEFT_TO_GIT, OURS.encode())
    assert "OSError" in ran.said
    assert files.left() == []
    assert not list(files.repo.path.glob(".git/*lspec*"))


def test_a_full_disk(files: Files, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", small], check=False).returncode:
        pytest.skip("may not mount a small disk")
    try:
        there = Files(Repo(small))
        there.write(SPEC, OURS, edit(SPEC, STATUS))
        with (small / "rest").open("wb", buffering=0) as rest, pytest.raises(OSError, match="space"):
            while True:
                rest.write(b"x" * 4096)
        ran = there.run()
        assert (ran.code, ran.ours) == (LEFT_TO_GIT, OURS.encode())
        assert there.left() == ["rest"]
    finally:
        subprocess.run(["umount", small], check=True)


def program(folder: Path, text: str) -> dict[str, str]:
    """An environment whose git is this script."""
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "git").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_a_git_that_hangs(files: Files, tmp_path: Path) -> None:
    files.write(SPEC, OURS, THEIRS)
    env = program(tmp_path / "bin", f"echo $$ > {tmp_path}/pid; exec sleep 100")
    ran = files.run(before="import lspec_git.mergedriver as d; d.SECONDS = 1", env=env)
    assert (ran.code, ran.ours) == (LEFT_TO_GIT, OURS.encode())
    assert "not done within 1 seconds" in ran.said
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("script", ["exit 255", "kill -9 $$", "printf '\\377'"])
def test_a_git_that_fails(files: Files, tmp_path: Path, script: str) -> None:
    files.write(SPEC, OURS, THEIRS)
    ran = files.run(env=program(tmp_path / "bin", script))
    assert (ran.code, ran.ours) == (LEFT_TO_GIT, OURS.encode())


def test_no_git_at_all(files: Files) -> None:
    files.write(SPEC, OURS, THEIRS)
    ran = files.run(env={"PATH": "/nowhere"})
    assert (ran.code, ran.ours) == (LEFT_TO_GIT, OURS.encode())


KILL = """
steps = 0
def hook(event, args):
    global steps
    if event in ("open", "os.rename", "os.remove", "os.posix_spawn"):
        steps += 1
        if steps == {at}:
            os.kill(os.getpid(), signal.SIGKILL)
import lspec_git.mergedriver
sys.addaudithook(hook)
"""


def test_killed_at_every_step(files: Files) -> None:
    files.write(SPEC, OURS, THEIRS)
    file = files.repo.path / files.names[1]
    before = file.stat().st_ino
    merged = files.run().ours
    assert merged != OURS.encode()
    assert file.stat().st_ino != before, "written into, not replaced"
    seen = set()
    for at in range(1, 100):
        files.write(SPEC, OURS, THEIRS)
        ran = files.run(before=KILL.format(at=at))
        assert ran.ours in (OURS.encode(), merged)
        assert files.left() == []
        seen.add(ran.code)
        if ran.code == CLEAN:
            break
    assert seen == {-signal.SIGKILL, CLEAN}
    assert at > 5


def test_what_is_left_to_git_is_merged_as_git_does(driven: Repo) -> None:
    """An input with broken YAML: the same conflict as without a driver, and nothing of theirs is lost."""
    one, other = edit(BROKEN, STATUS), edit(BROKEN, BEGUN, TAG)
    done = merge(driven, BROKEN, one, other)
    assert "left to git's text merge: base: " in done.said
    assert done.unmerged
    conflict = "<<<<<<< ours\nstatus: complete\n=======\nstatus: in-progress\n>>>>>>> theirs\n"
    assert conflict in done.text
    assert done.text.count("  - web\n") == 1
    driven.git("merge", "--abort")
    driven.write(".git/info/attributes", "specs/** merge=text\n")
    by_git = subprocess.run(["git", "merge", "side"], cwd=driven.path, check=False, capture_output=True)
    plain = (
        (driven.path / PATH).read_text().replace("<<<<<<< HEAD", "<<<<<<< ours").replace("> side", "> theirs")
    )
    assert by_git.returncode == 1
    assert plain == done.text
