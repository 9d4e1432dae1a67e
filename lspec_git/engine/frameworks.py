"""What pre-commit or prek are told to run of ours in a project, and where they are installed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from lspec_git.checkout import Worktree
from lspec_git.git import hookfiles
from lspec_git.git.hooktext import NAMES

FILES: Final = (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml")
STAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "lspec-check": ("pre-commit",),
    "lspec-sync": ("post-commit", "post-merge", "post-rewrite"),
    "lspec-notes": ("pre-push",),
}
"""At which stages our hooks do something."""
_ID: Final = re.compile(r"\bid\b\W+(lspec-[a-z]+)\b")


@dataclass(frozen=True, slots=True)
class Framework:
    """One of the two, as the project's `file` has it."""

    file: str
    tool: str
    wanted: tuple[str, ...]
    """The hook types at which it is told to run ours."""
    installed: tuple[str, ...]
    """Those at which git starts it here."""
    by_default: tuple[str, ...]
    """Those that a plain `install` of it brings."""


def configured(tree: Worktree) -> str:
    """The file that names hooks of ours; empty where none does."""
    return next((name for name in FILES if _ID.search(tree.read(name) or "")), "")


def framework(tree: Worktree, folder: Path) -> Framework | None:
    """What is told to run our hooks, in a project whose hooks lie in `folder`; None: nothing is."""
    file = configured(tree)
    if not file:
        return None
    text = tree.read(file) or ""
    ids = set(_ID.findall(text))
    wanted = tuple(name for name in NAMES if any(name in STAGES.get(one, ()) for one in ids))
    scripts = {name: hookfiles.read(folder / name) for name in NAMES}
    # Both start their own script by this word; only prek's names itself.
    installed = {
        name: hook.data or b"" for name, hook in scripts.items() if b"hook-impl" in (hook.data or b"")
    }
    prek = file == "prek.toml" or any(b"prek" in data for data in installed.values())
    return Framework(
        file, "prek" if prek else "pre-commit", wanted, tuple(installed), _by_default(file, text)
    )


def _by_default(file: str, text: str) -> tuple[str, ...]:
    try:
        found: Any = tomllib.loads(text) if file.endswith(".toml") else yaml.safe_load(text)
        types = found["default_install_hook_types"]
    except (ValueError, yaml.YAMLError, KeyError, TypeError):
        return ("pre-commit",)
    return tuple(map(str, types)) if isinstance(types, list) else ("pre-commit",)
