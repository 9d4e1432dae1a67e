"""The published suites on the card box: all that an author of an adapter has to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Thread

import pytest
from lspec_git_cards.adapter import CardsAdapter
from lspec_git_cards.server import TOKEN, Box

from lspec_git.adapters.base import Connection, ItemRef, PMAdapter
from lspec_git.testing.contract import AdapterContract
from lspec_git.testing.tracker import TrackerContract

STATUSES = ("todo", "doing", "done", "dropped")


class Colleague:
    """Somebody else at the same box."""

    def __init__(self, box: Box) -> None:
        self.box = box

    def add(self, title: str) -> ItemRef:
        card = self.box.add({"title": title})
        return ItemRef(card["id"], card["key"])

    def edit(self, ref: ItemRef, words: Mapping[str, str | None]) -> None:
        self.box.set(ref.key, dict(words))

    def remove(self, ref: ItemRef) -> None:
        self.box.set(ref.key, {"gone": True})

    def say(self, ref: ItemRef, body: str) -> None:
        self.box.say(ref.key, body)

    def pass_time(self) -> None:
        """Every write moves the counter."""

    def requests(self) -> int:
        return self.box.asked

    def lose(self, *, landed: bool) -> None:
        self.box.lose.append(landed)


class TestDescription(TrackerContract):
    name = "cards"
    statuses = STATUSES
    priorities = ("1", "2", "3", "4")


class TestAdapter(AdapterContract):
    statuses = STATUSES
    priorities = ("1", "4")
    logins = ()
    remembers = False

    @pytest.fixture
    def person(self) -> Iterator[Colleague]:
        with Box() as box:
            thread = Thread(target=box.serve_forever, args=(0.02,))
            thread.start()
            yield Colleague(box)
            box.shutdown()
            thread.join()

    @pytest.fixture
    def adapter(self, person: Colleague) -> PMAdapter:
        return CardsAdapter(Connection("inbox", person.box.url, TOKEN))
