"""A `git-lspec` that notes what hooks start it with, instead of doing it; everything else is the real one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.cli.running import PATIENCE, Ran, environment
from tests.conftest import Repo

PROGRAM = """\
#!{python}
import sys
sys.argv[0] = __file__
if sys.argv[1:2] != ["hook"]:
    from lspec_git.__main__ import main
    sys.exit(main())
import json, os, time
from pathlib import Path
here = Path(__file__).parent
stdin = [] if os.isatty(0) else sys.stdin.read().splitlines()
told = {{
    "args": sys.argv[2:],
    "stdin": stdin,
    "fds": [os.readlink(f"/proc/self/fd/{{n}}") for n in (0, 1, 2)],
    "env": dict(os.environ),
    "folder": os.getcwd(),
}}
if (here / "slow").exists():
    (here / "begun").touch()
    while (here / "slow").exists():
        time.sleep(0.02)
with open(here / "told", "a") as file:
    file.write(json.dumps(told) + "\\n")
sys.exit(int((here / "status").read_text()) if (here / "status").exists() else 0)
"""
SPEC = "specs/001-a-name/README.md"
OTHER = "src/main.c"
CONFIG = ".lspec/integrations.yml"
TEXT = "---\nstatus: {}\n---\n\n# A name\n"


SOON = 30.0
"""Seconds after which a child that a hook started would long have told of itself."""


@dataclass(frozen=True)
class Call:
    """What a hook started the program with."""

    args: list[str]
    stdin: list[str]
    fds: list[str]
    env: dict[str, str]
    folder: str


@dataclass(frozen=True)
class Program:
    """The program, in a folder of its own."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "git-lspec"

    def answer(self, status: int) -> None:
        """What it exits with from now on."""
        (self.folder / "status").write_text(str(status))

    def lspec(self, *args: str, cwd: Path, code: int = 0) -> Ran:
        """Run it as a person does: the hooks that it installs start this very file."""
        done = subprocess.run(
            [str(self.path), *args],
            cwd=cwd,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def calls(self) -> list[Call]:
        """What it was started with so far."""
        file = self.folder / "told"
        lines = file.read_text().splitlines() if file.exists() else []
        return [Call(**json.loads(line)) for line in lines]

    def names(self, count: int) -> list[str]:
        """The first words of so many calls, once they are there; they are forgotten then."""
        return [" ".join(call.args[:1]) for call in self.wait(count)]

    def wait(self, count: int) -> list[Call]:
        """So many calls, once they are there, and no more; they are forgotten then."""
        deadline = time.monotonic() + SOON
        while len(found := self.calls()) < count:
            assert time.monotonic() < deadline, f"{count} expected: {[call.args for call in found]}"
            time.sleep(0.02)
        assert len(found) == count, [call.args for call in found]
        (self.folder / "told").unlink(missing_ok=True)
        return found


def program(folder: Path) -> Program:
    """A recording program in a new folder."""
    folder.mkdir()
    made = Program(folder)
    made.path.write_text(PROGRAM.format(python=sys.executable))
    made.path.chmod(0o755)
    return made


def project(repo: Repo) -> Repo:
    """A first commit with a spec, our config and a file that is neither."""
    repo.commit({SPEC: TEXT.format("planned"), CONFIG: "github:\n  repo: o/r\n", OTHER: "0\n"}, "First")
    return repo


def settle(repo: Repo, commit: str = "HEAD") -> None:
    """What the end of a run leaves: nothing is left to publish up to this commit."""
    folder = Path(repo.git("rev-parse", "--absolute-git-dir"), "lspec")
    folder.mkdir(exist_ok=True)
    oid = repo.git("rev-parse", commit)
    settled = {"head": oid, "notes": "", "config": "", "open": [], "at": 0}
    (folder / "settled.json").write_text(json.dumps(settled, separators=(",", ":")))


def edit(repo: Repo, status: str) -> None:
    repo.write(SPEC, TEXT.format(status))


def shebang(repo: Repo, line: str) -> None:
    """Let another shell run all hooks of ours."""
    for hook in hooks(repo).iterdir():
        if not hook.name.endswith(".sample"):
            rest = hook.read_bytes().partition(b"\n")[2]
            hook.write_bytes(f"#!{line}\n".encode() + rest)


def hooks(repo: Repo) -> Path:
    return Path(repo.git("rev-parse", "--path-format=absolute", "--git-path", "hooks"))


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All files below a folder with mode and content; of links, where they lead."""
    found = {".": (folder.stat().st_mode, b"")} if folder.exists() else {}
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        link = path.is_symlink()
        data = str(path.readlink()).encode() if link else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (path.lstat().st_mode, data)
    return found
