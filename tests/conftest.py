"""Fixtures for every test: a sealed environment, real repositories, and where outside parts are."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
# The same cases in every run: whether a change may land must not hang on luck. Elsewhere they are new.
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=200,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

TOP = Path(__file__).resolve().parent.parent
PASSED_ON = {
    "LSPEC_NO_SKIPS",
    "PATH",
    "LANG",
    "TMPDIR",
    "CI",
    "LSPEC_SHARED",
    "LSPEC_NODE",
    "LSPEC_GIT_NEW",
    "HYPOTHESIS_PROFILE",
    "VIRTUAL_ENV",
}


def pytest_configure() -> None:
    """Let children be interrupted also where whoever started pytest ignores SIGINT (nohup, say)."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


LIVE = ("LSPEC_LIVE_GITHUB_REPO", "GITHUB_TOKEN")
"""What `pytest -m live` needs to be told in the environment."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Tests against a real project are there only where they were asked for and a project is named."""
    if not collection_path.is_relative_to(TOP / "tests" / "live"):
        return None
    asked = config.getoption("markexpr") == "live"
    return None if asked and all(os.environ.get(name) for name in LIVE) else True


def pytest_report_header(config: pytest.Config) -> str:
    """Says what is missing, to somebody who asked for them."""
    missing = [name for name in LIVE if not os.environ.get(name)]
    return f"live: set {' and '.join(missing)}" if missing and config.getoption("markexpr") == "live" else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is meant to be installed, a test that skips because it needs a part has failed.

    What a tracker declares not to offer (deleting, say) is another matter: that skip says no `needs`.
    """
    report = yield
    if report.skipped and "LSPEC_NO_SKIPS" in os.environ and "needs " in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def hermetic_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Own HOME and git config, fixed identity, no inherited variable that could change an outcome."""
    home = tmp_path / "home"
    home.mkdir()
    for name in list(os.environ):
        if name not in PASSED_ON and not name.startswith(("PYTEST", "COV")):
            monkeypatch.delenv(name)
    config = home / ".gitconfig"
    config.write_text(
        "[user]\n\tname = Ada Test\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
        "[commit]\n\tgpgSign = false\n[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    monkeypatch.setenv("GIT_EDITOR", "false")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("PYTHONUTF8", "1")
    yield home


@dataclass(frozen=True)
class Repo:
    """A real repository with the few verbs that tests need."""

    path: Path

    def git(
        self, *args: str, stdin: bytes = b"", env: dict[str, str] | None = None, check: bool = True
    ) -> str:
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            env={**os.environ, **(env or {})},
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"git {' '.join(args)}: {done.returncode}\n{done.stdout!r}\n{done.stderr!r}")
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, path: str, data: str | bytes) -> Path:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return file

    def commit(
        self, files: dict[str, str | bytes] | None = None, message: str = "edit", when: int = 0
    ) -> str:
        """Write files, commit all, and return the commit. `when` is seconds since 2026-01-01 UTC."""
        for path, data in (files or {}).items():
            self.write(path, data)
        stamp = f"{1767225600 + when} +0000"
        self.git("add", "-A")
        self.git(
            "commit",
            "-qm",
            message,
            "--allow-empty",
            env={"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp},
        )
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository on branch main."""
    path = tmp_path / "repo"
    path.mkdir()
    made = Repo(path)
    made.git("init", "-q")
    return made


def shared_folder() -> Path:
    """Where real histories and contracts lie, beside the checkout or named by LSPEC_SHARED."""
    return Path(os.environ.get("LSPEC_SHARED", TOP.parent / "shared"))


@pytest.fixture
def shared() -> Path:
    folder = shared_folder()
    if not folder.is_dir():
        pytest.skip(f"needs the shared corpus (LSPEC_SHARED), absent at {folder.name}/")
    return folder


def node_folder() -> Path:
    """The folder whose node_modules hold the npm parts (LSPEC_NODE, or the checkout itself)."""
    return Path(os.environ.get("LSPEC_NODE", TOP))
