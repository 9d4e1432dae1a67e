"""`git lspec install` and `uninstall`: all is there, nothing of others is touched, and all comes back."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lspec_git.git.hooktext import NAMES
from lspec_git.git.objects import discover
from lspec_git.git.setup import driver
from tests.cli.running import Ran, lspec
from tests.conftest import Repo
from tests.kinds import use_newer_git
from tests.mergedriver.scenes import PATH, SPEC, edit
from tests.mergedriver.scenes import merge as merge_sides
from tests.mergedriver.test_rules import ADA, FIRST, STATUS, TAG

ROOT, OWN = ".gitattributes", ".git/info/attributes"
OURS, THEIRS = edit(SPEC, ADA, FIRST), edit(SPEC, STATUS, TAG)


def install(repo: Repo, *args: str, cwd: str = ".") -> Ran:
    ran = lspec("install", *args, cwd=repo.path / cwd)
    assert ran.code == 0, ran.err
    return ran


def uninstall(repo: Repo, *args: str) -> Ran:
    ran = lspec("uninstall", *args, cwd=repo.path)
    assert ran.code == 0, ran.err
    return ran


def document(ran: Ran) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(ran.out)
    return found


def state(repo: Repo) -> dict[str, bytes]:
    """All that an installation may touch, byte for byte; and what is in the folders around it."""
    files = [repo.path / name for name in (ROOT, OWN, ".git/config")]
    found = {str(file): file.read_bytes() for file in files if file.exists()}
    around = [
        path
        for folder in (".", ".git", ".git/info", ".git/hooks")
        for path in sorted((repo.path / folder).iterdir())
    ]
    return found | {"names": "\n".join(map(str, around)).encode()}


def attribute(repo: Repo, path: str = PATH) -> str:
    return repo.git("check-attr", "-z", "merge", "--", path).split("\0")[2]


def test_a_merge_by_the_driver_that_was_installed(repo: Repo) -> None:
    ran = install(repo)
    assert f"git add {ROOT}" in ran.err
    assert "a new hook" in ran.out
    done = merge_sides(repo, SPEC, OURS, THEIRS)
    assert done.clean, done.said
    assert (done.data["status"], done.data["assignee"], done.data["tags"]) == (
        "complete",
        "bob",
        ["api", "cli", "web"],
    )


FOREIGN: dict[str, dict[str, bytes]] = {
    "nothing": {},
    "empty files": {ROOT: b"", OWN: b""},
    "lines": {ROOT: b"*.png binary\n", OWN: b"*.x text\n"},
    "no end": {ROOT: b"*.png binary\n*.md text", OWN: b"*.x text"},
    "crlf": {ROOT: b"*.png binary\r\n# a\r\n", OWN: b"*.x text\r\n"},
    "not UTF-8": {ROOT: b"caf\xe9 text\n", OWN: b"\xff -text\n"},
    "macros": {ROOT: b"[attr]prose merge=union\n*.md prose\n", OWN: b"[attr]x -text\n"},
}


@pytest.mark.parametrize("name", FOREIGN)
def test_twice_is_once_and_all_comes_back(name: str, repo: Repo) -> None:
    for path, data in FOREIGN[name].items():
        repo.write(path, data)
    repo.write(PATH, SPEC)
    repo.git("remote", "add", "origin", "gh:me/x")
    before = state(repo)
    install(repo)
    once = state(repo)
    assert once != before
    assert attribute(repo) == "lspec"
    again = install(repo)
    assert "everything is installed" in again.err
    assert again.out == ""
    assert state(repo) == once
    uninstall(repo)
    assert state(repo) == before
    assert "nothing is installed" in uninstall(repo).err
    assert state(repo) == before


@pytest.mark.parametrize("name", FOREIGN)
def test_what_others_added_in_between_stays(name: str, repo: Repo) -> None:
    for path, data in FOREIGN[name].items():
        repo.write(path, data)
    install(repo)
    for path in (ROOT, OWN):
        lines = (repo.path / path).read_bytes().splitlines(keepends=True)
        grown = [*lines[:-1], b"between text\n", lines[-1], b"*.after merge=union\n"]
        repo.write(path, b"".join(grown))
    repo.git("config", "core.editor", "vi")
    install(repo)
    assert attribute(repo) == "lspec"
    uninstall(repo)
    for path in (ROOT, OWN):
        was = FOREIGN[name].get(path, b"")
        end = b"\r\n" if was.endswith(b"\r\n") else b"\n"
        whole = was if not was or was.endswith(b"\n") else was + end
        assert (repo.path / path).read_bytes() == whole + b"between text\n*.after merge=union\n"
    assert repo.git("config", "core.editor") == "vi"
    assert "lspec" not in (repo.path / ".git/config").read_text()


def test_a_dry_run_says_all_and_does_nothing(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "gh:me/x")
    before = state(repo)
    told = document(install(repo, "--dry-run", "--json"))
    assert (told["version"], told["dry_run"]) == (1, True)
    assert state(repo) == before
    done = document(install(repo, "--json"))
    assert done["changes"] == told["changes"]
    assert [(each["part"], each["place"]) for each in done["changes"]] == [
        ("merge-driver", "merge.lspec.driver"),
        ("merge-driver", ROOT),
        ("merge-driver", OWN),
        ("fetch", "remote.origin.fetch"),
        *(("hooks", f".git/hooks/{name}") for name in NAMES),
        ("hooks", "lspec.addedHooks"),
    ]
    after = state(repo)
    assert [each["place"] for each in document(uninstall(repo, "-n", "--json"))["changes"]] == [
        *(f".git/hooks/{name}" for name in NAMES),
        "lspec.addedHooks",
        "remote.origin.fetch",
        ROOT,
        OWN,
        "merge.lspec",
    ]
    assert state(repo) == after


def test_the_driver_alone(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "gh:me/x")
    before = state(repo)
    assert "hook" not in install(repo, "--merge-driver").out
    assert repo.git("config", "--get-all", "remote.origin.fetch") == "+refs/heads/*:refs/remotes/origin/*"
    uninstall(repo, "--merge-driver")
    assert state(repo) == before


def test_a_refspec_that_was_there_stays(repo: Repo) -> None:
    refspec = "+refs/notes/lspec*:refs/notes/remotes/origin/lspec*"
    repo.git("remote", "add", "origin", "gh:me/x")
    repo.git("config", "--add", "remote.origin.fetch", refspec)
    before = state(repo)
    install(repo)
    uninstall(repo)
    assert state(repo) == before
    repo.git("config", "--unset-all", "--fixed-value", "remote.origin.fetch", refspec)
    install(repo)
    uninstall(repo, "--merge-driver")
    assert refspec in repo.git("config", "--get-all", "remote.origin.fetch"), "only the driver was meant"
    repo.git("remote", "remove", "origin")
    uninstall(repo)
    assert "lspec" not in (repo.path / ".git/config").read_text()


def test_a_state_remote_of_another_name(repo: Repo) -> None:
    repo.git("remote", "add", "upstream", "gh:me/x")
    repo.write(
        ".lspec/integrations.yml",
        "state:\n  remote: upstream\ngithub:\n  repo: o/r\n  mapping:\n    - pattern: '**'\n",
    )
    install(repo)
    assert "refs/notes/remotes/upstream/lspec*" in repo.git("config", "--get-all", "remote.upstream.fetch")


def test_a_line_for_all_markdown_gives_way_and_is_told(repo: Repo) -> None:
    repo.write(ROOT, "*.md merge=union\n")
    repo.write("specs/.gitattributes", "*.md merge=binary\n")
    repo.commit({PATH: SPEC, "README.md": "x"})
    ran = install(repo)
    assert f"warning: {PATH}: `merge` was binary by another line, which gives way to ours" in ran.err
    assert (attribute(repo), attribute(repo, "README.md")) == ("lspec", "union")
    assert "gives way" not in install(repo).err


def test_a_line_for_exactly_ours_is_respected_and_told(repo: Repo) -> None:
    other = "specs/002-b/README.md"
    text = f"{PATH} merge=union\n.lspec/integrations.yml binary\n"
    repo.write(ROOT, text)
    repo.commit({PATH: SPEC, other: SPEC, ".lspec/integrations.yml": ""})
    for _ in range(2):
        ran = install(repo)
        assert f"{PATH} is not merged key by key: a line of your own says merge=union" in ran.err
        assert ".lspec/integrations.yml is not merged key by key" in ran.err
        found = [attribute(repo, path) for path in (PATH, other, ".lspec/integrations.yml")]
        assert found == ["union", "lspec", "unset"]
    assert (repo.path / ROOT).read_text().startswith(text)
    repo.write(ROOT, (repo.path / ROOT).read_text().removeprefix(text))
    install(repo)
    assert attribute(repo) == "lspec", "the copy goes with what it is a copy of"
    uninstall(repo)
    assert (repo.path / ROOT).read_bytes() == b""


def test_a_line_for_our_very_pattern_is_respected(repo: Repo) -> None:
    repo.write(ROOT, "specs/**/[0-9][0-9]*-*/README.md merge=union\n")
    repo.commit({PATH: SPEC})
    assert "a line of your own says merge=union" in install(repo).err
    assert (attribute(repo), attribute(repo, ".lspec/integrations.yml")) == ("union", "lspec")
    (finding,) = findings(repo, "merge driver")
    assert finding["level"] == "ok"


LAYOUTS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "by default": (
        {},
        {
            PATH: "lspec",
            "specs/2025-11/archived/012-b/README.md": "lspec",
            "specs/archived/012-b/README.md": "lspec",
            "specs/README.md": "unspecified",
            "specs/001-a/DESIGN.md": "unspecified",
            "README.md": "unspecified",
            ".lspec/integrations.yml": "lspec",
            "sub/specs/001-a/README.md": "unspecified",
        },
    ),
    "LeanSpec's config": (
        {".lean-spec/config.json": '{"specsDir": "my docs/#specs", "structure": {"defaultFile": "spec.md"}}'},
        {"my docs/#specs/001-a/spec.md": "lspec", "my docs/#specs/001-a/README.md": "unspecified"},
    ),
    "the whole repository": (
        {".lean-spec/config.json": '{"specsDir": "."}'},
        {"001-a/README.md": "lspec", "x/001-a/README.md": "lspec", "README.md": "unspecified"},
    ),
    "several roots, and the config's second place": (
        {".lean-spec/integrations.yml": "specs: [api/specs, 'w[e]b']\n"},
        {
            "api/specs/001-a/README.md": "lspec",
            "w[e]b/001-a/README.md": "lspec",
            "web/001-a/README.md": "unspecified",
            PATH: "unspecified",
            ".lean-spec/integrations.yml": "lspec",
        },
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_which_files_are_specs(name: str, repo: Repo) -> None:
    files, expected = LAYOUTS[name]
    for path, text in files.items():
        repo.write(path, text)
    install(repo)
    assert {path: attribute(repo, path) for path in expected} == expected
    (repo.path / OWN).unlink()
    assert {path: attribute(repo, path) for path in expected} == expected, "by .gitattributes alone as well"


def test_new_roots_take_the_place_of_old_ones(repo: Repo) -> None:
    install(repo)
    repo.write(".lspec/integrations.yml", "specs: [docs]\n")
    install(repo)
    assert (attribute(repo), attribute(repo, "docs/001-a/README.md")) == ("unspecified", "lspec")
    uninstall(repo)
    assert not (repo.path / ROOT).exists()


def test_from_a_subfolder_and_with_a_path(repo: Repo) -> None:
    repo.write(PATH, SPEC)
    install(repo, cwd="specs/001-a-name")
    assert (repo.path / ROOT).exists()
    ran = lspec("-C", str(repo.path), "install", cwd=repo.path.parent)
    assert "everything is installed" in ran.err


def test_a_linked_worktree_shares_it(repo: Repo) -> None:
    repo.commit({PATH: SPEC})
    linked = Repo(repo.path.parent / "linked")
    repo.git("worktree", "add", "-q", str(linked.path))
    install(linked)
    assert (linked.path / ROOT).exists()
    assert not (repo.path / ROOT).exists(), "the other worktree's files are not ours to write"
    assert attribute(repo) == "lspec"
    assert driver(discover(repo.path)) == driver(discover(linked.path))
    assert [each["place"] for each in document(install(repo, "--json"))["changes"]] == [ROOT]
    uninstall(linked)
    assert driver(discover(repo.path)) is None


def test_a_config_for_each_worktree(repo: Repo) -> None:
    repo.commit({PATH: SPEC})
    repo.git("config", "extensions.worktreeConfig", "true")
    linked = Repo(repo.path.parent / "linked")
    repo.git("worktree", "add", "-q", str(linked.path))
    linked.git("config", "--worktree", "core.editor", "vi")
    install(linked)
    assert driver(discover(repo.path))
    assert not (repo.path / ".git/worktrees/linked/config.worktree").read_text().count("lspec")


def test_a_submodule_has_its_own(repo: Repo, tmp_path: Path) -> None:
    inner = Repo(tmp_path / "inner")
    inner.path.mkdir()
    inner.git("init", "-q")
    inner.commit({PATH: SPEC})
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.path), "sub")
    sub = Repo(repo.path / "sub")
    install(sub)
    assert (attribute(sub), attribute(repo)) == ("lspec", "unspecified")
    assert (repo.path / ".git/modules/sub/info/attributes").is_file()
    done = merge_sides(sub, SPEC, OURS, THEIRS)
    assert done.clean, done.said


def test_a_sparse_checkout(repo: Repo) -> None:
    """Nothing below `specs` is in the worktree, nested attributes included."""
    repo.commit({"specs/.gitattributes": "README.md text\n", "src/a": "x", PATH: SPEC})
    repo.git("sparse-checkout", "set", "--cone", "src")
    install(repo)
    assert (repo.path / ROOT).exists()
    assert attribute(repo) == "lspec"
    repo.commit(message="attributes")
    repo.git("sparse-checkout", "set", "--no-cone", "/src/")
    assert not (repo.path / ROOT).exists()
    ran = install(repo)
    assert "left out of this sparse checkout" in ran.err
    assert not (repo.path / ROOT).exists()
    assert attribute(repo) == "lspec"


def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    bare = Repo(tmp_path / "bare")
    bare.path.mkdir()
    bare.git("init", "-q", "--bare")
    for verb in ("install", "uninstall"):
        ran = lspec(verb, cwd=bare.path)
        assert (ran.code, "this is a bare repository" in ran.err) == (2, True)


def test_a_symlink_is_refused_and_nothing_is_written(repo: Repo) -> None:
    (repo.path / "elsewhere").write_text("")
    (repo.path / ROOT).symlink_to("elsewhere")
    before = state(repo)
    ran = lspec("install", cwd=repo.path)
    assert (ran.code, ".gitattributes leads through a symbolic link" in ran.err) == (2, True)
    assert state(repo) == before


def test_a_config_that_is_locked(repo: Repo) -> None:
    lock = repo.write(".git/config.lock", "")
    before = state(repo)
    ran = lspec("install", cwd=repo.path)
    assert (ran.code, f"rm {lock}" in ran.err) == (2, True)
    assert state(repo) == before, "attributes come after"
    lock.unlink()
    install(repo)
    lock.write_text("")
    ran = lspec("uninstall", cwd=repo.path)
    assert (ran.code, str(lock) in ran.err) == (2, True)
    lock.unlink()
    uninstall(repo)
    assert "lspec" not in (repo.path / ".git/config").read_text()


def test_a_config_that_cannot_be_written(repo: Repo) -> None:
    folder = repo.path / ".git"
    if subprocess.run(["mount", "--bind", folder, folder], check=False, capture_output=True).returncode:
        pytest.skip("may not mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        before = state(repo)
        ran = lspec("install", cwd=repo.path)
        assert ran.code == 2
        assert ran.err.startswith(f"error: {folder / 'config'} cannot be written: Read-only file system")
        assert state(repo) == before
    finally:
        subprocess.run(["umount", folder], check=True)


def test_the_section_always_has_a_driver(repo: Repo) -> None:
    """A section with a name and no driver is fatal to git: it is never there, at no moment."""
    trace = repo.path.parent / "trace"
    assert lspec("install", "--merge-driver", cwd=repo.path, env={"GIT_TRACE": str(trace)}).code == 0
    writes = [line for line in trace.read_text().splitlines() if "--replace-all merge.lspec." in line]
    assert [line.split("--replace-all ")[1].split()[0] for line in writes] == [
        "merge.lspec.driver",
        "merge.lspec.name",
    ]


def findings(repo: Repo, name: str, *args: str) -> list[Mapping[str, Any]]:
    told = json.loads(lspec("doctor", "--json", *args, cwd=repo.path).out)
    return [each for each in told["findings"] if each["check"] == name]


def doctor(repo: Repo, *args: str) -> tuple[str, str]:
    (finding,) = findings(repo, "merge driver", *args)
    if finding["level"] != "ok" and not args:
        assert finding["commands"] == ["git lspec install"]
    return finding["level"], finding["fixed"] if args else finding["message"]


def test_doctor_tries_it(repo: Repo) -> None:
    repo.commit({PATH: SPEC})
    assert doctor(repo) == ("note", "not installed: git merges specs as text")
    assert doctor(repo, "--fix") == ("note", ""), "nobody is made to have it"
    install(repo)
    assert doctor(repo) == ("ok", "tried: merges key by key; git uses it for 1 files")


BREAKS: dict[str, tuple[str, str]] = {
    "the program is gone": (
        "if [ -x /nowhere/git-lspec ]; then x; else echo it is gone >&2; exit 1; fi",
        "it is gone",
    ),
    "it fails": ("echo broken >&2; exit 129", "broken"),
    "ours without a word": ("exit 0", "no error, and a wrong result"),
    "theirs without a word": ("cp %B %A", "no error, and a wrong result"),
    "a conflict": ("exit 1", "git merge exited 1"),
}


@pytest.mark.parametrize("git", ["own", "newer"])
@pytest.mark.parametrize("name", BREAKS)
def test_doctor_finds_a_broken_one_and_mends_it(
    name: str, git: str, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    if git == "newer":
        use_newer_git(monkeypatch)
    repo.commit({PATH: SPEC})
    install(repo)
    line, said = BREAKS[name]
    repo.git("config", "merge.lspec.driver", line)
    level, message = doctor(repo)
    assert level == "wrong"
    assert message.startswith("git cannot merge a spec with it: ")
    assert said in message
    assert lspec("doctor", cwd=repo.path).code == 1
    assert "installed: merge.lspec.driver" in doctor(repo, "--fix")[1]
    assert doctor(repo)[0] == "ok"


def test_doctor_knows_a_line_of_another_version(repo: Repo) -> None:
    repo.commit({PATH: SPEC})
    install(repo)
    repo.git("config", "merge.lspec.driver", repo.git("config", "merge.lspec.driver") + " # of old")
    assert doctor(repo) == ("note", "it is another version's or installation's, and works")
    assert doctor(repo, "--fix") == ("note", "installed: merge.lspec.driver")


def test_doctor_sees_specs_that_it_does_not_reach(repo: Repo) -> None:
    repo.commit({PATH: SPEC})
    install(repo)
    repo.write(".lspec/integrations.yml", "specs: [docs]\ngithub: {repo: acme/backend}\n")
    repo.commit({"docs/001-a/README.md": SPEC, "docs/002-b/README.md": SPEC})
    level, message = doctor(repo)
    assert level == "wrong"
    assert message == (
        "git does not use it for docs/001-a/README.md and 1 more (the attribute `merge` is unspecified)"
    )
    doctor(repo, "--fix")
    assert doctor(repo)[0] == "ok"


def test_a_clone_without_the_tool(repo: Repo, tmp_path: Path) -> None:
    """Attributes travel, config does not: git merges as text, and two commands say what is missing."""
    install(repo)
    repo.commit({PATH: SPEC})
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "-q", str(repo.path), str(clone.path))
    expected = (
        "specs are marked for the merge driver, which this clone does not have: git merges them as text"
    )
    assert doctor(clone) == ("note", expected)
    ran = lspec("check", cwd=clone.path)
    assert ran.code == 0
    assert ran.err.startswith(f"warning: {expected}\ngit lspec install\n")
    done = merge_sides(clone, None, OURS, THEIRS, "specs/001-a-name/other.md")
    assert done.unmerged
    assert "<<<<<<< HEAD" in done.text
    clone.git("merge", "--abort")
    assert "installed: merge.lspec.driver" in doctor(clone, "--fix")[1]
    assert "marked for" not in lspec("check", cwd=clone.path).err


def test_the_program_that_is_configured_is_this_installation(repo: Repo) -> None:
    """By an absolute path: a GUI's PATH lacks the folder of a virtual environment."""
    install(repo)
    assert merge_sides(repo, SPEC, OURS, THEIRS).clean
    line = repo.git("config", "merge.lspec.driver")
    program = line.split()[3]
    assert Path(program).is_absolute()
    assert os.access(program, os.X_OK)
    repo.git("reset", "-q", "--hard", "HEAD~1")
    done = subprocess.run(
        ["git", "merge", "--no-edit", "side"],
        cwd=repo.path,
        env={**os.environ, "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert done.returncode == 0
