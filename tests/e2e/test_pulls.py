"""What a person does on the tracker comes back into the spec: these fields, and no other byte."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.conftest import node_folder
from tests.e2e.worlds import PROJECT, World, sent, spec, spec_path, writes

CONFIG = "create: all\nlimit: 10\nmapping:\n  - pattern: specs/**\n"
FULL = """\
---
status: planned            # a remark
created: '2026-01-01'
tags:
  - api
  - "Web UI"

priority: 'high'
custom: [kept,  as it is]
updated_at: '2026-01-01T10:00:00.123Z'
transitions:
  - status: planned
    at: '2026-01-01T10:00:00.123Z'
---

# Alpha: a beginning

> **Status**: 📅 Planned · **Priority**: High · **Created**: 2026-01-01 · **Tags**: api, Web UI

Body with **Status**: Planned and trailing blanks  
"""  # noqa: W291 - two blanks at a line's end are markdown
OMEGA = """\
---
status: complete            # a remark
created: '2026-01-01'
tags:
  - "Web UI"
  - "known"

priority: 'low'
assignee: bob
custom: [kept,  as it is]
updated_at: 'NOW'
completed_at: 'NOW'
transitions:
  - status: planned
    at: '2026-01-01T10:00:00.123Z'
  - status: complete
    at: 'NOW'
---

# Omega: "the end" #1

> **Status**: ✅ Complete · **Priority**: Low · **Created**: 2026-01-01 · **Tags**: Web UI, known

Body with **Status**: Planned and trailing blanks  
"""  # noqa: W291 - as above
STYLES: dict[str, tuple[str, str]] = {
    "001-crlf": (
        "---\r\nstatus: planned\r\ncreated: 2026-01-01\r\ntags: [api]\r\n---\r\n# One\r\nA\nB\r\n",
        "---\r\nstatus: complete\r\ncreated: 2026-01-01\r\ntags: [api, known]\r\n"
        "completed_at: NOW\r\n---\r\n# One\r\nA\nB\r\n",
    ),
    "002-bom": (
        '\ufeff---\nstatus: "planned"\ntags:\n- api\n---\n\n# Two',
        """\ufeff---\nstatus: "complete"\ntags:\n- api\n- known\ncompleted_at: 'NOW'\n---\n\n# Two""",
    ),
    "003-json": (
        """---\nstatus: 'planned'\ntags: '["api","x"]'\n---\n# Three\n\n""",
        """---\nstatus: 'complete'\ntags: '["api","x","known"]'\ncompleted_at: 'NOW'\n---\n# Three\n\n""",
    ),
    "004-commas": (
        "---\nstatus: Planned\ntags: api, x\n---\n# Four\n---\nstatus: planned\n",
        "---\nstatus: complete\ntags: api, x, known\ncompleted_at: 'NOW'\n---\n# Four\n---\n"
        "status: planned\n",
    ),
    "005-bare": (
        "---\nstatus: planned\n---\n",
        "---\nstatus: complete\ntags:\n  - known\ncompleted_at: 'NOW'\n---\n",
    ),
}
"""Specs as people and tools write them, and what becomes of each when it is done and gets the tag `known`."""


def start(world: World, **specs: str | bytes) -> None:
    """Specs at work, and one more that uses the tag `known`; each has its issue."""
    for name, text in {**specs, "099-other": spec("Other", more="tags: [known]\n")}.items():
        world.repo.write(spec_path(name), text)
    world.init()
    world.configure(CONFIG)
    world.commit()
    world.lspec("sync")
    world.asked()


def read(world: World, name: str) -> str:
    """The file, the present day's times replaced by NOW."""
    text = world.path(name).read_bytes().decode()
    return re.sub(r"2\d{3}-\d\d-\d\dT[\d:.]+Z(?<!10:00:00\.123Z)", "NOW", text)


def test_every_field_and_what_leanspec_writes_along(world: World) -> None:
    start(world, **{"001-alpha": FULL})
    number = world.number("001-alpha")
    for label in ("priority:high", "api"):
        world.person.unlabel(number, label)
    world.person.label(number, "priority:low", "known", "nobody's tag")
    world.person.assign(number, "bob")
    world.person.edit(number, title='Omega: "the end" #1')
    world.person.close(number)
    world.lspec("pull")
    assert writes(world.asked()) == []
    assert read(world, "001-alpha") == OMEGA
    # Pulled again, nothing moves; committed, nothing is published.
    before = world.footprint()
    world.lspec("sync")
    assert world.footprint() == before
    world.commit()
    world.lspec("sync")
    assert writes(world.asked()) == []
    world.settled()


def test_every_style_keeps_its_bytes(world: World) -> None:
    start(world, **{name: old for name, (old, _) in STYLES.items()})
    for name in STYLES:
        number = world.number(name)
        world.person.close(number)
        world.person.label(number, "known")
    world.lspec("pull")
    assert {name: read(world, name) for name in STYLES} == {name: new for name, (_, new) in STYLES.items()}


def test_uncommitted_edits_survive(world: World) -> None:
    start(world, **{"001-alpha": FULL})
    number = world.number("001-alpha")
    world.change("001-alpha", "Body with", "Body, being edited, with")
    world.repo.git("add", "-A")
    world.change("001-alpha", "custom: [kept,", "custom: [new,")
    world.change("001-alpha", "priority: 'high'", "priority: 'critical'")
    staged = world.repo.git("diff", "--cached")
    world.person.close(number)
    world.person.unlabel(number, "priority:high")
    world.person.label(number, "priority:low")
    ran = world.lspec("pull")
    text = world.path("001-alpha").read_text()
    for part in ("status: complete", "custom: [new,", "priority: 'critical'", "Body, being edited, with"):
        assert part in text
    assert world.repo.git("diff", "--cached") == staged
    assert "the same field has an uncommitted edit" in ran.out
    # Committed, the two priorities are a conflict; the status is settled.
    world.commit()
    ran = world.lspec("sync", code=1)
    assert "✗ specs/001-alpha  github#1  priority: changed on both sides" in ran.out
    assert "status" not in ran.out
    assert writes(world.asked()) == []


def test_both_sides_changed(world: World) -> None:
    start(world, **{"001-alpha": FULL})
    number = world.number("001-alpha")
    world.person.edit(number, title="Alice's title")
    world.person.unlabel(number, "api")
    world.person.label(number, "known")
    world.change("001-alpha", "# Alpha: a beginning", "# Ada's title")
    world.change("001-alpha", "status: planned            #", "status: in-progress            #")
    world.change("001-alpha", '  - "Web UI"\n', '  - "Web UI"\n  - mine\n')
    head = world.commit()
    world.asked()
    ran = world.lspec("sync", code=1)
    assert sent(world.asked()) == [("POST issues/N/labels", {"labels": ["status:in-progress", "mine"]})]
    assert world.repo.git("diff", "-U0").count("\n+") == 1 + 3  # the file's name, one of these, two derived
    for line in ("-  - api", "+  - known"):
        assert line in world.repo.git("diff").splitlines()
    for part in (
        "title: changed on both sides",
        f"spec     Ada's title  (set by Ada Test at 2026-01-01T00:02:00Z in {head[:9]})",
        "tracker  Alice's title  (set by alice at ",
        f"/{PROJECT}/issues/{number}",
        "git lspec resolve specs/001-alpha --field title --spec ",
        "git lspec resolve specs/001-alpha --field title --tracker ",
    ):
        assert part in ran.out
    _told_again(world)
    world.commit()
    world.lspec("sync", code=1)
    _told_again(world)
    world.lspec("resolve", "001", "--tracker")
    assert "# Alice's title\n" in world.path("001-alpha").read_text()
    world.commit()
    world.lspec("sync")
    world.settled()
    assert world.issue("001-alpha").title == "Alice's title"


def _told_again(world: World) -> None:
    """The next run reports the same conflict, and writes nothing on either side."""
    before = world.footprint()
    assert "title: changed on both sides" in world.lspec("sync", code=1).out
    assert world.footprint() == before
    assert writes(world.asked()) == []


def test_the_spec_may_win(world: World) -> None:
    start(world, **{"001-alpha": FULL})
    world.person.close(world.number("001-alpha"), "not_planned")
    world.change("001-alpha", "status: planned            #", "status: in-progress            #")
    world.commit()
    world.lspec("sync", code=1)
    assert world.issue("001-alpha").state == "closed/not_planned"
    world.lspec("resolve", "specs/001-alpha", "--spec")
    issue = world.issue("001-alpha")
    assert (issue.state, "status:in-progress" in issue.labels) == ("open", True)
    assert world.repo.git("status", "--porcelain") == ""
    world.settled()


@pytest.mark.node
def test_the_real_leanspec_reads_what_was_pulled_and_is_published(world: World) -> None:
    leanspec = node_folder() / "node_modules/@leanspec/cli-linux-x64/leanspec"
    if not leanspec.is_file():
        pytest.skip("needs @leanspec/cli-linux-x64 from npm (LSPEC_NODE names its folder)")

    def run(*args: str) -> str:
        done = subprocess.run(
            [leanspec.resolve(), *args], cwd=world.repo.path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    specs: dict[str, str | bytes] = {"001-alpha": FULL, "002-beta": STYLES["001-crlf"][0]}
    start(world, **specs)
    world.person.edit(world.number("001-alpha"), title="Omega")
    world.person.label(world.number("001-alpha"), "status:in-progress", "known")
    world.person.close(world.number("002-beta"))
    world.lspec("pull")
    world.commit()
    listed = {each["id"]: each for each in json.loads(run("list", "--output", "json"))}
    alpha, beta = listed["001-alpha"], listed["002-beta"]
    assert (alpha["title"], alpha["status"], alpha["tags"]) == (
        "Omega",
        "in-progress",
        ["api", "Web UI", "known"],
    )
    assert (beta["title"], beta["status"]) == ("One", "complete")
    assert "Omega" in run("view", "001-alpha")
    world.lspec("sync")
    world.asked()
    run("update", "001-alpha", "-s", "complete", "--force")
    world.commit()
    world.lspec("sync")
    assert sent(world.asked()) == [
        ("DELETE issues/N/labels", "status%3Ain-progress"),
        ("PATCH issues/N", {"state": "closed", "state_reason": "completed"}),
    ]
    world.settled()
