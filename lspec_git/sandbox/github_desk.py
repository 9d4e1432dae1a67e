"""What every GitHub route needs of one request: who asks, what they may do, which project and issue is meant.

Answers and refusals are made here; what the routes do with an issue is theirs.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from flask import Response, g, request

from lspec_git.sandbox import github_errors as refuse
from lspec_git.sandbox import github_json as show
from lspec_git.sandbox.clock import Clock
from lspec_git.sandbox.github_input import Body, json_body
from lspec_git.sandbox.github_lists import page_of
from lspec_git.sandbox.limits import Meter
from lspec_git.sandbox.model import Account, Deleted, Issue, Moved, Project, Role
from lspec_git.sandbox.store import Store

OLD_VERSION = "2022-11-28"
NEW_VERSION = "2026-03-10"

T = TypeVar("T")


class Desk:
    """The tracker as one request sees it. The account is found anew per request and kept in flask's `g`."""

    def __init__(
        self, store: Store, tokens: Mapping[str, Account], meter: Meter, clock: Clock, board_login: str
    ) -> None:
        self.store = store
        self.tokens = tokens
        self.meter = meter
        self.clock = clock
        self.board_login = board_login

    # Who

    def identify(self) -> Account | None:
        """The account of the request's token, None without one. A wrong token is refused."""
        token = sent_token(request.headers.get("Authorization", ""))
        if token is None:
            return None
        account = self.tokens.get(token)
        if account is None:
            raise refuse.bad_credentials()
        return account

    @property
    def account(self) -> Account | None:
        found: Account | None = g.account
        return found

    def someone(self) -> Account:
        """The account, where being nobody is not enough."""
        if self.account is None:
            raise refuse.requires_authentication()
        return self.account

    def role(self, project: Project) -> Role:
        if self.account is None:
            return Role.NONE if project.private else Role.READ
        return max(self.account.role, Role.NONE if project.private else Role.READ)

    def forbid(self) -> refuse.Refusal:
        return refuse.forbidden(self.account is not None and self.account.scopes is None)

    # What

    def project(self, owner: str, repo: str) -> Project:
        """The project, if it is there and may be seen: GitHub does not tell the two apart."""
        found = self.store.project(f"{owner}/{repo}")
        if found is None or self.role(found) < Role.READ:
            raise refuse.not_found()
        return found

    def tracker(self, owner: str, repo: str) -> Project:
        """The project, with its issues enabled and, for a change, open to changes by someone known."""
        project = self.project(owner, repo)
        if request.method not in ("GET", "HEAD"):
            self.someone()
            if project.archived:
                raise refuse.archived()
        if not project.has_issues:
            raise refuse.issues_disabled()
        return project

    def require(self, project: Project, role: Role) -> None:
        if self.role(project) < role:
            raise self.forbid()

    def issue(self, project: Project, number: int) -> Issue:
        found = self.store.find(project.name, number)
        if isinstance(found, Issue):
            return found
        if isinstance(found, Deleted):
            raise refuse.issue_deleted()
        if isinstance(found, Moved):
            raise self._moved(project, number, found)
        raise refuse.not_found()

    def _moved(self, project: Project, number: int, to: Moved) -> refuse.Refusal:
        target = self.store.project(to.project)
        if target is None or self.role(target) < Role.READ:
            return refuse.not_found()
        old = f"/repos/{project.name}/issues/{number}"
        rest = request.path[len(old) :]
        return refuse.moved(f"{self.api}/repositories/{target.id}/issues/{to.number}{rest}", request.method)

    # Answers

    @property
    def api(self) -> str:
        return request.host_url.rstrip("/")

    @property
    def people(self) -> frozenset[str]:
        return frozenset(self.store.people())

    def body(self) -> Body:
        sent = dict(json_body(request.get_data()))
        if g.version == NEW_VERSION:
            sent.pop("assignee", None)
        return sent

    def show_issue(self, project: Project, issue: Issue) -> show.Json:
        shown = show.issue(self.api, project, issue, self.people)
        if g.version == NEW_VERSION:
            del shown["assignee"]
        return shown

    def listed(
        self, project: Project, items: Sequence[T], path: str, shown: Callable[[T], show.Json]
    ) -> Response:
        """One page of a list. The links name the repository by its id, as GitHub's do."""
        page = page_of(items, request.args.to_dict(), f"{self.api}/repositories/{project.id}{path}")
        answer = answered([shown(item) for item in page.items])
        if page.link:
            answer.headers["Link"] = page.link
        return answer


def sent_token(header: str) -> str | None:
    """The token in an Authorization header: `Bearer`, `token`, or a password in `Basic`."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return rest.strip()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return rest


def answered(body: object, status: int = 200, location: object = None) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    answer = Response(text, status, content_type="application/json; charset=utf-8")
    if isinstance(location, str):
        answer.headers["Location"] = location
    return answer


def nothing() -> Response:
    return Response(status=204)
