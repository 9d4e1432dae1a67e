"""Specs and configs that cannot be used, dry runs, and what programs read: the rest always goes on."""

from __future__ import annotations

import json
import re
from typing import Any

from lspec_git.sandbox.server import Sandbox
from tests.e2e.worlds import PROJECT, World, everything, spec, spec_path, writes

CONFIG = "create: all\nlimit: 20\nmapping:\n  - pattern: specs/**\n"
BAD: dict[str, tuple[bytes, int, str]] = {
    "001-yaml": (b"---\nstatus: planned\ntags: [a\npriority: high\n---\n# A\n", 4, ""),
    "002-orphans": (b"---\nstatus: planned\nupdated_at: '2026-01-01'\n  - 065-x\n---\n# A\n", 4, ""),
    "003-plain": (b"# A title and no frontmatter\n\n**Status**: Planned\n", 1, "frontmatter"),
    "004-latin": (b"---\nstatus: planned\n---\n# Caf\xe9\n", 4, "UTF-8"),
    "005-merge": (
        b"---\n<<<<<<< ours\nstatus: planned\n=======\nstatus: complete\n>>>>>>> theirs\n---\n# A\n",
        2,
        "conflict marker",
    ),
    "006-huge": (b"---\nstatus: planned\n---\n# A\n" + b"x" * 10_000_000, 1, "large"),
    "007-no-status": (b"---\ncreated: 2026-01-01\n---\n# A\n", 2, "status"),
    "008-open": (b"---\nstatus: planned\n# A\n", 1, ""),
}
"""Specs that cannot be used: the line that is named, and a word of the cause."""
ODD = {
    "020-unknown": b"---\nstatus: superseded\n---\n# Unknown status\n",
    "021-no-title": b"---\nstatus: planned\n---\nNo heading.\n",
}


BAD_CONFIG = """\
github:
  repo: octocat/specs
  creat: all
  sync: sideways
  mapping:
    - spec: specs/001-alpha
      pattern: specs/**
    - spec: specs/002-beta
      issue: #12
people: [Ada]
"""


def refused(text: str) -> list[str]:
    """The lines that name a problem, from `path:line:column: ` on."""
    return [line for line in text.splitlines() if re.match(r"\S+:\d+:\d+: ", line)]


def test_bad_specs_are_named_and_the_rest_goes_on(world: World) -> None:
    world.repo.write(spec_path("010-good"), spec("Good"))
    for name, data in {**{name: bad for name, (bad, _, _) in BAD.items()}, **ODD}.items():
        world.repo.write(spec_path(name), data)
    world.init()
    world.configure(CONFIG)
    world.commit()
    first = world.lspec("sync", code=1)
    assert sorted(world.person.by_spec()) == ["specs/010-good", "specs/020-unknown", "specs/021-no-title"]
    assert world.issue("021-no-title").title == "021-no-title"
    again = world.lspec("sync", code=1)
    for ran in (first.err, again.err, world.lspec("status", code=1).out, world.lspec("check", code=1).out):
        for name, (_, line, cause) in BAD.items():
            assert re.search(rf"{spec_path(name)}:{line}:\d+: .*{cause}", ran), (name, ran)
    for ran in (first.out, again.out):
        assert f"{spec_path('020-unknown')}:2: status: 'superseded' cannot be said in github's words" in ran
    report = json.loads(world.lspec("check", "--json", code=1).out)
    assert {(each["path"], each["line"]) for each in report["problems"] if each["fatal"]} == {
        (spec_path(name), line) for name, (_, line, _) in BAD.items()
    }
    # The tracker's part goes on as well, and a mended spec joins in.
    world.person.close(world.number("010-good"))
    world.repo.write(spec_path("001-yaml"), spec("Mended"))
    world.commit()
    world.lspec("sync", code=1)
    assert world.issue("001-yaml").title == "Mended"
    assert "status: complete" in world.path("010-good").read_text()


def test_a_spec_that_breaks_later_keeps_its_issue(world: World) -> None:
    world.repo.write(spec_path("001-alpha"), spec("Alpha"))
    world.repo.write(spec_path("002-beta"), spec("Beta"))
    world.init()
    world.configure(CONFIG)
    world.commit()
    world.lspec("sync")
    before = world.issue("001-alpha")
    world.change("001-alpha", "status: planned", "status: [planned")
    world.change("002-beta", "status: planned", "status: complete")
    world.commit()
    ran = world.lspec("sync", code=1)
    assert f"{spec_path('001-alpha')}:" in ran.err
    assert world.issue("001-alpha") == before
    assert world.issue("002-beta").state == "closed/completed"
    world.change("001-alpha", "status: [planned", "status: archived")
    world.commit()
    world.lspec("sync")
    assert world.issue("001-alpha").state == "closed/not_planned"
    world.settled()


def test_a_bad_config_is_named_line_by_line(world: World) -> None:
    world.repo.write(spec_path("001-alpha"), spec("Alpha"))
    world.init()
    world.repo.write(".lspec/integrations.yml", BAD_CONFIG)
    world.commit()
    world.asked()
    ran = world.lspec("sync", code=2)
    lines = [int(line.split(":")[1]) for line in refused(ran.err)]
    assert lines == [3, 4, 6, 9, 10]
    assert "did you mean `create`" in ran.err
    assert "git lspec check" in ran.err
    assert refused(world.lspec("check", code=1).out) == refused(ran.err)
    for text, words in (
        ("github: [", "cannot be read as YAML"),
        ("", "must be keys with values"),
        ("- a\n", "must"),
    ):
        world.repo.write(".lspec/integrations.yml", text)
        ran = world.lspec("sync", code=2)
        assert ".lspec/integrations.yml:1:" in ran.err, ran.err
        assert words in ran.err, ran.err
    (world.repo.path / ".lspec/integrations.yml").unlink()
    ran = world.lspec("sync", code=2)
    assert "git lspec init" in ran.err
    assert world.asked() == []


def test_a_dry_run_writes_nothing_anywhere(world: World, sandbox: Sandbox) -> None:
    for name in ("001-alpha", "002-beta"):
        world.repo.write(spec_path(name), spec(name[4:].capitalize()))
    world.init()
    world.configure(CONFIG)
    world.commit()
    _dry(world, sandbox, "+ specs/001-alpha ", "+ specs/002-beta ")
    world.lspec("sync")
    world.person.close(world.number("001-alpha"))
    world.change("002-beta", "planned", "archived")
    world.repo.write(spec_path("003-gamma"), spec("Gamma"))
    world.commit()
    _dry(
        world,
        sandbox,
        "← specs/001-alpha  github#1  status: planned → complete",
        "→ specs/002-beta  github#2  status: planned → archived",
        "+ specs/003-gamma ",
    )


def _dry(world: World, sandbox: Sandbox, *lines: str) -> None:
    """A dry run says these lines, and leaves tracker, worktree and all of git's folder as they were."""
    world.lspec("status")  # from here on what git says of its trees is remembered
    version, before = sandbox.store.version, everything(world.repo.path, skip=["lock"])
    world.asked()
    said = world.lspec("sync", "--dry-run").out
    for line in lines:
        assert line in said, said
    assert writes(world.asked()) == []
    assert sandbox.store.version == version
    assert everything(world.repo.path, skip=["lock"]) == before


def test_programs_read_json(world: World) -> None:
    for name in ("001-alpha", "002-beta"):
        world.repo.write(spec_path(name), spec(name[4:].capitalize()))
    world.repo.write(spec_path("003-bad"), BAD["001-yaml"][0])
    world.init()
    world.configure(CONFIG)
    world.commit()
    made = read(world, "sync", code=1)
    assert [each["action"] for each in made["actions"]] == ["create", "create"]
    assert [(each["path"], each["line"]) for each in made["problems"]] == [(spec_path("003-bad"), 4)]
    assert made["exit_code"] == 1
    world.person.edit(world.number("001-alpha"), title="Alice's")
    world.change("001-alpha", "# Alpha", "# Ada's")
    world.change("002-beta", "planned", "complete")
    world.commit()
    planned = read(world, "sync", "--dry-run", code=1)
    assert (planned["dry_run"], [each["done"] for each in planned["actions"]]) == (True, [False, False])
    done = read(world, "sync", code=1)
    conflict, push = sorted(done["actions"], key=lambda each: each["spec"])
    assert (conflict["action"], conflict["spec_value"], conflict["tracker_value"]) == (
        "conflict",
        "Ada's",
        "Alice's",
    )
    assert conflict["spec_set_by"].startswith("Ada Test at 2026-01-01T")
    assert conflict["tracker_set_by"].startswith("alice at 20")
    assert (push["action"], push["field"], push["to"], push["done"]) == ("push", "status", "complete", True)
    states = {each["spec"]: each["state"] for each in read(world, "status", code=1)["specs"]}
    assert states == {
        "specs/001-alpha": "in conflict",
        "specs/002-beta": "in step",
        "specs/003-bad": "unreadable",
    }
    (tracker,) = read(world, "integrations")["trackers"]
    assert (tracker["account"], tracker["can_write"], tracker["linked"]) == ("octocat", True, 2)
    assert tracker["target"].endswith(PROJECT)


def read(world: World, *args: str, code: int = 0) -> dict[str, Any]:
    """The one JSON document on stdout; its version is 1."""
    found: dict[str, Any] = json.loads(world.lspec(*args, "--json", code=code).out)
    assert found["version"] == 1
    return found


def test_what_the_tracker_refused_is_tried_again(world: World, sandbox: Sandbox) -> None:
    """An issue that was made but not closed, and a name that is nobody's login there."""
    world.repo.write(spec_path("001-alpha"), spec("Alpha", "complete", "assignee: Marvin\n"))
    world.init()
    world.configure(CONFIG)
    world.commit()
    sandbox.faults.add("PATCH /issues/*:502")
    ran = world.lspec("sync", code=3)
    assert "specs/001-alpha: not written: assignee, status" in ran.err
    sandbox.faults.clear()
    ran = world.lspec("sync", code=3)
    assert "people:" in ran.err
    assert world.issue("001-alpha").state == "closed/completed"
    for _ in range(2):
        sandbox.forget_requests()
        ran = world.lspec("sync")
        assert "assignee: Marvin was refused, and waits until that is mended" in ran.out
        assert len(sandbox.requests) == 1
    assert "assignee: Marvin was refused" in world.lspec("status", code=0).out
    assert "people:" in world.lspec("sync", "--full", code=3).err
    world.configure(CONFIG, "people:\n  Marvin: {github: mona}\n")
    world.lspec("sync")
    assert world.issue("001-alpha").assignees == {"mona"}
    world.settled()
