"""A repository whose hooks are a framework's: what tests act upon and look at."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.cli.running import Ran
from tests.e2e.worlds import everything, spec, spec_path
from tests.frameworks.kit import VERSIONS, Kit
from tests.hooks.stage import NAMES, Stage

CONFIG = ".pre-commit-config.yaml"
TYPES = ("pre-commit", "post-commit", "post-merge", "post-rewrite", "pre-push")
HOOKS = ("lspec-setup", "lspec-check", "lspec-sync", "lspec-notes")


@dataclass
class Framed(Stage):
    """The stage of the hooks' tests, with a framework in between. `home` holds the framework's caches."""

    name: str = ""
    command: list[str] = field(default_factory=list)
    kit: Kit = field(default_factory=lambda: Kit(Path()))
    home: Path = field(default_factory=Path)

    def set_up_specs(self) -> None:
        """Two specs, each with its issue."""
        self.world.commit({spec_path(name): spec(name[4:].title()) for name in NAMES})
        self.world.init()
        self.configure()
        self.world.commit()
        self.world.lspec("sync")
        self.world.asked()

    def install(self, **_: str) -> None:
        """As people do it: a file to commit, and one command."""
        self.repo.write(CONFIG, self.config_text())
        self.run("install", "--install-hooks" if self.name == "pre-commit" else "--prepare-hooks")
        self.unseen("add", CONFIG)
        self.unseen("commit", "-qm", "hooks", "--allow-empty")

    def config_text(self, version: str = VERSIONS[0]) -> str:
        ids = "".join(f"      - id: {each}\n" for each in HOOKS)
        head = f"default_install_hook_types: [{', '.join(TYPES)}]\nrepos:\n"
        return f"{head}  - repo: {self.kit.source.as_uri()}\n    rev: {version}\n    hooks:\n{ids}"

    def run(self, *args: str, code: int | None = 0) -> Ran:
        """The framework itself."""
        done = subprocess.run(
            [*self.command, *args], cwd=self.repo.path, capture_output=True, text=True, check=False
        )
        assert code in (None, done.returncode), f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return Ran(done.returncode, done.stdout, done.stderr)

    def said(self, *args: str, code: int = 0) -> str:
        """What a git command and its hooks print."""
        done = subprocess.run(["git", *args], cwd=self.repo.path, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def alone(self, home: Path) -> Framed:
        """The same with caches of its own."""
        return replace(self, home=home)

    def files(self) -> dict[str, str]:
        """Every file of the worktree, by its hash."""
        return {
            path: name for path, name in everything(self.repo.path).items() if not path.startswith(".git/")
        }
