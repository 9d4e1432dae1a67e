"""`git lspec doctor`: each thing that can be wrong, seen wrong, named, and mended by what is printed."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from lspec_git.core.documents import ItemNote, Lease, LinkNote, parse_any
from lspec_git.core.spec import SpecId
from lspec_git.engine.claims import link_for
from lspec_git.engine.credentials import approve, secrets_file
from lspec_git.engine.doctor.findings import Finding, Level, Patient
from lspec_git.engine.doctor.run import Examined, examine
from lspec_git.engine.share import Share
from lspec_git.git.notes import Notes
from lspec_git.git.objects import discover, open_objects
from lspec_git.ledger import Ledger
from lspec_git.records import Entry, Records
from tests.conftest import Repo
from tests.engine.stories import HIGH, pm, two
from tests.worlds import NOTES, Clone, World

REFSPEC = "+refs/notes/lspec*:refs/notes/remotes/origin/lspec*"


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has set up everything else."""
    approve("github.com/octocat/specs")
    approve("github.com/o/r")
    monkeypatch.setenv("GITHUB_TOKEN", "tok_of_somebody")


def look(clone: Clone, *, fix: bool = False) -> list[Examined]:
    """All but what is to be installed: tests/cli/test_install.py and tests/native are for that."""
    found = examine(discover(clone.repo.path), fix=fix)
    return [one for one in found if one.finding.check not in ("merge driver", "hooks")]


def wrong(clone: Clone) -> list[Finding]:
    return [one.finding for one in look(clone) if one.finding.level is Level.WRONG]


def remarks(clone: Clone) -> list[Finding]:
    return [one.finding for one in look(clone) if one.finding.level is Level.NOTE]


def typed(clone: Clone, finding: Finding) -> None:
    """What a person types who does as told; `git lspec` commands are others' tests."""
    for command in finding.commands:
        subprocess.run(shlex.split(command), cwd=clone.repo.path, check=True, capture_output=True)


def mended_both_ways(clone: Clone, check: str, damage: object) -> None:
    """Wrong after the damage, well after `--fix`; and again after typing what is printed."""
    assert callable(damage)
    damage()
    (finding,) = [one for one in wrong(clone) if one.check == check]
    done = [one.done for one in look(clone, fix=True) if one.finding.check == check]
    assert any(done)
    assert wrong(clone) == []
    damage()
    typed(clone, finding)
    assert wrong(clone) == []


def anchors(clone: Clone) -> dict[str, str]:
    """Key of each note by the kind of its document."""
    notes = Notes(open_objects(discover(clone.repo.path)), discover(clone.repo.path))
    kinds = {LinkNote: "link", ItemNote: "item"}
    return {kinds.get(type(parse_any(data)), "other"): key for key, data in notes.read_all().items()}


def test_all_is_well(one: Clone) -> None:
    assert [
        (each.finding.check, each.finding.level) for each in look(one) if each.finding.level is not Level.OK
    ] == []


def test_before_the_first_commit_and_without_config(repo: Repo) -> None:
    found = examine(discover(repo.path))
    bad = [one.finding for one in found if one.wrong]
    assert [(one.check, one.commands) for one in bad] == [("config", ("git lspec init",))]


def test_a_broken_config(one: Clone) -> None:
    one.repo.write(".lspec/integrations.yml", "github: [")
    (finding,) = wrong(one)
    assert (finding.check, finding.commands) == ("config", ("git lspec check",))
    assert ".lspec/integrations.yml:1" in finding.message


@pytest.mark.parametrize("kind", ["link", "item"])
def test_a_damaged_note_is_named_and_comes_back(kind: str, one: Clone) -> None:
    key, before = anchors(one)[kind], one.git("ls-tree", "-r", NOTES)

    def damage() -> None:
        one.git("notes", "--ref=lspec", "add", "-f", "-m", "serial = = 1", key)

    damage()
    (finding,) = wrong(one)
    assert ("spec specs/001-alpha" if kind == "link" else "work item 1001 of github") in finding.message
    assert "line 1, column" in finding.message
    assert one.notes[:12] in finding.message, "the commit that last changed it"
    mended_both_ways(one, "notes", damage)
    assert one.git("notes", "--ref=lspec", "show", key).startswith("note = ")
    look(one, fix=True)
    assert one.git("ls-tree", "-r", NOTES) == before


def test_a_note_that_never_was_readable(one: Clone) -> None:
    one.git("notes", "--ref=lspec", "add", "-m", "by some other tool", "HEAD")
    (finding,) = wrong(one)
    assert "no version of it was readable" in finding.message
    typed(one, finding)
    assert wrong(one) == []


def test_no_run_takes_a_damaged_link_for_none(world: World, one: Clone) -> None:
    one.git("notes", "--ref=lspec", "add", "-f", "-m", "serial = = 1", anchors(one)["link"])
    writes = world.writes()
    report = one.sync()
    assert [failure.advice for failure in report.failures] == ["git lspec doctor"]
    assert world.writes() == writes, "a second work item was created"
    look(one, fix=True)
    assert one.sync().failures == []


def test_a_damaged_item_is_left_alone(world: World, one: Clone) -> None:
    one.git("notes", "--ref=lspec", "add", "-f", "-m", "serial = = 1", anchors(one)["item"])
    pm(world, priority=HIGH)
    report = one.sync()
    assert [failure.advice for failure in report.failures] == ["git lspec doctor"]
    look(one, fix=True)
    assert [each.action.new for each in one.sync().done if hasattr(each.action, "new")] == ["high"]


def test_a_copied_note(one: Clone) -> None:
    found = anchors(one)
    one.git(
        "notes",
        "--ref=lspec",
        "add",
        "-f",
        "-C",
        one.git("notes", "--ref=lspec", "list", found["link"]),
        "HEAD",
    )
    (finding,) = wrong(one)
    assert "speaks of spec specs/001-alpha" in finding.message
    typed(one, finding)
    assert wrong(one) == []


def test_anchors_that_a_foreign_merge_dropped(world: World) -> None:
    first, second = two(world)
    first.change(priority="high")
    first.sync()
    tree = second.git("ls-tree", NOTES)
    without = "\n".join(line for line in tree.splitlines() if not line.endswith("\tanchors"))
    made = second.repo.git("mktree", stdin=f"{without}\n".encode())
    commit = second.git("commit-tree", "-p", NOTES, "-m", "as git notes merge leaves it", made)
    second.git("update-ref", NOTES, commit)
    (finding,) = wrong(second)
    assert (finding.check, finding.commands) == ("anchors", ("git lspec doctor --fix",))
    look(second, fix=True)
    assert wrong(second) == []
    assert "anchors/" in second.git("ls-tree", "-r", "--name-only", NOTES)


def test_a_flat_tree_is_laid_out_again(one: Clone) -> None:
    before = one.git("rev-parse", f"{NOTES}^{{tree}}")
    one.git("notes", "--ref=lspec", "append", "-m", "# by hand", anchors(one)["item"])
    flat = any(len(name) == 40 for name in one.git("ls-tree", "--name-only", NOTES).splitlines())
    assert flat, "git lays few notes out flat"
    assert [each.check for each in remarks(one)] == ["anchors"]
    look(one, fix=True)
    assert remarks(one) == []
    assert all(len(n) in (2, 7) for n in one.git("ls-tree", "--name-only", NOTES).splitlines())
    assert one.git("rev-parse", f"{NOTES}^{{tree}}") != before


def test_refspecs_that_lose_notes(world: World) -> None:
    clone, _ = two(world)
    clone.git("config", "--add", "remote.origin.fetch", REFSPEC)
    for key, value in (
        ("remote.origin.fetch", "+refs/notes/*:refs/notes/*"),
        ("remote.origin.fetch", "+refs/*:refs/*"),
        ("remote.origin.push", "+refs/notes/*:refs/notes/*"),
        ("remote.origin.push", "refs/notes/lspec"),
        ("remote.origin.mirror", "true"),
    ):
        clone.git("config", "--add", key, value)
        (finding,) = wrong(clone)
        assert "origin" in finding.message
        typed(clone, finding)
        assert wrong(clone) == [], key


def test_a_clone_that_fetches_no_notes(world: World) -> None:
    _, clone = two(world)
    (finding,) = remarks(clone)
    assert finding.commands == (f"git config --add remote.origin.fetch '{REFSPEC}'",)
    look(clone, fix=True)
    assert clone.git("config", "--get-all", "remote.origin.fetch").splitlines()[-1] == REFSPEC
    assert remarks(clone) == []
    clone.git("fetch", "-q")


def test_the_state_remote(world: World) -> None:
    clone, other = two(world)
    clone.git("remote", "rename", "origin", "upstream")
    (finding,) = wrong(clone)
    assert (finding.check, finding.commands) == ("state remote", ("git remote add origin URL",))
    fresh = world.clone("three")
    assert "never fetched" in next(each.message for each in remarks(fresh) if each.check == "state remote")
    other.change(priority="high")
    with world.unreachable():
        other.sync()
        bad = [one.finding for one in examine(discover(other.repo.path), online_too=True) if one.wrong]
        assert "state remote" in {one.check for one in bad}


def test_a_shallow_clone(world: World) -> None:
    first, _ = two(world)
    first.change(priority="high")
    first.git("push", "-q", "origin", "main")
    shallow = world.clone("three", "--depth=1")
    (finding,) = [one for one in remarks(shallow) if one.check == "history"]
    typed(shallow, finding)
    assert "history" not in {one.check for one in remarks(shallow)}


def test_trust_and_token(one: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    (finding,) = wrong(one)
    assert finding.check == "token"
    config = Path(os.environ["GIT_CONFIG_GLOBAL"])
    config.write_text(config.read_text().replace("trust", "other"))
    (finding,) = wrong(one)
    assert finding.check == "trust"
    assert finding.commands[0].startswith("git lspec trust github.com/")


def test_secrets_that_others_can_read(one: Clone) -> None:
    path = secrets_file()
    path.parent.mkdir(parents=True)
    path.write_text('["github.com"]\ntoken = "t"\n')
    mended_both_ways(one, "secrets", lambda: path.chmod(0o644))


def test_twins_and_shared_items(world: World) -> None:
    clone = world.start("001-alpha", "002-beta")
    clone.sync()
    notes = Notes(open_objects(discover(clone.repo.path)), discover(clone.repo.path))
    links = {str(n.spec): n for n in map(parse_any, notes.read_all().values()) if isinstance(n, LinkNote)}
    shared = links["specs/002-beta"].links["github"].item, links["specs/001-alpha"].links["github"].item
    key = next(k for k, d in notes.read_all().items() if b'spec = "specs/002-beta"' in d and b'"link"' in d)
    text = notes.read_all()[key].replace(f'item = "{shared[0]}"'.encode(), f'item = "{shared[1]}"'.encode())
    clone.git("notes", "--ref=lspec", "add", "-f", "-m", text.decode(), key)
    (finding,) = wrong(clone)
    assert finding.commands == ("git lspec unlink specs/002-beta",)
    shutil.copytree(clone.path("001-alpha").parent, clone.repo.path / "specs/2026/001-alpha")
    clone.commit("twins")
    assert {one.check for one in wrong(clone)} == {"specs"}


def test_a_link_whose_spec_is_nowhere(one: Clone) -> None:
    one.git("branch", "keeps")
    one.git("rm", "-rq", "specs/001-alpha")
    one.commit("gone")
    assert remarks(one) == [], "another branch has it"
    one.git("branch", "-D", "keeps")
    (finding,) = remarks(one)
    assert finding.commands == ("git lspec unlink specs/001-alpha",)


def test_a_lock_file_in_the_way(one: Clone) -> None:
    lock = one.repo.path / ".git" / f"{NOTES}.lock"
    lock.write_text("")
    assert wrong(one) == [], "a young one may be at work"
    old = time.time() - 3600
    os.utime(lock, (old, old))
    (finding,) = wrong(one)
    assert str(lock) in finding.message
    look(one, fix=True)
    assert lock.exists(), "never removed unasked"
    typed(one, finding)
    assert wrong(one) == []


def test_leftovers(world: World, one: Clone) -> None:
    records = Records.of(discover(one.repo.path))
    records.enter(Entry("github.com/octocat/specs", "specs/001-alpha", "r", item="1", key="1"))
    (finding,) = wrong(one)
    assert (finding.check, finding.commands) == ("journal", ("git lspec sync",))
    one.sync()
    assert wrong(one) == []
    pm(world, priority=HIGH)
    one.sync()
    (finding,) = remarks(one)
    assert finding.check == "pulls"
    typed(one, finding)
    one.sync()
    assert remarks(one) == []


def test_a_copied_clone(world: World) -> None:
    """Each of the two would take the other's claim for its own."""
    clone, _ = two(world)
    copy = Clone(world, Repo(world.folder / "copy"), "copy")
    shutil.copytree(clone.repo.path, copy.repo.path)
    assert [one.check for one in wrong(copy)] == []
    copy.repo.write("specs/009-new/README.md", clone.text())
    copy.commit("one more")
    patient = Patient(discover(copy.repo.path))
    assert patient.config is not None
    name = patient.records.clone()
    assert name == Records.of(discover(clone.repo.path)).clone()
    claim(copy, SpecId("specs", "009-new"))
    assert "clone" not in {one.check for one in wrong(copy)}, "its own claim"
    Share.of(discover(clone.repo.path), Patient(discover(clone.repo.path)).notes, patient.config).fetch()
    (finding,) = [one for one in wrong(clone) if one.check == "clone"]
    assert "specs/009-new" in finding.message
    look(clone, fix=True)
    assert Records.of(discover(clone.repo.path)).clone() != name
    assert "clone" not in {one.check for one in wrong(clone)}


def claim(clone: Clone, spec: SpecId) -> None:
    """As a run does that is killed right after."""
    patient = Patient(discover(clone.repo.path))
    assert patient.config is not None
    ledger = Ledger(patient.notes)
    lease = Lease("some-uuid", 0, "2026-01-01T00:00:00Z", patient.records.clone())
    ledger.put_link(spec, "github", link_for("github.com/octocat/specs", lease))
    ledger.flush("lspec: claim 1 on github.com/octocat/specs")
    Share.of(patient.repo, patient.notes, patient.config).push()


def test_edits_that_wait_for_long(one: Clone) -> None:
    """As after weeks of work without a network, or without hooks."""
    one.edit(priority="high")
    one.repo.git("commit", "-qam", "today")
    assert remarks(one) == [], "a hook, or the next sync, is at it"
    one.change(status="complete")  # in January
    (finding,) = remarks(one)
    assert finding.message == "edited more than a day ago and not published: specs/001-alpha status"
    assert (finding.check, finding.commands) == ("unpublished", ("git lspec sync",))
    one.sync()
    assert remarks(one) == []


def test_how_the_last_run_of_a_hook_ended(one: Clone) -> None:
    """As `hook run` leaves it."""
    told = one.repo.path / ".git/lspec/outcome.json"
    now = int(time.time())
    told.write_text(json.dumps({"at": now, "done": "", "problem": "origin refused the notes: not here"}))
    (finding,) = remarks(one)
    assert finding.message == "the last run of a hook: origin refused the notes: not here"
    for text in (
        json.dumps({"at": now, "done": "x", "problem": ""}),
        "{",
        json.dumps({"at": 5, "problem": "old"}),
    ):
        told.write_text(text)
        assert remarks(one) == []
