"""What `integrations.yml` says, as frozen data: which specs go to which tracker, and how.

Answers which rule applies to a spec, and which section people mean by a name. Opt-in: a spec that no rule
names is nobody's business. How the text is read is `core.config_file`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lspec_git.core.rules import Create, Rule, Selection, Sync, decide
from lspec_git.core.spec import Problem, SpecId
from lspec_git.core.targets import normal_target, target_of
from lspec_git.core.tracker import NOTHING, Settings
from lspec_git.core.yaml_nodes import Text


class Policy(StrEnum):
    """What happens when both sides changed one field."""

    ASK = "ask"
    TRACKER = "tracker"
    SPEC = "spec"
    NEWEST = "newest"


class Tags(StrEnum):
    """Which remote labels become tags: those that some spec already uses, or all."""

    KNOWN = "known"
    ALL = "all"


class Claims(StrEnum):
    """Whether the intent to create is agreed upon through the state remote, or kept in this one clone."""

    SHARED = "shared"
    LOCAL = "local"


class Publish(StrEnum):
    """When hooks publish: after the commit, or with the push."""

    COMMIT = "commit"
    PUSH = "push"


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """One project of a tracker: a section of the file.

    `status`, `priority` and `fields` hold only what the file overrides, as it was written; `own` has all
    keys that only this tracker has.
    """

    name: str
    project: str
    api_url: str
    line: int = 1
    enabled: bool = True
    rules: tuple[Rule, ...] = ()
    sync: Sync = Sync.BIDIRECTIONAL
    create: Create = Create.ACTIVE
    policy: Policy = Policy.ASK
    tags: Tags = Tags.KNOWN
    status: Mapping[str, str] = field(default_factory=dict)
    priority: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    """Most items that one run may create, close, reopen or change without `--force`; None: the default."""

    def settings(self, people: Mapping[str, str] = NOTHING) -> Settings:
        """What the tracker's vocabulary is made of."""
        return Settings(self.status, self.priority, self.fields, people, self.own)


@dataclass(frozen=True, slots=True)
class State:
    """Where the notes are shared, and the times of a claim in seconds of the tracker's clock."""

    remote: str = "origin"
    lease: int = 300
    lag: int = 60
    flight: int = 45


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file. `people` maps a person, as specs name them, to tracker and login there."""

    path: str
    trackers: tuple[TrackerConfig, ...]
    """Every section, in the order of the file; a tracker with several projects has as many."""
    specs: tuple[Text, ...] = ()
    """The specs' folders, or those of LeanSpec projects; empty: what LeanSpec's config at the top says."""
    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    state: State = field(default_factory=State)
    claims: Claims = Claims.SHARED
    publish: Publish = Publish.COMMIT
    branches: tuple[str, ...] = ()
    """Globs of the branches that are published; empty: every branch."""
    absent: Mapping[str, Problem] = field(default_factory=dict)
    """Sections of trackers that no installed package offers: they stop no other."""

    @property
    def custom(self) -> frozenset[str]:
        """Frontmatter keys that some tracker's `fields:` names."""
        return frozenset(name for tracker in self.trackers for name in tracker.fields)

    def people_on(self, tracker: str) -> dict[str, str]:
        """The login there of each person that has one."""
        return {person: logins[tracker] for person, logins in self.people.items() if tracker in logins}

    def sections(self, name: str) -> tuple[TrackerConfig, ...]:
        """The sections of one tracker, enabled or not, in the order in which they are asked."""
        return tuple(tracker for tracker in self.trackers if tracker.name == name)

    def takers(self, name: str, path: str, spec: SpecId) -> Iterator[tuple[TrackerConfig, Selection]]:
        """The sections of one tracker that select the spec in directory `path`; it belongs to the first.

        One that is switched off keeps its specs: they must not go to another project for that.
        """
        for one in self.sections(name):
            if found := select(one, path, spec):
                yield one, found


def target(tracker: TrackerConfig) -> str:
    """`host[:port]/project`: what a user approves before their token goes there."""
    return target_of(tracker.api_url, tracker.project)


def select(tracker: TrackerConfig, path: str, spec: SpecId) -> Selection | None:
    """What the tracker's rules say about the spec in directory `path`; None: leave it alone."""
    return decide(tracker.rules, path, spec)


def label(config: Config, tracker: TrackerConfig) -> str:
    """What a section is called: its tracker, and the project or target where that alone would not tell."""
    others = [one for one in config.sections(tracker.name) if one is not tracker]
    if not others:
        return tracker.name
    same = any(one.project.lower() == tracker.project.lower() for one in others)
    return f"{tracker.name}:{target(tracker) if same else tracker.project}"


def named(config: Config, system: str) -> tuple[TrackerConfig, ...]:
    """The sections that people mean by a tracker's name, by `name:project`, `name:target`, or a target."""
    name, colon, place = system.partition(":")
    whole = normal_target(system)
    if not colon or (whole and any(target(one) == whole for one in config.trackers)):
        return tuple(one for one in config.trackers if system == one.name or whole == target(one))
    wanted = (place.lower(), normal_target(place))
    return tuple(
        one for one in config.sections(name) if one.project.lower() == wanted[0] or target(one) == wanted[1]
    )
