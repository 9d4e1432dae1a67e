"""Every status line that real specs have under their titles: it follows a pull, and nothing else moves.

The styles are those of LeanSpec's writers and of people: emojis, labels, remarks, orders, a second line.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lspec_git.core.frontmatter import edit, notices, pulled, values
from tests.core.test_frontmatter import read

NOW = "2026-11-22T08:00:00.000Z"
CHANGES = {"status": "complete", "priority": "low", "tags:new": "new", "assignee": "ada"}
KEYS = """\
---
status: in-progress   # a note
created: '2026-01-02'
priority: high
tags:
  - a
  - b
assignee: marvin
---

"""
EDITED = (
    KEYS.replace("in-progress", "complete")
    .replace("high", "low")
    .replace("  - b\n", "  - b\n  - new\n")
    .replace("marvin", "ada")
)
PULLED = EDITED.replace("ada\n", "ada\ncompleted_at: '2026-11-22T08:00:00.000Z'\n")
BODY = """

Text.

> **Status**: in-progress · **Priority**: high

**Status**: ⏳ In progress

```markdown
> **Status**: ⏳ In progress · **Priority**: High
```
"""
FOLLOW = {
    # What LeanSpec's writers left, through the times.
    "> **Status**: ⏳ In progress · **Priority**: High · **Created**: 2026-01-02 · **Tags**: a, b": (
        "> **Status**: ✅ Complete · **Priority**: Low · **Created**: 2026-01-02 · **Tags**: a, b, new"
    ),
    "> **Status**: 🔨 In progress · **Created**: x": "> **Status**: ✅ Complete · **Created**: x",
    "> **Status**: in-progress · **Priority**: high · **Created**: {date}": (
        "> **Status**: complete · **Priority**: low · **Created**: {date}"
    ),
    "> **Status**: planned · **Priority**: High  ": "> **Status**: complete · **Priority**: Low  ",
    "> **Status**: ⏳ In progress · **Tags**: a\n> **Assignee**: marvin · **Reviewer**: TBD": (
        "> **Status**: ✅ Complete · **Tags**: a, b, new\n> **Assignee**: ada · **Reviewer**: TBD"
    ),
    "> **Status**: ⏳ In progress · **Priority**: High  \n> **Assignee**: TBD · **Reviewer**: Bo  ": (
        "> **Status**: ✅ Complete · **Priority**: Low  \n> **Assignee**: ada · **Reviewer**: Bo  "
    ),
    # People's own.
    "> **Status**: ⏳ In-progress · **Created**: 2026-01-02 · **Priority**: High · **Tags**: a": (
        "> **Status**: ✅ Complete · **Created**: 2026-01-02 · **Priority**: Low · **Tags**: a, b, new"
    ),
    "> **Status**: 🚧 In Progress · **Priority**: High": "> **Status**: ✅ Complete · **Priority**: Low",
    "> **Status**: 🔄 In progress": "> **Status**: ✅ Complete",
    "> **Status**: ⚡ In progress": "> **Status**: ✅ Complete",
    "> **Status**: 🟡 Planned": "> **Status**: ✅ Complete",
    "> **Status**: 📋 Planned": "> **Status**: ✅ Complete",
    "> **Status**: 📅 Draft": "> **Status**: ✅ Complete",
    "> **Status**: Planned · **Priority**: Medium  \n> **Dependencies**: Spec 237 (complete)": (
        "> **Status**: Complete · **Priority**: Low  \n> **Dependencies**: Spec 237 (complete)"
    ),
    "> **Status**: planned · **Depends on**: 001-a (planned)\n>": (
        "> **Status**: complete · **Depends on**: 001-a (planned)\n>"
    ),
    "> **Status**: ⏳ In progress (Phase 1 ✅ Complete) · **Priority**: High": (
        "> **Status**: ✅ Complete (Phase 1 ✅ Complete) · **Priority**: Low"
    ),
    "> **Status**: ✅ COMPLETE (Skill content creation) · **Created**: x": (
        "> **Status**: ✅ COMPLETE (Skill content creation) · **Created**: x"
    ),
    "> **Status**: active | **Priority**: urgent": "> **Status**: complete | **Priority**: low",
    "> **Status:** In progress": "> **Status:** Complete",
    # Stale ones: they say what the frontmatter says, once it has changed.
    "> **Status**: 📦 Archived · **Priority**: Critical": "> **Status**: ✅ Complete · **Priority**: Low",
    "> **Status**: 🗓️ Archived": "> **Status**: ✅ Complete",
    # Damaged ones.
    "> **Status**: \ufffd Planned · **Priority**: High": "> **Status**: ✅ Complete · **Priority**: Low",
    "> **Status**: ðŸ“… Planned Â· **Priority**: High Â· **Created**: x": (
        "> **Status**: ✅ Complete Â· **Priority**: Low Â· **Created**: x"
    ),
}
"""A line (or two) under the title, and what it says after `CHANGES` were pulled."""
STAY = (
    "**Status**: ⏳ In progress  ",
    "**Status**: Phase 1 Complete ✅",
    "- **Status**: in-progress",
    "- **Status: Not started**",
    "Text first.\n\n> **Status**: ⏳ In progress",
    "```\n> **Status**: ⏳ In progress\n```",
    "    > **Status**: ⏳ In progress",
    "> Quoted.\n\n> **Status**: ⏳ In progress",
    "> **Priority**: High · **Created**: 2026-01-02",
    "## **Status**: In progress",
    "",
)
"""What only looks like one, and stays as it is."""
FORMS: tuple[Callable[[str], bytes], ...] = (
    str.encode,
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.encode("utf-8-sig"),
    lambda text: text.rstrip().encode(),
)


@pytest.mark.parametrize(("old", "new"), [*FOLLOW.items(), *((line, line) for line in STAY)])
def test_a_line_follows_and_nothing_else_moves(old: str, new: str) -> None:
    for form in FORMS:
        before, after = form(f"{KEYS}# T\n\n{old}{BODY}"), form(f"{PULLED}# T\n\n{new}{BODY}")
        found = values(read(before), "x")
        assert (found["status"], found["priority"], found["assignee"]) == ("in-progress", "high", "marvin")
        assert pulled(read(before), CHANGES, NOW).decode() == after.decode()
        expected = {**found, **CHANGES}
        assert values(read(after), "x") == expected
        assert pulled(read(after), expected, NOW) == edit(read(after), expected) == after
        assert [notice for notice in notices(read(after)) if "this line says" in notice.message] == []


@pytest.mark.parametrize("line", [*FOLLOW, *STAY])
def test_an_edit_leaves_the_line_alone_and_can_be_taken_back(line: str) -> None:
    for form in FORMS:
        before, after = form(f"{KEYS}# T\n\n{line}{BODY}"), form(f"{EDITED}# T\n\n{line}{BODY}")
        found = values(read(before), "x")
        assert edit(read(before), found) == before
        assert edit(read(before), CHANGES) == after
        assert edit(read(after), {**found, "tags:new": None}) == before
