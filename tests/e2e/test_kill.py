"""Stopped anywhere, then run again: the same world as if nothing had happened.

`LSPEC_STOPS=all pytest -s tests/e2e/test_kill.py` tries every step of a run; `LSPEC_STOPS=file:17:KILL` just one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lspec_git.errors import LspecError
from tests.adapters.wire import Passing
from tests.conftest import Repo
from tests.e2e.kills import FAULTS, TOKEN, Ended, Stage, Stop, World, tracker

NOTES = "refs/notes/lspec"
WANTED = os.environ.get("LSPEC_STOPS", "")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with tracker(0) as free:
        port = free.port
    with Passing(f"http://127.0.0.1:{port}") as wire:
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
        print(f"{stop}: exit {ended.code}, {runs} more, {ended.seconds:.1f} s")
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
    everything = [Stop(kind, n) for kind in ("asked", "answered") for n in requests]
    everything += [Stop(kind, n, "-") for kind in sorted(FAULTS) for n in requests]
    everything += [Stop("ref", n) for n in range(1, ended.refs + 1)]
    everything += [Stop("file", n) for n in range(1, ended.files + 1)]
    everything += [Stop("moment", round(ended.seconds * n * 10)) for n in range(5, 100, 5)]
    everything += [replace(each, how="INT") for each in everything if each.how == "KILL"]
    if WANTED and WANTED != "all":
        return [Stop.of(each) for each in WANTED.split(",")]
    return everything if WANTED else everything[:: max(1, len(everything) // 20)]
