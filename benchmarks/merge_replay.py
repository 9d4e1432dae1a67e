"""`python -m benchmarks.merge_replay`: real merges of frontmatter done again, beside what people made of it.

The merges are of other formats than LeanSpec's, so every key's kind is declared here: once by somebody who
knows the format, and once by defaults that know no repository, only names and shapes of values.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from lspec_git.core.specmerge import Doubt
from lspec_git.core.words import Kind
from lspec_git.mergedriver import merge_files
from tests.mergedriver.reading import Head, by_git, front, gone, head, is_marked, taken

Kinds = Mapping[str, Kind]
ONE = dict.fromkeys(("status", "type", "category", "title", "created"), Kind.SCALAR)
FAMILIES: Mapping[str, Kinds] = {
    "ethereum/EIPs": {
        **ONE,
        **dict.fromkeys(("author", "requires", "replaces"), Kind.SET),
        **dict.fromkeys(("updated", "last-call-deadline", "review-period-end"), Kind.STAMP),
    },
    "hashgraph/hedera-improvement-proposal": {
        **ONE,
        **dict.fromkeys(("author", "working-group", "requires", "replaces"), Kind.SET),
        **dict.fromkeys(("updated", "last-call-date-time"), Kind.STAMP),
    },
}
"""What somebody would declare who knows the format."""
SETS = re.compile(r"(co)?authors?|requires|replaces|tags|keywords|labels|categories|depends[-_]on|related")
STAMPS = re.compile(r".*(updated|modified|edited|date|deadline).*|.*[-_](at|end)")
DATES = re.compile(r"\d{4}-\d\d-\d\d(,\s*\d{4}-\d\d-\d\d)+")


@dataclass(frozen=True)
class Case:
    """One file of one real merge; `human` is what a person committed."""

    id: str
    base: bytes
    ours: bytes
    theirs: bytes
    human: str

    @property
    def heads(self) -> tuple[Head, Head, Head]:
        """The frontmatter of base, ours and theirs; empty where there is none."""
        base, ours, theirs = (head(each.decode()) or {} for each in (self.base, self.ours, self.theirs))
        return base, ours, theirs


@dataclass(frozen=True)
class Verdict:
    """One case, merged and judged."""

    case: Case
    kinds: Kinds
    text: str
    """What git's text merge makes of it."""
    merged: str
    doubt: str = ""
    """Why the driver left it to git."""
    lost: tuple[str, ...] = ()
    """Keys of which one side's word is gone without a word."""

    @property
    def was_conflict(self) -> bool:
        """Whether git's text merge conflicts in the frontmatter."""
        return is_marked(front(self.text))

    @property
    def is_conflict(self) -> bool:
        return is_marked(front(self.merged))

    @property
    def can_be_compared(self) -> bool:
        """Not where the person committed conflict markers, or what is no YAML."""
        return head(self.case.human) is not None

    def differing(self, text: str) -> list[str]:
        """The keys that a merged text has otherwise than the person; sets are compared as sets."""
        one, other = head(text) or {}, head(self.case.human) or {}
        return [key for key in {**one, **other} if self._key(key, one) != self._key(key, other)]

    def _key(self, key: str, said: Head) -> object:
        value = said.get(key)
        return parts_of(value) if self.kinds.get(key) is Kind.SET and value is not None else value

    @property
    def cause(self) -> str:
        """Why the person's differs: an edit of theirs in passing, or one side's word left out."""
        if not self.can_be_compared:
            return "what the person committed cannot be read"
        human = head(self.case.human) or {}
        for key in self.differing(self.merged):
            if human.get(key) not in [side.get(key) for side in self.case.heads[1:]]:
                return "the person wrote what no side had"
        sets = [key for key in self.differing(self.merged) if self.kinds.get(key) is Kind.SET]
        both = [key for key in sets if all(side.get(key) for side in self.case.heads[1:])]
        return "two names of one person" if both else "the person left out what one side said"


def parts_of(value: object) -> set[str]:
    """A set's elements to the letter."""
    parts = value.split(",") if isinstance(value, str) else value
    return {str(part).strip() for part in parts} - {""} if isinstance(parts, list) else set()


def cases(path: Path) -> Iterator[Case]:
    """The merges of the corpus."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            base, ours, theirs = ((said[side] or "").encode() for side in ("base", "ours", "theirs"))
            yield Case(said["id"], base, ours, theirs, said["human"] or "")


def declared(case: Case) -> Kinds:
    """The kinds of keys in the format of this case's repository."""
    return FAMILIES[case.id.split("@", 1)[0]]


def defaults(case: Case) -> Kinds:
    """Kinds by the names of keys, and by the shapes of their values, in whatever repository."""
    found: dict[str, Kind] = {}
    for key, value in (pair for side in case.heads for pair in side.items()):
        if SETS.fullmatch(key) or isinstance(value, list) or DATES.fullmatch(str(value)):
            found[key] = Kind.SET
        elif STAMPS.fullmatch(key):
            found.setdefault(key, Kind.STAMP)
    return found


def replayed(case: Case, kinds: Kinds) -> Verdict:
    """The case merged by the driver, or by git where the driver leaves it to git."""
    sides = (case.base, case.ours, case.theirs)
    try:
        result = merge_files(*sides, "specs/001-a/README.md", kinds=kinds, style="merge")
    except Doubt as doubt:
        text = by_git(*sides)
        return Verdict(case, kinds, text, text, str(doubt))
    return judged(case, kinds, result.data.decode())


def judged(case: Case, kinds: Kinds, merged: str) -> Verdict:
    """What is to be said of a merged text."""
    text = by_git(case.base, case.ours, case.theirs)
    return Verdict(case, kinds, text, merged, lost=tuple(_lost(case, kinds, merged)))


def _lost(case: Case, kinds: Kinds, merged: str) -> Iterator[str]:
    base, ours, theirs = case.heads
    mine, other = (head(taken(merged, ours=way)) or {} for way in (True, False))
    for key in {**base, **ours, **theirs, **mine, **other}:
        b, o, t = (side.get(key) for side in (base, ours, theirs))
        kind = kinds.get(key, Kind.UNKNOWN)
        both = (mine.get(key), other.get(key)) == (o, t)
        if not both and any(
            gone(kind, b, o, t, m) or gone(kind, b, t, o, m) for m in (mine.get(key), other.get(key))
        ):
            yield key


@dataclass
class Count:
    """How a run went; numbers of files."""

    files: int = 0
    conflicts: int = 0
    """Whose frontmatter git's text merge leaves in conflict."""
    left: int = 0
    """Of those: left to git by the driver."""
    resolved: int = 0
    compared: int = 0
    """Of the resolved: the person committed what can be read."""
    equal: int = 0
    clean_to_conflict: int = 0
    regressions: int = 0
    """Where git's text merge was clean and as the person had it, and ours is not."""
    losses: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    """Of those that differ from what the person committed."""

    def add(self, verdict: Verdict) -> None:
        as_people = verdict.can_be_compared and not verdict.differing(verdict.merged)
        self.files += 1
        self.losses += bool(verdict.lost)
        if verdict.was_conflict:
            self.conflicts += 1
            self.left += bool(verdict.doubt)
            self._resolved(verdict, as_people)
        else:
            was = verdict.can_be_compared and not verdict.differing(verdict.text)
            self.clean_to_conflict += verdict.is_conflict
            self.regressions += was and (verdict.is_conflict or not as_people)

    def _resolved(self, verdict: Verdict, as_people: bool) -> None:
        if not verdict.is_conflict:
            self.resolved += 1
            self.compared += verdict.can_be_compared
            self.equal += as_people
            self.causes.update([] if as_people else [verdict.cause])

    def lines(self) -> Iterator[str]:
        """For people."""
        share = 100 * self.resolved / max(1, self.conflicts), 100 * self.equal / max(1, self.compared)
        yield f"  {self.files} files changed on both sides"
        yield f"  {self.conflicts} conflicts in frontmatter by git's text merge"
        yield f"  {self.left} of them left to git"
        yield f"  {self.resolved} resolved ({share[0]:.1f} %), {self.compared} of them can be compared"
        yield f"  {self.equal} as the person did ({share[1]:.1f} %), sets compared as sets"
        yield from (f"    {count} not: {cause}" for cause, count in self.causes.most_common())
        yield f"  {self.clean_to_conflict} clean by git's text merge and a conflict by the driver"
        yield f"  {self.regressions} regressions, {self.losses} silent losses"


def counted(verdicts: Iterable[Verdict]) -> Count:
    """All of a run."""
    count = Count()
    for verdict in verdicts:
        count.add(verdict)
    return count


def shown(verdict: Verdict) -> Iterator[str]:
    """A case that the person decided otherwise: who said what."""
    yield f"{verdict.case.id}: {verdict.cause}"
    names = ("base", "ours", "theirs", "merged", "person")
    sides = [*verdict.case.heads, head(verdict.merged) or {}, head(verdict.case.human)]
    for key in verdict.differing(verdict.merged) if verdict.can_be_compared else ():
        yield f"  {key}"
        yield from (f"    {name:6} {(side or {}).get(key)}" for name, side in zip(names, sides, strict=True))


def corpus() -> Path:
    """The merges where they are kept beside the project."""
    return Path(os.environ.get("LSPEC_SHARED", "../shared"), "corpus", "merges.jsonl.gz")


@click.command()
@click.option(
    "--corpus", "path", type=click.Path(path_type=Path), help="merges.jsonl.gz; else of LSPEC_SHARED."
)
@click.option("--show", is_flag=True, help="Each case that the person decided otherwise than the defaults.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def main(path: Path | None, show: bool, as_json: bool) -> None:
    """Replay real merges of frontmatter and compare with git's text merge, and with what people committed."""
    path = path or corpus()
    if not path.exists():
        raise click.ClickException(f"{path} is not there: name the corpus, --corpus merges.jsonl.gz")
    every = [*cases(path)]
    runs = {"defaults that know no repository": [replayed(case, defaults(case)) for case in every]}
    for family in FAMILIES:
        own = [case for case in every if case.id.startswith(family)]
        runs[f"{family}, kinds declared"] = [replayed(case, declared(case)) for case in own]
    counts = {name: counted(verdicts) for name, verdicts in runs.items()}
    if as_json:
        click.echo(json.dumps({name: vars(count) for name, count in counts.items()}, indent=2))
        return
    for name, count in counts.items():
        click.echo("\n".join([name, *count.lines()]))
    for verdict in runs["defaults that know no repository"] if show else ():
        differs = verdict.was_conflict and not verdict.is_conflict and bool(verdict.differing(verdict.merged))
        if differs or verdict.lost:
            click.echo("\n".join(shown(verdict)))


if __name__ == "__main__":
    main()
