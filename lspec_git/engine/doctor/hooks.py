"""The hooks: whether git has them, gets to our lines in them, and whether the program behind them starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import join
from typing import Final

from lspec_git.checkout import Worktree, worktree_of
from lspec_git.engine import install_hooks, tryhooks
from lspec_git.engine.changes import program
from lspec_git.engine.doctor.findings import Finding, Level, Patient
from lspec_git.engine.frameworks import Framework, framework
from lspec_git.engine.install_hooks import by_husky, is_husky, own_folder, place, shown
from lspec_git.errors import UsageError
from lspec_git.git import hookfiles, hooktext
from lspec_git.git.hookfiles import Hook
from lspec_git.git.hooktext import NAMES

NAME: Final = "hooks"
INSTALL: Final = ("git lspec install",)
NONE: Final = "not installed: what you commit is published by the next git lspec sync"


def hooks(patient: Patient) -> Iterator[Finding]:
    """Whether a commit publishes by itself here. Every hook of ours is run for real, up to our lines."""
    if patient.repo.worktree is None:
        return
    tree = worktree_of(patient.repo)
    try:
        folder = own_folder(tree).path
    except UsageError as error:
        yield Finding(NAME, Level.NOTE, error.message, tuple(error.advice.splitlines()))
        return
    ours = {name: hook for name in NAMES if (hook := place(folder, name))}
    wanted = bool(ours) or folder in hookfiles.added(patient.repo)
    served = framework(tree, folder)
    if served:
        yield from _framework(served, [name for name in NAMES if name in ours or by_husky(folder, name)])
    if wanted:
        yield from _native(tree, folder, ours, served)
    elif not served:
        # Not mended by --fix: they may well be unwanted.
        yield Finding(NAME, Level.NOTE, NONE, INSTALL)


def _framework(served: Framework, others: Sequence[str]) -> Iterator[Finding]:
    """What the config of pre-commit or prek promises, and what is installed of it."""
    missing = [name for name in served.wanted if name not in (*served.installed, *others)]
    if missing:
        said = f"{served.file} runs our hooks at {', '.join(missing)}, where {served.tool} is not installed"
        lacking = [name for name in served.wanted if name not in served.by_default]
        if lacking:
            said += f"\ndefault_install_hook_types there lacks {', '.join(lacking)}: so will every clone"
        stages = " ".join(f"-t {name}" for name in missing)
        yield Finding(NAME, Level.WRONG, said, (f"{served.tool} install {stages}",))
    elif served.installed:
        at = ", ".join(name for name in served.wanted if name in served.installed)
        yield Finding(NAME, Level.OK, f"{served.tool} runs ours at {at or 'no stage'}")


def _native(
    tree: Worktree, folder: Path, ours: dict[str, Hook], served: Framework | None
) -> Iterator[Finding]:
    wrong = [*_lost(tree, folder, ours), *_unreached(tree, folder, ours), *_programs(ours)]
    if wrong:
        yield _finding(tree, Level.WRONG, "\n".join(wrong))
        return
    husky = [name for name in NAMES if name not in ours]
    by = f"; husky's {', '.join(husky)} call it" if husky else ""
    said = f"tried: git gets to our lines in {', '.join(ours)}{by}"
    others = {hooktext.program_of(hook.data or b"") for hook in ours.values()} - {tuple(program())}
    if others:
        yield _finding(tree, Level.NOTE, f"{said}; they start another installation, {join(min(others))}")
    elif served and served.installed:
        yield Finding(NAME, Level.NOTE, f"{said}; {served.tool} runs ours as well: one of the two is enough")
    else:
        yield Finding(NAME, Level.OK, said)


def _lost(tree: Worktree, folder: Path, ours: dict[str, Hook]) -> Iterator[str]:
    gone = [name for name in NAMES if name not in ours and not by_husky(folder, name)]
    if gone:
        who = "husky" if is_husky(folder) else "another tool"
        here = shown(tree, folder)
        yield f"our lines are not in {', '.join(gone)} ({here}) any more: {who} wrote them anew, it seems"


def _unreached(tree: Worktree, folder: Path, ours: dict[str, Hook]) -> Iterator[str]:
    files = {name: [folder / name, *({hook.path} - {folder / name})] for name, hook in ours.items()}
    for name, said in tryhooks.unreached(files).items():
        yield f"git does not get to our lines in {shown(tree, ours[name].path)}: {said}"


def _programs(ours: dict[str, Hook]) -> Iterator[str]:
    for words in {hooktext.program_of(hook.data or b"") for hook in ours.values()}:
        if not words:
            yield "our lines name no program"
        elif fault := tryhooks.broken(words):
            yield f"they start {words[0]}, which does not start: {fault}"


def _finding(tree: Worktree, level: Level, message: str) -> Finding:
    def mend() -> str:
        plan = install_hooks.install(tree)
        plan.carry_out()
        return f"installed: {', '.join(change.place for change in plan.changes) or 'nothing was missing'}"

    return Finding(NAME, level, message, INSTALL, mend)
