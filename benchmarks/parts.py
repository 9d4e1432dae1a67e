"""Parts of the tool that no command runs alone, each to be run as a process of its own.

`python -m benchmarks.parts edits`: the edits behind every field of every spec of the repository here.
`python -m benchmarks.parts notes N`: N notes in one transaction.
`python -m benchmarks.parts sha1 N`: for comparison, N such notes hashed and nothing else.
"""

from __future__ import annotations

import sys
from hashlib import sha1
from pathlib import Path

from lspec_git.__main__ import spare_collector
from lspec_git.core.config import Config
from lspec_git.git.notes import Notes
from lspec_git.git.objects import discover, open_objects
from lspec_git.local import load

NOTE = 'note = "item"\ntracker = "github"\nhost = "github.com"\nid = "{}"\n\n[seen]\nstatus = "{}: open"\n'


def notes(count: int) -> dict[bytes, bytes | None]:
    """Anchor to note."""
    return {
        f"item github {number}\n".encode(): NOTE.format(number, number).encode() for number in range(count)
    }


def main(part: str, count: int = 0) -> None:
    """Run one part, as a command of the tool would."""
    spare_collector()
    if part == "edits":
        local = load(discover(Path.cwd()), Config("", ()))
        local.history(local.specs.values())
    elif part == "notes":
        repo = discover(Path.cwd())
        with open_objects(repo) as objects:
            Notes(objects, repo, "refs/notes/benchmark").write(notes(count), "benchmark", None)
    elif part == "sha1":
        for anchor, note in notes(count).items():
            sha1(anchor + (note or b""), usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
