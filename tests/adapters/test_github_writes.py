"""GitHub, writing: exactly which calls an edit or a draft costs, and what is known when one goes wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lspec_git.adapters.base import Change, Draft, Edit, ItemRef, Marker, Outcome, Result
from lspec_git.errors import AuthError, NotFound, TrackerError
from tests.adapters.desk import PROJECT, Desk
from tests.adapters.test_github_reads import TOKEN, at
from tests.adapters.wire import Asked, Drop, Reply
from tests.openapi import github

HERE = f"/repos/{PROJECT}/issues"
MARKER = Marker("0b5e8a3e-0000-4000-8000-000000000001", "specs/one")
LONG = {"Retry-After": "3600"}


def edit(key: int = 1, /, **changes: tuple[str | None, str | None]) -> Edit:
    named = {name.replace("tag_", "tags:"): Change(*change) for name, change in changes.items()}
    return Edit(ItemRef(str(1000 + key), str(key)), "", named)


def run(desk: Desk, *edits: Edit) -> tuple[list[Outcome], list[str], list[object]]:
    """Outcomes, calls and bodies."""
    with github(desk) as server:
        outcomes = list(at(server.url, fields={"area": "area:*"}).push(edits))
    calls = [each.replace(HERE, "") for each in server.paths()]
    return outcomes, calls, [asked.body for asked in server.asked]


def make(desk: Desk, *drafts: Draft) -> tuple[list[Outcome], list[Asked]]:
    with github(desk) as server:
        return list(at(server.url).create(drafts)), server.asked


def on(method: str, path: str, reply: Reply | type[Drop]) -> Callable[[Asked], Reply | None]:
    """That answer for one kind of call."""

    def before(asked: Asked) -> Reply | None:
        if (asked.method, asked.path) != (method, path):
            return None
        if isinstance(reply, type):
            raise reply
        return reply

    return before


# What an edit costs


def one_issue(*labels: str, **parts: object) -> Desk:
    desk = Desk()
    desk.add(labels=[{"name": each} for each in labels], **parts)
    return desk


@pytest.mark.parametrize(
    ("desk", "change", "calls", "bodies"),
    [
        (one_issue(), edit(title=("a", "b")), ["PATCH /1"], [{"title": "b"}]),
        (
            one_issue(),
            edit(title=("a", "b"), status=("open", "closed/completed")),
            ["PATCH /1"],
            [{"title": "b", "state": "closed", "state_reason": "completed"}],
        ),
        (
            one_issue(state="closed"),
            edit(status=("closed/completed", "open")),
            ["PATCH /1"],
            [{"state": "open"}],
        ),
        (
            one_issue(state="closed"),
            edit(status=("closed/completed", "closed/not_planned")),
            ["PATCH /1", "PATCH /1"],
            [{"state": "open"}, {"state": "closed", "state_reason": "not_planned"}],
        ),
        (
            one_issue("status:in-progress"),
            edit(status=("open + status:in-progress", "closed/completed")),
            ["DELETE /1/labels/status%3Ain-progress", "PATCH /1"],
            [None, {"state": "closed", "state_reason": "completed"}],
        ),
        (
            one_issue("status:in-progress"),
            edit(status=("open + status:in-progress", "open")),
            ["DELETE /1/labels/status%3Ain-progress", "GET /1"],
            [None, None],
        ),
        (
            one_issue(),
            edit(tag_a=(None, "A"), tag_b=(None, "b"), priority=(None, "priority:high"), area=(None, "web")),
            ["POST /1/labels", "GET /1"],
            [{"labels": ["A", "b", "priority:high", "area:web"]}, None],
        ),
        (
            one_issue("priority:low", "a/b c"),
            edit(priority=("priority:low", "priority:high"), **{"tags:a/b c": ("a/b c", None)}),
            ["POST /1/labels", "DELETE /1/labels/priority%3Alow", "DELETE /1/labels/a%2Fb%20c", "GET /1"],
            [{"labels": ["priority:high"]}, None, None, None],
        ),
        (
            one_issue(assignees=[{"login": "octocat"}]),
            edit(assignee=("octocat", "alice")),
            ["POST /1/assignees", "DELETE /1/assignees"],
            [{"assignees": ["alice"]}, {"assignees": ["octocat"]}],
        ),
        (
            one_issue("priority:high"),
            edit(priority=(None, "priority:low")),
            ["POST /1/labels", "GET /1", "DELETE /1/labels/priority%3Ahigh", "GET /1"],
            [{"labels": ["priority:low"]}, None, None, None],
        ),
    ],
)
def test_only_what_changed_is_sent(desk: Desk, change: Edit, calls: list[str], bodies: list[object]) -> None:
    (outcome,), sent, said = run(desk, change)
    assert (sent, said) == (calls, bodies)
    assert (outcome.result, outcome.refused, outcome.warnings) == (Result.DONE, frozenset(), ())
    assert outcome.item is not None
    assert outcome.item.revision == desk.issues[1]["updated_at"]
    for name, each in change.changes.items():
        assert outcome.item.words.get(name) == each.new


# What can be refused alone


def test_an_unassignable_login_does_not_hold_up_the_rest() -> None:
    for reply in (None, Reply(422, {"message": "Validation Failed", "errors": [{"field": "assignees"}]})):
        desk = one_issue()
        if reply:
            desk.before = on("POST", f"{HERE}/1/assignees", reply)
        (outcome,), _, _ = run(desk, edit(assignee=(None, "nobody"), title=("a", "b")))
        assert (outcome.result, outcome.refused) == (Result.DONE, frozenset({"assignee"}))
        assert desk.issues[1]["title"] == "b"
        assert outcome.warnings[0].startswith("assignee: ")


def test_a_label_that_is_too_long_does_not_hold_up_the_others() -> None:
    desk, long = one_issue(), "x" * 51
    (outcome,), calls, _ = run(desk, edit(tag_a=(None, "a"), **{f"tags:{long}": (None, long)}))
    assert (outcome.result, outcome.refused) == (Result.DONE, frozenset({f"tags:{long}"}))
    assert "too_long" in outcome.warnings[0]
    assert [each["name"] for each in desk.issues[1]["labels"]] == ["a"]
    assert calls == ["POST /1/labels"] * 3 + ["GET /1"]


def test_a_label_that_no_path_can_hold_is_not_sent() -> None:
    (outcome,), calls, _ = run(one_issue(".."), edit(**{"tags:..": ("..", None)}))
    assert (outcome.result, outcome.refused) == (Result.REFUSED, frozenset({"tags:.."}))
    assert not [each for each in calls if each.startswith("DELETE")]


def test_labels_that_were_silently_dropped_are_told() -> None:
    desk = one_issue()
    desk.before = on("POST", f"{HERE}/1/labels", Reply(200, []))
    (outcome,), _, _ = run(desk, edit(tag_a=(None, "a"), title=("a", "b")))
    assert (outcome.result, outcome.refused) == (Result.DONE, frozenset({"tags:a"}))
    assert "write access" in outcome.warnings[0]


def test_a_title_that_github_does_not_take_is_refused_with_its_reason() -> None:
    error = {"resource": "Issue", "code": "custom", "field": "title", "message": f"title is too long {TOKEN}"}
    desk = one_issue()
    desk.before = on("PATCH", f"{HERE}/1", Reply(422, {"message": "Validation Failed", "errors": [error]}))
    (outcome,), _, _ = run(desk, edit(title=("a", "b" * 300)))
    assert (outcome.result, outcome.item) == (Result.REFUSED, None)
    assert "title is too long" in outcome.message
    assert TOKEN not in outcome.message


def test_somebody_elses_issue_is_not_taken_for_the_linked_one() -> None:
    desk = one_issue()
    desk.issues[1]["id"] = 77
    (outcome,), _, _ = run(desk, edit(title=("a", "b")))
    assert outcome.result is Result.REFUSED
    assert "another issue" in outcome.message


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(404, {"message": "Not Found"}), "not found or not visible"),
        (Reply(410, {"message": "deleted"}), "deleted"),
        (
            Reply(307, {"message": "moved"}, {"Location": "/repositories/8/issues/1"}),
            "moved to another repository",
        ),
    ],
)
def test_an_issue_that_is_gone_is_refused_and_the_next_goes_on(reply: Reply, says: str) -> None:
    desk = one_issue()
    desk.add()
    desk.before = on("PATCH", f"{HERE}/1", reply)
    outcomes, _, _ = run(desk, edit(1, title=("a", "b")), edit(2, title=("a", "b")))
    assert [each.result for each in outcomes] == [Result.REFUSED, Result.DONE]
    assert says in outcomes[0].message


# What may have landed


@pytest.mark.parametrize("reply", [Drop, Reply(502, b"<html>", odd=True)])
def test_no_answer_is_unknown_and_nothing_is_sent_again(reply: Reply | type[Drop]) -> None:
    desk = one_issue()
    desk.before = on("POST", f"{HERE}/1/labels", reply)
    (outcome,), calls, _ = run(desk, edit(tag_a=(None, "a"), title=("a", "b")))
    assert (outcome.result, calls) == (Result.UNKNOWN, ["POST /1/labels"])


def test_a_limit_before_anything_was_written_is_told_for_all() -> None:
    desk = one_issue()
    desk.before = lambda _asked: Reply(403, {"message": "limit"}, LONG)
    outcomes, calls, _ = run(desk, edit(title=("a", "b")), edit(title=("b", "c")))
    assert [each.result for each in outcomes] == [Result.RETRY, Result.RETRY]
    assert calls == ["PATCH /1"]


def test_a_limit_in_the_middle_is_unknown() -> None:
    """Part of the edit landed: only reading tells which."""
    desk = one_issue()
    desk.before = on("PATCH", f"{HERE}/1", Reply(403, {"message": "limit"}, LONG))
    outcomes, calls, _ = run(desk, edit(tag_a=(None, "a"), title=("a", "b")), edit(title=("b", "c")))
    assert [each.result for each in outcomes] == [Result.UNKNOWN, Result.RETRY]
    assert calls == ["POST /1/labels", "PATCH /1"]


def test_a_token_that_is_refused_ends_the_run_and_in_the_middle_is_unknown_first() -> None:
    desk = one_issue()
    desk.before = on("PATCH", f"{HERE}/1", Reply(401, {"message": "Bad credentials"}))
    with pytest.raises(AuthError):
        run(desk, edit(title=("a", "b")))
    (outcome,), _, _ = run(desk, edit(tag_a=(None, "a"), title=("a", "b")))
    assert outcome.result is Result.UNKNOWN


def test_a_token_without_the_right_ends_the_run() -> None:
    desk = one_issue()
    needs = {"X-Accepted-GitHub-Permissions": "issues=write"}
    desk.before = on("PATCH", f"{HERE}/1", Reply(403, {"message": "Not accessible"}, needs))
    with pytest.raises(AuthError, match="issues=write"):
        run(desk, edit(title=("a", "b")))


def test_a_refusal_of_one_issue_is_that_issues() -> None:
    desk = one_issue()
    desk.before = on("PATCH", f"{HERE}/1", Reply(403, {"message": "Must have admin rights"}))
    (outcome,), _, _ = run(desk, edit(title=("a", "b")))
    assert (outcome.result, outcome.refused) == (Result.REFUSED, frozenset({"title"}))


# Creates


def draft(**words: str) -> Draft:
    return Draft(MARKER, {"title": "One"} | words, ("spec",), "https://example.org/one", "A summary.")


def test_a_create_is_one_call_with_everything_in_it() -> None:
    one = draft(
        status="open + status:in-progress",
        priority="priority:high",
        assignee="octocat,alice",
        **{"tags:a": "A"},
    )
    (outcome,), asked = make(Desk(), one)
    assert outcome.result is Result.DONE
    (call,) = asked
    assert call.body == {
        "title": "One",
        "body": f"https://example.org/one\n\nA summary.\n\n<!-- lspec:{MARKER.uuid} specs/one -->",
        "labels": ["status:in-progress", "priority:high", "A", "spec"],
        "assignees": ["alice", "octocat"],
    }


def test_a_closed_create_is_closed_afterwards() -> None:
    (outcome,), asked = make(Desk(), draft(status="closed/not_planned"))
    assert [each.method for each in asked] == ["POST", "PATCH"]
    assert asked[1].body == {"state": "closed", "state_reason": "not_planned"}
    assert outcome.item is not None
    assert outcome.item.words["status"] == "closed/not_planned"


@pytest.mark.parametrize("reply", [Drop, Reply(500, {}), Reply(422, {"message": "no"}), Reply(403, {}, LONG)])
def test_a_create_that_could_not_be_closed_is_created_all_the_same(reply: Reply | type[Drop]) -> None:
    desk = Desk(before=on("PATCH", f"{HERE}/1", reply))
    (outcome,), _ = make(desk, draft(status="closed/completed"))
    assert (outcome.result, outcome.refused) == (Result.DONE, frozenset({"status"}))
    assert outcome.warnings[0].startswith("status: created, but not closed")
    assert outcome.item is not None
    assert outcome.item.words["status"] == "open"


def test_an_unassignable_login_is_left_out_of_a_create() -> None:
    """GitHub creates nothing at all for one unknown login."""
    desk = Desk()
    (outcome,), asked = make(desk, draft(assignee="nobody"))
    assert (outcome.result, outcome.refused) == (Result.DONE, frozenset({"assignee"}))
    assert [each.body.get("assignees") for each in asked] == [["nobody"], None]
    assert len(desk.issues) == 1
    assert outcome.warnings == (f"assignee: nobody cannot be assigned in {PROJECT}",)


def test_without_write_access_labels_are_dropped_and_that_is_told() -> None:
    (outcome,), _ = make(Desk(can_write=False), draft(priority="priority:high", assignee="octocat"))
    assert (outcome.result, outcome.refused) == (Result.DONE, frozenset({"priority", "assignee"}))
    assert [each.partition(":")[0] for each in outcome.warnings] == ["assignee", "priority", "label spec"]


@pytest.mark.parametrize(
    "reply",
    [Drop, Reply(500, {}), Reply(201, b"<", odd=True), Reply(201, [], odd=True), Reply(201, {}, odd=True)],
)
def test_a_create_without_a_usable_answer_is_unknown(reply: Reply | type[Drop]) -> None:
    (outcome,), asked = make(Desk(before=on("POST", HERE, reply)), draft())
    assert (outcome.result, len(asked)) == (Result.UNKNOWN, 1)


def test_a_create_that_github_does_not_take_is_refused_and_the_next_goes_on() -> None:
    def no_title(asked: Asked) -> Reply | None:
        return Reply(422, {"message": "Validation Failed"}) if not asked.body.get("title") else None

    outcomes, asked = make(Desk(before=no_title), draft(title=""), draft())
    assert [each.result for each in outcomes] == [Result.REFUSED, Result.DONE]
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(401, {"message": "Bad credentials"}), AuthError),
        (Reply(403, {"message": "no"}), AuthError),
        (Reply(404, {"message": "Not Found"}), NotFound),
        (Reply(410, {"message": "Issues are disabled"}), TrackerError),
    ],
)
def test_a_repository_that_takes_no_creates_ends_the_run(reply: Reply, kind: type[TrackerError]) -> None:
    with pytest.raises(kind):
        make(Desk(before=on("POST", HERE, reply)), draft())


def test_a_limit_is_told_for_all_creates() -> None:
    outcomes, asked = make(Desk(before=on("POST", HERE, Reply(429, {}, LONG))), draft(), draft())
    assert [each.result for each in outcomes] == [Result.RETRY, Result.RETRY]
    assert len(asked) == 1
