"""Three-way rules by kind, on values as they stand in specs."""

from __future__ import annotations

import pytest

from lspec_git.core.merge import Conflict, Merged, Value, elements, instant, merge, merge_fields
from lspec_git.core.spec import KINDS, Kind

T0, T1, T2, T3 = (f"2026-01-0{day}T10:00:00.123Z" for day in range(1, 5))


def entry(status: str, at: str, **more: str) -> dict[str, str]:
    return {"status": status, "at": at, **more}


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (["a"], ["a", "b"], ["a", "c"], ("a", "c", "b")),
        (["a", "b"], ["b", "a"], ["a", "b", "c"], ("b", "c", "a")),
        (["a", "b", "c"], ["b", "c"], ["a", "b"], ("b",)),
        (["a"], ["x"], ["a", "y"], ("x", "y")),
        ([], ["x"], ["y", "x"], ("x", "y")),
        (None, ["x"], ["y"], ("x", "y")),
        (["a"], None, ["a", "b"], ("b",)),
        (["a", "b"], None, ["a"], None),
        (["a", "b"], ["a"], ["b"], ()),
        ("a, b", ["a", "b"], "a, b, c", ("a", "b", "c")),
        ("a", "a, b", "a, c", ("a", "c", "b")),
        ('["a"]', '["a", "b"]', '["a", "c"]', ("a", "c", "b")),
    ],
)
def test_sets(base: Value, ours: Value, theirs: Value, merged: Value) -> None:
    assert merge(Kind.SET, base, ours, theirs) == Merged(merged)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (None, ["Ada L. (@ada)"], ["Ada L. <@ada>", "Bob"], ("Ada L. (@ada)", "Bob")),
        (["Ada L. <@ada>"], ["Ada L. <@ada>", "Bob"], ["Ada L. (@ada)"], ("Ada L. (@ada)", "Bob")),
        (["Ada L. <@ada>", "Bob"], ["Ada M. (@ada)", "Bob"], ["Ada L. (@ada)"], ("Ada M. (@ada)",)),
        (None, ["Ada L. (@ada)"], ["Ada L. (@x)"], ("Ada L. (@ada)", "Ada L. (@x)")),
        (None, ["Ada L. (@ada)"], ["Ada L. (@ada)", "Ada L. <@ada>"], ("Ada L. (@ada)", "Ada L. <@ada>")),
        (None, ["f()"], ["f[]"], ("f()", "f[]")),
    ],
)
def test_brackets_around_a_part_of_an_element_are_spelling(
    base: Value, ours: Value, theirs: Value, merged: tuple[str, ...]
) -> None:
    outcome = merge(Kind.SET, base, ours, theirs)
    assert isinstance(outcome, Merged)
    assert set(elements(outcome.value) or ()) == set(merged)


@pytest.mark.parametrize("kind", [Kind.SCALAR, Kind.STAMP, Kind.SET, Kind.UNKNOWN])
def test_a_new_key_without_a_value_has_no_say_and_an_emptied_one_has(kind: Kind) -> None:
    assert merge(kind, None, "", "2026-01-05") == merge(kind, None, "2026-01-05", "") == Merged("2026-01-05")
    if kind is not Kind.SET:
        sides = ("2026-01-04", "", "2026-01-05")
        assert merge(kind, *sides) == Conflict(*sides)


def test_what_is_no_set_is_not_merged_as_one() -> None:
    odd = {"a": "b"}
    assert elements(odd) is None
    assert merge(Kind.SET, ["a"], ["b"], odd) == Conflict(["a"], ["b"], odd)
    assert merge(Kind.SET, ["a"], ["a"], odd) == Merged(odd)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (T0, T1, T2, T2),
        (T0, T2, T1, T2),
        (None, T1, T2, T2),
        ("2026-01-02", "2026-01-02T00:00:00.000Z", T3, T3),
        ("2026-01-01", "2026-01-02", "2026-01-01T00:00:01Z", "2026-01-02"),
        (
            T0,
            "2026-01-02T10:00:00.123456789Z",
            "2026-01-02T10:00:00.123456788Z",
            "2026-01-02T10:00:00.123456789Z",
        ),
        (T0, "2026-01-02T10:00:00+08:00", "2026-01-02T03:00:00Z", "2026-01-02T03:00:00Z"),
        (T0, "2026-01-02T10:00:00Z", "2026-01-02T18:00:00+08:00", "2026-01-02T18:00:00+08:00"),
    ],
)
def test_the_later_stamp_stands_if_both_moved_forward(
    base: Value, ours: Value, theirs: Value, merged: Value
) -> None:
    assert merge(Kind.STAMP, base, ours, theirs) == Merged(merged)


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [(T1, T0, T2), (T1, None, T2), (T0, "soon", T2), ("soon", T1, T2), (T0, T1, "2026-02-30")],
)
def test_a_stamp_that_was_moved_back_removed_or_spoilt_is_not_overruled(
    base: Value, ours: Value, theirs: Value
) -> None:
    assert merge(Kind.STAMP, base, ours, theirs) == Conflict(base, ours, theirs)
    assert merge(Kind.STAMP, base, ours, base) == Merged(ours)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-01-01", "2026-01-01T00:00:00.000000001Z"),
        ("2026-01-01T23:59:60Z", "2026-01-02T00:00:01Z"),
        ("2026-01-02T01:00:00+02:00", "2026-01-02T00:00:00+00:30"),
        ("2026-01-02T00:00:00.9Z", "2026-01-02T00:00:00.91Z"),
        ("2026-01-02T00:00:00", "2026-01-02T00:00:01Z"),
        ("2026-01-02T10:00", "2026-01-02 10:00:01"),
        ("2026-1-2", "2026-01-03"),
        ("2026-01-02T00:00:00-0130", "2026-01-02T00:00:00-02"),
    ],
)
def test_instants_are_ordered(earlier: str, later: str) -> None:
    one, other = instant(earlier), instant(later)
    assert one is not None and other is not None and one < other


@pytest.mark.parametrize(
    "same", ["2026-01-02T10:00:00+08:00", "2026-01-02 02:00:00.0 Z", " 2026-01-02t02:00z "]
)
def test_spellings_of_one_instant_are_equal(same: str) -> None:
    assert instant(same) == instant("2026-01-02T02:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026",
        "2026-13-01",
        "2026-01-01T24:00:00Z",
        "2026-01-01T10:60Z",
        "2026-01-01T10:00:00.1234567890Z",
    ],
)
def test_what_is_no_instant_is_none(text: str) -> None:
    assert instant(text) is None
    assert instant(20260101) is None


def test_transitions_of_both_sides_in_time_order() -> None:
    base = [entry("planned", T0)]
    ours = [*base, entry("in-progress", T2)]
    theirs = [*base, entry("in-progress", T1), entry("complete", T3)]
    assert merge(Kind.LOG, base, ours, theirs) == Merged(
        (entry("planned", T0), entry("in-progress", T1), entry("in-progress", T2), entry("complete", T3))
    )


def test_a_removed_transition_stays_removed() -> None:
    base = [entry("planned", T0), entry("complete", T1)]
    ours, theirs = [*base, entry("archived", T2)], base[:1]
    assert merge(Kind.LOG, base, ours, theirs) == Merged((entry("planned", T0), entry("archived", T2)))


def test_what_both_sides_add_to_one_transition_is_united_or_a_conflict() -> None:
    base = [entry("planned", T0)]
    merged = merge(Kind.LOG, base, [entry("planned", T0, by="ada")], [entry("planned", T0, why="x")])
    assert merged == Merged((entry("planned", T0, by="ada", why="x"),))
    ours, theirs = [entry("planned", T0, by="ada")], [entry("planned", T0, by="bob")]
    assert merge(Kind.LOG, base, ours, theirs) == Conflict(base, ours, theirs)


def test_a_transition_removed_here_and_changed_there_is_a_conflict() -> None:
    base = [entry("planned", T0), entry("complete", T1)]
    ours, theirs = base[:1], [base[0], entry("complete", T1, by="bob")]
    assert merge(Kind.LOG, base, ours, theirs) == Conflict(base, ours, theirs)


@pytest.mark.parametrize(
    "odd", ["text", [{"status": "planned"}], [entry("planned", "soon")], [entry("planned", T1)] * 2]
)
def test_what_is_no_log_is_not_merged_as_one(odd: Value) -> None:
    base, ours = [entry("planned", T0)], [entry("planned", T0), entry("complete", T2)]
    assert merge(Kind.LOG, base, ours, odd) == Conflict(base, ours, odd)


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.DERIVED])
def test_text_and_derived_lines_are_not_values(kind: Kind) -> None:
    with pytest.raises(ValueError, match="not merged by value"):
        merge(kind, "a", "a", "a")


def test_a_status_reopened_here_and_archived_there_is_a_conflict_and_the_rest_flows() -> None:
    base = {"status": "complete", "tags": ["a"], "updated_at": T0, "milestone": "v1"}
    ours = {"status": "in-progress", "tags": ["a", "b"], "updated_at": T1, "milestone": "v1"}
    theirs = {"status": "archived", "tags": ["a", "c"], "updated_at": T2, "priority": "high"}
    assert merge_fields(KINDS, base, ours, theirs) == {
        "status": Conflict("complete", "in-progress", "archived"),
        "tags": Merged(("a", "c", "b")),
        "updated_at": Merged(T2),
        "milestone": Merged(None),
        "priority": Merged("high"),
    }
