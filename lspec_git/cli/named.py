"""What people type for a spec, and which one they mean."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from lspec_git.core.spec import SpecId
from lspec_git.errors import UsageError
from lspec_git.git.objects import Repository
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


def _spec(repo: Repository, local: Local, name: str) -> SpecId:
    """The spec that lies at a path; else the one that a name stands for, if no other shares it."""
    files = {layout.default_file for layout in local.layouts}
    wanted = name.rstrip("/")
    head, _, last = wanted.rpartition("/")
    wanted = head if head and last in files else wanted
    path = _from_top(repo, wanted)
    found = [spec for spec, file in local.specs.items() if path == file.folder]
    found = found or [
        spec
        for spec, file in local.specs.items()
        if wanted in (str(spec), spec.name, file.folder)
        or (wanted.isdigit() and spec.name.startswith(f"{wanted}-"))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(map(str, sorted(found)))
        raise UsageError(f"`{name}` could be any of {names}", "give its whole name")
    raise UsageError(f"there is no committed spec `{name}`", "see which there are with: git lspec status")


def _from_top(repo: Repository, name: str) -> str:
    """A path typed in some folder, from the top of the worktree."""
    if repo.worktree is None:
        return name
    full = (Path.cwd() / name).resolve()
    top = repo.worktree.resolve()
    return str(PurePosixPath(full.relative_to(top))) if full.is_relative_to(top) else name
