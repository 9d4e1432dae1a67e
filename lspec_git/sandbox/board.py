"""The board in the browser: columns of cards, and the few edits a person makes there.

Serves its page and the JSON under `/_board/`. Any page open in the same browser could send requests to
loopback, so edits are taken from the board's own origin only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, request

from lspec_git.errors import LspecError
from lspec_git.sandbox.github_desk import Desk, answered
from lspec_git.sandbox.model import Issue
from lspec_git.sandbox.store import Store

PAGES = Path(__file__).parent / "pages"
STATUS_PREFIX = "status:"
COLUMNS = {
    "open": "Open",
    "status": "In progress",
    "completed": "Done",
    "not_planned": "Not planned",
}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
_POLICY += "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Refused(LspecError):
    """An edit from the board that cannot be done; answered with 400 or 403."""


class Board:
    """Views of the board."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def store(self) -> Store:
        return self.desk.store

    @property
    def login(self) -> str:
        """Who edits here."""
        return self.desk.board_login

    def page(self) -> Response:
        text = (PAGES / "board.html").read_text("utf-8")
        return _guarded(Response(text, content_type="text/html; charset=utf-8"))

    def asset(self, name: str) -> Response:
        kinds = {"board.js": "text/javascript", "board.css": "text/css", "avatar.svg": "image/svg+xml"}
        if name not in kinds:
            return _guarded(Response("no such page\n", 404, content_type="text/plain"))
        text = (PAGES / name).read_text("utf-8")
        return _guarded(Response(text, content_type=f"{kinds[name]}; charset=utf-8"))

    def card_page(self, owner: str, repo: str, number: int) -> Response:
        """An issue's own address shows it on the board."""
        return _guarded(Response(status=302, headers={"Location": f"/?project={owner}/{repo}#{number}"}))

    def state(self) -> Response:
        """Everything the page draws; 204 while nothing changed since the version it has."""
        version = self.store.version
        if request.args.get("version") == version:
            return _guarded(Response(status=204))
        shown = {
            "version": version,
            "me": self.login,
            "people": self.store.people(),
            "columns": [{"key": key, "title": title} for key, title in COLUMNS.items()],
            "projects": {p.name: self._cards(p.name) for p in self.store.projects()},
        }
        return _guarded(answered(shown))

    def edit(self) -> Response:
        """One edit, as a JSON object of strings.

        `project`, `number` and one of `column`, `title`, `label`, `unlabel`, `assignee`, `comment`; or
        `project` and `new`, the title of a new issue.
        """
        try:
            check_origin(request.headers.get("Origin"), request.host)
            self._edit(_fields(request.get_json(silent=True)))
        except LspecError as error:
            return _guarded(answered({"message": error.message}, 403 if isinstance(error, Foreign) else 400))
        return _guarded(Response(status=204))

    def _cards(self, project: str) -> list[dict[str, object]]:
        comments: dict[int, list[dict[str, str]]] = {}
        for each in self.store.comments(project):
            comments.setdefault(each.number, []).append({"author": each.author, "body": each.body})
        return [_card(i) | {"comments": comments.get(i.number, [])} for i in self.store.issues(project)]

    def _edit(self, sent: Mapping[str, str]) -> None:
        project, number = sent.get("project", ""), int(sent.get("number", "0"))
        if "column" in sent:
            self.move(project, number, sent["column"])
        elif "new" in sent:
            self.store.create(project, sent["new"], login=self.login)
        elif "title" in sent:
            self.store.edit(project, number, self.login, title=sent["title"])
        elif "comment" in sent:
            self.store.comment(project, number, self.login, sent["comment"])
        elif "assignee" in sent:
            self._assign(project, number, sent["assignee"])
        else:
            self._relabel(project, number, sent)

    def move(self, project: str, number: int, column: str) -> None:
        """Put a card into a column, as a person would by closing, reopening and labelling."""
        if column not in COLUMNS:
            raise Refused(f"no column {column!r}")
        issue = self.store.issue(project, number)
        if column_of(issue) == column:
            return
        if column in ("open", "status"):
            others = [n for n in issue.label_names if not n.casefold().startswith(STATUS_PREFIX)]
            labels = [*others, "status:in-progress"] if column == "status" else others
            self.store.edit(project, number, self.login, state="open", labels=labels)
            return
        if issue.state == "closed":  # GitHub takes a reason only together with a change of state
            self.store.edit(project, number, self.login, state="open")
        self.store.edit(project, number, self.login, state="closed", reason=column)

    def _assign(self, project: str, number: int, login: str) -> None:
        if login and self.store.person(login) is None:
            raise Refused(f"nobody called {login!r}")
        self.store.edit(project, number, self.login, assignees=[login] if login else [])

    def _relabel(self, project: str, number: int, sent: Mapping[str, str]) -> None:
        add, drop = sent.get("label"), sent.get("unlabel")
        if not add and not drop:
            raise Refused("nothing to do")
        self.store.relabel(project, number, self.login, [add] if add else [], [drop] if drop else [])


def column_of(issue: Issue) -> str:
    """Which column a card stands in. A duplicate is one of the not planned."""
    if issue.state == "closed":
        return "completed" if issue.reason == "completed" else "not_planned"
    started = any(name.casefold().startswith(STATUS_PREFIX) for name in issue.label_names)
    return "status" if started else "open"


def _card(issue: Issue) -> dict[str, object]:
    return {
        "number": issue.number,
        "title": issue.title,
        "body": issue.body or "",
        "author": issue.author,
        "column": column_of(issue),
        "reason": issue.reason,
        "pull": issue.pull,
        "updated": issue.updated,
        "assignees": issue.assignees,
        "labels": [{"name": label.name, "color": label.color} for label in issue.labels],
    }


class Foreign(LspecError):
    """A request that another site's page sent."""


def check_origin(origin: str | None, host: str) -> None:
    """Let only the board's own page edit. Browsers send Origin with every POST; raises Foreign."""
    if origin != f"http://{host}":
        raise Foreign("edits are taken from the board's own page only")


def _fields(sent: object) -> dict[str, str]:
    if not isinstance(sent, dict):
        raise Refused("a JSON object is needed")
    fields = {str(key): str(value).strip() for key, value in sent.items()}
    if not fields.get("number", "0").isdecimal():
        raise Refused("number: digits are needed")
    if any(key in fields and not fields[key] for key in ("title", "new", "comment")):
        raise Refused("a text is needed")
    return fields


def _guarded(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def add_board(app: Flask, board: Board) -> None:
    """Put the board's routes into `app`."""
    app.add_url_rule("/", "board", board.page)
    app.add_url_rule("/_board/state", "board_state", board.state)
    app.add_url_rule("/_board/edit", "board_edit", board.edit, methods=["POST"])
    app.add_url_rule("/_board/<name>", "board_asset", board.asset)
    app.add_url_rule("/<owner>/<repo>/issues/<int:number>", "card", board.card_page)
    app.add_url_rule("/<owner>/<repo>/pull/<int:number>", "pull_card", board.card_page)
