"""Which fields a tracker can hold, and in which words: defaults, and what a config says over them.

The lenses do the translating. Knows no adapter and no request: an adapter reads and writes words, and is
told by `settings` which labels make up one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lspec_git.core.lenses import (
    LABEL,
    LOGIN,
    PRIORITY_PREFIX,
    AssigneeLens,
    LabelLens,
    Lens,
    PriorityLens,
    State,
    StatusLens,
    TagLens,
    TitleLens,
    parse_state,
)
from lspec_git.core.spec import PRIORITIES, STATUSES, TAG, FieldName, normal_priority, normal_status

__all__ = ["Lens", "Vocabulary", "github"]

STATUS_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "draft": "open",
        "planned": "open",
        "in-progress": "open + status:in-progress",
        "complete": "closed/completed",
        "archived": "closed/not_planned",
    }
)
CHOICE: Final = ("planned", *(name for name in STATUSES if name != "planned"))
"""In which order a status is chosen for a state that several share. LeanSpec has drafts only where a project
switches them on, and refuses to start one without `--force`: a reopened issue had better be planned."""
PRIORITY_LABELS: Final = MappingProxyType({name: PRIORITY_PREFIX + name for name in PRIORITIES})
FIXED: Final = frozenset({"status", "title", "priority", "assignee", "tags"})
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The fields that a tracker can hold, and in which words."""

    lenses: Mapping[FieldName, Lens]
    tags: Lens
    words: Mapping[str, Mapping[str, str]]
    labels: frozenset[str] = frozenset()
    """Labels, in lower case, that say something else than a tag."""
    prefixes: tuple[str, ...] = ()
    """Beginnings, in lower case, of more such labels."""

    def lens(self, name: FieldName) -> Lens | None:
        """The lens of a field; None: this tracker cannot hold it."""
        if not name.startswith(TAG):
            return self.lenses.get(name)
        label = name.removeprefix(TAG)
        taken = label in self.labels or label.startswith(self.prefixes)
        return None if taken or not LABEL.fullmatch(label) else self.tags

    def settings(self) -> Mapping[str, Mapping[str, str]]:
        """What the adapter must know to read words: `status`, `priority` and `fields`, defaults filled in."""
        return self.words


def github(
    status: Mapping[str, str] = NOTHING,
    priority: Mapping[str, str] = NOTHING,
    fields: Mapping[str, str] = NOTHING,
    people: Mapping[str, str] = NOTHING,
) -> Vocabulary:
    """Plain GitHub issues, without a project.

    `status` maps statuses to states (`closed/completed`, `open + LABEL`), `priority` priorities to labels,
    `fields` other fields to labels written `area:*`, and `people` persons to logins; what is left out keeps
    its default. ValueError, fit for the user, where one of them makes no sense.
    """
    states = _states(status)
    labels = dict(PRIORITY_LABELS) | {
        normal_priority(name): label.strip() for name, label in priority.items()
    }
    prefixes = {name: _prefix(name, written) for name, written in fields.items()}
    _check_labels(states, labels, prefixes)
    return Vocabulary(
        lenses=MappingProxyType(
            {
                "title": TitleLens(),
                "status": StatusLens(states),
                "priority": PriorityLens(MappingProxyType(labels)),
                "assignee": AssigneeLens(_people(people)),
                **{name: LabelLens(prefix) for name, prefix in prefixes.items()},
            }
        ),
        tags=TagLens(),
        words=MappingProxyType(
            {
                "status": MappingProxyType({name: str(state) for name, state in states.items()}),
                "priority": MappingProxyType(labels),
                "fields": MappingProxyType({name: f"{prefix}*" for name, prefix in prefixes.items()}),
            }
        ),
        labels=frozenset(label.casefold() for label in (*_state_labels(states), *labels.values())),
        prefixes=(PRIORITY_PREFIX, *(prefix.casefold() for prefix in prefixes.values())),
    )


def _states(given: Mapping[str, str]) -> Mapping[str, State]:
    """Every status's state, in the order of choice, statuses of the project's own last."""
    words = {**STATUS_WORDS, **{normal_status(name): word for name, word in given.items()}}
    return MappingProxyType({name: parse_state(words[name]) for name in (*CHOICE, *words) if name in words})


def _prefix(name: str, written: str) -> str:
    """`area:*` without its star."""
    prefix = written.strip().removesuffix("*")
    if name in FIXED or name.startswith(TAG):
        raise ValueError(f"`{name}` is synced by itself and cannot be held by labels `{written}`")
    if prefix in ("", written.strip()) or "*" in prefix or not LABEL.fullmatch(f"{prefix}x"):
        raise ValueError(f"`{name}: {written}`: write the beginning of a label and a star, such as area:*")
    return prefix


def _people(given: Mapping[str, str]) -> Mapping[str, str]:
    """Logins by person, without a leading @."""
    people: dict[str, str] = {}
    for written, name in given.items():
        person, login = " ".join(written.split()), name.strip().removeprefix("@")
        if not person or person.startswith("@"):
            raise ValueError(f"`{written}` is no name of a person; a login is what stands on the other side")
        if not LOGIN.fullmatch(login):
            raise ValueError(f"`{name}`, given for {person}, is no login on GitHub")
        if person.casefold() in {other.casefold() for other in people}:
            raise ValueError(f"{person} is given two logins")
        people[person] = login
    return MappingProxyType(people)


def _state_labels(states: Mapping[str, State]) -> Iterable[str]:
    return (state.label for state in states.values() if state.label)


def _check_labels(
    states: Mapping[str, State], priorities: Mapping[str, str], fields: Mapping[str, str]
) -> None:
    """No label may say two things: what was written for one field would be read as another."""
    for name, label in priorities.items():
        if not LABEL.fullmatch(label):
            raise ValueError(f"`{label}`, given for priority {name}, is no label of 1 to 50 characters")
    said = {label.casefold(): "status" for label in _state_labels(states)}
    for label in priorities.values():
        if said.setdefault(label.casefold(), "priority") != "priority":
            raise ValueError(f"the label `{label}` would say both a status and a priority")
    taken = {PRIORITY_PREFIX: "priority"}
    for name, prefix in fields.items():
        clash = [whose for other, whose in taken.items() if _overlap(prefix.casefold(), other)]
        if clash:
            raise ValueError(f"labels `{prefix}*` would say both {name} and {clash[0]}")
        taken[prefix.casefold()] = name
    for label, whose in said.items():
        clash = [name for prefix, name in taken.items() if label.startswith(prefix) and name != whose]
        if clash:
            raise ValueError(f"the label `{label}` would say both {whose} and {clash[0]}")


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
