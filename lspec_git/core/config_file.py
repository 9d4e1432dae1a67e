"""`integrations.yml` as text: read into a `Config`, or into all that is wrong with it, by line and column.

It reads no file, knows no tracker's API, and takes nothing in the text as a command or as a leave to send a
token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from yaml.nodes import MappingNode, SequenceNode

from lspec_git.core.config import Claims, Config, Policy, Publish, State, Tags, TrackerConfig, target
from lspec_git.core.roots import plain_folder
from lspec_git.core.rules import Create, Rule, Sync
from lspec_git.core.spec import PRIORITIES, STATUSES, Problem, normal_priority, normal_status
from lspec_git.core.targets import api_problem, project_problem
from lspec_git.core.tracker import Complaint, Tracker
from lspec_git.core.yaml_nodes import Section, Text, guess, root
from lspec_git.errors import ConfigError

OTHER_KEYS: Final = ("specs", "people", "state", "claims", "publish", "branches")
BUILT_IN: Final = frozenset({"title", "status", "priority", "tags", "assignee"})
"""Fields that `fields:` gives no other place. (Due, parent and epic are the tracker's to allow there.)"""

Trackers = Mapping[str, Tracker]
"""The trackers that there are, by the name of their section."""


def parse(text: str, path: str, trackers: Trackers) -> Config:
    """The config, or a `ConfigError` that lists every problem as `path:line:column: message`."""
    config, problems = examine(text, path, trackers)
    if config is None:
        head = f"{path} cannot be used: {len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise ConfigError("\n".join((head, *map(str, problems))), "correct the file, then: git lspec check")
    return config


def examine(text: str, path: str, trackers: Trackers) -> tuple[Config | None, tuple[Problem, ...]]:
    """The config, or None, and everything that is wrong with it, in the order of lines.

    Of `trackers` only those that the file names are looked up: to load one may be to import a package.
    """
    problems: list[Problem] = []
    top = root(text, path, "the top level", problems)
    config = _config(top, trackers) if top else None
    problems.sort(key=lambda problem: (problem.line, problem.column))
    return (None if any(problem.fatal for problem in problems) else config), tuple(problems)


def listed(text: str, path: str) -> tuple[Text, ...]:
    """What stands under `specs`, whatever else is wrong with the file; for looking at files before it is."""
    problems: list[Problem] = []
    top = root(text, path, "the top level", problems)
    return _specs(top) if top else ()


def _config(top: Section, known: Trackers) -> Config:
    specs = _specs(top)
    people = top.section("people")
    state = _state(top.section("state"))
    claims = top.choice("claims", Claims.SHARED)
    publish = top.choice("publish", Publish.COMMIT)
    branches = tuple(text.value for text in top.texts("branches"))
    trackers, absent = _trackers(top, known)
    return Config(
        path=top.path,
        trackers=trackers,
        specs=specs,
        people=_people(people, known),
        state=state,
        claims=claims,
        publish=publish,
        branches=branches,
        absent=absent,
    )


def _trackers(top: Section, known: Trackers) -> tuple[tuple[TrackerConfig, ...], Mapping[str, Problem]]:
    """Every tracker of the file, and what is to be said of those that are not installed."""
    found, absent = [], {}
    for key, (at, value) in top.entries.items():
        if key in OTHER_KEYS:
            continue
        if key in known:
            found.extend(_sections(key, top.one_or_more(key), known[key]))
        elif (hint := guess(key, [*known, *OTHER_KEYS])) or not isinstance(value, MappingNode | SequenceNode):
            top.problem(f"unknown key `{key}`{hint}", at)
        else:
            message = f"no installed package offers a tracker `{key}` (there is: {', '.join(known)})"
            line, column = at.start_mark.line + 1, at.start_mark.column + 1
            absent[key] = Problem(top.path, line, column, message, fatal=False)
    top.problems.extend(absent.values())
    if not found and not any(problem.fatal for problem in top.problems):
        top.problem(
            f"no tracker is configured; add one of {', '.join(known)}, or run: git lspec init --force"
        )
    return tuple(found), MappingProxyType(absent)


def _sections(name: str, sections: Iterable[Section], kind: Tracker) -> list[TrackerConfig]:
    """The projects of one tracker. None may be named twice: what was read of it is kept by its target."""
    found: list[TrackerConfig] = []
    taken: dict[str, int] = {}
    for section in sections:
        noted = len(section.problems)
        tracker = _tracker(name, section, kind)
        found.append(tracker)
        if len(section.problems) == noted:
            first = taken.setdefault(target(tracker), tracker.line)
            if first != tracker.line:
                section.problem(f"{tracker.project} is in line {first} already; add to its `mapping` there")
    return found


def _specs(top: Section) -> tuple[Text, ...]:
    found = []
    for given in top.texts("specs"):
        folder = plain_folder(given.value)
        if folder is None:
            top.problem(f"`{given.value}` must be a folder inside the repository", given)
        else:
            found.append(Text(folder, given.line, given.column))
    return tuple(found)


def _tracker(name: str, section: Section, kind: Tracker) -> TrackerConfig:
    noted = len(section.problems)
    sync = section.choice("sync", Sync.BIDIRECTIONAL)
    create = section.choice("create", Create.ACTIVE)
    words = _words(section, kind)
    tracker = TrackerConfig(
        name=name,
        project=_project(name, kind, section),
        api_url=_api_url(kind, section),
        line=section.line,
        enabled=section.flag("enabled", True),
        rules=_rules(kind, section, sync, create),
        sync=sync,
        create=create,
        policy=section.choice("policy", Policy.ASK),
        tags=section.choice("tags", Tags.KNOWN),
        status=_values(words["status"]),
        priority=_values(words["priority"]),
        fields=_values(words["fields"]),
        own=_values(words[""]),
        limit=section.number("limit", 1) if section.has("limit") else None,
    )
    section.finish()
    for complaint in kind.complaints(tracker.settings()):
        _complain(section, words, complaint)
    if len(section.problems) == noted:
        _check_whole(section, kind, tracker)
    return tracker


def _complain(section: Section, words: Mapping[str, _Table], complaint: Complaint) -> None:
    """At the entry that it is about, or at the tracker's section where there is no such entry."""
    at, word = words[complaint.section].get(complaint.key, (None, None))
    section.problem(complaint.message, at if complaint.of_key else word)


def _check_whole(section: Section, kind: Tracker, tracker: TrackerConfig) -> None:
    try:
        kind.vocabulary(tracker.settings())
    except ValueError as error:
        section.problem(f"{tracker.name}: {error}")


def _project(name: str, kind: Tracker, section: Section) -> str:
    given = section.text(kind.project)
    problem = kind.project_problem(given.value) or project_problem(given.value)
    problem = problem if given.value else "is missing"
    if problem:
        section.problem(f"`{kind.project}` of {name} {problem}", given)
    return given.value


def _api_url(kind: Tracker, section: Section) -> str:
    given = section.text("api_url", kind.api_url)
    problem = api_problem(given.value) if given.value else "is missing"
    if problem:
        section.problem(f"`api_url` {problem}", given)
    return given.value.rstrip("/")


def _rules(kind: Tracker, section: Section, sync: Sync, create: Create) -> tuple[Rule, ...]:
    seen: dict[tuple[str, str], int] = {}
    rules = []
    for entry in section.sections("mapping"):
        rule = _rule(kind, entry, sync, create)
        for key, value in (("spec", rule.spec), ("pattern", rule.pattern), ("issue", rule.issue)):
            if value and (key, value) in seen:
                entry.problem(f"{key} `{value}` is in line {seen[key, value]} already", key)
            seen.setdefault((key, value), rule.line)
        rules.append(rule)
    return tuple(rules)


def _rule(kind: Tracker, entry: Section, sync: Sync, create: Create) -> Rule:
    noted = len(entry.problems)
    spec, pattern = _folder(entry, "spec"), _folder(entry, "pattern")
    if bool(spec) == bool(pattern) and len(entry.problems) == noted:
        entry.problem("each entry of mapping needs either `spec` or `pattern`")
    issue = _issue(kind, entry)
    if issue and pattern:
        entry.problem("`issue` goes with `spec`; a pattern stands for many specs", "issue")
    rule = Rule(
        line=entry.line,
        spec=spec,
        pattern=pattern,
        issue=issue,
        labels=tuple(text.value for text in entry.texts("label")),
        board=entry.text("project").value,
        sync=entry.choice("sync", sync),
        create=entry.choice("create", create),
    )
    entry.finish()
    return rule


def _folder(entry: Section, key: str) -> str:
    """A spec's directory or a glob for some, without the decorations that people add to it."""
    given = entry.text(key)
    path = given.value.removeprefix("./").removesuffix("/README.md").rstrip("/")
    parts = path.split("/")
    if path and (path.startswith("/") or "" in parts or ".." in parts or "\\" in path):
        entry.problem(f"`{key}` must be a path inside the repository, such as specs/019-mcp-server", given)
    return path


def _issue(kind: Tracker, entry: Section) -> str:
    given = entry.text("issue")
    if "issue" in entry.entries and not given.value:
        entry.problem("`issue` is empty (YAML takes `#` for a comment: write 12, or '#12')", "issue")
    key = given.value.removeprefix("#")
    if key and (problem := kind.item_problem(key)):
        entry.problem(f"`issue` {problem}, not `{given.value}`", given)
    return key


_Table = Mapping[str, tuple[Text, Text]]
"""Where keys and values stand, by the normal spelling of the key."""


def _words(section: Section, kind: Tracker) -> Mapping[str, _Table]:
    """What the tracker's own rules apply to, by section; the own keys under no name."""
    own = {key: section.text(key, default) for key, default in kind.keys.items()}
    return {
        "status": _known(section.section("status"), STATUSES, normal_status),
        "priority": _known(section.section("priority"), PRIORITIES, normal_priority),
        "fields": _fields(section.section("fields")),
        "": {key: (text, text) for key, text in own.items()},
    }


def _values(table: _Table) -> Mapping[str, str]:
    return MappingProxyType({key: word.value for key, (_, word) in table.items()})


def _known(section: Section, known: tuple[str, ...], normal: Callable[[str], str]) -> _Table:
    found: dict[str, tuple[Text, Text]] = {}
    for raw, (at, word) in section.table().items():
        key = normal(raw)
        if key not in known:
            section.problem(f"unknown {section.name} `{raw}`{guess(raw, list(known))}", at)
        elif key in found:
            section.problem(f"{section.name} `{key}` is given twice", at)
        else:
            found[key] = (at, word)
    return found


def _fields(section: Section) -> _Table:
    for name, (at, _) in (table := section.table()).items():
        if name in BUILT_IN:
            section.problem(f"`{name}` is synced by itself and needs no entry in fields", at)
    return table


def _state(section: Section) -> State:
    remote = section.text("remote", State().remote)
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_./-]*", remote.value) or ".." in remote.value:
        section.problem(f"`remote` must be the name of a git remote, not `{remote.value}`", remote)
    lease, lag, flight = (section.number(key, getattr(State(), key)) for key in ("lease", "lag", "flight"))
    if lease <= lag + flight:
        section.problem(
            f"lease ({lease} s) must be longer than flight and lag together ({lag + flight} s)", "lease"
        )
    section.finish()
    return State(remote.value, lease, lag, flight)


def _people(section: Section, trackers: Trackers) -> Mapping[str, Mapping[str, str]]:
    people = {}
    taken: dict[tuple[str, str], str] = {}
    for person in section.entries:
        names = section.section(person)
        people[person] = _names(person, names, trackers, taken)
    return MappingProxyType(people)


def _names(
    person: str, names: Section, trackers: Trackers, taken: dict[tuple[str, str], str]
) -> Mapping[str, str]:
    found = {}
    for tracker, (at, login) in names.table().items():
        if tracker not in trackers:
            names.problem(f"unknown tracker `{tracker}`{guess(tracker, list(trackers))}", at)
        elif problem := trackers[tracker].login_problem(login.value):
            names.problem(f"`{login.value}` {problem}", login)
        other = taken.setdefault((tracker, login.value.casefold()), person)
        if other != person:
            names.problem(f"`{login.value}` is {other} already", login)
        found[tracker] = login.value
    return MappingProxyType(found)
