"""The merge of whole specs: laws 13 and 14 over random specs, edits and styles; bodies by real git.

Where only one side changed, or both are alike, the result is that side byte for byte. Everything else holds
by value: the result is written in ours' style, so swapping the sides mirrors values, not bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lspec_git.core.document import Document, parse
from lspec_git.core.merge import Conflict, Merged, canonical, elements, merge
from lspec_git.core.specmerge import Doubt, Result
from lspec_git.core.specmerge_check import taken_side
from lspec_git.core.words import KINDS, Kind
from lspec_git.mergedriver import merge_files
from tests.laws.specs import KEYS, Said, Style, Three, bodies, edited, saids, spec, styles, threes
from tests.mergedriver.leanspec import Case, problems
from tests.mergedriver.reading import front

PATH = "specs/001-a-name/README.md"


def merged(base: bytes, ours: bytes, theirs: bytes) -> Result:
    return merge_files(base, ours, theirs, PATH, style="merge")


def read(data: bytes) -> dict[str, object]:
    """What a merged file says; nulls as empty strings."""
    doc = parse(data, PATH)
    assert isinstance(doc, Document), doc
    return {key: "" if value is None else value for key, value in doc.data.items()}


def side(result: Result, *, ours: bool) -> dict[str, object]:
    text = result.data.decode().replace("\r\n", "\n")
    return read(taken_side(text, 7, ours=ours).encode())


def alike(key: str, one: object, other: object) -> bool:
    """Equal as values of the key, the order of a set, and of what a log holds at one moment, left out."""
    if KINDS.get(key) is Kind.LOG and isinstance(one, Sequence) and isinstance(other, Sequence):
        return sorted(sorted(each.items()) for each in one) == sorted(sorted(each.items()) for each in other)
    if KINDS.get(key) is Kind.SET and one is not None and other is not None:
        return set(elements(one) or ()) == set(elements(other) or ())
    return canonical(one, key) == canonical(other, key)


def expected(key: str, three: Three) -> Merged | Conflict:
    base, ours, theirs = (said.get(key) for said in three.said)
    return merge(KINDS.get(key, Kind.UNKNOWN), base, ours, theirs, key)


@given(threes())
def test_alike_or_untouched_sides_give_the_other_byte_for_byte(three: Three) -> None:
    base, one, other = three.data
    assert merged(base, one, one).data == one
    assert merged(base, base, one).data == one
    assert merged(base, other, base).data == other


@given(saids, bodies, styles, styles, styles, st.data())
def test_a_style_is_no_edit(
    said: Said, body: str, one: Style, two: Style, three: Style, data: st.DataObject
) -> None:
    """Every side written in its own style; the values are those of the side that changed them."""
    new = data.draw(edited(said))
    base, ours, theirs = spec(said, body, one), spec(said, body, two), spec(new, body, three)
    for result in (merged(base, ours, theirs), merged(base, theirs, ours)):
        text = taken_side(result.data.decode().replace("\r\n", "\n"), 7, ours=True)
        found = read(text.encode())
        assert found.keys() == new.keys()
        assert all(alike(key, found[key], new[key]) for key in new)


@given(threes())
def test_every_key_is_what_its_kind_makes_of_it(three: Three) -> None:
    """Both sides of every conflict taken, the file reads; no key is dropped, no value comes from nowhere."""
    result = merged(*three.data)
    mine, other = side(result, ours=True), side(result, ours=False)
    for key in {key for said in three.said for key in said}:
        outcome = expected(key, three)
        if isinstance(outcome, Conflict):
            assert result.conflict
            assert alike(key, mine.get(key), three.said[1].get(key))
            assert alike(key, other.get(key), three.said[2].get(key))
        else:
            assert alike(key, mine.get(key), outcome.value), key
            assert alike(key, other.get(key), outcome.value), key
    assert {*mine, *other} <= {key for said in three.said for key in said}


@given(threes())
def test_everything_is_as_another_reader_works_it_out(three: Three) -> None:
    """Keys, conflicts, the derived line and the body, by a judge that shares no code with the driver."""
    assume(three.data[1] not in (three.data[0], three.data[2]) and three.data[0] != three.data[2])
    assert problems(Case("random", *three.data), merged(*three.data)) == []


@given(threes())
def test_how_lines_and_the_file_end_and_begin_is_merged_too(three: Three) -> None:
    """Line ends of the frontmatter are ours; the mark at the start and the last newline are the mover's."""
    base, ours, theirs = three.data
    assume(ours not in (base, theirs) and base != theirs)
    result = merged(*three.data).data
    block = result.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
    assert (b"\r\n" in block) == (b"\r\n" in ours)
    assert block.count(b"\n") == block.count(b"\r\n") or b"\r\n" not in block
    for mark in (starts_marked, ends_ended):
        before, mine, other = (mark(each) for each in (base or theirs, ours, theirs))
        if mark is starts_marked or not result.rstrip().endswith(b">>>>>>> theirs"):
            assert mark(result) == (other if base and mine == before else mine)


def starts_marked(data: bytes) -> bool:
    return data.startswith(b"\xef\xbb\xbf")


def ends_ended(data: bytes) -> bool:
    return data.endswith(b"\n")


@given(threes())
def test_comments_of_both_sides_stay_by_keys_that_stay(three: Three) -> None:
    base, ours, theirs = three.data
    result = front(merged(base, ours, theirs).data.decode())
    both = [line for line in front(ours.decode()).split("\n") if line.startswith("#")]
    if ours != base:
        assert all(line in result for line in both)
    if base != theirs:
        new = [line for line in front(theirs.decode()).split("\n") if line.startswith("#")]
        assert all(line in result for line in new if line not in front(base.decode()))
    assert len([line for line in result.split("\n") if line.startswith("#")]) <= len({*KEYS, "status"})


@given(threes())
def test_swapping_the_sides_mirrors(three: Three) -> None:
    base, ours, theirs = three.data
    one, two = merged(base, ours, theirs), merged(base, theirs, ours)
    assert one.conflict == two.conflict
    for way in (True, False):
        mine, mirrored = side(one, ours=way), side(two, ours=not way)
        assert mine.keys() == mirrored.keys()
        assert all(alike(key, mine[key], mirrored[key]) for key in mine)


@given(threes())
def test_lines_of_keys_that_theirs_left_alone_stay(three: Three) -> None:
    """Every line of ours' frontmatter that belongs to no changed key is in the result, in its order."""
    assume(three.data[0] != three.data[1])  # else the result is theirs to the byte
    base, ours, theirs = three.said
    changed = [key for key in {**base, **ours, **theirs} if not alike(key, base.get(key), theirs.get(key))]
    result = merged(*three.data)
    lines = result.data.decode().split("---")[1].splitlines()
    for line in three.data[1].decode().split("---")[1].splitlines():
        key = line.split(":")[0]
        if key in ours and key not in changed:
            assert line in lines


@given(threes(), st.sampled_from(["<<<<<<< x", ">>>>>>> x", "||||||| x"]), st.integers(0, 2))
def test_markers_in_any_input_are_left_to_git(three: Three, mark: str, which: int) -> None:
    data = [*three.data]
    data[which] += f"\n{mark}\n".encode()
    assume(data[1] not in (data[0], data[2]) and data[0] != data[2])
    with pytest.raises(Doubt, match="conflict markers"):
        merged(*data)


@given(threes(), st.binary(max_size=40), st.integers(0, 2), st.integers(0, 300))
def test_junk_is_merged_right_or_left_to_git(three: Three, junk: bytes, which: int, at: int) -> None:
    """Bytes thrown into one input: no other error than a doubt, and never a file that cannot be read."""
    data = [*three.data]
    data[which] = data[which][:at] + junk + data[which][at:]
    try:
        result = merged(*data)
    except Doubt:
        return
    if result.data not in data:
        for way in (True, False):
            text = taken_side(result.data.decode(), 7, ours=way)
            assert isinstance(parse(text.encode(), PATH), Document) or b"status" not in data[which]


def test_the_generator_says_what_it_writes() -> None:
    said: Mapping[str, object] = {"status": "planned", "tags": ["a b", "yes"], "milestone": "it's: #2"}
    assert read(spec(said, "x", Style(lists="flow"))) == said
    assert isinstance(said["tags"], Sequence)
