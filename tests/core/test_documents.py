"""What the notes look like, which of two links stands, and how damage is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
    is_tracker,
    order,
    parse_item,
    parse_link,
    tracker_origin,
)
from lspec_git.core.joins import join, join_item, join_link
from lspec_git.core.note_text import Damage
from lspec_git.core.spec import SpecId

NOW = "2026-01-02T03:04:05Z"
EDIT = "b6589fc6ab0dc82c"
COMMIT = "356a192b7913b04c54574d18c28d46e6395428ab"
CLAIM = Lease("6f1c3c1e-1111-4222-8333-444444444444", 1, NOW, "a1b2c3d4")
LINK = Link("github.com/octocat/specs", 3, "created", "2984561234", "12", "https://example.org/12", CLAIM)

ITEM = ItemNote(
    "github",
    "github.com",
    "2984561234",
    "12",
    "specs/012-merge-driver",
    "https://github.com/octocat/specs/issues/12",
    seen={
        "status": Sighting("open + status:in-progress", NOW, 2, EDIT),
        "assignee": Sighting(None, NOW, 1, tracker_origin(NOW, 1), "octocat"),
        "tags:good first issue": Sighting("Good first issue", NOW, 1, tracker_origin(NOW, 1)),
    },
    heard=frozenset({Heard(EDIT, "status", "in-progress"), Heard("ac3478d69a3c81fa", "assignee", None)}),
    known=frozenset({Known(COMMIT, "tags:good first issue", tracker_origin(NOW, 1))}),
    left_out=frozenset({LeftOut(COMMIT, "title", tracker_origin(NOW, 1))}),
    declined=frozenset({Declined("priority", tracker_origin(NOW, 3))}),
)
ITEM_TEXT = f"""\
note = "item"
tracker = "github"
host = "github.com"
id = "2984561234"
key = "12"
spec = "specs/012-merge-driver"
url = "https://github.com/octocat/specs/issues/12"
heard = [
    "ac3478d69a3c81fa assignee",
    "b6589fc6ab0dc82c status: in-progress",
]
known = [
    "{COMMIT} tags:good%20first%20issue @2026-01-02T03:04:05Z#1",
]
left_out = [
    "{COMMIT} title @2026-01-02T03:04:05Z#1",
]
declined = [
    "priority @2026-01-02T03:04:05Z#3",
]

[seen]
assignee = "2026-01-02T03:04:05Z#1 by octocat"
status = "2026-01-02T03:04:05Z#2 from b6589fc6ab0dc82c: open + status:in-progress"
"tags:good first issue" = "2026-01-02T03:04:05Z#1: Good first issue"
"""
LINK_TEXT = """\
note = "link"
spec = "specs/012-merge-driver"
moved = "specs/013-merge-driver"

[links.github]
target = "github.com/octocat/specs"
serial = 3
how = "created"
item = "2984561234"
key = "12"
url = "https://example.org/12"

[links.github.claim]
uuid = "6f1c3c1e-1111-4222-8333-444444444444"
epoch = 1
time = "2026-01-02T03:04:05Z"
clone = "a1b2c3d4"
"""


def test_an_item_note_reads_like_a_log() -> None:
    assert dump_item(ITEM).decode() == ITEM_TEXT
    assert parse_item(ITEM_TEXT.encode()) == ITEM


def test_a_link_note_reads_like_prose() -> None:
    note = LinkNote("specs/012-merge-driver", {"github": LINK}, "specs/013-merge-driver")
    assert dump_link(note).decode() == LINK_TEXT
    assert parse_link(LINK_TEXT.encode()) == note


def test_anchors_never_change() -> None:
    assert (
        anchor_of_spec(SpecId("specs", "012-é\n\\x\udcff"))
        == b"lspec spec\nroot specs\nname 012-\xc3\xa9\\n\\\\x\xff\n"
    )
    assert (
        anchor_of_item("github", "github.com", "42")
        == b"lspec item\ntracker github\nhost github.com\nid 42\n"
    )


def test_origins() -> None:
    assert tracker_origin(NOW, 1) == "@2026-01-02T03:04:05Z#1"
    assert is_tracker(tracker_origin(NOW, 1)) and not is_tracker(EDIT)
    assert order(tracker_origin(NOW, 10)) > order(tracker_origin(NOW, 9))
    for wrong in (EDIT, "@", "@x", "@x#", "@x#y"):
        with pytest.raises(ValueError, match="not the origin"):
            order(wrong)


def test_keys_of_newer_versions_are_kept() -> None:
    text = LINK_TEXT.replace('how = "created"', 'how = "created"\nfuture = [1, 2]').replace(
        "epoch = 1", "epoch = 1\nage = 7"
    )
    newer = f'later = "yes"\n{text}\n[more]\nx = ["b"]\n'.encode()
    note = parse_link(newer)
    assert isinstance(note, LinkNote)
    assert (note.extra, note.links["github"].extra) == (
        'later = "yes"\n\n[more]\nx = [\n    "b",\n]\n',
        "future = [\n    1,\n    2,\n]\n",
    )
    assert parse_link(dump_link(note)) == note
    joined = join_link(note, replace(note, extra='[more]\nx = [\n    "a",\n]\n'))
    assert (
        b'later = "yes"' in dump_link(joined)
        and b'"a",\n    "b",\n' in dump_link(joined)
        and b"age = 7" in dump_link(joined)
    )


def test_unknown_keys_are_put_in_order_at_all_depths() -> None:
    one, other = (
        parse_link(b'note = "link"\nspec = "s"\n' + rest)
        for rest in (b"x.b = 1\nx.a = 2\n", b"x = {a = 2, b = 1}\n")
    )
    assert isinstance(one, LinkNote) and one == other
    assert dump_link(one).endswith(b"[x]\na = 2\nb = 1\n")


def test_a_kind_of_note_that_is_not_known_yet_is_joined_key_by_key() -> None:
    ours, theirs = b'note = "later"\nx = ["a"]\n', b'note = "later"\nx = ["b"]\ny = 1\n'
    assert join(None, ours, theirs) == b'note = "later"\nx = [\n    "a",\n    "b",\n]\ny = 1\n'


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("serial = 3", 'serial = "3"', (7, 1), "`serial` must be a whole number"),
        ("serial = 3", "serial = true", (7, 1), "`serial` must be a whole number"),
        ("serial = 3", "serial = 0x1FFFFFFFFFFFFFFFFF", (1, 1), "a number of more than 64 bits"),
        ('target = "github.com/octocat/specs"\n', "", (1, 1), "`target` is missing"),
        ('how = "created"', 'how = "guessed"', (8, 8), "`how` must be one of"),
        ('note = "link"', 'note = "item"', (1, 1), "a note of kind `item`, not `link`"),
        ('note = "link"\n', "", (1, 1), "`note` is missing"),
        ("serial = 3", "serial = ", (7, 10), "Invalid value"),
        ('clone = "a1b2c3d4"\n', 'clone = "a1b2', (17, 1), "Unterminated string"),
        ("epoch = 1", "epoch = " + "9" * 5000, (1, 1), "digits"),
        ("epoch = 1", "<<<<<<< ours", (15, 1), "Invalid"),
        ('moved = "', 'spec = "', (3, 32), "Cannot overwrite a value"),
        ("serial = 3", "x = " + "[" * 20 + "]" * 20 + "\nserial = 3", (1, 1), "nested too deeply"),
        ("serial = 3", "x = " + "[" * 5000, (1, 1), ""),
        ("serial = 3", "x" + ".x" * 20 + " = 1\nserial = 3", (1, 1), "nested too deeply"),
    ],
)
def test_damage_to_a_link_is_told_with_its_place(
    old: str, new: str, place: tuple[int, int], message: str
) -> None:
    damage = parse_link(LINK_TEXT.replace(old, new).encode())
    assert isinstance(damage, Damage)
    assert ((damage.line, damage.column), message in damage.message) == (place, True), str(damage)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('status: in-progress"', 'status of: in-progress"', 10),
        ('"priority @2026-01-02T03:04:05Z#3"', '"priority @soon"', 19),
        ('"priority @2026-01-02T03:04:05Z#3"', "3", 18),
        ("title @2026", "title: @2026", 16),
        ("#2 from", "#x from", 24),
        ("#2 from", "#2 form", 24),
        ("#2 from b6589fc6ab0dc82c", "#2 from", 24),
        ("from b6589fc6ab0dc82c", "from @x", 24),
        ("#1 by octocat", "#1 by octocat by octodog", 23),
        ('"2026-01-02T03:04:05Z#1 by octocat"', "7", 22),
    ],
)
def test_damage_to_an_item_is_told_with_its_line(old: str, new: str, line: int) -> None:
    assert old in ITEM_TEXT
    damage = parse_item(ITEM_TEXT.replace(old, new).encode())
    assert isinstance(damage, Damage)
    assert damage.line == line, str(damage)


@pytest.mark.parametrize("end", ["heard = [\n", 'heard = [\n    "x y",\n', "[seen]\n[seen]\n", 'id = "1"\n'])
def test_a_short_document_is_as_strictly_toml_as_any(end: str) -> None:
    sound = 'note = "item"\ntracker = "github"\nhost = "github.com"\nid = "1"\n'
    assert isinstance(parse_item(sound.encode()), ItemNote)
    assert isinstance(parse_item((sound + end).encode()), Damage)


def test_bytes_that_are_no_text_are_told_with_their_place() -> None:
    assert parse_item(b'note = "item"\nid = "\xff"\n') == Damage(2, 7, "not UTF-8")


def test_a_damaged_document_gives_way_to_a_sound_one() -> None:
    sound, torn = ITEM_TEXT.encode(), ITEM_TEXT.encode()[:-20]
    assert join(sound, torn, sound) == sound == join(sound, sound, torn)
    assert join(sound, torn, torn + b"x") == torn + b"x"


@pytest.mark.parametrize(
    ("stands", "falls"),
    [
        (replace(LINK, serial=4, how="unlinked", item=""), LINK),
        (LINK, Link(LINK.target, 3, "claimed", claim=replace(CLAIM, epoch=9))),
        (
            Link(LINK.target, 3, "claimed", claim=replace(CLAIM, epoch=2, uuid="z")),
            Link(LINK.target, 3, "claimed", claim=CLAIM),
        ),
        (
            Link(LINK.target, 3, "claimed", claim=replace(CLAIM, uuid="5")),
            Link(LINK.target, 3, "claimed", claim=CLAIM),
        ),
        (replace(LINK, item="9"), replace(LINK, item="10", claim=replace(CLAIM, epoch=5))),
        (replace(LINK, item="I_a"), replace(LINK, item="I_b")),
    ],
)
def test_which_of_two_links_stands(stands: Link, falls: Link) -> None:
    one, other = LinkNote("specs/a", {"github": stands}), LinkNote("specs/a", {"github": falls})
    assert join_link(one, other) == one == join_link(other, one)


def test_of_two_sightings_the_later_counts_and_an_edit_of_ours_before_a_bystanders_guess() -> None:
    early, late = (
        Sighting("open", NOW, 9, EDIT),
        Sighting("closed/completed", "2026-01-02T03:04:06Z", 1, "@x#1"),
    )
    guess = Sighting("open", NOW, 9, tracker_origin(NOW, 9))
    one, other, third = (replace(ITEM, seen={"status": seen}) for seen in (early, late, guess))
    assert join_item(one, other).seen["status"] == late
    assert join_item(one, third).seen["status"] == early == join_item(third, one).seen["status"]


def test_a_transferred_items_key_goes_with_the_latest_sighting() -> None:
    later = Sighting("open", "2026-02-01T00:00:00Z", 3, "@2026-02-01T00:00:00Z#3")
    moved = replace(
        ITEM, key="7", url="https://github.com/octocat/other/issues/7", seen={**ITEM.seen, "status": later}
    )
    assert join_item(ITEM, moved) == moved
