"""Write pulled values into the worktree: recorded first, spliced in, replaced in one step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby

from lspec_git.core.actions import SetLocal
from lspec_git.core.frontmatter import parse, pulled
from lspec_git.core.spec import Problem
from lspec_git.engine.report import Done, Report
from lspec_git.errors import LspecError, UsageError
from lspec_git.git import worktree
from lspec_git.git.history import moves
from lspec_git.local import Local
from lspec_git.records import Pulled, Records


def tidy(local: Local, records: Records) -> None:
    """Take away what a run that was killed left beside the files that it was writing."""
    for path in {one.path for one in records.pulled()}:
        worktree.tidy(local.repo, path)


def write_pulled(
    local: Local,
    records: Records,
    report: Report,
    target: str,
    actions: Iterable[SetLocal],
    waiting: Iterable[Pulled],
) -> None:
    """Splice values of one target into files of the worktree, and keep the records of what awaits a commit.

    The record is written before the file: a file without one would look like an edit of the user's.
    """
    ordered = sorted(actions, key=lambda action: (action.path, action.field))
    moved = moves(local.repo) if ordered else 0
    mine: list[Pulled] = []
    for path, some in groupby(ordered, key=lambda action: action.path):
        group = list(some)
        try:
            mine += _write(local, records, target, path, group, moved)
        except LspecError as error:
            report.fail(str(group[0].spec), error)
            continue
        report.done.extend(Done(action, action.item.key) for action in group)
    newer = {(one.spec, one.target, one.field) for one in mine}
    still = [one for one in waiting if (one.spec, one.target, one.field) not in newer]
    records.save_pulled([*still, *mine])


def _write(
    local: Local, records: Records, target: str, path: str, actions: list[SetLocal], moved: int
) -> list[Pulled]:
    data = worktree.read(local.repo, path)
    document = parse(data, path) if data is not None else None
    if data is None or document is None or isinstance(document, Problem):
        raise UsageError(f"{document or path}: not written", "mend the file, then run: git lspec pull")
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    new = pulled(document, {action.field: action.new for action in actions}, now)
    mine = [_record(action, target, local.head, moved) for action in actions]
    records.add_pulled(mine)
    worktree.write_atomic(local.repo, path, new, expected=data)
    return mine


def _record(action: SetLocal, target: str, head: str, moved: int) -> Pulled:
    return Pulled(
        str(action.spec),
        action.path,
        target,
        action.item.id,
        action.field,
        action.origin,
        action.base,
        action.new,
        head,
        moved,
    )
