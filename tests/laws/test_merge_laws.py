"""A side that did not change has no say, swapping the sides changes nothing, and nothing is lost silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from lspec_git.core.merge import Conflict, Merged, Value, elements, instant, merge, merge_fields
from lspec_git.core.spec import Kind

ELEMENTS = st.sampled_from(["api", "cli", "API", "web", "a b"])
SETS = (
    st.none()
    | st.lists(ELEMENTS, unique=True, max_size=4)
    | st.sampled_from(["api, cli", "web", "", "cli,api"])
)
STAMPS = st.none() | st.sampled_from(
    [
        "2026-01-02",
        "2026-01-02T00:00:00Z",
        "2026-01-02T03:04:05.678Z",
        "2026-01-02T03:04:05.678000001Z",
        "2026-01-02T11:04:05.678+08:00",
        "2026-01-02 03:04:06",
        "2026-02-30",
        "yesterday",
    ]
)
ENTRIES = st.fixed_dictionaries(
    {"status": st.sampled_from(["planned", "complete"]), "at": STAMPS.filter(instant)},
    optional={"by": st.sampled_from(["ada", "bob"])},
)
LOGS = st.none() | st.lists(ENTRIES, max_size=3) | st.just("no log")
SCALARS = st.none() | st.sampled_from(["a", "b", "c"])
UNKNOWN = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(ELEMENTS, SCALARS, max_size=2)
VALUES: Mapping[Kind, st.SearchStrategy[Value]] = {
    Kind.SCALAR: SCALARS,
    Kind.SET: SETS,
    Kind.STAMP: STAMPS,
    Kind.LOG: LOGS,
    Kind.UNKNOWN: UNKNOWN,
}
KINDS = st.sampled_from(list(VALUES))
ONE = KINDS.flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind]))
TWO = KINDS.flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind], VALUES[kind]))
THREE = KINDS.flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind], VALUES[kind], VALUES[kind]))


def bag(value: Value) -> object:
    """A value without its order."""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return frozenset(
            Counter(
                repr(sorted(each.items())) if isinstance(each, Mapping) else repr(each) for each in value
            ).items()
        )
    return repr(value)


@given(TWO)
def test_both_sides_alike(case: tuple[Kind, Value, Value]) -> None:
    kind, base, both = case
    assert merge(kind, base, both, both) == Merged(both)


@given(TWO)
def test_an_untouched_side_has_no_say(case: tuple[Kind, Value, Value]) -> None:
    kind, base, moved = case
    assert merge(kind, base, base, moved) == Merged(moved)
    assert merge(kind, base, moved, base) == Merged(moved)


@given(THREE)
def test_swapping_the_sides_changes_nothing_but_order(case: tuple[Kind, Value, Value, Value]) -> None:
    kind, base, ours, theirs = case
    one, other = merge(kind, base, ours, theirs), merge(kind, base, theirs, ours)
    if isinstance(one, Conflict):
        assert one == Conflict(base, ours, theirs)
        assert other == Conflict(base, theirs, ours)
    else:
        assert isinstance(other, Merged)
        assert bag(one.value) == bag(other.value)


@given(THREE)
def test_a_revert_reverts(case: tuple[Kind, Value, Value, Value]) -> None:
    """git revert merges with the reverted commit as base and its parent as theirs."""
    kind, before, after, _ = case
    assert merge(kind, after, after, before) == Merged(before)


@given(SETS, SETS, SETS)
def test_a_set_holds_what_no_side_removed_and_any_side_added(base: Value, ours: Value, theirs: Value) -> None:
    merged = merge(Kind.SET, base, ours, theirs)
    assert isinstance(merged, Merged)
    b, o, t, m = (set(elements(each) or ()) for each in (base, ours, theirs, merged.value))
    assert m == (b & o & t) | (o - b) | (t - b)


PEOPLE = st.lists(st.sampled_from(["Ada (@a)", "Ada <@a>", "Ada [@a].", "Bob (@b)", "Bob <@b>"]), unique=True)


@given(PEOPLE, PEOPLE, PEOPLE)
def test_spellings_of_one_element_neither_bring_in_nor_lose_one(
    b: list[str], o: list[str], t: list[str]
) -> None:
    """Each element is in a spelling that a side has; a side that has two spellings of one means both."""
    merged = merge(Kind.SET, b, o, t)
    assert isinstance(merged, Merged)
    found = elements(merged.value) or ()
    assert {*found} <= {*o, *t}
    if any(len({each[:4] for each in side}) < len(side) for side in (b, o, t)):
        assert merged.value in (o, t) or {*found} == ({*b} & {*o} & {*t}) | ({*o} - {*b}) | ({*t} - {*b})
        return
    names = [{each[:4] for each in side} for side in (b, o, t, found)]
    assert names[3] == (names[0] & names[1] & names[2]) | (names[1] - names[0]) | (names[2] - names[0])
    assert merged.value in (o, t) or len(found) == len(names[3])


@given(st.lists(ELEMENTS, unique=True), st.lists(ELEMENTS, unique=True), st.lists(ELEMENTS, unique=True))
def test_a_set_keeps_ours_order(base: list[str], ours: list[str], theirs: list[str]) -> None:
    merged = merge(Kind.SET, base, ours, theirs)
    assert isinstance(merged, Merged)
    if merged.value != theirs:
        kept = [each for each in elements(merged.value) or () if each in ours]
        assert kept == [each for each in ours if each in kept]


@given(STAMPS, STAMPS, STAMPS)
def test_a_merged_stamp_is_one_sides_text_and_no_earlier_than_the_others(
    b: Value, o: Value, t: Value
) -> None:
    merged = merge(Kind.STAMP, b, o, t)
    if isinstance(merged, Merged):
        assert merged.value in (o, t)
        if b is None or instant(b) not in (instant(o), instant(t)):
            assert (instant(merged.value) or 0) == max(instant(o) or 0, instant(t) or 0)


@given(LOGS, LOGS, LOGS)
def test_a_log_holds_what_no_side_removed_and_any_side_added(base: Value, ours: Value, theirs: Value) -> None:
    merged = merge(Kind.LOG, base, ours, theirs)
    logs = [named(each) for each in (base, ours, theirs)]
    if isinstance(merged, Conflict) or merged.value in (ours, theirs) or None in logs:
        return
    b, o, t, m = (set(each or ()) for each in (*logs, named(merged.value)))
    assert m == (b & o & t) | (o - b) | (t - b)
    assert isinstance(merged.value, tuple)
    times = [instant(entry["at"]) or 0 for entry in merged.value]
    assert times == sorted(times)


def named(log: Value) -> set[tuple[str, str]] | None:
    if isinstance(log, str):
        return None
    assert log is None or isinstance(log, Sequence)
    return {(entry["status"], entry["at"]) for entry in log or ()}


@given(LOGS, LOGS, LOGS)
def test_what_a_log_entry_says_besides_comes_from_a_side(base: Value, ours: Value, theirs: Value) -> None:
    merged = merge(Kind.LOG, base, ours, theirs)
    if isinstance(merged, Merged) and isinstance(merged.value, tuple):
        said = {
            repr(pair)
            for log in (ours, theirs)
            if isinstance(log, list)
            for entry in log
            for pair in entry.items()
        }
        assert all(repr(pair) in said for entry in merged.value for pair in entry.items())


@given(THREE)
def test_a_scalar_or_unknown_value_is_merged_only_to_a_sides_own(
    case: tuple[Kind, Value, Value, Value],
) -> None:
    kind, base, ours, theirs = case
    merged = merge(kind, base, ours, theirs)
    if kind in {Kind.SCALAR, Kind.UNKNOWN}:
        assert isinstance(merged, Conflict) == (ours != theirs and base not in (ours, theirs))
        assert isinstance(merged, Conflict) or merged.value in (ours, theirs)


FIELDS = st.fixed_dictionaries(
    {}, optional={"status": SCALARS, "tags": SETS, "updated_at": STAMPS, "own": UNKNOWN}
)


@given(FIELDS, FIELDS, FIELDS)
def test_fields_are_merged_each_for_itself(
    base: Mapping[str, Value], ours: Mapping[str, Value], theirs: Mapping[str, Value]
) -> None:
    kinds = {"status": Kind.SCALAR, "tags": Kind.SET, "updated_at": Kind.STAMP}
    merged = merge_fields(kinds, base, ours, theirs)
    assert set(merged) == {*base, *ours, *theirs}
    for name, outcome in merged.items():
        kind = kinds.get(name, Kind.UNKNOWN)
        assert outcome == merge(kind, base.get(name), ours.get(name), theirs.get(name))
