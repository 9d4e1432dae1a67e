"""One box of cards as a `PMAdapter`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from lspec_git.adapters.base import (
    Account,
    Capabilities,
    Changes,
    Claim,
    Comment,
    Connection,
    Draft,
    Edit,
    Event,
    ItemRef,
    Marker,
    Outcome,
    Result,
    WorkItem,
)
from lspec_git.adapters.http import Answer, Http
from lspec_git.adapters.network import Lost, Unsent
from lspec_git.errors import AuthError, NotFound, RateLimited, TrackerError

FIELDS = frozenset({"title", "status", "priority"})


class CardsAdapter:
    """Reads by a counter that every write moves; writes single fields, so nobody's edit is overwritten."""

    def __init__(self, connection: Connection) -> None:
        self.http = Http(connection.api_url, connection.secret, patience=connection.patience)
        self._box, self._target = f"boxes/{connection.project}", connection.target
        self._drawer = str(connection.settings.get("drawer", "front"))

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(FIELDS, tags=False, deletes=True)

    def changes(self, cursor: str | None) -> Changes:
        after = -1 if cursor is None else int(cursor)
        answer = self._read(f"{self._box}/cards?after={after}")
        cards = () if cursor is None else tuple(map(self._item, answer.data["cards"]))
        return Changes(str(answer.data["count"]), cards, answer.date)

    def pull(self, refs: Sequence[ItemRef]) -> Iterator[WorkItem]:
        for ref in refs:
            answer = self.http.read(f"{self._box}/cards/{ref.key}") if ref.key.isdigit() else None
            item = self._item(answer.data) if answer is not None and answer.ok else None
            found = item is not None and item.ref.id == (ref.id or item.ref.id)
            yield item if item and found else WorkItem(ref, "", {}, gone="not found")

    def push(self, edits: Sequence[Edit]) -> Iterator[Outcome]:
        return map(self._edit, edits)

    def create(self, drafts: Sequence[Draft]) -> Iterator[Outcome]:
        return map(self._create, drafts)

    def find(self, claims: Sequence[Claim]) -> Iterator[WorkItem]:
        if not claims:
            return
        uuids = {claim.marker.uuid for claim in claims} - {""}
        specs = {claim.marker.spec for claim in claims if not claim.marker.uuid}
        for item in map(self._item, self._read(f"{self._box}/cards?after=0").data["cards"]):
            if item.marker and (item.marker.uuid in uuids or item.marker.spec in specs):
                yield item

    def history(self, ref: ItemRef, since: str) -> Iterator[Event]:  # noqa: ARG002 - a box keeps none
        return iter(())

    def comments(self, refs: Sequence[ItemRef], since: str | None) -> Iterator[Comment]:
        for ref in refs:
            for said in self._read(f"{self._box}/cards/{ref.key}").data["comments"]:
                if said["at"] >= (since or ""):
                    yield Comment(ref, said["id"], said["by"], said["at"], said["at"], said["body"], "")

    def check(self) -> Account:
        you = self._read(self._box).data["you"]
        return Account(you, self._target, can_write=True)

    def parse_event(self, headers: Mapping[str, str], body: bytes) -> frozenset[str]:
        return frozenset({body.decode("ascii", "replace")}) if "X-Cards-Event" in headers else frozenset()

    # Writing

    def _edit(self, edit: Edit) -> Outcome:
        names = edit.changes.keys() & FIELDS
        fields = {name: edit.changes[name].new for name in sorted(names)}
        return self._write("PATCH", f"{self._box}/cards/{edit.ref.key}", fields, edit.changes.keys())

    def _create(self, draft: Draft) -> Outcome:
        fields: dict[str, Any] = {name: word for name, word in draft.words.items() if name in FIELDS}
        fields |= {
            "marker": [draft.marker.uuid, draft.marker.spec],
            "link": draft.link,
            "drawer": self._drawer,
        }
        return self._write("POST", f"{self._box}/cards", fields, draft.words.keys())

    def _write(self, method: str, path: str, fields: Mapping[str, Any], asked: Set[str]) -> Outcome:
        try:
            answer = self.http.write(method, path, fields)
        except (Unsent, RateLimited) as error:
            return Outcome(Result.RETRY, message=error.message)
        except Lost as error:
            return Outcome(Result.UNKNOWN, message=error.message)
        if answer.status in (404, 422):
            return Outcome(Result.REFUSED, message=answer.message)
        left_out = frozenset(asked - FIELDS)
        warnings = tuple(f"{name}: a card cannot hold this" for name in sorted(left_out))
        return Outcome(Result.DONE, self._item(self._good(answer).data), warnings=warnings, refused=left_out)

    # Reading

    def _read(self, path: str) -> Answer:
        return self._good(self.http.read(path))

    def _good(self, answer: Answer) -> Answer:
        if answer.status == 401:
            raise AuthError("the card box does not know this token", "set CARDS_TOKEN")
        if answer.status == 404:
            raise NotFound(f"no {self._target}", "check `box` in integrations.yml")
        if not answer.ok:
            raise TrackerError(f"the card box answers {answer.status}: {answer.message}", "try again later")
        return answer

    def _item(self, card: Mapping[str, Any]) -> WorkItem:
        words = {name: card[name] for name in sorted(FIELDS) if card.get(name)}
        return WorkItem(
            ref=ItemRef(card["id"], card["key"]),
            revision=f"{card['count']:09}",
            words=words,
            url=f"{self.http.base}{self._box}/cards/{card['key']}",
            marker=Marker(*card["marker"]) if card.get("marker") else None,
            project=self._target,
            created=card["created"],
        )
