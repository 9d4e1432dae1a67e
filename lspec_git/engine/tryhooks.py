"""Lets git run the hooks that are installed, as far as our lines, in a repository made for that.

Everything is real: git finds the files (by links), starts what their first line names, and that comes to our
lines, which tell so and end the hook: nothing else in it is run. Only a hook that a framework keeps for us is
reached through that framework, which finds no config of its own there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from lspec_git.engine.tryout import ALONE, SECONDS
from lspec_git.git.hookfiles import PATH_KEY
from lspec_git.git.process import run_alone

SYSTEM: Final = "/usr/bin:/bin"
"""All that is on PATH under a graphical program, as a rule."""


def unreached(hooks: Mapping[str, Sequence[Path]]) -> dict[str, str]:
    """The hooks in which git does not get to our lines, and what was said instead. Raises GitError.

    `hooks` are the files of each: git's own, and those beside it that it may start.
    """
    with tempfile.TemporaryDirectory(prefix="lspec-") as name:
        folder, told = Path(name), Path(name, "told")
        places = folder / "hooks"
        places.mkdir()
        for path in (path for paths in hooks.values() for path in paths):
            (places / path.name).symlink_to(path)
        run_alone(["init", "-q", "--template="], folder, stdin=b"", env=ALONE, seconds=SECONDS)
        said = {hook: _said(folder, places, told, hook) for hook in hooks}
        reached = told.read_text("utf-8", "replace").split() if told.exists() else []
    return {hook: words for hook, words in said.items() if hook not in reached}


def _said(folder: Path, places: Path, told: Path, hook: str) -> str:
    env = {
        **ALONE,
        "PATH": _system_path(),
        "LSPEC_PROBE": str(told),
        "PRE_COMMIT_ALLOW_NO_CONFIG": "1",
    }
    args = ["-c", f"{PATH_KEY}={places}", "hook", "run", hook, "--", "origin", "here"]
    done = run_alone(args, folder, stdin=b"", env=env, seconds=SECONDS)
    if done is None:
        return f"it did not end within {SECONDS} seconds"
    return next(iter(done.complaint.splitlines()), f"it exited {done.returncode}, and never came to them")


def broken(program: Sequence[str]) -> str:
    """Why a program does not start without a terminal, a home and a PATH of one's own; empty: it does."""
    try:
        done = subprocess.run(
            [*program, "--version"],
            env={"PATH": _system_path()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except OSError as error:
        return str(error.strerror)
    except subprocess.TimeoutExpired:
        return f"it did not end within {SECONDS} seconds"
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return (lines[-1] if lines else f"it exited {done.returncode}") if done.returncode else ""


def _system_path() -> str:
    """With git's own folder before: git that was found by PATH here is found by a GUI in some way as well."""
    git = shutil.which("git")
    return os.pathsep.join([*([str(Path(git).parent)] if git else []), SYSTEM])
