"""What a git remote's URL tells about a tracker: host and project, where both are plain to see.

A proposal for a person to confirm, nothing more: that a host serves git does not make it a GitHub.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

NOT_GITHUB: Final = frozenset({"gitlab.com", "bitbucket.org", "codeberg.org", "git.sr.ht"})
URL: Final = re.compile(
    r"(?P<scheme>https?|ssh|git|git\+ssh)://(?:[^@/]*@)?(?P<host>[A-Za-z0-9.-]+)(?P<port>:[0-9]+)?/(?P<path>.+)"
)
SCP: Final = re.compile(r"(?:[^@/:]+@)?(?P<host>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+):(?P<path>[^/].*)")
"""git's short form `user@host:path`. A host without a dot is an alias in somebody's ssh config."""
PROJECT: Final = re.compile(r"/?([A-Za-z0-9_-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a remote lies: `host` (with a port, if it is one of https), `project` as owner/name."""

    host: str
    project: str

    @property
    def surely_github(self) -> bool:
        """github.com and the ghe.com of data residency; any other host may be something else altogether."""
        return self.host == "github.com" or self.host.endswith(".ghe.com")

    @property
    def api_url(self) -> str:
        """The REST API that GitHub would have there."""
        if self.surely_github:
            return f"https://api.{self.host}"
        return f"https://{self.host}/api/v3"


def place_of(url: str) -> Place | None:
    """Host and project of a remote's URL; None for local paths, aliases and hosts that are no GitHub."""
    found = URL.fullmatch(url) or SCP.fullmatch(url)
    project = PROJECT.fullmatch(found["path"]) if found else None
    if not found or not project:
        return None
    parts = found.groupdict()
    host = parts["host"].lower()
    # GitHub answers ssh on port 443 under a name of its own.
    host = "github.com" if host in ("ssh.github.com", "www.github.com") else host
    port = parts.get("port") or ""
    shown = host + (port if parts.get("scheme") == "https" and port != ":443" else "")
    return None if host in NOT_GITHUB else Place(shown, project[1])
