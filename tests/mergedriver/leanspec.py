"""Merges in LeanSpec's own format whose right result is known: real edits beside those of LeanSpec's program.

What must come out is computed here key by key, with PyYAML and Python's own dates: none of the driver's code.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lspec_git.core.specmerge import Doubt, Result
from lspec_git.mergedriver import merge_files
from tests.mergedriver.reading import Head, body, by_git, front, head, is_marked, moment, taken

PATH = "specs/001-a-name/README.md"
SETS = ("tags", "depends_on", "related")
STAMPS = ("created_at", "updated", "updated_at", "completed", "completed_at")
STATUSES = ("planned", "in-progress", "complete", "archived")
PRIORITIES = ("low", "medium", "high", "critical")
LINE = re.compile(r"^>\s+\*\*Status\*\*:([^·\n]*)[^\n]*(\n>\s+\*\*Assignee\*\*:[^\n]*)?", re.MULTILINE)
KEY = re.compile(r"^(\w[\w-]*):.*\n(?:(?:[ -].*)?\n)*", re.MULTILINE)
CONFLICT = object()
"""Instead of a value: both sides changed it, and only a person can tell."""


@dataclass(frozen=True)
class Edit:
    """Two versions of one spec, one after the other, whose frontmatter differs."""

    old: bytes
    new: bytes


@dataclass(frozen=True)
class Case:
    """Two edits of one spec."""

    kind: str
    base: bytes
    ours: bytes
    theirs: bytes

    @property
    def swapped(self) -> Case:
        """The same seen from the other branch."""
        return Case(f"{self.kind}, other way round", self.base, self.theirs, self.ours)


def history(bundle: Path, folder: Path) -> list[Edit]:
    """Every edit of a frontmatter in the history of a bundle, each once, in the same order each time."""
    subprocess.run(["git", "clone", "-q", "--bare", "-b", "main", bundle, folder], check=True)
    log = _git(folder, "log", "--format=", "--raw", "--no-abbrev", "--no-renames", "--diff-filter=M", "main")
    lines = (line.split() for line in log.decode().splitlines() if line.endswith("/README.md"))
    pairs = sorted({(line[2], line[3]) for line in lines})
    names = "\n".join({name: "" for pair in pairs for name in pair}) + "\n"
    blobs = _blobs(_git(folder, "cat-file", "--batch", data=names.encode()))
    edits = (Edit(blobs[old], blobs[new]) for old, new in pairs)
    return [each for each in edits if _is_edit(*(head(data.decode()) for data in (each.old, each.new)))]


def _is_edit(old: Head | None, new: Head | None) -> bool:
    return old is not None and new is not None and old != new and "status" in old and "status" in new


def _git(folder: Path, *args: str, data: bytes = b"") -> bytes:
    return subprocess.run(["git", *args], cwd=folder, input=data, capture_output=True, check=True).stdout


def _blobs(output: bytes) -> Mapping[str, bytes]:
    found, at = {}, 0
    while at < len(output):
        end = output.index(b"\n", at)
        name, _, size = output[at:end].decode().split()
        found[name] = output[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)
    return found


@dataclass(frozen=True)
class Program:
    """LeanSpec's own command line, in a project that holds one spec."""

    path: Path
    folder: Path

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.path, *args], cwd=self.folder, capture_output=True, text=True, check=False
        )

    def update(self, data: bytes, *args: str) -> bytes | None:
        """The spec after `leanspec update`; None where it refuses, or changes nothing."""
        self.put(data)
        done = self.run("update", "001-a-name", "--force", *args)
        new = (self.folder / PATH).read_bytes()
        return None if done.returncode or new == data or head(new.decode()) is None else new

    def put(self, data: bytes) -> None:
        file = self.folder / PATH
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def edits(self, data: bytes, not_status: Sequence[object]) -> Iterator[tuple[str, bytes]]:
        """What each of its edits makes of a spec: a status that nobody has yet, a priority, a tag."""
        said = head(data.decode()) or {}
        status = next(each for each in STATUSES if each not in (said.get("status"), *not_status))
        priority = next(each for each in PRIORITIES if each != said.get("priority"))
        for name, args in (
            ("status", ("-s", status)),
            ("priority", ("-p", priority)),
            ("tag", ("--add-tags", "of-the-program")),
        ):
            if (new := self.update(data, *args)) is not None:
                yield name, new


def cases(edits: Sequence[Edit], program: Program) -> Iterator[Case]:
    """All cases that these edits give rise to, both ways round."""
    later = {edit.old: edit.new for edit in edits}
    for number, edit in enumerate(edits):
        new = head(edit.new.decode()) or {}
        made = [*program.edits(edit.old, [new.get("status")])]
        found = [
            Case(f"a real edit and a {name} by the program", edit.old, edit.new, data) for name, data in made
        ]
        if len(made) > 1:
            found.append(Case("two edits by the program", edit.old, made[0][1], made[1][1]))
        if grafted := _grafted(edit, edits[number + 1 :]):
            found.append(Case("two real edits of different keys", edit.old, edit.new, grafted))
        if edit.new in later:
            found.append(
                Case("a real edit and a revert of the one before", edit.new, later[edit.new], edit.old)
            )
        for case in found:
            yield case
            yield case.swapped


def _grafted(edit: Edit, others: Sequence[Edit]) -> bytes | None:
    """The old version with the lines of one key as another spec's edit has them, which this edit leaves."""
    old, new = (head(data.decode()) or {} for data in (edit.old, edit.new))
    for other in others:
        before, after = (head(data.decode()) or {} for data in (other.old, other.new))
        for key in after:
            if key in old and old[key] == new.get(key) and after[key] not in (before.get(key), old[key]):
                return _with_lines(edit.old.decode(), key, other.new.decode())
    return None


def _with_lines(text: str, key: str, donor: str) -> bytes:
    lines = {found[1]: found[0] for found in KEY.finditer(front(donor) + "\n")}
    top = front(text) + "\n"
    for found in KEY.finditer(top):
        if found[1] == key:
            top = top[: found.start()] + lines[key] + top[found.end() :]
            break
    return (top + text[len(front(text)) + 1 :]).encode()


def expected(key: str, base: object, ours: object, theirs: object) -> object:
    """What must come of a key; CONFLICT where a person has to say."""
    if same(key, theirs, base) or same(key, ours, theirs):
        return ours
    if same(key, ours, base):
        return theirs
    if base is None and "" in (ours, theirs):
        return ours or theirs  # a new key without a value says nothing
    if key in SETS or (key == "transitions" and all(_is_log(each) for each in (base, ours, theirs))):
        b, o, t = (_parts(key, each) for each in (base, ours, theirs))
        return (b & o & t) | (o - b) | (t - b) or (None if None in (ours, theirs) else frozenset())
    late = [moment(each) for each in (base or "0001-01-01", ours, theirs)]
    if key in STAMPS and late[0] and late[1] and late[2] and min(late[1], late[2]) >= late[0]:
        return ours if late[1] > late[2] else theirs
    return CONFLICT


def same(key: str, one: object, other: object) -> bool:
    """Whether two values say the same, however they are written."""
    if key in (*SETS, "transitions") and None not in (one, other):
        return _parts(key, one) == _parts(key, other)
    return one == other or (moment(one) is not None and moment(one) == moment(other))


def _parts(key: str, value: object) -> frozenset[object]:
    """The elements of a set, or the entries of a log."""
    if isinstance(value, frozenset):
        return value
    if isinstance(value, str):
        value = [word for each in value.split(",") if (word := each.strip("[]\"' "))]
    each_one = value if isinstance(value, list) else []
    return frozenset(
        (each["status"], moment(each["at"])) if isinstance(each, dict) and key == "transitions" else str(each)
        for each in each_one
    )


def _is_log(value: object) -> bool:
    """Real ones hold items of other keys, whose own line somebody removed."""
    return value is None or (isinstance(value, list) and all(isinstance(each, dict) for each in value))


def merged(case: Case) -> Result | str:
    """What the driver makes of it, or why it leaves it to git."""
    try:
        return merge_files(case.base, case.ours, case.theirs, PATH, style="merge")
    except Doubt as doubt:
        return str(doubt)


def problems(case: Case, result: Result | str) -> list[str]:
    """Everything that is not as it must be; empty if all is."""
    if isinstance(result, str):
        return [f"left to git: {result}"]
    text = result.data.decode()
    sides = [head(each.decode()) or {} for each in (case.base, case.ours, case.theirs)]
    mine, other = (head(taken(text, ours=way)) for way in (True, False))
    if mine is None or other is None:
        return ["the frontmatter cannot be read"]
    found = []
    for key in dict.fromkeys(key for each in (*sides, mine, other) for key in each):
        base, ours, theirs = (side.get(key) for side in sides)
        right = expected(key, base, ours, theirs)
        wanted = (ours, theirs) if right is CONFLICT else (right, right)
        became = (mine.get(key), other.get(key))
        if not all(same(key, *pair) for pair in zip(became, wanted, strict=True)):
            found.append(f"{key}: {base!r}, {ours!r}, {theirs!r} became {became!r}")
        if right is CONFLICT and not result.conflict:
            found.append(f"{key}: a conflict that is not told")
    return [*found, *_line_problems(sides, text, mine), *_body_problems(case, text)]


def is_decided(case: Case) -> bool:
    """Whether every key can be merged without a person."""
    sides = [head(each.decode()) or {} for each in (case.base, case.ours, case.theirs)]
    keys = {key for side in sides for key in side}
    return not any(expected(key, *(side.get(key) for side in sides)) is CONFLICT for key in keys)


def _line_problems(sides: Sequence[Head], text: str, said: Head) -> Iterator[str]:
    """The line under the title says the merged status where a side changed that, unless a person is asked."""
    status, line = said.get("status"), LINE.search(body(text))
    moved = not is_marked(text) and any(side.get("status") != status for side in sides)
    if line and moved and str(status).replace("-", " ") not in line[1].lower().replace("-", " "):
        yield f"the line says {line[1]!r}, and the status is {status}"


def _body_problems(case: Case, text: str) -> Iterator[str]:
    """But for that line, the body is as git merges it."""
    base, ours, theirs, found = (
        _plain_body(each) for each in (case.base, case.ours, case.theirs, text.encode())
    )
    if theirs in (base, ours):
        wanted = ours
    else:
        wanted = theirs if base == ours else by_git(base.encode(), ours.encode(), theirs.encode())
    if found != wanted:
        yield "the body is not as git merges it"


def _plain_body(data: bytes) -> str:
    text = LINE.sub("> the line", body(data.decode().replace("\r\n", "\n")), count=1).strip("\n")
    return f"{text}\n" if text else ""


def text_conflicts(case: Case) -> bool:
    """Whether git's text merge of the whole file conflicts."""
    return is_marked(by_git(case.base, case.ours, case.theirs))
