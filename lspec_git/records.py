"""What this clone alone remembers: journal, pull record, cursors, and what was settled when.

Small JSON files under `lspec/` in the repository's own git folder, each replaced in one step. All of it can
be derived again; none of it is shared. What clones share lies in the notes (`ledger`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from lspec_git.errors import GitError
from lspec_git.git.objects import Repository

ROUTES: Final = "routes.json"
"""In a worktree's own folder `lspec`; read by `precommit`, which cannot wait for this module."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A pulled value that was written into the worktree and waits for the commit that takes it in."""

    spec: str
    path: str
    target: str
    item: str
    field: str
    origin: str
    base: str | None
    new: str | None
    head: str
    moves: int
    """How often HEAD had moved then: its reflog tells what was committed here since."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A field of a write that was journalled just before it was sent."""

    field: str
    to: str | None
    value: str | None
    edits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A journalled write. `uuid` names the claim of a create; otherwise `item` is changed."""

    target: str
    spec: str
    revision: str
    item: str = ""
    key: str = ""
    uuid: str = ""
    epoch: int = 0
    fields: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """An edit that the tracker refused: `at` epoch seconds of this host, with that token and config."""

    edits: tuple[str, ...]
    context: str
    at: int
    why: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where reading a target stopped. `full` is the epoch second of the last read of all linked items."""

    cursor: str
    full: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """The state that a run left behind: nothing but `open` needs a look while all of this stays the same."""

    head: str = ""
    notes: str = ""
    config: str = ""
    open: tuple[str, ...] = ()
    at: int = 0
    linked: Mapping[str, int] = field(default_factory=dict)
    """How many specs are linked, by target."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last background run ended, at epoch seconds of this host. Both empty: nothing to say."""

    at: int = 0
    done: str = ""
    problem: str = ""

    @property
    def line(self) -> str:
        return "; ".join(part for part in (self.done, self.problem) if part)


@dataclass(frozen=True, slots=True)
class Records:
    """The files, by what they hold. Worktrees have their own pull record; the rest is the clone's."""

    shared: Path
    own: Path

    @classmethod
    def of(cls, repo: Repository) -> Records:
        """The records of one repository and worktree."""
        return cls(repo.common_dir / "lspec", repo.git_dir / "lspec")

    @property
    def lock(self) -> Path:
        """One sync at a time in a repository, whichever worktree it runs in."""
        return self.shared / "lock"

    @property
    def background(self) -> Path:
        """One background run at a time in a worktree."""
        return self.own / "background"

    @property
    def again(self) -> Path:
        """What background runs that found another at work have left for it to do."""
        return self.own / "again"

    # -- the journal: appended and flushed to disk before each write

    def journal(self) -> tuple[Entry, ...]:
        """Writes whose outcome is in no note yet; a line cut off by a crash was never sent."""
        entries = []
        for raw in _objects(self.shared / "journal"):
            raw["fields"] = tuple(Sent(**{**sent, "edits": tuple(sent["edits"])}) for sent in raw["fields"])
            entries.append(Entry(**raw))
        return tuple(entries)

    def enter(self, entry: Entry) -> None:
        """Journal a write. Returns once it is on disk."""
        _append(self.shared / "journal", [entry])

    def keep_journal(self, entries: Iterable[Entry]) -> None:
        """Replace the journal by what is still unanswered; the rest is in the notes."""
        _keep(self.shared / "journal", entries)

    # -- the pull record

    def pulled(self) -> tuple[Pulled, ...]:
        """Pulled values that no commit has taken in yet, in this worktree; of one field the last."""
        found = [Pulled(**raw) for raw in _objects(self.own / "pulled")]
        return tuple({(one.spec, one.target, one.field): one for one in found}.values())

    def add_pulled(self, pulled: Iterable[Pulled]) -> None:
        """Record values that are about to be written. Returns once that is on disk."""
        _append(self.own / "pulled", pulled)

    def save_pulled(self, pulled: Iterable[Pulled]) -> None:
        """Replace the record by what still waits."""
        _keep(self.own / "pulled", pulled)

    # -- cursors and revisions

    def cursors(self) -> dict[str, Cursor]:
        """Cursor by target and account."""
        return {key: Cursor(**raw) for key, raw in _read(self.shared / "cursors.json", {}).items()}

    def save_cursors(self, cursors: Mapping[str, Cursor]) -> None:
        _write(self.shared / "cursors.json", {key: asdict(one) for key, one in cursors.items()})

    def revisions(self) -> dict[str, str]:
        """The revision at which this clone last saw each item, by `target id`; empty: it has moved since."""
        return dict(_read(self.shared / "revisions.json", {}))

    def save_revisions(self, revisions: Mapping[str, str]) -> None:
        _write(self.shared / "revisions.json", dict(revisions))

    def looks(self) -> dict[str, str]:
        """What the notes said each item holds when this clone last looked at it, hashed, by `target id`."""
        return dict(_read(self.shared / "looks.json", {}))

    def save_looks(self, looks: Mapping[str, str]) -> None:
        _write(self.shared / "looks.json", dict(looks))

    # -- what the tracker refused

    def refusals(self) -> dict[str, Refusal]:
        """Refused edits by tracker (and project, where it has several), spec and field."""
        found = _read(self.shared / "refusals.json", {})
        return {key: Refusal(**{**raw, "edits": tuple(raw["edits"])}) for key, raw in found.items()}

    def save_refusals(self, refusals: Mapping[str, Refusal]) -> None:
        _write(self.shared / "refusals.json", {key: asdict(one) for key, one in refusals.items()})

    # -- what was settled

    def settled(self) -> Settled:
        raw = _read(self.own / "settled.json", {})
        return Settled(**{**raw, "open": tuple(raw.get("open", ()))}) if raw else Settled()

    def save_settled(self, settled: Settled) -> None:
        _write(self.own / "settled.json", asdict(settled))

    # -- what hooks read in place of the config

    def save_routes(self, raw: Mapping[str, object]) -> None:
        """Keep the essence of the config (`core.routes`) for the next commit in this worktree."""
        _write(self.own / ROUTES, raw)

    # -- what a run that nobody watched came to

    def outcome(self) -> Outcome:
        return Outcome(**_read(self.own / "outcome.json", {}))

    def save_outcome(self, outcome: Outcome) -> None:
        _write(self.own / "outcome.json", asdict(outcome))

    # -- who this clone is

    def clone(self) -> str:
        """A random name for this clone, made once; it tells own claims from others'."""
        path = self.shared / "clone"
        known = "".join(_lines(path)).strip()
        if known:
            return known
        made = os.urandom(8).hex()
        _replace(path, made + "\n")
        return made


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """What keeps a file of ours from being written, as an error for people."""
    try:
        yield
    except TimeoutError:  # a lock that another run holds
        raise
    except OSError as error:
        raise GitError(
            f"{path} cannot be written: {error.strerror}",
            "See that the disk is not full, and that the repository's git folder is yours to write to.",
        ) from error


def _objects(path: Path) -> list[dict[str, Any]]:
    """The objects in a file of lines; the last one is cut off where a crash came between."""
    found = []
    for line in _lines(path):
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _append(path: Path, entries: Iterable[Pulled | Entry]) -> None:
    cut = path.exists() and not path.read_bytes().endswith(b"\n")
    with storing(path), _parent(path).open("a", encoding="utf-8") as file:
        file.write("\n" if cut else "")
        file.write("".join(json.dumps(asdict(entry)) + "\n" for entry in entries))
        file.flush()
        os.fsync(file.fileno())


def _keep(path: Path, entries: Iterable[Pulled | Entry]) -> None:
    text = "".join(json.dumps(asdict(entry)) + "\n" for entry in entries)
    if not text:
        path.unlink(missing_ok=True)
    else:
        _replace(path, text)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _read(path: Path, empty: Any) -> Any:
    """A file of ours that is damaged counts as absent: everything in it can be derived again."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return empty


def _write(path: Path, data: object) -> None:
    _replace(path, json.dumps(data, separators=(",", ":")))


def _replace(path: Path, text: str) -> None:
    """Replace a file in one step; one that says the same already is left alone."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    # A fixed name, since one run at a time writes here: the next one takes over what a killed one left.
    draft = path.with_name(f"{path.name}.new")
    with storing(path):
        with _parent(draft).open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _parent(path: Path) -> Path:
    """The path, whose folder is there now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
