"""The door for plug-ins, with real package metadata on the path."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lspec_git.adapters.base import Connection
from lspec_git.adapters.github import GitHubAdapter
from lspec_git.adapters.registry import connect, names
from lspec_git.errors import ConfigError
from lspec_git.testing.memory import MemoryAdapter

HERE = Connection("octocat/specs", "https://api.github.com", "tok")


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
    (site / f"{module}.py").write_text(code)
    sys.modules.pop(module, None)


def test_an_adapter_of_another_package_comes_through_the_same_door(site: Path) -> None:
    code = "from lspec_git.testing.memory import *\ndef make(_): return MemoryAdapter(MemoryTracker())\n"
    install(site, "one", "elsewhere = plugin_one:make\nhub = lspec_git.adapters.github:GitHubAdapter", code)
    assert {"elsewhere", "hub"} <= set(names())
    assert isinstance(connect("elsewhere", HERE), MemoryAdapter)
    assert isinstance(connect("hub", HERE), GitHubAdapter)


def test_an_unknown_name_lists_what_is_installed(site: Path) -> None:
    install(site, "one", "elsewhere = plugin_one:make")
    with pytest.raises(ConfigError, match=r"no tracker `nope`; installed are: .*elsewhere"):
        connect("nope", HERE)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import nothing_like_this", "ModuleNotFoundError"),
        ("raise RuntimeError('at\\nimport')", "RuntimeError: at import"),
        ("", "AttributeError"),
        ("def make(connection): raise KeyError('x')", "KeyError"),
        ("def make(connection): return object()", "makes no PMAdapter"),
    ],
)
def test_a_broken_plugin_names_its_package(site: Path, code: str, says: str) -> None:
    install(site, "bad", "broken = plugin_bad:make", code)
    with pytest.raises(ConfigError) as caught:
        connect("broken", HERE)
    assert "package bad is broken" in caught.value.message
    assert says in caught.value.message
    assert "\n" not in caught.value.message


def test_what_an_adapter_says_of_a_connection_comes_through(site: Path) -> None:
    install(site, "one", "hub = lspec_git.adapters.github:GitHubAdapter")
    with pytest.raises(ConfigError, match="owner/name"):
        connect("hub", Connection("nonsense", "https://api.github.com"))


def test_a_name_that_two_packages_offer_is_refused(site: Path) -> None:
    install(site, "one", "twice = plugin_one:make")
    install(site, "two", "twice = plugin_two:make")
    with pytest.raises(ConfigError, match="several packages offer the tracker `twice`: one, two"):
        connect("twice", HERE)
