"""Several specs roots in one repository: what the config lists, read together with LeanSpec's own configs.

A listed folder is a specs root, or a LeanSpec project whose config says where its specs are. It reads what it
is given, and finds fault with roots that hold one another: a spec would have two identities there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from lspec_git.core.leanspec import LAYOUT_FILES, Layout, parse_layout
from lspec_git.core.spec import Problem, SpecId
from lspec_git.core.yaml_nodes import Text

Read = Callable[[str], str | None]
"""The text of the file at a path; None where there is none."""


def resolve(listed: Sequence[Text], path: str, read: Read) -> tuple[tuple[Layout, ...], tuple[Problem, ...]]:
    """A layout for each folder that the config at `path` lists, and what is wrong with the list.

    Without a list: what LeanSpec's config at the top says. A root that clashes with an earlier one is left
    out. Raises ConfigError where a LeanSpec config is broken.
    """
    if not listed:
        return (_project("", read) or Layout(),), ()
    found: dict[Layout, Text] = {}
    problems = []
    for one in listed:
        layout = _listed(one.value, read)
        other = next((known for known in found if _within(known.root, layout.root)), None)
        other = other or next((known for known in found if _within(layout.root, known.root)), None)
        if other is None:
            found[layout] = one
            continue
        how = "is" if other.root == layout.root else "overlaps"
        message = f"`{shown(layout.root)}` {how} `{shown(other.root)}` of line {found[other].line}; keep one"
        problems.append(Problem(path, one.line, one.column, message))
    return tuple(found), tuple(problems)


def root_of(path: str, roots: Iterable[str]) -> str | None:
    """The innermost of some folders that a path lies in; None if it is in none of them."""
    inside = [root for root in roots if _within(root, path)]
    return max(inside, key=len) if inside else None


def spec_name(path: str, roots: Iterable[str]) -> str:
    """The name of the spec whose directory a file of any commit lies in; outside of all roots, its folder."""
    folder = path.rpartition("/")[0]
    root = root_of(path, roots)
    return folder if root is None else str(SpecId(root, folder.rpartition("/")[2]))


def plain_folder(value: str) -> str | None:
    """A folder without the decorations that people add; "" is the top. None if it is outside."""
    parts = [part for part in value.split("/") if part not in ("", ".")]
    return None if value.startswith("/") or ".." in parts or "\\" in value else "/".join(parts)


def shown(root: str) -> str:
    """A root as people write it."""
    return root or "."


def _listed(folder: str, read: Read) -> Layout:
    """A LeanSpec project beside or around the folder counts if it keeps its specs there; or one in it."""
    for project in _around(folder):
        layout = _project(project, read)
        if layout and layout.root == folder:
            return layout
    return _project(folder, read) or Layout(folder)


def _around(folder: str) -> Iterator[str]:
    """The folders that a folder lies in, the nearest first; the empty string is the top."""
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _project(folder: str, read: Read) -> Layout | None:
    """The layout that LeanSpec's config in a folder gives, seen from the top; None without such a config."""
    base = f"{folder}/" if folder else ""
    texts = {path: text for path in LAYOUT_FILES if (text := read(base + path)) is not None}
    if not texts:
        return None
    inner = parse_layout(texts, base)
    return Layout((base + inner.root).rstrip("/"), inner.default_file)


def _within(root: str, path: str) -> bool:
    return not root or path == root or path.startswith(f"{root}/")
