"""Help that teaches, and the manual pages made from it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from lspec_git.cli.main import VERBS, cli
from lspec_git.cli.manual import pages
from lspec_git.cli.verb import EXITS, Verb
from tests.cli.running import lspec
from tests.conftest import TOP

ABOVE = click.Context(cli, info_name="git lspec", help_option_names=["-h", "--help"])


def verb(name: str) -> Verb:
    found = cli.get_command(ABOVE, name)
    assert isinstance(found, Verb), f"{name} has no examples"
    return found


@pytest.mark.parametrize("name", VERBS)
def test_help_has_examples_and_exit_codes(name: str) -> None:
    command = verb(name)
    assert 2 <= len(command.examples) <= 4
    assert {0, 2} <= command.exits.keys() <= EXITS.keys()
    shown = command.get_help(click.Context(command, ABOVE, name))
    assert "\nExamples:\n" in shown
    assert "\nExit codes:\n" in shown


@pytest.mark.parametrize("name", VERBS)
def test_the_examples_can_be_parsed(name: str) -> None:
    """Options in examples are options that there are."""
    command = verb(name)
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    for example, _ in command.examples:
        used = re.findall(r"(?<=\s)-{1,2}[a-z][a-z-]*", example.partition("|")[0])
        assert set(used) - {"--help"} <= known, example


def test_help_by_name_is_help_by_option(tmp_path: Path) -> None:
    assert lspec("help", "log", cwd=tmp_path).out == lspec("log", "-h", cwd=tmp_path).out
    assert lspec("help", cwd=tmp_path).out == lspec("-h", cwd=tmp_path).out
    ran = lspec("help", "lgo", cwd=tmp_path)
    assert (ran.code, "did you mean `log`?" in ran.err) == (2, True)


def test_the_pages_kept_are_the_pages_made() -> None:
    kept = {file.name: file.read_text("utf-8") for file in (TOP / "man").glob("*.1")}
    assert kept == pages(), "run: python -m lspec_git.cli.manual man"
    assert all(text.isascii() for text in kept.values()), "man shows nothing else in every locale"
    assert {f"git-lspec-{name}.1" for name in VERBS} | {"git-lspec.1", "lspec.1"} == set(kept)


@pytest.mark.parametrize(
    "checker", [("mandoc", "-Tlint"), ("groff", "-ww", "-man", "-Kutf8", "-Tutf8", "-z")]
)
def test_nothing_in_the_pages_is_odd_to_roff(checker: tuple[str, ...]) -> None:
    if shutil.which(checker[0]) is None:
        pytest.skip(f"needs {checker[0]} (apt install mandoc groff)")
    for file in sorted((TOP / "man").glob("git-*.1")):
        done = subprocess.run([*checker, str(file)], capture_output=True, text=True, check=False)
        assert done.stdout + done.stderr == "", file.name


def test_the_reference_names_every_command_and_option() -> None:
    text = (TOP / "docs" / "commands.md").read_text("utf-8")
    parts = dict(
        re.findall(r"^## `git lspec ([a-z]+)[^\n]*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    )
    assert list(parts) == list(VERBS)
    for name, part in parts.items():
        command = verb(name)
        options = {each for p in command.params if isinstance(p, click.Option) for each in p.opts}
        told = set(
            re.findall(r"(?<=[`\s,])-{1,2}[a-z][a-z-]*", "".join(re.findall(r"^\| `.*?` \|", part, re.M)))
        )
        assert options == told | {each for each in options if f"`{each}" in part}, name
        assert told <= options, name
        assert all(f"{code}" in part for code in command.exits), name
