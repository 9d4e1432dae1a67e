"""Our lines in files of attributes (gitattributes(5)), without changing a byte of anybody else's.

Pure text. A line of ours is known by an attribute of its own, wherever it stands. The text is what
`process.text` makes of the bytes, so that any encoding survives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

DRIVER: Final = "lspec"
OURS: Final = "lspec"
"""The attribute behind `merge` on every line of ours."""
KEPT: Final = "lspec-kept"
"""The same on a copy of a line that the user wrote for one path: without it, ours would win over that."""

HEADER: Final = "# git lspec: specs are merged key by key. To be taken away by: git lspec uninstall"
MADE: Final = f"{HEADER} (with this file)"
OPEN: Final = f"{HEADER} (line {{}} had no end)"
_HEADER: Final = re.compile(re.escape(HEADER) + r"( \(with this file\)| \(line (\d+) had no end\))?(\r?\n)?")

_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_BLANKS: Final = " \t\r\n"
"""What git takes for blanks between attributes (attr.c)."""


def line(pattern: str, merge: str = f"merge={DRIVER}", mark: str = OURS) -> str:
    """A line of ours, without its end."""
    return f"{_quoted(pattern)} {merge} {mark}"


def literal(name: str) -> str:
    """A pattern that stands for this text alone: no sign of it is a wildcard."""
    return re.sub(r"([\\*?\[])", r"\\\1", name)


def install(text: str | None, lines: Sequence[str]) -> str | None:
    """The file with these lines of ours, and no others, last in it: there they win. None: no file.

    It stays as it is if that holds already, also where lines that say nothing of `merge` came later.
    """
    if text is not None and _ours(text) == [*lines] and not _overruled(text):
        return text
    before = uninstall(text)
    if not lines:
        return before
    first = _lines(before or "")[:1]
    end = "\r\n" if first and first[0].endswith("\r\n") else "\n"
    header = MADE if before is None else HEADER
    if before and not before.endswith("\n"):
        header = OPEN.format(len(_lines(before)))
        before += end
    return (before or "") + "".join(each + end for each in (header, *lines))


def uninstall(text: str | None) -> str | None:
    """The file without our lines, as it was before the first of them. None: there is, or was, no file."""
    kept: list[str] = []
    headers: list[re.Match[str]] = []
    for each in _lines(text or ""):
        if found := _HEADER.fullmatch(each):
            headers.append(found)
        elif not _is_ours(each):
            kept.append(each)
    if text is None or (not kept and any(each[0].startswith(MADE) for each in headers)):
        return None
    left = "".join(kept)
    ends = [each[3] or "" for each in headers if each[2] == str(len(kept))]
    return left.removesuffix(ends[0]) if ends else left


def wishes(text: str | None, names: Collection[str]) -> dict[str, str]:
    """What the user's own lines say of `merge` for exactly these patterns or paths, by those.

    As it is written: `merge=union`, `-merge`, `!merge`, `merge`. Lines for `DRIVER` wish nothing else.
    """
    found = {}
    for pattern, merge, marks in _rules(text or ""):
        name = pattern.removeprefix("/")
        if KEPT not in marks and merge and name in names:
            found[name] = merge
    return {name: merge for name, merge in found.items() if merge != f"merge={DRIVER}"}


def _lines(text: str) -> list[str]:
    """Lines as git sees them: only a newline ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _ours(text: str) -> list[str]:
    return [each.rstrip("\r\n") for each in _lines(text) if _is_ours(each)]


def _is_ours(each: str) -> bool:
    """A line of ours that somebody made to say something else is theirs."""
    words = _split(each.strip(_BLANKS))[1]
    return KEPT in words or (OURS in words and f"merge={DRIVER}" in words)


def _overruled(text: str) -> bool:
    """Whether a line behind ours says something of `merge`, too."""
    telling = [marks for _, merge, marks in _rules(text) if merge]
    return bool(telling) and OURS not in telling[-1] and KEPT not in telling[-1]


def _rules(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """(pattern, what is said of `merge` or nothing, attributes) of each line that has a pattern."""
    macros = {"binary": "-merge"}
    for each in _lines(text.removeprefix("\ufeff")):
        pattern, words = _split(each.strip(_BLANKS))
        said = _merge_of(words, macros)
        if pattern.startswith("[attr]"):
            macros[pattern.removeprefix("[attr]")] = said
        elif pattern:
            yield pattern, said, words


def _merge_of(words: Sequence[str], macros: Mapping[str, str]) -> str:
    said = ""
    for word in words:
        plain = word in ("merge", "-merge", "!merge") or word.startswith("merge=")
        said = word if plain else macros.get(word, "") or said
    return said


def _split(bare: str) -> tuple[str, list[str]]:
    if not bare or bare.startswith("#"):
        return "", []
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"', bare)
    if quoted:
        return _unquoted(quoted[1]), _words(bare[quoted.end() :])
    pattern, *words = _words(bare)
    return pattern, words


def _words(bare: str) -> list[str]:
    return [word for word in re.split(f"[{_BLANKS}]+", bare) if word]


def _quoted(pattern: str) -> str:
    """A pattern as git reads it: one with blanks, quotes or control characters in C's quotes."""
    if not re.search(r'["\s\x00-\x1f\x7f]', pattern):
        return pattern
    safe = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\{ord(found[0]):03o}", safe) + '"'


def _unquoted(quoted: str) -> str:
    def sign(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code, 8)) if code.isdigit() else _ESCAPES.get(code, code)

    return re.sub(r"\\([0-7]{3}|.)", sign, quoted)
