"""The program lies in the framework's cache: what is left when that is cleaned, or filled anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frameworks.framed import CONFIG, Framed
from tests.frameworks.kit import VERSIONS
from tests.hooks.stage import ALPHA, BETA

CLEAN = {"pre-commit": ("clean",), "prek": ("cache", "clean")}
GC = {"pre-commit": ("gc",), "prek": ("cache", "gc")}
UPDATE = {"pre-commit": ("autoupdate",), "prek": ("update", "--cooldown-days", "0")}


@pytest.fixture
def own(framed: Framed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Framed:
    """With caches that this test alone cleans."""
    for name, value in framed.kit.environment(tmp_path / "home-of-its-own").items():
        monkeypatch.setenv(name, value)
    made = framed.alone(tmp_path / "home-of-its-own")
    made.install()
    made.other_file("first.txt")
    made.git("commit", "-qm", "first")
    return made


def program(framed: Framed) -> Path:
    return Path(framed.repo.git("config", "lspec.setup"))


def test_gc_update_and_clean(own: Framed) -> None:
    first = program(own)
    own.run(*GC[own.name])
    assert first.exists(), "what is in use stays"
    own.said("lspec", "status")

    own.run(*UPDATE[own.name])
    assert f"rev: {VERSIONS[1]}" in (own.repo.path / CONFIG).read_text()
    own.said("lspec", "status")  # the old one still does
    own.repo.git("add", CONFIG)
    own.git("commit", "-qm", "update")
    second = program(own)
    assert second != first
    own.run(*GC[own.name])
    assert (first.exists(), second.exists()) == (False, True)
    own.said("lspec", "status")

    own.run(*CLEAN[own.name])
    said = own.said("lspec", "status", code=2)
    again = f"{own.name} run lspec-setup --all-files"
    assert said == f"error: the git lspec of {own.name} is gone from its cache; bring it back with: {again}\n"
    _merge_falls_back(own)
    own.run(*again.split(" ")[1:])
    own.said("lspec", "status")
    assert program(own).exists()


def _merge_falls_back(own: Framed) -> None:
    """Without its program the driver is git's own text merge: never one side without a word."""
    own.unseen("switch", "-qc", "side")
    own.somebody(ALPHA, "complete")
    own.unseen("switch", "-q", "main")
    own.somebody(ALPHA, "archived")
    said = own.repo.git("-c", "core.hooksPath=/dev/null", "merge", "side", check=False)
    assert "CONFLICT" in said
    text = own.world.path(ALPHA).read_text()
    assert "<<<<<<< ours" in text
    assert "status: complete" in text
    assert "status: archived" in text
    own.unseen("merge", "--abort")
    assert own.status(BETA) == "planned"
