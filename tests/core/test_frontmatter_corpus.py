"""Every version of every spec in a real history: what is read, what is not, and that edits stay inside."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from lspec_git.core.frontmatter import Document, edit, notices, parse, pulled, values
from lspec_git.core.spec import Problem
from tests.e2e.corpus import other_changes

pytestmark = pytest.mark.corpus
NAME = "001-a-name"
PATH = f"specs/{NAME}/README.md"
NOW = "2026-11-22T08:00:00.000Z"


def run(folder: Path, *args: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["git", *args], cwd=folder, input=stdin, capture_output=True, check=True).stdout


@cache
def versions_in(bundle: Path, scratch: Path) -> tuple[bytes, ...]:
    """The bytes of all distinct spec files, over all commits."""
    run(scratch, "clone", "-q", "--bare", str(bundle), "history.git")
    history = scratch / "history.git"
    log = run(
        history, "log", "--all", "--full-history", "-m", "--raw", "--no-abbrev", "--format=", "--", "specs"
    )
    lines = [line.split() for line in log.decode().splitlines() if line.endswith("README.md")]
    oids = sorted({line[3] for line in lines} - {"0" * 40})
    out = run(history, "cat-file", "--batch", stdin="\n".join(oids).encode() + b"\n")
    return tuple(_blobs(out))


def _blobs(out: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(out):
        head = out.index(b"\n", at)
        size = int(out[at:head].split()[2])
        found.append(out[head + 1 : head + 1 + size])
        at = head + size + 2
    return found


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture
def versions(shared: Path, scratch: Path) -> tuple[bytes, ...]:
    return versions_in(shared / "corpus" / "leanspec-history.bundle", scratch)


@pytest.fixture
def docs(versions: tuple[bytes, ...]) -> list[Document]:
    return [doc for data in versions if isinstance(doc := parse(data, PATH), Document)]


def is_frontmatter(data: bytes) -> bool:
    """Another reader's view: PyYAML over the text between the first two lines `---`."""
    lines = data.decode().split("\n")
    if lines[0] != "---":
        return False
    try:
        found = yaml.safe_load("\n".join(lines[1 : lines.index("---", 1)]))
    except yaml.YAMLError:
        return False
    return isinstance(found, dict) and "status" in found


def test_exactly_the_broken_ones_are_problems(versions: tuple[bytes, ...]) -> None:
    found = [parse(data, PATH) for data in versions]
    for data, doc in zip(versions, found, strict=True):
        assert isinstance(doc, Document) == is_frontmatter(data), doc
    reasons = Counter(doc.message.split(":")[0] for doc in found if isinstance(doc, Problem))
    assert reasons == {"invalid YAML": 22, "no frontmatter": 4}
    assert all(
        doc.line > 1 for doc in found if isinstance(doc, Problem) and doc.message.startswith("invalid")
    )
    assert len(found) > 1600


def test_values_agree_with_another_reader(docs: list[Document]) -> None:
    for doc in docs:
        other = yaml.load(doc.text.split("\n---\n")[0], Loader=yaml.BaseLoader)  # noqa: S506 (strings only)
        found = values(doc, NAME)
        assert found["status"] == other["status"]
        assert found.get("priority") == other.get("priority")
        if isinstance(other.get("tags"), list):
            assert [found[f"tags:{tag.casefold()}"] for tag in other["tags"]] == other["tags"]
        assert found["title"] == NAME or f"# {found['title']}" in doc.text
        assert notices(doc) is not None


def test_the_present_values_change_nothing(docs: list[Document]) -> None:
    for doc in docs:
        assert edit(doc, values(doc, NAME)) == doc.encode()
        assert pulled(doc, values(doc, NAME), NOW) == doc.encode()


def changed_lines(before: bytes, after: bytes) -> tuple[list[bytes], list[bytes]]:
    """Lines that are gone, and lines that are new."""
    old, new = Counter(before.splitlines()), Counter(after.splitlines())
    return [*(old - new).elements()], [*(new - old).elements()]


@pytest.mark.parametrize("field", ["status", "priority", "tags:new-one", "title", "assignee"])
def test_an_edit_changes_one_line_and_back_again(docs: list[Document], field: str) -> None:
    value = {"status": "archived", "priority": "critical", "tags:new-one": "New-One"}.get(field, "It's new")
    for doc in docs:
        before = values(doc, NAME)
        if before.get(field) == value:
            continue
        after = edit(doc, {field: value})
        read = parse(after, PATH)
        assert isinstance(read, Document)
        assert values(read, NAME) == {**before, field: value}
        gone, come = changed_lines(doc.encode(), after)
        assert len(gone) <= 1
        assert len(come) <= 2
        back = edit(read, {field: before.get(field)})
        if field == "title" and before["title"] == NAME:
            continue  # a spec without a heading has got a `title:` key
        if field == "tags:new-one" and "tags" not in doc.data:
            continue  # the new list stays, emptied
        assert back == doc.encode() or doc.data.get("tags") == [], doc.text[:300]


def test_a_removed_tag_takes_its_line_and_comes_back(docs: list[Document]) -> None:
    for doc in docs:
        before = values(doc, NAME)
        tags = [field for field in before if field.startswith("tags:")]
        for field in tags[:1] + tags[-1:]:
            read = parse(edit(doc, {field: None}), PATH)
            assert isinstance(read, Document)
            assert values(read, NAME) == {key: value for key, value in before.items() if key != field}
            assert read.text.partition("\n---\n")[2] == doc.text.partition("\n---\n")[2]
            back = edit(read, {field: before[field]})
            if len(tags) > 1 and field == tags[-1]:
                assert back == doc.encode()
            assert values(parse_again(back), NAME) == before


def parse_again(data: bytes) -> Document:
    doc = parse(data, PATH)
    assert isinstance(doc, Document)
    return doc


@pytest.mark.parametrize("status", ["in-progress", "complete"])
def test_a_pulled_status_touches_only_what_leanspec_would(docs: list[Document], status: str) -> None:
    ours = (b"status:", b"updated", b"completed", b"- status:", b"at:", b"> **Status**")
    for doc in docs:
        before = values(doc, NAME)
        after = pulled(doc, {"status": status}, NOW)
        assert values(parse_again(after), NAME) == {**before, "status": status}
        gone, come = changed_lines(doc.encode(), after)
        assert all(line.strip().startswith(ours) for line in gone + come)
        if isinstance(steps := doc.data.get("transitions"), list) and before["status"] != status:
            assert parse_again(after).data["transitions"] == [*steps, {"status": status, "at": at(after)}]


KEYS = frozenset({"status", "priority", "tags", "assignee", "updated", "updated_at", "transitions"})
SAID = re.compile(r"\*\*(Status|Priority|Tags|Assignee)\*\*: (.*?)(?= · \*\*| *$)", re.MULTILINE)


def test_a_pull_of_many_fields_moves_their_lines_and_the_derived_one(docs: list[Document]) -> None:
    followed = 0
    for doc in docs:
        status = "planned" if doc.data["status"] != "planned" else "archived"
        priority = "low" if doc.data.get("priority") != "low" else "critical"
        changes = {"status": status, "priority": priority, "tags:new-one": "New-One", "assignee": "ada"}
        before, after = values(doc, NAME), pulled(doc, changes, NOW).decode()
        read = parse_again(after.encode())
        assert values(read, NAME) == {**before, **changes}
        assert other_changes(doc.text, after, KEYS) == []
        assert pulled(read, values(read, NAME), NOW).decode() == after
        tags = [tag for field, tag in values(read, NAME).items() if field.startswith("tags:")]
        expected = {"Status": status, "Priority": priority, "Tags": ", ".join(tags), "Assignee": "ada"}
        for label, said in SAID.findall(derived(after)):
            followed += 1
            words = re.sub(r"^\W+|\s*\(.*\)$", "", said) if label in ("Status", "Priority") else said
            assert words.lower() == expected[label].lower(), said
    assert followed > 2900


def derived(text: str) -> str:
    """The lines of a quote that follow the H1, but for blank ones; empty if they tell no status."""
    body = text.partition("\n---\n")[2]
    found = re.match(r"\s*# .*\n\s*\n*((?:>.*\n?)+)", body)
    return found[1] if found and "**Status**" in found[1] else ""


def at(data: bytes) -> str:
    steps = parse_again(data).data["transitions"]
    assert isinstance(steps, list)
    assert isinstance(steps[-1], dict)
    stamp = steps[-1]["at"]
    assert isinstance(stamp, str)
    assert stamp.startswith("2026-11-22T08:00:00")
    return stamp
