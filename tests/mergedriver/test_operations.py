"""Every operation of git that merges: the driver is called by each, and each has its own idea of ours."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.mergedriver.scenes import PATH, SPEC, branches, edit, merge, run
from tests.mergedriver.test_rules import ADA, BEGUN, FIRST, LATER, STATUS, TAG, THIRD, V2, take

OURS, THEIRS = edit(SPEC, ADA, FIRST), edit(SPEC, STATUS, LATER, TAG, THIRD)
BOTH = edit(SPEC, ADA, FIRST, STATUS, LATER, TAG, THIRD)
BOTH = BOTH.replace("🗓️ Planned", "✅ Complete").replace("**Tags**: api, cli", "**Tags**: api, cli, web")


def test_merge(driven: Repo) -> None:
    assert merge(driven, SPEC, OURS, THEIRS).text == BOTH


def test_rebase(driven: Repo) -> None:
    branches(driven, SPEC, OURS, THEIRS)
    driven.git("checkout", "-q", "side")
    done = run(driven, "rebase", "main")
    assert done.clean, done.said
    assert done.text == BOTH


def test_cherry_pick(driven: Repo) -> None:
    branches(driven, SPEC, OURS, THEIRS)
    done = run(driven, "cherry-pick", "side")
    assert done.clean, done.said
    assert done.text == BOTH


def test_a_revert_of_a_status_reverts_it(driven: Repo) -> None:
    """Its base is the commit that is reverted: values move backwards, stamps too."""
    driven.commit({PATH: SPEC}, "base")
    driven.commit({PATH: edit(SPEC, STATUS, LATER)}, "complete", 10)
    driven.commit({PATH: edit(SPEC, STATUS, LATER, TAG, FIRST)}, "and on", 20)
    done = run(driven, "revert", "--no-edit", "HEAD~1")
    assert done.clean, done.said
    assert done.data["status"] == "planned"
    assert done.data["updated_at"] == "2025-11-03T08:00:00.000Z"
    assert done.data["tags"] == ["api", "cli", "web"]
    assert "The first" in done.text


def test_stash_pop(driven: Repo) -> None:
    driven.commit({PATH: SPEC}, "base")
    driven.write(PATH, THEIRS)
    driven.git("stash")
    driven.commit({PATH: OURS}, "ours", 10)
    done = run(driven, "stash", "pop")
    assert done.code == 0, done.said
    assert done.text == BOTH


def test_checkout_with_local_changes(driven: Repo) -> None:
    branches(driven, SPEC, OURS, THEIRS)
    driven.git("checkout", "-q", "side~1")
    driven.write(PATH, OURS)
    done = run(driven, "checkout", "-m", "side")
    assert "<<<<<<<" not in done.text
    assert done.data["status"] == "complete"
    assert done.data["assignee"] == "bob"


def test_patches(driven: Repo) -> None:
    branches(driven, SPEC, OURS, THEIRS)
    patch = driven.git("format-patch", "--stdout", "main~1..side") + "\n"
    driven.write("../a.patch", patch)
    done = run(driven, "am", "-3", "../a.patch")
    assert done.clean, done.said
    assert done.text == BOTH


def test_a_rename_and_an_edit(driven: Repo) -> None:
    branches(driven, SPEC, OURS, THEIRS)
    new = "specs/002-another/README.md"
    driven.write(new, "")
    driven.git("mv", "-f", PATH, new)
    driven.git("commit", "-qm", "rename")
    done = run(driven, "merge", "--no-edit", "side", path=new)
    assert done.clean, done.said
    assert done.text == BOTH


def test_a_linked_worktree(driven: Repo) -> None:
    branches(driven, SPEC, OURS, THEIRS)
    driven.git("worktree", "add", "-q", "../linked", "-b", "linked", "main")
    done = run(Repo(driven.path.parent / "linked"), "merge", "--no-edit", "side")
    assert done.clean, done.said
    assert done.text == BOTH


def test_autocrlf(driven: Repo) -> None:
    driven.git("config", "core.autocrlf", "true")
    done = merge(driven, SPEC, OURS, THEIRS)
    assert done.clean, done.said
    assert done.text == BOTH.replace("\n", "\r\n")
    assert driven.git("show", f"HEAD:{PATH}") + "\n" == BOTH


def test_a_criss_cross_whose_base_conflicts(driven: Repo) -> None:
    """git merges the two bases by the driver too, into a base with markers: then the text merge has it."""
    branches(driven, SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    main, side = driven.git("rev-parse", "main"), driven.git("rev-parse", "side")
    for branch, other, text in (("main", side, edit(SPEC, STATUS)), ("side", main, edit(SPEC, BEGUN, V2))):
        driven.git("checkout", "-q", branch)
        run(driven, "merge", "--no-edit", other)
        driven.commit({PATH: text}, f"settled on {branch}", 30)
    driven.git("checkout", "-q", "main")
    done = run(driven, "merge", "--no-edit", "side")
    assert done.unmerged
    assert "base has conflict markers" in done.said
    assert take(done, ours=True).data["status"] == "complete"
    assert "status: in-progress" in done.text
    assert "milestone: v2" in done.text


def test_a_criss_cross_whose_base_merges(driven: Repo) -> None:
    branches(driven, SPEC, OURS, THEIRS)
    main, side = driven.git("rev-parse", "main"), driven.git("rev-parse", "side")
    for branch, other in (("main", side), ("side", main)):
        driven.git("checkout", "-q", branch)
        assert run(driven, "merge", "--no-edit", other).clean
    driven.commit({PATH: edit(BOTH, V2)}, "on", 40)
    driven.git("checkout", "-q", "main")
    driven.commit({PATH: edit(BOTH, ("medium # of", "high # of"))}, "on", 50)
    done = run(driven, "merge", "--no-edit", "side")
    assert done.clean, done.said
    assert done.data["milestone"] == "v2"
    assert done.data["priority"] == "high"


def test_rerere_replays_what_a_person_settled(driven: Repo) -> None:
    driven.git("config", "rerere.enabled", "true")
    done = merge(driven, SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    settled = take(done, ours=False).text
    driven.write(PATH, settled)
    driven.git("add", PATH)
    driven.git("commit", "-qm", "settled")
    driven.git("reset", "-q", "--hard", "HEAD~1")
    again = run(driven, "merge", "--no-edit", "side")
    assert "previous resolution" in again.said
    assert again.text == settled


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_a_conflict_made_anew(driven: Repo, style: str) -> None:
    """`git checkout --conflict` runs the driver, but tells it no style: the configured one stays."""
    done = merge(driven, SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    again = run(driven, "checkout", f"--conflict={style}", "--", PATH)
    assert again.code == 0, again.said
    assert again.text == done.text
    driven.git("config", "merge.conflictStyle", "diff3")
    assert "||||||| base\nstatus: planned\n" in run(driven, "checkout", "-m", "--", PATH).text


def test_mergetool_sees_the_three_sides(driven: Repo) -> None:
    merge(driven, SPEC, edit(SPEC, STATUS), edit(SPEC, BEGUN))
    driven.git("config", "mergetool.take.cmd", 'cp "$REMOTE" "$MERGED"')
    driven.git("config", "mergetool.take.trustExitCode", "true")
    done = run(driven, "mergetool", "-y", "--tool=take", "--", PATH)
    assert done.code == 0, done.said
    assert done.text == edit(SPEC, BEGUN)
    assert not done.unmerged


def test_the_merge_without_a_worktree(driven: Repo) -> None:
    branches(driven, SPEC, OURS, THEIRS)
    tree = driven.git("merge-tree", "--write-tree", "main", "side").split()[0]
    assert driven.git("show", f"{tree}:{PATH}") + "\n" == BOTH


def test_the_config_is_merged_too(driven: Repo) -> None:
    base = "github:\n  repo: acme/backend\n  mapping:\n    - pattern: specs/**\n"
    path = ".lspec/integrations.yml"
    one, other = f"{base}    - spec: specs/001-a\n", f"{base}    # by hand\n    - spec: specs/002-b\n"
    done = merge(driven, base, one, other, path=path)
    assert done.clean, done.said
    assert done.text == f"{base}    # by hand\n    - spec: specs/002-b\n    - spec: specs/001-a\n"
