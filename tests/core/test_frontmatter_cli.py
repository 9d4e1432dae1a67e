"""LeanSpec's own command line reads what is written here, and what it writes is read here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from lspec_git.core.frontmatter import Document, edit, parse, pulled, values
from tests.conftest import node_folder

pytestmark = pytest.mark.node
NAME = "001-a-spec"
CRLF = ("\n", "\r\n")
BODY = "# A title\n\nText\n"
STYLES = (
    f'---\nstatus: planned\ncreated: \'2026-01-02\'\ntags: ["a","b"]\npriority: high\n---\n\n{BODY}',
    f"---\nstatus: planned\ncreated: 2026-01-02\npriority: high\ntags:\n- a\n- b\nzz: 1\n---\n{BODY}",
    f'---\nstatus: \'planned\'\ncreated: "2026-01-02"\ntags: \'["a","b"]\' # x\n---\n\n{BODY}'.replace(
        "\n", "\r\n"
    ),
    "---\nstatus: planned\ncreated: 2026-01-02\ntags:\n  - a\n  - b\n"
    "created_at: 2026-01-02T03:04:05.123456Z\nupdated_at: 2026-01-02T03:04:05.123456Z\n"
    "transitions:\n  - status: planned\n"
    f"    at: 2026-01-02T03:04:05.123456Z\n---\n{BODY}",
)
CHANGES: dict[str, str | None] = {
    "status": "in-progress",
    "priority": "critical",
    "tags:a": None,
    "tags:yes": "yes",
    "tags:c d": "C d",
    "assignee": "ada: @home #1",
    "title": "It's: new #1",
}


class LeanSpec:
    def __init__(self, top: Path) -> None:
        self.program = node_folder() / "node_modules" / "@leanspec" / "cli-linux-x64" / "leanspec"
        if not self.program.is_file():
            pytest.skip("needs LeanSpec's own program: npm i @leanspec/cli-linux-x64 (LSPEC_NODE)")
        self.program = self.program.resolve()
        self.top = top
        self.file = top / "specs" / NAME / "README.md"
        self.file.parent.mkdir(parents=True)

    def run(self, *args: str) -> str:
        done = subprocess.run(
            [self.program, *args], cwd=self.top, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def document(self) -> Document:
        doc = parse(self.file.read_bytes(), f"specs/{NAME}/README.md")
        assert isinstance(doc, Document)
        return doc


@pytest.fixture
def leanspec(tmp_path: Path) -> LeanSpec:
    return LeanSpec(tmp_path / "project")


@pytest.mark.parametrize("text", STYLES)
@pytest.mark.parametrize("pull", [False, True])
def test_it_reads_what_we_write(leanspec: LeanSpec, text: str, pull: bool) -> None:
    leanspec.file.write_bytes(text.encode())
    doc = leanspec.document()
    after = pulled(doc, CHANGES, "2026-11-22T08:00:00.000Z") if pull else edit(doc, CHANGES)
    leanspec.file.write_bytes(after)
    (listed,) = json.loads(leanspec.run("list", "-o", "json"))
    assert listed["status"] == "in-progress"
    assert listed["title"] == "It's: new #1"
    assert listed["priority"] == "critical"
    assert sorted(listed["tags"]) == ["C d", "b", "yes"]
    assert listed["assignee"] == "ada: @home #1"
    assert "It's: new #1" in leanspec.run("view", NAME)


@pytest.mark.parametrize("text", STYLES)
def test_we_read_what_it_writes(leanspec: LeanSpec, text: str) -> None:
    leanspec.file.write_bytes(text.encode())
    before = values(leanspec.document(), NAME)
    leanspec.run("update", NAME, "-s", "in-progress")
    after = leanspec.document()
    assert values(after, NAME) == {**before, "status": "in-progress"}
    assert edit(after, values(after, NAME)) == leanspec.file.read_bytes()
    assert isinstance(after.data["transitions"], list)


@pytest.mark.parametrize("text", STYLES)
def test_it_goes_on_with_what_we_wrote(leanspec: LeanSpec, text: str) -> None:
    leanspec.file.write_bytes(text.encode())
    leanspec.file.write_bytes(pulled(leanspec.document(), CHANGES, "2026-11-22T08:00:00.000Z"))
    before = values(leanspec.document(), NAME)
    leanspec.run("update", NAME, "-s", "complete", "--force")
    assert values(leanspec.document(), NAME) == {**before, "status": "complete"}
