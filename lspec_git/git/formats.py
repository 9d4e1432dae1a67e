"""How git stores trees, commits and packs: read and written as bytes. Knows no repository."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lspec_git.git.process import raw, text

TREE: Final = "040000"
BLOB: Final = "100644"
GITLINK: Final = "160000"

_PACK_KIND: Final = {"commit": 1, "tree": 2, "blob": 3}


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree. `mode` is 100644, 100755, 120000 (symlink), 160000 (submodule) or 040000 (tree)."""

    name: str
    mode: str
    oid: str


@dataclass(frozen=True, slots=True)
class CommitData:
    """A commit as it is stored. `author` is "Name <mail>"; times are raw: "1767225600 +0000"."""

    tree: str
    parents: tuple[str, ...]
    author: str
    author_time: str
    committer: str
    committer_time: str
    message: str


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that is to be written. `kind` is blob, tree or commit."""

    kind: str
    data: bytes


def parse_tree(data: bytes, digits: int) -> tuple[TreeEntry, ...]:
    """The entries of a tree object."""
    entries, at, width = [], 0, digits // 2
    while at < len(data):
        space, end = data.index(b" ", at), data.index(b"\0", at)
        mode, name = data[at:space].decode("ascii"), text(data[space + 1 : end])
        at = end + 1 + width
        entries.append(TreeEntry(name, mode.zfill(6), data[end + 1 : at].hex()))
    return tuple(entries)


def encode_tree(entries: Iterable[TreeEntry]) -> bytes:
    """The tree object of these entries, in any order; their names must differ."""
    # git sorts a folder as if its name ended in a slash.
    lines = sorted(
        (raw(entry.name) + (b"/" if entry.mode == TREE else b""), entry) for entry in _unique(entries)
    )
    return b"".join(
        b"%s %s\0%s" % (entry.mode.lstrip("0").encode(), raw(entry.name), bytes.fromhex(entry.oid))
        for _, entry in lines
    )


def parse_commit(data: bytes) -> CommitData:
    """A commit object, taken apart. A message in another encoding is decoded as the commit says."""
    head, _, body = data.partition(b"\n\n")
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        fields.setdefault(key, []).append(value)
    encoding = fields.get(b"encoding", [b"utf-8"])[0].decode("ascii", "replace")
    author, author_time = split_ident(_decode(fields[b"author"][0], encoding))
    committer, committer_time = split_ident(_decode(fields[b"committer"][0], encoding))
    parents = tuple(parent.decode() for parent in fields.get(b"parent", ()))
    tree, message = fields[b"tree"][0].decode(), _decode(body, encoding)
    return CommitData(tree, parents, author, author_time, committer, committer_time, message)


def split_ident(line: str) -> tuple[str, str]:
    """("Name <mail>", "1767225600 +0000") from a line of a commit."""
    who, _, when = line.rpartition("> ")
    return f"{who}>", when


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "surrogateescape")
    except LookupError:  # an encoding that only its author knows
        return text(data)


def _unique(entries: Iterable[TreeEntry]) -> Iterable[TreeEntry]:
    listed = list(entries)
    if len({entry.name for entry in listed}) != len(listed):
        raise ValueError("two entries of a tree have the same name")
    return listed


def pack(objects: Sequence[NewObject], digits: int) -> bytes:
    """A version 2 pack of whole objects (gitformat-pack): one process takes any number of any kind."""
    parts = [b"PACK", (2).to_bytes(4), len(objects).to_bytes(4)]
    for item in objects:
        parts += [_pack_header(_PACK_KIND[item.kind], len(item.data)), zlib.compress(item.data, 1)]
    body = b"".join(parts)
    digest = hashlib.sha256(body) if digits == 64 else hashlib.sha1(body, usedforsecurity=False)
    return body + digest.digest()


def _pack_header(kind: int, size: int) -> bytes:
    """Kind and size: four bits of the size in the first byte, then seven by seven, low ones first."""
    byte, size = (kind << 4) | (size & 15), size >> 4
    out = bytearray()
    while size:
        out.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    out.append(byte)
    return bytes(out)
