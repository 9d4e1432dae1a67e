"""What runs that nobody watches leave behind: a log of bounded size, and lines that somebody should see.

Plain files in the repository's folder of ours, so that a hook in sh can show such a line as well. `folder`
is `lspec/` in the git folder that all worktrees share. Imports nothing but `os` and `time`: see `hooks`.
"""

from __future__ import annotations

import os
import time

LOG, LINES = "log", "tell"
LARGEST = 200_000
"""Bytes of the log; past that the older half goes."""
MOST = 3
"""So many lines wait to be told; older ones are in the log only."""


def write(folder: str, text: str) -> None:
    """Append to the log, each line with time (UTC) and process. Raises OSError."""
    head = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {os.getpid()} "
    path = os.path.join(folder, LOG)  # noqa: PTH118
    _append(path, "".join(f"{head}{line}\n" for line in text.splitlines()))
    if os.path.getsize(path) > LARGEST:  # noqa: PTH202
        _halve(path)


def leave(folder: str, line: str) -> None:
    """Have a line told once, before the next command's or hook's output. Raises OSError."""
    _append(os.path.join(folder, LINES), f"{' '.join(line.split())}\n")  # noqa: PTH118


def take(folder: str) -> list[str]:
    """The lines that are still to be told, which nobody else will get any more. Raises OSError."""
    path = os.path.join(folder, LINES)  # noqa: PTH118
    mine = f"{path}.{os.getpid()}"
    try:
        os.replace(path, mine)  # noqa: PTH105
    except FileNotFoundError:
        return []
    lines = _read(mine).decode("utf-8", "replace").splitlines()
    os.unlink(mine)  # noqa: PTH108
    return lines[-MOST:]


def tell(folder: str) -> None:
    """Write them to stderr. Raises OSError."""
    for line in take(folder):
        os.write(2, f"{line}\n".encode("utf-8", "replace"))


def _append(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
    # One write to a file opened for appending: lines of two processes do not mix.
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(number, text.encode("utf-8", "replace"))
    finally:
        os.close(number)


def _halve(path: str) -> None:
    kept = _read(path)[-LARGEST // 2 :].partition(b"\n")[2]
    draft = f"{path}.{os.getpid()}"
    with open(draft, "wb") as file:  # noqa: PTH123 - pathlib costs a hook more than its work
        file.write(kept)
    os.replace(draft, path)  # noqa: PTH105


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()
