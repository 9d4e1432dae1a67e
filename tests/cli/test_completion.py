"""Completion in real shells, for `lspec` and for `git lspec`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import environment, lspec
from tests.conftest import TOP, Repo

SPEC = "---\nstatus: planned\ncreated: 2026-01-01\n---\n# A\n"
GITS_OWN = Path("/usr/share/bash-completion/completions/git")
BASH = """
. '{git}'
eval "$(lspec completion bash)"
try() {{ # as readline would
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${{#COMP_LINE}}
    if [[ $1 == git ]]; then __git_wrap__git_main; else _lspec; fi
    echo "${{COMPREPLY[@]}}"
}}
"""
ZSH = """
autoload -Uz compinit && compinit -D
eval "$(lspec completion zsh)"
_describe() { print -r -- ${(P)argv[-1]%%:*} }
try() { # as compsys would
    words=("$@") CURRENT=$#
    if [[ $1 == git ]]; then shift words; ((CURRENT--)); _git-lspec; else _lspec; fi
}
"""
FISH = """
lspec completion fish | source
function try; complete -C (string join ' ' -- $argv) | string split -f1 \\t | string join ' '; end
"""
CASES = [
    (("lspec", "sta"), "status"),
    (("git", "lspec", "sta"), "status"),
    (("git", "lspec", "log", "00"), "001-a 002-b"),
    (("lspec", "status", "001-a", "002"), "002-b"),
    (("git", "lspec", "sync", "--sy"), "--system"),
    (("lspec", "sync", "--system", "g"), "github"),
    (("git", "lspec", "completion", "f"), "fish"),
    (("lspec", "help", "int"), "integrations"),
]


@pytest.fixture
def programs(tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Both commands on PATH, in a repository with two specs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("lspec", "git-lspec"):
        program = folder / name
        code = "import sys\nfrom lspec_git.__main__ import main\nsys.exit(main())\n"
        program.write_text(f"#!{sys.executable}\n{code}")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    config = "github:\n  repo: o/r\n  mapping:\n    - pattern: 'specs/**'\n"
    repo.commit(
        {
            "specs/001-a/README.md": SPEC,
            "specs/002-b/README.md": SPEC,
            "specs/notes.md": "",
            ".lspec/integrations.yml": config,
        }
    )
    return repo


def shell(command: list[str], script: str, repo: Repo) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]} (apt install {command[0]})")
    done = subprocess.run(
        [*command, "-c", script],
        cwd=repo.path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("command", "start"),
    [
        (["bash", "--norc"], BASH.format(git=GITS_OWN)),
        (["zsh", "-f"], ZSH),
        (["fish", "--no-config"], FISH),
    ],
    ids=["bash", "zsh", "fish"],
)
def test_a_shell_completes(command: list[str], start: str, programs: Repo) -> None:
    if command[0] == "bash" and not GITS_OWN.exists():
        pytest.skip("needs git's own completion for bash (it comes with Debian's git)")
    tries = "".join(f"try {' '.join(words)}\n" for words, _ in CASES)
    lines = shell(command, start + tries, programs).splitlines()
    assert [line.strip() for line in lines] == [expected for _, expected in CASES]


def test_completion_of_a_spec_is_light(programs: Repo) -> None:
    program = (
        "import sys; from lspec_git.__main__ import main; main(sys.argv[1:])\n"
        "print(sorted({'pygit2', 'requests', 'jira', 'flask', 'rich'} & set(sys.modules)))"
    )
    for words in (["log", "0"], ["sync", "0"], ["sync", "--system", ""], [""]):
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=programs.path,
            env=environment({"_LSPEC_COMPLETE": "1"}),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines()[-1] == "[]", words
        assert len(done.stdout.splitlines()) > 1, words


def test_commands_are_told_without_importing_any(tmp_path: Path) -> None:
    program = (
        "import sys; from lspec_git.__main__ import main; main([''])\n"
        "print([name for name in sys.modules if '.commands.' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**environment(), "_LSPEC_COMPLETE": "1", "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "plain\tsync\tPush and pull." in done.stdout


def test_nothing_to_read_is_no_error(tmp_path: Path) -> None:
    ran = lspec("log", "0", cwd=tmp_path, env={"_LSPEC_COMPLETE": "1"})
    assert (ran.code, ran.out.strip(), ran.err) == (0, "", "")


def test_paths_and_other_folders(programs: Repo, tmp_path: Path) -> None:
    env = {"_LSPEC_COMPLETE": "1"}
    by_path = lspec("log", "specs/00", cwd=programs.path, env=env).out
    assert [line.split("\t")[1] for line in by_path.splitlines()] == ["specs/001-a", "specs/002-b"]
    elsewhere = lspec("-C", str(programs.path), "log", "001", cwd=tmp_path, env=env).out
    assert "\t001-a\t" in elsewhere
