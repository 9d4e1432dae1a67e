"""What a commit costs under pre-commit and prek, without our hooks and with them.

`python -m benchmarks.frameworks`; it builds their environments first, from the index that pip is set to.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from benchmarks.measure import Cost, Line, Runner
from tests.frameworks.kit import VERSIONS, Kit, framework, kit

TYPES = ("pre-commit", "post-commit")
SPEC = "---\nstatus: {status}\ncreated: 2026-01-01\n---\n\n# A spec\n\n> **Status**: {said}\n"
WORDS = (("planned", "📅 Planned"), ("in-progress", "⏳ In progress"))
CONFIG = "github:\n  repo: octocat/specs\n  mapping:\n    - pattern: specs/**\n"
NOTHING = """\
  - repo: local
    hooks:
      - {id: nothing, name: nothing, entry: 'true', language: system, always_run: true,
         pass_filenames: false, stages: [pre-commit, post-commit]}
"""
OURS = """\
  - repo: {source}
    rev: {version}
    hooks: [{{id: lspec-setup}}, {{id: lspec-check}}, {{id: lspec-sync}}]
"""


def commits(runner: Runner, folder: Path, times: int) -> Iterator[Line]:
    """A commit that changes a status: by git alone, then by each framework without and with our hooks."""
    start = runner.median(times, lambda: runner.run([sys.executable, "-c", "pass"], folder))
    yield Line("one start of a bare interpreter", start, "itself", 1.0)
    parts = kit(folder / "kit")
    env = parts.environment(folder / "kit" / "home")
    bare = _commit(runner, _repository(runner, folder / "bare"), times, env)
    yield Line("commit without hooks", bare, "itself", 1.0)
    for name in ("pre-commit", "prek"):
        command = framework(name)
        own = Line("", bare, "", 1.0)
        for what, hooks in (("a hook that does nothing", NOTHING), ("the hooks of git lspec", _ours(parts))):
            repo = _repository(runner, folder / f"{name}-{what[:3].strip()}")
            (repo / ".pre-commit-config.yaml").write_text(
                f"default_install_hook_types: [{', '.join(TYPES)}]\nrepos:\n{hooks}"
            )
            ready = "--install-hooks" if name == "pre-commit" else "--prepare-hooks"
            runner.run([*command, "install", ready], repo, env)
            cost = _commit(runner, repo, times, env)
            beside = (
                "a commit without hooks" if hooks == NOTHING else "the framework with one that does nothing"
            )
            base = bare if hooks == NOTHING else own.cost
            own = Line(f"commit under {name}, {what}", cost, beside, cost.cpu / max(base.cpu, 0.001))
            yield own


def _ours(parts: Kit) -> str:
    return OURS.format(source=parts.source.as_uri(), version=VERSIONS[0])


def _repository(runner: Runner, repo: Path) -> Path:
    for path, text in ((".lspec/integrations.yml", CONFIG), ("specs/001-a/README.md", _spec(0))):
        (repo / path).parent.mkdir(parents=True)
        (repo / path).write_text(text)
    for args in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "specs"]):
        runner.run(["git", *args], repo)
    return repo


def _spec(turn: int) -> str:
    status, said = WORDS[turn % 2]
    return SPEC.format(status=status, said=said)


def _commit(runner: Runner, repo: Path, times: int, env: Mapping[str, str]) -> Cost:
    turn = 0

    def once() -> Cost:
        nonlocal turn
        turn += 1
        (repo / "specs/001-a/README.md").write_text(_spec(turn))
        runner.run(["git", "add", "-A"], repo, env)
        return runner.run(["git", "commit", "-qm", "edit"], repo, env)

    once()  # compiles, registers, and keeps what the next ones read
    once()
    return runner.median(times, once)


@click.command()
@click.option(
    "--times", type=click.IntRange(1), default=9, show_default=True, help="Commits; the median counts."
)
def main(times: int) -> None:
    """Print CPU seconds of a commit, its hooks included; what they leave to the background is not."""
    with tempfile.TemporaryDirectory(prefix="lspec-benchmark-") as name:
        try:
            for line in commits(Runner(Path(name)), Path(name), times):
                click.echo(
                    f"{line.cost.cpu * 1000:6.0f} ms  {line.ratio:5.2f} x {line.beside:42} {line.name}"
                )
        except pytest.skip.Exception as why:
            raise click.ClickException(str(why)) from None


if __name__ == "__main__":
    main()
