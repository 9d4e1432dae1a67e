"""What git is in the middle of in a worktree: told by the files that it keeps meanwhile, as git itself tells.

For hooks, which have milliseconds: imports nothing but `os`.
"""

from __future__ import annotations

import os

MARKS = (
    "rebase-merge",
    "rebase-apply",  # `git am`, too
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "sequencer",
    "BISECT_LOG",
)


def in_progress(git_dir: str) -> str:
    """The mark of a rebase, merge, pick, revert or bisect that has not ended; empty where there is none.

    The hooks of the last step run before git takes its mark away (2.39 to 2.55): post-rewrite sees
    `rebase-merge`, post-merge MERGE_HEAD, and post-commit CHERRY_PICK_HEAD.
    """
    return next((mark for mark in MARKS if os.path.lexists(os.path.join(git_dir, mark))), "")  # noqa: PTH118


def more_to_come(git_dir: str) -> bool:
    """Whether git goes on to make more commits by itself, so that a hook of the last one will be called.

    A rebase takes a step off its list before it makes it, cherry-pick and revert of several afterwards.
    """
    rebase = _steps(os.path.join(git_dir, "rebase-merge", "git-rebase-todo"))  # noqa: PTH118
    picks = _steps(os.path.join(git_dir, "sequencer", "todo"))  # noqa: PTH118
    applied, last = (_number(os.path.join(git_dir, "rebase-apply", name)) for name in ("next", "last"))  # noqa: PTH118
    return rebase > 0 or picks > 1 or 0 < applied <= last


def _steps(path: str) -> int:
    return sum(1 for line in _read(path).splitlines() if line.strip() and not line.startswith(b"#"))


def _number(path: str) -> int:
    text = _read(path).strip()
    return int(text) if text.isdigit() else 0


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs a hook more than its work
            return file.read()
    except OSError:
        return b""
