"""One repository, two specs folders, two projects of one tracker, through the real command and real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lspec_git.sandbox.model import Account
from lspec_git.sandbox.server import Sandbox
from tests.adapters.wire import Passing
from tests.conftest import Repo
from tests.e2e.worlds import Person, World, spec, writes

TOOL, ALICE = "tok_of_the_tool", "tok_of_alice"
BACK, WEB = "services/backend/specs/001-login", "apps/web/specs/001-login"
LABELS = frozenset({"status:in-progress"})


@dataclass
class Mono:
    """A world whose repository is a monorepo; `web` is the person in the other project."""

    world: World
    web: Person

    @property
    def back(self) -> Person:
        return self.world.person

    @property
    def at(self) -> str:
        """Where the two projects are."""
        return self.world.wire.url.partition("://")[2]

    def change(self, folder: str, old: str, new: str) -> None:
        path = self.world.repo.path / folder / "README.md"
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def configure(self, old: str, new: str) -> None:
        path = self.world.repo.path / ".lspec/integrations.yml"
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def json(self, *args: str, code: int = 0) -> dict[str, Any]:
        return json.loads(self.world.lspec(*args, "--json", code=code).out)  # type: ignore[no-any-return]

    def projects(self) -> list[str]:
        """owner/name of every request since this was last asked."""
        return ["/".join(each.path.partition("?")[0].split("/")[2:4]) for each in self.world.asked()]

    def settled(self) -> None:
        before = self.world.footprint()
        self.world.asked()
        self.world.lspec("sync")
        asked = self.world.wire.asked[-2:]
        assert [each.method for each in asked] == ["GET", "GET"]
        assert sorted(self.projects()) == ["acme/backend", "acme/web"]
        assert self.world.footprint() == before


@pytest.fixture
def mono(repo: Repo) -> Iterator[Mono]:
    projects = ["acme/backend", "acme/web"]
    with (
        Sandbox(projects, {TOOL: Account("octocat"), ALICE: Account("alice")}) as sandbox,
        Passing(sandbox.url) as wire,
    ):
        back, web = (Person(sandbox.url, ALICE, name, lambda: sandbox.advance(15)) for name in projects)
        world = World(repo, wire, back, TOOL)
        made = Mono(world, web)
        world.commit({f"{BACK}/README.md": spec("Backend"), f"{WEB}/README.md": spec("Web")})
        folders = ("--specs", "services/backend/specs=acme/backend", "--specs", "apps/web/specs=acme/web")
        world.lspec("init", *folders, "--api-url", wire.url, "--yes")
        world.commit()
        yield made


def titles(person: Person) -> dict[int, str]:
    return {number: issue.title for number, issue in person.issues().items()}


def test_each_spec_is_kept_in_step_with_its_own_project(mono: Mono) -> None:
    mono.world.lspec("sync")
    assert (titles(mono.back), titles(mono.web)) == ({1: "Backend"}, {1: "Web"})
    assert (list(mono.back.by_spec()), list(mono.web.by_spec())) == ([BACK], [WEB])
    mono.world.lspec("sync")
    mono.settled()
    mono.change(BACK, "planned", "in-progress")
    mono.world.commit()
    mono.web.close(1)
    mono.world.asked()
    mono.world.lspec("sync")
    asked = mono.world.wire.asked
    assert {each.path.partition("?")[0].split("/")[3] for each in writes(asked[-6:])} == {"backend"}
    assert mono.back.issue(1).labels == LABELS
    assert mono.web.issue(1).labels == frozenset()
    assert "status: complete" in (mono.world.repo.path / WEB / "README.md").read_text()
    assert "status: in-progress" in (mono.world.repo.path / BACK / "README.md").read_text()
    mono.world.commit()
    mono.world.lspec("sync")
    mono.settled()


def test_outputs_tell_which_project_is_meant(mono: Mono) -> None:
    planned = mono.json("sync", "--dry-run")["actions"]
    assert {(one["spec"], one["tracker"], one["target"]) for one in planned} == {
        (BACK, "github", f"{mono.at}/acme/backend"),
        (WEB, "github", f"{mono.at}/acme/web"),
    }
    mono.world.lspec("sync", "--system", "github:acme/web")
    assert (titles(mono.back), titles(mono.web)) == ({}, {1: "Web"})
    mono.world.lspec("sync", "--system", f"{mono.at}/acme/backend")
    assert titles(mono.back) == {1: "Backend"}
    stands = {one["spec"]: one["target"] for one in mono.json("status")["specs"]}
    assert stands == {BACK: f"{mono.at}/acme/backend", WEB: f"{mono.at}/acme/web"}
    trackers = mono.json("integrations")["trackers"]
    assert [(one["target"], one["linked"], one["reachable"]) for one in trackers] == [
        (f"{mono.at}/acme/backend", 1, True),
        (f"{mono.at}/acme/web", 1, True),
    ]
    text = mono.world.lspec("integrations").out
    assert f"github:acme/web  {mono.at}/acme/web\n" in text
    mono.change(WEB, "planned", "in-progress")
    mono.world.commit()
    out = mono.world.lspec("sync").out
    assert f"→ {WEB}  github:acme/web#1  status: planned → in-progress" in out


def test_a_conflict_is_settled_in_its_project(mono: Mono) -> None:
    mono.world.lspec("sync")
    mono.change(WEB, "# Web", "# The web")
    mono.world.commit()
    mono.web.edit(1, title="Web, by hand")
    out = mono.world.lspec("sync", code=1).out
    assert f"✗ {WEB}  github:acme/web#1  title: changed on both sides" in out
    mono.world.lspec("resolve", WEB, "--spec")
    assert (titles(mono.back), titles(mono.web)) == ({1: "Backend"}, {1: "The web"})


def test_a_project_that_is_not_there_stops_no_other(mono: Mono) -> None:
    mono.configure("repo: acme/backend", "repo: acme/nowhere")
    mono.world.lspec("trust", f"{mono.at}/acme/nowhere")
    ran = mono.world.lspec("sync", code=3)
    assert "github:acme/nowhere: " in ran.err
    assert titles(mono.web) == {1: "Web"}
    mono.world.lspec("sync", code=4)
    mono.configure("repo: acme/nowhere", "repo: acme/backend")
    mono.world.lspec("sync")
    assert (titles(mono.back), titles(mono.web)) == ({1: "Backend"}, {1: "Web"})


def test_a_project_that_was_never_approved_gets_no_token(mono: Mono) -> None:
    mono.world.lspec("trust", "--remove", f"{mono.at}/acme/backend")
    mono.world.asked()
    ran = mono.world.lspec("sync", code=3)
    assert "git lspec trust" in ran.err
    assert set(mono.projects()) == {"acme/web"}
    assert (titles(mono.back), titles(mono.web)) == ({}, {1: "Web"})


def test_a_spec_that_moves_to_the_other_project_is_told_and_left_alone(mono: Mono) -> None:
    mono.world.lspec("sync")
    moved = "apps/web/specs/002-api"
    mono.world.repo.git("mv", BACK, moved)
    mono.world.commit()
    mono.change(moved, "planned", "in-progress")
    mono.world.commit()
    mono.world.asked()
    ran = mono.world.lspec("sync", code=3)
    reason = f"{moved} is linked to {mono.at}/acme/backend#1, but the config names {mono.at}/acme/web"
    assert reason in ran.err
    assert reason in mono.world.lspec("status", code=1).out
    assert f"git lspec unlink {moved}" in ran.err
    assert writes(mono.world.asked()) == []
    assert (titles(mono.back), titles(mono.web)) == ({1: "Backend"}, {1: "Web"})
    mono.world.repo.git("mv", moved, BACK)
    mono.world.commit()
    mono.world.lspec("sync")
    assert mono.back.issue(1).labels == LABELS
    assert len(mono.web.issues()) == 1


def test_linked_by_hand_in_the_project_that_the_mapping_says(mono: Mono) -> None:
    number = mono.web.open("Web")
    mono.world.lspec("link", WEB, "--github-issue", str(number))
    mono.world.lspec("sync")
    assert (titles(mono.back), titles(mono.web)) == ({1: "Backend"}, {1: "Web"})
    ran = mono.world.lspec("link", BACK, "--github-issue", "1", "--system", "github:acme/web", code=2)
    assert "belongs to github:acme/backend" in ran.err
