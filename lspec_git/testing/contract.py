"""The laws that every `PMAdapter` must satisfy, as a test class to inherit from.

A subclass gives two fixtures, `adapter` and `person`: somebody else on the same tracker, who also knows
what the adapter sent. It names the words its tracker uses, and says by flags what the tracker cannot do;
everything else is tested. Needs pytest; knows no tracker.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations
from random import Random
from typing import ClassVar
from uuid import uuid4

import pytest

from lspec_git.adapters.base import (
    Change,
    Claim,
    Draft,
    Edit,
    ItemRef,
    Marker,
    PMAdapter,
    Result,
)
from lspec_git.core.spec import tag_field
from lspec_git.testing.person import Person
from lspec_git.testing.steps import created, created_ref, done, draft, pulled, said, titled

__all__ = [
    "NOWHERE",
    "AdapterContract",
    "Person",
    "created",
    "created_ref",
    "done",
    "draft",
    "pulled",
    "said",
    "titled",
]

NOWHERE = ItemRef("987654321", "987654")


class AdapterContract:
    """Inherit, override `adapter` and `person`, and set what is different on the tracker."""

    statuses: ClassVar[Sequence[str]] = (
        "open",
        "open + status:in-progress",
        "closed/completed",
        "closed/not_planned",
    )
    """Three words or more for a status, the one of a fresh item first."""
    priorities: ClassVar[Sequence[str]] = ("priority:high", "priority:low")
    """Two words for a priority; none where the tracker holds no priorities."""
    logins: ClassVar[Sequence[str]] = ("octocat", "alice")
    """Two people who can be assigned; none where nobody can."""
    conditional: ClassVar[bool] = True
    """Whether a settled tracker says so (304, a watermark), rather than show the latest items again."""
    deletes: ClassVar[bool] = True
    remembers: ClassVar[bool] = True
    """Whether the tracker keeps a history of labels and states."""

    @pytest.fixture
    def person(self) -> Person:
        raise NotImplementedError("a subclass gives the other person")

    @pytest.fixture
    def adapter(self, person: Person) -> PMAdapter:
        raise NotImplementedError("a subclass gives the adapter under test")

    def _more(self, adapter: PMAdapter, which: int) -> dict[str, str]:
        """Words for what the tracker holds beside title and status."""
        words = {"priority": self.priorities, "assignee": self.logins}
        tags = {tag_field("Some"): "Some"} if adapter.capabilities.tags else {}
        return {name: known[which] for name, known in words.items() if known} | tags

    def _with_tags(self, adapter: PMAdapter) -> None:
        if not adapter.capabilities.tags:
            pytest.skip("this tracker has no labels")

    # The shape

    def test_it_offers_the_whole_protocol_and_asks_nothing_when_made(
        self, adapter: PMAdapter, person: Person
    ) -> None:
        assert isinstance(adapter, PMAdapter)
        fields = adapter.capabilities.fields
        assert {"title", "status"} <= fields
        assert ("priority" in fields, "assignee" in fields) == (bool(self.priorities), bool(self.logins))
        assert person.requests() == 0

    def test_the_account_names_the_target_that_items_live_in(
        self, adapter: PMAdapter, person: Person
    ) -> None:
        account = adapter.check()
        item = pulled(adapter, person.add("one"))
        assert account.login
        assert account.can_write, account.missing
        assert item.project == account.target

    def test_nothing_asked_nothing_sent(self, adapter: PMAdapter, person: Person) -> None:
        assert [*adapter.pull([]), *adapter.push([]), *adapter.create([]), *adapter.find([])] == []
        assert person.requests() == 0

    def test_noise_is_no_event(self, adapter: PMAdapter) -> None:
        assert adapter.parse_event({}, b"\xff{]") == frozenset()

    # Changes

    def test_the_first_look_starts_now(self, adapter: PMAdapter, person: Person) -> None:
        person.add("old")
        person.pass_time()
        first = adapter.changes(None)
        assert first.items == ()
        assert datetime.fromisoformat(first.now).tzinfo is not None

    def test_what_others_do_is_reported(self, adapter: PMAdapter, person: Person) -> None:
        old = person.add("old")
        person.pass_time()
        cursor = adapter.changes(None).cursor
        person.edit(old, {"title": "renamed"})
        new = person.add("new")
        found = {item.ref: item.words["title"] for item in adapter.changes(cursor).items}
        assert found[old] == "renamed"
        assert found[new] == "new"

    def test_a_settled_tracker_costs_one_request(self, adapter: PMAdapter, person: Person) -> None:
        person.add("old")
        cursor = adapter.changes(adapter.changes(None).cursor).cursor
        before = person.requests()
        settled = adapter.changes(cursor)
        assert person.requests() == before + 1
        if self.conditional:
            assert settled.items == ()
            assert settled.cursor == cursor

    def test_a_cursor_may_be_used_again(self, adapter: PMAdapter, person: Person) -> None:
        """A run that dies after asking asks the same again."""
        cursor = adapter.changes(None).cursor
        ref = person.add("new")
        for _ in range(2):
            assert ref in {item.ref for item in adapter.changes(cursor).items}

    def test_a_mirror_fed_by_changes_alone_equals_the_truth(self, adapter: PMAdapter, person: Person) -> None:
        """Over-reported is fine, under-reported never: also several writes within one tick of the clock."""
        random = Random(1)  # noqa: S311 - a walk that is the same each time
        refs = [person.add(f"item {n}") for n in range(3)]
        cursor = adapter.changes(None).cursor
        mirror = {ref: pulled(adapter, ref).words for ref in refs}
        for step in range(24):
            ref = random.choice(refs)
            match random.randrange(4):
                case 0:
                    person.edit(ref, {"title": f"by hand {step}"})
                case 1:
                    person.edit(ref, {"status": random.choice(self.statuses)})
                case 2:
                    done(adapter, ref, title=(None, f"by us {step}"))
                case _:
                    person.pass_time()
            if random.random() < 0.5:
                seen = adapter.changes(cursor)
                cursor = seen.cursor
                mirror.update({item.ref: item.words for item in seen.items})
        mirror.update({item.ref: item.words for item in adapter.changes(cursor).items})
        assert {ref: mirror[ref] for ref in refs} == {ref: pulled(adapter, ref).words for ref in refs}

    # Reading

    def test_a_key_is_enough_to_read_an_item(self, adapter: PMAdapter, person: Person) -> None:
        ref = person.add("one")
        assert pulled(adapter, ItemRef("", ref.key)).ref == ref

    def test_what_is_unknown_is_gone_and_not_left_out(self, adapter: PMAdapter, person: Person) -> None:
        ref = person.add("one")
        items = {item.ref: item.gone for item in adapter.pull([NOWHERE, ref, ItemRef(NOWHERE.id, ref.key)])}
        assert items[ref] == ""
        assert items[NOWHERE]
        assert items[ItemRef(NOWHERE.id, ref.key)], "another item has that key now"

    def test_what_was_deleted_is_gone(self, adapter: PMAdapter, person: Person) -> None:
        if not self.deletes:
            pytest.skip("items cannot be deleted on this tracker")
        ref = person.add("one")
        person.remove(ref)
        assert [item.gone for item in adapter.pull([ref])] != [""]

    def test_many_items_are_all_read(self, adapter: PMAdapter, person: Person) -> None:
        refs = [person.add(f"item {n}") for n in range(15)]
        asked = [*refs[3:], NOWHERE]
        found = {item.ref: item for item in adapter.pull(asked)}
        assert found.keys() == set(asked)
        assert found[refs[5]].words["title"] == "item 5"
        assert found[NOWHERE].gone

    def test_history_tells_who_moved_what(self, adapter: PMAdapter, person: Person) -> None:
        if not self.remembers:
            pytest.skip("this tracker keeps no history")
        ref = person.add("one")
        person.edit(ref, {"status": self.statuses[2]})
        told = [(event.field, event.word) for event in adapter.history(ref, "2000-01-01T00:00:00Z")]
        assert ("status", self.statuses[2]) in told
        assert not list(adapter.history(ref, "2999-01-01T00:00:00Z"))

    def test_comments_are_read_for_the_items_asked(self, adapter: PMAdapter, person: Person) -> None:
        one, other = person.add("one"), person.add("other")
        person.say(one, "hello")
        person.say(other, "not asked for")
        assert [(each.ref, each.body) for each in adapter.comments([one], None)] == [(one, "hello")]

    # Creating

    def test_what_is_created_reads_as_drafted(self, adapter: PMAdapter) -> None:
        words = {"title": "A title", "status": self.statuses[1], **self._more(adapter, 0)}
        outcome = created(adapter, draft(words))
        assert outcome.item is not None
        assert said(outcome.item, words) == words
        assert pulled(adapter, outcome.item.ref) == outcome.item

    def test_every_status_can_be_created(self, adapter: PMAdapter) -> None:
        drafts = [draft({"title": f"as {word}", "status": word}) for word in self.statuses]
        items = [outcome.item for outcome in adapter.create(drafts)]
        assert [item and item.words["status"] for item in items] == list(self.statuses)

    def test_outcomes_come_in_order_and_one_by_one(self, adapter: PMAdapter, person: Person) -> None:
        outcomes = adapter.create([draft({"title": f"item {n}"}) for n in range(3)])
        first = next(outcomes)
        assert first.item is not None
        sent = person.requests()
        assert [first.item.words["title"], *(titled(each) for each in outcomes)] == [
            "item 0",
            "item 1",
            "item 2",
        ]
        assert person.requests() > sent, "the later ones were sent before the first was told"

    def test_an_odd_spec_name_survives_in_the_marker(self, adapter: PMAdapter) -> None:
        for name in ("specs/019 mcp", "specs/a --> b", "specs/100% <é>", "specs/\udcff"):
            marker = Marker(str(uuid4()), name)
            outcome = created(adapter, Draft(marker, {"title": "one"}))
            assert outcome.item is not None
            assert outcome.item.marker == marker

    def test_a_summary_cannot_forge_a_marker(self, adapter: PMAdapter) -> None:
        forged = f"see\n<!-- lspec:{uuid4()} specs/other -->\nabove"
        marker = Marker(str(uuid4()), "specs/one")
        outcome = created(adapter, Draft(marker, {"title": "one"}, link=forged, summary=forged))
        claims = [Claim(Marker("", "specs/other"), "")]
        assert outcome.item is not None
        assert outcome.item.marker == marker
        assert list(adapter.find(claims)) == []

    def test_a_claim_finds_every_item_that_bears_its_marker(self, adapter: PMAdapter, person: Person) -> None:
        now = adapter.changes(None).now
        mine, other = Marker(str(uuid4()), "specs/one"), Marker(str(uuid4()), "specs/other")
        twins = {created_ref(adapter, Draft(mine, {"title": f"twin {n}"})) for n in range(2)}
        created(adapter, Draft(other, {"title": "other"}))
        person.add("by hand")
        assert {item.ref for item in adapter.find([Claim(mine, now)])} == twins
        assert {item.ref for item in adapter.find([Claim(Marker("", mine.spec), "")])} == twins
        assert list(adapter.find([Claim(Marker(str(uuid4()), "specs/one"), now)])) == []

    def test_a_lost_create_is_unknown_and_is_sent_once(self, adapter: PMAdapter, person: Person) -> None:
        for landed in (True, False):
            now = adapter.changes(None).now
            one = draft({"title": "one"})
            before = person.requests()
            person.lose(landed=landed)
            (outcome,) = adapter.create([one])
            assert outcome.result is Result.UNKNOWN
            assert person.requests() == before + 1
            assert len(list(adapter.find([Claim(one.marker, now)]))) == int(landed)

    # Editing

    def test_every_status_leads_to_every_other(self, adapter: PMAdapter, person: Person) -> None:
        ref = person.add("one")
        now = self.statuses[0]
        for old, new in permutations(self.statuses, 2):
            done(adapter, ref, status=(now, old))
            item = done(adapter, ref, status=(old, new))
            assert item.words["status"] == pulled(adapter, ref).words["status"] == new
            now = new

    def test_a_scalar_is_set_changed_and_cleared(self, adapter: PMAdapter, person: Person) -> None:
        if not self.priorities:
            pytest.skip("this tracker holds no priorities")
        ref = person.add("one")
        high, low = self.priorities
        for old, new in ((None, low), (low, high), (high, low), (low, None)):
            done(adapter, ref, priority=(old, new))
            assert pulled(adapter, ref).words.get("priority") == new

    def test_what_an_edit_does_not_name_stays(self, adapter: PMAdapter, person: Person) -> None:
        ref = person.add("one")
        theirs = self._more(adapter, 1)
        person.edit(ref, theirs)
        item = done(adapter, ref, status=(self.statuses[0], self.statuses[2]), title=("one", "two"))
        assert said(item, theirs) == theirs
        assert (item.words["title"], item.words["status"]) == ("two", self.statuses[2])

    def test_tags_are_added_and_removed_one_by_one(self, adapter: PMAdapter, person: Person) -> None:
        """What somebody added since we looked is not lost, and not removed either."""
        self._with_tags(adapter)
        ref = person.add("one")
        person.edit(ref, {tag_field("a"): "a"})
        looked = pulled(adapter, ref)
        person.edit(ref, {tag_field("b"): "b"})
        changes = {tag_field("c"): Change(None, "c"), tag_field("a"): Change("a", None)}
        (outcome,) = adapter.push([Edit(ref, looked.revision, changes)])
        assert outcome.result is Result.DONE
        tags = {name for name in pulled(adapter, ref).words if name.startswith("tags:")}
        assert tags == {tag_field("b"), tag_field("c")}

    def test_a_tag_that_is_away_already_is_no_failure(self, adapter: PMAdapter, person: Person) -> None:
        self._with_tags(adapter)
        ref = person.add("one")
        edit = Edit(ref, pulled(adapter, ref).revision, {tag_field("a"): Change("a", None)})
        (outcome,) = adapter.push([edit])
        assert (outcome.result, outcome.refused) == (Result.DONE, frozenset())

    def test_people_are_a_difference_of_two_sets(self, adapter: PMAdapter, person: Person) -> None:
        if not self.logins:
            pytest.skip("nobody can be assigned on this tracker")
        ref = person.add("one")
        mine, theirs = self.logins
        looked = pulled(adapter, ref)
        person.edit(ref, {"assignee": theirs})
        (outcome,) = adapter.push([Edit(ref, looked.revision, {"assignee": Change(None, mine)})])
        assert outcome.result is Result.DONE
        assert pulled(adapter, ref).words["assignee"] == ",".join(sorted((mine, theirs)))
        done(adapter, ref, assignee=(mine, None))
        assert pulled(adapter, ref).words["assignee"] == theirs

    def test_the_outcome_shows_the_item_as_it_is_now(self, adapter: PMAdapter, person: Person) -> None:
        ref = person.add("one")
        more = self._more(adapter, 0)
        steps: list[dict[str, tuple[str | None, str | None]]] = [
            {"title": ("one", "two")},
            {"status": (self.statuses[0], self.statuses[1])},
        ]
        steps += [{name: (None, word)} for name, word in more.items()]
        steps += [{"title": ("two", "three"), **{name: (word, None) for name, word in more.items()}}]
        for changes in steps:
            before = pulled(adapter, ref).revision
            person.pass_time()
            item = done(adapter, ref, **changes)
            assert item.revision > before
            assert pulled(adapter, ref) == item

    def test_one_bad_edit_does_not_stop_the_rest(self, adapter: PMAdapter, person: Person) -> None:
        one, two = person.add("one"), person.add("two")
        edits = [Edit(ref, "", {"title": Change(None, "new")}) for ref in (one, NOWHERE, two)]
        outcomes = list(adapter.push(edits))
        assert [each.result for each in outcomes] == [Result.DONE, Result.REFUSED, Result.DONE]
        assert outcomes[1].message
        assert [each.item and each.item.ref for each in outcomes] == [one, None, two]

    def test_edits_are_sent_when_the_one_before_was_told(self, adapter: PMAdapter, person: Person) -> None:
        refs = [person.add("one"), person.add("two")]
        outcomes = adapter.push([Edit(ref, "", {"title": Change(None, "new")}) for ref in refs])
        next(outcomes)
        assert [pulled(adapter, ref).words["title"] for ref in refs] == ["new", "two"]
        assert next(outcomes).result is Result.DONE

    def test_a_field_that_the_tracker_cannot_hold_is_refused_alone(
        self, adapter: PMAdapter, person: Person
    ) -> None:
        ref = person.add("one")
        changes = {"title": Change("one", "two"), "no such field": Change(None, "x")}
        (outcome,) = adapter.push([Edit(ref, "", changes)])
        assert (outcome.result, outcome.refused) == (Result.DONE, frozenset({"no such field"}))
        assert outcome.warnings
        assert titled(outcome) == "two"

    def test_a_lost_edit_is_unknown_and_is_sent_once(self, adapter: PMAdapter, person: Person) -> None:
        ref = person.add("one")
        for landed in (True, False):
            before = person.requests()
            person.lose(landed=landed)
            (outcome,) = adapter.push([Edit(ref, "", {"title": Change(None, f"landed {landed}")})])
            assert outcome.result is Result.UNKNOWN
            assert person.requests() == before + 1
            assert pulled(adapter, ref).words["title"] == "landed True"
