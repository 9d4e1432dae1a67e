"""What people type for a spec, and which one they mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from lspec_git.core.spec import SpecId
from lspec_git.errors import UsageError
from lspec_git.git.notes import Notes
from lspec_git.git.objects import Repository
from lspec_git.ledger import Ledger
from lspec_git.local import Local, config, load


def named_specs(repo: Repository, names: tuple[str, ...]) -> frozenset[SpecId]:
    """Specs by what people type: a directory, a file in it, `specs/019-x`, its name, or its number."""
    if not names:
        return frozenset()
    local = load(repo, config(repo))
    return frozenset(_spec(repo, local, name) for name in names)


def one_spec(repo: Repository, name: str) -> SpecId:
    """The spec that people mean by a name; see `named_specs`."""
    return _spec(repo, load(repo, config(repo)), name)


def known_spec(repo: Repository, name: str) -> SpecId:
    """As `one_spec`, or a spec that is not on this branch (perhaps on none) but that the notes know."""
    local = load(repo, config(repo))
    files = _files(local)
    found = _among(repo, name, {spec: file.folder for spec, file in local.specs.items()}, files)
    if not found:
        notes = Ledger(Notes(local.objects, repo)).all_links()
        found = _among(repo, name, {SpecId.of(note.spec): "" for note in notes}, files)
    return _only(name, found, "there is no spec `{}`, neither committed nor in the notes", "git lspec log")


def _spec(repo: Repository, local: Local, name: str) -> SpecId:
    found = _among(repo, name, {spec: file.folder for spec, file in local.specs.items()}, _files(local))
    return _only(name, found, "there is no committed spec `{}`", "git lspec status")


def _files(local: Local) -> set[str]:
    return {layout.default_file for layout in local.layouts}


def _among(repo: Repository, name: str, specs: Mapping[SpecId, str], files: Collection[str]) -> list[SpecId]:
    """The spec (of those with their folders) that lies at a path; else those that a name stands for."""
    wanted = name.rstrip("/")
    head, _, last = wanted.rpartition("/")
    wanted = head if head and last in files else wanted
    path = _from_top(repo, wanted)
    return [spec for spec, folder in specs.items() if path == folder] or [
        spec
        for spec, folder in specs.items()
        if wanted in (str(spec), spec.name, folder)
        or (wanted.isdigit() and spec.name.startswith(f"{wanted}-"))
    ]


def _only(name: str, found: list[SpecId], otherwise: str, look: str) -> SpecId:
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(map(str, sorted(found)))
        raise UsageError(f"`{name}` could be any of {names}", "give its whole name")
    raise UsageError(otherwise.format(name), f"see which there are with: {look}")


def _from_top(repo: Repository, name: str) -> str:
    """A path typed in some folder, from the top of the worktree."""
    if repo.worktree is None:
        return name
    full = (Path.cwd() / name).resolve()
    top = repo.worktree.resolve()
    return str(PurePosixPath(full.relative_to(top))) if full.is_relative_to(top) else name
