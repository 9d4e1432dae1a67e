"""What `git lspec check --staged` and `git-lspec hook check` do: look at a commit before it is made."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lspec_git.cli.output import emit, plain, say
from lspec_git.core.spec import Problem
from lspec_git.engine.credentials import approvals
from lspec_git.errors import GitError, LspecError
from lspec_git.git.index import Index
from lspec_git.git.repository import Repository, discover
from lspec_git.precommit import environment
from lspec_git.records import Records
from lspec_git.staged import Commit, Mended, mend, problems, published, routes, unusable


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found. `lines` are what will be published."""

    problems: tuple[Problem, ...]
    lines: tuple[str, ...] = ()
    mended: tuple[Mended, ...] = ()

    @property
    def code(self) -> int:
        """1 where a person has to look: something is wrong, or was mended and is to be committed anew."""
        wrong = any(problem.fatal for problem in self.problems)
        return int(wrong or any(not one.refused for one in self.mended))


def look(*, fix: bool, json_mode: bool = False) -> int:
    """Check what is staged, mend it (`fix`), tell, and return the exit code. Raises GitError, ConfigError."""
    repo = discover(Path.cwd())
    index = Index.of(repo)
    with closing(index.objects):
        found = _found(repo, Commit(index), fix=fix)
    emit(json_mode, _payload(found), _lines(repo, found))
    for one in found.mended:
        say(f"{_here(repo, one.path)}: {_said(one)}")
    return found.code


def _found(repo: Repository, commit: Commit, *, fix: bool) -> Looked:
    if (error := unusable(commit)) is not None:
        return _broken(commit, error)
    if not commit.specs and not commit.changes(*commit.sources):
        return Looked(())
    # Under a framework unstaged edits are laid aside, and come back as a patch on what the index holds:
    # with our edit staged the patch might not fit, and would be lost. They tell the user to stage it.
    mended = tuple(mend(commit, stage=not _framework())) if fix else ()
    if any(not one.refused for one in mended):
        commit = Commit(commit.index)
    told = problems(commit)
    said = {one.path for one in mended if not one.refused} if _framework() else set()
    return Looked(
        tuple(one for one in told if one.fatal or one.path not in said), _published(repo, commit), mended
    )


def _broken(commit: Commit, error: LspecError) -> Looked:
    """LeanSpec's own config is broken: this commit's doing, or not its business."""
    if commit.changes(*commit.sources):
        raise error
    say(f"not checked: {error.message}")
    return Looked(())


def _published(repo: Repository, commit: Commit) -> tuple[str, ...]:
    found = routes(commit)
    if found is None:
        return ()
    branch = (commit.index.objects.head_ref() or "").removeprefix("refs/heads/")
    trusted = frozenset(approvals())
    lines = tuple(published(commit, found, branch, trusted.__contains__))
    with suppress(GitError):  # it is kept to be faster the next time, and for nothing else
        Records.of(repo).save_routes({**found.raw, "environment": environment()})
    return lines


def _framework() -> bool:
    """Whether pre-commit or prek runs us."""
    return "PRE_COMMIT" in os.environ


def _said(one: Mended) -> str:
    if one.refused:
        return f"not mended: {one.refused}"
    return "mended; git add it, and commit again" if _framework() else "mended and staged; commit again"


def _lines(repo: Repository, found: Looked) -> Iterable[str]:
    for problem in found.problems:
        message = problem.message if problem.fatal else f"warning: {problem.message}"
        yield plain(str(replace(problem, path=_here(repo, problem.path), message=message)))
    yield from map(plain, found.lines)


def _here(repo: Repository, path: str) -> str:
    return os.path.relpath((repo.worktree or repo.folder) / path)


def _payload(found: Looked) -> dict[str, object]:
    return {
        "problems": [asdict(problem) for problem in found.problems],
        "publishes": list(found.lines),
        "mended": [asdict(one) for one in found.mended],
    }
