"""`git-lspec hook check` at its usual: a commit changes a line of some spec, and nothing is wrong with it.

It answers from git's own output and the kept essence of the config (`core.routes`), without a YAML library
and without the command line's. Whatever is new, odd or in doubt is left to `staged`, which knows all.
"""

from __future__ import annotations

import os
import sys

from lspec_git import logbook
from lspec_git.git import quick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from lspec_git.core.routes import Change, Link, Project, Routes

SPECS = ":(glob)**/[0-9][0-9]*-*/*"
CONFIGS = (".lspec", ".lean-spec", ":(glob)**/.lspec/*", ":(glob)**/.lean-spec/*")
MANY = 50
"""Specs; their names and those of their notes fit into a pipe, and more of them are no usual commit."""
NOTES = "refs/notes/lspec"
MODES = ("100644", "100755")


class Doubt(Exception):
    """The answer takes more than is here."""


class Edit:
    """A spec's file that the commit changes: the ids of its blobs, and which spec it is."""

    __slots__ = ("name", "new", "old", "path", "root")

    def __init__(self, path: str, root: str, name: str, old: str, new: str) -> None:
        self.path, self.root, self.name, self.old, self.new = path, root, name, old, new


def check(args: Sequence[str]) -> int | None:
    """The exit status, after telling what will be published; None: that takes the whole command line.

    Meant for the top of a worktree, where git and the frameworks run hooks.
    """
    if any(word.startswith("-") and word != "--fix" for word in args):
        return None
    os.environ["GIT_NO_LAZY_FETCH"] = "1"  # offline: a partial clone must not ask its remote (git 2.45)
    try:
        _tell()
        lines = _lines()
        os.write(1, "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    except Exception:  # noqa: BLE001 - whatever it is, the whole command finds it out and tells
        return None
    return 0


def _tell() -> None:
    """What runs in the background left to be told; of all hooks this one is heard under a framework, too."""
    logbook.tell(os.path.join(quick.common_dir(quick.git_dir()), "lspec"))  # noqa: PTH118 - as below


def environment() -> str:
    """A name for this program and what is installed beside it: packages may bring trackers and words."""
    from lspec_git import __version__  # noqa: PLC0415 - as below

    return " ".join((__version__, *(str(_stamp(folder)) for folder in sys.path)))


def _stamp(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns  # noqa: PTH116 - pathlib costs as much as all of this
    except OSError:
        return 0


def _lines() -> list[str]:
    """What will be published, for a commit with nothing wrong in it. Raises Doubt, and more."""
    rows = _rows()
    if not rows:
        return []
    from lspec_git.core.routes import Routes  # noqa: PLC0415 - most commits touch no spec

    routes = Routes(_kept())
    edits = list(_edits(rows, routes))
    if len(edits) > MANY:
        raise Doubt
    with quick.Objects() as objects:
        sources: Mapping[str, str] = routes.raw["sources"]
        blobs = objects.read(
            [f":{path}" for path in sources] + [oid for edit in edits for oid in (edit.new, edit.old)]
        )
        if [oid for oid, _ in blobs[: len(sources)]] != list(sources.values()):
            raise Doubt  # the config is another
        texts = [data for _, data in blobs[len(sources) :]]
        changes = [*_changes(edits, texts)]
        return [*_told(routes, changes, objects)] if changes else []


def _rows() -> list[tuple[str, list[str]]]:
    """(path, git's five words) of what the commit changes in folders that look like specs' or config's."""
    args = ["diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "HEAD", "--"]
    code, out = quick.run([*args, SPECS, *CONFIGS])
    if code:
        raise Doubt  # no commit yet, or no repository
    words = out.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return [(path, row.split(" ")) for row, path in zip(words[::2], words[1::2], strict=True)]


def _kept() -> Mapping[str, Any]:
    """The essence of the config that the last whole check left; Doubt where it is none of this program's."""
    import json  # noqa: PLC0415 - as above

    from lspec_git.core.routes import FORM  # noqa: PLC0415 - as above

    with open(f"{quick.git_dir()}/lspec/routes.json", encoding="utf-8") as file:  # noqa: PTH123 - as above
        kept: Mapping[str, Any] = json.load(file)
    if kept["form"] != FORM or kept["environment"] != environment():
        raise Doubt
    return kept


def _edits(rows: Sequence[tuple[str, list[str]]], routes: Routes) -> Iterator[Edit]:
    from lspec_git.core.places import name_at  # noqa: PLC0415 - as above

    for path, (_, mode, old, new, kind) in rows:
        if f"/{path}".rpartition("/")[0].endswith(("/.lspec", "/.lean-spec")):
            raise Doubt
        for root, file in routes.layouts:
            name = name_at(path, root, file)
            if name is not None:
                if kind != "M" or mode not in MODES or "\n" in path:
                    raise Doubt
                yield Edit(path, root, name, old, new)
                break


def _changes(edits: Sequence[Edit], texts: Sequence[bytes]) -> Iterator[tuple[Change, Edit]]:
    """The edits that change a status. Raises Doubt where there is anything to be said of a spec."""
    from lspec_git.core.glance import status_of  # noqa: PLC0415 - as above
    from lspec_git.core.places import archived  # noqa: PLC0415 - as above
    from lspec_git.core.routes import Change  # noqa: PLC0415 - as above

    for at, edit in enumerate(edits):
        new, old = status_of(texts[2 * at]), status_of(texts[2 * at + 1])
        if new is None or old is None:
            raise Doubt
        if new != old and not archived(edit.path):
            yield Change(edit.path.rpartition("/")[0], edit.root, edit.name, old, new), edit


def _told(routes: Routes, changes: Sequence[tuple[Change, Edit]], objects: quick.Objects) -> Iterator[str]:
    """The lines for changes that reach a tracker."""
    from lspec_git.core.routes import destinations  # noqa: PLC0415 - as above

    if not routes.projects or not routes.publishes(_branch(routes)):
        return
    found = []
    for change, edit in changes:
        notes = _Notes(objects, edit)
        if where := list(destinations(routes.projects, change, notes)):
            found.append((change, where))
    trusted = _trusted() if found else []
    for change, where in found:
        if names := [name for target, name in where if target in trusted]:
            yield routes.line(change, names)


def _branch(routes: Routes) -> str:
    """The branch that the commit is made on, where the config asks for it."""
    if not routes.branches:
        return ""
    return quick.run(["symbolic-ref", "-q", "HEAD"])[1].decode().strip().removeprefix("refs/heads/")


def _trusted() -> list[str]:
    """The targets that the user approved, as `git lspec trust` writes them."""
    out = quick.run(["config", "--global", "--null", "--get-all", "lspec.trust"])[1]
    return out.decode("utf-8", "surrogateescape").split("\0")[:-1]


class _Notes:
    """What the notes say of one spec."""

    def __init__(self, objects: quick.Objects, edit: Edit) -> None:
        from lspec_git.core.anchors import anchor_of_name  # noqa: PLC0415 - as above

        self.objects, self.digits = objects, len(edit.new)
        self.links = self._note(anchor_of_name(edit.root, edit.name)).get("links", {})

    def link(self, tracker: str) -> Link | None:
        from lspec_git.core.routes import Link  # noqa: PLC0415 - as above

        row = self.links.get(tracker)
        return Link(row["target"], row.get("item", ""), row.get("key", ""), row["how"]) if row else None

    def word(self, project: Project, item: str) -> str | None:
        from lspec_git.core.anchors import anchor_of_item  # noqa: PLC0415 - as above
        from lspec_git.core.note_plain import unline  # noqa: PLC0415 - as above

        host = project.target.partition("/")[0]
        fact = self._note(anchor_of_item(project.tracker, host, item)).get("seen", {}).get("status")
        return None if fact is None else unline(fact)[1]

    def _note(self, anchor: bytes) -> Mapping[str, Any]:
        """The table of a note; an empty one where there is none. Raises Doubt where it is not plain."""
        from lspec_git.core.note_plain import read_plain  # noqa: PLC0415 - as above

        key = _hash(b"blob %d\0%s" % (len(anchor), anchor), self.digits)
        # Our own form last: of one key at two depths it counts (see `notetree`).
        forms = (key, f"{key[:2]}/{key[2:4]}/{key[4:]}", f"{key[:2]}/{key[2:]}")
        found = [data for oid, data in self.objects.read([f"{NOTES}:{form}" for form in forms]) if oid]
        table = read_plain(found[-1].decode()) if found else {}
        if table is None:
            raise Doubt
        return table


def _hash(data: bytes, digits: int) -> str:
    """An object's name, in the repository's own way."""
    if digits == 40:
        try:
            from _sha1 import sha1  # noqa: PLC0415 - hashlib loads all of OpenSSL, 5 ms
        except ImportError:  # a Python that is built otherwise
            from hashlib import sha1  # noqa: PLC0415 - as above
        return str(sha1(data).hexdigest())  # noqa: S324 - as git names objects
    from hashlib import sha256  # noqa: PLC0415 - as above

    return sha256(data).hexdigest()
