"""The document that asked for this tool, in every form that it may arrive in, through real syncs both ways.

As it is, mis-decoded (its UTF-8 read as cp1252 and saved again), with CRLF, with a BOM, in date folders, in
`archived/`: it is read, published, pulled into, and not a byte moves that nobody asked to move.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.e2e.worlds import World, spec, writes

TITLE = "External PM Systems Integration"
TAGS = {"integration", "pm", "github", "jira", "ado"}
CONFIG = """\
mapping:
  - pattern: specs/**
create: all
"""
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "specs/20251103/022-pm-integrations": lambda data: data,
    "specs/20251103/023-misread": lambda data: data.decode("cp1252").encode(),
    "specs/20251104/001-crlf": lambda data: data.replace(b"\n", b"\r\n"),
    "specs/2025-11/024-bom": lambda data: b"\xef\xbb\xbf" + data,
    "specs/025-all-of-it": lambda data: data.decode("cp1252").replace("\n", "\r\n").encode("utf-8-sig"),
}
PULLED = {
    "status: planned": "status: in-progress",
    '"jira",': "",
    '"ado"]': '"ado","api"]',
    "priority: high": "priority: low\nassignee: mona",
    f"# {TITLE}": "# PM: systems",
    "**Priority**: High": "**Priority**: Low",
}
"""What a pull of `_edit` replaces; the status in the line under the title comes on top of it."""
EDITED = {"status: in-progress": "status: complete", "priority: low": "priority: medium", '"pm",': ""}
OLD = "specs/archived/026-old"


def test_every_form_is_published_pulled_and_published_again(world: World, shared: Path) -> None:
    files = _start(world, (shared / "request.md").read_bytes())
    for folder in FORMS:
        issue = world.person.by_spec()[_name(folder)]
        assert (issue.title, issue.state, issue.labels) == (
            TITLE,
            "open",
            frozenset(TAGS | {"priority:high"}),
        )
        _edit(world, issue.number)
    world.lspec("sync")
    pulled = {folder: _pulled(files[folder]) for folder in FORMS}
    assert {folder: _read(world, folder) for folder in files} == {**files, **pulled}
    world.commit()
    world.asked()
    world.lspec("sync")
    assert writes(world.asked()) == []
    edited = {folder: _replaced(data, EDITED) for folder, data in pulled.items()}
    world.commit({f"{folder}/README.md": data for folder, data in edited.items()})
    world.lspec("sync")
    for folder in FORMS:
        issue = world.person.by_spec()[_name(folder)]
        assert (issue.title, issue.state, issue.assignees) == (
            "PM: systems",
            "closed/completed",
            frozenset({"mona"}),
        )
        assert issue.labels == TAGS - {"jira", "pm"} | {"api", "priority:medium", "nobody's tag"}
    assert {folder: _read(world, folder) for folder in files} == {**files, **edited}
    world.settled()


def test_a_folder_that_archives(world: World, shared: Path) -> None:
    """What lies in `archived/` is archived: no pull changes that, moving it out does."""
    files = _start(world, (shared / "request.md").read_bytes())
    number = world.person.by_spec()[_name(OLD)].number
    assert world.person.issue(number).state == "closed/not_planned"
    world.repo.git("mv", OLD, "specs/026-old")
    world.commit()
    world.lspec("sync")
    assert world.person.issue(number).state == "open"
    world.settled()
    world.repo.git("mv", "specs/026-old", OLD)
    world.commit()
    world.lspec("sync")
    assert world.person.issue(number).state == "closed/not_planned"
    world.person.edit(number, state="open", title="PM: systems")
    ran = world.lspec("sync")
    assert "it lies in archived/, which makes it archived; move it out with git mv" in ran.out
    assert _read(world, OLD) == _replaced(files[OLD], {f"# {TITLE}": "# PM: systems"})


def _start(world: World, request: bytes) -> dict[str, bytes]:
    """Every form as a spec of its own, and a spec that makes `api` a tag; synced once."""
    files = {folder: form(request) for folder, form in FORMS.items()} | {OLD: request}
    files["specs/027-api"] = spec("API", more="tags: [api]\n").encode()
    world.init()
    world.configure(CONFIG)
    world.commit({f"{folder}/README.md": data for folder, data in files.items()})
    world.lspec("sync", "--force")
    assert {folder: _read(world, folder) for folder in files} == files
    world.settled()
    return files


def _edit(world: World, number: int) -> None:
    world.person.edit(number, title="PM: systems")
    world.person.label(number, "status:in-progress", "api", "priority:low", "nobody's tag")
    world.person.unlabel(number, "priority:high")
    world.person.unlabel(number, "jira")
    world.person.assign(number, "mona")


def _pulled(data: bytes) -> bytes:
    misread = "ðŸ“… Planned".encode() in data
    status = {"ðŸ“… Planned": "⏳ In progress"} if misread else {"📅 Planned": "🔨 In progress"}
    return _replaced(data, PULLED | status)


def _replaced(data: bytes, words: dict[str, str]) -> bytes:
    """The first place of each is replaced; a new line ends as the others do."""
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    for old, new in words.items():
        assert old.encode() in data, old
        data = data.replace(old.encode(), new.encode().replace(b"\n", newline), 1)
    return data


def _read(world: World, folder: str) -> bytes:
    return (world.repo.path / folder / "README.md").read_bytes()


def _name(folder: str) -> str:
    return f"specs/{folder.rpartition('/')[2]}"
