"""Lenses: between the values of one field and the words that a tracker has for them.

Many values may share one word (draft and planned are both `open`), so values are compared in the tracker's
words, and a value that agrees with the word is left as it is. `TitleLens` and `WordLens` suit any tracker;
the others know GitHub's labels, states and logins. Knows no adapter, no request and no config.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from lspec_git.core.spec import normal_priority, normal_status

TITLE_MAX: Final = 256
"""Characters of a GitHub title."""
LABEL: Final = re.compile(r"(?!\s)[^\x00-\x1f\x7f]{1,50}(?<!\s)")
"""A GitHub label: longer than that is refused (`name is too long (maximum is 50 characters)`)."""
LOGIN: Final = re.compile(r"(?=.{1,39}$)[A-Za-z0-9][A-Za-z0-9-]*(_[A-Za-z0-9]+)?")
"""A GitHub login. An underscore and a short code end those that an enterprise manages."""
STATE: Final = re.compile(r"(open|closed)\s*(?:/\s*([a-z]+(?:[ _-][a-z]+)?)\s*)?")
REASONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "completed": ("completed", "not_planned", "duplicate"),
        "not_planned": ("not_planned", "duplicate", "completed"),
        "duplicate": ("duplicate", "not_planned", "completed"),
    }
)
"""GitHub's reasons for closing, each with all of them, the nearest first."""
PRIORITY_PREFIX: Final = "priority:"
UNMAPPED: Final[Mapping[str, str]] = MappingProxyType(
    {"": "planned", "completed": "complete", "not_planned": "archived", "duplicate": "archived"}
)
"""What an open issue, or one closed for a reason, says where no status at all is open, or closed."""


class Lens(Protocol):
    """Between the values of one field and a tracker's words for them; None is an absent value or word.

    Laws: a value and a word that agree are left as they are by `put` and `get`; what `get` returns agrees
    with the word it was got from; what `put` returns agrees with the value, if that is expressible.
    """

    def expressible(self, value: str | None, /) -> bool:
        """Whether the tracker can say this value at all."""
        ...

    def agrees(self, value: str | None, word: str | None, /) -> bool:
        """Whether value and word say the same, as far as the tracker can tell."""
        ...

    def put(self, value: str | None, word: str | None, old: str | None, /) -> str | None:
        """The word to replace `word`, so that it says `value`, given that the spec said `old` before.

        Changes only what is the spec's own to say. A value that is not expressible changes nothing.
        """
        ...

    def get(self, word: str | None, value: str | None, /) -> str | None:
        """The value that the word says, given the present one."""
        ...


class _Lens:
    """`put` and `get` so that agreement is left alone, whatever the field."""

    __slots__ = ()

    def expressible(self, value: str | None, /) -> bool:
        raise NotImplementedError

    def agrees(self, value: str | None, word: str | None, /) -> bool:
        raise NotImplementedError

    def put(self, value: str | None, word: str | None, old: str | None, /) -> str | None:
        if self.agrees(value, word) or not self.expressible(value):
            return word
        return self._word(value, word, old)

    def get(self, word: str | None, value: str | None, /) -> str | None:
        return value if self.agrees(value, word) else self._value(word)

    def _word(self, value: str | None, word: str | None, old: str | None, /) -> str | None:
        raise NotImplementedError

    def _value(self, word: str | None, /) -> str | None:
        raise NotImplementedError


def _said(text: str | None) -> str | None:
    return (text or "").strip() or None


@dataclass(frozen=True, slots=True)
class TitleLens(_Lens):
    """Runs of blanks count as one; what exceeds the tracker's length counts as not there."""

    longest: int = TITLE_MAX

    def expressible(self, value: str | None, /) -> bool:
        return self._shown(value) is not None

    def agrees(self, value: str | None, word: str | None, /) -> bool:
        return self._shown(value) == self._shown(word)

    def _word(self, value: str | None, _word: str | None, _old: str | None, /) -> str | None:
        return self._shown(value)

    def _value(self, word: str | None, /) -> str | None:
        return word

    def _shown(self, text: str | None) -> str | None:
        return " ".join((text or "").split())[: self.longest].rstrip() or None


def _as_it_is(value: str) -> str:
    return value


@dataclass(frozen=True, slots=True)
class WordLens(_Lens):
    """A word of a closed set for each value; of the values that share a word the first is chosen for it."""

    words: Mapping[str, str]
    """Word by value, values in their normal spelling."""
    otherwise: str = ""
    """The value for a word that is not among them: then every item says something, and a spec must. Without
    it such a word counts as none."""
    normal: Callable[[str], str] = _as_it_is

    def expressible(self, value: str | None, /) -> bool:
        return not self.otherwise if value is None else self.normal(value) in self.words

    def agrees(self, value: str | None, word: str | None, /) -> bool:
        if value is None or not self.expressible(value):
            return value is None and self._known(word) is None
        return self.words[self.normal(value)].casefold() == (self._known(word) or "").casefold()

    def _word(self, value: str | None, _word: str | None, _old: str | None, /) -> str | None:
        return None if value is None else self.words[self.normal(value)]

    def _value(self, word: str | None, /) -> str | None:
        known = self._known(word)
        return next((value for value, one in self.words.items() if one == known), None)

    def _known(self, word: str | None) -> str | None:
        """The word in its own spelling, or what stands for words that are not known."""
        if word is None:
            return None
        same = (one for one in self.words.values() if one.casefold() == word.strip().casefold())
        return next(same, self.words.get(self.otherwise))


@dataclass(frozen=True, slots=True)
class State:
    """An issue's state; of a closed one the reason; of an open or closed one maybe a label besides."""

    closed: bool
    reason: str = ""
    label: str = ""

    def __str__(self) -> str:
        state = f"closed/{self.reason}" if self.closed else "open"
        return f"{state} + {self.label}" if self.label else state

    def same(self, other: State) -> bool:
        return (self.closed, self.reason, self.label.casefold()) == (
            other.closed,
            other.reason,
            other.label.casefold(),
        )

    def distance(self, other: State) -> tuple[int, int]:
        """How far another state of the same kind, open or closed, is from saying the same."""
        reason = REASONS[self.reason].index(other.reason) if self.closed else 0
        if self.label.casefold() == other.label.casefold():
            return reason, 0
        return reason, 2 if other.label else 1


def read_state(word: str) -> State:
    """The state that a tracker's word says; a reason that GitHub may invent yet counts as completed."""
    state, _, label = word.partition("+")
    head, _, reason = state.strip().casefold().partition("/")
    label = label.strip()
    if head.strip() != "closed":
        return State(False, label=label)
    reason = re.sub(r"[ -]", "_", reason.strip())
    return State(True, reason if reason in REASONS else "completed", label)


def parse_state(text: str) -> State:
    """The state that a person wrote: `open`, `closed/not_planned`, `open + doing`. ValueError if none."""
    written, plus, label = text.partition("+")
    label = re.sub(r"^label:\s*", "", label.strip(), flags=re.IGNORECASE)
    found = STATE.fullmatch(written.strip().casefold())
    known = found is not None and (found[2] is None or re.sub(r"[ -]", "_", found[2]) in REASONS)
    if found is None or not known:
        raise ValueError(
            f"`{text}` is no state of an issue; write open, closed/completed, closed/not_planned or "
            "closed/duplicate, or one of them with a label: open + doing"
        )
    if found[1] == "open" and found[2]:
        raise ValueError(f"`{text}`: only a closed issue has a reason; write open, or open + LABEL")
    if plus and not LABEL.fullmatch(label):
        raise ValueError(f"`{text}`: after the + comes a label of 1 to 50 characters")
    return read_state(f"{written}+{label}")


@dataclass(frozen=True, slots=True)
class StatusLens(_Lens):
    """Statuses by name, each with its state, in the order in which one is chosen for a shared state."""

    states: Mapping[str, State]

    def expressible(self, value: str | None, /) -> bool:
        return value is not None and normal_status(value) in self.states

    def agrees(self, value: str | None, word: str | None, /) -> bool:
        if value is None or word is None:
            return value == word
        state = self.states.get(normal_status(value))
        return state is not None and state.same(self._nearest(word))

    def _word(self, value: str | None, _word: str | None, _old: str | None, /) -> str | None:
        return str(self.states[normal_status(value or "")])

    def _value(self, word: str | None, /) -> str | None:
        if word is None:
            return None
        nearest = self._nearest(word)
        return next(name for name, state in self.states.items() if nearest.same(state))

    def _nearest(self, word: str) -> State:
        """The state of the mapping that comes nearest to what the tracker says: every word says something."""
        said = read_state(word)
        alike = [state for state in self.states.values() if state.closed == said.closed]
        if alike:
            return min(alike, key=said.distance)
        return self.states[UNMAPPED[said.reason]]


@dataclass(frozen=True, slots=True)
class PriorityLens(_Lens):
    """Priorities by name, each with its label.

    Any other `priority:*` label is the priority that follows the prefix, and the other way round: a value
    that LeanSpec does not know can be seen and mended, where dropping it would unset what somebody set.
    """

    labels: Mapping[str, str]

    def expressible(self, value: str | None, /) -> bool:
        return _said(value) is None or LABEL.fullmatch(self._label(value or "")) is not None

    def agrees(self, value: str | None, word: str | None, /) -> bool:
        said = self._value(word)
        if _said(value) is None or said is None or word is None:
            return _said(value) == said
        if self._label(value or "").casefold() == word.strip().casefold():
            return True
        return normal_priority(value or "").casefold() == said.casefold()

    def _word(self, value: str | None, _word: str | None, _old: str | None, /) -> str | None:
        return None if _said(value) is None else self._label(value or "")

    def _value(self, word: str | None, /) -> str | None:
        label = (word or "").strip()
        for name, mapped in self.labels.items():
            if mapped.casefold() == label.casefold():
                return name
        known = label[: len(PRIORITY_PREFIX)].casefold() == PRIORITY_PREFIX
        return normal_priority(label[len(PRIORITY_PREFIX) :] if known else label) or None

    def _label(self, value: str) -> str:
        name = normal_priority(value)
        return self.labels.get(name, PRIORITY_PREFIX + name)


@dataclass(frozen=True, slots=True)
class AssigneeLens(_Lens):
    """The spec's person is among the issue's; the others are nobody's business here and stay.

    So a spec without an assignee agrees only with an issue without any: where others are assigned, taking
    the spec's own person off does not make the two agree.
    """

    people: Mapping[str, str]
    """Login by person; a person who is not here is a login, and `@login` is always one."""

    def expressible(self, value: str | None, /) -> bool:
        return _said(value) is None or LOGIN.fullmatch(self._login(value or "")) is not None

    def agrees(self, value: str | None, word: str | None, /) -> bool:
        logins = {login.casefold() for login in _logins(word)}
        return not logins if _said(value) is None else self._login(value or "").casefold() in logins

    def _word(self, value: str | None, word: str | None, old: str | None, /) -> str | None:
        gone = self._login(old or "").casefold()
        stay = [login for login in _logins(word) if login.casefold() != gone]
        new = [] if _said(value) is None else [self._login(value or "")]
        return ",".join(sorted([*stay, *new])) or None

    def _value(self, word: str | None, /) -> str | None:
        login = min(_logins(word), default=None)
        if login is None:
            return None
        known = [person for person, theirs in self.people.items() if theirs.casefold() == login.casefold()]
        if known:
            return known[0]
        return login if self._login(login) == login else f"@{login}"

    def _login(self, value: str) -> str:
        name = " ".join(value.split())
        if name.startswith("@"):
            return name.removeprefix("@")
        found = [login for person, login in self.people.items() if person.casefold() == name.casefold()]
        return found[0] if found else name


def _logins(word: str | None) -> list[str]:
    return [login for login in map(str.strip, (word or "").split(",")) if login]


@dataclass(frozen=True, slots=True)
class LabelLens(_Lens):
    """A field held by the label `prefix` + value; the word is what follows the prefix."""

    prefix: str

    def expressible(self, value: str | None, /) -> bool:
        said = _said(value)
        return said is None or LABEL.fullmatch(self.prefix + said) is not None

    def agrees(self, value: str | None, word: str | None, /) -> bool:
        return (_said(value) or "").casefold() == (_said(word) or "").casefold()

    def _word(self, value: str | None, _word: str | None, _old: str | None, /) -> str | None:
        return _said(value)

    def _value(self, word: str | None, /) -> str | None:
        return _said(word)


@dataclass(frozen=True, slots=True)
class TagLens(_Lens):
    """One tag of a spec, one label of an issue: either is there or not. The field's name holds which one."""

    def expressible(self, value: str | None, /) -> bool:
        return value is None or LABEL.fullmatch(value) is not None

    def agrees(self, value: str | None, word: str | None, /) -> bool:
        return (value is None) == (word is None)

    def _word(self, value: str | None, _word: str | None, _old: str | None, /) -> str | None:
        return value

    def _value(self, word: str | None, /) -> str | None:
        return word
