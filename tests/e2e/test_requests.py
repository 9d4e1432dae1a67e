"""How many requests a run makes: the budgets, on specs enough to need a second page."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import pytest

from lspec_git.sandbox.server import Sandbox
from tests.e2e.stages import PAGE
from tests.e2e.worlds import PROJECT, World, counts, spec, spec_path

MANY = 120
NAMES = [f"{number:03d}-part" for number in range(1, MANY + 1)]
CLOSED = 20


@pytest.fixture
def many(world: World) -> World:
    """So many specs, the first ones complete; nothing is synced yet."""
    world.init()
    world.configure("create: all\nmapping:\n  - pattern: specs/**")
    texts = {
        name: spec(name, "complete" if index < CLOSED else "planned", "priority: low\n")
        for index, name in enumerate(NAMES)
    }
    world.commit({spec_path(name): text for name, text in texts.items()})
    world.asked()
    return world


@pytest.fixture
def linked(many: World, sandbox: Sandbox) -> World:
    """All of them linked, and the cursor past the second in which that was done."""
    many.lspec("sync", "--force")
    sandbox.advance(3600)
    sandbox.store.edit(PROJECT, 1, "mona", body="some words")
    many.lspec("sync")
    many.asked()
    return many


def test_a_first_sync_costs_one_for_each_item(many: World) -> None:
    many.lspec("sync", "--force")
    asked = counts(many.asked())
    assert (asked.pop("POST issues"), asked.pop("PATCH issues/N")) == (MANY, CLOSED)
    # The repository; who bears a marker already; the new issues once more, page by page.
    assert asked.pop("GET") == 1
    assert asked == {"GET issues": 1 + ceil(MANY / PAGE)}


@pytest.mark.parametrize("count", [1, MANY])
def test_settled_costs_one_whatever_is_linked(many: World, count: int) -> None:
    for name in NAMES[count:]:
        many.path(name).unlink()
    many.commit()
    many.lspec("sync", "--force")
    for _ in range(2):
        many.settled()


@pytest.mark.parametrize("changed", [1, PAGE - 1, PAGE + 1])
def test_a_pull_costs_one_for_each_page(linked: World, sandbox: Sandbox, changed: int) -> None:
    sandbox.advance(60)
    for number in range(1, changed + 1):
        sandbox.store.edit(PROJECT, number, "mona", title=f"renamed {number}")
    linked.lspec("pull", "--force")
    assert counts(linked.asked()) == {"GET issues": ceil(changed / PAGE)}
    assert linked.repo.git("diff", "--name-only").count("README.md") == changed


@pytest.mark.parametrize("edited", [1, 30])
@pytest.mark.parametrize(
    ("old", "new", "each"),
    [
        ("# ", "# Really ", {"PATCH issues/N": 1}),
        ("planned", "complete", {"PATCH issues/N": 1}),
        # One label for another; and since those answers show labels alone, one look at the issue.
        (
            "priority: low",
            "priority: high",
            {"POST issues/N/labels": 1, "DELETE issues/N/labels": 1, "GET issues/N": 1},
        ),
    ],
)
def test_a_push_costs_so_much_for_each_spec(
    linked: World, edited: int, old: str, new: str, each: dict[str, int]
) -> None:
    for name in NAMES[CLOSED : CLOSED + edited]:
        linked.change(name, old, new)
    linked.commit()
    linked.lspec("push", "--force")
    asked = counts(linked.asked())
    assert asked.pop("GET issues") == 1
    assert asked == {kind: number * edited for kind, number in each.items()}


def test_what_is_offline_asks_nothing(linked: World) -> None:
    linked.change(NAMES[0], "complete", "archived")
    linked.commit()
    ask: Callable[..., object] = linked.lspec
    ask("status")
    ask("check")
    ask("status", NAMES[0])
    assert linked.asked() == []
