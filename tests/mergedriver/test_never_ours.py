"""The installed line, with the driver broken in every way: a real merge never takes one side without a word.

What is looked at is what a person meets: the exit code, the stages in the index, and the file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lspec_git.git.objects import discover
from lspec_git.git.setup import driver_line, set_driver
from tests.cli.running import lspec
from tests.conftest import Repo
from tests.kinds import use_newer_git
from tests.mergedriver.scenes import SPEC, edit, no_litter
from tests.mergedriver.test_rules import BEGUN, FIRST, STATUS, TAG, THIRD

CLASH, CALM = "specs/001-clash/README.md", "specs/002-calm/README.md"
Texts = tuple[bytes, bytes, bytes]
"""Base, main's, side's."""
CLASHING = (SPEC.encode(), edit(SPEC, STATUS, FIRST).encode(), edit(SPEC, BEGUN, TAG, THIRD).encode())
"""Both set the status: a conflict for everybody."""
CALMLY = (SPEC.encode(), edit(SPEC, FIRST).encode(), edit(SPEC, STATUS).encode())
"""Merges as text too, but then nobody makes the line under the title anew."""
GITS = ["own", "newer"]


@pytest.fixture(params=GITS)
def installed(request: pytest.FixtureRequest, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository as `git lspec install` leaves it, under either git."""
    if request.param == "newer":
        use_newer_git(monkeypatch)
    assert lspec("install", "--merge-driver", cwd=repo.path).code == 0
    return repo


def history(repo: Repo, files: Mapping[str, Texts]) -> None:
    """`main` and `side`, which come from one base."""
    repo.commit({path: texts[0] for path, texts in files.items()}, "base")
    repo.git("branch", "side")
    repo.commit({path: texts[1] for path, texts in files.items()}, "main", 10)
    repo.git("checkout", "-q", "side")
    repo.commit({path: texts[2] for path, texts in files.items()}, "side", 20)


@dataclass(frozen=True)
class Merge:
    code: int
    said: str


def merge(repo: Repo, into: str, env: Mapping[str, str] | None = None) -> Merge:
    """Merge the other branch into this one."""
    if repo.git("symbolic-ref", "--short", "HEAD") != into:
        repo.git("checkout", "-q", into)
    other = {"main": "side", "side": "main"}[into]
    done = subprocess.run(
        ["git", "merge", "--no-edit", other],
        cwd=repo.path,
        capture_output=True,
        check=False,
        env={**os.environ, **(env or {})},
    )
    return Merge(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))


def undo(repo: Repo, into: str, tip: str) -> None:
    """As before the merge."""
    repo.git("reset", "-q", "--hard", tip)
    repo.git("checkout", "-q", into)


def sides(texts: Texts, into: str) -> Texts:
    """Base, ours, theirs."""
    return texts if into == "main" else (texts[0], texts[2], texts[1])


def by_git(texts: Texts, folder: Path) -> tuple[bytes, int]:
    """git's own text merge of (base, ours, theirs), made by hand; and its exit status."""
    for name, text in zip(("base", "ours", "theirs"), texts, strict=True):
        (folder / name).write_bytes(text)
    args = [
        "git",
        "merge-file",
        "-p",
        "-q",
        "-L",
        "ours",
        "-L",
        "base",
        "-L",
        "theirs",
        "ours",
        "base",
        "theirs",
    ]
    done = subprocess.run(args, cwd=folder, capture_output=True, check=False)
    return done.stdout, done.returncode


def stages(repo: Repo, path: str) -> dict[str, bytes]:
    """Stage to text of an unmerged file."""
    found = {}
    for line in repo.git("ls-files", "-u", "--", path).splitlines():
        oid, stage = line.split()[1:3]
        shown = subprocess.run(
            ["git", "cat-file", "blob", oid], cwd=repo.path, capture_output=True, check=True
        )
        found[stage] = shown.stdout
    return found


def merged_by_git(repo: Repo, path: str, texts: Texts, folder: Path) -> None:
    """The file is what git's text merge makes of it; if that has conflicts, the index has all three sides."""
    expected, conflicts = by_git(texts, folder)
    assert 0 <= conflicts < 128
    assert (repo.path / path).read_bytes() == expected
    whole = dict(zip("123", texts, strict=True)) if conflicts else {}
    assert stages(repo, path) == whole
    assert (b"\n<<<<<<< ours\n" in b"\n" + expected) == bool(conflicts)


Build = Callable[[Path], tuple[Path, dict[str, str]]]
"""Makes a program in a folder; its path, and what the environment must hold for it to be broken."""
REAL = Path(sys.executable).parent / "git-lspec"


def script(text: str, mode: int = 0o755) -> Build:
    def build(folder: Path) -> tuple[Path, dict[str, str]]:
        path = folder / "git-lspec"
        path.write_text(text)
        path.chmod(mode)
        return path, {}

    return build


def python(before: str) -> Build:
    """The real driver, with something done to it first."""
    start = (
        f"#!{sys.executable}\nimport os, signal, sys, time\nimport lspec_git.mergedriver as driver\n"
        "from lspec_git.git import quick\nfrom lspec_git.__main__ import main\n"
        f"{before}\nsys.exit(main())\n"
    )
    return script(start)


def module(name: str, text: str) -> Build:
    """The real program, and a module in its way."""

    def build(folder: Path) -> tuple[Path, dict[str, str]]:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return REAL, {"PYTHONPATH": str(folder)}

    return build


def nothing(folder: Path) -> tuple[Path, dict[str, str]]:
    return folder / "gone" / "git-lspec", {}


def merging(what: str) -> str:
    return f"def broken(*args):\n    {what}\ndriver.merge_spec = broken"


HALF = "def half(number, data):\n    os.write(number, data[:50])\n    {}\nquick._write = half"
WAYS: dict[str, Build] = {
    "gone": nothing,
    "a folder": lambda folder: (folder, {}),
    "not to be executed": script("#!/bin/sh\nexit 0\n", 0o644),
    "its interpreter is gone": script("#!/nowhere/python3\n"),
    "no program at all": script("\x7fELF and then nothing"),
    "a version without a merge driver": python("from lspec_git.cli.main import main"),
    "its package cannot be imported": module("lspec_git/__init__.py", "raise RuntimeError('broken')\n"),
    "a module that does not parse": module("re.py", "def (\n"),
    "a part is missing": python(
        "sys.modules.pop('lspec_git.mergedriver'); sys.modules['lspec_git.mergedriver'] = None"
    ),
    "an error": python(merging("raise ValueError('broken')")),
    "no memory": python(merging("raise MemoryError")),
    "it exits with 0 on its way": python(merging("sys.exit(0)")),
    "it is interrupted": python(merging("raise KeyboardInterrupt")),
    "a segmentation fault": python(merging("os.kill(os.getpid(), signal.SIGSEGV)")),
    "killed": python(merging("os.kill(os.getpid(), signal.SIGKILL)")),
    "killed in the middle of writing": python(HALF.format("os.kill(os.getpid(), signal.SIGKILL)")),
    "terminated in the middle of writing": python(HALF.format("os.kill(os.getpid(), signal.SIGTERM)")),
    "killed before the result is moved": python(
        "os.replace = lambda *args: os.kill(os.getpid(), signal.SIGKILL)"
    ),
    "it takes too long": python("driver.SECONDS = 1\n" + merging("time.sleep(100)")),
    "it cannot write": python("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"),
    "status 1": script("#!/bin/sh\nexit 1\n"),
    "status 255": script("#!/bin/sh\nexit 255\n"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_broken_driver_leaves_it_all_to_git(way: str, installed: Repo, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    program, env = WAYS[way](folder)
    set_driver(discover(installed.path), driver_line([str(program)]))
    history(installed, {CLASH: CLASHING, CALM: CALMLY})
    for into in ("main", "side"):
        tip = installed.git("rev-parse", into)
        done = merge(installed, into, env)
        assert done.code == 1, done.said
        assert f"CONFLICT (content): Merge conflict in {CLASH}" in done.said
        merged_by_git(installed, CLASH, sides(CLASHING, into), tmp_path)
        merged_by_git(installed, CALM, sides(CALMLY, into), tmp_path)
        left = [name for name in no_litter(installed) if "killed" not in way and "terminated" not in way]
        assert left == []
        undo(installed, into, tip)


def test_the_same_merges_with_the_driver_whole(installed: Repo, tmp_path: Path) -> None:
    """What the tests above would see if nothing were broken: another result."""
    history(installed, {CLASH: CLASHING, CALM: CALMLY})
    assert merge(installed, "main").code == 1
    assert (installed.path / CLASH).read_bytes() != by_git(CLASHING, tmp_path)[0]
    assert "**Status**: ✅ Complete" in (installed.path / CALM).read_text()
    assert stages(installed, CLASH) == dict(zip("123", CLASHING, strict=True))


AFTER = """\
moved = os.replace
def move(*args):
    moved(*args)
    os.kill(os.getpid(), signal.SIGKILL)
os.replace = move
"""


def test_killed_when_all_is_written(installed: Repo, tmp_path: Path) -> None:
    """git's text merge then takes the driver's result for ours: both sides are in it all the same."""
    folder = tmp_path / "broken"
    folder.mkdir()
    set_driver(discover(installed.path), driver_line([str(python(AFTER)(folder)[0])]))
    history(installed, {CLASH: CLASHING, CALM: CALMLY})
    for into in ("main", "side"):
        tip = installed.git("rev-parse", into)
        assert merge(installed, into).code == 1
        text = (installed.path / CLASH).read_text()
        assert "\nstatus: complete\n" in text
        assert "\nstatus: in-progress\n" in text
        assert "  - web\n" in text
        assert stages(installed, CLASH).keys() == {"1", "2", "3"}
        calm = (installed.path / CALM).read_text()
        assert "\nstatus: complete\n" in calm
        assert FIRST[1] in calm
        undo(installed, into, tip)


BROKEN_YAML = (b"transitions:", b"  - orphan\ntransitions:")
INPUTS: dict[str, Callable[[bytes], bytes]] = {
    "YAML that cannot be read": lambda text: text.replace(*BROKEN_YAML),
    "conflict markers": lambda text: text + b"<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n",
    "not UTF-8": lambda text: text.replace(b"Second paragraph.", b"Zweiter Absatz, gr\xfc\xdfe."),
    "no frontmatter": lambda text: text.split(b"---\n", 2)[2],
}


@pytest.mark.parametrize("which", [0, 1, 2], ids=["base", "main", "side"])
@pytest.mark.parametrize("name", INPUTS)
def test_an_input_in_doubt_is_merged_by_git(name: str, which: int, installed: Repo, tmp_path: Path) -> None:
    files = {}
    for path, texts in {CLASH: CLASHING, CALM: CALMLY}.items():
        some = list(texts)
        some[which] = INPUTS[name](some[which])
        files[path] = (some[0], some[1], some[2])
    history(installed, files)
    for into in ("main", "side"):
        tip = installed.git("rev-parse", into)
        done = merge(installed, into)
        assert done.said.count("left to git's text merge: ") == 2, done.said
        for path, texts in files.items():
            merged_by_git(installed, path, sides(texts, into), tmp_path)
        assert done.code == int(bool(installed.git("ls-files", "-u")))
        assert no_litter(installed) == []
        undo(installed, into, tip)


def test_ten_megabytes_are_merged_by_git(installed: Repo, tmp_path: Path) -> None:
    rest = b"0123456789abcde\n" * 625_000
    texts = (CLASHING[0] + rest, CLASHING[1] + rest, CLASHING[2] + rest)
    history(installed, {CLASH: texts})
    done = merge(installed, "main")
    assert "larger than 1,000,000 bytes" in done.said
    merged_by_git(installed, CLASH, texts, tmp_path)


def test_what_git_cannot_merge_either_holds_both_sides(installed: Repo) -> None:
    """A NUL byte: to git that is no text, and its own way out would be ours, without a marker."""
    texts = (SPEC.encode() + b"\0", edit(SPEC, STATUS).encode() + b"\0", edit(SPEC, BEGUN).encode() + b"\0")
    history(installed, {CLASH: texts})
    for into in ("main", "side"):
        tip = installed.git("rev-parse", into)
        assert merge(installed, into).code == 1
        _, ours, theirs = sides(texts, into)
        expected = b"<<<<<<< ours\n" + ours + b"\n=======\n" + theirs + b"\n>>>>>>> theirs\n"
        assert (installed.path / CLASH).read_bytes() == expected
        assert stages(installed, CLASH) == dict(zip("123", sides(texts, into), strict=True))
        assert no_litter(installed) == []
        undo(installed, into, tip)


@contextmanager
def mounted(*args: str, at: Path) -> Iterator[None]:
    if subprocess.run(["mount", *args, at], check=False, capture_output=True).returncode:
        pytest.skip("may not mount")
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=True)


def unharmed(repo: Repo, tip: str, texts: Mapping[str, bytes], said: str) -> None:
    """Nothing was committed, and the index has all sides, or the merge did not begin."""
    assert repo.git("rev-parse", "HEAD") == tip, said
    assert texts == (dict(zip("123", CLASHING, strict=True)) if texts else {}), said


@pytest.mark.parametrize("git", GITS)
def test_a_full_disk(git: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for nothing, for git's own files, for the driver's, and so on, block by block."""
    if git == "newer":
        use_newer_git(monkeypatch)
    small = tmp_path / "small"
    small.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=8m", "none", at=small):
        repo = Repo(small / "repo")
        repo.path.mkdir()
        repo.git("init", "-q")
        assert lspec("install", "--merge-driver", cwd=repo.path).code == 0
        history(repo, {CLASH: CLASHING})
        repo.git("checkout", "-q", "main")
        tip, ends = repo.git("rev-parse", "main"), set()
        for blocks in range(32):
            ends.add(_merge_with(blocks, repo, small, tip))
        assert ends == {"given up", "conflict"}


def _merge_with(blocks: int, repo: Repo, small: Path, tip: str) -> str:
    """Merge with so many free blocks (4 kB); how it ended."""
    (small / "room").write_bytes(b"x" * 4096 * blocks)
    with (small / "rest").open("wb", buffering=0) as rest, pytest.raises(OSError, match="space"):
        while True:
            rest.write(b"x" * 4096)
    (small / "room").unlink()
    done = merge(repo, "main")
    (small / "rest").unlink()
    texts, found = stages(repo, CLASH), (repo.path / CLASH).read_bytes()
    assert done.code != 0
    unharmed(repo, tip, texts, done.said)
    if found != CLASHING[1] or texts:  # git may have had no room left for its index, after the file
        assert b"<<<<<<< " in found
        assert b"status: complete" in found
        assert b"status: in-progress" in found
    (repo.path / ".git" / "index.lock").unlink(missing_ok=True)
    repo.git("reset", "-q", "--hard", tip)
    for each in no_litter(repo):
        Path(each).unlink()
    return "conflict" if texts else "given up"


def test_a_folder_that_cannot_be_written(installed: Repo, tmp_path: Path) -> None:
    history(installed, {CLASH: CLASHING})
    installed.git("checkout", "-q", "main")
    tip, folder = installed.git("rev-parse", "main"), (installed.path / CLASH).parent
    with mounted("--bind", str(folder), at=folder):
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        done = merge(installed, "main")
    assert done.code != 0
    assert (installed.path / CLASH).read_bytes() == CLASHING[1]
    assert installed.git("rev-parse", "HEAD") == tip
    installed.git("reset", "-q", "--hard", tip)
    assert merge(installed, "main").code == 1
    assert stages(installed, CLASH) == dict(zip("123", CLASHING, strict=True))


ODD = 'it\'s a "place" with $HOME, `id`, 100% and %O; \\ too'


def test_a_program_in_a_folder_with_an_odd_name(installed: Repo, tmp_path: Path) -> None:
    folder = tmp_path / ODD
    folder.mkdir()
    program, _ = script(f'#!/bin/sh\nexec {REAL} "$@"\n')(folder)
    plain = [sys.executable, "-P", "-m", "lspec_git"]
    for words, merged in (([str(program)], True), ([str(folder / "gone")], False), (plain, True)):
        set_driver(discover(installed.path), driver_line(words))
        history(installed, {CALM: CALMLY})
        done = merge(installed, "main")
        assert done.code == 0
        assert ("git lspec is not at " in done.said) != merged
        assert ("**Status**: ✅ Complete" in (installed.path / CALM).read_text()) == merged
        installed.git("checkout", "-q", "--orphan", "anew")
        installed.git("branch", "-D", "main", "side")
        installed.git("checkout", "-q", "-b", "main")


def test_one_repository_and_several_gits(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one and the same line: labels by the branches' names where git tells them, else words of ours."""
    assert lspec("install", "--merge-driver", cwd=repo.path).code == 0
    history(repo, {CLASH: CLASHING})
    number = tuple(map(int, repo.git("version").split()[2].split(".")[:2]))
    tip = repo.git("rev-parse", "main")
    for known in (number >= (2, 44), True):
        assert merge(repo, "main").code == 1
        text = (repo.path / CLASH).read_text()
        assert ("<<<<<<< HEAD\n" in text, "<<<<<<< ours\n" in text) == (known, not known)
        assert "%" not in text
        undo(repo, "main", tip)
        use_newer_git(monkeypatch)
