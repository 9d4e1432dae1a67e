"""`git lspec log`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from lspec_git.cli.complete import spec_names
from lspec_git.cli.named import known_spec
from lspec_git.cli.output import emit, plain
from lspec_git.cli.pager import page
from lspec_git.cli.verb import Verb, json_option
from lspec_git.core.chronicle import Deed, Event
from lspec_git.core.explain import change
from lspec_git.engine.audit import Logged, log
from lspec_git.git.objects import discover

ABBREVIATED = 8


@click.command(
    "log",
    cls=Verb,
    examples=(
        ("git lspec log", "all that happened, in git's own pager"),
        ("git lspec log 019", "one spec: who set its status, and when"),
        ("git lspec log -n 20 --since '2 weeks ago'", "the latest twenty, none older than that"),
        ("git lspec log --json | jq '.events[].deed'", "for programs"),
    ),
    exits=(0, 2),
)
@click.argument("spec", required=False, shell_complete=spec_names)
@click.option("-n", "--number", type=click.IntRange(0), metavar="NUMBER", help="At most so many.")
@click.option("--since", default="", metavar="DATE", help="None older than this; any date that git reads.")
@json_option
def command(spec: str | None, number: int | None, since: str, json_mode: bool) -> int:
    """Show who or what set which field, and when, newest first.

    Reads the history of the notes, so it needs no network and shows what other clones did as far as it was
    fetched. SPEC is a directory, a name or a number; it need not be on this branch. The last column is the
    commit of the notes: `git show` tells it in full.
    """
    repo = discover(Path.cwd())
    specs = frozenset({known_spec(repo, spec)}) if spec is not None else frozenset()
    found = islice(log(repo, specs, since), number)
    if json_mode:
        emit(True, {"events": [_json(one) for one in found]}, ())
    else:
        page(map(_line, found))
    return 0


def _line(one: Logged) -> str:
    event = one.event
    when = click.style(f"{one.when:%Y-%m-%d %H:%M}", fg="yellow")
    pulled = event.deed is Deed.PULLED
    who = f"{_set_by(event)[0] or 'someone'} on {event.tracker}" if pulled else one.person
    at = f"{event.tracker}#{event.key}" if event.key else event.tracker
    words = [event.spec, event.deed.value, at, *_details(event)]
    text = plain("  ".join(word for word in words if word))
    return f"{when}  {plain(who)}  {text}  {click.style(one.commit[:ABBREVIATED], dim=True)}"


def _details(event: Event) -> Iterator[str]:
    if event.damage:
        yield f"{event.damage}; see: git lspec doctor"
    if event.deed is Deed.AGREED:
        yield f"{event.field.partition(':')[0]}: {event.new}"
    elif event.field:
        yield change(event.field, event.old, event.new)
    held = dict(event.fields)
    if held:
        yield ", ".join(held[name] for name in ("status", "priority") if name in held)


def _set_by(event: Event) -> tuple[str, str]:
    """(login, time) of who set a value on the tracker, where it told."""
    who, _, when = event.by.partition(" at ")
    return who, when


def _json(one: Logged) -> dict[str, object]:
    event, (login, at) = one.event, _set_by(one.event)
    return {
        "when": f"{one.when:%Y-%m-%dT%H:%M:%SZ}",
        "person": one.person,
        "deed": event.deed.name.lower().replace("_", "-"),
        "spec": event.spec,
        "tracker": event.tracker,
        "key": event.key,
        "url": event.url,
        "field": event.field,
        "old": event.old,
        "new": event.new,
        "set_by": login,
        "set_at": at,
        "fields": dict(event.fields),
        "damage": event.damage,
        "commit": one.commit,
    }
