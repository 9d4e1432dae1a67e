"""What is read from a tracker and written back changes nothing; what was written reads back as written."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lspec_git.adapters.github_vocabulary import github
from lspec_git.core.spec import PRIORITIES, STATUSES, tag_field
from lspec_git.core.vocabulary import Lens, Vocabulary

LABELS = st.sampled_from(["doing", "Doing", "status:in-progress", "shipped", "c++", "good first issue"])
STATES = st.sampled_from(["open", "closed/completed", "closed/not_planned", "closed/duplicate"])
STATE_WORDS = st.one_of(STATES, st.builds("{} + {}".format, STATES, LABELS), st.just("closed/invented_later"))
LOGINS = st.sampled_from(["ada", "Ada", "bob", "octo-cat", "mona_acme", "copilot[bot]"])
PEOPLE = st.dictionaries(
    st.sampled_from(["bob", "Ada Lovelace", "ada"]), st.sampled_from(["ada", "bob", "octo-cat"])
)
FREE = st.one_of(st.text(max_size=60), st.sampled_from(["", " ", "a  b", "x" * 300, "A", "a"]))
TITLES = st.one_of(FREE, st.builds("{} {}".format, st.just("y" * 255), st.text(max_size=5)))
PRIORITY_WORDS = st.sampled_from(
    [
        "priority:high",
        "Priority:High",
        "priority:urgent",
        "priority:p0",
        "priority:",
        "P1",
        "priority: low",
        "later",
    ]
)
PRIORITY_VALUES = st.one_of(st.sampled_from([*PRIORITIES, "urgent", "High", "p0", "P1", "later"]), FREE)


@st.composite
def vocabularies(draw: st.DrawFn) -> Vocabulary:
    return github(
        status=draw(st.dictionaries(st.sampled_from([*STATUSES, "superseded"]), STATE_WORDS.filter(_known))),
        priority=draw(
            st.dictionaries(st.sampled_from(PRIORITIES), st.sampled_from(["P0", "P1", "priority:high"]))
        ),
        fields={"area": "area:*"},
        people=draw(PEOPLE),
    )


def _known(word: str) -> bool:
    return "invented" not in word


WORDS = {
    "title": TITLES,
    "status": STATE_WORDS,
    "priority": PRIORITY_WORDS,
    "assignee": st.lists(LOGINS, unique_by=str.casefold, min_size=1).map(
        lambda logins: ",".join(sorted(logins))
    ),
    "area": FREE,
    "tags:api": st.sampled_from(["api", "API"]),
}
VALUES = {
    "title": TITLES,
    "status": st.sampled_from([*STATUSES, "in_progress", "superseded", "unheard of"]),
    "priority": PRIORITY_VALUES,
    "assignee": st.sampled_from(["ada", "Bob", "@bob", "Ada  lovelace", "octo-cat", "No Login", "", " "]),
    "area": FREE,
    "tags:api": st.sampled_from(["api", "API"]),
}
FIELDS = sorted(WORDS)
Case = tuple[str, Lens, str | None, str | None, str | None]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A field with its lens, a value, a word, and the value that the spec had before."""
    name = draw(st.sampled_from(FIELDS))
    lens = draw(vocabularies()).lens(name)
    assert lens is not None
    value, old = draw(st.none() | VALUES[name]), draw(st.none() | VALUES[name])
    word = draw(st.none() | WORDS[name])
    return name, lens, value, word, old


@given(cases())
def test_agreement_is_left_alone(case: Case) -> None:
    _, lens, value, word, old = case
    if lens.agrees(value, word):
        assert lens.get(word, value) == value
        assert lens.put(value, word, old) == word


@given(cases())
def test_what_was_read_agrees(case: Case) -> None:
    _, lens, value, word, _ = case
    got = lens.get(word, value)
    assert lens.agrees(got, word)


@given(cases())
def test_what_was_read_and_is_written_back_changes_nothing(case: Case) -> None:
    _, lens, value, word, old = case
    assert lens.put(lens.get(word, value), word, old) == word


@given(cases())
def test_what_was_written_reads_back_as_written(case: Case) -> None:
    name, lens, value, word, old = case
    assume(lens.expressible(value))
    # The named exception: no assignee in the spec, while others than its own are assigned.
    assume(not (name == "assignee" and not (value or "").strip()))
    written = lens.put(value, word, old)
    assert lens.agrees(value, written)
    assert lens.get(written, value) == value


@given(cases())
def test_writing_twice_is_writing_once(case: Case) -> None:
    _, lens, value, word, old = case
    once = lens.put(value, word, old)
    assert lens.put(value, once, old) == once


@given(cases())
def test_what_cannot_be_said_changes_nothing(case: Case) -> None:
    _, lens, value, word, old = case
    if not lens.expressible(value):
        assert lens.put(value, word, old) == word


@given(PEOPLE, st.none() | VALUES["assignee"], st.none() | WORDS["assignee"], st.none() | VALUES["assignee"])
def test_other_assignees_stay(
    people: dict[str, str], value: str | None, word: str | None, old: str | None
) -> None:
    lens = github(people=people).lens("assignee")
    assert lens is not None
    before, after = ({*(each or "").split(",")} - {""} for each in (word, lens.put(value, word, old)))
    gone, come = before - after, after - before
    assert len(gone) <= 1 and len(come) <= 1
    assert all(lens.agrees(old, login) for login in gone)
    assert all(lens.agrees(value, login) for login in come)


@given(vocabularies(), st.sampled_from(STATUSES), st.sampled_from(STATUSES))
def test_statuses_agree_with_one_word_exactly_when_they_share_it(
    vocabulary: Vocabulary, one: str, other: str
) -> None:
    lens, words = vocabulary.lens("status"), vocabulary.settings()["status"]
    assert lens is not None
    assert lens.agrees(one, words[other]) == (words[one].casefold() == words[other].casefold())


@given(vocabularies(), st.text(min_size=1, max_size=60))
def test_no_label_is_both_a_tag_and_something_else(vocabulary: Vocabulary, tag: str) -> None:
    lens = vocabulary.lens(tag_field(tag))
    words = vocabulary.settings()
    taken = {word.partition(" + ")[2].casefold() for word in words["status"].values()}
    taken |= {label.casefold() for label in words["priority"].values()}
    assert lens is None or tag.casefold() not in taken


@pytest.mark.parametrize(
    "name", ["tags:priority:p9", "tags:status:in-progress", "tags:area:ui", "tags:PRIORITY:high"]
)
def test_a_tag_that_would_be_read_as_another_field_is_not_held(name: str) -> None:
    assert github(fields={"area": "Area:*"}).lens(tag_field(name.removeprefix("tags:"))) is None
