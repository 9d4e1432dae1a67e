"""How much longer a commit takes with our hooks: `python -m benchmarks.hooking` shows only these lines.

By the clock, since somebody waits for it: medians, in turn with a commit without hooks, in one run. What goes
on in the background afterwards is not counted, and done before the next one is measured.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from benchmarks.measure import Runner, lspec
from lspec_git.git.hooktext import NAMES

SPEC = "---\nstatus: {}\ncreated: '2026-01-01'\n---\n\n# Part {}\n\nWhat it is to do, and why.\n"
PER_HOOK, EDITED = 5.0, 80.0
"""Milliseconds that one hook may cost where no spec is touched, and all of them where a status is."""
FILES = 200
QUIET = 0.7
"""Seconds after which a run in the background is over."""
AT_COMMIT = ("pre-commit", "post-commit")


@dataclass(frozen=True)
class Wait:
    """How much longer a commit took, in milliseconds."""

    name: str
    milliseconds: float
    beside: float
    """The same without hooks."""
    budget: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it is within its budget."""
        return self.budget is None or self.milliseconds <= self.budget


def waits(runner: Runner, folder: Path, times: int, quick: bool) -> Iterator[Wait]:
    """A commit that touches no spec, with each hook and with all; and one that changes a status."""
    times = 1 if quick else max(20, times)
    kinds = {"no hooks": (), **{name: (name,) for name in AT_COMMIT}, "all hooks": NAMES}
    repos = {kind: _made(runner, folder / f"hooks-{kind}", names) for kind, names in kinds.items()}
    spent = _in_turn(repos, times, lambda repo, number: _commit(runner, repo, "src/main.c", f"{number}\n"))
    bare = spent.pop("no hooks")
    for kind, each in spent.items():
        count = len(NAMES) if kind == "all hooks" else 1
        name = f"commit without a spec, {kind}{', for each of the five' if count > 1 else ' alone'}"
        yield Wait(name, (each - bare) / count, bare, PER_HOOK)
    two = {kind: repos[kind] for kind in ("no hooks", "all hooks")}
    edited = _in_turn(two, times, lambda repo, number: _move(runner, repo, number, quick))
    bare = edited["no hooks"]
    yield Wait("commit that changes a status, all hooks", edited["all hooks"] - bare, bare, EDITED)


def _made(runner: Runner, repo: Path, names: Sequence[str]) -> Path:
    """A project in step, with these hooks of ours."""
    for number in range(FILES):
        file = repo / f"specs/{number:03d}-part/README.md"
        file.parent.mkdir(parents=True)
        file.write_text(SPEC.format("planned", number))
    for path, text in ((".lspec/integrations.yml", "github:\n  repo: o/r\n"), ("src/main.c", "")):
        (repo / path).parent.mkdir()
        (repo / path).write_text(text)
    for args in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "First"]):
        runner.run(["git", *args], repo)
    _settle(repo)
    if names:
        runner.run(lspec("install", "--hooks"), repo)
    for name in set(NAMES) - set(names):
        (repo / ".git/hooks" / name).unlink(missing_ok=True)
    return repo


def _settle(repo: Path) -> None:
    """What a run leaves that had nothing left to do."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repo, capture_output=True, text=True, check=True)
    (repo / ".git/lspec").mkdir(exist_ok=True)
    (repo / ".git/lspec/settled.json").write_text(
        json.dumps({"head": head.stdout.strip()}, separators=(",", ":"))
    )


def _in_turn(repos: Mapping[str, Path], times: int, once: Callable[[Path, int], float]) -> dict[str, float]:
    """The median of each, in milliseconds; the first round only warms up."""
    rounds = [{kind: once(repo, number) for kind, repo in repos.items()} for number in range(times + 1)]
    return {kind: median(one[kind] for one in rounds[1:]) for kind in repos}


def _commit(runner: Runner, repo: Path, path: str, text: str) -> float:
    (repo / path).write_text(text)
    start = time.perf_counter()
    runner.run(["git", "commit", "-qam", "edit"], repo)
    return (time.perf_counter() - start) * 1000


def _move(runner: Runner, repo: Path, number: int, quick: bool) -> float:
    status = ("in-progress", "planned")[number % 2]
    spent = _commit(runner, repo, "specs/001-part/README.md", SPEC.format(status, 1))
    time.sleep(0.0 if quick else QUIET)
    _settle(repo)
    return spent


def shown(wait: Wait) -> str:
    """A line for people."""
    most = f"(<= {wait.budget:g})  " if wait.budget else ""
    words = f"{wait.name:64} {wait.milliseconds:6.1f} ms {most}on top of {wait.beside:.0f} ms"
    return f"{words}  {'holds' if wait.holds else 'DOES NOT HOLD'}"


@click.command()
@click.option("--times", type=click.IntRange(1), default=40, show_default=True, help="Commits of each kind.")
@click.option("--quick", is_flag=True, help="Once: only to see that it works.")
def main(times: int, quick: bool) -> None:
    """Commit with our hooks and without, and compare."""
    folder = Path(tempfile.mkdtemp(prefix="lspec-hooks-"))
    try:
        for wait in waits(Runner(folder), folder, times, quick):
            click.echo(shown(wait))
    finally:
        time.sleep(QUIET)
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
