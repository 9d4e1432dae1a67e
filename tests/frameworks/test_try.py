"""`try-repo`: the hooks tried before anything is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.running import Ran
from tests.conftest import Repo
from tests.e2e.worlds import spec, spec_path
from tests.frameworks.conftest import FRAMEWORKS
from tests.frameworks.kit import Kit, framework


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_try_repo(name: str, kit: Kit, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    command = framework(name)
    for variable, value in kit.environment(kit.folder / "home").items():
        monkeypatch.setenv(variable, value)
    repo.commit({spec_path("001-alpha"): spec("Alpha")})

    def tried(hook: str, code: int) -> Ran:
        args = [*command, "try-repo", str(kit.source), hook, "--all-files"]
        done = subprocess.run(args, cwd=repo.path, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    tried("lspec-check", 0)
    repo.write(spec_path("001-alpha"), "no frontmatter\n")
    repo.git("add", "-A")
    assert "specs/001-alpha/README.md:1:1: no frontmatter" in tried("lspec-check", 1).out
    tried("lspec-setup", 0)
    assert Path(repo.git("config", "lspec.setup")).name == "git-lspec"
