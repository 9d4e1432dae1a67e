"""The small parts by themselves: the log, the lines to be told, and whether there is anything to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lspec_git import hooks, logbook
from lspec_git.engine.outcome import failed
from lspec_git.errors import GitError
from lspec_git.git.operations import in_progress, more_to_come
from lspec_git.git.repository import discover
from lspec_git.pending import pending, settled_head
from lspec_git.records import Records, Settled
from tests.cli.running import lspec
from tests.conftest import Repo


def test_the_log_is_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    for number in range(3000):
        logbook.write(str(tmp_path), f"{number:05} {'x' * 150}")
    text = (tmp_path / logbook.LOG).read_text()
    assert logbook.LARGEST // 4 < len(text) <= logbook.LARGEST
    numbers = [int(line.split(" ")[2]) for line in text.splitlines()]
    assert numbers == list(range(numbers[0], 3000))
    assert list(tmp_path.glob(f"{logbook.LOG}*")) == [tmp_path / logbook.LOG]


def test_every_line_of_the_log_has_time_and_process(tmp_path: Path) -> None:
    logbook.write(str(tmp_path), "one\ntwo")
    heads = {tuple(line.split(" ")[1:]) for line in (tmp_path / logbook.LOG).read_text().splitlines()}
    assert heads == {(str(os.getpid()), "one"), (str(os.getpid()), "two")}


def test_lines_are_told_once_and_the_last_ones_only(tmp_path: Path) -> None:
    assert logbook.take(str(tmp_path)) == []
    for number in range(logbook.MOST + 2):
        logbook.leave(str(tmp_path), f"line\n{number}")
    assert logbook.take(str(tmp_path)) == [f"line {number}" for number in range(2, logbook.MOST + 2)]
    assert logbook.take(str(tmp_path)) == []
    assert list(tmp_path.glob(f"{logbook.LINES}*")) == []


def test_a_line_is_short_and_printable_and_holds_no_secret() -> None:
    said = "\x1b[31mred " + "ghp_" + "a" * 36 + " https://me:pw@example.org/x " + "y" * 1000
    line = failed(GitError(said, "one\ntwo")).problem
    assert line.startswith("?[31mred *** https://***@example.org/x yyy")
    assert len(line) <= 301


def test_what_a_hook_reads_is_what_a_run_wrote(repo: Repo) -> None:
    """The hook in sh cuts the commit out of the same line."""
    repo.commit({"a": "1"})
    records = Records.of(discover(repo.path))
    head = repo.git("rev-parse", "HEAD")
    assert settled_head(str(records.own)) == ""
    records.save_settled(Settled(head, "x", "y", ("specs/001-a",), 1))
    assert settled_head(str(records.own)) == head
    assert f'"head":"{head}"' in (records.own / "settled.json").read_text()


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("specs/001-a/README.md", True),
        ("docs/planning/2026-01/12-deep/README.md", True),
        (".lspec/integrations.yml", True),
        (".lean-spec/config.json", True),
        ("README.md", False),
        ("src/001-a.md", False),
        ("specs/001-a/diagram.svg", False),
    ],
)
def test_whether_there_may_be_anything_to_publish(
    repo: Repo, path: str, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a": "1"})
    records = Records.of(discover(repo.path))
    folders = str(records.own), str(records.shared)
    monkeypatch.chdir(repo.path)
    assert pending(*folders), "no run has ever been complete"
    records.save_settled(Settled(repo.git("rev-parse", "HEAD")))
    assert not pending(*folders)
    repo.commit({path: "new"})
    assert pending(*folders) is counts
    monkeypatch.chdir((repo.path / path).parent)
    assert pending(*folders) is counts, "whatever the folder"


@pytest.mark.parametrize(
    "text", ["", "{", '{"head":"--output=x"}', '{"head":""}', '{"head":"' + "0" * 40 + '"}']
)
def test_where_nobody_knows_there_may_be_something(
    repo: Repo, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that is damaged, or of a commit that is gone."""
    repo.commit({"a": "1"})
    records = Records.of(discover(repo.path))
    records.own.mkdir()
    (records.own / "settled.json").write_text(text)
    monkeypatch.chdir(repo.path)
    assert pending(str(records.own), str(records.shared))


def test_a_journal_is_something_to_settle(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a": "1"})
    records = Records.of(discover(repo.path))
    records.save_settled(Settled(repo.git("rev-parse", "HEAD")))
    (records.shared / "journal").write_text("x")
    monkeypatch.chdir(repo.path)
    assert pending(str(records.own), str(records.shared))


def test_what_has_called_us_is_found_with_and_without_proc() -> None:
    """As on macOS, which has no /proc."""
    for ask in (hooks._by_proc, hooks._by_ps):
        parent, words = ask(os.getpid())
        assert parent == os.getppid()
        assert "python" in words[0]


def test_hook_is_not_in_the_list_of_commands_and_has_help(tmp_path: Path) -> None:
    """Nobody types it. Its names answer to -h wherever they are called."""
    assert "hook" not in lspec("-h", cwd=tmp_path).out.split("Exit codes")[0].split()
    for name in ("", "sync", "notes", "run"):
        ran = lspec("hook", *filter(None, (name,)), "-h", cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        assert f"git lspec hook {name}".rstrip() in ran.out


@pytest.mark.parametrize("todo", ["", "# nothing left\n", "pick 1 x\n"])
def test_git_tells_what_it_is_in_the_middle_of(repo: Repo, todo: str) -> None:
    git_dir = repo.path / ".git"
    assert (in_progress(str(git_dir)), more_to_come(str(git_dir))) == ("", False)
    repo.write(".git/rebase-merge/git-rebase-todo", todo)
    assert (in_progress(str(git_dir)), more_to_come(str(git_dir))) == ("rebase-merge", "pick" in todo)
