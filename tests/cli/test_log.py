"""`git lspec log` as a person sees it, and its pager."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.running import lspec, lspec_on_terminal
from tests.conftest import Repo
from tests.e2e.worlds import World, spec


@pytest.fixture
def busy(world: World) -> World:
    """A published edit, and one that alice made on the board and was pulled against an edit."""
    world.commit({"specs/001-a/README.md": spec("A"), "specs/002-b/README.md": spec("B")})
    world.init("--pattern", "specs/**")
    world.lspec("sync")
    world.change("001-a", "status: planned", "status: in-progress")
    world.commit()
    world.lspec("sync")
    world.person.edit(world.number("002-b"), title="Bee")
    world.change("002-b", "# B", "# Be")
    world.commit()
    world.lspec("sync", code=1)
    return world


def test_a_line_for_each_thing_that_happened(busy: World) -> None:
    lines = busy.lspec("log").out.splitlines()
    assert "  alice on github  specs/002-b  pulled from  github#2  title: B → Bee  " in lines[0]
    status = "status: open → open + status:in-progress"
    assert f"  Ada Test  specs/001-a  published to  github#1  {status}  " in lines[1]
    assert lines[0].endswith(busy.notes()[:8])
    assert busy.lspec("log", "-n", "1").out.splitlines() == lines[:1]
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("name", ["001", "001-a", "specs/001-a", "specs/001-a/README.md"])
def test_one_spec_by_any_name(name: str, busy: World) -> None:
    lines = busy.lspec("log", name).out.splitlines()
    assert len(lines) == 3
    assert all("specs/001-a" in line for line in lines)


def test_a_spec_that_is_not_on_this_branch(busy: World) -> None:
    before = busy.lspec("log", "001").out
    busy.repo.git("rm", "-rq", "specs/001-a")
    busy.commit()
    assert busy.lspec("log", "001").out == before
    assert busy.lspec("unlink", "001").out.startswith("specs/001-a is no longer linked to")
    assert "there is no spec `007`" in busy.lspec("log", "007", code=2).err


def test_no_notes_are_no_error(repo: Repo) -> None:
    ran = lspec("log", cwd=repo.path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def pager(folder: Path) -> str:
    """A pager that tells what it got."""
    file = folder / "pager"
    file.write_text('#!/bin/sh\necho "paged with LESS=$LESS $*"; cat\n')
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize("how", ["core.pager", "GIT_PAGER", "PAGER"])
def test_on_a_terminal_it_is_paged_by_gits_pager(how: str, busy: World, tmp_path: Path) -> None:
    command = f"{pager(tmp_path)} --with 'an option'"
    if how == "core.pager":
        busy.repo.git("config", how, command)
    ran = lspec_on_terminal("log", cwd=busy.repo.path, env={how: command})
    assert ran.code == 0
    assert ran.out.startswith("paged with LESS=FRX --with an option\n")
    assert "pulled from" in ran.out
    assert "\x1b[33m" in ran.out, "a pager that git uses gets colour"


def test_no_pager_where_git_takes_none(busy: World, tmp_path: Path) -> None:
    busy.repo.git("config", "core.pager", pager(tmp_path))
    assert "paged" not in lspec_on_terminal("log", cwd=busy.repo.path, env={"GIT_PAGER": "cat"}).out
    assert "paged" not in lspec("log", cwd=busy.repo.path).out
    assert "paged" not in lspec_on_terminal("log", "--json", cwd=busy.repo.path).out
    plain = lspec_on_terminal("log", cwd=busy.repo.path, env={"NO_COLOR": "1"}).out
    assert plain.startswith("paged")
    assert "\x1b" not in plain


def test_a_pager_that_is_left_early_is_no_error(busy: World) -> None:
    ran = lspec_on_terminal("log", cwd=busy.repo.path, env={"GIT_PAGER": "head -n 1"})
    assert ran.code == 0
    assert ran.out.count("github#") == 1
    assert "Error" not in ran.out
    assert os.environ.get("PAGER") is None
