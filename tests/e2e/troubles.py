"""A repository with something to do in every direction, and what must hold when the tracker lets it down.

One error line with its advice, no traceback, the exit code of the manual, nothing half-written, and no token
in anything that is left: output, notes, objects, records, logs, reflogs, the user's home.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from lspec_git.sandbox.server import Sandbox
from tests.adapters.wire import Asked, Reply
from tests.cli.running import Ran, lspec
from tests.e2e.kills import synced
from tests.e2e.worlds import PROJECT, Issue, World

PUBLISH, NEW, TAKE_IN = "001-publish", "002-new", "003-take-in"
CONFIG = "create: all\nmapping:\n  - pattern: specs/**\n"
SPEC = """\
---
status: {status}
created: '2026-01-01'
---

# {title}

Body.
"""
Answer = Callable[[Asked], Reply | None]
"""What the tracker says instead of its own answer; None: its own answer."""


def path_of(name: str) -> str:
    return f"specs/{name}/README.md"


def spec(name: str, status: str = "planned") -> dict[str, str | bytes]:
    return {path_of(name): SPEC.format(title=name, status=status)}


def approve(world: World, url: str = "") -> None:
    """As `git lspec trust` does."""
    target = (url or world.wire.url).partition("://")[2] + f"/{PROJECT}"
    world.repo.git("config", "--global", "--add", "lspec.trust", target)


def empty(world: World, url: str = "") -> None:
    """A repository that has never been synced: two specs, a config, a target that is approved."""
    approve(world, url)
    world.configure(CONFIG)
    if url:
        file = world.repo.path / ".lspec/integrations.yml"
        file.write_text(file.read_text().replace(world.wire.url, url))
    world.repo.commit({**spec(PUBLISH), **spec(TAKE_IN)}, "specs")


def busy(world: World) -> None:
    """A repository in step; then an edit to publish, one to take in, and an item to create."""
    empty(world)
    assert synced(world.repo.path).exit_code == 0
    world.repo.commit({**spec(PUBLISH, "in-progress"), **spec(NEW)}, "edits", 60)
    (number,) = [n for n, issue in world.person.issues().items() if issue.title == TAKE_IN]
    world.person.close(number)


@dataclass(frozen=True)
class Before:
    """Everything that must not be half-written."""

    git: tuple[str, str, str]
    issues: dict[int, Issue]


def before(world: World) -> Before:
    return Before(world.footprint(), world.person.issues())


def instead(world: World, answer: Answer) -> Callable[[], None]:
    """From now on the tracker answers so; returns what ends it."""
    upstream = world.wire.answer
    world.wire.answer = lambda asked: answer(asked) or upstream(asked)

    def end() -> None:
        world.wire.answer = upstream

    return end


def ran(world: World, *args: str, env: dict[str, str] | None = None) -> Ran:
    """The real command, with the tool's token in its environment unless told otherwise."""
    return lspec(*(args or ("sync",)), cwd=world.repo.path, env={"GITHUB_TOKEN": world.token, **(env or {})})


def told(done: Ran, code: int) -> tuple[str, str]:
    """The one error that a run showed, and its advice. Anything else on stderr is too much."""
    assert done.code == code, f"exit {done.code}, not {code}:\n{done.out}\n{done.err}"
    first, *rest = done.err.splitlines() or [""]
    assert first.startswith("error: "), done.err
    assert rest, f"no advice:\n{done.err}"
    assert all(line.startswith("  → ") for line in rest), done.err
    return first.removeprefix("error: "), "\n".join(line.removeprefix("  → ") for line in rest)


def mended(world: World, sandbox: Sandbox, specs: int = 3) -> None:
    """Once the trouble is over, the next run finishes: each spec in step with one issue of its own."""
    done = ran(world)
    if "still land" in done.out:
        sandbox.advance(301)
        done = ran(world)
    assert done.code == 0, f"{done.out}\n{done.err}"
    issues = world.person.issues().values()
    assert sorted(name for each in issues for _, name in each.markers) == sorted(
        f"specs/{name}" for name in (PUBLISH, NEW, TAKE_IN) if specs == 3 or name != NEW
    )


def leaks(token: str, folder: Path, *, but: Collection[Path] = ()) -> list[str]:
    """Where a token is to be found: in files below a folder, and in objects of the repositories there."""
    assert len(token) > 8
    files = [each for each in folder.rglob("*") if each.is_file() and each not in but]
    found = [str(each) for each in files if token.encode() in each.read_bytes()]
    repos = [each.parent for each in folder.rglob("HEAD") if (each.parent / "objects").is_dir()]
    return found + [f"objects of {each}" for each in repos if token.encode() in objects(each)]


def objects(repo: Path) -> bytes:
    """Every object of a repository, unpacked."""
    command = ["git", "-C", str(repo), "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(command, capture_output=True, check=True).stdout
