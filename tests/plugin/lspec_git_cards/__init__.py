"""The card box, described for git lspec. Imports nothing that reaches the network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lspec_git.adapters.base import Connection, PMAdapter
from lspec_git.core.lenses import TitleLens, WordLens
from lspec_git.core.spec import normal_priority, normal_status
from lspec_git.core.tracker import Complaint, Settings, Tracker
from lspec_git.core.vocabulary import Vocabulary

STATUSES: Final = {
    "planned": "todo",
    "draft": "todo",
    "in-progress": "doing",
    "complete": "done",
    "archived": "dropped",
}
EFFORTS: Final = {"low": "4", "medium": "3", "high": "2", "critical": "1"}
DRAWERS: Final = ("front", "back")


def vocabulary(settings: Settings) -> Vocabulary:
    """Cards have a title, a status and an effort, and nothing else that a spec could say."""
    if settings.fields:
        raise ValueError("a card has no further fields; leave `fields` out")
    lenses = {
        "title": TitleLens(longest=80),
        "status": WordLens({**STATUSES, **settings.status}, otherwise="planned", normal=normal_status),
        "priority": WordLens({**EFFORTS, **settings.priority}, normal=normal_priority),
    }
    return Vocabulary(lenses)


def complaints(settings: Settings) -> Iterable[Complaint]:
    for status, word in settings.status.items():
        if word not in STATUSES.values():
            yield Complaint(
                "status", status, f"`{word}` is no place for a card; write todo, doing, done or dropped"
            )
    if settings.own["drawer"] not in DRAWERS:
        yield Complaint("", "drawer", f"`{settings.own['drawer']}` is no drawer; write front or back")


def connect(connection: Connection) -> PMAdapter:
    from lspec_git_cards.adapter import CardsAdapter  # noqa: PLC0415 - imports requests

    return CardsAdapter(connection)


TRACKER: Final = Tracker(
    vocabulary,
    connect,
    project="box",
    keys={"drawer": "front"},
    complaints=complaints,
    item_problem=lambda key: "" if key.isdigit() else "must be the number of a card",
)
