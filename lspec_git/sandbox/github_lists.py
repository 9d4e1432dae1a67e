"""Lists as GitHub gives them: filters, order, pages and the `Link` header. Pure, over frozen data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar
from urllib.parse import urlencode

from lspec_git.sandbox.github_input import moment, one_of
from lspec_git.sandbox.model import Comment, Issue

DEFAULT_PAGE = 30
LARGEST_PAGE = 100

T = TypeVar("T")
Args = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page, and the `Link` header that goes with it (None where everything fits on it)."""

    items: Sequence[T]
    link: str | None


def page_of(items: Sequence[T], args: Args, address: str) -> Page[T]:
    """Cut out the page that `args` ask for; `address` is the list's own, absolute, without a query."""
    size = min(_positive(args.get("per_page"), DEFAULT_PAGE), LARGEST_PAGE)
    number = _positive(args.get("page"), 1)
    last = max(1, -(-len(items) // size))
    cut = items[(number - 1) * size : number * size]
    return Page(cut, _link(args, address, number, last))


def _positive(given: str | None, default: int) -> int:
    return int(given) if given and given.isdecimal() and int(given) > 0 else default


def _link(args: Args, address: str, number: int, last: int) -> str | None:
    targets: dict[str, int] = {}
    if number > 1:
        targets["prev"] = min(number - 1, last)
    if number < last:
        targets |= {"next": number + 1, "last": last}
    if number > 1:
        targets["first"] = 1
    links = (f'<{address}?{urlencode({**args, "page": page})}>; rel="{rel}"' for rel, page in targets.items())
    return ", ".join(links) or None


def issues(found: Sequence[Issue], args: Args) -> list[Issue]:
    """Filter and sort as `GET /repos/{owner}/{repo}/issues` does; pull requests are among them.

    `found` is in the order of numbers.
    """
    kept = list(found)
    for test in (_state(args), _since(args), _labels(args), *_people(args)):
        kept = [issue for issue in kept if test(issue)] if test else kept
    descending = _descending(args)
    # `found` comes by number, which settles what the whole seconds of the clock leave open: a stable sort
    # keeps that order, so that pages do not overlap.
    if descending:
        kept.reverse()
    by = one_of(args, "sort", ("created", "updated", "comments"))
    return sorted(kept, key=attrgetter(by), reverse=descending)


_Test = Callable[[Issue], bool]


def _state(args: Args) -> _Test | None:
    wanted = one_of(args, "state", ("open", "closed", "all"))
    return None if wanted == "all" else lambda issue: issue.state == wanted


def _since(args: Args) -> _Test | None:
    if not args.get("since"):
        return None
    start = moment(args["since"])
    return lambda issue: issue.updated >= start


def _labels(args: Args) -> _Test | None:
    wanted = {name.strip().casefold() for name in args.get("labels", "").split(",") if name.strip()}
    if not wanted:
        return None
    return lambda issue: wanted <= {name.casefold() for name in issue.label_names}


def _people(args: Args) -> list[_Test]:
    tests: list[_Test] = []
    creator, assignee = args.get("creator", "").casefold(), args.get("assignee", "").casefold()
    if creator:
        tests.append(lambda issue: issue.author.casefold() == creator)
    if assignee == "none":
        tests.append(lambda issue: not issue.assignees)
    elif assignee == "*":
        tests.append(lambda issue: bool(issue.assignees))
    elif assignee:
        tests.append(lambda issue: assignee in {login.casefold() for login in issue.assignees})
    return tests


def comments(found: Sequence[Comment], args: Args) -> list[Comment]:
    """Filter and sort comments; without `sort` they come by id, whatever `direction` says."""
    start = moment(args["since"], "IssueComment") if args.get("since") else 0
    kept = [comment for comment in found if comment.updated >= start]
    if not args.get("sort"):
        return sorted(kept, key=lambda c: c.id)
    by_update = one_of(args, "sort", ("created", "updated")) == "updated"
    return sorted(
        kept, key=lambda c: (c.updated if by_update else c.created, c.id), reverse=_descending(args)
    )


def _descending(args: Args) -> bool:
    return one_of(args, "direction", ("desc", "asc")) == "desc"
