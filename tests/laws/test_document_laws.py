"""Documents read back as written, damage is told and not raised, and joins may come in any order."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.core.anchors import anchor_of_item, anchor_of_spec
from lspec_git.core.documents import (
    Declined,
    Heard,
    ItemNote,
    Known,
    Lease,
    LeftOut,
    Link,
    LinkNote,
    Sighting,
    dump_item,
    dump_link,
    order,
    parse_item,
    parse_link,
    tracker_origin,
)
from lspec_git.core.joins import join, join_item, join_link
from lspec_git.core.note_text import Damage, line, read, read_plain, unknown, unline
from lspec_git.core.spec import SpecId

Note = TypeVar("Note", LinkNote, ItemNote)
ANY = st.characters(codec=None)
"""Any code point of Python, lone surrogates too: names of files that are not UTF-8 hold them."""
TEXT = st.one_of(
    st.text(ANY, max_size=12),
    st.text("%: @#\n\r\t\"'\\=[]\x00\x7fa\u2028é\udcff\ud800", max_size=8),
    st.sampled_from(["status", "tags:good first issue", "in-progress", "", "open + doing", "a: b", "%20"]),
)
SERIAL = st.integers(0, 3) | st.integers(-(2**63), 2**63 - 1)
COUNT = st.integers(0, 2) | st.integers(0, 10**18 - 1)
REVISION = st.sampled_from(["2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", "7"]) | TEXT
ORIGIN = st.builds(tracker_origin, REVISION, COUNT) | TEXT.filter(lambda text: not text.startswith("@"))
TOML = st.recursive(
    st.one_of(TEXT, SERIAL, st.booleans(), st.floats(), st.datetimes(), st.dates(), st.times()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
EXTRA = st.just("") | st.dictionaries(st.sampled_from(["later", "more", "even more"]), TOML, max_size=2).map(
    unknown
)
HOW = st.sampled_from(["created", "linked", "adopted", "config", "unlinked", "claimed"])
LEASES = st.builds(Lease, TEXT, SERIAL, TEXT, TEXT, EXTRA)
FEW = st.sampled_from(["9", "10", "a", ""])
LINKS = st.builds(Link, TEXT, st.integers(0, 1), HOW, FEW, TEXT, TEXT, st.none() | LEASES, EXTRA)
LINK_NOTES = st.builds(
    LinkNote,
    TEXT,
    st.dictionaries(st.sampled_from(["github", "jira"]) | TEXT, LINKS, max_size=3),
    TEXT,
    EXTRA,
)
SIGHTINGS = st.builds(Sighting, st.none() | TEXT, REVISION, COUNT, ORIGIN, TEXT)
ITEM_NOTES = st.builds(
    ItemNote,
    *[TEXT] * 6,
    seen=st.dictionaries(st.sampled_from(["status", "title"]) | TEXT, SIGHTINGS, max_size=3),
    heard=st.frozensets(st.builds(Heard, TEXT, TEXT, st.none() | TEXT), max_size=3),
    known=st.frozensets(st.builds(Known, TEXT, TEXT, ORIGIN), max_size=3),
    left_out=st.frozensets(st.builds(LeftOut, TEXT, TEXT, ORIGIN), max_size=2),
    declined=st.frozensets(st.builds(Declined, TEXT, ORIGIN), max_size=2),
    extra=EXTRA,
)
DOCUMENTS = st.one_of(
    LINK_NOTES.map(dump_link),
    ITEM_NOTES.map(dump_item),
    st.builds(
        lambda table: tomli_w.dumps({"note": "later", "x": table}).encode("utf-8", "surrogatepass"), TOML
    ),
    st.binary(max_size=20),
    st.just(b'note = "link"\n'),
)


@given(st.lists(TEXT, min_size=1), st.none() | TEXT)
def test_a_fact_reads_back_as_written(words: list[str], text: str | None) -> None:
    assert unline(line(words, text)) == (words, text)


@given(LINK_NOTES)
def test_a_link_note_reads_back_as_written(note: LinkNote) -> None:
    assert parse_link(dump_link(note)) == note


@given(ITEM_NOTES)
def test_an_item_note_reads_back_as_written(note: ItemNote) -> None:
    assert parse_item(dump_item(note)) == note


@given(ITEM_NOTES)
def test_equal_notes_are_equal_bytes(note: ItemNote) -> None:
    turned = replace(
        note, seen=dict(reversed(list(note.seen.items()))), heard=frozenset(sorted(note.heard, key=repr))
    )
    assert dump_item(turned) == dump_item(note)


@given(DOCUMENTS)
def test_plain_reading_reads_what_tomllib_reads(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    plain = read_plain(text)
    assert plain is None or plain == tomllib.loads(text)


@given(DOCUMENTS, st.data())
def test_a_document_cut_or_changed_by_hand_is_read_or_told(data: bytes, draw: st.DataObject) -> None:
    start = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.integers(start, len(data)))
    put = draw.draw(
        st.sampled_from([b"", b'"', b"\n", b"[", b"= ", b"\xff", b"@#1", b": ", b"]\n", b"0x" + b"F" * 5000])
    )
    changed = data[:start] + put + data[end:]
    told_or_read(changed, parse_link, dump_link)
    told_or_read(changed, parse_item, dump_item)
    text = changed.decode("utf-8", "replace")
    plain = read_plain(text)
    assert plain is None or plain == tomllib.loads(text)
    join(None, changed, data)


def told_or_read(data: bytes, parse: Callable[[bytes], Note | Damage], dump: Callable[[Note], bytes]) -> None:
    found = parse(data)
    if isinstance(found, Damage):
        assert 1 <= found.line <= data.count(b"\n") + 1 and found.column >= 1 and found.message
    else:
        assert parse(dump(found)) == found


@given(st.sampled_from([parse_link, parse_item]), st.binary())
def test_no_bytes_raise(parse: Callable[[bytes], object], data: bytes) -> None:
    assert isinstance(parse(data), Damage)
    assert isinstance(read(data), dict | Damage)


@given(LINK_NOTES, LINK_NOTES, LINK_NOTES)
def test_links_join_in_any_order(a: LinkNote, b: LinkNote, c: LinkNote) -> None:
    assert join_link(a, a) == a
    assert join_link(a, b) == join_link(b, a)
    assert join_link(join_link(a, b), c) == join_link(a, join_link(b, c))


@given(LINK_NOTES, LINK_NOTES)
def test_a_links_serial_never_falls(a: LinkNote, b: LinkNote) -> None:
    both = join_link(a, b)
    assert set(both.links) == {*a.links, *b.links}
    for note in (a, b):
        assert join_link(both, note) == both
        assert all(both.links[tracker].serial >= link.serial for tracker, link in note.links.items())


@given(ITEM_NOTES, ITEM_NOTES, ITEM_NOTES)
def test_items_join_in_any_order(a: ItemNote, b: ItemNote, c: ItemNote) -> None:
    assert join_item(a, a) == a
    assert join_item(a, b) == join_item(b, a)
    assert join_item(join_item(a, b), c) == join_item(a, join_item(b, c))


@given(ITEM_NOTES, ITEM_NOTES)
def test_an_item_forgets_nothing(a: ItemNote, b: ItemNote) -> None:
    both = join_item(a, b)
    for note in (a, b):
        assert join_item(both, note) == both
        assert note.heard <= both.heard and note.known <= both.known
        assert note.left_out <= both.left_out and note.declined <= both.declined
        for name, seen in note.seen.items():
            assert (both.seen[name].revision, both.seen[name].count) >= (seen.revision, seen.count)


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS, st.none() | DOCUMENTS)
def test_bytes_join_in_any_order_whatever_they_hold(a: bytes, b: bytes, c: bytes, base: bytes | None) -> None:
    assert join(base, a, a) == a
    assert join(base, a, b) == join(None, b, a)
    assert join(base, join(base, a, b), c) == join(base, a, join(base, b, c))
    assert join(base, a, None) == a == join(base, None, a)


@given(REVISION, COUNT, REVISION, COUNT)
def test_origins_of_a_tracker_are_ordered_by_revision_and_count(r: str, n: int, s: str, m: int) -> None:
    assert (order(tracker_origin(r, n)) < order(tracker_origin(s, m))) == ((r, n) < (s, m))


PATHS = st.binary(max_size=8).map(lambda name: name.decode("utf-8", "surrogateescape"))
SPECS = st.builds(SpecId, PATHS | st.sampled_from(["a", "a\nname b"]), PATHS | st.sampled_from(["b", "\\n"]))


@given(SPECS, SPECS)
def test_no_two_specs_share_an_anchor(one: SpecId, other: SpecId) -> None:
    assert (anchor_of_spec(one) == anchor_of_spec(other)) == (one == other)
    assert anchor_of_spec(one) != anchor_of_item("github", one.root, one.name)
