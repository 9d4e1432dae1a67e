"""What the checks look at, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from lspec_git.core.config import Config
from lspec_git.core.documents import ItemNote, LinkNote, parse_any
from lspec_git.core.note_text import Damage, Table
from lspec_git.errors import LspecError
from lspec_git.git.config import remotes
from lspec_git.git.notes import Notes, Snapshot
from lspec_git.git.objects import Objects, Repository, open_objects
from lspec_git.local import Local, load
from lspec_git.local import config as load_config
from lspec_git.records import Records

Note = LinkNote | ItemNote | Table | Damage


class Level(Enum):
    """How bad it is. Only `WRONG` counts for the exit code."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `commands` are what a person may type; `mend` does it, where that is safe."""

    check: str
    level: Level
    message: str
    commands: tuple[str, ...] = ()
    mend: Callable[[], str] | None = field(default=None, compare=False)
    """Mends it and says what was done; raises LspecError where it could not."""


class Patient:
    """A repository, read as far as the checks look. What cannot be read at all is for one check to tell."""

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self.records = Records.of(repo)

    @cached_property
    def objects(self) -> Objects:
        """Raises GitError."""
        return open_objects(self.repo)

    @cached_property
    def notes(self) -> Notes:
        return Notes(self.objects, self.repo)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The notes as they were when they were first looked at."""
        return self.notes.snapshot()

    @cached_property
    def documents(self) -> dict[str, Note]:
        """Every note by its key, parsed."""
        return {key: parse_any(data) for key, data in self.snapshot.read_all().items()}

    @cached_property
    def links(self) -> list[LinkNote]:
        return [note for note in self.documents.values() if isinstance(note, LinkNote)]

    @cached_property
    def config(self) -> Config | None:
        """None where there is none, or a bad one."""
        try:
            return load_config(self.repo)
        except LspecError:
            return None

    @cached_property
    def local(self) -> Local | None:
        """None where there is no commit yet, or LeanSpec's config is broken."""
        try:
            return load(self.repo, self.config or Config("", ()))
        except LspecError:
            return None

    @cached_property
    def remotes(self) -> tuple[str, ...]:
        return remotes(self.repo)

    @property
    def state_remote(self) -> str:
        """The remote that shares the notes, as the config names it; empty where this clone has none."""
        name = self.config.state.remote if self.config else "origin"
        return name if name in self.remotes else ""


Check = Callable[[Patient], Iterator[Finding]]
