"""Takes secrets out of text that leaves the process: logs, reports of crashes, anything said by others.

Knows the secrets that this process has held, and what tokens of the trackers look like. The one piece of
state that the process keeps for itself: a secret that was read once must never be shown afterwards.
"""

from __future__ import annotations

import logging
import re
from typing import Final

HIDDEN: Final = "***"
SHAPES: Final = re.compile(
    r"\b(?:gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}|ATATT[A-Za-z0-9_=-]{20,})"
    r"|(?<=://)[^/\s@]+(?=@)"
    r"|(?i:(?<=authorization: )|(?<=authorization': '))(?i:bearer|basic|token) [^\s'\"]+"
)
"""GitHub's and Atlassian's tokens by their published prefixes; a URL's user part; Authorization headers."""
SHORTEST: Final = 6
"""Shorter secrets are no secrets, and blotting them out would blot out words."""

_held: set[str] = set()


def remember(secret: str) -> None:
    """From now on `redact` blots this out."""
    if len(secret) >= SHORTEST:
        _held.add(secret)


def redact(text: str) -> str:
    """The text without any secret that was remembered or that looks like one."""
    for secret in sorted(_held, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return SHAPES.sub(HIDDEN, text)


class RedactingFormatter(logging.Formatter):
    """Formats as usual, then redacts; tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
