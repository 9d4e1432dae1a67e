"""One run: lock, fetch, observe, plan, show or stop, claim, apply, write the worktree, share.

Trackers are dealt with one after the other, and a failure of one stops no other. The plan is data until the
very moment it is carried out: a dry run is everything but that.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from lspec_git.core.actions import (
    Action,
    Agree,
    Conflict,
    Create,
    Held,
    Hold,
    Notice,
    Plan,
    SetLocal,
    SetRemote,
    Why,
)
from lspec_git.core.config import Publish
from lspec_git.core.documents import Heard, How, Known
from lspec_git.core.explain import CUT_OFF
from lspec_git.core.plan import Pair, Present, plan_create, plan_pair, unsayable
from lspec_git.core.rules import Create as When
from lspec_git.core.spec import CLOSED, SpecId
from lspec_git.engine import guard
from lspec_git.engine.apply import Applier
from lspec_git.engine.authors import set_by
from lspec_git.engine.claims import Standing, standing
from lspec_git.engine.connect import reading, spec_links
from lspec_git.engine.finish import keep_cursor, keep_revisions, left
from lspec_git.engine.links import attach
from lspec_git.engine.observe import Observed, Scene, fingerprint, observe, pair_up
from lspec_git.engine.pairs import Row, Seat, placed, present, seat
from lspec_git.engine.progress import Progress
from lspec_git.engine.publish import publish
from lspec_git.engine.pulls import tidy, write_pulled
from lspec_git.engine.recover import left_open
from lspec_git.engine.refusals import context, respected
from lspec_git.engine.report import Report
from lspec_git.engine.rights import barred, reading_only
from lspec_git.engine.running import Connect, Options, Run, chosen, locked
from lspec_git.engine.second_look import looked_again
from lspec_git.engine.share import Share
from lspec_git.errors import (
    ConfigError,
    HeadMoved,
    LspecError,
    UsageError,
)
from lspec_git.git.notes import Notes
from lspec_git.git.objects import Repository
from lspec_git.ledger import Ledger, hears, takes_in
from lspec_git.local import Local, committed_config, load
from lspec_git.local import config as load_config
from lspec_git.records import Records, Settled


def run(repo: Repository, options: Options, connect: Connect, progress: Progress) -> Report:
    """Synchronise once. Raises what stops the whole run; everything else is in the report."""
    records = Records.of(repo)
    with locked(records, options.patience):
        this = _prepare(repo, options, connect, progress, records)
        for tracker in chosen(this.config, options.systems):
            _guarded(this, seat(this.config, tracker))
        _absent(this)
        if not options.dry_run:
            _finish(this)
        return this.report


def _prepare(
    repo: Repository, options: Options, connect: Connect, progress: Progress, records: Records
) -> Run:
    config = committed_config(repo) if options.alone else load_config(repo)
    local = load(repo, config)
    if options.head not in ("", local.head):
        raise HeadMoved(f"HEAD has moved on from {options.head}", "git lspec sync")
    notes = Notes(local.objects, repo)
    share = Share.of(repo, notes, config)
    if not options.dry_run:
        if options.pull:
            tidy(local, records)
        with progress(f"notes of {share.remote or 'this clone'}", 0):
            share.fetch()
    report = Report(dry_run=options.dry_run)
    _unshared(report, share)
    this = Run(repo, options, connect, progress, config, local, Ledger(notes), records, share, report)
    _twins(this)
    return this


def _unshared(report: Report, share: Share) -> None:
    """Tell why notes could not be fetched or pushed, if so."""
    report.notes = f"notes of {share.remote}: {share.said}" if share.said else ""
    report.warn(*([report.notes] if report.notes else []))


def _twins(this: Run) -> None:
    for spec, paths in this.local.twins.items():
        error = UsageError(
            f"two specs have this name: {', '.join(paths)}", "rename one of them; neither is synced"
        )
        this.report.fail(str(spec), error)


def _guarded(this: Run, at: Seat) -> None:
    """One tracker, so that its failure is told and the others go on."""
    try:
        _one(this, at)
    except LspecError as error:
        this.complete = False
        this.ledger.withdraw()
        this.report.fail(at.label, error, error.exit_code)


def _absent(this: Run) -> None:
    """Trackers of the config that are not installed here: told in every run that is about all."""
    for name, problem in () if this.options.systems else this.config.absent.items():
        error = ConfigError(str(problem), "install the package that offers it, or take the section out")
        this.report.fail(name, error)


def _one(this: Run, at: Seat) -> None:
    connected = this.connect(at)
    scene = this.scene()
    with reading(connected):
        seen = observe(scene, at, connected.adapter, connected.account)
        stand = _standing(this, seen)
    _adopt(this, scene, seen, stand)
    where, refusals = context(connected.account, this.config, this.local), this.records.refusals()
    plan = tuple(placed(this.local, _plan(this, seen, stand)))
    if not this.options.full:
        plan = tuple(respected(plan, refusals, where, scene.now))
    plan = guard.few(plan, _left_to_create(this))
    this.report.plan.extend(plan)
    this.report.links[at.target] = seen.linked
    _explain(this, seen, plan)
    allowed = _allowed(this, plan)
    why = "" if this.options.full else barred(refusals, at.target, where, scene.now)
    if why or connected.without:
        allowed = reading_only(allowed, this.report, at.label, connected.without, why)
    if this.options.dry_run:
        this.ledger.withdraw()
        return
    if not this.options.force:
        guard.check(allowed, at, seen.linked)
    links = spec_links(this.repo, this.config.state.remote)
    applier = Applier(scene, seen, lambda: None, links, where=where, refusals=refusals)
    applier.unanswered = left_open(at, this.ledger, this.records)
    _carry_out(this, applier, plan, allowed)
    _remember(this, scene, plan, applier, connected.account)


def _left_to_create(this: Run) -> int | None:
    """How many more items this run may create; None: any number."""
    if this.options.creates is None:
        return None
    return this.options.creates - sum(isinstance(one.action, Create) for one in this.report.done)


def _carry_out(this: Run, applier: Applier, plan: Plan, allowed: Plan) -> None:
    seen = applier.seen
    _agree(this, seen, plan)
    this.ledger.flush(f"lspec: what {seen.at.target} says")
    this.records.keep_journal(applier.unanswered)
    publish(this, applier, allowed)
    _pull(this, seen, plan, allowed)


def _standing(this: Run, seen: Observed) -> Standing:
    """What may be created, found again, or has to wait."""
    wanted = [row for row in seen.unlinked.values() if _wanted(this.local, row)]
    blank = bool(wanted) and _forgotten(this, seen.at)
    return standing(wanted, seen.adapter, seen.clock, this.config.state, this.records, blank=blank)


def _forgotten(this: Run, at: Seat) -> bool:
    """Whether links may have been lost: the project has none, or the notes lack what they once held."""
    before, tip = this.records.settled().notes, this.ledger.tip
    if before and not (tip and this.local.ancestor()(before, tip)):
        return True
    links = (note.links.get(at.name) for note in this.ledger.all_links())
    return not any(link and link.item and link.target == at.target for link in links)


def _wanted(local: Local, row: Row) -> bool:
    """Whether the mapping wants a work item for this spec."""
    if row.link is not None and row.link.claim is not None:
        return True
    if not row.selection.sync.pushes or row.selection.create is When.NONE:
        return False
    return row.selection.create is When.ALL or (local.values(row.file) or {}).get("status") not in CLOSED


def _plan(this: Run, seen: Observed, stand: Standing) -> Plan:
    publish = Publish.COMMIT if this.options.pushed else this.config.publish
    now = present(this.local, seen.history, publish, fresh=this.share.fresh)
    actions: list[Action] = []
    for index, found in enumerate(seen.pairs):
        pair, some = _planned(this, seen, found, now)
        actions.extend(some)
        seen.pairs[index] = pair
    for spec, row in sorted(stand.create.items()):
        action = _create(this, seen, spec, row, now)
        actions.append(action)
        actions.extend(unsayable(action, seen.at.vocabulary) if isinstance(action, Create) else ())
    actions.extend(Hold(spec, seen.at.label, "", None, None, why) for spec, why in sorted(stand.wait.items()))
    for spec, items in stand.adopt.items():
        twins = ", ".join(f"#{item.ref.key}" for item in items[1:])
        if twins:
            actions.append(
                Notice(spec, seen.at.label, f"more work items bear its marker: {twins}; close them by hand")
            )
    return tuple(actions)


def _planned(this: Run, seen: Observed, found: Pair, now: Present) -> tuple[Pair, Plan]:
    """What to do about a pair, and the pair with all that was found out about it."""
    pair = _decided(this.options, found)
    plan = tuple(plan_pair(pair, seen.at.vocabulary, now, seen.tags))
    again = looked_again(seen.adapter, pair, plan)
    if again is pair:
        return pair, plan
    this.ledger.put_item(seen.at.at(pair.item.id), again.note)
    return again, tuple(plan_pair(again, seen.at.vocabulary, now, seen.tags))


def _decided(options: Options, pair: Pair) -> Pair:
    """The pair with what a person decided about it."""
    if not options.settle:
        return pair
    if options.field:
        return replace(pair, policy="ask", decided={options.field: options.settle})
    return replace(pair, policy=options.settle)


def _create(this: Run, seen: Observed, spec: SpecId, row: Row, now: Present) -> Action:
    held = seen.at.withheld(row.selection.sync, this.local.branch)
    if held is None and now.unpushed(chain(*seen.history.versions[row.file.path].edits.values())):
        held = Held.UNPUSHED
    values = this.local.values(row.file) or {}
    if held is not None:
        return Hold(spec, seen.at.label, "", values.get("status"), None, held)
    action = plan_create(spec, row.file.path, seen.at.label, values, seen.at.vocabulary)
    before = row.link.claim if row.link else None
    return replace(action, labels=row.selection.labels, epoch=before.epoch + 1 if before else 0)


def _explain(this: Run, seen: Observed, plan: Plan) -> None:
    """Who set what, for the conflicts; and where the items are to be looked at."""
    for action in plan:
        if isinstance(action, Conflict):
            this.report.set_by[action.spec, action.field] = set_by(action, seen, this.ledger)
            this.report.warn(*([CUT_OFF] if action.why is Why.SHALLOW else []))
    this.report.targets[seen.at.label] = seen.at.target
    for pair in seen.pairs:
        this.report.urls[f"{pair.item.tracker} {pair.item.key}"] = pair.note.url


def _allowed(this: Run, plan: Iterable[Action]) -> Plan:
    """The writes that this run may make: one direction, or both."""
    push, pull = this.options.push, this.options.pull
    return tuple(
        a for a in plan if (push and isinstance(a, SetRemote | Create)) or (pull and isinstance(a, SetLocal))
    )


def _agree(this: Run, seen: Observed, plan: Plan) -> None:
    for action in plan:
        if isinstance(action, Agree):
            at = seen.at.at(action.item.id)
            note = this.ledger.item(at)
            if note is not None:
                note = hears(note, *(Heard(edit, action.field, action.value) for edit in action.edits))
                this.ledger.put_item(at, takes_in(note, Known(action.commit, action.field, action.origin)))


def _adopt(this: Run, scene: Scene, seen: Observed, stand: Standing) -> None:
    """Link what bears a spec's marker, and look at it like at any linked item."""
    for spec, items in stand.adopt.items():
        row, item = seen.unlinked[spec], items[0]
        values = this.local.values(row.file) or {}
        how: How = "created" if row.link and row.link.claim else "adopted"
        row = attach(this.ledger, seen.adapter, seen.at, row, values, item, how)
        seen.linked += 1
        pair_up(scene, seen.at, row, {item.ref.id: item}, seen)


def _pull(this: Run, seen: Observed, plan: Plan, allowed: Plan) -> None:
    if this.options.alone:
        this.records.save_pulled(seen.waiting)
        return
    waits = (Held.UNCOMMITTED, Held.EDITED)
    lying = {(str(a.spec), a.field) for a in plan if isinstance(a, Hold) and a.why in waits}
    looked = {str(pair.spec) for pair in seen.pairs}
    waiting = [
        one
        for one in seen.waiting
        if one.target != seen.at.target or (one.spec, one.field) in lying or one.spec not in looked
    ]
    actions = [action for action in allowed if isinstance(action, SetLocal)]
    write_pulled(this.local, this.records, this.report, seen.at.target, actions, waiting)


def _remember(this: Run, scene: Scene, plan: Plan, applier: Applier, account: str) -> None:
    """Keep what the next run need not find out again; a run over some specs only moves no cursor."""
    keep_revisions(scene, applier.seen)
    this.open |= applier.open | applier.seen.stuck | left(this.report, plan)
    if not this.options.specs:
        keep_cursor(scene, applier, account)


def _finish(this: Run) -> None:
    """Share the notes, and remember that all but `open` is settled."""
    with this.progress(f"notes to {this.share.remote or 'nobody'}", 0):
        this.share.push()
    _unshared(this.report, this.share)
    if this.complete and not this.options.systems and not this.options.specs:
        names = tuple(sorted(str(spec) for spec in this.open))
        tip = Notes(this.local.objects, this.repo).tip() or ""
        config = fingerprint(this.config, this.local)
        this.records.save_settled(
            Settled(this.local.head, tip, config, names, int(time.time()), this.report.links)
        )
