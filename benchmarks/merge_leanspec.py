"""`python -m benchmarks.merge_leanspec`: merges in LeanSpec's own format, whose right result is known."""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from tests.mergedriver.leanspec import (
    Program,
    cases,
    history,
    is_decided,
    merged,
    problems,
    text_conflicts,
)

PROGRAM = "node_modules/@leanspec/cli-linux-x64/leanspec"


@dataclass
class Count:
    """How the cases of one kind went."""

    cases: int = 0
    by_text: int = 0
    """Conflicts of git's text merge."""
    decided: int = 0
    """No key was changed to different words by both sides."""
    resolved: int = 0
    """Decided, and merged without a conflict in the driver."""
    conflicts: int = 0
    """Not decided, and marked so."""
    wrong: int = 0
    """Anything not as it must be."""


@click.command()
@click.option("--every", type=click.IntRange(1), default=1, help="Take every so manieth edit only.")
@click.option("--show", is_flag=True, help="What is wrong, case by case.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def main(every: int, show: bool, as_json: bool) -> None:
    """Merge real edits of specs with edits by LeanSpec's program (LSPEC_NODE), and judge every key."""
    bundle = Path(os.environ.get("LSPEC_SHARED", "../shared"), "corpus", "leanspec-history.bundle")
    program = Path(os.environ.get("LSPEC_NODE", "."), PROGRAM).resolve()
    for part in (bundle, program):
        if not part.exists():
            raise click.ClickException(f"{part} is not there: LSPEC_SHARED and LSPEC_NODE name their folders")
    counts: defaultdict[str, Count] = defaultdict(Count)
    with tempfile.TemporaryDirectory() as folder:
        edits = history(bundle, Path(folder, "history"))[::every]
        for case in cases(edits, Program(program, Path(folder))):
            result, count = merged(case), counts[case.kind]
            wrong, decided = problems(case, result), is_decided(case)
            clean = not isinstance(result, str) and not result.conflict
            count.cases += 1
            count.by_text += text_conflicts(case)
            count.decided += decided
            count.resolved += decided and clean
            count.conflicts += not decided and not clean
            count.wrong += bool(wrong)
            if show and wrong:
                click.echo("\n  ".join([case.kind, *wrong]))
    if as_json:
        click.echo(json.dumps({kind: asdict(count) for kind, count in counts.items()}, indent=2))
        return
    for kind, count in counts.items():
        click.echo(f"{kind}: " + ", ".join(f"{name} {number}" for name, number in asdict(count).items()))


if __name__ == "__main__":
    main()
