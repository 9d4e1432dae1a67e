"""The round trip against a real GitHub project. Only `pytest -m live` runs it, where the variables name one.

    LSPEC_LIVE_GITHUB_REPO=owner/name GITHUB_TOKEN=… pytest -m live

It opens one issue and closes it again, and leaves the label `lspec-live` behind.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.running import lspec
from tests.conftest import Repo
from tests.e2e.worlds import Issue, Person, spec, spec_path

pytestmark = pytest.mark.live

# Read when the module is loaded: each test runs without the user's variables.
PROJECT = os.environ.get("LSPEC_LIVE_GITHUB_REPO", "")
API = os.environ.get("LSPEC_LIVE_GITHUB_API", "") or "https://api.github.com"
TOKEN = os.environ.get("GITHUB_TOKEN", "")
TAG = "lspec-live"
PATIENCE = 60
"""Seconds after which GitHub's lists should show a change."""


@dataclass
class Trip:
    """One spec of a throw-away repository, and its issue."""

    repo: Repo
    name: str
    person: Person

    def sync(self) -> None:
        ran = lspec("sync", cwd=self.repo.path, env={"GITHUB_TOKEN": TOKEN, "GH_ENTERPRISE_TOKEN": TOKEN})
        assert ran.code == 0, ran
        assert TOKEN not in ran.out + ran.err

    @property
    def path(self) -> Path:
        return self.repo.path / spec_path(self.name)

    def change(self, old: str, new: str) -> None:
        text = self.path.read_text()
        assert old in text
        self.path.write_text(text.replace(old, new))
        self.repo.commit()

    def issue(self) -> Issue:
        return self.person.issue(self.number)

    @property
    def number(self) -> int:
        found = json.loads(lspec("status", "--json", cwd=self.repo.path).out)["specs"]
        return int(found[0]["key"])

    def comes(self, text: str, *, gone: bool = False) -> None:
        """Sync until the spec says so (or no more): a list may lag behind."""
        for _ in range(PATIENCE // 3):
            self.sync()
            if (text in self.path.read_text()) is not gone:
                break
            time.sleep(3)
        assert (text in self.path.read_text()) is not gone
        self.repo.commit()


@pytest.fixture
def trip(repo: Repo) -> Iterator[Trip]:
    made = Trip(repo, f"900-live-{uuid4().hex[:8]}", Person(API, TOKEN, PROJECT, lambda: time.sleep(1)))
    repo.commit({spec_path(made.name): spec(made.name, more=f"tags: [{TAG}]\n")})
    ran = lspec("init", "--repo", PROJECT, "--api-url", API, "--yes", cwd=repo.path)
    assert ran.code == 0, ran
    repo.commit()
    try:
        yield made
    finally:
        _clean_up(made)


def _clean_up(made: Trip) -> None:
    """Close what was opened, found by its title: it must not depend on what is tested."""
    for raw in made.person.ask("GET", "?state=open&sort=created&direction=desc&per_page=100"):
        if made.name in raw["title"]:
            made.person.close(raw["number"], "not_planned")


def test_a_spec_and_its_issue_go_round(trip: Trip) -> None:
    trip.sync()
    made = trip.issue()
    assert (made.title, made.state, set(made.labels)) == (trip.name, "open", {TAG})
    assert [name for _, name in made.markers] == [f"specs/{trip.name}"]
    trip.change("status: planned", "status: in-progress")
    trip.sync()
    assert trip.issue().labels == {TAG, "status:in-progress"}
    trip.person.close(trip.number)
    trip.comes("status: complete")
    trip.person.unlabel(trip.number, TAG)
    trip.comes(TAG, gone=True)
    trip.change("status: complete", "status: planned")
    trip.sync()
    assert trip.issue().state == "open"
    trip.change("status: planned", "status: archived")
    trip.sync()
    before = trip.person.ask("GET", f"/{trip.number}")
    trip.sync()
    after = trip.person.ask("GET", f"/{trip.number}")
    assert (after["state"], after["state_reason"], after["comments"]) == ("closed", "not_planned", 0)
    assert after["updated_at"] == before["updated_at"], "a settled sync writes nothing"
