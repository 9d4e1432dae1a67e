"""A card that a person moved decides what two branches disagree on; our own push does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lspec_git.core.documents import ItemNote, Link, Sighting, tracker_origin
from lspec_git.core.spec import SpecId
from lspec_git.git.notes import Notes
from lspec_git.git.plumbing import Plumbing
from lspec_git.git.repository import discover
from lspec_git.ledger import ItemAt, Ledger
from tests.conftest import Repo
from tests.mergedriver.scenes import SPEC, edit, merge, run
from tests.mergedriver.test_rules import ADA, BEGUN, EVE, STATUS

CONFIG = (
    "github:\n  repo: acme/backend\n  mapping:\n    - pattern: specs/**\npeople:\n  bob: {github: bobby}\n"
)
SPEC_ID = SpecId("specs", "001-a-name")
WHEN = "2026-01-05T10:00:00Z"


def moved(word: str | None, by: str = "alice") -> Sighting:
    return Sighting(word, WHEN, 0, tracker_origin(WHEN, 0), by)


def pushed(word: str) -> Sighting:
    return Sighting(word, WHEN, 0, "0123456789abcdef")


def linked(repo: Repo, **seen: Sighting) -> None:
    """The config, and the notes of a spec linked to item 12."""
    repo.commit({".lspec/integrations.yml": CONFIG}, "config")
    found = discover(repo.path)
    objects = Plumbing(found)
    ledger = Ledger(Notes(objects, found))
    ledger.put_link(SPEC_ID, "github", Link("github.com/acme/backend", 0, "linked", "901", "12"))
    at = ItemAt("github", "github.com", "901")
    ledger.put_item(at, ItemNote("github", "github.com", "901", "12", str(SPEC_ID), "", dict(seen)))
    ledger.flush("seen")
    objects.close()


@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
@pytest.mark.parametrize(
    ("word", "status"), [("closed/completed", "complete"), ("open + status:in-progress", "in-progress")]
)
def test_the_card_decides(driven: Repo, word: str, status: str, turned: bool) -> None:
    linked(driven, status=moved(word))
    sides = [edit(SPEC, STATUS), edit(SPEC, BEGUN)]
    done = merge(driven, SPEC, *(reversed(sides) if turned else sides))
    assert done.clean, done.said
    assert done.data["status"] == status
    values = ["complete", "in-progress"]
    mine, theirs = reversed(values) if turned else values
    assert (
        f"specs/001-a-name: status: {mine} (ours) and {theirs} (theirs): "
        f"{status}, as on github acme/backend#12 since {WHEN} by alice\n"
    ) in done.said
    assert ("✅ Complete" if status == "complete" else "⏳ In progress") in done.text


def test_people_have_the_names_of_the_tracker(driven: Repo) -> None:
    linked(driven, assignee=moved("bobby"))
    done = merge(driven, SPEC, edit(SPEC, EVE), edit(SPEC, ADA))
    assert done.clean, done.said
    assert done.data["assignee"] == "bob"


@pytest.mark.parametrize(
    "seen",
    [
        {"status": pushed("closed/completed")},
        {"status": moved("closed/not_planned")},
        {"status": moved(None)},
        {"priority": moved("priority:high")},
        {},
    ],
    ids=["our own push", "a third value", "none", "another field", "nothing seen"],
)
def test_else_it_is_a_conflict(driven: Repo, seen: dict[str, Sighting]) -> None:
    linked(driven, **seen)
    done = merge(driven, SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    assert done.unmerged
    assert "specs/001-a-name: status: changed on both sides" in done.said


SEVERAL = """\
specs: [other, specs]
github:
  - repo: acme/other
    status: {complete: open}
    mapping:
      - pattern: other/**
  - repo: acme/backend
    mapping:
      - pattern: specs/**
"""


def test_several_roots_and_projects(driven: Repo) -> None:
    """The words are those of the project that the spec is linked to."""
    linked(driven, status=moved("closed/completed"))
    driven.commit({".lspec/integrations.yml": SEVERAL}, "several", 5)
    done = merge(driven, SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    assert done.clean, done.said
    assert "complete, as on github acme/backend#12" in done.said


def test_a_state_that_both_values_share_decides_nothing(driven: Repo) -> None:
    linked(driven, status=moved("open"))
    base = edit(SPEC, STATUS)
    one, other = edit(base, ("complete\nc", "draft\nc")), edit(base, ("complete\nc", "planned\nc"))
    assert merge(driven, base, one, other).unmerged


def test_no_config_or_a_broken_one(driven: Repo) -> None:
    """Nothing decides: it is a conflict, marked in the key's own lines."""
    linked(driven, status=moved("closed/completed"))
    (driven.path / ".lspec" / "integrations.yml").unlink()
    done = merge(driven, SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    assert "status: changed on both sides" in done.said
    driven.git("merge", "--abort")
    driven.commit({".lspec/integrations.yml": "github: [\n"}, "broken", 60)
    driven.git("reset", "-q", "--hard")
    again = run(driven, "merge", "side")
    assert again.unmerged
    assert "status: changed on both sides" in again.said


def test_it_is_decided_offline_and_without_the_heavy_parts(driven: Repo) -> None:
    linked(driven, status=moved("closed/completed"))
    program = (
        "import sys\nfrom lspec_git.lastseen import decides\n"
        "print(decides('specs/001-a-name/README.md', 'status', 'complete', 'in-progress'))\n"
        "print(sorted({'pygit2', 'requests', 'click', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=driven.path, capture_output=True, check=True, text=True
    )
    assert done.stdout.splitlines()[0].startswith("('complete', 'as on github acme/backend#12 since")
    assert done.stdout.splitlines()[1] == "[]"
