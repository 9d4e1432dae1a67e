"""From a tracker in the config to an adapter that may speak to it: trust and secret come first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from lspec_git.adapters.base import Connection, PMAdapter
from lspec_git.adapters.registry import connect as load_adapter
from lspec_git.core.remotes import place_of
from lspec_git.engine.credentials import secret_for
from lspec_git.engine.pairs import Seat
from lspec_git.git.config import remote_url
from lspec_git.git.objects import Repository


@dataclass(frozen=True, slots=True)
class Connected:
    """An adapter, and a name for the account that cursors are kept under (no secret can be told from it)."""

    adapter: PMAdapter
    account: str


def connect(repo: Repository, at: Seat) -> Connected:
    """Build the adapter of a tracker. Makes no request; raises NotTrusted or AuthError with what to type."""
    secret = secret_for(at.target, at.name, folder=repo.folder)
    settings = {**at.vocabulary.settings(), **at.config.own}
    connection = Connection(at.config.project, at.config.api_url, secret.value, secret.user, settings)
    account = sha256(f"{at.target}\0{secret.user}\0{secret.value}".encode()).hexdigest()[:12]
    return Connected(load_adapter(at.name, connection), f"{at.target} {account}")


def spec_links(repo: Repository, remote: str) -> Callable[[str], str]:
    """From the path of a file to its page on the remote's web site; empty where the remote has none."""
    place = place_of(remote_url(repo, remote) or "")
    base = f"https://{place.host}/{place.project}/blob/HEAD" if place else ""
    return lambda path: f"{base}/{quote(path)}" if base else ""
