"""What the keys of a spec are called, how each behaves, and which spellings of a value are one value.

Imports nothing when loaded: the merge driver starts once for every file of a merge, and `dataclasses`,
`enum` or `typing` would each cost it more than its own work. Most others find these names in `spec`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import ClassVar

    from lspec_git.core.document import Data

PLACES = (".lspec/integrations.yml", ".lean-spec/integrations.yml")
"""Where the config may be, from the top of the repository; one of them, never both."""

MAX_SIZE = 1_000_000
"""Bytes; a larger file is not read as a spec."""
MAX_BLOCK = 64 * 1024
"""Characters of a frontmatter."""

STATUSES = ("draft", "planned", "in-progress", "complete", "archived")
PRIORITIES = ("low", "medium", "high", "critical")
STATUS_ALIASES: Mapping[str, str] = {
    "in_progress": "in-progress",
    "inprogress": "in-progress",
    "completed": "complete",
}
PRIORITY_ALIASES: Mapping[str, str] = {"med": "medium", "urgent": "critical"}

KEY_ORDER = (
    *("status", "created", "priority", "tags", "depends_on", "parent", "assignee", "reviewer", "issue", "pr"),
    *("epic", "breaking", "due", "updated", "completed"),
    *("created_at", "updated_at", "completed_at", "transitions"),
)
"""The order in which LeanSpec's Rust writer puts the keys; any other key comes last."""


class Kind(str):
    """How a key of the frontmatter behaves when two sides changed it."""

    __slots__ = ()
    SCALAR: ClassVar[Kind]
    SET: ClassVar[Kind]
    STAMP: ClassVar[Kind]
    LOG: ClassVar[Kind]
    DERIVED: ClassVar[Kind]
    TEXT: ClassVar[Kind]
    UNKNOWN: ClassVar[Kind]


Kind.SCALAR = Kind("scalar")
Kind.SET = Kind("set")
Kind.STAMP = Kind("stamp")
Kind.LOG = Kind("log")
Kind.DERIVED = Kind("derived")
Kind.TEXT = Kind("text")
Kind.UNKNOWN = Kind("unknown")

KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("status", "priority", "title", "assignee", "reviewer"), Kind.SCALAR),
    **dict.fromkeys(("parent", "epic", "issue", "pr", "breaking", "due", "created"), Kind.SCALAR),
    **dict.fromkeys(("tags", "depends_on", "related"), Kind.SET),
    **dict.fromkeys(("created_at", "updated", "updated_at", "completed", "completed_at"), Kind.STAMP),
    "transitions": Kind.LOG,
}
"""Kinds of the keys that LeanSpec knows; any other key is `UNKNOWN` unless a config declares it."""


def normal_status(raw: str) -> str:
    """A status in LeanSpec's own spelling; an unknown one comes back as it is (stripped)."""
    word = raw.strip()
    low = word.lower()
    low = STATUS_ALIASES.get(low, low)
    return low if low in STATUSES else word


def normal_priority(raw: str) -> str:
    """A priority in LeanSpec's own spelling; an unknown one comes back as it is (stripped)."""
    word = raw.strip()
    low = word.lower()
    low = PRIORITY_ALIASES.get(low, low)
    return low if low in PRIORITIES else word


def elements(data: Data | Sequence[str]) -> list[str]:
    """The words of a list, however it is written: YAML list, JSON inside a string, or commas."""
    words = list_in_string(data) if isinstance(data, str) else data
    if not isinstance(words, list):
        return []
    return [word.strip() for word in words if isinstance(word, str) and word.strip()]


def list_in_string(text: str) -> list[Data]:
    """The list that a scalar holds as JSON or between commas."""
    words = json_list(text)
    return [*text.split(",")] if words is None else words


def in_string(old: str, words: Sequence[str]) -> str | None:
    """The words in the way the string held its own; None where that cannot be read back."""
    space = ", " if ", " in old else ","
    if json_list(old) is not None:
        import json  # noqa: PLC0415 - as below

        return json.dumps(words, ensure_ascii=False, separators=(space, ": "))
    joined = (space if "," in old else ", ").join(words)
    return joined if words and elements(joined) == list(words) else None


def json_list(text: str) -> list[Data] | None:
    """The words of a JSON array, or None where the text is no such thing."""
    if not text.lstrip().startswith("["):
        return None
    import json  # noqa: PLC0415 - not paid for unless a list is written this way

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return [word if isinstance(word, str) else json.dumps(word) for word in found]
