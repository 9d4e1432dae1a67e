"""`hook setup`: what it registers, and what it leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import environment, lspec
from tests.conftest import Repo
from tests.e2e.worlds import everything, spec, spec_path

SPEC = spec_path("001-alpha")


@pytest.fixture
def specs(repo: Repo) -> Repo:
    repo.commit({SPEC: spec("Alpha")})
    repo.git("remote", "add", "origin", "https://example.org/acme/specs.git")
    return repo


def set_up(repo: Repo) -> str:
    ran = lspec("hook", "setup", cwd=repo.path)
    assert (ran.code, ran.out) == (0, "")
    return ran.err


def config(repo: Repo, key: str) -> str:
    return repo.git("config", "--get", key, check=False)


def test_it_registers_in_gits_own_folder_and_changes_nothing_again(specs: Repo) -> None:
    before = {path: name for path, name in everything(specs.path).items() if not path.startswith(".git/")}
    said = set_up(specs)
    for key in ("merge.lspec.driver", "alias.lspec", "lspec.setup", "remote.origin.fetch"):
        assert f"registered {key}" in said
    assert {p: n for p, n in everything(specs.path).items() if not p.startswith(".git/")} == before
    assert specs.git("check-attr", "merge", SPEC) == f"{SPEC}: merge: lspec"
    inside = everything(specs.path / ".git")
    assert set_up(specs) == ""
    assert everything(specs.path / ".git") == inside


def test_nothing_is_loaded_where_all_is_right(specs: Repo) -> None:
    program = "import sys; sys.argv[1:] = ['hook', 'setup']; from lspec_git.__main__ import main; main(); "
    program += "print([name for name in ('click', 'json', 'subprocess') if name in sys.modules])"

    def loaded() -> str:
        command = [sys.executable, "-c", program]
        return subprocess.check_output(command, cwd=specs.path, env=environment(), text=True)

    assert "click" in loaded()
    assert loaded() == "[]\n"


@pytest.mark.parametrize("what", ["driver", "alias", "attributes", "refspec", "folder"])
def test_what_is_lost_comes_back(specs: Repo, what: str) -> None:
    set_up(specs)
    if what == "driver":
        specs.git("config", "--remove-section", "merge.lspec")
    elif what == "alias":
        specs.git("config", "--unset", "alias.lspec")
    elif what == "attributes":
        (specs.path / ".git/info/attributes").unlink()
    elif what == "refspec":
        specs.git("config", "--unset-all", "remote.origin.fetch", "lspec")
    else:
        specs.write(".lean-spec/config.json", '{"specsDir": "docs"}')
        specs.write("docs/002-beta/README.md", spec("Beta"))
    assert set_up(specs).count("registered ") == 1
    path = "docs/002-beta/README.md" if what == "folder" else SPEC
    assert specs.git("check-attr", "merge", path) == f"{path}: merge: lspec"
    assert config(specs, "alias.lspec")
    assert config(specs, "merge.lspec.driver")
    assert set_up(specs) == ""


def test_an_installation_by_hand_keeps_the_driver_while_it_is_there(specs: Repo, tmp_path: Path) -> None:
    other = tmp_path / "bin" / "git-lspec"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    set_up(specs)
    mine = config(specs, "merge.lspec.driver")
    theirs = mine.replace(config(specs, "lspec.setup"), str(other))
    assert theirs != mine
    specs.git("config", "merge.lspec.driver", theirs)
    assert set_up(specs) == ""
    assert config(specs, "merge.lspec.driver") == theirs
    other.unlink()
    specs.git("config", "touched.by", "somebody")
    assert "registered merge.lspec.driver" in set_up(specs)
    assert config(specs, "merge.lspec.driver") == mine


def test_an_alias_of_the_users_own_stays(specs: Repo) -> None:
    specs.git("config", "alias.lspec", "status")
    assert "alias.lspec is an alias of your own, and stays" in set_up(specs)
    assert config(specs, "alias.lspec") == "status"
    assert set_up(specs) == "", "told once"
    lspec("uninstall", cwd=specs.path)
    assert config(specs, "alias.lspec") == "status"


def test_uninstall_takes_it_away(specs: Repo) -> None:
    before = (specs.path / ".git/config").read_bytes()
    set_up(specs)
    assert "changed alias.lspec: what lspec-setup made" in lspec("uninstall", cwd=specs.path).out
    assert (specs.path / ".git/config").read_bytes() == before
    assert not (specs.path / ".git/info/attributes").exists()


@pytest.mark.parametrize("what", ["no repository", "bare", "broken config", "locked"])
def test_trouble_stops_nothing(specs: Repo, tmp_path: Path, what: str) -> None:
    folder = specs.path
    if what == "no repository":
        folder = tmp_path
    elif what == "bare":
        specs.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
        folder = tmp_path / "bare.git"
    elif what == "broken config":
        specs.write(".lean-spec/config.json", "{")
    else:
        (specs.path / ".git/config.lock").write_text("")
    ran = lspec("hook", "setup", cwd=folder)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("git lspec hook setup: ")
    assert len(ran.err.splitlines()) == 1


def test_the_alias_runs_where_one_is_and_gives_back_what_came_of_it(specs: Repo) -> None:
    set_up(specs)
    specs.write("specs/001-alpha/README.md", "no frontmatter\n")
    places = [place for place in os.environ["PATH"].split(":") if not (Path(place) / "git-lspec").exists()]
    ran = subprocess.run(
        ["git", "lspec", "check", "README.md"],
        cwd=specs.path / "specs" / "001-alpha",
        env=environment({"PATH": ":".join(places)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout.partition(":")[0]) == (1, "README.md")
