"""GitHub's words: defaults, what a config may write, and what labels and logins come to."""

from __future__ import annotations

import pytest

from lspec_git.adapters.github_vocabulary import github
from lspec_git.core.lenses import parse_state
from lspec_git.core.spec import STATUSES
from lspec_git.core.vocabulary import Lens


def lens_of(name: str, **given: dict[str, str]) -> Lens:
    lens = github(**given).lens(name)
    assert lens is not None
    return lens


def test_the_defaults_are_complete() -> None:
    assert {name: dict(words) for name, words in github().settings().items()} == {
        "status": {
            "draft": "open",
            "planned": "open",
            "in-progress": "open + status:in-progress",
            "complete": "closed/completed",
            "archived": "closed/not_planned",
        },
        "priority": {name: f"priority:{name}" for name in ("low", "medium", "high", "critical")},
        "fields": {},
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("open", "open"),
        (" Open ", "open"),
        ("closed", "closed/completed"),
        ("Closed/Completed", "closed/completed"),
        ("closed/not planned", "closed/not_planned"),
        ("closed / Not-Planned", "closed/not_planned"),
        ("open+doing", "open + doing"),
        ("open + label:Doing", "open + Doing"),
        ("open+label: good first issue", "open + good first issue"),
        ("closed + shipped", "closed/completed + shipped"),
        ("open + c++", "open + c++"),
    ],
)
def test_states_are_read_as_people_write_them(written: str, meant: str) -> None:
    assert str(parse_state(written)) == meant
    assert str(parse_state(meant)) == meant
    assert github(status={"planned": written}).settings()["status"]["planned"] == meant


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("done", "is no state of an issue"),
        ("", "is no state of an issue"),
        ("closed/wontfix", "is no state of an issue"),
        ("openish", "is no state of an issue"),
        ("open/completed", "only a closed issue has a reason"),
        ("open +", "comes a label"),
        ("open + label:", "comes a label"),
        ("open + " + "x" * 51, "comes a label"),
    ],
)
def test_what_is_no_state_is_refused_with_its_text(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        github(status={"complete": written})
    assert f"`{written}`" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fields": {"area": "area:"}}, "a star"),
        ({"fields": {"area": "*"}}, "a star"),
        ({"fields": {"area": "a*b*"}}, "a star"),
        ({"fields": {"area": "prio*"}}, "both area and priority"),
        ({"fields": {"area": "a:*", "team": "A:b*"}}, "both team and area"),
        ({"fields": {"area": "status:*"}}, "both area and status"),
        ({"priority": {"high": ""}}, "no label"),
        (
            {"priority": {"high": "Doing"}, "status": {"planned": "open + doing"}},
            "both a status and a priority",
        ),
        ({"status": {"planned": "open + priority:x"}}, "both status and priority"),
        ({"people": {"Ada": "ada lovelace"}}, "no login"),
        ({"people": {"Ada": "ada", "ada": "eve"}}, "two logins"),
        ({"people": {"@ada": "ada"}}, "no name of a person"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(given: dict[str, dict[str, str]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        github(**given)


@pytest.mark.parametrize(
    ("word", "value", "expected"),
    [
        ("open", "planned", "planned"),
        ("open", "draft", "draft"),
        ("open", "complete", "planned"),
        ("open + Status:In-Progress", "planned", "in-progress"),
        ("open + somebody's own", "planned", "planned"),
        ("open + somebody's own", "complete", "planned"),
        ("closed/completed", "planned", "complete"),
        ("closed/completed + status:in-progress", "in-progress", "complete"),
        ("closed/duplicate", "planned", "archived"),
        ("closed/invented_later", "planned", "complete"),
        ("closed/not_planned", "archived", "archived"),
    ],
)
def test_a_state_reads_as_the_present_status_or_the_nearest(word: str, value: str, expected: str) -> None:
    assert lens_of("status").get(word, value) == expected


def test_a_closed_issue_still_says_something_where_every_status_is_open() -> None:
    words = {name: f"open + {name}" for name in STATUSES}
    lens = lens_of("status", status=words)
    assert lens.get("closed/completed", "planned") == "complete"
    assert lens.get("closed/duplicate", "planned") == "archived"
    assert lens.get("open", "complete") == "planned"
    assert lens.agrees("complete", "closed/completed")
    assert lens.put("planned", "closed/completed", "complete") == "open + planned"


def test_an_unmapped_status_is_not_said_and_a_mapped_one_of_the_projects_own_is() -> None:
    assert not lens_of("status").expressible("superseded")
    own = lens_of("status", status={"superseded": "closed/duplicate"})
    assert own.put("superseded", "open", "planned") == "closed/duplicate"
    assert own.get("closed/duplicate", "planned") == "superseded"
    assert own.get("closed/not_planned", "planned") == "archived"


def test_a_spelling_of_the_spec_is_kept_where_it_says_the_same() -> None:
    assert lens_of("status").get("open + status:in-progress", "in_progress") == "in_progress"
    assert lens_of("priority").get("priority:critical", "urgent") == "urgent"
    assert lens_of("title").get("A title", " A   title") == " A   title"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("priority:high", "high"),
        ("Priority:High", "high"),
        ("priority:urgent", "critical"),
        ("priority:p0", "p0"),
        ("P1", "medium"),
        ("priority:", None),
        (None, None),
    ],
)
def test_priorities_are_read_from_labels(word: str | None, expected: str | None) -> None:
    assert lens_of("priority", priority={"medium": "P1"}).get(word, None) == expected


def test_priorities_are_written_as_labels() -> None:
    lens = lens_of("priority", priority={"medium": "P1"})
    assert lens.put("med", "priority:high", "high") == "P1"
    assert lens.put("p0", None, None) == "priority:p0"
    assert lens.put(None, "priority:high", "high") is None
    assert not lens.expressible("x" * 50)


def test_the_specs_person_is_among_the_assignees() -> None:
    lens = lens_of("assignee", people={"Marvin Zhang": "tikazyq"})
    assert lens.agrees("marvin  zhang", "bob,tikazyq")
    assert lens.put("Marvin Zhang", "bob", None) == "bob,tikazyq"
    assert lens.put("eve", "bob,tikazyq", "Marvin Zhang") == "bob,eve"
    assert lens.put(None, "bob,tikazyq", "Marvin Zhang") == "bob"
    assert lens.put(None, "tikazyq", "Marvin Zhang") is None
    assert lens.get("tikazyq", None) == "Marvin Zhang"
    assert lens.get("bob", "Marvin Zhang") == "bob"
    assert lens.get(None, "bob") is None


def test_a_login_that_is_somebody_elses_name_is_told_apart() -> None:
    lens = lens_of("assignee", people={"bob": "robert-smith"})
    assert lens.get("bob", None) == "@bob"
    assert lens.agrees("@bob", "bob")
    assert lens.put("bob", None, None) == "robert-smith"


@pytest.mark.parametrize("name", ["Marvin Zhang", "a" * 40, "-ada", "ada.l", "copilot[bot]", "ada\n"])
def test_a_name_that_is_no_login_is_not_said(name: str) -> None:
    lens = lens_of("assignee")
    assert lens.expressible(name) is (name == "ada\n")  # blanks at the ends say nothing
    assert lens.expressible("mona_acme") and lens.expressible(None)


def test_a_title_is_cut_to_what_github_holds() -> None:
    lens = lens_of("title")
    long = "ab " * 100
    written = lens.put(long, "old", "old")
    assert written is not None and len(written) <= 256
    assert lens.agrees(long, written)
    assert lens.put("y" * 255 + " z", None, None) == "y" * 255
    assert lens.get("Two\u00a0words ", "x") == "Two\u00a0words "
    assert not lens.expressible("  ") and not lens.expressible(None)


def test_tags_are_compared_without_case_and_must_be_labels() -> None:
    lens = lens_of("tags:api")
    assert lens.agrees("API", "api") and not lens.agrees(None, "api")
    assert lens.put("API", None, None) == "API"
    assert lens.put(None, "api", "API") is None
    assert lens.get("Api", None) == "Api"
    assert github().lens("tags:" + "x" * 51) is None
    assert github().lens("tags:a\nb") is None


def test_a_custom_field_is_a_label_with_a_prefix() -> None:
    vocabulary = github(fields={"area": "Area:*"})
    lens = vocabulary.lens("area")
    assert lens is not None
    assert lens.agrees("Backend", "backend") and lens.put("ui", "backend", "backend") == "ui"
    assert not lens.expressible("x" * 46) and lens.expressible("x" * 45)
    assert vocabulary.settings()["fields"] == {"area": "Area:*"}


def test_what_github_cannot_hold_has_no_lens() -> None:
    assert github().lens("due") is None
    assert github().lens("epic") is None
