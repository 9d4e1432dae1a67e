"""LeanSpec's own config and layouts: where specs are, and which files are one."""

from __future__ import annotations

import pytest

from lspec_git.core.leanspec import Layout, effective_status, parse_layout, spec_dirs, spec_of
from lspec_git.core.spec import SpecId
from lspec_git.errors import ConfigError

JSON, YAML, OLD = ".lean-spec/config.json", ".lean-spec/config.yaml", ".lspec/config.json"


@pytest.mark.parametrize(
    ("files", "layout"),
    [
        ({}, Layout("specs", "README.md")),
        ({JSON: "{}"}, Layout()),
        (
            {JSON: '{"specsDir": "./docs/specs/", "structure": {"defaultFile": "SPEC.md"}}'},
            Layout("docs/specs", "SPEC.md"),
        ),
        ({YAML: "specs_dir: plans\n"}, Layout("plans")),
        ({OLD: '{"specsDir": "old", "structure": {"pattern": "{date}/{seq}-{name}/"}}'}, Layout("old")),
        ({OLD: '{"specsDir": "old"}', JSON: '{"specsDir": "new"}', YAML: "specs_dir: other"}, Layout("new")),
        ({JSON: '{"specsDir": "."}'}, Layout("")),
    ],
)
def test_the_layout(files: dict[str, str], layout: Layout) -> None:
    assert parse_layout(files) == layout


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({JSON: '{"specsDir":\n oops}'}, f"{JSON}:2:2: "),
        ({JSON: "[]"}, "not a mapping"),
        ({YAML: "a: [b\n"}, f"{YAML}:2:1: "),
        ({YAML: "a: \x07"}, "cannot be parsed"),
        ({YAML: "a: !!python/object:os.system x"}, "could not determine a constructor"),
        ({JSON: '{"specsDir": "../other"}'}, "leads out of the repository"),
        ({JSON: '{"specsDir": "/etc"}'}, "not a path inside"),
        ({JSON: '{"specsDir": 3}'}, "not a path inside"),
        ({JSON: '{"structure": {"defaultFile": "a/b.md"}}'}, "not the name of a file"),
    ],
)
def test_a_broken_config_is_said(files: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=r".") as raised:
        parse_layout(files)
    assert words in raised.value.message
    assert raised.value.advice


def test_specs_among_paths() -> None:
    paths = [
        "README.md",
        "specs/README.md",
        "specs/001-flat/README.md",
        "specs/001-flat/DESIGN.md",
        "specs/001-flat/002-inside/README.md",
        "specs/20251103/019-dated/README.md",
        "specs/2025-11-03/020-dashed/README.md",
        "specs/2025-11/README.md",
        "specs/archived/v2/12-old/README.md",
        "specs/no-number/README.md",
        "specs/1-short/README.md",
        "specs/20251103/README.md",
        "specs/021-name\udcff/README.md",
        "specs2/003-elsewhere/README.md",
        "packages/a/specs/004-nested/README.md",
    ]
    assert [(spec.name, path) for spec, path in spec_dirs(paths, Layout())] == [
        ("001-flat", "specs/001-flat/README.md"),
        ("019-dated", "specs/20251103/019-dated/README.md"),
        ("020-dashed", "specs/2025-11-03/020-dashed/README.md"),
        ("12-old", "specs/archived/v2/12-old/README.md"),
        ("021-name\udcff", "specs/021-name\udcff/README.md"),
    ]


def test_other_roots() -> None:
    assert spec_of("packages/a/specs/004-x/README.md", Layout("packages/a/specs")) == SpecId(
        "packages/a/specs", "004-x"
    )
    assert spec_of("004-x/SPEC.md", Layout("", "SPEC.md")) == SpecId("", "004-x")
    assert spec_of("004-x/README.md", Layout("", "SPEC.md")) is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("specs/archived/001-x/README.md", "archived"),
        ("specs/archived/2025/001-x/README.md", "archived"),
        ("specs/001-x/README.md", "planned"),
        ("specs/001-archived/README.md", "planned"),
    ],
)
def test_what_lies_in_archived_is_archived(path: str, status: str) -> None:
    assert effective_status({"status": "planned"}, path) == status
