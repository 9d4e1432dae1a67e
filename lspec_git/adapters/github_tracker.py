"""GitHub as it comes through the door: what its config may say. The adapter is loaded when it is needed.

Imports nothing that reaches the network.
"""

from __future__ import annotations

import re
from typing import Final

from lspec_git.adapters.base import Connection, PMAdapter
from lspec_git.adapters.github_vocabulary import complaints, github
from lspec_git.core.targets import FORBIDDEN, without_password
from lspec_git.core.tracker import Settings, Tracker
from lspec_git.core.vocabulary import Vocabulary

REPO: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*/[A-Za-z0-9._-]+")
LOGIN: Final = re.compile(r"[A-Za-z0-9_-]+(\[bot\])?")
"""Any that GitHub may have made: underscores are those of managed users, `[bot]` ends an app's."""


def repo_problem(text: str) -> str:
    """Why a text cannot be a repository's name, or nothing."""
    if not REPO.fullmatch(text) or FORBIDDEN.search(text) or text.endswith(".git"):
        return f"must look like owner/name, not `{without_password(text)}`"
    return ""


def _item_problem(key: str) -> str:
    return "" if re.fullmatch(r"[1-9][0-9]{0,17}", key) else "must be a number such as 12 or '#12'"


def _login_problem(login: str) -> str:
    return "" if LOGIN.fullmatch(login) else "is no GitHub login (written without @)"


def _vocabulary(settings: Settings) -> Vocabulary:
    return github(settings.status, settings.priority, settings.fields, settings.people)


def _connect(connection: Connection) -> PMAdapter:
    from lspec_git.adapters.github import GitHubAdapter  # noqa: PLC0415 - requests takes 100 ms to import

    return GitHubAdapter(connection)


TRACKER: Final = Tracker(
    vocabulary=_vocabulary,
    connect=_connect,
    project="repo",
    api_url="https://api.github.com",
    hosts_code=True,
    project_problem=repo_problem,
    item_problem=_item_problem,
    login_problem=_login_problem,
    complaints=complaints,
)
