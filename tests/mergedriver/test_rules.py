"""One real `git merge` for every rule, in both directions."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.mergedriver.scenes import SPEC, Outcome, by_cli, edit, merge

STATUS = ("status: planned\ncreated", "status: complete\ncreated")
BEGUN = ("status: planned\ncreated", "status: in-progress\ncreated")
TAG = ("  - cli\n", "  - cli\n  - web\n")
UNTAG = ("  - cli\n", "")
LATER = ("updated_at: '2025-11-03", "updated_at: '2026-01-02")
LATEST = ("updated_at: '2025-11-03", "updated_at: '2026-01-03")
ADA = ("assignee: ada", "assignee: bob")
EVE = ("assignee: ada", "assignee: eve")
V2, V3 = ("milestone: v1", "milestone: v2"), ("milestone: v1", "milestone: v3")
FIRST, THIRD = ("First", "The first"), ("Third", "The third")
LOG = "    at: '2025-11-03T08:00:00.000Z'\nmile"
DONE = (LOG, LOG[:-4] + "  - status: complete\n    at: '2026-01-04T08:00:00.000Z'\nmile")
STARTED = (LOG, LOG[:-4] + "  - status: in-progress\n    at: '2026-01-03T08:00:00.000Z'\nmile")
EMOJI = ("🗓️ Planned", "✅ Complete")
RAISED = ("priority: medium #", "priority: high #")

CLEAN: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]], dict[str, object]]] = {
    "different keys": ([STATUS], [ADA], {"status": "complete", "assignee": "bob"}),
    "a key and the body": ([RAISED, FIRST], [THIRD], {"priority": "high"}),
    "sets": ([TAG], [UNTAG], {"tags": ["api", "web"]}),
    "stamps": ([LATER, STATUS], [LATEST, ADA], {"updated_at": "2026-01-03T08:00:00.000Z"}),
    "logs": (
        [DONE],
        [STARTED],
        {
            "transitions": [
                {"status": "planned", "at": "2025-11-03T08:00:00.000Z"},
                {"status": "in-progress", "at": "2026-01-03T08:00:00.000Z"},
                {"status": "complete", "at": "2026-01-04T08:00:00.000Z"},
            ]
        },
    ),
    "the same edit, spelled in two ways": (
        [(BEGUN[0], "status: in_progress\ncreated"), FIRST],
        [(BEGUN[0], "status: 'in-progress'\ncreated"), TAG],
        {"tags": ["api", "cli", "web"]},
    ),
    "unknown keys": ([V2], [ADA], {"milestone": "v2"}),
    "a removed key": ([("milestone: v1\n", "")], [ADA, STATUS], {"assignee": "bob"}),
    "an added key": ([("assignee: ada", "assignee: ada\ncompleted: '2026-01-01'"), FIRST], [STATUS], {}),
    "a reopened spec": ([("status: planned\nc", "status: draft\nc")], [TAG], {"status": "draft"}),
}


@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
@pytest.mark.parametrize("name", CLEAN)
def test_what_merges(driven: Repo, name: str, turned: bool) -> None:
    one, other, expected = CLEAN[name]
    sides = [edit(SPEC, *one), edit(SPEC, *other)]
    done = merge(driven, SPEC, *(reversed(sides) if turned else sides))
    assert done.clean, done.said
    for key, value in expected.items():
        assert done.data[key] == value
    assert ("milestone" in done.data) == (name != "a removed key")
    assert "# moved by hand\n" in done.text


@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
@pytest.mark.parametrize(
    ("one", "other", "key"),
    [(STATUS, BEGUN, "status"), (ADA, EVE, "assignee"), (V2, V3, "milestone")],
)
def test_what_conflicts_marks_the_keys_own_lines(
    driven: Repo, one: tuple[str, str], other: tuple[str, str], key: str, turned: bool
) -> None:
    sides = [edit(SPEC, one, LATER, FIRST), edit(SPEC, other, LATEST, TAG, THIRD)]
    done = merge(driven, SPEC, *(reversed(sides) if turned else sides))
    assert done.code == 1
    assert done.unmerged
    words = [one[1].partition("\n")[0], other[1].partition("\n")[0]]
    mine, theirs = reversed(words) if turned else words
    assert f"<<<<<<< ours\n{mine}\n=======\n{theirs}\n>>>>>>> theirs\n" in done.text
    assert done.text.count("<<<<<<<") == 1
    for way in (True, False):
        taken = take(done, ours=way)
        assert taken.data["updated_at"] == "2026-01-03T08:00:00.000Z"
        assert taken.data["tags"] == ["api", "cli", "web"]
        assert taken.data[key] == (mine if way else theirs).partition(": ")[2]
        assert "The first" in taken.text
        assert "The third" in taken.text


def take(done: Outcome, *, ours: bool) -> Outcome:
    """The outcome with one side of every conflict taken, by a reader of its own."""
    lines, keep = [], True
    for line in done.text.splitlines():
        if line.startswith("<<<<<<<"):
            keep = ours
        elif line.startswith("======="):
            keep = not ours
        elif line.startswith(">>>>>>>"):
            keep = True
        elif keep:
            lines.append(line)
    return Outcome(0, "\n".join(lines) + "\n", "", False)


def test_keys_side_by_side_share_a_conflict(driven: Repo) -> None:
    base = edit(SPEC, ("# moved by hand\n", ""), (" # of the board", ""))
    raised, low = ("priority: medium", "priority: high"), ("priority: medium", "priority: low")
    done = merge(driven, base, edit(base, ADA, raised), edit(base, EVE, low))
    expected = (
        "<<<<<<< ours\npriority: high\nassignee: bob\n=======\npriority: low\nassignee: eve\n>>>>>>> theirs\n"
    )
    assert expected in done.text


@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_a_key_removed_here_and_changed_there_is_a_conflict(driven: Repo, turned: bool) -> None:
    sides = [edit(SPEC, ("milestone: v1\n", ""), FIRST), edit(SPEC, V2)]
    done = merge(driven, SPEC, *(reversed(sides) if turned else sides))
    lines = ["<<<<<<< ours", "=======", "milestone: v2", ">>>>>>> theirs"]
    if turned:
        lines = ["<<<<<<< ours", "milestone: v2", "=======", ">>>>>>> theirs"]
    assert "\n".join(lines) + "\n---\n" in done.text


@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_leanspecs_own_writer_against_a_hand(driven: Repo, turned: bool) -> None:
    """It writes the whole frontmatter anew; ours' style stays, whoever ours is."""
    hand, cli = edit(SPEC, TAG, RAISED, FIRST), by_cli(SPEC)
    done = merge(driven, SPEC, *((cli, hand) if turned else (hand, cli)))
    assert done.clean, done.said
    assert done.data["status"] == "in-progress"
    assert done.data["priority"] == "high"
    assert done.data["tags"] == ["api", "cli", "web"]
    assert done.data["updated_at"] == "2026-01-05T09:00:00.123456789Z"
    assert (
        "⏳ In progress · **Priority**: High · **Created**: 2025-11-03 · **Tags**: api, cli, web" in done.text
    )
    if not turned:
        expected = edit(
            hand,
            ("status: planned\nc", "status: in-progress\nc"),
            ("updated_at: '2025-11-03T08:00:00.000Z", "updated_at: '2026-01-05T09:00:00.123456789Z"),
            (LOG, LOG[:-4] + "  - status: in-progress\n    at: '2026-01-05T09:00:00.123456789Z'\nmile"),
            ("🗓️ Planned", "⏳ In progress"),
            ("**Priority**: Medium", "**Priority**: High"),
            ("**Tags**: api, cli", "**Tags**: api, cli, web"),
            ("---\n\n# A name", "---\n# A name"),
        )
        assert done.text == expected
    else:
        assert "tags:\n- api\n- cli\n- web\n" in done.text
        assert "created: 2025-11-03\n" in done.text


@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_the_line_under_the_title_never_conflicts(driven: Repo, turned: bool) -> None:
    one = edit(SPEC, STATUS, EMOJI)
    other = edit(SPEC, TAG, ("**Tags**: api, cli", "**Tags**: api, cli, web"), RAISED)
    done = merge(driven, SPEC, *((other, one) if turned else (one, other)))
    assert done.clean, done.said
    assert (
        "> **Status**: ✅ Complete · **Priority**: High · **Created**: 2025-11-03 · **Tags**: api, cli, web\n"
        in (done.text)
    )


def test_a_body_that_conflicts_does_so_as_ever(driven: Repo) -> None:
    done = merge(driven, SPEC, edit(SPEC, ("First", "Ours"), STATUS), edit(SPEC, ("First", "Theirs"), TAG))
    assert done.code == 1
    assert "<<<<<<< ours\nOurs paragraph.\n=======\nTheirs paragraph.\n>>>>>>> theirs\n" in done.text
    assert done.data["status"] == "complete"
    assert done.data["tags"] == ["api", "cli", "web"]


def test_two_additions(driven: Repo) -> None:
    one = edit(SPEC, TAG, STATUS, EMOJI)
    other = edit(SPEC, ("milestone: v1\n", ""), BEGUN, LATER)
    done = merge(driven, None, one, other)
    assert done.code == 1
    assert "<<<<<<< ours\nstatus: complete\n=======\nstatus: in-progress\n>>>>>>> theirs\n" in done.text
    assert done.text.count("<<<<<<<") == 1
    taken = take(done, ours=True)
    assert taken.data["tags"] == ["api", "cli", "web"]
    assert taken.data["milestone"] == "v1"
    assert taken.data["updated_at"] == "2026-01-02T08:00:00.000Z"


@pytest.mark.parametrize(
    ("ours", "theirs", "newline", "final", "bom"),
    [
        (lambda t: t.replace("\n", "\r\n"), lambda t: t, "\r\n", True, False),
        (lambda t: t, lambda t: t.replace("\n", "\r\n"), "\n", True, False),
        (lambda t: t.removesuffix("\n"), lambda t: t, "\n", False, False),
        (lambda t: t, lambda t: t.removesuffix("\n"), "\n", False, False),
        (lambda t: "\ufeff" + t, lambda t: t, "\n", True, True),
        (lambda t: t, lambda t: "\ufeff" + t, "\n", True, True),
    ],
    ids=["CRLF here", "CRLF there", "no last newline here", "none there", "BOM here", "BOM there"],
)
def test_how_lines_end(driven: Repo, ours, theirs, newline: str, final: bool, bom: bool) -> None:  # type: ignore[no-untyped-def]
    one, other = ours(edit(SPEC, TAG, FIRST)), theirs(edit(SPEC, STATUS, THIRD))
    done = merge(driven, SPEC, one, other)
    assert done.clean, done.said
    assert done.text.startswith("\ufeff") == bom
    assert done.text.endswith("\n") == final
    head, body = done.text.split("# A name", 1)
    assert ("\r\n" in head) == (newline == "\r\n")
    assert head.count("\r\n") in (0, head.count("\n"))
    assert body.count("\r\n") in (0, body.count("\n"))
    assert "The first" in body
    assert "The third" in body


def test_comments_that_theirs_added_come_along(driven: Repo) -> None:
    theirs = edit(SPEC, ("milestone: v1", "# ask eve\nmilestone: v1"), STATUS)
    done = merge(driven, SPEC, edit(SPEC, TAG), theirs)
    assert "# ask eve\nmilestone: v1\n" in done.text
    assert done.text.count("# moved by hand") == 1


def test_the_marker_size_attribute_is_kept(driven: Repo) -> None:
    driven.write(".gitattributes", "specs/** merge=lspec conflict-marker-size=12\n")
    done = merge(driven, SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    mark = "<" * 12
    assert (
        f"\n{mark} ours\nstatus: complete\n{'=' * 12}\nstatus: in-progress\n{'>' * 12} theirs\n" in done.text
    )


@pytest.mark.parametrize("style", ["diff3", "zdiff3"])
def test_the_conflict_style_is_kept(driven: Repo, style: str) -> None:
    driven.git("config", "merge.conflictStyle", style)
    one, other = edit(SPEC, STATUS, ("First", "Ours")), edit(SPEC, BEGUN, ("First", "Theirs"))
    done = merge(driven, SPEC, one, other)
    assert "complete\n||||||| base\nstatus: planned\n=======\nstatus: in-progress\n" in done.text
    assert "Ours paragraph.\n||||||| base\nFirst paragraph.\n=======\nTheirs paragraph.\n" in done.text
