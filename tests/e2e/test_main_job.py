"""What the config asks for, and what is published: the real command beside a sandbox."""

from __future__ import annotations

import pytest

from tests.e2e.worlds import Issue, World, counts, sent, spec, spec_path, writes

ALL = """
create: all
mapping:
  - pattern: specs/**
"""


@pytest.fixture
def one(world: World) -> World:
    """One spec with every field, and its issue."""
    more = "priority: high\ntags:\n  - api\n  - cli\nassignee: mona\n"
    world.repo.write(spec_path("001-alpha"), spec("Alpha", more=more))
    world.init()
    world.configure(ALL)
    world.commit()
    world.lspec("sync")
    world.asked()
    return world


class TestMapping:
    def test_by_spec_and_by_pattern(self, world: World) -> None:
        """An entry for the spec beats patterns; what no entry names is nobody's business."""
        number = world.person.open("Beta", body="Written by hand.", labels=["keep"])
        for name in ("001-alpha", "002-beta", "003-api-x", "004-api-y", "005-other"):
            world.repo.write(spec_path(name), spec(name[4:].capitalize()))
        world.init()
        world.configure(f"""
mapping:
  - pattern: specs/*-api-*
    label: api
  - spec: specs/004-api-y
  - spec: specs/001-alpha
  - spec: specs/002-beta
    issue: {number}
  - pattern: "**/003-*"
    label: [three, third]
""")
        world.commit()
        world.lspec("sync")
        made = world.person.by_spec()
        assert {name: issue.labels for name, issue in made.items()} == {
            "specs/001-alpha": frozenset(),
            "specs/003-api-x": {"api", "three", "third"},
            "specs/004-api-y": frozenset(),
        }
        linked = world.person.issue(number)
        assert (linked, linked.body) == (
            Issue(number, "Beta", "open", frozenset({"keep"})),
            "Written by hand.",
        )
        assert len(world.person.issues()) == 4
        world.settled()

    def test_patterns_of_one_spec_unite_their_labels_on_creation_only(self, one: World) -> None:
        one.configure(ALL + "    label: late\n")
        one.settled()

    def test_specs_lie_where_leanspec_says(self, world: World) -> None:
        world.repo.write(".lean-spec/config.json", '{"specsDir": "docs/plans"}')
        world.repo.write("docs/plans/20260101/001-alpha/README.md", spec("Alpha"))
        world.repo.write("specs/002-beta/README.md", spec("Beta"))
        world.init()
        (world.repo.path / ".lspec/integrations.yml").unlink()
        world.configure("mapping:\n  - pattern: '**'\n", place=".lean-spec/integrations.yml")
        world.commit()
        world.lspec("sync")
        assert [issue.title for issue in world.person.issues().values()] == ["Alpha"]
        # A spec keeps its issue when it moves to another date folder.
        world.repo.git("mv", "docs/plans/20260101", "docs/plans/20260202")
        world.commit()
        world.lspec("sync")
        assert len(world.person.issues()) == 1

    def test_directions(self, world: World) -> None:
        names = ("001-push", "002-pull", "003-both")
        numbers = [world.person.open(name[4:].capitalize()) for name in names]
        for name in (*names, "004-pull-too"):
            world.repo.write(spec_path(name), spec(name[4:].capitalize()))
        world.init()
        world.configure(f"""
mapping:
  - {{spec: specs/001-push, issue: {numbers[0]}, sync: push-only}}
  - {{spec: specs/002-pull, issue: {numbers[1]}, sync: pull-only}}
  - {{spec: specs/003-both, issue: {numbers[2]}}}
  - {{spec: specs/004-pull-too, sync: pull-only}}
""")
        world.commit()
        world.lspec("sync")
        assert len(world.person.issues()) == 3
        for name, number in zip(names, numbers, strict=True):
            world.person.close(number)
            world.change(name, f"# {name[4:].capitalize()}", f"# New {name[4:]}")
        world.commit()
        ran = world.lspec("sync")
        titles = [world.person.issue(number).title for number in numbers]
        assert titles == ["New push", "Pull", "New both"]
        assert "its mapping is push-only" in ran.out
        assert "its mapping is pull-only" in ran.out
        done = {name: "status: complete\n" in world.path(name).read_text() for name in names}
        assert done == {"001-push": False, "002-pull": True, "003-both": True}

    def test_a_tracker_that_is_switched_off_is_not_asked(self, one: World) -> None:
        one.configure("enabled: false\n" + ALL)
        one.change("001-alpha", "planned", "complete")
        one.commit()
        before = one.footprint()
        one.lspec("sync")
        assert (one.asked(), one.footprint()) == ([], before)

    def test_which_specs_get_an_issue(self, world: World) -> None:
        world.repo.write(spec_path("001-alpha"), spec("Alpha"))
        world.repo.write(spec_path("002-beta"), spec("Beta", "in-progress"))
        world.repo.write(spec_path("003-gamma"), spec("Gamma", "archived"))
        world.init()
        world.commit()
        for create, made in (("none", 0), ("", 2), ("active", 2), ("all", 3)):
            world.configure(f"{f'create: {create}' if create else ''}\nmapping:\n  - pattern: specs/**\n")
            world.lspec("sync")
            titles = [issue.title for issue in world.person.issues().values()]
            assert titles == ["Alpha", "Beta", "Gamma"][:made]
        world.settled()

    def test_words_of_the_projects_own(self, world: World) -> None:
        people = "people:\n  Ada Lovelace: {github: mona}\n"
        more = "priority: critical\nassignee: Ada Lovelace\narea: billing\n"
        world.repo.write(spec_path("001-alpha"), spec("Alpha", "planned", more))
        world.repo.write(spec_path("002-beta"), spec("Beta", "archived"))
        world.init()
        world.configure(
            ALL
            + "status:\n  planned: open + todo\n  archived: closed/completed + gone\n"
            + "priority: {critical: P0}\nfields:\n  area: area:*\n",
            people,
        )
        world.commit()
        world.lspec("sync")
        alpha = world.issue("001-alpha")
        assert alpha.labels == {"todo", "p0", "area:billing"}
        assert alpha.assignees == {"mona"}
        beta = world.issue("002-beta")
        assert beta.state == "closed/completed"
        assert beta.labels == {"gone"}
        world.settled()
        for gone, new in (
            ("todo", "status:in-progress"),
            ("P0", "priority:low"),
            ("area:billing", "area:search"),
        ):
            world.person.unlabel(alpha.number, gone)
            world.person.label(alpha.number, new)
        world.person.unassign(alpha.number, "mona")
        world.person.assign(alpha.number, "bob")
        world.lspec("sync")
        text = world.path("001-alpha").read_text()
        assert text == spec("Alpha", "in-progress", "priority: low\nassignee: bob\narea: search\n")


CHANGES: list[tuple[str, str, list[tuple[str, object]]]] = [
    ("# Alpha", "# Omega", [("PATCH issues/N", {"title": "Omega"})]),
    (
        "priority: high",
        "priority: low",
        [
            ("POST issues/N/labels", {"labels": ["priority:low"]}),
            ("DELETE issues/N/labels", "priority%3Ahigh"),
        ],
    ),
    ("priority: low\n", "", [("DELETE issues/N/labels", "priority%3Alow")]),
    (
        "  - api\n",
        "  - web ui\n",
        [("POST issues/N/labels", {"labels": ["web ui"]}), ("DELETE issues/N/labels", "api")],
    ),
    (
        "assignee: mona",
        "assignee: bob",
        [
            ("POST issues/N/assignees", {"assignees": ["bob"]}),
            ("DELETE issues/N/assignees", {"assignees": ["mona"]}),
        ],
    ),
    ("planned", "complete", [("PATCH issues/N", {"state": "closed", "state_reason": "completed"})]),
    (
        "complete",
        "archived",
        # GitHub ignores a reason that comes without a change of the state.
        [
            ("PATCH issues/N", {"state": "open"}),
            ("PATCH issues/N", {"state": "closed", "state_reason": "not_planned"}),
        ],
    ),
    (
        "archived",
        "in-progress",
        [
            ("POST issues/N/labels", {"labels": ["status:in-progress"]}),
            ("PATCH issues/N", {"state": "open"}),
        ],
    ),
    ("in-progress", "planned", [("DELETE issues/N/labels", "status%3Ain-progress")]),
]
"""An edit of the spec after the other, and all that it makes the tracker hear."""


class TestPush:
    def test_a_new_issue_holds_link_sentence_and_marker_and_never_the_content(self, world: World) -> None:
        world.repo.write(spec_path("001-alpha"), spec("Alpha"))
        world.repo.git("remote", "add", "hub", "git@github.com:octocat/plans.git")
        world.init()
        world.configure(ALL, "state: {remote: hub}\nclaims: local\n")
        world.commit()
        world.lspec("sync")
        issue = world.issue("001-alpha")
        assert "Secret plans" not in issue.body
        assert "https://github.com/octocat/plans/" in issue.body
        assert "specs/001-alpha/README.md" in issue.body
        assert [name for _, name in issue.markers] == ["specs/001-alpha"]

    def test_only_what_changed_is_sent(self, one: World) -> None:
        for old, new, requests in CHANGES:
            one.change("001-alpha", old, new)
            one.commit()
            one.lspec("push")
            asked = one.asked()
            assert sent(asked) == requests
            assert (
                counts(asked).total() - len(requests) <= 2
            )  # what changed there; the issue behind its labels
        one.settled()

    def test_what_people_added_by_hand_stays(self, one: World) -> None:
        """Labels, people and text of an issue, where a spec's own change beside them."""
        number = one.number("001-alpha")
        one.person.label(number, "help wanted")
        one.person.assign(number, "alice")
        one.person.edit(number, body=f"{one.issue('001-alpha').body}\n\nAlice's notes.")
        one.lspec("sync")
        one.repo.write(
            spec_path("001-alpha"), spec("Omega", "complete", "priority: low\ntags: [new]\nassignee: bob\n")
        )
        one.commit()
        one.lspec("sync")
        issue = one.issue("001-alpha")
        labels = frozenset({"help wanted", "priority:low", "new"})
        assert issue == Issue(number, "Omega", "closed/completed", labels, frozenset({"alice", "bob"}))
        assert "Alice's notes." in issue.body
        one.settled()

    def test_closing_and_reopening(self, one: World) -> None:
        states = []
        before = "planned"
        for status in ("complete", "archived", "planned", "archived", "in-progress", "complete", "planned"):
            one.change("001-alpha", f"status: {before}", f"status: {status}")
            one.commit()
            one.lspec("push")
            issue = one.issue("001-alpha")
            states.append((issue.state, "status:in-progress" in issue.labels))
            before = status
        assert states == [
            ("closed/completed", False),
            ("closed/not_planned", False),
            ("open", False),
            ("closed/not_planned", False),
            ("open", True),
            ("closed/completed", False),
            ("open", False),
        ]
        one.settled()

    def test_draft_and_planned_are_one_to_the_tracker(self, one: World) -> None:
        one.change("001-alpha", "planned", "draft")
        one.commit()
        one.asked()
        one.lspec("sync")
        assert writes(one.asked()) == []
        one.settled()

    def test_what_is_not_committed_is_not_published(self, one: World) -> None:
        one.change("001-alpha", "planned", "complete")
        one.settled()
        assert one.issue("001-alpha").state == "open"

    def test_only_the_named_spec(self, one: World) -> None:
        one.repo.write(spec_path("002-beta"), spec("Beta"))
        one.change("001-alpha", "planned", "complete")
        one.commit()
        one.lspec("push", "002")
        assert (one.issue("001-alpha").state, one.issue("002-beta").state) == ("open", "open")
        one.lspec("sync")
        assert one.issue("001-alpha").state == "closed/completed"
        one.settled()
