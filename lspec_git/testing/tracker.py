"""The laws of what a package hands out at the door, as a test class to inherit from.

A subclass gives the tracker's name and the words that it uses; the tracker itself is found as `git lspec`
finds it, so the package must be installed. Needs pytest; knows no tracker.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import ClassVar

import pytest

from lspec_git.core.spec import PRIORITIES, STATUSES
from lspec_git.core.tracker import Settings, Tracker
from lspec_git.core.vocabulary import Lens, Vocabulary
from lspec_git.trackers import installed

HEAVY = ("requests", "urllib3", "http.client", "jira", "flask", "pygit2")


class TrackerContract:
    """Inherit, and set `name` and the words."""

    name: ClassVar[str]
    """What the tracker is called in the config."""
    statuses: ClassVar[Sequence[str]]
    """All words that a status can be on the tracker, under the default settings."""
    priorities: ClassVar[Sequence[str]] = ()

    @pytest.fixture
    def tracker(self) -> Tracker:
        return installed()[self.name]

    @pytest.fixture
    def vocabulary(self, tracker: Tracker) -> Vocabulary:
        return tracker.vocabulary(Settings(own=tracker.keys))

    def test_the_defaults_need_no_setting(self, tracker: Tracker, vocabulary: Vocabulary) -> None:
        assert list(tracker.complaints(Settings(own=tracker.keys))) == []
        assert {"title", "status"} <= vocabulary.lenses.keys()

    def test_the_door_opens_without_what_reaches_the_network(self) -> None:
        """`git lspec status` and `check` look through it, offline and in no time."""
        code = (
            "import sys\nfrom lspec_git.core.tracker import Settings\n"
            "from lspec_git.trackers import installed\n"
            f"found = installed()[{self.name!r}]\nfound.vocabulary(Settings(own=found.keys))\n"
            f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
        )
        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **path},
        )
        assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr

    def test_every_status_can_be_said_and_is_read_back(self, vocabulary: Vocabulary) -> None:
        self._values(_lens(vocabulary, "status"), STATUSES, self.statuses)

    def test_every_word_for_a_status_says_one(self, vocabulary: Vocabulary) -> None:
        lens = _lens(vocabulary, "status")
        self._words(lens, self.statuses)
        assert {lens.get(word, None) for word in self.statuses} <= set(STATUSES)

    def test_priorities_too(self, vocabulary: Vocabulary) -> None:
        lens = vocabulary.lens("priority")
        assert (lens is not None) == bool(self.priorities)
        if lens is not None:
            self._values(lens, PRIORITIES, self.priorities)
            self._words(lens, self.priorities)
            assert lens.put(None, self.priorities[0], None) is None

    def test_a_title_is_read_back(self, vocabulary: Vocabulary) -> None:
        lens = _lens(vocabulary, "title")
        self._values(lens, ("A title", "Größe: 1 & 2"), ("old",))
        self._words(lens, ("by hand",))

    def _values(self, lens: Lens, values: Sequence[str], words: Sequence[str]) -> None:
        """What was written reads back as written, and says itself again."""
        for value in values:
            assert lens.expressible(value), value
            for before in (None, *words):
                word = lens.put(value, before, None)
                assert lens.agrees(value, word), (value, before, word)
                assert lens.get(word, value) == value
                assert lens.put(value, word, value) == word

    def _words(self, lens: Lens, words: Sequence[str]) -> None:
        """What was read and is written back changes nothing."""
        for word in words:
            value = lens.get(word, None)
            assert lens.agrees(value, word), (word, value)
            assert lens.put(value, word, value) == word


def _lens(vocabulary: Vocabulary, name: str) -> Lens:
    lens = vocabulary.lens(name)
    assert lens is not None, f"{name}: every tracker has one"
    return lens
