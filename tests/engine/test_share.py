"""Notes between clones: a claim counts once the state remote has accepted it, and not before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lspec_git.core.actions import Held, Hold
from lspec_git.core.config import Claims, Config
from lspec_git.core.documents import Lease, Link, LinkNote, dump_link, parse_link
from lspec_git.core.spec import SpecId
from lspec_git.engine.claims import link_for
from lspec_git.engine.pairs import Seat, seat
from lspec_git.engine.report import Report
from lspec_git.engine.share import Share, join_accepted
from lspec_git.git.notes import Notes
from lspec_git.git.objects import discover, open_objects
from lspec_git.ledger import Ledger
from lspec_git.local import config as load_config
from lspec_git.testing.memory import Fault, Killed
from tests.worlds import NOTES, Clone, World, created, published

ALPHA = SpecId("specs", "001-alpha")
SINCE = "2026-11-22T12:00:00Z"
RULE = "the rules of this project allow no notes"


class TestClaim:
    """Two clones of one remote, each with the state that it last fetched."""

    def test_counts_once_the_remote_has_it(self, world: World) -> None:
        share, ledger, config, at = opened(world.start(shared=True))
        lease = Lease("u", 0, SINCE, "one")
        assert share.claim(config, ledger, at, {ALPHA: lease}) == {ALPHA: lease}
        assert claims(world.bare) == {"specs/001-alpha": "u"}

    def test_that_comes_second_is_taken_back(self, world: World) -> None:
        one = opened(world.start(shared=True))
        other = world.clone()
        two = opened(other)
        first, second = Lease("zz", 0, SINCE, "one"), Lease("aa", 0, SINCE, "two")
        assert claim(one, first) == {ALPHA: first}
        assert claim(two, second) == {}
        assert claims(world.bare) == claims(other.repo.path) == {"specs/001-alpha": "zz"}

    def test_of_another_spec_is_joined_and_made_again(self, world: World) -> None:
        one = opened(world.start("001-alpha", "002-beta", shared=True))
        other = world.clone()
        two = opened(other)
        mine, theirs = Lease("u", 0, SINCE, "one"), Lease("v", 0, SINCE, "two")
        assert claim(one, mine) == {ALPHA: mine}
        share, ledger, config, at = two
        beta = SpecId("specs", "002-beta")
        assert share.claim(config, ledger, at, {ALPHA: theirs, beta: theirs}) == {beta: theirs}
        assert claims(world.bare) == {"specs/001-alpha": "u", "specs/002-beta": "v"}

    def test_to_take_over_is_granted_to_one_of_two(self, world: World) -> None:
        first = world.start(shared=True)
        assert claim(opened(first), Lease("u", 0, SINCE, "lost"))
        one, two = opened(first), opened(world.clone())
        two[0].fetch()
        two[1].refresh()
        next_of_one, next_of_two = Lease("u", 1, SINCE, "one"), Lease("u", 1, SINCE, "two")
        assert claim(one, next_of_one) == {ALPHA: next_of_one}
        assert claim(two, next_of_two) == {}

    def test_is_ours_alone_where_there_is_no_remote(self, world: World) -> None:
        one = world.start()
        lease = Lease("u", 0, SINCE, "one")
        assert claim(opened(one), lease) == {ALPHA: lease}
        assert claims(one.repo.path) == {"specs/001-alpha": "u"}

    def test_is_ours_alone_where_the_config_says_so(self, world: World) -> None:
        one = world.start(shared=True)
        share, ledger, config, at = opened(one)
        lease = Lease("u", 0, SINCE, "one")
        local = replace(config, claims=Claims.LOCAL)
        assert share.claim(local, ledger, at, {ALPHA: lease}) == {ALPHA: lease}
        assert claims(world.bare) == {}

    @pytest.mark.parametrize(("before", "after"), [("", "u"), ("u", "u")], ids=["the first", "a later one"])
    def test_that_is_refused_leaves_the_notes_as_they_were(
        self, world: World, before: str, after: str
    ) -> None:
        one = world.start("001-alpha", "002-beta", shared=True)
        if before:
            assert claim(opened(one), Lease(before, 0, SINCE, "one"))
        refuse(world.bare)
        tip = one.notes
        share, ledger, config, at = opened(one)
        assert (
            share.claim(config, ledger, at, {SpecId("specs", "002-beta"): Lease(after, 0, SINCE, "x")}) == {}
        )
        assert one.notes == tip
        assert RULE in share.refused

    def test_that_a_kill_left_behind_unaccepted_gives_way_to_the_accepted_one(self, world: World) -> None:
        """Whatever the two uuids are: by name alone, the one that nobody has accepted could win the join."""
        one, other = world.start(shared=True), world.clone()
        share, ledger, _, at = opened(other)
        ledger.put_link(ALPHA, at.name, link_for(at.target, Lease("aa", 0, SINCE, "two")))
        ledger.flush("killed before it was pushed")
        assert claim(opened(one), Lease("zz", 0, SINCE, "one"))
        share.fetch()
        assert claims(other.repo.path) == {"specs/001-alpha": "zz"}

    def test_of_an_item_that_is_linked_by_now_gives_way_to_the_link(self) -> None:
        mine = note(link_for("t", Lease("u", 0, SINCE, "x")))
        linked = note(Link(target="t", serial=2, how="created", item="1001", key="1"))
        assert join_accepted(None, mine, linked) == linked
        assert join_accepted(None, linked, mine) == linked
        assert join_accepted(None, mine, None) == mine
        assert join_accepted(None, None, mine) == mine


class TestRuns:
    def test_the_claim_is_at_the_remote_before_anything_is_sent(self, world: World) -> None:
        one = world.start(shared=True)
        world.tracker.fault("create", Fault.KILL_BEFORE)
        with pytest.raises(Killed):
            one.sync()
        assert list(claims(world.bare)) == ["specs/001-alpha"]
        report = world.clone().sync()
        assert (held(report), world.writes()) == ({Held.CLAIMED}, [("create", world.writes()[0][1])])

    def test_another_clone_takes_over_after_the_lease_and_the_first_goes_along(self, world: World) -> None:
        one = world.start(shared=True)
        world.tracker.fault("create", Fault.KILL_BEFORE)
        with pytest.raises(Killed):
            one.sync()
        two = world.clone()
        two.sync()
        world.tracker.tick(301)
        assert created(two.sync()) == ["001-alpha"]
        assert (created(one.sync()), held(one.sync())) == ([], set())
        assert len(world.tracker.items()) == 1

    def test_a_remote_that_refuses_notes_gets_nothing_created_and_is_quoted_in_one_line(
        self, world: World
    ) -> None:
        one = world.start(shared=True)
        refuse(world.bare)
        report = one.sync()
        assert (created(report), world.writes(), one.notes) == ([], [], "")
        assert (held(report), report.exit_code, report.warnings) == ({Held.REFUSED}, 3, [])
        (failure,) = report.failures
        assert failure.message.startswith(
            f"nothing was created: the remote takes no notes: {RULE} [remote rej"
        )
        assert "\n" not in failure.message
        assert "claims: local" in failure.advice

    def test_a_fork_claims_at_the_state_remote_and_not_at_its_own(self, world: World) -> None:
        one = world.start(shared=True)
        text = one.repo.path.joinpath(".lspec/integrations.yml").read_text()
        one.repo.commit({".lspec/integrations.yml": text + "state: {remote: upstream}\n"}, "a fork")
        upstream = world.folder / "upstream.git"
        one.git("clone", "-q", "--bare", str(world.bare), str(upstream))
        one.git("remote", "add", "upstream", str(upstream))
        refuse(upstream)
        report = one.sync()
        assert (created(report), world.writes()) == ([], [])
        assert [each.subject for each in report.failures] == ["upstream"]
        (upstream / "hooks" / "pre-receive").unlink()
        assert created(one.sync()) == ["001-alpha"]
        assert claims(world.bare) == {}
        assert notes_of(upstream).tip() == one.notes

    def test_offline_creates_nothing_and_says_so_in_one_line(self, world: World) -> None:
        one = world.start(shared=True)
        with world.unreachable():
            report = one.sync()
        assert (created(report), world.writes(), held(report)) == ([], [], {Held.OFFLINE})
        (warning,) = report.warnings
        assert "origin cannot be reached" in warning
        assert "\n" not in warning
        assert created(one.sync()) == ["001-alpha"]

    def test_offline_publishes_only_where_nothing_has_moved_since(self, world: World) -> None:
        one = world.start("001-alpha", "002-beta", shared=True)
        one.sync()
        refs = {item.words["title"]: item.ref for item in world.tracker.items().values()}
        one.change("001-alpha", status="in-progress")
        one.change("002-beta", status="in-progress")
        world.remote_edit(refs["Beta"], {"priority": "high"})
        with world.unreachable():
            report = one.sync()
        assert [action.spec.name for action in report.plan if isinstance(action, Hold)] == ["002-beta"]
        assert published(report) == {"status": "in-progress"}
        assert "in-progress" in world.tracker.words(refs["Alpha"])["status"]
        assert "in-progress" not in world.tracker.words(refs["Beta"])["status"]
        one.sync()
        assert "in-progress" in world.tracker.words(refs["Beta"])["status"]

    def test_local_claims_need_no_remote(self, world: World) -> None:
        one = world.start(shared=True)
        text = one.repo.path.joinpath(".lspec/integrations.yml").read_text()
        one.repo.commit({".lspec/integrations.yml": text + "claims: local\n"}, "alone")
        with world.unreachable():
            assert created(one.sync()) == ["001-alpha"]

    def test_notes_that_one_clone_lost_come_back_from_the_remote(self, world: World) -> None:
        one = world.start(shared=True)
        one.sync()
        tip = one.notes
        one.git("update-ref", "-d", NOTES)
        report = one.sync()
        assert (one.notes, created(report), report.exit_code) == (tip, [], 0)
        assert len(world.writes()) == 1

    def test_notes_that_all_lost_are_made_again_from_markers_and_questions(self, world: World) -> None:
        one = world.start("001-alpha", "002-beta", "003-new", shared=True)
        one.sync()
        refs = {item.words["title"]: item.ref for item in world.tracker.items().values()}
        one.change("001-alpha", title="Alpha here")
        world.remote_edit(refs["Beta"], {"title": "Beta there"})
        for repo in (one.repo.path, world.bare):
            one.git("-C", str(repo), "update-ref", "-d", NOTES)
        one.git("update-ref", "-d", "refs/notes/remotes/origin/lspec")
        before = world.writes()
        report = one.sync()
        assert (created(report), published(report)) == ([], {})
        assert world.writes() == before
        assert {(each.field, each.local, each.remote) for each in report.conflicts} == {
            ("title", "Alpha here", "Alpha"),
            ("title", "Beta", "Beta there"),
        }
        assert len(world.tracker.items()) == 3
        assert one.git("status", "--porcelain") == ""

    def test_notes_set_back_to_an_earlier_state_create_nothing_twice(self, world: World) -> None:
        one = world.start("001-alpha", "002-beta")
        one.sync()
        earlier = one.notes
        one.repo.write("specs/003-new/README.md", one.text("002-beta").replace("Beta", "New"))
        one.commit("one more")
        assert created(one.sync()) == ["003-new"]
        one.git("update-ref", NOTES, earlier)
        assert created(one.sync()) == []
        assert len(world.tracker.items()) == 3
        assert created(one.sync()) == []


def opened(clone: Clone) -> tuple[Share, Ledger, Config, Seat]:
    """A clone's state as of now; nothing is fetched."""
    repo = discover(clone.repo.path)
    notes, config = Notes(open_objects(repo), repo), load_config(repo)
    return Share.of(repo, notes, config), Ledger(notes), config, seat(config, config.trackers[0])


def claim(state: tuple[Share, Ledger, Config, Seat], lease: Lease) -> dict[SpecId, Lease]:
    share, ledger, config, at = state
    return share.claim(config, ledger, at, {ALPHA: lease})


def notes_of(path: Path) -> Notes:
    repo = discover(path)
    return Notes(open_objects(repo), repo)


def claims(path: Path) -> dict[str, str]:
    """The uuid of each claim that a repository's notes hold, by spec."""
    found = (parse_link(data) for data in notes_of(path).read_all().values())
    return {
        one.spec: link.claim.uuid
        for one in found
        if isinstance(one, LinkNote)
        for link in one.links.values()
        if link.claim
    }


def note(link: Link) -> bytes:
    return dump_link(LinkNote(str(ALPHA), {"github": link}))


def refuse(bare: Path) -> None:
    """From now on this repository takes no notes."""
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ncat >/dev/null\necho '{RULE}' >&2\nexit 1\n")
    hook.chmod(0o755)


def held(report: Report) -> set[Held]:
    return {action.why for action in report.plan if isinstance(action, Hold)}
