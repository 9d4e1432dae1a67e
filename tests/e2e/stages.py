"""The main job, stage by stage: every stage acts, insists on the outcome, and counts what it cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil

from tests.adapters.wire import Asked
from tests.e2e.corpus import (
    CONFIG,
    PEOPLE,
    SPECS,
    STAMPS,
    STATUS_KEYS,
    TITLE,
    Spec,
    changed,
    disagreeing,
    files,
    other_changes,
    set_status,
    specs,
)
from tests.e2e.worlds import Issue, Person, World, counts, writes

PAGE = 100
"""Issues that a listing holds."""
PAGES = ceil(SPECS / PAGE)


def create(world: World) -> None:
    """All specs by one pattern: one issue each, told apart by markers, and the next run is settled."""
    world.init()
    world.configure(CONFIG, PEOPLE)
    world.commit(message="set up")
    world.asked()
    report = json.loads(world.lspec("sync", "--force", "--json").out)
    made = [each for each in report["actions"] if each["action"] == "create" and each["done"]]
    issues = world.person.issues()
    assert (len(made), len(issues)) == (SPECS, SPECS)
    assert {each["key"] for each in made} == {str(number) for number in issues}
    marks = [mark for issue in issues.values() for mark in issue.markers]
    assert len({uuid for uuid, _ in marks}) == len({spec for _, spec in marks}) == len(marks) == SPECS
    assert disagreeing(world.repo, world.person) == {}
    closed = sum(issue.state != "open" for issue in issues.values())
    asked = counts(world.asked())
    assert (asked.pop("POST issues"), asked.pop("PATCH issues/N")) == (SPECS, closed)
    assert set(asked) <= {"GET", "GET issues"}
    # The repository, what bears a marker already, and the new issues once more, to know them when settled.
    assert asked.total() <= 2 + PAGES
    status = json.loads(world.lspec("status", "--json").out)["specs"]
    assert {(each["state"], each["key"]) for each in status} == {("in step", str(n)) for n in issues}


@dataclass(frozen=True)
class Step:
    """A commit that sets the status of some specs."""

    old: str
    new: str
    count: int


FORWARD = (
    Step("complete", "in-progress", 40),
    Step("archived", "planned", 20),
    Step("complete", "archived", 20),
    Step("archived", "complete", 10),
    Step("in-progress", "complete", 10),
    Step("complete", "planned", 10),
)
"""A hundred specs, and one commit for each step; the last but one undoes a part of the first."""


def forward(world: World, *, reads: int) -> None:
    """Status edits in several commits: exactly the issues concerned are changed, in exactly their status.

    `reads` is how many requests that write nothing it may cost.
    """
    world.person.pass_time()
    before, at_start = world.person.by_spec(), specs(world.repo)
    touched: set[str] = set()
    for step in FORWARD:
        touched |= _take(world, step, at_start, touched)
    assert len(touched) == 100
    at_end = specs(world.repo)
    moved = {name for name in touched if at_end[name].status != at_start[name].status}
    assert len(moved) == 90
    world.asked()
    world.lspec("sync", code=1)  # many more than one run may touch unasked
    assert (writes(world.asked()), world.person.by_spec()) == ([], before)
    report = json.loads(world.lspec("push", "--force", "--json").out)
    assert len(_published(world, report, moved, before)) <= reads
    assert disagreeing(world.repo, world.person) == {}


def _take(world: World, step: Step, at_start: dict[str, Spec], touched: set[str]) -> set[str]:
    """Carry out a step on specs that no step has touched yet, but for the one that undoes."""
    now, paths = specs(world.repo), files(world.repo)
    undoes = step.old == "in-progress"
    fit = (n for n, one in now.items() if one.status == step.old and (n in touched) == undoes)
    some = set(islice(fit, step.count))
    assert len(some) == step.count
    assert all(at_start[name].status == (step.new if undoes else step.old) for name in some)
    for name in some:
        set_status(paths[name], step.new)
    world.commit(message=f"{step.count} specs are {step.new}")
    return some


def _published(
    world: World, report: dict[str, object], moved: set[str], before: dict[str, Issue]
) -> list[Asked]:
    """Insist on what was published, in what way, and at what cost; the requests that wrote nothing."""
    actions = report["actions"]
    assert isinstance(actions, list)
    assert {(each["action"], each["field"], each["done"]) for each in actions} == {("push", "status", True)}
    assert sorted(each["spec"] for each in actions) == sorted(f"specs/{name}" for name in moved)
    after = world.person.by_spec()
    assert {spec for spec in after if after[spec] != before[spec]} == {f"specs/{name}" for name in moved}
    asked = world.asked()
    numbers = {int(each.path.split("/")[5]) for each in writes(asked)}
    assert numbers == {before[f"specs/{name}"].number for name in moved}
    cost = sum(_cost(before[f"specs/{name}"].state, after[f"specs/{name}"]) for name in moved)
    assert len(writes(asked)) == cost
    return [each for each in asked if each not in writes(asked)]


def _cost(old: str, issue: Issue) -> int:
    """One PATCH; one more between two reasons for closing, which goes by way of open; one for a label."""
    return 1 + (old != "open" and issue.state != "open") + ("status:in-progress" in issue.labels)


@dataclass(frozen=True)
class Edit:
    """What a person does to some issues, what it makes of their specs, and whose lines it may move there."""

    count: int
    fit: Callable[[Spec], bool]
    do: Callable[[Person, int, Spec], None]
    becomes: Callable[[Spec], Spec]
    keys: frozenset[str]


def _start(person: Person, number: int, _: Spec) -> None:
    person.edit(number, state="open")
    person.label(number, "status:in-progress")


def _finish(person: Person, number: int, _: Spec) -> None:
    person.close(number)
    person.edit(number, title=f"Done: {number}")
    person.label(number, "cli")


def _reprioritise(person: Person, number: int, spec: Spec) -> None:
    person.unlabel(number, f"priority:{spec.priority}")
    person.label(number, "priority:critical")


def _untag(person: Person, number: int, spec: Spec) -> None:
    person.unlabel(number, min(spec.tags))


TAG_KEYS = frozenset({"tags", *STAMPS})
BACK = (
    Edit(
        8,
        lambda spec: spec.status == "complete",
        lambda person, number, _: person.edit(number, state="open"),
        lambda spec: replace(spec, status="planned"),
        STATUS_KEYS,
    ),
    Edit(
        6, lambda s: s.status == "archived", _start, lambda s: replace(s, status="in-progress"), STATUS_KEYS
    ),
    Edit(
        8,
        lambda spec: spec.status == "in-progress",
        lambda person, number, _: person.close(number, "not_planned"),
        lambda spec: replace(spec, status="archived"),
        STATUS_KEYS,
    ),
    Edit(
        6,
        lambda spec: spec.status == "planned" and "cli" not in spec.tags,
        _finish,
        lambda spec: replace(spec, status="complete", tags=spec.tags | {"cli"}),
        STATUS_KEYS | TAG_KEYS | {TITLE},
    ),
    Edit(
        8,
        lambda spec: "cli" not in spec.tags,
        lambda person, number, _: person.label(number, "CLI", "help wanted"),
        lambda spec: replace(spec, tags=spec.tags | {"cli"}),
        TAG_KEYS,
    ),
    Edit(8, lambda s: len(s.tags) > 1, _untag, lambda s: replace(s, tags=s.tags - {min(s.tags)}), TAG_KEYS),
    Edit(
        8,
        lambda spec: spec.priority != "critical",
        _reprioritise,
        lambda spec: replace(spec, priority="critical"),
        STAMPS | {"priority"},
    ),
    Edit(
        8,
        lambda spec: spec.title != spec.name,
        lambda person, number, _: person.edit(number, title=f'Title {number}: "quoted" # and so on'),
        lambda spec: spec,
        STAMPS | {TITLE},
    ),
    Edit(
        8,
        lambda spec: not spec.assignee,
        lambda person, number, _: person.assign(number, "mona"),
        lambda spec: replace(spec, assignee="marvin"),
        STAMPS | {"assignee"},
    ),
)


def back(world: World, *, reads: int) -> None:
    """A person's edits come back: the fields concerned, and no other byte. It may cost `reads` requests."""
    at_start, issues = specs(world.repo), world.person.by_spec()
    edited: dict[str, tuple[Spec, Edit]] = {}
    for edit in BACK:
        fit = (name for name, spec in at_start.items() if name not in edited and edit.fit(spec))
        for name in list(islice(fit, edit.count)):
            edit.do(world.person, issues[f"specs/{name}"].number, at_start[name])
            edited[name] = (edit.becomes(at_start[name]), edit)
    assert len(edited) == sum(edit.count for edit in BACK)
    titled = _titles(world, edited)
    world.asked()
    world.lspec("pull")
    asked = world.asked()
    assert (writes(asked), len(asked) <= reads) == ([], True)
    found = changed(world.repo)
    assert set(found) == set(edited)
    assert {n: other_changes(*found[n], edited[n][1].keys) for n in found} == {n: [] for n in found}
    assert specs(world.repo) == {**at_start, **titled}
    _taken_in(world, reads)


def _titles(world: World, edited: dict[str, tuple[Spec, Edit]]) -> dict[str, Spec]:
    """What the specs become, with the titles that the issues bear now."""
    issues = world.person.by_spec()
    return {
        name: replace(spec, title=issues[f"specs/{name}"].title if TITLE in edit.keys else spec.title)
        for name, (spec, edit) in edited.items()
    }


def _taken_in(world: World, reads: int) -> None:
    """Committing what was pulled publishes nothing, and settles it."""
    world.commit(message="what the tracker said")
    before = world.person.issues()
    world.asked()
    world.lspec("sync")
    asked = world.asked()
    assert (writes(asked), len(asked) <= reads) == ([], True)
    assert world.person.issues() == before
