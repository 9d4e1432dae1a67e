"""`args: [--fix]` under a framework, which lays unstaged edits aside before the hook and brings them back."""

from __future__ import annotations

import pytest

from tests.frameworks.framed import CONFIG, Framed
from tests.hooks.stage import ALPHA

LINE = "\n> **Status**: 🗓️ Planned\n"


@pytest.fixture
def mending(framed: Framed) -> Framed:
    """A spec with a derived line, whose status is staged anew, and a config that asks for mending."""
    text = framed.config_text().replace(
        "      - id: lspec-check\n", "      - {id: lspec-check, args: [--fix]}\n"
    )
    framed.repo.write(CONFIG, text)
    framed.world.change(ALPHA, "\nSecret", f"{LINE}\nSecret")
    framed.repo.git("add", "-A")
    framed.unseen("commit", "-qm", "mending")
    framed.edit(ALPHA, "complete")
    framed.repo.git("add", "-A")
    return framed


def test_it_fails_once_and_goes_through_when_it_is_added(mending: Framed) -> None:
    said = mending.said("commit", "-m", "edit", code=1)
    assert "specs/001-alpha/README.md: mended; git add it, and commit again" in said
    assert "> **Status**: ✅ Complete" in mending.world.path(ALPHA).read_text()
    mending.git("commit", "-qam", "edit")
    assert mending.status(ALPHA) == "complete"


def test_unstaged_edits_of_the_same_lines_come_back_as_they_were(mending: Framed) -> None:
    """The framework takes the mending back where both do not fit; with that in the index it could not."""
    mending.world.change(ALPHA, "🗓️ Planned", "🗓️ Planned · **Owner**: Ada")
    before = (mending.files(), mending.repo.git("diff"), mending.repo.git("diff", "--cached"))
    mending.said("commit", "-m", "edit", code=1)
    assert (mending.files(), mending.repo.git("diff"), mending.repo.git("diff", "--cached")) == before
