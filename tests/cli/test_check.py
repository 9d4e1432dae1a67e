"""`check`: problems as linters print them, of all specs or of some, and of the config."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import lspec
from tests.conftest import Repo

GOOD = "---\nstatus: planned\ncreated: 2026-01-01\n---\n\n# A spec\n"
BAD = "---\nstatus: [planned\n---\n\n# A spec\n"
CONFIG = "github:\n  repo: octocat/specs\n  mapping:\n    - pattern: specs/**\n"


@pytest.fixture
def specs(repo: Repo) -> Repo:
    repo.commit(
        {
            "specs/001-one/README.md": GOOD,
            "specs/20260101/002-two/README.md": GOOD,
            "specs/001-one/DESIGN.md": "no frontmatter, and no spec",
            "specs/README.md": "an index",
            ".lspec/integrations.yml": CONFIG,
        }
    )
    return repo


def test_good_specs(specs: Repo) -> None:
    ran = lspec("check", cwd=specs.path)
    assert (ran.code, ran.out, ran.err) == (0, "", "2 specs checked: all good\n")


def test_bad_ones_are_told_by_file_line_and_column_and_the_rest_goes_on(specs: Repo) -> None:
    specs.write("specs/003-three/README.md", BAD)
    specs.write("specs/004-four/README.md", b"---\nstatus: planned\n---\n# \xff\n")
    specs.write("specs/005-five/README.md", "# no frontmatter\n")
    ran = lspec("check", cwd=specs.path)
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert [line.partition(": ")[0].rsplit(":", 2)[0] for line in lines] == [
        "specs/003-three/README.md",
        "specs/004-four/README.md",
        "specs/005-five/README.md",
    ]
    assert lines[1].startswith("specs/004-four/README.md:4:3: not UTF-8")
    assert ran.err == "5 specs checked: 3 problems\n"


def test_json(specs: Repo) -> None:
    specs.write("specs/003-three/README.md", BAD)
    ran = lspec("check", "--json", cwd=specs.path)
    assert (ran.code, ran.err) == (1, "")
    told = json.loads(ran.out)
    assert (told["version"], told["checked"]) == (1, 3)
    (problem,) = told["problems"]
    assert problem["path"] == "specs/003-three/README.md"
    assert problem["fatal"] is True
    assert problem["line"] >= 2


def test_files_that_are_named(specs: Repo) -> None:
    specs.write("specs/003-three/README.md", BAD)
    assert lspec("check", "specs/001-one/README.md", "specs/20260101", cwd=specs.path).err.startswith(
        "2 specs"
    )
    ran = lspec("check", "specs/003-three", cwd=specs.path)
    assert (ran.code, ran.err) == (1, "1 spec checked: 1 problem\n")
    ran = lspec("check", "specs/001-one/DESIGN.md", cwd=specs.path)
    assert (ran.code, ran.err) == (
        0,
        "specs/001-one/DESIGN.md: no spec, skipped\n0 specs checked: all good\n",
    )


def test_paths_are_as_seen_from_the_current_folder(specs: Repo) -> None:
    specs.write("specs/003-three/README.md", BAD)
    assert lspec("check", cwd=specs.path / "specs" / "003-three").out.startswith("README.md:")
    assert lspec("check", "README.md", cwd=specs.path / "specs" / "003-three").out.startswith("README.md:")
    assert lspec("check", cwd=specs.path / "specs" / "001-one").out.startswith("../003-three/README.md:")


@pytest.mark.parametrize("name", ["nowhere/README.md", "..", "/etc/passwd"])
def test_names_of_nothing_here(specs: Repo, name: str) -> None:
    ran = lspec("check", name, cwd=specs.path)
    assert (ran.code, ran.out) == (2, "")
    assert name in ran.err


def test_ignored_and_deleted_specs_are_left_out(specs: Repo) -> None:
    specs.write(".gitignore", "specs/009-*/\n")
    specs.write("specs/009-ignored/README.md", BAD)
    (specs.path / "specs/001-one/README.md").unlink()
    assert lspec("check", cwd=specs.path).err == "1 spec checked: all good\n"


def test_a_symlink_is_no_spec(specs: Repo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("secret\n")
    (specs.path / "specs/003-three").mkdir()
    (specs.path / "specs/003-three/README.md").symlink_to(tmp_path / "elsewhere")
    ran = lspec("check", cwd=specs.path)
    assert ran.code == 1
    assert ran.out == "specs/003-three/README.md:1:1: a symbolic link; specs are plain files\n"


def test_two_specs_of_one_name(specs: Repo) -> None:
    specs.write("specs/archived/001-one/README.md", GOOD)
    ran = lspec("check", cwd=specs.path)
    assert ran.code == 1
    assert ran.out == (
        "specs/archived/001-one/README.md:1:1: `001-one` is the name of specs/001-one/README.md already; "
        "rename one\n"
    )


def test_the_folder_comes_from_leanspecs_own_config(specs: Repo) -> None:
    specs.write(".lean-spec/config.json", '{"specsDir": "docs/specs"}')
    specs.write("docs/specs/007-x/README.md", BAD)
    ran = lspec("check", cwd=specs.path)
    assert ran.code == 1
    assert "docs/specs/007-x/README.md:" in ran.out


def test_a_bad_config_is_told_like_a_bad_spec(specs: Repo) -> None:
    specs.write(".lspec/integrations.yml", CONFIG + "  limits: 3\n")
    for args in ([], [".lspec/integrations.yml"]):
        ran = lspec("check", *args, cwd=specs.path)
        assert ran.code == 1
        assert ran.out == (
            ".lspec/integrations.yml:5:3: unknown key `limits` in github; did you mean `limit`?\n"
        )


def test_a_config_that_is_not_utf8(specs: Repo) -> None:
    specs.write(".lspec/integrations.yml", b"github:\n  repo: \xff\n")
    assert lspec("check", cwd=specs.path).out == ".lspec/integrations.yml:2:1: not UTF-8\n"


def test_two_configs(specs: Repo) -> None:
    specs.write(".lean-spec/integrations.yml", CONFIG)
    ran = lspec("check", cwd=specs.path)
    assert ran.code == 1
    assert ".lean-spec/integrations.yml:1:1: .lspec/integrations.yml is there, too" in ran.out


def test_rules_that_stand_for_no_spec_are_worth_a_warning(specs: Repo) -> None:
    specs.write(
        ".lspec/integrations.yml",
        CONFIG + "    - pattern: spec/**\n    - spec: specs/009-nine\n    - spec: specs/moved/001-one\n",
    )
    ran = lspec("check", cwd=specs.path)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        ".lspec/integrations.yml:5:1: warning: `spec/**` matches no spec",
        ".lspec/integrations.yml:6:1: warning: spec `specs/009-nine` is not here",
    ]
    assert ran.err == "2 specs checked: 2 warnings\n"


def test_no_spec_at_all_is_worth_a_warning(repo: Repo) -> None:
    ran = lspec("check", cwd=repo.path)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("warning: no spec in specs/")


def test_a_bare_repository_has_nothing_to_check(repo: Repo) -> None:
    repo.git("clone", "-q", "--bare", ".", "bare.git")
    ran = lspec("check", cwd=repo.path / "bare.git")
    assert ran.code == 2
    assert "bare" in ran.err
