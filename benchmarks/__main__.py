"""`python -m benchmarks`: measure, and print beside the budgets. It asserts nothing: machines differ."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import chain
from math import ceil
from pathlib import Path

import click

from benchmarks.hooking import shown as shown_wait
from benchmarks.hooking import waits
from benchmarks.measure import Cost, Line, Runner, lspec
from benchmarks.merging import merges
from benchmarks.planhub import beside_planhub
from benchmarks.world import World, version, world
from lspec_git.sandbox.server import DEFAULT_PROJECT

MEMORY = 150.0
"""MB, at 10,000 specs."""
CONSTANT = 8
"""Requests that a run may cost beside those for its items."""


@click.command()
@click.option("--specs", type=click.IntRange(10), default=1000, show_default=True, help="Linked specs.")
@click.option("--commits", type=click.IntRange(10), default=1000, show_default=True, help="Of the history.")
@click.option(
    "--times", type=click.IntRange(1), default=5, show_default=True, help="Runs; the median counts."
)
@click.option("--quick", is_flag=True, help="A few specs, once: only to see that all of it works.")
@click.option(
    "--planhub", metavar="PYTHON", help="Compare with planhub, which that Python has; needs emulate."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def main(specs: int, commits: int, times: int, quick: bool, planhub: str | None, as_json: bool) -> None:
    """Count requests, CPU seconds and memory, and compare them with the budgets.

    The budgets are for 1,000 or 10,000 specs and commits: with --specs 10000 --commits 10000 it takes
    some minutes, most of them to make the history and the issues.
    """
    if quick:
        specs, commits, times = 30, 30, 1
    folder = Path(tempfile.mkdtemp(prefix="lspec-benchmark-"))
    try:
        runner = Runner(folder)
        with world(runner, folder / "repo", specs, commits) as made:
            found = []
            for line in chain(merges(runner, folder, times, quick), lines(made, specs, commits, times)):
                found.append(line)
                if not as_json:
                    click.echo(shown(line))
        waited = []
        for wait in waits(runner, folder, times, quick):
            waited.append(wait)
            if not as_json:
                click.echo(shown_wait(wait))
        said = beside_planhub(runner, folder, planhub, 30 if quick else 300) if planhub else []
    finally:
        shutil.rmtree(folder)
    about = {"specs": specs, "commits": commits, "python": platform.python_version(), "git": version("git")}
    if as_json:
        rows = [{**asdict(line), "holds": line.holds} for line in found]
        commits_with_hooks = [{**asdict(wait), "holds": wait.holds} for wait in waited]
        click.echo(
            json.dumps({**about, "lines": rows, "waits": commits_with_hooks, "planhub": said}, indent=2)
        )
    else:
        click.echo("\n".join([*said, ", ".join(f"{key} {value}" for key, value in about.items())]))


def lines(made: World, specs: int, commits: int, times: int) -> Iterator[Line]:
    """Every budget that can be looked at, in the order in which one leads to the next."""
    table = Table(made, specs, times, large=max(specs, commits) > 1000)
    for part in (table.edits, table.settled, table.pull, table.push, table.notes):
        yield from part()


class Table:
    """The lines that one world gives, beside what costs the same machine the same day."""

    def __init__(self, made: World, specs: int, times: int, *, large: bool) -> None:
        self.made, self.specs, self.times, self.large = made, specs, times, large
        self.bare = self._median(lambda: made.runner.run([sys.executable, "-c", "pass"], made.folder))

    def _median(self, once: Callable[[], Cost]) -> Cost:
        return self.made.runner.median(self.times, once)

    def _part(self, *args: str) -> Callable[[], Cost]:
        command = [sys.executable, "-m", "benchmarks.parts", *args]
        return lambda: self.made.runner.run(command, self.made.folder)

    def _line(self, name: str, cost: Cost, beside: str, base: Cost, **more: float | None) -> Line:
        ratio = cost.cpu / max(base.cpu, 0.001)
        memory = MEMORY if self.specs <= 10_000 else None
        return Line(name, cost, beside, ratio, memory_budget=memory, **more)  # type: ignore[arg-type]

    def _start(self, name: str, cost: Cost, **more: float | None) -> Line:
        return self._line(name, cost, "bare interpreter", self.bare, **more)

    def edits(self) -> Iterator[Line]:
        """Who edited what, of all specs."""
        self._part("sha1", "1")()  # compiles the modules
        log = self.made.git("log", "--raw", "-z", "-m", "--format=%H", "--", "specs")
        name, beside = "edits behind all fields", "git log --raw"
        yield self._line(f"{name}, first time in a clone", self._part("edits")(), beside, log)
        again = self._median(self._part("edits"))
        yield self._line(name, again, beside, log, cpu_budget=4 if self.large else None)

    def settled(self) -> Iterator[Line]:
        """The first sync, and those with nothing to do."""
        made, specs = self.made, self.specs
        first, asked, runs = created(made, specs)
        most = specs + sum(method == "PATCH" for method in asked) + runs * (ceil(specs / 100) + CONSTANT)
        name = f"push, {specs} specs created, {runs} run{'s' if runs > 1 else ''}"
        yield self._start(name, first, requests=len(asked), requests_budget=most)
        settled = self._median(lambda: made.lspec("sync"))
        budget = 2.0 if specs > 1000 else 0.6
        yield self._start(
            "settled sync", settled, cpu_budget=budget, requests=made.requests, requests_budget=1
        )
        status = self._median(lambda: made.lspec("status"))
        yield self._start("settled status", status, requests=made.requests)
        started = self._median(lambda: made.runner.run(lspec("--version"), made.folder))
        yield self._start("start of the command (--version)", started)

    def pull(self) -> Iterator[Line]:
        """What somebody moved on the tracker."""
        # Once away from the second in which everything was created: a cursor is read from again, inclusively.
        self._moved(1)
        some = min(self.specs, 250)
        cost, asked = self._moved(some)
        most = ceil(some / 100)
        yield self._start(f"pull, {some} items changed", cost, requests=asked, requests_budget=most)

    def _moved(self, some: int) -> tuple[Cost, int]:
        """Pull so many changes, and settle: what the pull cost, and how much it asked."""
        self.made.move(some)
        cost = self.made.lspec("pull", "--force")
        asked = self.made.requests
        self.made.git("commit", "-qam", "pulled")
        self.made.lspec("sync")
        return cost, asked

    def push(self) -> Iterator[Line]:
        """What was committed."""
        some = min(self.specs, 100)
        self.made.edit(some)
        cost, most = self.made.lspec("push", "--force"), some + CONSTANT
        yield self._start(
            f"push, {some} titles edited", cost, requests=self.made.requests, requests_budget=most
        )

    def notes(self) -> Iterator[Line]:
        """Writing very many at once."""
        count = "10000" if self.large else "1000"
        hashed = self._median(self._part("sha1", count))
        name, cost = f"{count} notes in one transaction", self._part("notes", count)()
        yield self._line(name, cost, "sha1 of the same", hashed, cpu_budget=1)


def created(made: World, specs: int) -> tuple[Cost, list[str], int]:
    """The first syncs, up to the one that has created the last item: its lease ends a run that takes long."""
    cpu, memory, asked, runs = 0.0, 0.0, list[str](), 0
    while len(made.sandbox.store.issues(DEFAULT_PROJECT)) < specs:
        cost = made.lspec("sync", "--force")
        cpu, memory, runs = cpu + cost.cpu, max(memory, cost.memory), runs + 1
        asked += [each.method for each in made.sandbox.requests]
    return Cost(cpu, memory), asked, runs


def shown(line: Line) -> str:
    """A line for people."""
    words = [f"{line.name:48}", f"{line.cost.cpu:7.{2 if line.cost.cpu > 0.1 else 4}f} s CPU"]
    words += [f"(<= {line.cpu_budget:g})" if line.cpu_budget else ""]
    words += [f"{line.cost.memory:6.0f} MB", f"{line.ratio:7.1f} x {line.beside}"]
    words += [f"(<= {line.ratio_budget:g} x)" if line.ratio_budget else ""]
    if line.requests is not None:
        most = f" (<= {line.requests_budget})" if line.requests_budget is not None else ""
        words += [f"{line.requests} request{'' if line.requests == 1 else 's'}{most}"]
    return "  ".join([*filter(None, words), "holds" if line.holds else "DOES NOT HOLD"])


if __name__ == "__main__":
    main()
