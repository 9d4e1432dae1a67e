"""What `install` and `uninstall` would change in a repository, step by step, and the doing of it.

Knows which paths are specs; how git is told of them is in `git.setup` and `git.attributes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from lspec_git.checkout import Worktree
from lspec_git.core.words import PLACES
from lspec_git.engine import install_hooks
from lspec_git.engine.changes import Change, Plan, program
from lspec_git.errors import LspecError, UsageError
from lspec_git.git import alias, attributes, setup
from lspec_git.git.config import remotes
from lspec_git.git.notes import REF
from lspec_git.git.setup import AttributeFile
from lspec_git.local import config as load_config

DRIVER: Final = "merge-driver"
FETCH: Final = "fetch"
ALIAS: Final = "alias"
HOOKS: Final = install_hooks.PART
PARTS: Final = (DRIVER, FETCH, HOOKS)
"""What there is to install."""
SPEC_FOLDER: Final = "[0-9][0-9]*-*"
"""Names of specs' folders, for git: `019-api`. A date such as `2025-11` matches as well: no spec is in it."""


def install(tree: Worktree, parts: Sequence[str] = PARTS, *, committed: bool = True) -> Plan:
    """What is missing of these parts.

    Without `committed` no file of the worktree is changed: attributes go into this clone's own file alone.
    Raises GitError where files cannot be read, UsageError where hooks alone are wanted and cannot be had.
    """
    changes: list[Change] = []
    remarks: list[str] = []
    if DRIVER in parts:
        files = _files(tree)
        wishes = _wishes(tree, files)
        # The driver first: where git's config cannot be written, no file of the user's is touched.
        changes += [
            *_driver_line(tree),
            *_attributes(_lines(tree, wishes), files if committed else files[-1:]),
        ]
        remarks += _remarks(tree, files, wishes)
    if FETCH in parts:
        changes += _fetch(tree)
    plan = Plan(tuple(changes), tuple(remarks))
    if HOOKS not in parts:
        return plan
    try:
        return plan.and_then(install_hooks.install(tree))
    except UsageError as error:
        if len(parts) == 1:
            raise
        return replace(plan, refused=error)


def uninstall(tree: Worktree, parts: Sequence[str] = PARTS) -> Plan:
    """What `install` brought of these parts, to be taken away. Raises GitError."""
    changes: list[Change] = []
    remarks: tuple[str, ...] = ()
    if HOOKS in parts:
        hooks = install_hooks.uninstall(tree)
        changes, remarks = [*hooks.changes], hooks.remarks
    if FETCH in parts:
        for remote in setup.added_fetches(tree.repo):
            do = partial(setup.forget_fetch, tree.repo, REF, remote)
            changes.append(Change(FETCH, f"remote.{remote}.fetch", "the refspec for notes", do))
        changes += _alias(tree)
    if DRIVER in parts:
        for file in _files(tree):
            new = attributes.uninstall(file.text)
            if new != file.text:
                what = "our lines" if new is not None else "the whole file: it held only our lines"
                changes.append(Change(DRIVER, file.shown, what, partial(setup.write, file, new)))
        if setup.has_section(tree.repo):
            changes.append(
                Change(DRIVER, setup.SECTION, "the section", partial(setup.remove_driver, tree.repo))
            )
    return Plan(tuple(changes), remarks)


def _alias(tree: Worktree) -> Iterator[Change]:
    """The alias that `hook setup` made, and what it keeps."""
    for key, do in alias.made(tree.repo):
        yield Change(ALIAS, key, "what lspec-setup made", do)


def patterns(tree: Worktree) -> tuple[str, ...]:
    """git's patterns, from the top, for all specs of the worktree and its config, each beginning with `/`."""
    roots = []
    for layout in tree.layouts:
        root = f"/{attributes.literal(layout.root)}" if layout.root else ""
        roots.append(f"{root}/**/{SPEC_FOLDER}/{attributes.literal(layout.default_file)}")
    return (*dict.fromkeys(roots), f"/{tree.place}")


def merged_paths(tree: Worktree) -> tuple[str, ...]:
    """The files that are here and that the driver is for."""
    places = [place for place in PLACES if (tree.top / place).is_file()]
    return (*(path for _, path in tree.specs()), *places)


def unreached(tree: Worktree) -> Mapping[str, str]:
    """The files here that git does not merge with the driver, though no line of the user's own says so.

    Each with what git takes for its attribute `merge`.
    """
    wished = set(map(_value, _wishes(tree, _files(tree)).values()))
    found = setup.merge_attributes(tree.repo, merged_paths(tree))
    return {path: merge for path, merge in found.items() if merge not in {attributes.DRIVER, *wished}}


def state_remote(tree: Worktree) -> str:
    """The remote that shares the notes: the config's, else origin; empty where there is no such remote."""
    try:
        name = load_config(tree.repo).state.remote
    except LspecError:
        name = "origin"  # what a config says that does not name one
    return name if name in remotes(tree.repo) else ""


def _files(tree: Worktree) -> list[AttributeFile]:
    """The one to commit first; the other, which is this clone's alone, beats it."""
    root = setup.root_attributes(tree.repo)
    return [*([root] if root else []), setup.own_attributes(tree.repo)]


def _wishes(tree: Worktree, files: Sequence[AttributeFile]) -> Mapping[str, str]:
    """What the user's own lines say for exactly a pattern of ours or a single file; they stay in force."""
    names = {name.removeprefix("/") for name in (*patterns(tree), *merged_paths(tree))}
    found: dict[str, str] = {}
    for file in files:
        found |= attributes.wishes(file.text, names)
    return found


def _lines(tree: Worktree, wishes: Mapping[str, str]) -> list[str]:
    """Our lines; behind them, copies of the user's for single files, which ours would beat otherwise."""
    ours = {pattern.removeprefix("/"): pattern for pattern in patterns(tree)}
    lines = [attributes.line(pattern) for name, pattern in ours.items() if name not in wishes]
    kept = {path: merge for path, merge in wishes.items() if path not in ours}
    return lines + [
        attributes.line(f"/{attributes.literal(path)}", merge, attributes.KEPT)
        for path, merge in kept.items()
    ]


def _driver_line(tree: Worktree) -> Iterator[Change]:
    words = program()
    line = setup.driver_line(words)
    if setup.driver(tree.repo) != line:
        do = partial(setup.set_driver, tree.repo, line)
        yield Change(DRIVER, setup.KEY, " ".join(words), do)


def _attributes(lines: Sequence[str], files: Sequence[AttributeFile]) -> Iterator[Change]:
    for file in files:
        new = attributes.install(file.text, lines)
        if new != file.text:
            what = ", ".join(lines) or "our lines go"
            yield Change(DRIVER, file.shown, what, partial(setup.write, file, new))


def _fetch(tree: Worktree) -> Iterator[Change]:
    remote = state_remote(tree)
    if not remote or setup.fetches(tree.repo, REF, remote):
        return

    def do() -> None:
        setup.add_fetch(tree.repo, REF, remote)
        setup.remember_fetch(tree.repo, remote)

    yield Change(FETCH, f"remote.{remote}.fetch", f"git fetch {remote} brings the notes of others along", do)


def _remarks(tree: Worktree, files: Sequence[AttributeFile], wishes: Mapping[str, str]) -> Iterator[str]:
    for name, merge in wishes.items():
        yield f"{name} is not merged key by key: a line of your own says {merge}, and stays in force"
    if len(files) == 1:
        yield f"{setup.ROOT} is left out of this sparse checkout, and left alone"
    overruled: dict[str, list[str]] = {}
    for path, merge in unreached(tree).items():
        if merge != "unspecified":
            overruled.setdefault(merge, []).append(path)
    for merge, paths in overruled.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield f"{paths[0]}{more}: `merge` was {merge} by another line, which gives way to ours"


def _value(said: str) -> str:
    """What `git check-attr` answers where a line says this."""
    plain = {"merge": "set", "-merge": "unset", "!merge": "unspecified"}
    return plain.get(said, said.removeprefix("merge="))
