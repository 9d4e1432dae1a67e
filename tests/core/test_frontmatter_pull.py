"""A field pulled from a tracker: the edit, and LeanSpec's own side effects in the file's own style."""

from __future__ import annotations

from pathlib import Path

import pytest

from lspec_git.core.frontmatter import link_of, pulled, restate
from lspec_git.errors import LspecError
from tests.core.test_frontmatter import read, spec

NOW = "2026-11-22T08:00:00.123Z"
FULL = """---
status: planned
created: 2026-01-02
priority: medium
tags:
- a
created_at: 2026-01-02T03:04:05.123456789Z
updated_at: 2026-01-02T03:04:05.123456789Z
transitions:
- status: planned
  at: 2026-01-02T03:04:05.123456Z
---
# T

> **Status**: 🗓️ Planned · **Priority**: Medium · **Created**: 2026-01-02 · **Tags**: a\x20\x20
> **Assignee**: TBD · **Reviewer**: TBD

`> **Status**: planned`
"""


def test_a_pulled_status_brings_what_leanspec_writes() -> None:
    after = pulled(read(FULL), {"status": "complete", "tags:b": "B", "assignee": "ada"}, NOW).decode()
    assert after == (
        FULL.replace("status: planned\nc", "status: complete\nc")
        .replace("- a\n", "- a\n- B\nassignee: ada\n")
        .replace(
            "updated_at: 2026-01-02T03:04:05.123456789Z\n",
            "updated_at: 2026-11-22T08:00:00.123000000Z\ncompleted_at: 2026-11-22T08:00:00.123000000Z\n",
        )
        .replace("123456Z\n---", "123456Z\n- status: complete\n  at: 2026-11-22T08:00:00.123000Z\n---")
        .replace("🗓️ Planned", "✅ Complete")
        .replace("**: a  ", "**: a, B  ")
        .replace("**Assignee**: TBD", "**Assignee**: ada")
    )


def test_another_pulled_field_only_stamps() -> None:
    after = pulled(read(FULL), {"priority": None}, NOW).decode()
    assert after == FULL.replace("priority: medium\n", "").replace(" · **Priority**: Medium", "").replace(
        "updated_at: 2026-01-02T03:04:05.123456789Z", "updated_at: 2026-11-22T08:00:00.123000000Z"
    )


def test_a_pull_without_a_change_changes_nothing() -> None:
    assert pulled(read(FULL), {"status": "planned", "tags:a": "a", "due": None}, NOW).decode() == FULL
    stale = FULL.replace("🗓️ Planned", "✅ Complete")
    assert pulled(read(stale), {"status": "planned"}, NOW).decode() == stale


def test_a_reopened_spec_keeps_its_completion() -> None:
    keys = (
        "status: complete\ncompleted: '2025-01-01'\ncompleted_at: '2025-01-01T00:00:00Z'\n"
        "updated: '2025-01-01'\n"
    )
    after = pulled(read(f"---\n{keys}---\n# T\n"), {"status": "in-progress"}, NOW).decode()
    assert after == f"---\n{keys}---\n# T\n".replace("complete\n", "in-progress\n").replace(
        "updated: '2025-01-01'", "updated: '2026-11-22'"
    )
    again = pulled(read(after), {"status": "complete"}, NOW).decode()
    assert again == after.replace("in-progress", "complete")


def test_a_first_completion_fills_an_empty_completed() -> None:
    after = pulled(
        read("---\nstatus: planned\ncreated: 2026-01-02\ncompleted:\n---\n"), {"status": "complete"}, NOW
    )
    assert after.decode() == (
        "---\nstatus: complete\ncreated: 2026-01-02\ncompleted: 2026-11-22\n"
        "completed_at: 2026-11-22T08:00:00.123Z\n---\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2026-01-02T03:04:05Z", "2026-11-22T08:00:00Z"),
        ("2026-01-02T03:04:05.1+08:00", "2026-11-22T08:00:00.1Z"),
        ("2026-01-02T03:04:05+00:00", "2026-11-22T08:00:00+00:00"),
        ("2026-01-02", "2026-11-22"),
        ("'2026-01-02T03:04:05.123Z'", "'2026-11-22T08:00:00.123Z'"),
        ("some day", "2026-11-22T08:00:00.123Z"),
    ],
)
def test_a_stamp_is_as_precise_as_the_one_before(old: str, new: str) -> None:
    before = f"---\nstatus: planned\nupdated_at: {old}\n---\n# T\n"
    assert pulled(read(before), {"status": "draft"}, NOW).decode() == before.replace(
        "planned", "draft"
    ).replace(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("transitions: []\n", "transitions: [{status: draft, at: '2026-11-22T08:00:00.123Z'}]\n"),
        (
            "transitions:\n  - at: '2026-01-02T03:04:05Z'\n    status: 'x'\n    by: me\n",
            "transitions:\n  - at: '2026-01-02T03:04:05Z'\n    status: 'x'\n    by: me\n"
            "  - at: '2026-11-22T08:00:00Z'\n    status: 'draft'\n",
        ),
        (
            "transitions:\r\n- {status: x, at: '2026-01-02T03:04:05Z'}\r\n",
            "transitions:\r\n- {status: x, at: '2026-01-02T03:04:05Z'}\r\n"
            "- {status: draft, at: '2026-11-22T08:00:00Z'}\r\n",
        ),
        (
            "transitions:\n-\n    status: x\n    at: 2026-01-02T03:04:05Z\n",
            "transitions:\n-\n    status: x\n    at: 2026-01-02T03:04:05Z\n"
            "- status: draft\n  at: 2026-11-22T08:00:00Z\n",
        ),
        ("transitions:\n", "transitions:\n"),
        ("transitions: none\n", "transitions: none\n"),
    ],
)
def test_a_transition_is_appended_in_the_lists_style(old: str, new: str) -> None:
    after = pulled(read(spec(old)), {"status": "draft"}, NOW).decode()
    assert after == spec(new).replace("status: planned", "status: draft")


@pytest.mark.parametrize(
    ("old", "status", "new"),
    [
        ("📅 Planned", "in-progress", "🔨 In progress"),
        ("🔨 In progress", "complete", "✅ Complete"),
        ("🗓️ Planned", "in-progress", "⏳ In progress"),
        ("🗓 Planned", "in-progress", "⏳ In progress"),
        ("⏳ In-progress", "archived", "📦 Archived"),
        ("📋 Planned", "in-progress", "🚧 In Progress"),
        ("planned", "in-progress", "in-progress"),
        ("Planned", "in-progress", "In progress"),
        ("✅ COMPLETE (Skill content)", "archived", "📦 ARCHIVED (Skill content)"),
        ("⏳ In progress (Phase 1 ✅ Complete)", "complete", "✅ Complete (Phase 1 ✅ Complete)"),
        ("\ufffd Planned", "complete", "✅ Complete"),
        ("ðŸ“… Planned", "complete", "✅ Complete"),
        ("🟡 Planned", "draft", "📝 Draft"),
        ("  Planned", "draft", "  Draft"),
        ("active", "complete", "complete"),
        ("Implemented", "On hold", "On hold"),
        ("📅 Planned", "On hold", "📄 On hold"),
        ("", "complete", "Complete"),
    ],
)
def test_the_line_under_the_title_keeps_its_own_style(old: str, status: str, new: str) -> None:
    for form in (
        "> **Status**: {} · **Priority**: High  \r\n",
        ">   **Status:** {}",
        "> **Created**: x | **Status**: {} | **Tags**: a\n",
    ):
        before = spec("priority: low\n", "# T\n\n" + form.format(old))
        after = pulled(read(before), {"status": status}, NOW).decode()
        assert after.endswith("# T\n\n" + form.format(new)), after


def test_a_dropped_part_takes_one_separator_along() -> None:
    body = "# T\n> **Priority**: Low · **Tags**: a · **Status**: planned\n"
    after = pulled(
        read(spec("priority: low\ntags: [a]\n", body)), {"priority": None, "tags:a": None}, NOW
    ).decode()
    assert after == spec("tags: []\n", "# T\n> **Status**: planned\n")


def test_restate_says_what_the_frontmatter_says() -> None:
    stale = FULL.replace("🗓️ Planned", "✅ Complete").replace("**: Medium", "**: High")
    assert restate(read(stale), ("status", "priority", "tags", "assignee")).decode() == FULL


def test_too_large_a_result_is_said() -> None:
    with pytest.raises(LspecError, match="frontmatter of more than"):
        pulled(read(spec("")), {"assignee": "a" * 70_000}, NOW)


def test_the_request_edited(shared: Path) -> None:
    data = (shared / "request.md").read_bytes()
    for raw, bullet in ((data, "·"), (data.decode("cp1252").encode(), "Â·")):
        after = pulled(read(raw), {"status": "in-progress", "priority": "low", "tags:x": "x"}, NOW)
        old, new = raw.splitlines(), after.splitlines()
        assert {index for index, line in enumerate(new) if line != old[index]} == {1, 3, 4, 9}
        assert new[3].decode() == 'tags: ["integration","pm","github","jira","ado","x"]'
        assert new[9].decode().startswith("> **Status**: ")
        assert (
            new[9]
            .decode()
            .endswith(f"In progress {bullet} **Priority**: Low {bullet} **Created**: 2025-11-03")
        )
        assert link_of(read(after)) is None
