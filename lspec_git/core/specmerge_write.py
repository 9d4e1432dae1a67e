"""What the merge writes into ours' frontmatter: splices that give one key a new value, in ours' own style.

The words come from `theirs`, the quotes, the indent and the order from `ours`. It refuses to know why.
Imports little on purpose: see `words`.
"""

from __future__ import annotations

from lspec_git.core.markdown import Splice
from lspec_git.core.merge import canonical, instant, log_key
from lspec_git.core.words import KEY_ORDER, in_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeVar

    from lspec_git.core.merge import Value
    from lspec_git.core.plain import Field, Part

    T = TypeVar("T")

RESERVED = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


class Sheet:
    """One side's frontmatter: its text and its keys in order."""

    __slots__ = ("by_name", "fields", "text")

    def __init__(self, text: str, fields: Sequence[Field]) -> None:
        self.text, self.fields = text, fields
        self.by_name: Mapping[str, Field] = {field.name: field for field in fields}

    def lines(self, name: str) -> str:
        """The key's own whole lines; nothing where it is absent."""
        field = self.by_name.get(name)
        return self.text[field.start : field.end] if field else ""

    def value(self, name: str) -> Value:
        """The key's value; None where it is absent."""
        field = self.by_name.get(name)
        return field.value if field else None


def spelled(value: str, quote: str, old: str = "", *, flow: bool = False) -> str:
    """The scalar in these quotes, or in the nearest that read back as it; `old` is what stood there."""
    if value.isprintable():
        if quote == "'" or (flow and not quote and not _is_easy(value)):
            return "'" + value.replace("'", "''") + "'"
        if quote == '"' and '"' not in value and "\\" not in value:
            return f'"{value}"'
    dates = instant(value) is not None and instant(old) is not None
    if not quote and (_is_easy(value) or (dates and " " not in value)):
        return value
    from lspec_git.core.scalars import scalar  # noqa: PLC0415 - brings the YAML library, rarely needed

    return scalar(value, quote, flow=flow, dates=dates)


def _is_easy(value: str) -> bool:
    """Whether every reader of YAML takes it for this string, anywhere."""
    bare = value.replace("-", "a").replace("_", "a").replace(".", "a").replace("/", "a").replace(" ", "a")
    return (
        bare.isascii()
        and bare.isalnum()
        and value[0].isalpha()
        and value[-1] != " "
        and value.lower() not in RESERVED
    )


def trailing(sheet: Sheet, name: str) -> str:
    """The comment behind a value of one line; empty where there is none."""
    field = sheet.by_name.get(name)
    rest = sheet.text[field.stop : field.end].strip() if field and field.shape == "scalar" else ""
    return rest if rest.startswith("#") else ""


def set_value(ours: Sheet, theirs: Sheet, name: str, value: Value) -> Iterator[Splice]:
    """The splices that make ours' key, which is there, hold `value`; None takes its lines away."""
    mine, donor = ours.by_name[name], theirs.by_name.get(name)
    if value is None:
        yield Splice(mine.start, mine.end, "")
    elif isinstance(value, str) and mine.shape == "scalar" and not (donor and donor.shape == "other"):
        yield scalar_splice(ours, theirs, name, value)
    elif _words(value) is not None and mine.shape in ("block", "flow", "scalar"):
        yield from _set_words(ours, theirs, mine, _words(value) or [])
    elif _is_log(value) and mine.shape == "block" and all(part.fields for part in mine.parts):
        yield from _set_log(ours, mine, value)
    elif donor and donor.value == value:
        yield Splice(mine.start, mine.end, theirs.lines(name))
    else:
        yield Splice(mine.start, mine.end, rendered(ours, theirs, name, value))


def scalar_splice(ours: Sheet, theirs: Sheet, name: str, value: str) -> Splice:
    """Another scalar in the place of ours', which is one."""
    mine, donor = ours.by_name[name], theirs.by_name.get(name)
    old = mine.value if isinstance(mine.value, str) else ""
    if not mine.quote and donor and donor.value == value and not donor.quote and donor.shape == "scalar":
        raw = theirs.text[donor.token : donor.stop]
    elif not value:
        raw = mine.quote * 2
    else:
        raw = spelled(value, mine.quote, old)
    lead = " " if mine.token == mine.colon + 1 and raw else ""
    return Splice(mine.token, mine.stop, lead + raw)


def _words(value: Value) -> list[str] | None:
    if isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
        return [str(each) for each in value]
    return None


def _is_log(value: Value) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(each, dict) for each in value)


def _set_words(ours: Sheet, theirs: Sheet, mine: Field, words: list[str]) -> Iterator[Splice]:
    if mine.shape == "block" and words and all(not part.fields for part in mine.parts):
        quote = mine.parts[-1].quote
        yield from _set_parts(ours, mine, words, lambda word: spelled(word, quote))
    elif mine.shape == "scalar" and mine.value and isinstance(mine.value, str):
        raw = in_string(mine.value, words)
        whole = flow_list(words) if raw is None else spelled(raw, mine.quote)
        yield Splice(mine.token, mine.stop, whole)
    elif mine.shape == "scalar" and words:
        yield Splice(mine.start, mine.end, rendered(ours, theirs, mine.name, words))
    elif mine.shape == "flow":
        old = {part.value: ours.text[part.token : part.stop] for part in mine.parts if part.value in words}
        quote = mine.parts[-1].quote if mine.parts else ""
        between = mine.parts[1].token - mine.parts[0].stop if len(mine.parts) > 1 else 0
        comma = "," if between == 1 else ", "
        raw = comma.join(old.get(word) or spelled(word, quote, flow=True) for word in words)
        yield Splice(mine.token, mine.stop, f"[{raw}]")
    elif mine.shape == "block":
        key = ours.text[mine.start : mine.colon]
        yield Splice(mine.start, mine.end, f"{key}: {flow_list(words)}\n")


def flow_list(words: Sequence[str]) -> str:
    """A list in brackets, on one line."""
    return "[" + ", ".join(spelled(word, "", flow=True) for word in words) + "]"


def _set_log(ours: Sheet, mine: Field, value: Value) -> Iterator[Splice]:
    like = mine.parts[-1]
    entries = list(value) if isinstance(value, (list, tuple)) else []
    if not entries:
        yield Splice(mine.start, mine.end, f"{mine.name}: []\n")
        return

    def raw(entry: Mapping[str, str]) -> str:
        quotes = {field.name: (field.quote, str(field.value)) for field in like.fields}
        lines = [f"{key}: {spelled(text, *quotes.get(key, ('', '')))}" for key, text in entry.items()]
        return ("\n" + " " * _column(ours.text, like)).join(lines)

    yield from _set_parts(ours, mine, entries, raw)


def _column(text: str, part: Part) -> int:
    """The column of an item's text."""
    first = part.fields[0].start if part.fields else part.token
    return first - (text.rfind("\n", 0, first) + 1)


def _set_parts(ours: Sheet, mine: Field, wanted: Sequence[T], raw: Callable[[T], str]) -> Iterator[Splice]:
    """Make a block list hold `wanted`: whole lines go, come, or stay as they are."""
    have = [_name(part.value) for part in mine.parts]
    names = [_name(each) for each in wanted]
    lead = " " * mine.parts[-1].indent + "-" + " " * _gap(ours.text, mine.parts[-1])
    new = [(name, each) for name, each in zip(names, wanted, strict=True) if name not in have]
    fresh = {name: f"{lead}{raw(each)}\n" for name, each in new}
    kept = [name for name in have if name in names]
    if [name for name in names if name in have] != kept or len(set(have)) != len(have):
        lines = {name: ours.text[part.start : part.end] for name, part in zip(have, mine.parts, strict=True)}
        whole = "".join(fresh.get(name) or lines[name] for name in names)
        yield Splice(mine.parts[0].start, mine.parts[-1].end, whole)
        return
    yield from _in_place(mine, have, names, fresh)


def _in_place(
    mine: Field, have: Sequence[object], names: Sequence[object], fresh: Mapping[object, str]
) -> Iterator[Splice]:
    ends = {name: part.end for name, part in zip(have, mine.parts, strict=True)}
    for name, part in zip(have, mine.parts, strict=True):
        if name not in names:
            yield Splice(part.start, part.end, "")
    at = mine.parts[0].start
    for name in names:
        if name in ends:
            at = ends[name]
        else:
            yield Splice(at, at, fresh[name])


def _name(value: object) -> object:
    """What tells one item of a list from another; an entry that says more than another is another."""
    if isinstance(value, dict):
        rest = sorted((key, canonical(text)) for key, text in value.items() if key not in ("status", "at"))
        return (log_key(value) if "status" in value and "at" in value else None, repr(rest))
    return value


def _gap(text: str, part: Part) -> int:
    return max(1, _column(text, part) - part.indent - 1)


def rendered(ours: Sheet, theirs: Sheet, name: str, value: Value) -> str:
    """The lines of a key that ours has not, or has in a shape that cannot hold the value."""
    donor = theirs.by_name.get(name)
    if isinstance(value, str) and (donor is None or donor.shape == "scalar"):
        raw = f" {spelled(value, *_date_style(ours, value))}" if value else ""
        remark = trailing(theirs, name)
        return f"{name}:{raw}" + (f"  {remark}\n" if remark else "\n")
    words = _words(value)
    if words is not None and (donor is None or donor.shape in ("block", "flow", "scalar")):
        return name + _list_like(ours, words)
    if donor and donor.value == value:
        return theirs.lines(name)
    if _is_log(value):
        return name + ":\n" + "".join(_entry(each) for each in value)  # type: ignore[attr-defined]  # a sequence
    raise ValueError(f"`{name}` holds what cannot be written anew")


def _entry(entry: Mapping[str, str]) -> str:
    lines = [f"{key}: {spelled(text, '', '2026-01-01')}" for key, text in entry.items()]
    return "- " + "\n  ".join(lines) + "\n"


def _date_style(ours: Sheet, value: str) -> tuple[str, str]:
    """Quotes, and what they were around: those of ours' first date for a date."""
    if instant(value) is not None:
        for field in ours.fields:
            if field.shape == "scalar" and instant(field.value) is not None:
                return field.quote, str(field.value)
    return "", ""


def _list_like(ours: Sheet, words: Sequence[str]) -> str:
    """A list in the style of ours' other lists."""
    first = next((field for field in ours.fields if field.shape in ("flow", "block") and field.parts), None)
    if not words or (first and first.shape == "flow"):
        return f": {flow_list(words)}\n"
    indent = " " * first.parts[0].indent if first else ""
    return ":\n" + "".join(f"{indent}- {spelled(word, '')}\n" for word in words)


def place(ours: Sheet, name: str) -> int:
    """Where LeanSpec would put a new key: behind the last of those before it; an unknown key behind all."""
    rank = rank_of(name)
    before = [field.end for field in ours.fields if rank_of(field.name) < rank or rank == len(KEY_ORDER)]
    return max(before, default=0)


def rank_of(name: str) -> int:
    """The place of a key in LeanSpec's own order."""
    return KEY_ORDER.index(name) if name in KEY_ORDER else len(KEY_ORDER)
