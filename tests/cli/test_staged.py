"""`check --staged` and `hook check`: the commit to be made, from the index that git names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lspec_git import precommit
from tests.cli.running import Ran, environment, lspec
from tests.conftest import TOP, Repo
from tests.e2e.worlds import spec, spec_path

CONFIG = "github:\n  repo: acme/backend\n  mapping:\n    - pattern: specs/**\n"
PLACE = ".lspec/integrations.yml"
ALPHA, BETA = "001-alpha", "002-beta"
TARGET = "github.com/acme/backend"
BROKEN = "---\nstatus: [planned\n---\n\n# A spec\n"
LINE = "\n> **Status**: 🗓️ Planned · **Priority**: High\n"


@pytest.fixture
def specs(repo: Repo) -> Repo:
    """Two specs that a config maps, committed; its target is trusted."""
    repo.git("config", "--global", "lspec.trust", TARGET)
    repo.commit({PLACE: CONFIG, **{spec_path(name): spec(name[4:].title()) for name in (ALPHA, BETA)}})
    return repo


def edit(repo: Repo, name: str, old: str, new: str, *, stage: bool = True) -> None:
    path = repo.path / spec_path(name)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    if stage:
        repo.git("add", spec_path(name))


def whole(repo: Repo, *args: str) -> Ran:
    """What the whole command says; what the hook says must be the same, with and without what is kept."""
    told = lspec("check", "--staged", *args, cwd=repo.path)
    hook = lspec("hook", "check", *args, cwd=repo.path)
    assert (hook.code, hook.out) == (told.code, told.out)
    return told


def by_hook(repo: Repo, what: str = "hook check") -> Path:
    """A pre-commit hook that keeps what it was told in a file."""
    said = repo.path.parent / "said"
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    command = f"PYTHONPATH='{TOP}' '{sys.executable}' -P -m lspec_git {what}"
    hook.write_text(f"#!/bin/sh\n{command} >'{said}' 2>&1\n")
    hook.chmod(0o755)
    return said


# -- what is wrong


def test_nothing_staged_says_nothing(specs: Repo) -> None:
    edit(specs, ALPHA, "planned", "complete", stage=False)
    assert whole(specs) == Ran(0, "", "")


def test_only_what_the_commit_changes_is_looked_at(specs: Repo) -> None:
    specs.commit({spec_path("003-old"): BROKEN})
    edit(specs, ALPHA, "Secret", "Open")
    assert whole(specs) == Ran(0, "", "")


def test_what_is_staged_is_wrong_and_not_what_lies_in_the_worktree(specs: Repo) -> None:
    specs.write(spec_path(ALPHA), BROKEN)
    specs.git("add", "-A")
    specs.write(spec_path(ALPHA), spec("Alpha"))
    ran = whole(specs)
    assert ran.code == 1
    assert ran.out.startswith("specs/001-alpha/README.md:3:1: invalid YAML")
    specs.git("add", "-A")
    specs.write(spec_path(ALPHA), BROKEN)
    assert whole(specs).code == 0


def test_problems_are_told_as_seen_from_the_current_folder(specs: Repo) -> None:
    specs.write(spec_path(ALPHA), BROKEN)
    specs.git("add", "-A")
    folder = specs.path / "specs" / ALPHA
    for args in (("check", "--staged"), ("hook", "check")):
        ran = lspec(*args, cwd=folder)
        assert (ran.code, ran.out.partition(":")[0]) == (1, "README.md")


@pytest.mark.parametrize("kind", ["symlink", "twin", "markers"])
def test_what_no_spec_can_be(specs: Repo, kind: str) -> None:
    file = specs.path / spec_path("003-new")
    file.parent.mkdir()
    if kind == "symlink":
        file.symlink_to("../001-alpha/README.md")
    elif kind == "twin":
        specs.write("specs/archived/001-alpha/README.md", spec("Alpha"))
    else:
        specs.write(spec_path("003-new"), spec("x", more="<<<<<<< a\na: 1\n=======\na: 2\n>>>>>>> b\n"))
    specs.git("add", "-A")
    said = {"symlink": "a symbolic link", "twin": "`001-alpha` is the name of", "markers": "conflict markers"}
    ran = whole(specs)
    assert (ran.code, said[kind] in ran.out) == (1, True)


def test_a_staged_config_is_validated_and_one_that_is_not_staged_is_not(specs: Repo) -> None:
    specs.write(PLACE, CONFIG + "  limits: 3\n")
    assert whole(specs) == Ran(0, "", "")
    specs.git("add", "-A")
    ran = whole(specs)
    assert (ran.code, ran.out) == (
        1,
        ".lspec/integrations.yml:5:3: unknown key `limits` in github; did you mean `limit`?\n",
    )
    specs.git("commit", "-qm", "bad")
    edit(specs, ALPHA, "planned", "complete")
    assert whole(specs) == Ran(0, "", ""), "a config that is committed already is no fault of this commit"


def test_a_warning_stops_nothing(specs: Repo) -> None:
    edit(specs, ALPHA, "planned", "parked")
    ran = whole(specs)
    assert ran.code == 0
    assert "warning: unknown status `parked`" in ran.out


def test_json(specs: Repo) -> None:
    edit(specs, ALPHA, "planned", "complete")
    specs.write(spec_path(BETA), BROKEN)
    specs.git("add", "-A")
    ran = lspec("check", "--staged", "--json", cwd=specs.path)
    told = json.loads(ran.out)
    assert (ran.code, [one["path"] for one in told["problems"]]) == (1, [spec_path(BETA)])
    assert told["publishes"] == []  # closed, and never linked: nothing to create
    assert told["mended"] == []


@pytest.mark.parametrize("args", [("--fix",), ("--staged", "specs/001-alpha")])
def test_options_that_do_not_go_together(specs: Repo, args: tuple[str, ...]) -> None:
    assert lspec("check", *args, cwd=specs.path).code == 2


# -- what only check may do


def test_no_other_trouble_stops_a_commit(specs: Repo, tmp_path: Path) -> None:
    edit(specs, ALPHA, "planned", "in-progress")
    (specs.path / ".git" / "index.lock").write_text("")
    assert lspec("hook", "check", cwd=specs.path).code == 0
    specs.write(".lean-spec/config.json", "{")
    specs.git("add", "-A", check=False)
    assert lspec("hook", "check", cwd=specs.path).code == 0
    assert lspec("hook", "check", cwd=tmp_path).code == 0, "no repository"
    specs.git("config", "--global", "core.bare", "maybe")
    assert lspec("hook", "check", cwd=specs.path).code == 0, "git itself refuses"


# -- the index that git names


def test_commit_a_names_its_own_index(specs: Repo) -> None:
    said = by_hook(specs)
    edit(specs, ALPHA, "planned", "in-progress", stage=False)
    specs.git("commit", "-qam", "edit")
    assert said.read_text() == "specs/001-alpha: planned -> in-progress -> acme/backend (new)\n"


def test_commit_of_some_files_is_about_these(specs: Repo) -> None:
    said = by_hook(specs)
    edit(specs, ALPHA, "planned", "in-progress")
    edit(specs, BETA, "planned", "in-progress", stage=False)
    specs.git("commit", "-qm", "edit", spec_path(BETA))
    assert said.read_text() == "specs/002-beta: planned -> in-progress -> acme/backend (new)\n"


def test_in_a_linked_worktree_and_a_submodule(specs: Repo, tmp_path: Path) -> None:
    said = by_hook(specs)
    specs.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    edit(linked, ALPHA, "planned", "in-progress", stage=False)
    linked.git("commit", "-qam", "edit")
    assert said.read_text() == "specs/001-alpha: planned -> in-progress -> acme/backend (new)\n"
    outer = Repo(tmp_path / "outer")
    outer.path.mkdir()
    outer.git("init", "-q")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(specs.path), "inner")
    inner = Repo(outer.path / "inner")
    edit(inner, ALPHA, "planned", "complete")
    edit(inner, BETA, "planned", "draft")
    assert whole(inner).out == "specs/002-beta: planned -> draft -> acme/backend (new)\n"


def test_a_first_commit(repo: Repo) -> None:
    repo.git("config", "--global", "lspec.trust", TARGET)
    repo.write(PLACE, CONFIG)
    repo.write(spec_path(ALPHA), spec("Alpha"))
    repo.git("add", "-A")
    assert whole(repo) == Ran(0, "specs/001-alpha: planned -> acme/backend (new)\n", "")


def test_an_amended_commit_tells_what_it_adds(specs: Repo) -> None:
    """git tells pre-commit of no amend: HEAD is the commit that will be gone, and all that is known."""
    said = by_hook(specs)
    edit(specs, ALPHA, "planned", "in-progress", stage=False)
    specs.git("commit", "-qam", "edit")
    specs.git("commit", "-q", "--amend", "--no-edit")
    assert said.read_text() == ""
    edit(specs, ALPHA, "in-progress", "draft", stage=False)
    specs.git("commit", "-qa", "--amend", "--no-edit")
    assert said.read_text() == "specs/001-alpha: in-progress -> draft -> acme/backend (new)\n"


# -- what will be published


@pytest.mark.parametrize(
    ("more", "rest", "status", "told"),
    [
        ("", "", "in-progress", "-> acme/backend (new)"),
        ("", "", "complete", ""),
        ("create: all\n", "", "complete", "-> acme/backend (new)"),
        ("create: none\n", "", "in-progress", ""),
        ("sync: pull-only\n", "", "in-progress", ""),
        ("enabled: false\n", "", "in-progress", ""),
        ("", "branches: [release/*]\n", "in-progress", ""),
        ("", "branches: [ma*]\n", "in-progress", "-> acme/backend (new)"),
        ("", "publish: push\n", "in-progress", "-> acme/backend (new), with the push"),
    ],
)
def test_what_the_config_says(specs: Repo, more: str, rest: str, status: str, told: str) -> None:
    lines = "".join(f"  {line}\n" for line in more.splitlines())
    specs.commit({PLACE: CONFIG.replace("  mapping", f"{lines}  mapping") + rest})
    edit(specs, ALPHA, "planned", status)
    line = f"specs/001-alpha: planned -> {status} {told}\n"
    assert whole(specs) == Ran(0, line if told else "", "")


def test_what_no_mapping_names_and_where_no_token_may_go(specs: Repo) -> None:
    specs.commit({PLACE: CONFIG.replace("specs/**", "specs/002-*"), "other/009-x/README.md": spec("x")})
    edit(specs, ALPHA, "planned", "in-progress")
    specs.write("other/009-x/README.md", spec("x", "in-progress"))
    specs.git("add", "-A")
    assert whole(specs) == Ran(0, "", "")
    edit(specs, BETA, "planned", "in-progress")
    assert whole(specs).out == "specs/002-beta: planned -> in-progress -> acme/backend (new)\n"
    specs.git("config", "--global", "--unset-all", "lspec.trust")
    assert whole(specs) == Ran(0, "", "")


def test_an_item_that_the_config_names(specs: Repo) -> None:
    specs.commit({PLACE: CONFIG + "    - spec: 001-alpha\n      issue: 12\n"})
    edit(specs, ALPHA, "planned", "in-progress")
    assert whole(specs).out == "specs/001-alpha: planned -> in-progress -> acme/backend#12\n"


# -- mending


def stale(repo: Repo, name: str = ALPHA) -> None:
    """A spec whose derived line is right, then a status that it does not know of."""
    repo.commit(
        {spec_path(name): spec("Alpha", more="priority: high\n").replace("\nSecret", LINE + "\nSecret")}
    )
    edit(repo, name, "status: planned", "status: in-progress")


def test_a_stale_line_is_mended_and_staged_and_fails_once(specs: Repo) -> None:
    stale(specs)
    assert "warning: this line says `Planned`, the frontmatter says `in-progress`" in whole(specs).out
    ran = lspec("hook", "check", "--fix", cwd=specs.path)
    assert (ran.code, ran.out) == (1, "specs/001-alpha: planned -> in-progress -> acme/backend (new)\n")
    assert ran.err == "specs/001-alpha/README.md: mended and staged; commit again\n"
    assert "> **Status**: ⏳ In progress · **Priority**: High" in specs.git("show", f":{spec_path(ALPHA)}")
    assert specs.git("diff") == ""
    assert lspec("hook", "check", "--fix", cwd=specs.path).code == 0


def test_the_line_that_leanspec_writes_is_not_stale(specs: Repo) -> None:
    stale(specs)
    edit(specs, ALPHA, "🗓️ Planned", "⏳ In progress")
    assert whole(specs) == Ran(0, "specs/001-alpha: planned -> in-progress -> acme/backend (new)\n", "")


def test_a_file_with_edits_that_are_not_staged_is_left_alone(specs: Repo) -> None:
    stale(specs)
    edit(specs, ALPHA, "Secret", "Open", stage=False)
    before = (specs.git("diff"), specs.git("diff", "--cached"))
    ran = lspec("check", "--staged", "--fix", cwd=specs.path)
    assert ran.code == 0
    assert "not mended: it has edits that are not staged" in ran.err
    assert (specs.git("diff"), specs.git("diff", "--cached")) == before


def test_nothing_is_mended_under_commit_of_some_files(specs: Repo) -> None:
    said = by_hook(specs, "hook check --fix")
    stale_text = spec("Alpha", more="priority: high\n").replace("\nSecret", LINE + "\nSecret")
    specs.write(spec_path(ALPHA), stale_text.replace("status: planned", "status: in-progress"))
    specs.git("commit", "-qm", "edit", spec_path(ALPHA))
    assert "not mended: git commit FILE" in said.read_text()
    assert specs.git("status", "--porcelain") == ""


def test_under_a_framework_the_worktree_is_mended_and_staging_is_left_to_people(specs: Repo) -> None:
    """It has laid unstaged edits aside, and puts them back on what the index held before."""
    stale(specs)
    ran = lspec("hook", "check", "--fix", cwd=specs.path, env={"PRE_COMMIT": "1"})
    assert (ran.code, ran.err) == (1, "specs/001-alpha/README.md: mended; git add it, and commit again\n")
    assert specs.git("status", "--porcelain") == "MM specs/001-alpha/README.md"


@pytest.mark.parametrize("entry", ["specs/001-alpha", "001-alpha", "specs/2025/001-alpha"])
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_the_mapping_of_a_renamed_spec_goes_along(specs: Repo, entry: str, quote: str) -> None:
    text = f"{CONFIG}    # first\n    - spec: {quote}{entry}{quote} # mine\n      issue: 12\n"
    specs.commit({PLACE: text})
    specs.git("mv", "specs/001-alpha", "specs/001-omega")
    ran = whole(specs)
    new = "001-omega" if entry == ALPHA else "specs/001-omega"
    assert (ran.code, f"{PLACE}:6:13: warning: this commit makes spec `{entry}` `{new}`" in ran.out) == (
        0,
        True,
    )
    assert lspec("check", "--staged", "--fix", cwd=specs.path).code == 1
    assert specs.git("show", f":{PLACE}") == text.replace(
        f"{quote}{entry}{quote} #", f"{quote}{new}{quote} #"
    ).rstrip("\n")
    assert specs.git("diff") == ""
    assert whole(specs) == Ran(0, "", "")


def test_a_spec_that_keeps_its_name_needs_no_other_mapping(specs: Repo) -> None:
    specs.commit({PLACE: CONFIG + "    - spec: 001-alpha\n      issue: 12\n"})
    specs.write("specs/2025/x", "")
    specs.git("mv", "specs/001-alpha", "specs/2025/001-alpha")
    assert whole(specs) == Ran(0, "", "")


# -- the way that starts fast


def test_the_usual_commit_takes_the_fast_way(specs: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(specs, ALPHA, "planned", "in-progress")
    loaded = "import sys; sys.argv[1:] = ['hook', 'check']; from lspec_git.__main__ import main; main(); "
    loaded += (
        "print([name for name in ('click', 'yaml', 'dataclasses', 'subprocess') if name in sys.modules])"
    )
    command = Repo(specs.path)

    def modules() -> str:
        done = subprocess.run(
            [sys.executable, "-c", loaded],
            cwd=command.path,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert "click" in modules()
    line = "specs/001-alpha: planned -> in-progress -> acme/backend (new)\n"
    assert modules() == f"{line}[]\n"
    specs.write("README.md", "x")
    specs.git("rm", "-q", "--cached", "-r", "specs")
    specs.git("reset", "-q")
    specs.git("add", "README.md")
    assert modules() == "[]\n"


@pytest.mark.parametrize("what", ["config", "layout", "version", "damage"])
def test_what_is_kept_is_of_this_config_and_program_alone(
    specs: Repo, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(specs.path)
    edit(specs, ALPHA, "planned", "in-progress")
    kept = specs.path / ".git" / "lspec" / "routes.json"
    lspec("check", "--staged", cwd=specs.path)
    text = kept.read_text()
    kept.write_text(text.replace(json.loads(text)["environment"], precommit.environment()))
    assert precommit.check([]) == 0
    if what == "config":
        specs.write(PLACE, CONFIG.replace("specs/**", "specs/009*"))
    elif what == "layout":
        specs.write(".lean-spec/config.json", '{"specsDir": "docs"}')
    elif what == "version":
        monkeypatch.setattr("lspec_git.__version__", "99")
    else:
        kept.write_text(text[:50])
    specs.git("add", "-A")
    assert precommit.check([]) is None
