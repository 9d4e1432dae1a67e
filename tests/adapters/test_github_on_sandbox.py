"""What the independent server does not have, as the adapter meets it on the sandbox: over real HTTP, and with
every exchange held against GitHub's description.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lspec_git.adapters.base import Change, Claim, Connection, Draft, Edit, ItemRef, Marker, Outcome, Result
from lspec_git.adapters.github import GitHubAdapter
from lspec_git.errors import AuthError, RateLimited
from lspec_git.sandbox.limits import Limits
from lspec_git.sandbox.model import Account, Project, Role
from lspec_git.sandbox.server import Sandbox
from tests.adapters.wire import Passing
from tests.openapi import described
from tests.sandbox.conftest import PROJECT, START

OWNER, READER, ELSEWHERE = "tok_of_the_owner", "tok_of_a_reader", "octocat/elsewhere"
NEW = {"title": Change(None, "new")}


@dataclass
class Bench:
    """A sandbox with a wire in front, and an adapter that notes its waits instead of waiting."""

    sandbox: Sandbox
    wire: Passing
    waits: list[float]

    def adapter(self, token: str = OWNER) -> GitHubAdapter:
        made = GitHubAdapter(Connection(PROJECT, self.wire.url, token))
        made.http.sleep = self._wait
        return made

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.sandbox.advance(seconds)

    def add(self, title: str = "one") -> ItemRef:
        made = self.sandbox.store.create(PROJECT, title)
        return ItemRef(str(made.id), str(made.number))

    def titles(self) -> list[str]:
        return [issue.title for issue in self.sandbox.store.issues(PROJECT)]


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def bench(limits: Limits) -> Iterator[Bench]:
    tokens = {OWNER: Account("octocat"), READER: Account("alice", Role.READ)}
    projects = [Project(PROJECT), Project(ELSEWHERE)]
    with (
        Sandbox(projects, tokens, clock=lambda: START, limits=limits) as sandbox,
        Passing(sandbox.url, described()) as wire,
    ):
        yield Bench(sandbox, wire, [])


def draft(title: str = "one", **words: str) -> Draft:
    return Draft(Marker("0b5e8a3e-0000-4000-8000-000000000001", "specs/one"), {"title": title, **words})


def one(outcomes: Iterator[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def test_pull_requests_are_in_the_lists_and_are_no_items(bench: Bench) -> None:
    adapter = bench.adapter()
    cursor = adapter.changes(None).cursor
    bench.add()
    pull = bench.sandbox.store.create(PROJECT, "a pull request", pull=True)
    assert [item.words["title"] for item in adapter.changes(cursor).items] == ["one"]
    (gone,) = adapter.pull([ItemRef(str(pull.id), str(pull.number))])
    assert gone.gone == "a pull request, no issue"


def test_two_states_within_one_second_share_a_revision_and_both_are_seen(bench: Bench) -> None:
    adapter, ref = bench.adapter(), bench.add()
    first = adapter.changes(adapter.changes(None).cursor)
    bench.sandbox.store.edit(PROJECT, 1, title="two")
    second = adapter.changes(first.cursor)
    (before,), (after,) = first.items, second.items
    assert before.revision == after.revision == "2026-07-01T10:00:00Z"
    assert (before.ref, after.ref, before.words["title"], after.words["title"]) == (ref, ref, "one", "two")


def test_a_settled_poll_is_answered_304(bench: Bench) -> None:
    adapter = bench.adapter()
    bench.add()
    cursor = adapter.changes(adapter.changes(None).cursor).cursor
    settled = adapter.changes(cursor)
    assert (settled.items, settled.cursor, bench.sandbox.requests[-1].status) == ((), cursor, 304)
    assert json.loads(cursor)["etag"]


def test_a_wrong_token_is_401_and_told_as_such(bench: Bench) -> None:
    with pytest.raises(AuthError, match="does not accept the token"):
        bench.adapter("tok_unknown").check()
    assert bench.sandbox.requests[-1].status == 401


@pytest.mark.parametrize("fault", ["*:429:retry-after=7@1", "secondary-limit:retry-after=7@1"])
def test_a_limit_that_names_its_time_is_waited_for(bench: Bench, fault: str) -> None:
    bench.sandbox.faults.add(fault)
    assert bench.adapter().check().login == "octocat"
    assert bench.waits == [7.0]
    assert bench.sandbox.requests[0].status in (403, 429)


def test_the_hours_limit_is_told_and_nothing_is_asked_until_it_is_over(bench: Bench) -> None:
    bench.sandbox.faults.add("primary-limit:retry-after=1800@1")
    adapter = bench.adapter()
    for _ in range(2):
        with pytest.raises(RateLimited, match="asks to wait"):
            adapter.changes(None)
    assert (bench.waits, len(bench.sandbox.requests)) == ([], 1)


class TestCreatingTooFast:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(enforce_secondary=True, creations_per_minute=2)

    def test_the_secondary_limit_is_waited_for_and_each_is_made_once(self, bench: Bench) -> None:
        made = list(bench.adapter().create([draft(str(number)) for number in range(3)]))
        assert [each.result for each in made] == [Result.DONE] * 3
        assert (bench.titles(), len(bench.waits)) == (["0", "1", "2"], 1)


def test_the_errors_of_a_422_are_told(bench: Bench) -> None:
    outcome = one(bench.adapter().push([Edit(bench.add(), "", {"title": Change("one", "x" * 257)})]))
    assert outcome.result is Result.REFUSED
    assert "title custom title is too long (maximum is 256 characters)" in outcome.message


def test_labels_that_are_dropped_without_push_access_are_told(bench: Bench) -> None:
    outcome = one(bench.adapter(READER).create([draft(priority="priority:high", assignee="alice")]))
    assert (outcome.result, outcome.refused) == (Result.DONE, frozenset({"priority", "assignee"}))
    assert bench.sandbox.store.issue(PROJECT, 1).label_names == ()
    assert len(bench.titles()) == 1


def test_a_moved_issue_tells_where_it_is_and_takes_no_edit(bench: Bench) -> None:
    adapter, ref = bench.adapter(), bench.add()
    bench.sandbox.store.transfer(PROJECT, 1, ELSEWHERE)
    (item,) = adapter.pull([ref])
    assert (item.gone, item.project.rpartition("/octocat/")[2]) == ("moved", "elsewhere")
    assert one(adapter.push([Edit(ref, "", NEW)])).result is Result.REFUSED
    labels = {"tags:a": Change(None, "a")}
    assert one(adapter.push([Edit(ref, "", labels)])).message == "the issue was moved to another repository"
    assert [issue.title for issue in bench.sandbox.store.issues(ELSEWHERE)] == ["one"]
    assert {301, 307} <= {request.status for request in bench.sandbox.requests}


def test_a_deleted_issue_is_410_and_one_that_never_was_404(bench: Bench) -> None:
    adapter, ref = bench.adapter(), bench.add()
    bench.sandbox.store.delete(PROJECT, 1)
    gone = {item.ref.key: item.gone for item in adapter.pull([ref, ItemRef("", "99")])}
    assert gone == {"1": "deleted", "99": "not found or not visible"}
    edits = [Edit(ref, "", NEW), Edit(ItemRef("5", "99"), "", NEW)]
    outcomes = list(adapter.push(edits))
    assert [each.result for each in outcomes] == [Result.REFUSED, Result.REFUSED]
    assert [each.message for each in outcomes] == [
        "the issue was deleted",
        "the issue is not found or not visible",
    ]
    assert {404, 410} <= {request.status for request in bench.sandbox.requests}


def test_a_lost_answer_is_unknown_and_what_landed_is_found(bench: Bench) -> None:
    adapter = bench.adapter()
    now = adapter.changes(None).now
    bench.sandbox.faults.add("POST /issues:lost-answer@1", "PATCH /issues/1:lost-answer@1")
    lost = draft()
    assert one(adapter.create([lost])).result is Result.UNKNOWN
    (found,) = adapter.find([Claim(lost.marker, now)])
    assert one(adapter.push([Edit(found.ref, found.revision, NEW)])).result is Result.UNKNOWN
    assert bench.titles() == ["new"]
    assert sum(request.method != "GET" for request in bench.sandbox.requests) == 2
