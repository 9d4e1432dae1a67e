"""What `install` and `uninstall` would change in the folder of git's hooks.

Our lines are put into a hook that is a shell script; any other is moved aside, and started by ours. What
other tools do to our lines later is known here as well: they write their hooks anew, or keep the old ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Final

from lspec_git.checkout import Worktree
from lspec_git.engine.changes import Change, Plan, program
from lspec_git.engine.frameworks import configured
from lspec_git.errors import GitError, UsageError
from lspec_git.git import hookfiles, hooktext
from lspec_git.git.hookfiles import Folder, Hook
from lspec_git.git.hooktext import ASIDE, NAMES, Found, Origin
from lspec_git.git.process import run

PART: Final = "hooks"
LEGACY: Final = ".legacy"
"""What pre-commit and prek add to the name of a hook that they take the place of, and run first."""
OLD: Final = ".old"
"""What lefthook adds; it runs the hook no more, and brings it back when it goes."""
CALLS: Final = {"pre-commit": "check", "pre-push": 'notes "$@"'}
"""What a hook calls of ours; all others `sync`."""


def install(tree: Worktree) -> Plan:
    """What is missing. Raises GitError; UsageError where the folder is not this repository's alone."""
    folder = own_folder(tree)
    changes: list[Change] = []
    remarks: list[str] = []
    new_folder = not folder.path.exists()
    for name in NAMES:
        change, remark = _one(tree, folder.path, name, new_folder)
        changes += change
        remarks += remark
    if changes and folder.path not in hookfiles.added(tree.repo):
        remember = partial(hookfiles.remember, tree.repo, folder.path)
        changes.append(Change(PART, hookfiles.ADDED, str(folder.path), remember))
    return Plan(tuple(changes), (*remarks, *_remarks(tree, folder.path)))


def own_folder(tree: Worktree) -> Folder:
    """Where git looks for hooks. Raises UsageError where every other repository's hooks lie there, too."""
    folder = hookfiles.folder(tree.repo)
    own = f"git config {hookfiles.PATH_KEY} {quote(str(hookfiles.usual(tree.repo)))}"
    if not folder.own:
        said = f"hooks would run in all your repositories: {hookfiles.PATH_KEY} is {folder.path} by your "
        said += f"{folder.scope} config"
        raise UsageError(
            said, f"{own}   (what lies in {folder.path} does not run here then)\ngit lspec install"
        )
    if folder.path.exists() and not folder.path.is_dir():
        said = f"hooks are switched off in this repository: {hookfiles.PATH_KEY} is {folder.path}"
        raise UsageError(said, f"git config --unset {hookfiles.PATH_KEY}\ngit lspec install")
    return folder


def place(folder: Path, name: str) -> Hook | None:
    """The hook that holds our lines and is run: git's, or what a framework kept of it and runs first."""
    hook = hookfiles.read(folder / name)
    if hooktext.find(hook.data):
        return hook
    kept = hookfiles.read(folder / (name + LEGACY))
    runs_it = b"hook-impl" in (hook.data or b"")  # pre-commit's own script, or prek's
    return kept if runs_it and hooktext.find(kept.data) else None


def by_husky(folder: Path, name: str) -> bool:
    """Whether the hook that people edit under husky calls us, which is the better place."""
    edited = folder.parent / name
    return is_husky(folder) and edited.is_file() and b"lspec hook " in edited.read_bytes()


def is_husky(folder: Path) -> bool:
    """Whether husky (9) makes this folder."""
    return folder.name == "_" and (folder / "h").is_file()


def uninstall(tree: Worktree) -> Plan:
    """What `install` brought, wherever it lies by now. Raises GitError."""
    changes: list[Change] = []
    remarks: list[str] = []
    added = hookfiles.added(tree.repo)
    now = hookfiles.folder(tree.repo)
    folders = (hookfiles.usual(tree.repo), *([now.path] if now.own else []), *added)
    for folder in dict.fromkeys(folders):
        change, remark = _cleared(tree, folder)
        changes += change
        remarks += remark
    for folder in dict.fromkeys(added):
        forget = partial(hookfiles.forget, tree.repo, folder)
        changes.append(Change(PART, hookfiles.ADDED, str(folder), forget))
    return Plan(tuple(changes), tuple(remarks))


def _one(tree: Worktree, folder: Path, name: str, new_folder: bool) -> tuple[list[Change], list[str]]:
    """The changes for one hook, and what there is to say of them."""
    lines = hooktext.shim(hookfiles.template(name), program())
    present = place(folder, name)
    if present is not None:
        return [*_refreshed(tree, present, name, lines)], []
    hook = hookfiles.read(folder / name)
    if by_husky(folder, name):
        return [], []
    if hook.data is None and not hook.link:
        data = hooktext.install(None, name, lines, Origin(folder=new_folder))
        return [_change(tree, hook.path, "a new hook", partial(hookfiles.write, hook.path, data))], []
    if hook.data is not None and hook.runs and not hook.link and hooktext.is_shell(hook.data):
        data = hooktext.install(hook.data, name, lines)
        done = partial(hookfiles.write, hook.path, data)
        return [_change(tree, hook.path, "our lines, before the hook that is there", done)], []
    return _beside(tree, hook, name, lines)


def _refreshed(tree: Worktree, hook: Hook, name: str, lines: bytes) -> Iterator[Change]:
    data = hooktext.install(hook.data, name, lines)
    if data != hook.data:
        yield _change(
            tree, hook.path, "our lines, brought up to date", partial(hookfiles.write, hook.path, data)
        )
    if not hook.runs:
        yield _change(tree, hook.path, "executable again", partial(hookfiles.enable, hook.path))


def _beside(tree: Worktree, hook: Hook, name: str, lines: bytes) -> tuple[list[Change], list[str]]:
    """A hook of ours in the place of one that takes no lines, which moves aside and is run by ours."""
    aside = hook.path.with_name(name + ASIDE)
    if hookfiles.is_there(aside) and hookfiles.read(aside).data != hook.data:
        advice = f"See which of the two is wanted, and take the other away: rm {quote(str(aside))}"
        raise GitError(f"{aside} is in the way: {hook.path} would have to move there", advice)
    data = hooktext.install(None, name, lines, Origin(aside=True))

    def do() -> None:
        hookfiles.move(hook.path, aside)
        hookfiles.write(hook.path, data)

    what = f"a new hook, which runs {aside.name}" if hook.runs else f"a new hook; the old one is {aside.name}"
    why = "is no plain shell script" if hook.runs else "is not executable, so git ignores it"
    return [_change(tree, hook.path, what, do)], [f"{shown(tree, hook.path)} {why}: it is {aside.name} now"]


def _cleared(tree: Worktree, folder: Path) -> tuple[list[Change], list[str]]:
    changes: list[Change] = []
    remarks: list[str] = []
    made = False
    for name in NAMES:
        aside = folder / (name + ASIDE)
        back = False
        for path in (folder / f"{name}{suffix}" for suffix in ("", LEGACY, OLD)):
            hook = hookfiles.read(path)
            if found := hooktext.find(hook.data):
                made = made or found.origin.folder
                returns = hooktext.is_ours(found) and found.origin.aside and hookfiles.is_there(aside)
                back = back or returns
                changes.append(_taken(tree, path, found, aside if returns else None))
        if not back and hookfiles.is_there(aside):
            other = f"{shown(tree, folder / name)} is another tool's by now"
            remarks.append(f"{shown(tree, aside)} stays, as no hook of ours starts it any more: {other}")
    if made:
        changes.append(
            _change(tree, folder, "the folder, if it is empty", partial(hookfiles.remove_folder, folder))
        )
    return changes, remarks


def _taken(tree: Worktree, path: Path, found: Found, aside: Path | None) -> Change:
    """Our lines out of a hook, or the hook that they had taken the place of."""
    if aside is not None:
        return _change(
            tree, path, f"the hook that was there ({aside.name})", partial(hookfiles.move, aside, path)
        )
    if hooktext.is_ours(found):
        return _change(tree, path, "the whole file: it held only our lines", partial(hookfiles.remove, path))
    return _change(tree, path, "our lines", partial(hookfiles.write, path, found.rest))


def _remarks(tree: Worktree, folder: Path) -> Iterator[str]:
    if is_husky(folder):
        at = shown(tree, folder.parent)
        calls = "\n".join(f"  {at}/{name}: {guarded(name)}" for name in NAMES if not by_husky(folder, name))
        if calls:
            yield f"husky writes {at}/_ anew with every install of the project; these lines last:\n{calls}"
    elif tree.repo.worktree and folder.is_relative_to(tree.repo.worktree) and _tracked(tree, folder):
        said = "the hooks in it are committed, and our lines name a program of this machine: leave them out"
        yield f"{shown(tree, folder)}: {said}, or write `{guarded('post-commit')}` and the like instead"
    if at := configured(tree):
        yield f"{at} runs our hooks as well: each works twice, which does no harm; one of the two is enough"


def guarded(name: str) -> str:
    """A line for a hook that people share: it does nothing where the tool is not installed."""
    return f"! command -v git-lspec >/dev/null || git-lspec hook {CALLS.get(name, 'sync')}"


def _tracked(tree: Worktree, folder: Path) -> bool:
    return bool(run(["ls-files", "-z", "--", str(folder)], tree.top, check=False).stdout)


def _change(tree: Worktree, path: Path, what: str, do: Callable[[], None]) -> Change:
    return Change(PART, shown(tree, path), what, do)


def shown(tree: Worktree, path: Path) -> str:
    """A path as people know it, from the top of the worktree where it lies in there."""
    return str(path.relative_to(tree.top)) if path.is_relative_to(tree.top) else str(path)
