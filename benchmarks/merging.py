"""What one merge costs for each spec that both sides changed: the driver, beside git alone.

`python -m benchmarks.merging` shows only these lines of the table.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from benchmarks.measure import Cost, Line, Runner

COMMAND = (
    "git-lspec merge-driver %O %A %B %L %P; s=$?; [ $s = 0 ] && exit 0; [ $s = 3 ] && exit 1; "
    "git merge-file --marker-size=%L -L ours -L base -L theirs %A %O %B"
)
BY_GIT = "git merge-file -q --marker-size=%L -L ours -L base -L theirs %A %O %B"
DRIVERS = {"git's text merge": "", "git merge-file as a driver": BY_GIT, "the driver": COMMAND}
RATIO = 4
"""How many starts of the bare interpreter a file may cost."""
FILES = 200
LARGE = 980_000
SPEC = """\
---
status: planned
created: '2026-01-01'
tags:
  - api
  - quality
priority: high
created_at: '2026-01-01T09:00:00.000Z'
updated_at: '2026-01-01T09:00:00.000Z'
---

# Improve part {number}

> **Status**: 🗓️ Planned · **Priority**: High · **Created**: 2026-01-01 · **Tags**: api, quality

## Overview

What part {number} is to do, and why, in a paragraph or two.

## Notes

None yet.
"""
OURS = {
    "status: planned": "status: in-progress",
    "🗓️ Planned": "⏳ In progress",
    "updated_at: '2026-01-01": "updated_at: '2026-01-05",
}
THEIRS = {
    "  - quality": "  - quality\n  - web",
    "api, quality": "api, quality, web",
    "updated_at: '2026-01-01": "updated_at: '2026-01-07",
}
KINDS: Mapping[str, tuple[Mapping[str, str], Mapping[str, str], int]] = {
    "frontmatter on both sides": (OURS, THEIRS, FILES),
    "body on both sides too": (
        {**OURS, "None yet": "Some"},
        {**THEIRS, "in a paragraph": "in a page"},
        FILES,
    ),
    "body of 1 MB": ({**OURS, "None yet": "Some"}, {**THEIRS, "in a paragraph": "in a page"}, 1),
}


def merges(runner: Runner, folder: Path, times: int, quick: bool) -> Iterator[Line]:
    """Each kind of merge by each driver, for one file of it."""
    bare = runner.median(max(times, 5), lambda: runner.run([sys.executable, "-c", "pass"], folder))
    for number, (kind, (ours, theirs, files)) in enumerate(KINDS.items()):
        repo = folder / f"merge{number}"
        count = min(files, 5) if quick else files
        _make(runner, repo, ours, theirs, count, LARGE if files == 1 else 0)
        for name, command in DRIVERS.items():
            cost = _merged(runner, repo, command, times)
            each = Cost(cost.cpu / count, cost.memory)
            most = RATIO if command == COMMAND and files > 1 else None
            title = f"one of {count} merged, {kind}: {name}"
            yield Line(title, each, "bare interpreter", each.cpu / max(bare.cpu, 0.001), ratio_budget=most)


def _make(
    runner: Runner, repo: Path, ours: Mapping[str, str], theirs: Mapping[str, str], count: int, size: int
) -> None:
    """A repository with `main` and `side`, which changed all specs since they parted."""
    repo.mkdir()
    runner.run(["git", "init", "-q", "-b", "main"], repo)
    (repo / ".gitattributes").write_text("specs/**/README.md merge=lspec\n")
    for branch, edits in (("main", {}), ("side", theirs), ("main", ours)):
        if edits:
            runner.run(["git", "checkout", "-q", *(["-b"] if branch == "side" else []), branch], repo)
        for number in range(count):
            file = repo / f"specs/{number:03d}-improve-part-{number}/README.md"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_edited(SPEC.format(number=number) + _filling(size), edits))
        runner.run(["git", "add", "."], repo)
        runner.run(["git", "commit", "-qm", branch], repo)


def _edited(text: str, edits: Mapping[str, str]) -> str:
    for old, new in edits.items():
        text = text.replace(old, new, 1)
    return text


def _filling(size: int) -> str:
    return "".join(f"Line {number} of a body that is long.\n" for number in range(size // 36))


def _merged(runner: Runner, repo: Path, command: str, times: int) -> Cost:
    """The whole `git merge` of the other side; that of git's own may end in conflicts."""
    path = f"{Path(sys.executable).parent}:{runner.environment()['PATH']}"
    config = ["-c", f"merge.lspec.driver={command}"] if command else []
    last = '"$@"' if command == COMMAND else '"$@" || :'  # git alone has conflicts
    words = ["git", *config, "merge", "-q", "--no-commit", "side"]

    def once() -> Cost:
        cost = runner.run(["sh", "-c", last, "sh", *words], repo, {"PATH": path})
        runner.run(["git", "reset", "-q", "--hard"], repo)
        return cost

    once()  # compiles the modules
    return runner.median(times, once)


@click.command()
@click.option(
    "--times", type=click.IntRange(1), default=3, show_default=True, help="Runs; the median counts."
)
@click.option("--quick", is_flag=True, help="A few specs.")
def main(times: int, quick: bool) -> None:
    """Merge 200 specs that both sides changed, by the driver and by git alone."""
    from benchmarks.__main__ import shown  # noqa: PLC0415 - which imports this module

    with tempfile.TemporaryDirectory() as folder:
        for line in merges(Runner(Path(folder)), Path(folder), times, quick):
            click.echo(shown(line))


if __name__ == "__main__":
    main()
