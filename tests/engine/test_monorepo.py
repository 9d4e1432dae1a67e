"""Several specs folders and several projects: nothing of one is ever taken for something of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lspec_git.core.actions import Create, SetLocal, SetRemote
from lspec_git.core.explain import lines
from lspec_git.engine.manage import link, unlink
from lspec_git.engine.report import Report
from lspec_git.engine.status import IN_STEP, UNLINKED, overview
from lspec_git.errors import UsageError
from lspec_git.git import history
from lspec_git.git.objects import Repository
from lspec_git.git.repository import discover
from lspec_git.records import Records
from lspec_git.testing.memory import Fault, Killed
from tests.engine.mono import AT_BACK, AT_WEB, BACK, CONFIG, LOGIN, WEB, Mono, quiet, spec
from tests.worlds import frozen, published, pulled

ONE, OTHER = f"{BACK}/{LOGIN}", f"{WEB}/{LOGIN}"
HIGH = "priority:high"


@pytest.fixture
def mono(tmp_path: Path) -> Mono:
    return Mono(tmp_path)


def failed(report: Report) -> dict[str, str]:
    return {each.subject: each.message for each in report.failures}


class TestSameNameInTwoRoots:
    def test_each_has_an_item_in_its_own_project(self, mono: Mono) -> None:
        clone = mono.begin()
        report = clone.sync()
        assert sorted(lines(each.action for each in report.done)) == [
            f"+ {OTHER}  new work item on github:acme/web: Login of web/specs/{LOGIN}",
            f"+ {ONE}  new work item on github:acme/backend: Login of backend/specs/{LOGIN}",
        ]
        assert mono.titles() == ([f"Login of backend/specs/{LOGIN}"], [f"Login of web/specs/{LOGIN}"])
        ids = {each.ref.id for tracker in mono.trackers.values() for each in tracker.items().values()}
        assert len(ids) == 1, "equal ids on two hosts are what this is about"
        clone.sync()
        quiet(clone)

    def test_edits_and_pulls_of_one_leave_the_other_alone(self, mono: Mono) -> None:
        clone = mono.begin()
        clone.sync()
        clone.change(ONE, priority="high")
        mono.pm(AT_WEB, priority="priority:medium")
        report = clone.sync()
        actions = [each.action for each in report.done]
        assert [(type(a), str(a.spec)) for a in actions] == [(SetRemote, ONE), (SetLocal, OTHER)]
        assert mono.back.items()["1"].words["priority"] == HIGH
        assert mono.web.items()["1"].words["priority"] == "priority:medium"
        assert "priority: medium" in clone.text(OTHER)
        clone.commit("take in")
        clone.sync()
        quiet(clone)

    def test_what_this_clone_saw_of_one_is_not_taken_for_the_other(self, mono: Mono) -> None:
        clone = mono.begin()
        clone.sync()
        clone.sync()
        clone.change(ONE, priority="high")
        before = mono.requests()
        clone.sync()
        after = mono.requests()
        asked = {target: after[target][len(before[target]) :] for target in after}
        assert asked == {AT_BACK: ["changes", "push"], AT_WEB: ["changes"]}

    def test_both_clones_see_both_projects(self, mono: Mono) -> None:
        one = mono.begin()
        one.sync()
        two = mono.other()
        two.sync()
        quiet(two)
        two.change(OTHER, priority="high")
        assert published(two.sync()) == {"priority": "high"}
        one.git("pull", "-q", str(two.repo.path), "main")
        assert one.sync().failures == []
        quiet(one)
        assert [len(titles) for titles in mono.titles()] == [1, 1]

    def test_a_conflict_names_its_project_and_is_settled_there(self, mono: Mono) -> None:
        clone = mono.begin()
        clone.sync()
        for name, target in ((ONE, AT_BACK), (OTHER, AT_WEB)):
            clone.edit(name, priority="high")
            mono.pm(target, priority="priority:critical")
        clone.commit("both")
        report = clone.sync()
        assert {(str(c.spec), c.item.tracker) for c in report.conflicts} == {
            (ONE, "github:acme/backend"),
            (OTHER, "github:acme/web"),
        }
        assert report.urls.keys() == {"github:acme/backend 1", "github:acme/web 1"}
        assert report.targets == {"github:acme/backend": AT_BACK, "github:acme/web": AT_WEB}
        clone.sync(specs=frozenset({spec(OTHER)}), settle="spec")
        assert mono.web.items()["1"].words["priority"] == HIGH
        assert mono.back.items()["1"].words["priority"] == "priority:critical"

    def test_lost_notes_lead_to_no_second_item_in_either(self, mono: Mono) -> None:
        clone = mono.begin()
        clone.sync()
        clone.git("push", "-q", "origin", ":refs/notes/lspec")
        again = mono.other()
        report = again.sync()
        assert not [each for each in report.done if isinstance(each.action, Create)]
        assert [len(titles) for titles in mono.titles()] == [1, 1]
        again.sync()
        quiet(again)

    def test_what_one_project_keeps_as_labels_is_nothing_to_the_other(self, mono: Mono) -> None:
        clone = mono.begin(
            config=CONFIG.replace("acme/backend\n", "acme/backend\n    fields: {area: 'area:*'}\n")
        )
        clone.change(OTHER, area="shop")
        assert [action for action in clone.sync().plan if not isinstance(action, Create)] == []
        clone.sync()
        quiet(clone)


class TestOneProjectDown:
    def test_the_other_goes_on_and_nothing_is_lost(self, mono: Mono) -> None:
        clone = mono.begin()
        mono.down.add(AT_BACK)
        report = clone.sync()
        assert failed(report) == {"github:acme/backend": f"{AT_BACK} is not found"}
        assert report.exit_code == 3
        assert mono.titles() == ([], [f"Login of web/specs/{LOGIN}"])
        clone.change(OTHER, priority="high")
        assert published(clone.sync()) == {"priority": "high"}
        assert clone.sync().exit_code == 4
        mono.down.clear()
        assert clone.sync().exit_code == 0
        assert [len(titles) for titles in mono.titles()] == [1, 1]
        clone.sync()
        quiet(clone)

    def test_what_was_under_way_there_is_settled_there(self, mono: Mono) -> None:
        clone = mono.begin()
        clone.sync()
        clone.change(ONE, priority="high")
        mono.back.fault("push", Fault.KILL_AFTER)
        with pytest.raises(Killed):
            clone.sync()
        records = Records.of(discover(clone.repo.path))
        assert [entry.target for entry in records.journal()] == [AT_BACK]
        before = len(mono.web.requests)
        clone.sync(systems=("github:acme/web",))
        assert mono.web.requests[before:] == [("changes", "")]
        assert [entry.target for entry in records.journal()] == [AT_BACK]
        clone.sync()
        assert records.journal() == ()
        assert [verb for verb, _ in mono.back.requests].count("push") == 1
        clone.sync()
        quiet(clone)


class TestSystems:
    @pytest.mark.parametrize("system", ["github:acme/web", "github:ACME/Web", f"github:{AT_WEB}", AT_WEB])
    def test_one_project_alone(self, mono: Mono, system: str) -> None:
        clone = mono.begin()
        clone.sync(systems=(system,))
        assert mono.titles() == ([], [f"Login of web/specs/{LOGIN}"])
        assert mono.back.requests == []

    def test_the_trackers_name_means_all_of_them(self, mono: Mono) -> None:
        mono.begin().sync(systems=("github",))
        assert [len(titles) for titles in mono.titles()] == [1, 1]

    def test_an_unknown_one_lists_what_there_is(self, mono: Mono) -> None:
        with pytest.raises(UsageError) as raised:
            mono.begin().sync(systems=("github:acme/wep",))
        assert raised.value.advice == "it has: github:acme/backend, github:acme/web"

    def test_status_tells_the_project(self, mono: Mono) -> None:
        clone = mono.begin()
        clone.sync(systems=("github:acme/web",))
        found = overview(discover(clone.repo.path)).standings
        assert [(one.label, one.target, str(one.spec), one.state) for one in found] == [
            ("github:acme/backend", AT_BACK, ONE, UNLINKED),
            ("github:acme/web", AT_WEB, OTHER, IN_STEP),
        ]

    def test_the_guard_counts_for_each_project(self, mono: Mono) -> None:
        clone = mono.begin(*(f"{root}/{n:03}-x" for root in (BACK, WEB) for n in range(4)))
        assert clone.sync().failures == []
        assert [len(titles) for titles in mono.titles()] == [4, 4]
        for n in range(4):
            clone.add(f"{BACK}/1{n:02}-x")
        for n in range(6):
            clone.add(f"{WEB}/1{n:02}-x")
        clone.commit("more")
        report = clone.sync()
        assert list(failed(report)) == ["github:acme/web"]
        assert f"create 6 on {AT_WEB}" in failed(report)["github:acme/web"]
        assert [len(titles) for titles in mono.titles()] == [8, 4]

    def test_a_project_that_is_switched_off_keeps_its_specs(self, mono: Mono) -> None:
        text = CONFIG.replace("acme/backend\n", "acme/backend\n    enabled: false\n").replace(
            '"apps/web/specs/**"', '"**"'
        )
        mono.begin(config=text).sync()
        assert mono.titles() == ([], [f"Login of web/specs/{LOGIN}"])


class TestMoves:
    BOTH = CONFIG.replace('"services/backend/specs/**"', '"**"')
    """The first project takes the specs of both roots."""

    def test_between_roots_of_one_project_the_link_goes_along(self, mono: Mono) -> None:
        clone = mono.begin(ONE, config=self.BOTH)
        clone.sync()
        mono.pm(AT_BACK, title="Sign in")
        clone.move(ONE, f"{WEB}/{LOGIN}")
        clone.change(OTHER, priority="high")
        report = clone.sync()
        assert (published(report), pulled(report), frozen(report)) == (
            {"priority": "high"},
            {"title": "Sign in"},
            {},
        )
        assert [len(titles) for titles in mono.titles()] == [1, 0]
        clone.commit("take in")
        clone.sync()
        quiet(clone)

    def test_a_new_spec_by_the_old_name_does_not_share_the_item(self, mono: Mono) -> None:
        clone = mono.begin(ONE, config=self.BOTH)
        clone.sync()
        clone.move(ONE, OTHER)
        clone.sync()
        clone.add(ONE)
        clone.change(ONE, priority="high")
        report = clone.sync()
        assert list(failed(report)) == [ONE]
        assert f"a name that {OTHER} had: {AT_BACK}#1 went along there" in failed(report)[ONE]
        assert mono.back.items()["1"].words["priority"] == "priority:low"
        unlink(discover(clone.repo.path), spec(ONE))
        mono.back.add({"title": "Another"})
        link(discover(clone.repo.path), clone.connect, spec(ONE), "github", "2")
        clone.sync()
        assert [mono.back.items()[key].words["priority"] for key in "12"] == ["priority:low", HIGH]

    def test_into_another_project_it_is_told_and_nothing_is_written_anywhere(self, mono: Mono) -> None:
        clone = mono.begin(ONE)
        clone.sync()
        clone.move(ONE, OTHER)
        clone.change(OTHER, priority="high")
        before = (mono.titles(), mono.back.items()["1"].revision)
        for _ in range(2):
            report = clone.sync()
            assert failed(report) == {
                OTHER: f"{OTHER} is linked to {AT_BACK}#1, but the config names {AT_WEB} (line 9)"
            }
            assert f"git lspec unlink {OTHER}" in report.failures[0].advice
        assert (mono.titles(), mono.back.items()["1"].revision) == before
        clone.move(OTHER, ONE)
        assert published(clone.sync()) == {"priority": "high"}
        clone.sync()
        quiet(clone)

    def test_what_moved_for_good_is_linked_anew(self, mono: Mono) -> None:
        clone = mono.begin(ONE)
        clone.sync()
        clone.move(ONE, OTHER)
        clone.sync()
        repo = discover(clone.repo.path)
        assert [(one.target, one.key) for one in unlink(repo, spec(OTHER), ("github",))] == [(AT_BACK, "1")]
        assert clone.sync().failures == []
        mono.web.add({"title": "Sign in"})
        made = link(repo, clone.connect, spec(OTHER), "github", "1")
        assert (made.target, made.key) == (AT_WEB, "1")
        clone.change(OTHER, priority="high")
        clone.sync()
        assert mono.web.items()["1"].words["priority"] == HIGH
        assert mono.back.items()["1"].words["priority"] == "priority:low"
        assert [len(titles) for titles in mono.titles()] == [1, 1]

    def test_a_create_that_may_have_landed_is_not_repeated_elsewhere(self, mono: Mono) -> None:
        clone = mono.begin(ONE)
        mono.back.fault("create", Fault.LATE)
        clone.sync()
        clone.move(ONE, OTHER)
        mono.back.tick(1000)
        mono.web.tick(1000)
        report = clone.sync()
        assert f"{AT_BACK}, but the config names {AT_WEB}" in failed(report)[OTHER]
        assert [len(titles) for titles in mono.titles()] == [1, 0]
        clone.move(OTHER, ONE)
        assert clone.sync().failures == []
        assert [len(titles) for titles in mono.titles()] == [1, 0]

    def test_a_claim_that_was_never_sent_is_good_for_the_other_project(self, mono: Mono) -> None:
        clone = mono.begin(ONE)
        mono.back.fault("create", Fault.REFUSE)
        clone.sync()
        clone.configure(CONFIG.replace("apps/web/specs/**", "**").replace("services/backend/specs/**", "x"))
        assert clone.sync().failures == []
        assert mono.titles() == ([], [f"Login of backend/specs/{LOGIN}"])


class TestRootsThatChange:
    OLD = 'github:\n  repo: acme/backend\n  create: all\n  mapping: [{pattern: "**"}]\n'

    def test_a_root_that_moves_as_a_whole_takes_its_links_along(self, mono: Mono) -> None:
        clone = mono.begin("specs/001-a", "specs/002-b", config=self.OLD)
        clone.sync()
        (clone.repo.path / "services/backend").mkdir(parents=True)
        clone.git("mv", "specs", BACK)
        clone.repo.write(".lspec/integrations.yml", f"specs: [{BACK}]\n{self.OLD}")
        clone.commit("monorepo")
        mono.pm(AT_BACK, "1", title="Sign in")
        clone.change(f"{BACK}/002-b", priority="high")
        report = clone.sync()
        assert (published(report), pulled(report), frozen(report)) == (
            {"priority": "high"},
            {"title": "Sign in"},
            {},
        )
        assert len(mono.titles()[0]) == 2
        clone.commit("take in")
        assert clone.sync().failures == []
        mono.down.add(AT_WEB)
        assert clone.sync().plan == []
        mono.pm(AT_BACK, "2", title="Sign out")
        assert pulled(clone.sync()) == {"title": "Sign out"}

    def test_a_root_that_is_split_keeps_its_links(self, mono: Mono) -> None:
        clone = mono.begin("specs/web/001-a", "specs/api/002-b", config=self.OLD)
        clone.sync()
        clone.configure(f"specs: [specs/web, specs/api]\n{self.OLD}")
        assert clone.sync().failures == []
        clone.change("specs/web/001-a", priority="high")
        assert published(clone.sync()) == {"priority": "high"}
        assert len(mono.titles()[0]) == 2

    def test_which_of_two_a_spec_was_is_asked(self, mono: Mono) -> None:
        clone = mono.begin("specs/web/001-a", config=self.OLD)
        clone.sync()
        clone.add("specs/api/001-a")
        clone.configure(f"specs: [specs/web, specs/api]\n{self.OLD}")
        report = clone.sync()
        assert list(failed(report)) == ["specs/api/001-a", "specs/web/001-a"]
        assert "specs/api/001-a and specs/web/001-a could each be that spec" in report.failures[0].message
        assert len(mono.titles()[0]) == 1
        clone.move("specs/api/001-a", "specs/api/003-a")
        assert clone.sync().failures == []
        clone.move("specs/api/003-a", "specs/api/001-a")
        assert clone.sync().failures == []
        clone.sync()
        assert len(mono.titles()[0]) == 2
        names = {item.words["title"] for item in mono.back.items().values()}
        assert names == {"Login of web/001-a", "Login of api/001-a"}

    def test_a_root_that_is_listed_no_more_loses_nothing(self, mono: Mono) -> None:
        clone = mono.begin()
        clone.sync()
        clone.configure(CONFIG.replace(", apps/web/specs", ""))
        assert clone.sync().failures == []
        clone.configure(CONFIG)
        assert clone.sync().failures == []
        quiet(clone)
        assert [len(titles) for titles in mono.titles()] == [1, 1]


class TestLinkByHand:
    def test_where_no_mapping_says_the_project_is_named(self, mono: Mono) -> None:
        clone = mono.begin(config=CONFIG.replace("specs/**", "specs/9*"))
        mono.web.add({"title": "Theirs"})
        repo = discover(clone.repo.path)
        with pytest.raises(UsageError) as raised:
            link(repo, clone.connect, spec(ONE), "github", "1")
        assert raised.value.advice == "--system github:acme/backend\n--system github:acme/web"
        assert link(repo, clone.connect, spec(ONE), "github:acme/web", "1").target == AT_WEB
        clone.change(ONE, priority="high")
        assert clone.sync().failures == []
        assert mono.web.items()["1"].words["priority"] == HIGH
        assert mono.titles()[0] == []

    def test_a_mapping_that_says_otherwise_stands(self, mono: Mono) -> None:
        clone = mono.begin()
        mono.web.add({"title": "Theirs"})
        with pytest.raises(UsageError, match="belongs to github:acme/backend"):
            link(discover(clone.repo.path), clone.connect, spec(ONE), "github:acme/web", "1")

    def test_unlinking_in_one_project_leaves_a_link_to_another(self, mono: Mono) -> None:
        clone = mono.begin()
        clone.sync()
        repo = discover(clone.repo.path)
        assert unlink(repo, spec(ONE), ("github:acme/web",)) == []
        assert [one.target for one in unlink(repo, spec(ONE), (AT_BACK,))] == [AT_BACK]


class TestCosts:
    """How often git is asked for a history."""

    @pytest.fixture
    def logs(self, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        """The folders of every history that was asked for."""
        asked: list[list[str]] = []
        real = history.versions

        def versions(repo: Repository, head: str, paths: Sequence[str]) -> Iterator[history.Commit]:
            asked.append(list(paths))
            return real(repo, head, paths)

        monkeypatch.setattr(history, "versions", versions)
        return asked

    def test_none_when_settled_and_one_over_all_roots_where_something_moved(
        self, mono: Mono, logs: list[list[str]]
    ) -> None:
        clone = mono.begin()
        clone.sync()
        clone.sync()
        logs.clear()
        quiet(clone)
        assert logs == []
        clone.change(OTHER, priority="high")
        clone.sync()
        assert logs == [[WEB, BACK]]
