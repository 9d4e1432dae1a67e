"""Names of specs as file systems allow them: every script, every sign, and bytes that are no text."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.e2e.worlds import World, spec, spec_path

NFC, NFD = "004-caf\u00e9", "004-cafe\u0301"
NAMES = [
    "001-emoji-🚀",
    "002-שלום-עולם",
    "003-with blank",
    NFC,
    "005-quote'\"`$x",
    "006--dash",
    "007-new\nline",
    "008-tab\t",
    "009-back\\slash",
    os.fsdecode(b"010-\xff\xfe"),
    "011-#hash?x=1&y",
    "012-a:b",
    "013-*star[x]",
    "014-<!-- --> end",
    "015-%41",
]


def start(world: World, names: Sequence[str]) -> None:
    for number, name in enumerate(names):
        world.repo.write(spec_path(name), spec(f"Spec {number}"))
    world.init()
    world.commit()
    world.lspec("sync", "--force")


@pytest.fixture
def number(world: World) -> dict[str, int]:
    """A world whose specs have all these names; the issue of each."""
    start(world, NAMES)
    return {name: 1 + index for index, name in enumerate(sorted(NAMES, key=os.fsencode))}


def test_both_directions_whatever_the_name(world: World, number: dict[str, int]) -> None:
    titles = [issue.title for issue in world.person.issues().values()]
    assert sorted(titles) == sorted(f"Spec {index}" for index in range(len(NAMES)))
    world.settled()
    for name in NAMES:
        world.change(name, "planned", "complete")
    world.commit()
    world.lspec("sync", "--force")
    assert {issue.state for issue in world.person.issues().values()} == {"closed/completed"}
    for key, issue in world.person.issues().items():
        world.person.edit(key, title=f"{issue.title} of the PM")
    world.lspec("sync", "--force")
    for index, name in enumerate(NAMES):
        assert f"# Spec {index} of the PM\n" in world.path(name).read_text()
    world.commit()
    world.lspec("sync")
    world.settled()


def test_lost_notes_are_found_again_by_the_markers(world: World, number: dict[str, int]) -> None:
    world.repo.git("update-ref", "-d", "refs/notes/lspec")
    world.lspec("sync", "--force")
    assert len(world.person.issues()) == len(NAMES)
    world.settled()


def test_without_a_heading_the_name_is_the_title_as_far_as_it_is_text(world: World) -> None:
    name = os.fsdecode(b"001-\xff")
    world.repo.write(spec_path(name), spec("x").replace("# x\n", ""))
    world.init()
    world.commit()
    world.lspec("sync")
    assert world.person.issue(1).title == "001-\ufffd"
    world.settled()


def test_two_spellings_of_one_name_are_two_specs(world: World) -> None:
    """Git compares bytes: where it does not compose (core.precomposeunicode), neither do we."""
    start(world, [NFC, NFD])
    assert len(world.person.issues()) == 2
    world.change(NFD, "planned", "complete")
    world.commit()
    world.lspec("sync")
    assert sorted(issue.state for issue in world.person.issues().values()) == ["closed/completed", "open"]
    world.settled()


def test_another_spelling_of_the_name_keeps_the_issue(world: World) -> None:
    start(world, [NFD])
    world.repo.git("mv", f"specs/{NFD}", f"specs/{NFC}")
    world.commit()
    world.lspec("sync")
    assert len(world.person.issues()) == 1
    world.settled()


@pytest.mark.parametrize(
    ("old", "new"), [("specs/001-Alpha", "specs/001-alpha"), ("specs/001-alpha", "specs/001-ALPHA")]
)
def test_a_rename_by_case_alone_keeps_the_issue(world: World, old: str, new: str) -> None:
    """Where git is told that file systems ignore case; what it tells of a tree is the same either way."""
    world.repo.git("config", "core.ignorecase", "true")
    start(world, [old.removeprefix("specs/")])
    world.repo.git("mv", old, new)
    world.commit()
    world.lspec("sync")
    assert [issue.title for issue in world.person.issues().values()] == ["Spec 0"]
    world.person.edit(1, title="By hand")
    world.lspec("sync")
    assert "# By hand" in (world.repo.path / new / "README.md").read_text()
    world.commit()
    world.lspec("sync")
    world.settled()


@pytest.fixture
def ignoring_case(tmp_path: Path) -> Iterator[Path]:
    """A folder on a real file system that ignores case: exFAT on a loop device."""
    image, folder = tmp_path / "image", tmp_path / "mounted"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(32 << 20)
    # `mkfs` and `mount` are in sbin, which a user's PATH may lack.
    env = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    script = 'mkfs.exfat "$0" >&2 && loop=$(losetup -f --show "$0") && echo $loop'
    script += ' && mount.exfat-fuse $loop "$1" >&2'
    done = subprocess.run(
        ["sh", "-c", script, image, folder], env=env, capture_output=True, text=True, check=False
    )
    try:
        if done.returncode:
            pytest.skip(f"this machine cannot mount exFAT: {done.stderr.strip()[-200:]}")
        yield folder
    finally:
        subprocess.run(["umount", folder], env=env, capture_output=True, check=False)
        for loop in done.stdout.split():
            subprocess.run(["losetup", "-d", loop], env=env, capture_output=True, check=False)


def test_where_the_file_system_ignores_case(world: World, ignoring_case: Path) -> None:
    """Renames by case alone keep issues; of two names that differ by case, the files are one."""
    world.repo = Repo(ignoring_case / "repo")
    world.repo.path.mkdir()
    world.repo.git("init", "-q")
    assert world.repo.git("config", "core.ignorecase") == "true"
    start(world, ["001-Alpha"])
    world.repo.git("mv", "specs/001-Alpha", "specs/aside")
    world.repo.git("mv", "specs/aside", "specs/001-alpha")
    world.commit()
    world.lspec("sync")
    world.person.edit(1, title="By hand")
    world.lspec("sync")
    assert "# By hand" in world.path("001-alpha").read_text()
    world.commit()
    world.lspec("sync")
    world.settled()
    blob = world.repo.git("rev-parse", "HEAD:specs/001-alpha/README.md")
    world.repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},specs/001-ALPHA/README.md")
    world.repo.git("commit", "-qm", "made where case matters")
    world.person.edit(1, title="Which of them?")
    ran = world.lspec("sync", code=3)
    assert "two specs have this name: specs/001-ALPHA/README.md, specs/001-alpha/README.md" in ran.err
    assert "# By hand" in world.path("001-alpha").read_text()
    assert len(world.person.issues()) == 1


def test_spellings_that_the_file_system_takes_for_one(world: World) -> None:
    """As on macOS, where git composes names: the two are one file there."""
    world.repo.git("config", "core.precomposeunicode", "true")
    for name in (NFC, NFD, "005-other"):
        world.repo.write(spec_path(name), spec(name))
    world.init()
    world.commit()
    ran = world.lspec("sync", code=3)
    assert "two specs have this name" in ran.err
    assert [issue.title for issue in world.person.issues().values()] == ["005-other"]


def test_names_that_differ_by_case_alone_are_two_specs(world: World) -> None:
    start(world, ["001-alpha", "001-Alpha"])
    assert len(world.person.issues()) == 2
    world.settled()
