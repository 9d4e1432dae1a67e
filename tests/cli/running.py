"""Runs the real command as a child: through pipes, or on a terminal of its own (a pty)."""

from __future__ import annotations

import errno
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import TOP

COMMAND = (sys.executable, "-m", "lspec_git")
INTERRUPT = "^C"
PATIENCE = 60.0
"""Seconds after which a child that should have ended is taken for stuck."""


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    code: int
    out: str
    err: str = ""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The sealed environment, in which the child finds this very code."""
    return {**os.environ, "PYTHONPATH": str(TOP), **(extra or {})}


def lspec(*args: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: str = "") -> Ran:
    """Run `lspec ARGS` without a terminal."""
    done = subprocess.run(
        [*COMMAND, *args],
        cwd=cwd,
        env=environment(env),
        input=stdin,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=PATIENCE,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def lspec_on_terminal(
    *args: str, cwd: Path, answers: Sequence[tuple[str, str]] = (), env: Mapping[str, str] | None = None
) -> Ran:
    """Run `lspec ARGS` on a terminal, typing each answer once its question has appeared. "^C" interrupts.

    `out` is all that the terminal showed, the echo of the answers included.
    """
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.execve(COMMAND[0], [*COMMAND, *args], environment({"TERM": "xterm", **(env or {})}))  # noqa: S606 - no shell wanted
    try:
        shown = _converse(terminal, list(answers))
        return Ran(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        os.close(terminal)


def _converse(terminal: int, answers: list[tuple[str, str]]) -> str:
    shown, asked, last, deadline = "", 0, "", time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 2)[0]:
            # A signal just before the child begins to read is noted, yet does not end that read.
            if last == INTERRUPT:
                _type(terminal, last)
            continue
        chunk = _read(terminal)
        if not chunk:
            assert not answers, f"never asked {answers[0][0]!r}:\n{shown}"
            return shown
        shown += chunk
        while answers and (found := re.search(answers[0][0], shown[asked:])):
            asked += found.end()
            last = answers.pop(0)[1]
            _type(terminal, last)
    raise AssertionError(f"stuck; waiting for {answers[:1]} after:\n{shown}")


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError as error:
        # Linux answers EIO, not an end of file, once the last process on the terminal is gone.
        if error.errno == errno.EIO:
            return ""
        raise


def _type(terminal: int, answer: str) -> None:
    os.write(terminal, b"\x03" if answer == INTERRUPT else answer.encode() + b"\n")
