"""A process that adds to notes which many clones share: a transaction is one edit heard, then a push."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from lspec_git.core.config import Config
from lspec_git.core.documents import Heard, ItemNote
from lspec_git.engine.share import Share
from lspec_git.git.notes import Notes
from lspec_git.git.objects import open_objects
from lspec_git.git.repository import discover
from lspec_git.ledger import ItemAt, Ledger, hears

ITEMS = 3


def at(number: int) -> ItemAt:
    """One of the few items that all write to."""
    return ItemAt("github", "github.com", str(number))


def main(folder: str, name: str, count: int) -> None:
    """So many transactions; most are shared at once, some together."""
    draw = random.Random(name)  # noqa: S311 - no secret
    repo = discover(Path(folder))
    with open_objects(repo) as objects:
        notes = Notes(objects, repo)
        share = Share.of(repo, notes, Config("", ()))
        for number in range(count):
            ledger, where = Ledger(notes), at(draw.randrange(ITEMS))
            note = ledger.item(where) or ItemNote(where.tracker, where.host, where.id)
            ledger.put_item(where, hears(note, Heard(f"{name}-{number}", "status", None)))
            ledger.flush(f"{name} {number}")
            if draw.random() < 0.8:
                share.fetch()
                share.push()
        share.said = "to be pushed"
        while share.said:
            share.fetch()
            share.push()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
