"""Merged files as somebody reads them who knows PyYAML and git's markers, and none of the driver's code."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import yaml

Head = Mapping[str, object]
FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
CONFLICT = re.compile(
    r"^<{7}[^\n]*\n(.*?)(?:^\|{7}[^\n]*\n.*?)?^={7}\n(.*?)^>{7}[^\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)


def head(text: str) -> Head | None:
    """The frontmatter, every scalar a string; None where there is none, or none that can be read."""
    found = FRONT.match(text)
    try:
        data = yaml.load(found[1], Loader=yaml.BaseLoader) if found else None  # noqa: S506 - makes strings only
    except yaml.YAMLError:
        return None
    return data if isinstance(data, dict) else None


def front(text: str) -> str:
    """Everything above the line that closes the frontmatter."""
    return text.replace("\r\n", "\n").split("\n---", 1)[0]


def body(text: str) -> str:
    """Everything below that line."""
    return FRONT.sub("", text, count=1)


def is_marked(text: str) -> bool:
    """Whether it holds conflict markers of the usual size."""
    return "\n<<<<<<<" in "\n" + text


def taken(text: str, *, ours: bool) -> str:
    """The text with this side of each conflict taken."""
    return CONFLICT.sub(lambda found: found[1] if ours else found[2], text.replace("\r\n", "\n"))


def by_git(base: bytes, ours: bytes, theirs: bytes) -> str:
    """What `git merge-file` makes of it, as a merge without a driver would have it."""
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for name, data in zip(names, (ours, base, theirs), strict=True):
            name.write_bytes(data)
        labels = ["-L", "ours", "-L", "base", "-L", "theirs"]
        done = subprocess.run(
            ["git", "merge-file", "-p", "-q", *labels, *names], capture_output=True, check=False
        )
    return done.stdout.decode()


def words(value: object) -> list[str] | None:
    """The elements of a list, or of a string with commas; brackets and quotes within them left out."""
    if value is None:
        return []
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        return None
    return [said for part in parts if (said := re.sub(r"[\s()\[\]<>{}\"'`]+", " ", part).strip(" ."))]


def moment(value: object) -> datetime | None:
    """The instant that it names, by Python's own reading; None where it names none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None


def gone(kind: str, base: object, mine: object, other: object, merged: object) -> bool:
    """Whether what one side made of a value is nowhere in the merged one, which no rule of its kind allows.

    `other` is what the other side made of it: what that one took away need not be there.
    """
    if mine in (base, merged):
        return False
    three = [words(each) for each in (base, mine, other, merged)]
    if kind == "set" and None not in three:
        b, m, o, found = ({*(each or ())} for each in three)
        return not (m - b <= found and b & m & o <= found and not (b - m) & found)
    late = [moment(each) for each in (mine, merged)]
    if kind == "stamp" and late[0] and late[1]:
        return late[0] > late[1]
    return bool(mine) or base is not None
