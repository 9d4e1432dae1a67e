"""The command in a monorepo: what `check` finds, what `init` writes, and which spec a word stands for."""

from __future__ import annotations

import json

import pytest

from lspec_git.core.config import Config
from tests.cli.running import lspec, lspec_on_terminal
from tests.conftest import Repo
from tests.core.config_texts import parse

FILE = ".lspec/integrations.yml"
SPEC = "---\nstatus: planned\ncreated: 2026-01-01\n---\n\n# A spec\n"
WEB = '{"specsDir": "plans", "structure": {"defaultFile": "SPEC.md"}}'
CONFIG = """\
specs: [services/backend/specs, apps/web]
github:
  - repo: acme/backend
    mapping: [{pattern: "services/backend/specs/**"}]
  - repo: acme/web
    mapping: [{pattern: "apps/web/**"}]
"""


@pytest.fixture
def mono(repo: Repo) -> Repo:
    """A backend with folders as LeanSpec makes them, and a web app whose LeanSpec config says otherwise."""
    repo.commit(
        {
            "services/backend/specs/001-login/README.md": SPEC,
            "services/backend/specs/002-logout/README.md": SPEC,
            "services/backend/.lean-spec/config.json": '{"specsDir": "specs"}',
            "apps/web/plans/001-login/SPEC.md": SPEC,
            "apps/web/plans/003-menu/SPEC.md": SPEC,
            "apps/web/plans/003-menu/README.md": "no spec here",
            "apps/web/.lean-spec/config.json": WEB,
            FILE: CONFIG,
        }
    )
    repo.git("remote", "add", "origin", "git@github.com:Acme/Mono.git")
    return repo


def written(repo: Repo) -> Config:
    return parse((repo.path / FILE).read_text())


class TestCheck:
    def test_every_root_is_checked_by_its_own_file_name(self, mono: Repo) -> None:
        ran = lspec("check", cwd=mono.path)
        assert (ran.code, ran.out, ran.err) == (0, "", "4 specs checked: all good\n")

    def test_a_spec_in_two_sections_is_a_warning_with_both_lines(self, mono: Repo) -> None:
        mono.write(FILE, CONFIG.replace('"apps/web/**"', '"**"'))
        ran = lspec("check", cwd=mono.path)
        assert ran.code == 0
        assert ran.out == (
            f"{FILE}:6:1: warning: selects services/backend/specs/001-login and 1 more spec, "
            "which line 4 gives to github:acme/backend already\n"
        )

    def test_a_root_without_specs_is_a_warning(self, mono: Repo) -> None:
        mono.write(FILE, CONFIG.replace("apps/web]", "apps/web, apps/wep]"))
        ran = lspec("check", cwd=mono.path)
        assert (ran.code, ran.out) == (0, f"{FILE}:1:43: warning: no spec in `apps/wep`\n")

    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            ("apps/web/plans", "1:43: `apps/web/plans` is `apps/web/plans` of line 1; keep one"),
            ("services", "1:43: `services` overlaps `services/backend/specs` of line 1; keep one"),
            ("../other", "1:43: `../other` must be a folder inside the repository"),
        ],
    )
    def test_roots_in_disorder_stop_everything(self, mono: Repo, entry: str, words: str) -> None:
        mono.write(FILE, CONFIG.replace("apps/web]", f"apps/web, {entry}]"))
        ran = lspec("check", cwd=mono.path)
        assert (ran.code, ran.out) == (1, f"{FILE}:{words}\n")
        ran = lspec("status", cwd=mono.path)
        assert ran.code == 2
        assert words in ran.err

    def test_an_entry_by_a_name_that_two_roots_have_is_a_warning(self, mono: Repo) -> None:
        mono.write(FILE, CONFIG.replace("[{pattern", "[{spec: 001-login}, {pattern", 1))
        ran = lspec("check", cwd=mono.path)
        assert "warning: `001-login` is the name of 2 specs; write its folder as well" in ran.out


class TestWhichSpec:
    @pytest.mark.parametrize(
        "word",
        [
            "apps/web/plans/001-login",
            "apps/web/plans/001-login/",
            "apps/web/plans/001-login/SPEC.md",
        ],
    )
    def test_a_path_or_root_and_name(self, mono: Repo, word: str) -> None:
        ran = lspec("status", "--json", word, cwd=mono.path)
        assert [one["spec"] for one in json.loads(ran.out)["specs"]] == ["apps/web/plans/001-login"]

    @pytest.mark.parametrize("word", ["003-menu", "003"])
    def test_name_or_number_where_it_is_unique(self, mono: Repo, word: str) -> None:
        ran = lspec("status", "--json", word, cwd=mono.path)
        (found,) = json.loads(ran.out)["specs"]
        assert (found["spec"], found["tracker"], found["target"]) == (
            "apps/web/plans/003-menu",
            "github",
            "github.com/acme/web",
        )

    @pytest.mark.parametrize("word", ["001-login", "001"])
    def test_an_ambiguous_one_lists_the_candidates(self, mono: Repo, word: str) -> None:
        ran = lspec("status", word, cwd=mono.path)
        assert ran.code == 2
        assert (
            f"`{word}` could be any of apps/web/plans/001-login, services/backend/specs/001-login" in ran.err
        )

    def test_in_its_own_folder_a_name_is_a_path(self, mono: Repo) -> None:
        ran = lspec("status", "--json", "001-login", cwd=mono.path / "apps/web/plans")
        assert [one["spec"] for one in json.loads(ran.out)["specs"]] == ["apps/web/plans/001-login"]


class TestInit:
    @pytest.fixture
    def bare(self, mono: Repo) -> Repo:
        mono.git("rm", "-q", FILE)
        mono.commit(message="no config")
        return mono

    def test_leanspecs_configs_below_the_top_are_found(self, bare: Repo) -> None:
        ran = lspec("init", "--yes", cwd=bare.path)
        assert ran.code == 0, ran.err
        config = written(bare)
        assert [one.value for one in config.specs] == ["apps/web/plans", "services/backend/specs"]
        (tracker,) = config.trackers
        assert tracker.project == "Acme/Mono"
        assert [rule.pattern for rule in tracker.rules] == ["apps/web/plans/**", "services/backend/specs/**"]
        assert "4 of 4 specs" in ran.err
        assert lspec("check", cwd=bare.path).err == "4 specs checked: all good\n"

    def test_the_specs_at_the_top_stay_in(self, bare: Repo) -> None:
        bare.commit({"specs/001-top/README.md": SPEC})
        assert lspec("init", "--yes", cwd=bare.path).code == 0
        assert [one.value for one in written(bare).specs] == [
            "specs",
            "apps/web/plans",
            "services/backend/specs",
        ]

    def test_folders_with_projects_of_their_own(self, bare: Repo) -> None:
        flags = ("--specs", "services/backend=acme/backend", "--specs", "apps/web/plans=acme/web")
        ran = lspec("init", *flags, cwd=bare.path)
        assert ran.code == 0, ran.err
        config = written(bare)
        assert [one.value for one in config.specs] == ["services/backend/specs", "apps/web/plans"]
        assert [(one.project, [rule.pattern for rule in one.rules]) for one in config.trackers] == [
            ("acme/backend", ["services/backend/specs/**"]),
            ("acme/web", ["apps/web/plans/**"]),
        ]
        trusted = bare.git("config", "--global", "--get-all", "lspec.trust").splitlines()
        assert trusted == ["github.com/acme/backend", "github.com/acme/web"]
        assert lspec("check", cwd=bare.path).err == "4 specs checked: all good\n"

    def test_again_it_replaces_nothing_unasked_and_knows_the_folders(self, bare: Repo) -> None:
        assert lspec("init", "--repo", "acme/x", "--specs", "services/backend", cwd=bare.path).code == 0
        before = (bare.path / FILE).read_text()
        ran = lspec("init", "--yes", cwd=bare.path)
        assert ran.code == 2
        assert "git lspec init --force" in ran.err
        assert (bare.path / FILE).read_text() == before
        assert lspec("init", "--yes", "--force", cwd=bare.path).code == 0
        once = (bare.path / FILE).read_text()
        assert lspec("init", "--yes", "--force", cwd=bare.path).code == 0
        assert (bare.path / FILE).read_text() == once

    def test_the_questions(self, bare: Repo) -> None:
        ran = lspec_on_terminal(
            "init",
            "--create=active",
            cwd=bare.path,
            answers=[
                (r"Specs folders.*\[apps/web/plans, services/backend/specs\]: ", ""),
                (r"Project of apps/web/plans.*\[Acme/Mono\]: ", "acme/web"),
                (r"Project of services/backend/specs.*\[Acme/Mono\]: ", "acme/backend"),
                (r"let github.com/acme/web and github.com/acme/backend receive your token\?", "y"),
            ],
        )
        assert ran.code == 0, ran.out
        assert [one.project for one in written(bare).trackers] == ["acme/web", "acme/backend"]

    @pytest.mark.parametrize(
        ("flags", "words"),
        [
            (("--specs", "../x", "--repo", "a/b"), "must be a folder inside the repository"),
            (("--specs", "services/backend=bad"), "the project must look like owner/name"),
            (("--specs", "apps", "--specs", "apps/web", "--repo", "a/b"), "`apps/web/plans` overlaps `apps`"),
            (
                ("--specs", "apps/web=a/b", "--specs", "services/backend=a/c", "--pattern", "**"),
                "--pattern goes with one project",
            ),
        ],
    )
    def test_flags_that_make_no_sense(self, bare: Repo, flags: tuple[str, ...], words: str) -> None:
        ran = lspec("init", *flags, cwd=bare.path)
        assert ran.code == 2
        assert words in ran.err
        assert not (bare.path / FILE).exists()
