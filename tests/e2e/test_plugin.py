"""A stranger's tracker: its package is built and installed, tested as its author would, and worked with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cli.running import Ran, lspec
from tests.conftest import TOP, Repo
from tests.e2e.worlds import spec

SOURCE = TOP / "tests" / "plugin"
TOKEN = "let-me-in"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package is installed into, from a copy of its sources and without the network."""
    source = tmp_path_factory.mktemp("author") / "plugin"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index"]
    offline = ["--no-deps", "--no-build-isolation", "--target", str(folder), str(source)]
    done = subprocess.run([*pip, *offline], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def path(site: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join((str(TOP), str(site)))}


@dataclass(frozen=True)
class Cards:
    """A box of cards that runs beside a repository, and its owner's view of both."""

    url: str
    repo: Repo
    site: Path

    def lspec(self, *args: str, code: int = 0) -> Ran:
        ran = lspec(*args, cwd=self.repo.path, env={**path(self.site), "CARDS_TOKEN": TOKEN})
        assert ran.code == code, (args, ran)
        assert "Traceback" not in ran.err
        return ran

    def ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = requests.request(
            method, f"{self.url}/boxes/inbox{path}", json=body, headers=headers, timeout=20
        )
        assert answer.ok, answer.text
        return answer.json()

    def cards(self) -> dict[str, dict[str, Any]]:
        return {card["title"]: card for card in self.ask("GET", "/cards?after=0")["cards"]}

    def configure(self, more: str) -> None:
        head = f"cards:\n  box: inbox\n  api_url: {self.url}\n  mapping: [{{pattern: 'specs/**'}}]\n"
        self.repo.write(".lspec/integrations.yml", head + more)


@pytest.fixture
def cards(repo: Repo, site: Path) -> Iterator[Cards]:
    command = [sys.executable, "-m", "lspec_git_cards.server"]
    env = {**os.environ, **path(site)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield Cards(server.stdout.readline().strip(), repo, site)
        finally:
            server.terminate()


def test_its_author_runs_the_published_suites(site: Path, tmp_path: Path) -> None:
    author = tmp_path / "plugin"
    shutil.copytree(SOURCE, author, ignore=shutil.ignore_patterns("__pycache__", "lspec_git_cards"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=author,
        env={**os.environ, **path(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed, 4 skipped", done.stdout)
    assert passed, done.stdout[-300:]
    assert int(passed[1]) > 30


def test_specs_and_cards_are_kept_in_step(cards: Cards) -> None:
    cards.repo.commit(
        {
            "specs/001-one/README.md": spec("One", "planned", "priority: high\ntags: [api]\n"),
            "specs/002-two/README.md": spec("Two", "in-progress"),
        }
    )
    cards.lspec("init", "--tracker", "cards", "--repo", "inbox", "--api-url", cards.url, "--yes")
    assert "box: inbox" in (cards.repo.path / ".lspec/integrations.yml").read_text()
    cards.repo.commit()
    cards.lspec("sync")
    made = cards.cards()
    assert {title: (card["status"], card.get("priority")) for title, card in made.items()} == {
        "One": ("todo", "2"),
        "Two": ("doing", None),
    }
    assert {card["drawer"] for card in made.values()} == {"front"}
    cards.ask("PATCH", f"/cards/{made['One']['key']}", {"status": "done"})
    text = (cards.repo.path / "specs/002-two/README.md").read_text()
    cards.repo.commit({"specs/002-two/README.md": text.replace("in-progress", "archived")}, when=60)
    cards.lspec("sync")
    assert "status: complete" in (cards.repo.path / "specs/001-one/README.md").read_text()
    assert cards.cards()["Two"]["status"] == "dropped"
    cards.repo.commit(when=120)
    states = json.loads(cards.lspec("status", "--json").out)
    assert {each["state"] for each in states["specs"]} == {"in step"}
    cards.lspec("sync", "--system", "cards")
    assert {card["count"] for card in cards.cards().values()} == {3, 4}


def test_its_own_keys_and_words_are_checked_with_their_places(cards: Cards) -> None:
    cards.repo.commit({"specs/001-one/README.md": spec("One")})
    cards.configure(
        "  drawer: middle\n  status: {complete: shredded}\n  fields: {area: x}\npeople: {ada: {crds: a}}\n"
    )
    ran = cards.lspec("check", code=1)
    file = ".lspec/integrations.yml"
    assert ran.out.splitlines() == [
        f"{file}:5:11: `middle` is no drawer; write front or back",
        f"{file}:6:22: `shredded` is no place for a card; write todo, doing, done or dropped",
        f"{file}:8:16: unknown tracker `crds`; did you mean `cards`?",
    ]
    cards.configure("  fields: {area: x}\n")
    assert "a card has no further fields" in cards.lspec("check", code=1).out
    cards.configure("  drawer: back\n  status: {draft: doing}\n")
    assert cards.lspec("check").out == ""


def test_without_the_package_its_section_is_named(cards: Cards) -> None:
    cards.repo.commit({"specs/001-one/README.md": spec("One")})
    cards.configure("")
    ran = lspec("status", cwd=cards.repo.path)
    assert ran.code == 2
    assert ".lspec/integrations.yml:1:1: no installed package offers a tracker `cards`" in ran.err


def test_status_imports_nothing_that_reaches_the_network(cards: Cards) -> None:
    cards.repo.commit({"specs/001-one/README.md": spec("One")})
    cards.configure("github:\n  repo: octocat/specs\n  mapping: [{pattern: 'specs/**'}]\n")
    program = (
        "import sys; from lspec_git.__main__ import main\ncode = main(['status'])\n"
        "print({'requests', 'urllib3', 'jira', 'flask'} & set(sys.modules))\n"
        "print('lspec_git_cards' in sys.modules, code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=cards.repo.path,
        env={**os.environ, **path(cards.site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-2:] == ["set()", "True 0"]
