"""GitHub's REST API as such: addresses, headers, and what each kind of refusal means for the user.

Knows status codes and headers; knows no issue. Facts: a version that a server does not know is answered
with 400; a repository that the token may not see is 404; missing rights of a fine-grained token are told in
`X-Accepted-GitHub-Permissions`, missing single sign-on in `X-GitHub-SSO`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

from lspec_git import __version__
from lspec_git.adapters.base import Connection
from lspec_git.adapters.github_tracker import repo_problem
from lspec_git.adapters.http import Answer, Http
from lspec_git.core.targets import target_of
from lspec_git.errors import AuthError, ConfigError, NotFound, TrackerError

VERSION_HEADER: Final = "X-GitHub-Api-Version"
HEADERS: Final = {
    "Accept": "application/vnd.github+json",
    VERSION_HEADER: "2022-11-28",
    "User-Agent": f"lspec-git/{__version__}",
}
MOVED: Final = frozenset({301, 302, 307, 308})


class Api:
    """One repository's API. Constructing it asks nothing. Raises ConfigError on an unusable connection."""

    def __init__(self, connection: Connection) -> None:
        if problem := repo_problem(connection.project):
            raise ConfigError(f"the repository {problem}", "correct it in integrations.yml")
        self.project, self.repo = connection.project, f"repos/{connection.project}"
        self.http = Http(
            connection.api_url,
            connection.secret,
            headers=HEADERS,
            timeout=connection.timeout,
            patience=connection.patience,
            route=connection.route,
        )
        self.target, self._renew = connection.target, connection.renew
        self.anonymous = not connection.secret

    def target_of(self, project: str) -> str:
        """The target of another repository on the same site."""
        try:
            return target_of(self.http.base, project)
        except ValueError:
            raise self.nonsense() from None

    def time(self, answer: Answer) -> str:
        """The server's clock; everything that waits for something on the tracker goes by it."""
        if not answer.date:
            raise TrackerError(
                f"{self.http.host} tells no time (header Date)",
                "is a proxy in between taking it out?",
            )
        return answer.date

    @property
    def site(self) -> str:
        """The host that people open in a browser."""
        return self.http.host.removeprefix("api.")

    def get(self, path: str, *, etag: str = "", follow: bool = True) -> Answer:
        """Any answer, errors included."""
        return self._versioned(lambda: self.http.read(path, etag=etag, follow=follow))

    def send(self, method: str, path: str, body: object = None) -> Answer:
        """Any answer below 500. Raises as `Http.write` does."""
        return self._versioned(lambda: self.http.write(method, path, body))

    def listing(self, path: str) -> Iterator[list[Any]]:
        """The pages of a listing. Raises a TrackerError on anything but a list."""
        for answer in self.following(self.get(path, follow=False)):
            yield self.expect(answer, list)

    def following(self, first: Answer) -> Iterator[Answer]:
        """The first page and those after it."""
        answer = first
        yield answer
        while url := self.http.next_page(answer):
            answer = self.get(url, follow=False)
            yield answer

    def repository(self) -> Answer:
        """GET of the repository. Raises when it is not there under this very name."""
        answer = self.get(self.repo)
        raw = self.expect(answer, dict)
        name = str(raw.get("full_name") or self.project)
        if name.casefold() != self.project.casefold():
            raise self._renamed(name)
        return answer

    def expect(self, answer: Answer, kind: type[Any]) -> Any:
        """The answer's JSON, if it went well and is of that kind. Raises a TrackerError otherwise."""
        if answer.status in MOVED:
            self.repository()
        if not answer.ok:
            raise self.problem(answer)
        if not isinstance(answer.data, kind):
            raise self.nonsense()
        return answer.data

    def nonsense(self) -> TrackerError:
        return TrackerError(f"{self.http.host} does not answer as GitHub's API does", "check api_url")

    def problem(self, answer: Answer) -> TrackerError:
        """What an answer that is no success says about token, repository or server."""
        if answer.page:
            return TrackerError(
                f"{self.http.host} answers {answer.status} with a page that is no JSON: a proxy in between?",
                "check api_url and HTTPS_PROXY",
            )
        known = {401: self._bad_token, 403: self._forbidden, 404: self._absent, 410: self._no_issues}
        return known.get(answer.status, self._other)(answer)

    def said(self, answer: Answer) -> str:
        """The server's own words, fit for one line of output."""
        return self.http.redact(answer.message) or f"status {answer.status}"

    def _versioned(self, ask: Callable[[], Answer]) -> Answer:
        """Once more without the version's header on 400: who does not know the version refuses everything."""
        answer = ask()
        if answer.status == 400 and self.http.headers.pop(VERSION_HEADER, ""):
            return ask()
        return answer

    def _renamed(self, name: str) -> NotFound:
        return NotFound(
            f"repository {self.project} is now called {name} on {self.site}",
            "correct its name in integrations.yml (a token goes only to repositories that you named)",
        )

    def _bad_token(self, answer: Answer) -> TrackerError:
        return AuthError(
            f"{self.site} does not accept the token ({self.said(answer)}): it is missing, wrong or expired",
            f"make one at https://{self.site}/settings/tokens{self._renew and f', then: {self._renew}'}",
        )

    def _forbidden(self, answer: Answer) -> TrackerError:
        sso, needs = (
            answer.headers.get("X-GitHub-SSO", ""),
            answer.headers.get("X-Accepted-GitHub-Permissions", ""),
        )
        if sso:
            return AuthError(
                f"the organisation of {self.project} wants single sign-on for this token",
                f"authorise it at {_sso_page(sso, self.site)}",
            )
        if "archived" in answer.message.lower():
            return TrackerError(
                f"{self.project} is archived on {self.site}: read-only", "unarchive it in its settings"
            )
        if needs:
            return AuthError(
                f"the token lacks rights on {self.project}: it needs {_plain(needs)}",
                f"add them at https://{self.site}/settings/tokens",
            )
        return AuthError(
            f"{self.site} forbids this on {self.project}: {self.said(answer)}",
            "it takes write access, and `repo` (classic token) or `Issues: read and write` (fine-grained)",
        )

    def _absent(self, _answer: Answer) -> TrackerError:
        return NotFound(
            f"{self.project} does not exist on {self.site}, or the token may not see it",
            "check the name; a fine-grained token must list the repository, a classic one needs `repo`",
        )

    def _no_issues(self, _answer: Answer) -> TrackerError:
        return self.issues_off()

    def issues_off(self) -> TrackerError:
        return TrackerError(
            f"issues are switched off in {self.project}",
            f"switch them on at https://{self.site}/{self.project}/settings (Features)",
        )

    def _other(self, answer: Answer) -> TrackerError:
        if answer.status == 451:
            return TrackerError(
                f"{self.project} is blocked on {self.site} for legal reasons", "ask the site's support"
            )
        if answer.status >= 500:
            return TrackerError(
                f"{self.http.host} is in trouble: {self.said(answer)} ({answer.status})", "try again later"
            )
        return TrackerError(f"{self.http.host} answers {answer.status}: {self.said(answer)}", "check api_url")


def segment(name: str) -> str | None:
    """A name as one segment of a path; None for `.` and `..`, which clients resolve even when encoded."""
    return None if name in {".", ".."} else quote(name, safe="")


def _sso_page(header: str, site: str) -> str:
    """The page that `X-GitHub-SSO` names, if it is the site's own."""
    found = re.search(r"url=(https://([^/\s;]+)/[!-~]+)", header)
    return found[1] if found and found[2] == site else f"https://{site}/settings/tokens (Configure SSO)"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_=,; -]", "", text)[:200]
