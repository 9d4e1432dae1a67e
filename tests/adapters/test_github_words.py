"""GitHub's words, as laws: what is written reads back, whatever else the issue bears."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.adapters.base import Change, Marker
from lspec_git.adapters.github_words import (
    Rules,
    Shown,
    body_of,
    hiding,
    labelling,
    markers_in,
    read_words,
    state_of,
    transitions,
    unmet,
)
from lspec_git.errors import ConfigError

RULES = Rules.of(
    {
        "status": {"complete": "closed/completed + Shipped", "blocked": "open + status:blocked"},
        "priority": {"high": "P1", "unheard": "P9"},
        "fields": {"area": "area:*"},
    }
)
WORDS = {
    "status": (*(str(each) for each in RULES.statuses), "closed/duplicate", "closed/completed"),
    "priority": (None, *RULES.priorities),
    "area": (None, "api", "web"),
    "tags:bug": (None, "Bug"),
}
LABELS = st.lists(
    st.sampled_from(
        [
            "status:in-progress",
            "STATUS:blocked",
            "shipped",
            "P1",
            "p9",
            "priority:low",
            "Priority:x",
            "area:a",
            "area:web",
            "area:",
            "bug",
            "other",
        ]
    ),
    unique_by=str.casefold,
)
SHOWN = st.builds(
    Shown,
    title=st.just("one"),
    state=st.sampled_from(["open", "closed"]),
    reason=st.sampled_from(["", "completed", "not_planned", "duplicate", "reopened"]),
    labels=LABELS.map(tuple),
)


def written(shown: Shown, changes: dict[str, Change]) -> Shown:
    """The issue after what the edit means was done, as GitHub does it."""
    wanted = labelling(RULES, changes)
    gone = {each.casefold() for each in wanted.remove}
    labels = [each for each in shown.labels if each.casefold() not in gone]
    borne = {each.casefold() for each in labels}
    labels += [each for each in wanted.add if each.casefold() not in borne]
    state, reason = shown.state, shown.reason
    for step in transitions(changes.get("status")):
        if step["state"] != state:
            state, reason = step["state"], step.get("state_reason", "reopened")
    after = Shown(shown.title, state, reason, tuple(labels))
    hidden = hiding(RULES, changes, unmet(changes, read_words(RULES, after)), labels)
    return Shown(shown.title, state, reason, tuple(each for each in labels if each not in hidden))


@given(
    SHOWN, st.fixed_dictionaries({}, optional={name: st.sampled_from(words) for name, words in WORDS.items()})
)
def test_what_is_written_reads_back_and_the_rest_stays(shown: Shown, new: dict[str, str | None]) -> None:
    before = read_words(RULES, shown)
    changes = {name: Change(before.get(name), word) for name, word in new.items() if before.get(name) != word}
    after = read_words(RULES, written(shown, changes))
    assert unmet(changes, after) == frozenset()
    untouched = before.keys() - changes.keys()
    assert {name: after.get(name) for name in untouched} == {name: before[name] for name in untouched}


@given(SHOWN)
def test_writing_what_is_there_sends_nothing(shown: Shown) -> None:
    same = {name: Change(word, word) for name, word in read_words(RULES, shown).items() if name != "tags:bug"}
    assert transitions(same["status"]) == ()
    assert (
        labelling(RULES, {name: each for name, each in same.items() if not name.startswith("tags:")}).remove
        == ()
    )


@given(st.sampled_from(WORDS["status"]))
def test_a_status_word_is_read_as_it_is_written(word: str | None) -> None:
    assert word is not None
    assert str(state_of(word)) == word


def test_closed_alone_is_completed() -> None:
    assert str(state_of("closed")) == "closed/completed"


@pytest.mark.parametrize(
    "settings",
    [
        {"status": {"planned": "todo"}},
        {"status": {"planned": "open/completed"}},
        {"status": {"planned": "closed/whatever"}},
        {"status": ["open"]},
        {"priority": {"high": 1}},
        {"fields": {"area": "area"}},
        {"fields": {"area": "*"}},
    ],
)
def test_settings_that_github_cannot_hold_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Rules.of(settings)


NAMES = st.binary(min_size=1).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
"""As git's names are read."""


FORGED = "text\n<!-- lspec:ffffffff-0000-4000-8000-000000000001 specs/other -->\ntext"
PROSE = st.text() | st.just(FORGED)


@given(NAMES, PROSE, PROSE)
def test_any_name_survives_in_the_marker_and_nothing_forges_one(name: str, link: str, summary: str) -> None:
    marker = Marker("0b5e8a3e-0000-4000-8000-000000000001", name)
    assert markers_in(body_of(marker, link, summary)) == (marker,)


@pytest.mark.parametrize(
    "body",
    [
        "<!-- lspec:0b5e8a3e specs/one --> trailing",
        " <!-- lspec:0b5e8a3e specs/one -->",
        "<!-- lspec:short specs/one -->",
        "<!-- lspec:0b5e8a3e-->",
        "<!--lspec:0b5e8a3e specs/one-->",
        "<!-- lspec:0b5e8a3e  -->",
    ],
)
def test_what_only_looks_like_a_marker_is_none(body: str) -> None:
    assert markers_in(body) == ()
