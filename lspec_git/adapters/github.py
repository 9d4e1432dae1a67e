"""GitHub Issues as a `PMAdapter`: one repository, read by listings and written field by field.

Knows when a listing may be trusted, and how a cursor is kept cheap. Facts: `since` filters by `updated_at`;
a 304 costs nothing of the hourly limit but needs the same URL, so `since` stays as it was; lists hold pull
requests too; search is never used, its index lags.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

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
    WorkItem,
)
from lspec_git.adapters.github_api import MOVED, Api
from lspec_git.adapters.github_issues import comment_of, is_issue, iso, item_of, moment, past_changes
from lspec_git.adapters.github_words import Rules, markers_in
from lspec_git.adapters.github_write import Writer
from lspec_git.adapters.http import Answer, Http, link
from lspec_git.errors import TrackerError

OVERLAP: Final = timedelta(seconds=10)
"""Listed again although listed before: times are whole seconds and come from several hosts of GitHub's."""
CLAIM_OVERLAP: Final = timedelta(seconds=120)
"""How much earlier than its claim a create is looked for."""
FEW: Final = 10
"""Up to so many items are read one by one, which shows their latest state; more may come from a listing."""
ABSENT: Final = "not found or not visible"


@dataclass(frozen=True, slots=True)
class _Cursor:
    """`since` stays as it began so that URL and ETag stay; `listed` is when the last listing was made."""

    since: str = ""
    listed: str = ""
    etag: str = ""

    @classmethod
    def load(cls, text: str) -> _Cursor:
        """What cannot be read becomes the cursor before all: it reports too much rather than too little."""
        try:
            said = json.loads(text)
            return cls(str(said["since"]), str(said["listed"]), str(said["etag"]))
        except (ValueError, KeyError, TypeError):
            return cls()

    def dump(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


class GitHubAdapter:
    """Issues of the repository `connection.project`. Settings: `status`, `priority`, `fields`."""

    def __init__(self, connection: Connection) -> None:
        self._api = Api(connection)
        self._rules = Rules.of(connection.settings)
        self._writer = Writer(self._api, self._rules)

    @property
    def http(self) -> Http:
        """The session, for observers of requests and waits."""
        return self._api.http

    @property
    def capabilities(self) -> Capabilities:
        fields = frozenset({"title", "status", "priority", "assignee", *self._rules.fields})
        return Capabilities(fields, tags=True, webhooks=True, custom=True)

    # Reading

    def changes(self, cursor: str | None) -> Changes:
        """One listing, newest first: an item updated while it is paged through comes twice, but never not."""
        if cursor is None:
            return self._start()
        last = _Cursor.load(cursor)
        query = {"state": "all", "sort": "updated", "direction": "desc", "per_page": "100"}
        first = self._api.get(
            self._issues(query | ({"since": last.since} if last.since else {})), etag=last.etag, follow=False
        )
        if first.status == 304:
            return Changes(cursor, now=self._api.time(first))
        items: dict[str, WorkItem] = {}
        for raws in self._until(first, "updated_at", last.listed):
            items.update((str(raw["id"]), item_of(self._api, self._rules, raw)) for raw in raws)
        now = self._api.time(first)
        after = _Cursor(last.since, now, first.headers.get("ETag", ""))
        return Changes(after.dump(), tuple(items.values()), now)

    def pull(self, refs: Sequence[ItemRef]) -> Iterator[WorkItem]:
        """One by one, or by a listing of everything where that takes fewer requests."""
        listed = self._listed(refs) if len(refs) > FEW else {}
        for ref in refs:
            item = listed.get(ref.key)
            yield item if item and item.ref.id == (ref.id or item.ref.id) else self._one(ref)

    def find(self, claims: Sequence[Claim]) -> Iterator[WorkItem]:
        """By a listing of what was created since the earliest claim (`since` goes by updates)."""
        if not claims:
            return
        earliest = min(claim.since for claim in claims)
        since = iso(moment(earliest) - CLAIM_OVERLAP) if earliest else ""
        query = {"state": "all", "sort": "created", "direction": "desc", "per_page": "100"}
        first = self._api.get(self._issues(query | ({"since": since} if since else {})), follow=False)
        seen: set[str] = set()
        for raws in self._until(first, "created_at", since):
            for raw in raws:
                marker = next((each for each in markers_in(raw.get("body")) if _claimed(each, claims)), None)
                if marker and str(raw["id"]) not in seen:
                    seen.add(str(raw["id"]))
                    yield replace(item_of(self._api, self._rules, raw), marker=marker)

    def history(self, ref: ItemRef, since: str) -> Iterator[Event]:
        number = _number(ref)
        if number:
            pages = self._api.listing(f"{self._api.repo}/issues/{number}/events?per_page=100")
            events = [event for page in pages for event in page if isinstance(event, dict)]
            yield from (
                each for each in past_changes(self._rules, events) if moment(each.when) >= moment(since)
            )

    def comments(self, refs: Sequence[ItemRef], since: str | None) -> Iterator[Comment]:
        """Oldest first. Newest-first listings again, so that nothing slips between two pages."""
        asked = {"since": since} if since else {}
        known = {ref.key: ref for ref in refs if _number(ref)}
        found: dict[str, Comment] = {}
        if len(known) > FEW:
            query = {"sort": "updated", "direction": "desc", "per_page": "100"} | asked
            paths = {f"{self._api.repo}/issues/comments?{urlencode(query)}": ""}
        else:
            query = {"per_page": "100"} | asked
            paths = {f"{self._api.repo}/issues/{key}/comments?{urlencode(query)}": key for key in known}
        for path, key in paths.items():
            for raw in (raw for page in self._api.listing(path) for raw in page if isinstance(raw, dict)):
                ref = known.get(key or str(raw.get("issue_url") or "").rpartition("/")[2])
                if ref:
                    comment = comment_of(raw, ref)
                    found[comment.id] = comment
        yield from sorted(found.values(), key=lambda each: (each.created, each.id))

    # Writing

    def push(self, edits: Sequence[Edit]) -> Iterator[Outcome]:
        """One by one; a limit or a lost connection makes the rest `RETRY` without asking on and on."""
        return map(self._writer.edit, edits)

    def create(self, drafts: Sequence[Draft]) -> Iterator[Outcome]:
        """As `push`."""
        return map(self._writer.create, drafts)

    # The account

    def check(self) -> Account:
        login = "" if self._api.anonymous else self._login(self._api.get("user"))
        answer = self._api.repository()
        raw = answer.data
        granted = raw.get("permissions") or {}
        may_write = any(granted.get(each) for each in ("admin", "maintain", "push", "triage")) or not granted
        missing = ("a token",) if self._api.anonymous else _missing(raw, may_write, _scopes(answer))
        return Account(
            login=login,
            target=self._api.target,
            can_write=not missing,
            rights=(*sorted(name for name, has in granted.items() if has), *_token_rights(answer)),
            private=bool(raw.get("private")),
            url=str(raw.get("html_url") or ""),
            missing=missing,
        )

    def parse_event(self, headers: Mapping[str, str], body: bytes) -> frozenset[str]:
        """Numbers of this repository's issues. The body is JSON, or a form whose `payload` is."""
        named = {name.lower(): said for name, said in headers.items()}
        if named.get("x-github-event") not in {"issues", "issue_comment"}:
            return frozenset()
        raw = _payload(named.get("content-type", ""), body)
        issue, repository = raw.get("issue"), raw.get("repository")
        if not isinstance(issue, dict) or not isinstance(repository, dict) or "pull_request" in issue:
            return frozenset()
        ours = str(repository.get("full_name")).casefold() == self._api.project.casefold()
        number = issue.get("number")
        return frozenset({str(number)}) if ours and isinstance(number, int) else frozenset()

    # Helpers

    def _start(self) -> Changes:
        answer = self._api.repository()
        if answer.data.get("has_issues") is False:
            raise self._api.issues_off()
        now = self._api.time(answer)
        since = iso(moment(now) - OVERLAP)
        return Changes(_Cursor(since, since).dump(), now=now)

    def _issues(self, query: Mapping[str, str]) -> str:
        return f"{self._api.repo}/issues?{urlencode(query)}"

    def _until(self, first: Answer, stamp: str, last: str) -> Iterator[list[dict[str, Any]]]:
        """Issues by pages of a newest-first listing, up to the page that reaches behind `last`."""
        floor = moment(last) - OVERLAP if last else None
        for answer in self._api.following(first):
            raws = self._api.expect(answer, list)
            yield [raw for raw in raws if is_issue(self._api, raw)]
            if not raws or (floor and moment(str(raws[-1].get(stamp) or "")) < floor):
                return

    def _listed(self, refs: Sequence[ItemRef]) -> dict[str, WorkItem]:
        """Wanted issues by number, from a listing of all; from its first page alone where it has many."""
        query = {"state": "all", "sort": "created", "direction": "desc", "per_page": "100"}
        first = self._api.get(self._issues(query), follow=False)
        few = _page_count(first) <= len(refs)
        wanted = {ref.key for ref in refs}
        found: dict[str, WorkItem] = {}
        for raws in self._until(first, "created_at", ""):
            items = (item_of(self._api, self._rules, raw) for raw in raws if str(raw["number"]) in wanted)
            found.update((item.ref.key, item) for item in items)
            if not few or len(found) == len(wanted):
                break
        return found

    def _one(self, ref: ItemRef) -> WorkItem:
        number = _number(ref)
        if not number:
            return WorkItem(ref, "", {}, gone=ABSENT)
        answer = self._api.get(f"{self._api.repo}/issues/{number}", follow=False)
        if answer.status in MOVED:
            return self._moved(ref, answer)
        if answer.status in {404, 410}:
            return WorkItem(ref, "", {}, gone="deleted" if answer.status == 410 else ABSENT)
        raw = self._api.expect(answer, dict)
        if not is_issue(self._api, raw):
            return WorkItem(ref, "", {}, gone="a pull request, no issue")
        item = item_of(self._api, self._rules, raw)
        return item if item.ref.id == (ref.id or item.ref.id) else WorkItem(ref, "", {}, gone=ABSENT)

    def _moved(self, ref: ItemRef, answer: Answer) -> WorkItem:
        """Where a transferred issue lives now, if the token may see it there."""
        try:
            there = self._api.get(answer.headers.get("Location", ""))
        except TrackerError:
            return WorkItem(ref, "", {}, gone="moved")
        if not there.ok or not is_issue(self._api, there.data):
            return WorkItem(ref, "", {}, gone="moved")
        return replace(item_of(self._api, self._rules, there.data), ref=ref, gone="moved")

    def _login(self, answer: Answer) -> str:
        # An app's token, such as that of GitHub's own CI, is nobody's: 403 here, yet good for the repository.
        if answer.status == 403 and "integration" in answer.message:
            return ""
        return str(self._api.expect(answer, dict).get("login") or "")


def _claimed(marker: Marker, claims: Sequence[Claim]) -> bool:
    asked = (claim.marker for claim in claims)
    return any(marker.uuid == each.uuid if each.uuid else marker.spec == each.spec for each in asked)


def _number(ref: ItemRef) -> str:
    """The issue's number as a path may hold it, or nothing: keys come from notes that anyone may write."""
    return ref.key if ref.key.isascii() and ref.key.isdigit() else ""


def _page_count(first: Answer) -> int:
    last = link(first.headers.get("Link", ""), "last")
    said = parse_qs(urlsplit(last).query).get("page", ["1"])[0] if last else "1"
    return int(said) if said.isdigit() else 1


def _scopes(answer: Answer) -> tuple[str, ...] | None:
    """A classic token's scopes; None for the other kinds, which do not tell."""
    said = answer.headers.get("X-OAuth-Scopes")
    return None if said is None else tuple(each.strip() for each in said.split(",") if each.strip())


def _token_rights(answer: Answer) -> tuple[str, ...]:
    expires = answer.headers.get("GitHub-Authentication-Token-Expiration", "")
    scopes = tuple(f"scope {each}" for each in _scopes(answer) or ())
    return (*scopes, f"token expires {expires}") if expires else scopes


def _missing(raw: Mapping[str, Any], may_write: bool, scopes: tuple[str, ...] | None) -> tuple[str, ...]:
    """What keeps this token from writing issues here, in words."""
    wanted = {"repo"} if raw.get("private") else {"repo", "public_repo"}
    checks = {
        "write access to the repository": may_write,
        f"the token's scope {' or '.join(sorted(wanted))}": scopes is None or bool(wanted & set(scopes)),
        "issues (switched off in the repository's settings)": raw.get("has_issues") is not False,
        "a repository that is not archived (this one is read-only)": not raw.get("archived"),
    }
    return tuple(name for name, fine in checks.items() if not fine)


def _payload(kind: str, body: bytes) -> dict[str, Any]:
    """The event's JSON; nothing where the body is none."""
    try:
        text = body.decode()
        if kind.lower().startswith("application/x-www-form-urlencoded"):
            text = parse_qs(text).get("payload", [""])[0]
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
