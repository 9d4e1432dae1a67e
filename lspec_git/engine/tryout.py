"""Lets git merge two edits of a made-up spec in a repository made for that: does a driver do what it should?

Everything is real: git reads the attributes, starts sh with the configured line, and sh starts the program.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lspec_git.git import attributes
from lspec_git.git.process import run_alone
from lspec_git.git.setup import KEY, ROOT

PATH: Final = "specs/001-a-name/README.md"
BASE: Final = "---\nstatus: planned\ntags:\n  - api\nupdated: 2026-01-01\n---\n\n# A name\n\nFirst.\n"
OURS: Final = BASE.replace("planned", "in-progress").replace("01-01", "01-02")
THEIRS: Final = BASE.replace("- api\n", "- api\n  - web\n").replace("01-01", "01-03")
MERGED: Final = OURS.replace("- api\n", "- api\n  - web\n").replace("01-02", "01-03")
SECONDS: Final = 30
"""How long each git may take: the driver gives up after ten."""
ALONE: Final[Mapping[str, str]] = {
    # Nothing of the user's may have a say: hooks, signatures to verify, drivers of other scopes.
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_COMMITTER_NAME": "git lspec",
    "GIT_COMMITTER_EMAIL": "lspec@localhost",
}


def fault(line: str) -> str:
    """What is wrong with a merge by this line of a git config; empty if it is right. Raises GitError."""
    with tempfile.TemporaryDirectory(prefix="lspec-") as name:
        folder = Path(name)
        for args, stdin in _steps(line):
            done = run_alone(args, folder, stdin=stdin, env=ALONE, seconds=SECONDS)
            if done is None:
                return f"git {args[0]} did not end within {SECONDS} seconds"
            if done.returncode:
                # The first line names the cause: the driver's come before git's.
                return next(iter(done.complaint.splitlines()), f"git {args[0]} exited {done.returncode}")
        right = (folder / PATH).read_text("utf-8", "replace") == MERGED
        return "" if right else "no error, and a wrong result"


def _steps(line: str) -> tuple[tuple[list[str], bytes], ...]:
    return (
        (["init", "-q", "--template=", "-b", "main"], b""),
        (["config", KEY, line], b""),
        (["fast-import", "--quiet"], _history()),
        (["reset", "-q", "--hard"], b""),
        (["merge", "-q", "--no-ff", "--no-commit", "side"], b""),
    )


def _history() -> bytes:
    rule = attributes.line(f"/{PATH}") + "\n"
    first = _commit("main", {ROOT: rule, PATH: BASE}) + "reset refs/heads/side\nfrom refs/heads/main\n\n"
    return (first + _commit("main", {PATH: OURS}) + _commit("side", {PATH: THEIRS}) + "done\n").encode()


def _commit(branch: str, files: Mapping[str, str]) -> str:
    head = f"commit refs/heads/{branch}\ncommitter git lspec <lspec@localhost> 1767225600 +0000\ndata 1\nx\n"
    return head + "".join(
        f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items()
    )
