"""Stopped anywhere, then run again: the same world as if nothing had happened.

`LSPEC_STOPS='*' pytest -s tests/e2e/test_kill.py` tries every step of a run, `LSPEC_STOPS=file:17:KILL` one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pytest

from lspec_git.errors import LockTimeout, LspecError
from tests.adapters.wire import Passing
from tests.conftest import Repo
from tests.e2e.kills import FAULTS, TOKEN, Ended, Stage, Stop, World, tracker
from tests.openapi import described

NOTES = "refs/notes/lspec"
SAMPLE = {
    "asked:*:KILL": 2,
    "answered:*:KILL": 3,
    "ref:*:KILL": 2,
    "file:*:KILL": 4,
    "moment:*:KILL": 1,
    "answered:*:INT": 1,
    "file:*:INT": 2,
    "lost:*": 1,
    "dropped:*": 1,
    "500:*": 1,
}
"""How many of each kind are tried where nobody asks for more."""
WANTED = os.environ.get("LSPEC_STOPS", "")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with tracker(0) as free:
        port = free.port
    with Passing(f"http://127.0.0.1:{port}", described()) as wire:
        made = Stage(tmp_path, wire, port)
        yield made
        made.strike()


def test_stopped_anywhere_and_run_again(stage: Stage) -> None:
    stage.set_up()
    before = stage.files()
    ended = stage.play(None)
    assert ended.code == 0, ended.err
    expected = stage.world()
    assert stage.unsettled() == []
    stops = wanted(ended)
    failed = {str(stop): why for stop in stops if (why := after(stage, stop, before, expected))}
    told = "\n".join(f"LSPEC_STOPS={stop} pytest {__file__}: {why}" for stop, why in failed.items())
    assert not failed, f"{len(failed)} of {len(stops)} stops:\n{told}"


def after(stage: Stage, stop: Stop, before: dict[str, bytes], expected: World) -> str:
    """What is wrong after a run that was stopped there; empty if nothing is."""
    stage.set_up()
    ended = stage.play(stop)
    wrong = complaints(stop, ended) + stage.half_written(before, expected.files)
    try:
        runs = len(stage.recover())
        wrong += stage.world().unlike(expected) + stage.litter() + unshared(stage) + stage.unsettled()
    except (AssertionError, LspecError) as error:
        wrong.append(f"{type(error).__name__}: {error}")
    else:
        sys.stdout.write(f"{stop}: exit {ended.code}, {runs} more, {ended.seconds:.1f} s\n")
    return "\n    ".join(wrong)


def complaints(stop: Stop, ended: Ended) -> list[str]:
    """A run that is interrupted says so in one line, and one that meets a fault goes on: no traceback."""
    if stop.kind in FAULTS:
        fine = ended.code in (0, 3, 4) and "Traceback" not in ended.err
    elif stop.how == "INT" and stop.kind != "moment":
        fine = (ended.code, ended.err) == (130, "error: interrupted\n")
    else:
        fine = "Traceback" not in ended.err
    return [] if fine else [f"exit {ended.code}: {ended.err}"]


def unshared(stage: Stage) -> list[str]:
    """The remote must have the notes that we have."""
    there = Repo(stage.path.parent / "origin.git")
    return [] if stage.repo.git("rev-parse", NOTES) == there.git("rev-parse", NOTES) else ["notes not pushed"]


def wanted(ended: Ended) -> list[Stop]:
    """All stops of a run like that, a fixed sample of them, or the ones that were asked for."""
    requests = range(1, len(ended.requests) + 1)
    stops = [Stop(kind, n) for kind in ("asked", "answered") for n in requests]
    stops += [Stop("ref", n) for n in range(1, ended.refs + 1)]
    stops += [Stop("file", n) for n in range(1, ended.files + 1)]
    stops += [Stop("moment", round(ended.seconds * n * 10)) for n in range(5, 100, 5)]
    stops += [replace(each, how="INT") for each in stops]
    stops += [Stop(kind, n, "-") for kind in sorted(FAULTS) for n in requests]
    if WANTED:
        return [each for each in stops if any(fnmatch(str(each), one) for one in WANTED.split(","))]
    return [each for group, some in SAMPLE.items() for each in spread(stops, group, some)]


def spread(stops: list[Stop], group: str, count: int) -> list[Stop]:
    """So many of one kind, far from each other."""
    some = [each for each in stops if fnmatch(str(each), group)]
    step = max(1, len(some) // count)
    return some[step // 2 :: step][:count]


def test_killed_again_and_again_until_it_gets_through(stage: Stage) -> None:
    stage.set_up()
    assert stage.play(None).code == 0
    expected = stage.world()
    stage.set_up()
    codes = []
    for at in range(25, 200, 12):
        codes.append(stage.play(Stop("file", at)).code)
        if codes[-1] == 0:
            break
    assert codes[-1] == 0
    assert codes[:2] == [-9, -9]
    stage.recover()
    assert stage.world().unlike(expected) + stage.litter() + stage.unsettled() == []


def test_a_lock_of_git_that_a_kill_of_everything_leaves_is_named_and_no_more_is_lost(stage: Stage) -> None:
    """git leaves its lock behind when git itself is killed while it moves a ref, and so it tells."""
    stage.set_up()
    assert stage.play(None).code == 0
    expected = stage.world()
    stage.set_up()
    stage.play(Stop("ref", 1), group=True)
    lock = stage.path / ".git" / f"{NOTES}.lock"
    assert lock.exists()
    ended = stage.play(None)
    assert ended.code == LockTimeout.exit_code
    assert f"{NOTES}.lock has been in the way" in ended.err
    assert "remove that file" in ended.err
    lock.unlink()
    stage.recover()
    assert stage.world().unlike(expected) + stage.litter() + stage.unsettled() == []
