"""The demo's story: a throw-away repository, a tracker on loopback, and the real commands run on them.

Everything happens in a temporary folder with its own HOME and git config; nothing of the user's is touched.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from lspec_git.errors import LspecError
from lspec_git.sandbox.server import DEFAULT_PROJECT, Sandbox

SPECS: Final = (
    ("001-login-page", "planned", "high", ("web", "auth"), "Login page"),
    ("002-rate-limits", "in-progress", "critical", ("api",), "Rate limits"),
    ("003-audit-log", "planned", "medium", ("api", "auth"), "Audit log"),
    ("004-dark-mode", "planned", "low", ("web",), "Dark mode"),
    ("005-csv-export", "draft", "medium", ("api",), "CSV export"),
)
BADGES: Final = {"planned": "🗓️ Planned", "in-progress": "⏳ In progress", "draft": "📝 Draft"}
POLL_SECONDS: Final = 1.0


class DemoFailed(LspecError):
    """A command of the demo did not do what it should."""

    exit_code = 70


@dataclass(slots=True)
class Story:
    """The stage: where the repository is, the tracker beside it, and how to tell what happens."""

    folder: Path
    sandbox: Sandbox
    tell: Callable[[str], None]
    held: list[str] = field(default_factory=list)
    """What was seen to be true, in order."""

    @property
    def repo(self) -> Path:
        return self.folder / "specs-demo"

    def environment(self) -> dict[str, str]:
        """Own HOME, own git config, own token: the user's are neither read nor written."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        mine = {
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / ".config"),
            "NO_PROXY": "127.0.0.1",
        }
        git = {"GIT_CONFIG_GLOBAL": str(self.folder / ".gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
        return {**kept, **mine, **git, "GITHUB_TOKEN": self.sandbox.token}

    def run(self, *args: str, shown: bool = True, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command in the repository and show it as a person would have typed it."""
        real = [sys.executable, "-m", "lspec_git", *args[2:]] if args[:2] == ("git", "lspec") else list(args)
        if shown:
            self.tell(click.style(f"$ {shlex.join(args)}", bold=True))
        done = subprocess.run(
            real, cwd=self.repo, env=self.environment(), capture_output=True, text=True, check=False
        )
        if done.returncode not in codes:
            raise DemoFailed(
                f"{' '.join(args)} ended with {done.returncode}: {done.stderr.strip()}", "please report it"
            )
        for line in (done.stdout + done.stderr).splitlines() if shown else ():
            self.tell(f"  {line}")
        return done.stdout

    def commit(self, message: str) -> None:
        self.run("git", "commit", "-qam", message)

    def edit(self, spec: str, old: str, new: str) -> None:
        """What a person does in an editor."""
        path = self.repo / "specs" / spec / "README.md"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        self.tell(f"  (in specs/{spec}/README.md: {old} → {new})")

    # -- the chapters

    def prepare(self) -> None:
        """A repository with a handful of specs."""
        self.repo.mkdir(parents=True)
        (self.folder / ".gitconfig").write_text(
            "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n",
            encoding="utf-8",
        )
        self.run("git", "init", "-q", shown=False)
        for name, status, priority, tags, title in SPECS:
            folder = self.repo / "specs" / name
            folder.mkdir(parents=True)
            (folder / "README.md").write_text(_spec(status, priority, tags, title), encoding="utf-8")
        self.run("git", "add", ".", shown=False)
        self.run("git", "commit", "-qm", "Write five specs", shown=False)

    def connect(self) -> None:
        """Specs become cards."""
        self.chapter("Five specs become five cards")
        where = ("--repo", DEFAULT_PROJECT, "--api-url", self.sandbox.url)
        self.run("git", "lspec", "init", *where, "--pattern", "specs/**", "--yes")
        self.run("git", "add", ".lspec", shown=False)
        self.run("git", "commit", "-qm", "Sync the specs", shown=False)
        self.run("git", "lspec", "sync")
        self.check(len(self.sandbox.store.issues(DEFAULT_PROJECT)) == len(SPECS), "five cards on the board")

    def push(self) -> None:
        """A committed status edit moves a card."""
        self.chapter("A committed edit moves a card")
        self.edit("001-login-page", "status: planned", "status: in-progress")
        self.commit("Start the login page")
        self.run("git", "lspec", "sync")
        labels = self.sandbox.store.issue(DEFAULT_PROJECT, 1).label_names
        self.check("status:in-progress" in labels, "card #1 stands under in progress")

    def pull(self) -> None:
        """A card moved on the board comes back into the spec."""
        self.chapter("Mona closes card #2 on the board: it comes back into the spec")
        self.sandbox.store.edit(DEFAULT_PROJECT, 2, login="mona", state="closed", reason="completed")
        self.run("git", "lspec", "sync")
        self.run("git", "diff", "-U0", "--", "specs/002-rate-limits")
        text = (self.repo / "specs/002-rate-limits/README.md").read_text(encoding="utf-8")
        self.check("status: complete" in text, "spec 002 says complete")
        self.commit("Take in: rate limits are done")

    def conflict(self) -> None:
        """Both sides change one field: frozen, told, resolved."""
        self.chapter("Both sides change one title: nobody's edit is lost")
        self.sandbox.store.edit(DEFAULT_PROJECT, 3, login="mona", title="Audit trail")
        self.edit("003-audit-log", "# Audit log", "# Security audit log")
        self.commit("Rename the audit log")
        self.run("git", "lspec", "sync", codes=(1,))
        self.run("git", "lspec", "resolve", "003", "--spec")
        title = self.sandbox.store.issue(DEFAULT_PROJECT, 3).title
        self.check(title == "Security audit log", "card #3 has the title that was chosen")

    def settle(self) -> None:
        """Nothing left to do costs one request."""
        self.chapter("In step: one request, nothing written")
        self.run("git", "lspec", "sync")
        self.sandbox.forget_requests()
        self.run("git", "lspec", "sync")
        self.check(len(self.sandbox.requests) == 1, "the last sync made one request")

    def chapter(self, title: str) -> None:
        self.tell("")
        self.tell(click.style(f"— {title}", fg="cyan"))

    def check(self, holds: bool, what: str) -> None:
        """The demo looks at the board and the files itself, and says what it saw."""
        if not holds:
            raise DemoFailed(f"the demo did not see: {what}", "please report it")
        self.held.append(what)
        self.tell(click.style(f"  ✓ {what}", fg="green"))

    def follow(self, seen: str) -> None:
        """Take in whatever happens on the board after its version `seen`, until Ctrl-C."""
        while True:
            now = self.sandbox.store.version
            if now != seen:
                self.run("git", "lspec", "sync", codes=(0, 1))
            if self.run("git", "status", "--porcelain", "--untracked-files=no", shown=False):
                self.run("git", "diff", "-U0")
                self.commit("Take in what moved on the board")
                self.run("git", "lspec", "sync", shown=False, codes=(0, 1))
            seen = now
            time.sleep(POLL_SECONDS)


def _spec(status: str, priority: str, tags: tuple[str, ...], title: str) -> str:
    listed = "".join(f"  - {tag}\n" for tag in tags)
    badge = (
        f"> **Status**: {BADGES[status]} · **Priority**: {priority.capitalize()} · **Created**: 2026-01-05"
    )
    return (
        f"---\nstatus: {status}\ncreated: '2026-01-05'\ntags:\n{listed}priority: {priority}\n---\n\n"
        f"# {title}\n\n{badge}\n\n## Overview\n\nWhat and why.\n"
    )
