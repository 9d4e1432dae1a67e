"""Our lines in git's hooks (githooks(5)), without changing a byte of anybody else's.

Pure bytes. A block of ours is known by its first and last line, wherever it stands; what is to come back when
it goes is said in the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from shlex import quote, split
from typing import Final

NAMES: Final = ("pre-commit", "post-commit", "post-merge", "post-rewrite", "pre-push")
"""The hooks that there are shims for."""
ASIDE: Final = ".before-lspec"
"""What is behind the name of a hook that had to make room."""
SHEBANG: Final = b"#!/bin/sh\n"

FILE, FOLDER, ASIDE_SAID, OPEN = (
    "with this file",
    "with this folder",
    f"then {ASIDE} comes back",
    "no end above",
)
_BLOCK: Final = re.compile(
    rb"# >>> git lspec, taken away by: git lspec uninstall(?: \(([^)\n]*)\))? >>>\n"
    rb"(.*?)"
    rb"# <<< git lspec <<<\n",
    re.DOTALL,
)
_SHELL: Final = re.compile(
    rb"#![ \t]*(?:\S*/)?(?:env[ \t]+(?:-\S+[ \t]+|\w+=\S*[ \t]+)*(?:\S*/)?)?"
    rb"(?:sh|bash|dash|ksh|zsh)(?:[ \t][^\n\r]*)?(?:\n|$)"
)
_READS_ITSELF: Final = re.compile(rb"\b(?:exec|tail)\b[^\n]*\$\{?0\b")
"""A script of another language behind a line of sh, or an archive behind one: it must not grow."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What was there before our lines. None of it: a shell script that they were put into."""

    file: bool = False
    """Nothing: the file is ours."""
    folder: bool = False
    """Not even the folder."""
    aside: bool = False
    """Another hook, which lies beside it now under its name and `ASIDE`."""
    open: bool = False
    """A single line that no newline ended."""


@dataclass(frozen=True, slots=True)
class Found:
    """A block of ours in a hook."""

    origin: Origin
    rest: bytes
    """The hook without it, as it was; of a file of ours nothing but the first line is left."""


def shim(template: bytes, program: Sequence[str]) -> bytes:
    """The lines of a shim for a program (its absolute path, perhaps first arguments), without the first."""
    words = [quote(word).encode("utf-8", "surrogateescape") for word in program]
    lines = template.removeprefix(SHEBANG)
    return lines.replace(b"@PROGRAM@", words[0]).replace(b"@COMMAND@", b" ".join(words))


def is_shell(data: bytes) -> bool:
    """Whether a hook is a shell script that lines can be put into, right behind the first."""
    return _SHELL.match(data) is not None and b"\0" not in data and not _READS_ITSELF.search(data)


def install(data: bytes | None, name: str, lines: bytes, origin: Origin | None = None) -> bytes:
    """The hook with these lines of ours in it: where they were, else behind the first line; None: no hook."""
    present = _BLOCK.search(data) if data is not None else None
    if data is not None and present:
        return data[: present.start()] + _block(name, lines, _origin(present)) + data[present.end() :]
    origin = origin or Origin()
    if data is None or origin.aside:
        return SHEBANG + _block(name, lines, replace(origin, file=True))
    first, newline, rest = data.partition(b"\n")
    return first + b"\n" + _block(name, lines, replace(origin, open=not newline)) + rest


def find(data: bytes | None) -> Found | None:
    """Our block, if there is one."""
    present = _BLOCK.search(data or b"")
    if data is None or present is None:
        return None
    before, origin = data[: present.start()], _origin(present)
    if origin.open and before.endswith(b"\n") and not data[present.end() :]:
        before = before[:-1]
    return Found(origin, before + data[present.end() :])


def is_ours(found: Found) -> bool:
    """Whether the whole file is: nobody has added anything."""
    return found.origin.file and found.rest == SHEBANG


def program_of(data: bytes) -> tuple[str, ...]:
    """The program that our lines in this hook start, with its first arguments; empty: it cannot be told."""
    found = re.search(rb"^ *if \[ -x .+ \]; then set -- (.+?)(?: #.*| hook .*)?$", data, re.MULTILINE)
    try:
        return tuple(split(found[1].decode("utf-8", "surrogateescape"))) if found else ()
    except ValueError:  # somebody has been at it
        return ()


def _origin(present: re.Match[bytes]) -> Origin:
    said = (present[1] or b"").decode("utf-8", "replace").split("; ")
    return Origin(FILE in said, FOLDER in said, ASIDE_SAID in said, OPEN in said)


def _block(name: str, lines: bytes, origin: Origin) -> bytes:
    words = [(origin.file, FILE), (origin.folder, FOLDER), (origin.aside, ASIDE_SAID), (origin.open, OPEN)]
    said = "; ".join(word for holds, word in words if holds)
    head = f"# >>> git lspec, taken away by: git lspec uninstall{f' ({said})' if said else ''} >>>\n"
    if not origin.file or origin.aside:
        # What git says on stdin (pre-push) is for the other hook.
        lines = re.sub(
            rb"^(lspec_hook\b[^{\n]*?) \|\|", rb"\1 </dev/null ||", lines, count=1, flags=re.MULTILINE
        )
    if origin.aside:
        other = f'"${{0%/*}}/{name}{ASIDE}"'
        lines += f'[ ! -x {other} ] || exec {other} "$@"\n'.encode()
    return head.encode() + lines + b"# <<< git lspec <<<\n"
