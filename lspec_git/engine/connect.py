"""From a tracker in the config to an adapter that may speak to it: trust and secret come first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from lspec_git.adapters.base import Connection, PMAdapter
from lspec_git.adapters.registry import connect as load_adapter
from lspec_git.core.remotes import place_of
from lspec_git.engine.credentials import Secret, secret_for
from lspec_git.engine.pairs import Seat
from lspec_git.engine.route import route_to
from lspec_git.errors import AuthError, NotFound, NoToken
from lspec_git.git.config import remote_url
from lspec_git.git.objects import Repository

NOBODY: Final = Secret("", "nowhere")


@dataclass(frozen=True, slots=True)
class Connected:
    """An adapter, and a name for the account that cursors are kept under (no secret can be told from it)."""

    adapter: PMAdapter
    account: str
    without: NoToken | None = None
    """Set where there is no token: what is public can be read, and nothing be written."""


def connect(repo: Repository, at: Seat) -> Connected:
    """Build the adapter of a tracker. Makes no request; raises NotTrusted or AuthError with what to type."""
    secret, without = NOBODY, None
    try:
        secret = secret_for(at.target, at.name, folder=repo.folder)
    except NoToken as error:
        without = error
    connection = Connection(
        at.config.project,
        at.config.api_url,
        secret.value,
        secret.user,
        settings={**at.vocabulary.settings(), **at.config.own},
        route=route_to(at.config.api_url, repo.folder),
        renew=secret.renew,
    )
    account = sha256(f"{at.target}\0{secret.user}\0{secret.value}".encode()).hexdigest()[:12]
    return Connected(load_adapter(at.name, connection), f"{at.target} {account}", without)


@contextmanager
def reading(connected: Connected) -> Iterator[None]:
    """Where there is no token, what may not be read is told as that: nothing else is known to be wrong."""
    try:
        yield
    except (AuthError, NotFound) as error:
        raise connected.without or error from None


def spec_links(repo: Repository, remote: str) -> Callable[[str], str]:
    """From the path of a file to its page on the remote's web site; empty where the remote has none."""
    place = place_of(remote_url(repo, remote) or "")
    base = f"https://{place.host}/{place.project}/blob/HEAD" if place else ""
    return lambda path: f"{base}/{quote(path, errors='surrogateescape')}" if base else ""
