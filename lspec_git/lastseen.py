"""What the trackers were last seen to say of one field of a spec: the notes and the config, read offline.

For the merge driver, so neither engine nor pygit2. It writes nothing and asks no tracker.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lspec_git.core import config as configs
from lspec_git.core import config_file
from lspec_git.core.documents import Sighting, is_tracker
from lspec_git.core.leanspec import spec_of
from lspec_git.core.roots import resolve
from lspec_git.core.spec import SpecId
from lspec_git.core.targets import host_of
from lspec_git.core.words import PLACES
from lspec_git.git.notes import Notes
from lspec_git.git.plumbing import Plumbing
from lspec_git.git.repository import discover
from lspec_git.ledger import ItemAt, Ledger
from lspec_git.trackers import installed


def decides(path: str, key: str, ours: str, theirs: str) -> tuple[str, str] | None:
    """The one of two values that the trackers hold, and why; None where they do not decide.

    They do where a person moved the card: a tracker was last seen with a word that says one of the two and
    not the other, it is news from the tracker and no edit of ours, and no other tracker holds anything else.
    """
    repo = discover(Path.cwd())
    folder = repo.worktree
    config = _config(folder) if folder else None
    spec = _spec(config, path, folder) if config and folder else None
    if config is None or spec is None:
        return None
    objects = Plumbing(repo)
    try:
        votes = list(_votes(config, Ledger(Notes(objects, repo)), spec, key, (ours, theirs)))
    finally:
        objects.close()
    winners = {winner for winner, _ in votes}
    told = [why for _, why in votes if why]
    winner = winners.pop() if len(winners) == 1 else None
    return (winner, told[0]) if winner is not None and told else None


def _votes(
    config: configs.Config, ledger: Ledger, spec: SpecId, key: str, values: tuple[str, str]
) -> Iterator[tuple[str | None, str]]:
    """For each tracker that holds the field: the value that it says, if any, and why it may decide."""
    for tracker in config.trackers:
        link = ledger.link(spec, tracker.name)
        if link is None or not link.item or link.target != configs.target(tracker):
            continue  # of the projects of one tracker, a spec is linked to one
        note = ledger.item(ItemAt(tracker.name, host_of(configs.target(tracker)), link.item))
        seen = note.seen.get(key) if note else None
        settings = tracker.settings(config.people_on(tracker.name))
        lens = installed()[tracker.name].vocabulary(settings).lens(key)
        if seen is None or lens is None:
            continue
        agreeing = [value for value in values if lens.agrees(value, seen.word)]
        winner = agreeing[0] if len(agreeing) == 1 else None
        where = f"{tracker.name} {tracker.project}{link.key and '#' + link.key.removeprefix('#')}"
        yield winner, _why(where, seen) if is_tracker(seen.origin) else ""


def _spec(config: configs.Config, path: str, folder: Path) -> SpecId | None:
    """The spec that a path is the main file of, in any of the roots that the config lists."""

    def read(name: str) -> str | None:
        file = folder / name
        return file.read_text("utf-8-sig") if file.is_file() else None

    return spec_of(path, *resolve(config.specs, config.path, read)[0])


def _why(where: str, seen: Sighting) -> str:
    return f"as on {where} since {seen.revision}" + (f" by {seen.by}" if seen.by else "")


def _config(folder: Path) -> configs.Config | None:
    """The config of the worktree; None where there is none or two."""
    found = [path for path in PLACES if (folder / path).is_file()]
    if len(found) != 1:
        return None
    return config_file.parse((folder / found[0]).read_text("utf-8-sig"), found[0], installed())
