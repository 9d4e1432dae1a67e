"""Clones that lack history or files, readers in other time zones, and people who may not write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from lspec_git.cli.commands.status import _lines as status_lines
from lspec_git.core.actions import Held, Hold
from lspec_git.core.explain import CUT_OFF
from lspec_git.engine.status import overview
from lspec_git.git.objects import discover
from tests.engine.stories import HIGH, MEDIUM, pm, quiet_after, why
from tests.worlds import Clone, World, created, frozen, published, pulled

NAMES = ("001-alpha", "002-beta", "003-gamma")


def held(report: object) -> set[tuple[str, Held]]:
    return {(a.spec.name, a.why) for a in getattr(report, "plan", []) if isinstance(a, Hold)}


class TestShallow:
    def test_it_is_said_once_with_the_command(self, world: World) -> None:
        one = world.start(*NAMES, shared=True)
        one.sync()
        for item in list(world.tracker.items().values()):
            world.remote_edit(item.ref, {"title": "By hand", "priority": HIGH})
        two = world.clone("two", "--depth=1")
        report = two.sync()
        assert len(report.conflicts) == 6
        assert (published(report), pulled(report), created(report)) == ({}, {}, [])
        assert report.warnings == [CUT_OFF]
        assert "git fetch --unshallow (or --deepen=N)" in CUT_OFF
        assert list(status_lines(overview(discover(two.repo.path)), everything=False)).count(CUT_OFF) == 1
        two.git("fetch", "-q", "--unshallow")
        report = two.sync()
        assert (frozen(report), report.warnings) == ({}, [])
        assert pulled(report) == {"title": "By hand", "priority": "high"}

    def test_deepening_far_enough_is_enough(self, world: World) -> None:
        one = world.start(shared=True)
        one.sync()
        one.change(priority="medium")
        one.sync()
        one.change(body="more")
        one.git("push", "-q", "origin", "main")
        two = world.clone("two", "--depth=1")
        pm(world, priority=HIGH)
        assert set(frozen(two.sync())) == {"priority"}
        two.git("fetch", "-q", "--deepen=2")
        assert pulled(two.sync()) == {"priority": "high"}


@pytest.mark.parametrize("how", [["--cone"], ["--no-cone"], ["--cone", "--sparse-index"]])
def test_a_sparse_checkout_deletes_nothing_and_holds_pulls(world: World, how: list[str]) -> None:
    one = world.start(*NAMES)
    one.sync()
    folders = [".lspec", "specs/001-alpha"]
    one.git("sparse-checkout", "set", *how, *(f"/{f}/" if "--no-cone" in how else f for f in folders))
    assert not one.path("002-beta").exists()
    assert one.sync().plan == []
    beta = next(i.ref for i in world.tracker.items().values() if i.words["title"] == "Beta")
    world.remote_edit(beta, {"title": "By hand"})
    pm(world, priority=HIGH)
    report = one.sync()
    assert (pulled(report), held(report)) == ({"priority": "high"}, {("002-beta", Held.NO_FILE)})
    states = {each.spec.name: each.state for each in overview(discover(one.repo.path)).standings}
    assert states["002-beta"] == "waiting"
    one.commit()
    assert held(one.sync()) == {("002-beta", Held.NO_FILE)}
    one.git("sparse-checkout", "disable")
    assert pulled(one.sync()) == {"title": "By hand"}
    assert len(world.writes()) == 3


class TestTimeZones:
    """Names of edits, and who is newest, are the same whatever the zone of author and reader."""

    @pytest.fixture(autouse=True)
    def back_again(self) -> Iterator[None]:
        yield
        time.tzset()

    @pytest.mark.parametrize("zone", ["+0545", "-1200", "+1400"])
    def test_an_edit_keeps_its_name(self, world: World, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
        one = world.start()
        one.sync()
        one.edit(status="in-progress")
        world.when += 60
        one.repo.git(
            "commit", "-qam", "from afar", env={"GIT_AUTHOR_DATE": f"{1767225600 + world.when} {zone}"}
        )
        assert published(one.sync()) == {"status": "in-progress"}
        for reader in ("Pacific/Kiritimati", "America/St_Johns", "Etc/GMT+12"):
            monkeypatch.setenv("TZ", reader)
            time.tzset()
            quiet_after(one)
            assert one.sync(full=True).plan == []
        assert one.sync().plan == []

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"])
    @pytest.mark.parametrize(("seconds", "wins"), [(10, "spec"), (10_000, "tracker")])
    def test_newest_is_no_matter_of_the_zone(
        self, world: World, zone: str, seconds: int, wins: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        one = world.start(config="  policy: newest\n")
        one.sync()
        world.when += 1000
        one.change(priority="high")
        world.remote_edit(world.tracker.items()["1"].ref, {"priority": MEDIUM}, seconds)
        report = one.sync()
        expected = ({"priority": "high"}, {}) if wins == "spec" else ({}, {"priority": "medium"})
        assert (published(report), pulled(report)) == expected


class TestSigning:
    def test_a_key_that_cannot_be_used_loses_and_doubles_nothing(self, world: World) -> None:
        one = world.start()
        one.git("config", "commit.gpgSign", "true")
        one.git("config", "gpg.format", "ssh")
        one.git("config", "user.signingKey", "/none/key.pub")
        report = one.sync()
        assert (created(report), world.writes()) == ([], [])
        assert "cannot be signed" in report.failures[0].message
        one.git("config", "lspec.gpgSign", "false")
        assert created(one.sync()) == ["001-alpha"]
        one.git("config", "commit.gpgSign", "false")
        one.change(priority="high")
        one.git("config", "commit.gpgSign", "true")
        one.git("config", "--unset", "lspec.gpgSign")
        assert one.sync().failures
        one.git("config", "lspec.gpgSign", "false")
        one.sync()
        assert [kind for kind, _ in world.writes()] == ["create", "push"]
        assert one.sync().plan == []


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(world: World) -> Iterator[str]:
    """The bare remote over plain HTTP, as any web server hands it out: nobody can push."""

    def handler(*args: object) -> Quiet:
        return Quiet(*args, directory=str(world.folder))  # type: ignore[arg-type] # what the server passes on

    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/origin.git"
    server.shutdown()
    thread.join()
    server.server_close()


def test_who_may_only_read_creates_nothing_and_is_told_what_to_set(world: World, web: str) -> None:
    one = world.start(shared=True)
    one.sync()
    two = world.clone("two")
    two.sync()
    two.repo.write("specs/002-beta/README.md", two.text().replace("Alpha", "Beta"))
    two.commit("one more")
    two.git("config", f"url.{web}.insteadOf", world.bare.as_uri())
    two.git("--git-dir", str(world.bare), "update-server-info")
    pm(world, priority=HIGH)
    report = two.sync()
    assert created(report) == []
    assert pulled(report) == {"priority": "high"}
    assert held(report) == {("002-beta", Held.REFUSED)}
    (failure,) = report.failures
    assert "nothing was created" in failure.message
    assert "state: {remote: NAME}" in failure.advice
    assert "claims: local" in failure.advice
    assert len(world.writes()) == 1


def test_a_clone_is_told_apart_from_its_files(world: World) -> None:
    """A spec deleted in the worktree, and not committed: its pull waits, nothing else happens."""
    one: Clone = world.start()
    one.sync()
    one.path("001-alpha").unlink()
    pm(world, priority=HIGH)
    assert held(one.sync()) == {("001-alpha", Held.NO_FILE)}
    assert why(one) == {}
    one.git("restore", ".")
    assert pulled(one.sync()) == {"priority": "high"}
