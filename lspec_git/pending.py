"""Whether there may be anything to publish: what the last complete run left behind, against HEAD.

For hooks, so it costs one git; over-inclusive, since a run decides exactly. Knows no config and no notes.
"""

from __future__ import annotations

import os

from lspec_git.core.words import PLACES
from lspec_git.git import quick

SPEC_FILES = (":(top,glob)**/[0-9]*-*/*.md", ":(top).lspec", ":(top).lean-spec")
"""Whatever could be a spec or a config, wherever the config says that specs are."""


def pending(own: str, shared: str) -> bool:
    """Whether HEAD may hold what no complete run of this worktree has seen.

    `own` and `shared` are our folders in the git folders of the worktree and of the repository. Asks git for
    the repository of the current folder. Raises OSError where git cannot be started.
    """
    last = settled_head(own)
    if not last or _size(os.path.join(shared, "journal")):  # noqa: PTH118 - pathlib costs a hook too much
        return True
    # 0: nothing differs; 1: something; 128: that commit is not here any more, so nobody knows.
    return quick.run(["diff-tree", "-r", "--quiet", last, "HEAD", "--", *SPEC_FILES])[0] != 0


def settled_head(own: str) -> str:
    """The commit that the last complete run was about; empty where there was none."""
    try:
        with open(os.path.join(own, "settled.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            text = file.read()
    except (OSError, ValueError):
        return ""
    # Cut out as a hook in sh does it: `records` writes it in this very form, and `json` costs 8 ms.
    found = text.partition('"head":"')[2].partition('"')[0]
    return found if found.isalnum() else ""


def configured() -> bool:
    """Whether this repository has a config of ours, here or at HEAD (a sparse checkout may leave it out)."""
    if any(os.path.exists(place) for place in PLACES):  # noqa: PTH110
        return True
    return bool(quick.run(["ls-tree", "--full-tree", "--name-only", "HEAD", "--", *PLACES])[1])


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)  # noqa: PTH202
    except OSError:
        return 0
