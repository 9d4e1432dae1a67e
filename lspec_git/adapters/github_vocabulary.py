"""GitHub's words: the defaults, what a config may say over them, and what it may not.

Light: no request and nothing that makes one. The adapter reads and writes words, and is told by the
vocabulary's settings which labels make up one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from lspec_git.core.lenses import (
    LABEL,
    LOGIN,
    PRIORITY_PREFIX,
    AssigneeLens,
    LabelLens,
    PriorityLens,
    State,
    StatusLens,
    TagLens,
    TitleLens,
    parse_state,
)
from lspec_git.core.spec import PRIORITIES, STATUSES, normal_priority, normal_status
from lspec_git.core.tracker import NOTHING, Complaint, Settings
from lspec_git.core.vocabulary import Vocabulary

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
    for wrong in complaints(Settings(status, priority, fields)):
        raise ValueError(wrong.message)
    states, labels = _states(status), _labels(priority)
    prefixes = {name: _prefix(written) for name, written in fields.items()}
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


def complaints(settings: Settings) -> Iterator[Complaint]:
    """What makes no sense, entry by entry; what two entries together say only once each makes sense alone."""
    alone = [*_bad_states(settings.status), *_bad_labels(settings.priority), *_bad_fields(settings.fields)]
    yield from alone or _clashes(settings)


def _bad_states(given: Mapping[str, str]) -> Iterator[Complaint]:
    for name, word in given.items():
        try:
            parse_state(word)
        except ValueError as error:
            yield Complaint("status", name, str(error))


def _bad_labels(given: Mapping[str, str]) -> Iterator[Complaint]:
    for name, label in given.items():
        if not LABEL.fullmatch(label.strip()):
            message = f"`{label}`, given for priority {name}, is no label of 1 to 50 characters"
            yield Complaint("priority", name, message)


def _bad_fields(given: Mapping[str, str]) -> Iterator[Complaint]:
    for name, written in given.items():
        prefix = _prefix(written)
        if prefix in ("", written.strip()) or "*" in prefix or not LABEL.fullmatch(f"{prefix}x"):
            message = f"`{written}` must be a label's beginning and a star, such as area:*"
            yield Complaint("fields", name, message)


def _clashes(settings: Settings) -> Iterator[Complaint]:
    """No label may say two things: what was written for one field would be read as another."""
    labels = _labels(settings.priority)
    said = {label.casefold(): ("status", name) for name, label in _by_status(_states(settings.status))}
    for name, label in labels.items():
        if said.setdefault(label.casefold(), ("priority", name))[0] == "status":
            yield Complaint("priority", name, f"the label `{label}` would say both a status and a priority")
    taken = {PRIORITY_PREFIX: "priority"}
    for name, written in settings.fields.items():
        prefix = _prefix(written).casefold()
        clash = [(other, whose) for other, whose in taken.items() if _overlap(prefix, other)]
        clash += [(other, whose[0]) for other, whose in said.items() if other.startswith(prefix)]
        if clash:
            message = f"labels `{_prefix(written)}*` would say both {name} and {clash[0][1]}"
            yield Complaint("fields", name, message)
        taken[prefix] = name
    for label, (section, name) in said.items():
        if section == "status" and label.startswith(PRIORITY_PREFIX):
            yield Complaint("status", name, f"the label `{label}` would say both status and priority")


def _states(given: Mapping[str, str]) -> Mapping[str, State]:
    """Every status's state, in the order of choice, statuses of the project's own last."""
    words = {**STATUS_WORDS, **{normal_status(name): word for name, word in given.items()}}
    return MappingProxyType({name: parse_state(words[name]) for name in (*CHOICE, *words) if name in words})


def _labels(given: Mapping[str, str]) -> dict[str, str]:
    """Every priority's label."""
    return {**PRIORITY_LABELS, **{normal_priority(name): label.strip() for name, label in given.items()}}


def _prefix(written: str) -> str:
    """`area:*` without its star."""
    return written.strip().removesuffix("*")


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


def _by_status(states: Mapping[str, State]) -> Iterable[tuple[str, str]]:
    return ((name, state.label) for name, state in states.items() if state.label)


def _state_labels(states: Mapping[str, State]) -> Iterable[str]:
    return (label for _, label in _by_status(states))


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
