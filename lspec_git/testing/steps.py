"""The steps of a test of an adapter: create, edit and read an item, each of which must go through whole.

Knows no tracker.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from lspec_git.adapters.base import Change, Draft, Edit, ItemRef, Marker, Outcome, PMAdapter, Result, WorkItem


def draft(words: Mapping[str, str]) -> Draft:
    """A draft under a marker of its own."""
    return Draft(Marker(str(uuid4()), "specs/one"), words)


def created(adapter: PMAdapter, one: Draft) -> Outcome:
    """The outcome of a create that must go through whole."""
    (outcome,) = adapter.create([one])
    assert (outcome.result, outcome.refused, outcome.warnings) == (Result.DONE, frozenset(), ()), outcome
    return outcome


def created_ref(adapter: PMAdapter, one: Draft) -> ItemRef:
    item = created(adapter, one).item
    assert item is not None
    return item.ref


def done(adapter: PMAdapter, ref: ItemRef, **changes: tuple[str | None, str | None]) -> WorkItem:
    """The item after an edit that must go through whole; changes are (old, new) by field."""
    words = {name: Change(*change) for name, change in changes.items() if change[0] != change[1]}
    if not words:
        return pulled(adapter, ref)
    (outcome,) = adapter.push([Edit(ref, pulled(adapter, ref).revision, words)])
    assert (outcome.result, outcome.refused, outcome.warnings) == (Result.DONE, frozenset(), ()), outcome
    assert outcome.item is not None
    return outcome.item


def pulled(adapter: PMAdapter, ref: ItemRef) -> WorkItem:
    """One item that must be there."""
    (item,) = adapter.pull([ref])
    assert item.gone == ""
    return item


def said(item: WorkItem, words: Mapping[str, str]) -> dict[str, str | None]:
    """What the item says of the fields in `words`."""
    return {name: item.words.get(name) for name in words}


def titled(outcome: Outcome) -> str:
    return outcome.item.words["title"] if outcome.item else ""
