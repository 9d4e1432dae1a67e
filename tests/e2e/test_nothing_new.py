"""A run that finds both sides as the last one left them reads no note, and must not miss anything by that."""

from __future__ import annotations

import pytest

from tests.e2e.worlds import World, spec, spec_path

NAMES = ("001-parser", "002-printer", "003-linker")


@pytest.fixture
def three(world: World) -> World:
    """Three linked specs, settled."""
    world.init()
    world.configure("create: all\nmapping:\n  - pattern: specs/**")
    world.commit({spec_path(name): spec(name) for name in NAMES})
    world.lspec("sync")
    world.settled()
    return world


def said(world: World) -> str:
    return world.lspec("sync").out.splitlines()[-1]


def test_the_linked_are_counted_all_the_same(three: World) -> None:
    assert [said(three), said(three)] == ["in step, 3 linked"] * 2
    three.lspec("unlink", NAMES[0])
    assert [said(three), said(three)] == ["in step, 2 linked"] * 2


def test_adopted_and_created_ones_count(three: World) -> None:
    number = three.person.open("docs")
    three.commit({spec_path("004-docs"): spec("docs"), spec_path("005-tests"): spec("tests")})
    three.lspec("link", "004-docs", "--github-issue", str(number))
    assert said(three).endswith("5 linked")
    assert [said(three), said(three)] == ["in step, 5 linked"] * 2


def test_one_that_the_config_links_counts(three: World) -> None:
    number = three.person.open("docs")
    three.configure(f"create: all\nmapping:\n  - spec: 004-docs\n    issue: {number}\n  - pattern: specs/**")
    three.commit({spec_path("004-docs"): spec("docs")})
    assert said(three).endswith("4 linked")
    assert said(three) == "in step, 4 linked"


def test_what_a_run_over_one_spec_passed_by_is_seen_by_the_next(three: World) -> None:
    for name in NAMES:
        three.person.edit(three.number(name), title=f"{name}, renamed")
    three.lspec("sync", NAMES[0])
    three.lspec("sync")
    for name in NAMES:
        assert f"# {name}, renamed" in three.path(name).read_text()


def test_a_foreign_issue_that_moves_is_no_news(three: World) -> None:
    number = three.person.open("somebody else's")
    three.lspec("sync")
    three.person.edit(number, title="still somebody else's")
    assert said(three) == "in step, 3 linked"
    assert said(three) == "in step, 3 linked"


def test_a_commit_that_touches_no_spec_is_no_news_and_one_that_does_is(three: World) -> None:
    three.commit({"README.md": "words"})
    assert said(three) == "in step, 3 linked"
    three.change(NAMES[1], "planned", "complete")
    three.commit()
    assert said(three) == "1 change made, 3 linked"
    assert three.issue(NAMES[1]).state == "closed/completed"


def test_a_deleted_spec_is_counted_no_more(three: World) -> None:
    three.path(NAMES[2]).unlink()
    three.commit()
    assert said(three) == "in step, 2 linked"
    assert said(three) == "in step, 2 linked"


def test_another_config_is_looked_at_with_all_specs(three: World) -> None:
    three.configure("create: all\nmapping:\n  - pattern: specs/**\nlabels: no")
    three.lspec("sync", code=2)
    three.configure("create: all\nmapping:\n  - pattern: specs/001-*")
    three.commit()
    assert said(three) == "in step, 1 linked"
