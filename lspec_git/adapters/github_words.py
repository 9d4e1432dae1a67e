"""GitHub's words: what an issue's title, state, labels and assignees say, and which calls say it back.

Pure. Knows how statuses, priorities and custom fields share the labels of one issue; knows no HTTP, and
nothing of a spec's values beyond the words that the settings name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from lspec_git.adapters.base import Change, Marker, Words
from lspec_git.adapters.github_vocabulary import PRIORITY_LABELS, STATUS_WORDS
from lspec_git.core.lenses import PRIORITY_PREFIX, REASONS, State, parse_state
from lspec_git.core.spec import PRIORITIES, TAG, tag_field
from lspec_git.errors import ConfigError


def state_of(word: str) -> State:
    """A status word, parsed. Raises ConfigError on one that GitHub cannot hold."""
    try:
        return parse_state(word)
    except ValueError as error:
        raise ConfigError(str(error), "correct `status:` in the config") from None


@dataclass(frozen=True, slots=True)
class Rules:
    """Which labels carry a field, from the settings of a connection."""

    statuses: tuple[State, ...]
    priorities: tuple[str, ...]
    """Labels, the highest first."""
    fields: Mapping[str, str]
    """Custom field to the prefix of its labels, without the star."""

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> Rules:
        """Raises ConfigError on settings that are no mappings of words that GitHub can hold."""
        words = {**STATUS_WORDS, **_mapping(settings, "status")}
        labels = {**PRIORITY_LABELS, **_mapping(settings, "priority")}
        ranked = [labels[each] for each in reversed(PRIORITIES)]
        others = [label for name, label in labels.items() if name not in PRIORITIES]
        fields = {name: _prefix(name, pattern) for name, pattern in _mapping(settings, "fields").items()}
        return cls(
            tuple(state_of(word) for word in words.values()), (*ranked, *others), MappingProxyType(fields)
        )

    def family(self, label: str) -> str | None:
        """The field that a label speaks for; None for a plain label."""
        low = label.casefold()
        if any(each.label.casefold() == low for each in self.statuses):
            return "status"
        if low.startswith(PRIORITY_PREFIX) or low in map(str.casefold, self.priorities):
            return "priority"
        known = ((name, prefix.casefold()) for name, prefix in self.fields.items())
        return next((name for name, prefix in known if low.startswith(prefix) and low != prefix), None)

    def label(self, field: str, word: str) -> str:
        """The label that says `word` of `field`; empty when none is needed."""
        if field == "status":
            return state_of(word).label
        if field in self.fields:
            return self.fields[field] + word
        return word

    def carried(self, field: str) -> bool:
        """Whether labels carry this field, wholly or (status) in part."""
        return field in {"status", "priority"} or field in self.fields or field.startswith(TAG)


def _mapping(settings: Mapping[str, object], key: str) -> dict[str, str]:
    found = settings.get(key) or {}
    if not isinstance(found, Mapping) or not all(
        isinstance(each, str) for pair in found.items() for each in pair
    ):
        raise ConfigError(f"`{key}:` must map words to words", "correct the config")
    return dict(found)


def _prefix(name: str, pattern: str) -> str:
    if not pattern.endswith("*") or len(pattern) < 2:
        raise ConfigError(f"`fields:` {name}: `{pattern}` is no label prefix", f"write it like `{name}:*`")
    return pattern[:-1]


# Reading


def labels_of(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Label names of an issue; the API describes its labels as strings or objects."""
    found = (each if isinstance(each, str) else each.get("name") for each in raw.get("labels") or ())
    return tuple(each for each in found if each)


def logins_of(raw: Mapping[str, Any]) -> tuple[str, ...]:
    found = (each.get("login") for each in raw.get("assignees") or ())
    return tuple(each for each in found if each)


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts of an issue that say something."""

    title: str = ""
    state: str = "open"
    reason: str = ""
    labels: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Shown:
        """From an issue's JSON."""
        title, state = str(raw.get("title") or ""), str(raw.get("state") or "open")
        return cls(title, state, str(raw.get("state_reason") or ""), labels_of(raw), logins_of(raw))


def read_words(rules: Rules, shown: Shown) -> Words:
    """What an issue says, by field."""
    labels = shown.labels
    words = {"title": shown.title.strip(), "status": str(_status(rules, shown))}
    priority = _priority(rules, labels)
    if priority:
        words["priority"] = priority
    people = ",".join(sorted(shown.logins))
    if people:
        words["assignee"] = people
    for name, prefix in rules.fields.items():
        said = sorted(each[len(prefix) :] for each in labels if rules.family(each) == name)
        if said:
            words[name] = said[0]
    words.update({tag_field(each): each for each in labels if rules.family(each) is None})
    return MappingProxyType(words)


def _status(rules: Rules, shown: Shown) -> State:
    """The label counts only where some word has it with this very state: a leftover label says nothing."""
    reason = shown.reason if shown.reason in REASONS else "completed"
    closed = shown.state == "closed"
    plain = State(closed, reason if closed else "")
    borne = {each.casefold() for each in shown.labels}
    for each in rules.statuses:
        here = (each.closed, each.reason) == (plain.closed, plain.reason)
        if here and each.label and each.label.casefold() in borne:
            return each
    return plain


def _priority(rules: Rules, labels: Sequence[str]) -> str:
    """The highest, in the settings' spelling; a `priority:*` label that they do not name comes last."""
    said = {each.casefold(): each for each in labels if rules.family(each) == "priority"}
    for each in rules.priorities:
        if each.casefold() in said:
            return each
    return said[min(said)] if said else ""


# Writing


@dataclass(frozen=True, slots=True)
class Labelling:
    """Labels to add and to remove, and the fields that speak through them."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def labelling(rules: Rules, changes: Mapping[str, Change]) -> Labelling:
    """The difference in labels that an edit means, from its own old and new words."""
    add, remove = [], []
    for field, change in changes.items():
        if not rules.carried(field):
            continue
        old, new = (rules.label(field, word) if word else "" for word in (change.old, change.new))
        if new and (field.startswith(TAG) or new.casefold() != old.casefold()):
            add.append(new)
        if old and old.casefold() != new.casefold():
            remove.append(old)
    return Labelling(tuple(unique(add)), tuple(unique(remove)))


def hiding(
    rules: Rules, changes: Mapping[str, Change], fields: frozenset[str], borne: Sequence[str]
) -> list[str]:
    """Labels that make scalar `fields` read otherwise than the edit says: several of a kind are borne."""
    kept = {rules.label(field, word).casefold() for field in fields if (word := changes[field].new)}
    return [each for each in borne if rules.family(each) in fields and each.casefold() not in kept]


def unique(labels: Iterable[str]) -> list[str]:
    """Without repetitions; labels are compared without case."""
    return list({each.casefold(): each for each in labels}.values())


def transitions(change: Change | None) -> tuple[dict[str, str], ...]:
    """The state changes, each one PATCH, that lead from the old status word to the new.

    `state_reason` is ignored unless `state` changes with it, so closed to closed goes by way of open.
    """
    if change is None or change.new is None:
        return ()
    new = state_of(change.new)
    old = state_of(change.old) if change.old else None
    if old and (old.closed, old.reason) == (new.closed, new.reason):
        return ()
    if not new.closed:
        return ({"state": "open"},)
    close = {"state": "closed", "state_reason": new.reason}
    return ({"state": "open"}, close) if old and old.closed else (close,)


def people(word: str | None) -> dict[str, str]:
    """Logins of an assignee word, by login in lower case: GitHub compares them so."""
    return {each.casefold(): each for each in (word or "").split(",") if each}


def unmet(changes: Mapping[str, Change], words: Words) -> frozenset[str]:
    """Fields whose new word the item does not say now: dropped by GitHub, or overtaken by somebody."""
    return frozenset(field for field, change in changes.items() if not _met(field, change, words.get(field)))


def _met(field: str, change: Change, now: str | None) -> bool:
    if field == "title":
        return (now or "").strip() == (change.new or "").strip()
    if field != "assignee":
        return same(now, change.new)
    old, new, there = people(change.old), people(change.new), people(now)
    return new.keys() - old.keys() <= there.keys() and not (old.keys() - new.keys()) & there.keys()


def same(one: str | None, other: str | None) -> bool:
    """Whether two words say the same: GitHub compares labels without case."""
    if one is None or other is None:
        return one is other
    return one.strip().casefold() == other.strip().casefold()


# The body of a created issue


MARKER: Final = re.compile(r"^<!-- lspec:([0-9A-Za-z-]{8,64}) (\S+) -->[ \t\r]*$", re.MULTILINE)


def body_of(marker: Marker, link: str, summary: str) -> str:
    """Link, summary and marker. Neither link nor summary can carry another marker in."""
    said = [part.replace("<!--", "&lt;!--").strip() for part in (link, summary)]
    return "\n\n".join(
        [*(part for part in said if part), f"<!-- lspec:{marker.uuid} {_escape(marker.spec)} -->"]
    )


def markers_in(body: str | None) -> tuple[Marker, ...]:
    """Every marker that stands on a line of its own."""
    return tuple(Marker(uuid, _unescape(spec)) for uuid, spec in MARKER.findall(body or ""))


def _escape(name: str) -> str:
    """A spec's name as it may stand in an HTML comment: `>` would end it, and git's bytes may be no UTF-8."""
    return "".join(c if c.isprintable() and c not in "%<> " else _percent(c) for c in name)


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


def _unescape(text: str) -> str:
    raw = re.sub(
        rb"%([0-9A-F]{2})",
        lambda found: bytes.fromhex(found[1].decode()),
        text.encode("utf-8", "surrogateescape"),
    )
    return raw.decode("utf-8", "surrogateescape")
