"""A monorepo: two specs folders, each kept in step with a project of its own, on a host of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lspec_git.core.spec import SpecId
from lspec_git.engine.connect import Connected
from lspec_git.engine.pairs import Seat
from lspec_git.engine.report import Report
from lspec_git.engine.running import Options
from lspec_git.engine.sync import run
from lspec_git.errors import NotFound
from lspec_git.git.repository import discover
from lspec_git.testing.memory import MemoryAdapter, MemoryTracker
from tests.conftest import Repo
from tests.worlds import SPEC, Clone, World, silent

BACK, WEB = "services/backend/specs", "apps/web/specs"
LOGIN = "001-login"
AT_BACK, AT_WEB = "github.com/acme/backend", "ghes.example.org/acme/web"
CONFIG = """\
specs: [services/backend/specs, apps/web/specs]
github:
  - repo: acme/backend
    create: all
    mapping: [{pattern: "services/backend/specs/**"}]
  - repo: acme/web
    api_url: https://ghes.example.org/api/v3
    create: all
    mapping: [{pattern: "apps/web/specs/**"}]
"""


@dataclass
class Mono(World):
    """Two trackers that number their items alike. `down` are targets that nobody finds."""

    trackers: Mapping[str, MemoryTracker] = field(
        default_factory=lambda: {target: MemoryTracker(target) for target in (AT_BACK, AT_WEB)}
    )
    down: set[str] = field(default_factory=set)

    def begin(self, *folders: str, config: str = CONFIG) -> Member:
        """The first clone, with a bare remote: a spec in each of the folders."""
        path = self.folder / "one"
        path.mkdir()
        clone = Member(self, Repo(path), "one")
        clone.git("init", "-q")
        clone.repo.write(".lspec/integrations.yml", config)
        for each in folders or (f"{BACK}/{LOGIN}", f"{WEB}/{LOGIN}"):
            clone.add(each)
        clone.commit("specs")
        clone.git("init", "-q", "--bare", str(self.bare))
        clone.git("remote", "add", "origin", str(self.bare))
        clone.git("push", "-q", "-u", "origin", "main")
        self.clones.append(clone)
        return clone

    def other(self) -> Member:
        made = self.clone("two")
        return Member(self, made.repo, "two")

    @property
    def back(self) -> MemoryTracker:
        return self.trackers[AT_BACK]

    @property
    def web(self) -> MemoryTracker:
        return self.trackers[AT_WEB]

    def titles(self) -> tuple[list[str], list[str]]:
        """What the items of the two projects are called."""
        one, other = (
            [item.words["title"] for item in self.trackers[each].items().values()]
            for each in (AT_BACK, AT_WEB)
        )
        return one, other

    def pm(self, target: str, key: str = "1", **words: str | None) -> None:
        """Somebody edits an item by hand."""
        tracker = self.trackers[target]
        tracker.tick()
        tracker.edit(tracker.items()[key].ref, words, "pm")

    def requests(self) -> dict[str, list[str]]:
        """What was asked so far, by target."""
        return {target: [verb for verb, _ in each.requests] for target, each in self.trackers.items()}


@dataclass
class Member(Clone):
    """A clone whose specs are named by their directories."""

    world: Mono

    def path(self, name: str) -> Path:
        return self.repo.path / name / "README.md"

    def add(self, name: str) -> None:
        self.repo.write(f"{name}/README.md", SPEC.format(title=f"Login of {name.partition('/')[2]}"))

    def move(self, old: str, new: str) -> None:
        (self.repo.path / new).parent.mkdir(parents=True, exist_ok=True)
        self.git("mv", old, new)
        self.commit("move")

    def configure(self, text: str) -> None:
        self.repo.write(".lspec/integrations.yml", text)
        self.commit("config")

    def connect(self, at: Seat) -> Connected:
        if at.target in self.world.down:
            raise NotFound(f"{at.target} is not found", "check its name")
        return Connected(
            MemoryAdapter(self.world.trackers[at.target], self.login), f"{at.target} {self.login}"
        )

    def run(self, options: Options, meanwhile: Callable[[], object] = lambda: None) -> Report:
        meanwhile()
        return run(discover(self.repo.path), options, self.connect, silent)


def spec(name: str) -> SpecId:
    root, _, directory = name.rpartition("/")
    return SpecId(root, directory)


def quiet(clone: Member) -> None:
    """Nothing is left to do: one request to each project, no write, no commit of the notes."""
    before, notes = clone.world.requests(), clone.notes
    report = clone.sync()
    assert (report.plan, report.done, report.failures) == ([], [], [])
    after = clone.world.requests()
    assert {target: asked[len(before[target]) :] for target, asked in after.items()} == {
        target: ["changes"] for target in after
    }
    assert clone.notes == notes
