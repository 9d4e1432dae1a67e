"""The memory adapter satisfies the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from lspec_git.adapters.base import ItemRef
from lspec_git.testing.contract import AdapterContract
from lspec_git.testing.memory import Fault, MemoryAdapter, MemoryTracker


@dataclass
class MemoryPerson:
    """Somebody with direct access to the tracker."""

    tracker: MemoryTracker = field(default_factory=MemoryTracker)

    def add(self, title: str) -> ItemRef:
        return self.tracker.add({"title": title})

    def edit(self, ref: ItemRef, words: Mapping[str, str | None]) -> None:
        self.tracker.edit(ref, words)

    def remove(self, ref: ItemRef) -> None:
        self.tracker.remove(ref)

    def say(self, ref: ItemRef, body: str) -> None:
        self.tracker.say(ref, body)

    def pass_time(self) -> None:
        self.tracker.tick()

    def requests(self) -> int:
        return len(self.tracker.requests)

    def lose(self, *, landed: bool) -> None:
        fault = Fault.LOST_AFTER if landed else Fault.LOST_BEFORE
        self.tracker.fault("push", fault)
        self.tracker.fault("create", fault)


class TestMemory(AdapterContract):
    @pytest.fixture
    def person(self) -> MemoryPerson:
        return MemoryPerson()

    @pytest.fixture
    def adapter(self, person: MemoryPerson) -> MemoryAdapter:
        return MemoryAdapter(person.tracker)


class TestMemoryWithinOneSecond(TestMemory):
    """The same where a write does not move the clock: states share a revision."""

    @pytest.fixture
    def person(self) -> MemoryPerson:
        return MemoryPerson(MemoryTracker(step=0))
