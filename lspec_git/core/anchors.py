"""The blobs that stand for specs and work items in git notes: a note lies at the hash of one.

Knows neither what a note says nor how git keeps it. Imports little on purpose: see `words`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lspec_git.core.spec import SpecId


def anchor_of_spec(spec: SpecId) -> bytes:
    """The blob that stands for a spec. Its bytes must never change: the note lies at its hash."""
    return anchor_of_name(spec.root, spec.name)


def anchor_of_name(root: str, name: str) -> bytes:
    """`anchor_of_spec` by the two parts of a spec's identity."""
    return _anchor("spec", root=root, name=name)


def anchor_of_item(tracker: str, host: str, item: str) -> bytes:
    """The blob that stands for a work item. Its bytes must never change: the note lies at its hash."""
    return _anchor("item", tracker=tracker, host=host, id=item)


def _anchor(kind: str, **names: str) -> bytes:
    # A file name in git may hold a line feed; escaped, no two names share an anchor.
    escaped = {key: value.replace("\\", "\\\\").replace("\n", "\\n") for key, value in names.items()}
    lines = "".join(f"{key} {value}\n" for key, value in escaped.items())
    return f"lspec {kind}\n{lines}".encode("utf-8", "surrogateescape")


def name_of(anchor: bytes) -> str:
    """What an anchor stands for, in words for people; empty for a blob that is no anchor of ours."""
    head, *lines = anchor.decode("utf-8", "surrogateescape").splitlines()[:5] or [""]
    names = dict(line.partition(" ")[::2] for line in lines)
    if head == "lspec spec" and names.keys() >= {"root", "name"}:
        return f"spec {names['root']}/{names['name']}"
    if head == "lspec item" and names.keys() >= {"tracker", "host", "id"}:
        return f"work item {names['id']} of {names['tracker']} on {names['host']}"
    return ""
