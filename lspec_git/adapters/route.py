"""The way to a tracker, as data: which proxy stands in between, and who vouches for certificates.

Adapters are handed it and read no environment themselves; where it comes from is `engine.route`'s affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Route:
    """`proxy` and `ca` are empty where there is none; the others say which setting each came from."""

    proxy: str = field(default="", repr=False)
    """Its URL, which may hold a password."""
    proxy_from: str = ""
    ca: str = ""
    """A file of certificates or a folder of them, in place of the public ones."""
    ca_from: str = ""
    unverified: str = ""
    """The setting that asks to trust any certificate. It is not followed; errors about trust say so."""

    @property
    def proxy_place(self) -> str:
        """The proxy's `host[:port]`, without what may stand before it."""
        return urlsplit(self.proxy).netloc.rpartition("@")[2]


DIRECT: Final = Route()
"""No proxy, and the public authorities."""
