"""How a string is written as a YAML scalar, so that every reader takes it for that string.

Knows YAML's quoting and the words that YAML 1.1 and 1.2 readers turn into numbers, booleans, nulls and dates.
It refuses to know where the scalar goes.
"""

from __future__ import annotations

import json
import re
from typing import Final

import yaml

from lspec_git.core.document import FastLoader

PLAIN: Final = ""
SINGLE: Final = "'"
DOUBLE: Final = '"'

# Resolved by some reader: YAML 1.1 has `yes`, `1_000`, `12:30` and `0b1`; YAML 1.2 has `0o7` and `1e3`.
_RESOLVED = re.compile(
    r"~|null|y|yes|n|no|true|false|on|off|<<|=|[-+]?\.(?:inf|nan)"
    r"|[-+]?0x[\da-f_]+|[-+]?0o?[0-7_]+|[-+]?0b[01_]+"
    r"|[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[-+]?\d+)?"
    r"|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?)?"
)
_INDICATOR = re.compile(r"[,\[\]{}#&*!|>'\"%@`]|[-?:](?:\s|\Z)|---|\.\.\.")
_IN_FLOW = re.compile(r"[,\[\]{}:#?]")
# Outside of what YAML prints, or a line break to some YAML reader (NEL, LS, PS), or an invisible mark.
_ESCAPED = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def is_date(text: str) -> bool:
    """Whether a YAML 1.1 reader makes a date or a time of it."""
    return _DATE.fullmatch(text) is not None


def scalar(text: str, style: str = PLAIN, *, flow: bool = False, dates: bool = False) -> str:
    """`text` in the wished quotes, or in the nearest style that reads back as the same string.

    A style that is no quote (plain, `|`, `>`) becomes plain where that is safe.

    `flow` is inside of `[ ]`; `dates` lets a date stand unquoted, as LeanSpec's Rust writer leaves it.
    """
    if style == DOUBLE or _ESCAPED.search(text):
        return _double(text)
    if style != SINGLE and _plain_is_safe(text, flow=flow, dates=dates):
        return text
    return "'" + text.replace("'", "''") + "'"


def _double(text: str) -> str:
    return _ESCAPED.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _plain_is_safe(text: str, *, flow: bool, dates: bool) -> bool:
    if not text or text != text.strip() or "\t" in text:  # a tab: libyaml reads it, PyYAML's own scanner not
        return False
    if _INDICATOR.match(text) or _RESOLVED.fullmatch(text):
        return False
    if (is_date(text) and not dates) or (flow and _IN_FLOW.search(text)):
        return False
    return _reads_as(f"k: {text}\nl: m\n", {"k": text, "l": "m"}) and _reads_as(
        f"- {text}\n- m\n", [text, "m"]
    )


def _reads_as(source: str, expected: object) -> bool:
    try:
        return bool(yaml.load(source, Loader=FastLoader) == expected)  # noqa: S506 (it makes strings only)
    except yaml.YAMLError:
        return False
