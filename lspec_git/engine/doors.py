"""Which trackers of a config may be written to, found out before any of them is asked anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lspec_git.core.config import Config
from lspec_git.engine.connect import Connected, connect
from lspec_git.engine.pairs import Seat, seat
from lspec_git.engine.running import chosen
from lspec_git.errors import LspecError, NoToken, UsageError
from lspec_git.git.objects import Repository


@dataclass(frozen=True, slots=True)
class Doors:
    """By the tracker's label: an adapter that may write, or why there is none."""

    found: Mapping[str, Connected | LspecError]

    @classmethod
    def of(cls, repo: Repository, config: Config) -> Doors:
        """Look for a secret for every enabled tracker; makes no request. Raises ConfigError."""
        seats = [seat(config, tracker) for tracker in chosen(config, ())]
        return cls({at.label: _try(repo, at) for at in seats})

    @property
    def open(self) -> bool:
        """Whether there is any tracker to publish to."""
        return any(isinstance(one, Connected) for one in self.found.values())

    @property
    def silent(self) -> frozenset[str]:
        """Trackers that nobody has given us a token for: no reason to say anything."""
        return frozenset(label for label, one in self.found.items() if isinstance(one, NoToken))

    @property
    def closed(self) -> LspecError | None:
        """The first reason that a person should hear of."""
        said = [one for label, one in self.found.items() if label not in self.silent]
        return next((one for one in said if isinstance(one, LspecError)), None)

    def enter(self, at: Seat) -> Connected:
        """The adapter of a tracker. Raises why there is none."""
        found = self.found.get(at.label) or UsageError(f"{at.label} was not in the config a moment ago")
        if isinstance(found, LspecError):
            raise found
        return found


def _try(repo: Repository, at: Seat) -> Connected | LspecError:
    try:
        connected = connect(repo, at)
    except LspecError as error:
        return error
    return connected.without or connected
