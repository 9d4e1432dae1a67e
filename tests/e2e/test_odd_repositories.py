"""Repositories that lie, look or stand oddly: what works there works, the rest is said in a line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.running import Ran, environment, lspec
from tests.conftest import Repo
from tests.e2e.worlds import World, spec, spec_path


@pytest.fixture
def one(world: World) -> World:
    """Two specs in step with their issues."""
    for name in ("001-alpha", "002-beta"):
        world.repo.write(spec_path(name), spec(name[4:].title()))
    world.init()
    world.commit()
    world.lspec("sync")
    return world


def at(world: World, folder: Path, *args: str) -> Ran:
    """The command in another folder; no traceback, and never taken for a bug."""
    ran = lspec(*args, cwd=folder, env={"GITHUB_TOKEN": world.token})
    assert "Traceback" not in ran.err
    assert ran.code != 70, ran.err
    return ran


@pytest.mark.parametrize("place", ["bare", ".git"])
def test_where_no_files_are_checked_out(one: World, tmp_path: Path, place: str) -> None:
    one.repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    folder = tmp_path / "bare" if place == "bare" else one.repo.path / ".git"
    for verb in ("status", "sync"):
        ran = at(one, folder, verb)
        assert (ran.code, "no files are checked out here" in ran.err) == (2, True)
        assert "git worktree add" in ran.err


def test_linked_worktrees_share_what_is_in_step(one: World, tmp_path: Path) -> None:
    one.repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    assert at(one, tmp_path / "linked", "status").out.startswith("2 in step")
    one.asked()
    assert at(one, tmp_path / "linked", "sync").code == 0
    assert [each.method for each in one.asked()] == ["GET"]


def test_in_a_submodule_and_around_it(one: World, tmp_path: Path) -> None:
    one.repo.git("push", "-q", ".", "refs/notes/lspec:refs/notes/lspec")
    outer = Repo(tmp_path / "outer")
    outer.path.mkdir()
    outer.git("init", "-q")
    add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", str(one.repo.path)]
    outer.git(*add, "inner")
    outer.git(*add, "specs")
    config = (one.repo.path / ".lspec/integrations.yml").read_text()
    outer.commit({".lspec/integrations.yml": config})
    ran = at(one, outer.path / "inner", "sync")
    assert (ran.code, ran.out) == (0, "in step, 2 linked\n")
    ran = at(one, outer.path, "sync")
    assert (ran.code, "specs is a submodule" in ran.err) == (2, True)
    assert len(one.person.issues()) == 2


def test_before_the_first_commit(world: World) -> None:
    world.repo.write(spec_path("001-alpha"), spec("Alpha"))
    world.init()
    for verb in ("status", "sync"):
        assert "no commit yet" in world.lspec(verb, code=2).err


def test_a_detached_head_publishes(one: World) -> None:
    one.repo.git("checkout", "-q", "--detach")
    one.change("001-alpha", "planned", "complete")
    one.commit()
    one.lspec("sync")
    assert one.issue("001-alpha").state == "closed/completed"
    one.settled()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user_names_the_command(one: World) -> None:
    folder = one.repo.path
    subprocess.run(["chown", "-R", "65534", folder], check=True)
    ran = at(one, folder, "status")
    assert (ran.code, "belongs to another user" in ran.err) == (2, True)
    command = next(line for line in ran.err.splitlines() if "safe.directory" in line)
    one.repo.git(*command.partition("git ")[2].split())
    assert at(one, folder, "status").code == 0


def test_corruption_is_told_as_such_and_nothing_is_sent(one: World) -> None:
    for what in ("HEAD:specs/001-alpha/README.md", "HEAD:specs", "HEAD", "refs/notes/lspec"):
        oid = one.repo.git("rev-parse", what)
        file = one.repo.path / ".git/objects" / oid[:2] / oid[2:]
        data = file.read_bytes()
        file.chmod(0o644)
        file.write_bytes(b"junk")
        (one.repo.path / ".git/lspec/settled.json").unlink(missing_ok=True)
        for verb in ("status", "sync"):
            ran = one.lspec(verb, code=2)
            assert "git fsck" in ran.err
        file.write_bytes(data)
    one.asked()
    one.lspec("sync")
    assert [each.method for each in one.asked()] == ["GET"]


def test_a_lock_on_the_index_is_nobodys_business(one: World) -> None:
    (one.repo.path / ".git/index.lock").touch()
    one.change("001-alpha", "planned", "complete")
    assert one.lspec("status").out.startswith("2 in step")
    one.person.edit(one.number("002-beta"), title="By hand")
    one.lspec("sync")
    assert "# By hand" in one.path("002-beta").read_text()


def test_a_config_that_a_sparse_checkout_leaves_out(one: World) -> None:
    one.repo.git("sparse-checkout", "set", "--no-cone", "/specs/")
    for verb in ("status", "sync"):
        ran = one.lspec(verb, code=2)
        assert ".lspec/integrations.yml is left out of this sparse checkout" in ran.err
    one.repo.git(*next(line for line in ran.err.splitlines() if "sparse-checkout add" in line).split()[2:])
    one.settled()


# -- what cannot be written to

Boxed = Callable[..., Ran]


@pytest.fixture
def boxed(one: World) -> Iterator[Boxed]:
    """Run the command where folders are mounted otherwise, seen by that one process alone."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount anything")

    def run(mounts: str, *args: str) -> Ran:
        script = f'set -e; {mounts}; exec "$0" -m lspec_git "$@"'
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script, sys.executable, *args],
            cwd=one.repo.path,
            env=environment({"GITHUB_TOKEN": one.token}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 70, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    yield run
    # Whatever kept it from writing: nothing is lost, and nothing was sent twice.
    one.lspec("sync")
    assert one.issue("001-alpha").title == "Alpha again"
    assert [issue.title for issue in one.person.issues().values()].count("Alpha again") == 1
    one.settled()


def read_only(folder: str) -> str:
    return f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}"


def edited(world: World) -> None:
    world.change("001-alpha", "# Alpha", "# Alpha again")
    world.commit()


@pytest.mark.parametrize("folder", [".git", ".git/objects", ".git/refs/notes", ".git/lspec"])
def test_a_folder_that_cannot_be_written_to_is_named(one: World, boxed: Boxed, folder: str) -> None:
    edited(one)
    assert "1 to push" in boxed(read_only(folder), "status").out
    ran = boxed(read_only(folder), "sync")
    assert ran.code in (2, 3)
    assert "written" in ran.err
    assert str(one.repo.path / ".git") in ran.err
    assert "remove that file" not in ran.err


def test_a_full_disk(one: World, boxed: Boxed) -> None:
    edited(one)
    small = "mount -t tmpfs -o size=64k tmpfs .git/lspec && cp -a kept/. .git/lspec && rm -r kept"
    full = "(cat /dev/zero >.git/lspec/fill 2>/dev/null || true)"
    ran = boxed(f"cp -a .git/lspec kept && {small} && {full}", "sync")
    assert (ran.code, "No space left on device" in ran.err) == (2, True)
    assert one.issue("001-alpha").title == "Alpha"


def test_specs_that_cannot_be_written_to(one: World, boxed: Boxed) -> None:
    edited(one)
    one.person.edit(one.number("002-beta"), title="By hand")
    ran = boxed(read_only("specs"), "sync")
    assert ran.code == 3
    assert "Read-only file system" in ran.err
    one.lspec("sync")
    assert "# By hand" in one.path("002-beta").read_text()
    one.commit()
    one.lspec("sync")
