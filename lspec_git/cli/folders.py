"""Which specs folders `init` lists: what flags, a person, or LeanSpec's own configs say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lspec_git.checkout import Worktree
from lspec_git.cli.output import ask, say
from lspec_git.core.roots import plain_folder, resolve, shown
from lspec_git.core.yaml_nodes import Text
from lspec_git.errors import UsageError

FLAG = "git lspec init --specs FOLDER[=OWNER/NAME]"


def folders(tree: Worktree, given: Sequence[str], *, asks: bool) -> tuple[Worktree, Mapping[str, str]]:
    """The worktree with the folders to list, and for each the project that was named for it, if any.

    None are listed where there is but LeanSpec's own config at the top, or none at all.
    """
    found = given or _found(tree)
    if asks and found and not given:
        answer = ask("Specs folders (separated by commas)", ", ".join(map(shown, found)))
        found = [part for each in answer.split(",") if (part := each.strip())]
    elif found and not given:
        say(f"specs folders: {', '.join(map(shown, found))}")
    if not found:
        return tree, {}
    projects = dict(_split(each) for each in found)
    texts = [Text(folder, line, 1) for line, folder in enumerate(projects, 1)]
    layouts, problems = resolve(texts, "--specs", tree.read)
    if problems:
        raise UsageError("\n".join(f"--specs {problem.message}" for problem in problems), FLAG)
    roots = (layout.root for layout in layouts)
    return replace(tree, layouts=layouts), dict(zip(roots, projects.values(), strict=True))


def _found(tree: Worktree) -> list[str]:
    """The roots that the config lists now; else, where LeanSpec has configs below the top, all of theirs."""
    top = [layout.root for layout in tree.layouts]
    projects = () if tree.listed else tree.projects()
    if not projects:
        return top if tree.listed else []
    texts = [Text(folder, 1, 1) for folder in (*(top if tree.specs() else ()), *projects)]
    layouts, _ = resolve(texts, tree.place, tree.read)
    roots = [layout.root for layout in layouts]
    return [] if roots == top else roots


def _split(text: str) -> tuple[str, str]:
    folder, _, project = text.partition("=")
    plain = plain_folder(folder)
    if plain is None:
        raise UsageError(f"--specs `{folder}` must be a folder inside the repository", FLAG)
    return plain, project
