"""What every tracker must offer: `PMAdapter`, and the frozen data that goes in and out.

Batch-shaped, so that bulk APIs can be used and one bad item cannot fail the rest. Adapters speak in the
tracker's words (see `core.vocabulary`); they know nothing of specs, git or the plan. They retry reads;
a write that may have landed is reported as `UNKNOWN` and never sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, runtime_checkable

from lspec_git.adapters.route import DIRECT, Route
from lspec_git.core.targets import target_of

Words = Mapping[str, str]
"""Field name to the tracker's word for it; what the item has not is left out.

Keys are those of `core.spec.FieldName`. `tags:<label in lower case>` maps to the label as it is spelled,
for every label that says nothing else. `assignee` is the sorted logins, joined by commas.
"""


@dataclass(frozen=True, slots=True, order=True)
class ItemRef:
    """A work item: its immutable id, and the key that people and URLs use (GitHub: the number)."""

    id: str
    key: str


@dataclass(frozen=True, slots=True)
class Marker:
    """What a create carries so that anyone can find it again: the claim's uuid and the spec's name."""

    uuid: str
    spec: str


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A work item as it was read.

    `revision` orders the item's states: a later one compares greater as a string (GitHub: `updated_at`,
    whole seconds, so two states may share one). `project` is the target that the item lives in now, as
    in `Account.target`; it differs from the adapter's own after a transfer.
    """

    ref: ItemRef
    revision: str
    words: Words
    url: str = ""
    marker: Marker | None = None
    project: str = ""
    created: str = ""
    gone: str = ""
    """Empty, or why the item cannot be used: `deleted`, `moved`, `not found or not visible`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A work item to be created: words by field, labels of the mapping, link and summary for its body."""

    marker: Marker
    words: Words
    labels: tuple[str, ...] = ()
    link: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One field from an old to a new word (None: absent). Sets are sent as differences, additively."""

    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change on one item. `revision` is the one that this was decided on."""

    ref: ItemRef
    revision: str
    changes: Mapping[str, Change]


class Result(Enum):
    """What is known about a write after it was tried."""

    DONE = "done"
    REFUSED = "refused"
    """The tracker said no: surely nothing was written; trying the same again is pointless."""
    RETRY = "retry"
    """Surely nothing was written (limits, connection refused); the same may be tried later."""
    STALE = "stale"
    """The item had moved on; nothing was written. Read again and decide anew."""
    UNKNOWN = "unknown"
    """Sent, and no answer: it may have landed, or may still land."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one draft or edit, in the order in which they were given."""

    result: Result
    item: WorkItem | None = None
    message: str = ""
    warnings: tuple[str, ...] = ()
    """Parts that were left out although the rest went through (a dropped label, an unknown login)."""
    refused: frozenset[str] = frozenset()
    """Fields that were not written although `result` is DONE."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Items that may have changed since a cursor, and the cursor for next time. Over-reporting is fine."""

    cursor: str
    items: tuple[WorkItem, ...] = ()
    now: str = ""
    """The tracker's own clock, ISO 8601 UTC."""


@dataclass(frozen=True, slots=True)
class Event:
    """One past change of one field on the tracker."""

    field: str
    word: str | None
    when: str
    who: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a work item; `body` is markdown."""

    ref: ItemRef
    id: str
    author: str
    created: str
    updated: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Account:
    """Whose token it is, what it may do, and what it works on."""

    login: str
    target: str
    can_write: bool
    rights: tuple[str, ...] = ()
    private: bool = False
    url: str = ""
    missing: tuple[str, ...] = ()
    """Rights or features that are lacking, in words."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a tracker can hold and do."""

    fields: frozenset[str]
    """Fixed field names; tags are told by `tags`."""
    tags: bool = True
    atomic_updates: bool = False
    """A write is refused when the item has moved on since `Edit.revision`."""
    webhooks: bool = False
    deletes: bool = False
    custom: bool = False
    """Custom fields can be mapped by the config's `fields:`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A create that may have happened: its marker, and the tracker's time just before it was sent.

    Without a uuid the item is known by the spec's name in its marker; without a time it may be of any age.
    """

    marker: Marker
    since: str


@dataclass(frozen=True, slots=True)
class Connection:
    """What an adapter is built from. `secret` never appears in a repr."""

    project: str
    api_url: str
    secret: str = field(default="", repr=False)
    user: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    timeout: tuple[float, float] = (5.0, 30.0)
    """Seconds to connect, and to wait for an answer."""
    patience: float = 60.0
    """Longest wait in seconds for a rate limit before `RateLimited` is raised."""
    route: Route = DIRECT
    """Proxy and certificates: to be used as given, with no look at the environment."""
    renew: str = ""
    """What a person does about a secret that is not accepted: it depends on where the secret came from."""

    @property
    def target(self) -> str:
        """`host[:port]/project`: what a user trusts with a token. ValueError if the parts are unusable."""
        return target_of(self.api_url, self.project)


@runtime_checkable
class PMAdapter(Protocol):
    """One project on one tracker. Constructing it makes no request.

    Every method may raise a `TrackerError` when the tracker as a whole cannot be used (token, network,
    project); what concerns a single item is told in that item's own result.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    def changes(self, cursor: str | None) -> Changes:
        """What changed since `cursor`: may over-report, never under-report. None: from now, no items."""
        ...

    def pull(self, refs: Sequence[ItemRef]) -> Iterator[WorkItem]:
        """The items named, in any order; one that is gone comes back with `gone` set, never left out."""
        ...

    def push(self, edits: Sequence[Edit]) -> Iterator[Outcome]:
        """Carry out each edit and yield its outcome at once, in order, before the next is sent."""
        ...

    def create(self, drafts: Sequence[Draft]) -> Iterator[Outcome]:
        """Create each draft and yield its outcome at once, in order; never sends one twice."""
        ...

    def find(self, claims: Sequence[Claim]) -> Iterator[WorkItem]:
        """Items that bear the marker of one of the claims, by listing (never by search: its index lags)."""
        ...

    def history(self, ref: ItemRef, since: str) -> Iterator[Event]:
        """Past field changes of one item, oldest first, from revision `since` on; empty where it has none.

        `when` compares with revisions as text where those are times.
        """
        ...

    def comments(self, refs: Sequence[ItemRef], since: str | None) -> Iterator[Comment]: ...

    def check(self) -> Account:
        """Who the token is, its rights, and whether the project can be used. Raises with advice if not."""
        ...

    def parse_event(self, headers: Mapping[str, str], body: bytes) -> frozenset[str]:
        """Keys of the items that a webhook delivery is about: a hint; the truth is `pull`."""
        ...
