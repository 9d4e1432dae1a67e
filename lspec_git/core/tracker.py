"""A kind of tracker, described: what its part of the config may say, and which words it has.

This is what a package hands out under the entry point group `lspec_git.adapters`. Light on purpose: `status`
and `check` are offline and need all of it but `connect`, so only `connect` may import what reaches the
network. It knows no YAML: a complaint names an entry, and the config finds its line and column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from lspec_git.core.vocabulary import Vocabulary

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Settings:
    """What a config says of one tracker, as it was written; only `own` has its defaults filled in."""

    status: Mapping[str, str] = field(default_factory=dict)
    """The tracker's word by LeanSpec's status."""
    priority: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    """Where the tracker keeps a key of the frontmatter that is no built-in field."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Login by person."""
    own: Mapping[str, str] = field(default_factory=dict)
    """The keys that this tracker alone has (`Tracker.keys`)."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with an entry of `status`, `priority` or `fields`, or (section empty) an own key."""

    section: str
    key: str
    message: str
    of_key: bool = False
    """The key itself is the trouble, not what stands behind it."""


def _fine(_text: str) -> str:
    return ""


def _nothing_wrong(_settings: Settings) -> Iterable[Complaint]:
    return ()


@dataclass(frozen=True, slots=True)
class Tracker:
    """All that is known of a kind of tracker without asking it. Functions named `…_problem` give why a text
    cannot be used (`must look like …`), or nothing.
    """

    vocabulary: Callable[[Settings], Vocabulary]
    """Fields and words under these settings. ValueError, fit for the user, where they make no sense."""
    connect: Callable[..., object]
    """From an `adapters.base.Connection` to a `PMAdapter`; makes no request. Its settings are the
    vocabulary's and the own keys."""
    project: str = "project"
    """What the config calls the project on the tracker."""
    api_url: str = ""
    """Where the API is unless the config tells."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Further keys of the tracker's section with their defaults: `issue_type`, `area`, …"""
    hosts_code: bool = False
    """Whether the site hosts repositories too, so that the URL of a git remote tells host and project."""
    project_problem: Callable[[str], str] = _fine
    item_problem: Callable[[str], str] = _fine
    """About the key of a work item, as people write it (without a leading `#`)."""
    login_problem: Callable[[str], str] = _fine
    complaints: Callable[[Settings], Iterable[Complaint]] = _nothing_wrong
    """Everything that can be told of single entries; `vocabulary` may still refuse the whole."""
