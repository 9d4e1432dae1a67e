"""The door for plug-ins, with real package metadata on the path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lspec_git.adapters.base import Connection
from lspec_git.adapters.github import GitHubAdapter
from lspec_git.adapters.github_tracker import TRACKER
from lspec_git.adapters.registry import connect
from lspec_git.errors import ConfigError
from lspec_git.testing.memory import MemoryAdapter
from lspec_git.trackers import installed
from tests.cli.running import environment

HERE = Connection("octocat/specs", "https://api.github.com", "tok")
HEAD = """\
from lspec_git.core.tracker import Tracker
from lspec_git.core.vocabulary import Vocabulary
from lspec_git.testing.memory import MemoryAdapter, MemoryTracker
def tracker(connect):
    return Tracker(lambda _: Vocabulary({}), connect)
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages can be put into."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def install(site: Path, package: str, entries: str, code: str = "") -> None:
    info = site / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[lspec_git.adapters]\n{entries}\n")
    module = f"plugin_{package}"
    (site / f"{module}.py").write_text(HEAD + code)
    sys.modules.pop(module, None)


def test_github_comes_through_the_same_door_as_any_other_package(site: Path) -> None:
    code = "elsewhere = tracker(lambda _: MemoryAdapter(MemoryTracker()))\n"
    install(site, "one", "elsewhere = plugin_one:elsewhere", code)
    assert {"elsewhere", "github"} <= set(installed())
    assert isinstance(connect("elsewhere", HERE), MemoryAdapter)
    assert isinstance(connect("github", HERE), GitHubAdapter)
    assert installed()["github"] is TRACKER


def test_an_unknown_name_lists_what_is_installed(site: Path) -> None:
    install(site, "one", "elsewhere = plugin_one:elsewhere")
    with pytest.raises(ConfigError, match=r"no tracker `nope`; installed are: elsewhere, github"):
        connect("nope", HERE)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import nothing_like_this", "ModuleNotFoundError"),
        ("raise RuntimeError('at\\nimport')", "RuntimeError: at import"),
        ("", "AttributeError"),
        ("made = lambda connection: None", "is no core.tracker.Tracker"),
        ("def refuse(connection): raise KeyError('x')\nmade = tracker(refuse)", "KeyError"),
        ("made = tracker(lambda connection: object())", "no PMAdapter"),
    ],
)
def test_a_broken_plugin_names_its_package(site: Path, code: str, says: str) -> None:
    install(site, "bad", "broken = plugin_bad:made", code)
    with pytest.raises(ConfigError) as caught:
        connect("broken", HERE)
    assert "package bad is broken" in caught.value.message
    assert says in caught.value.message
    assert "\n" not in caught.value.message


def test_a_broken_plugin_that_nobody_uses_harms_nobody(site: Path) -> None:
    install(site, "bad", "broken = plugin_bad:made", "raise RuntimeError")
    assert "broken" in installed()
    assert isinstance(connect("github", HERE), GitHubAdapter)


def test_what_an_adapter_says_of_a_connection_comes_through() -> None:
    with pytest.raises(ConfigError, match="owner/name"):
        connect("github", Connection("nonsense", "https://api.github.com"))


def test_a_name_that_two_packages_offer_is_refused(site: Path) -> None:
    install(site, "one", "twice = plugin_one:made")
    install(site, "two", "twice = plugin_two:made")
    with pytest.raises(ConfigError, match="several packages offer the tracker `twice`: one, two"):
        connect("twice", HERE)


def test_what_the_door_hands_out_reaches_no_network() -> None:
    """`git lspec status` and `check` need the vocabularies, and neither requests, jira nor Flask."""
    code = (
        "import sys\nfrom lspec_git.core.tracker import Settings\nfrom lspec_git.trackers import installed\n"
        "installed()['github'].vocabulary(Settings())\n"
        "print(*{'requests', 'urllib3', 'jira', 'flask', 'http.client'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment()
    )
    assert done.stdout == "\n"
