"""Where LeanSpec keeps its specs: its config's folder names, and which paths are specs.

Knows LeanSpec's layouts through time (date folders, flat, `archived/`). It reads what it is given.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from lspec_git.core.places import ARCHIVED, archived, name_at
from lspec_git.core.spec import FieldName, SpecId, Values
from lspec_git.errors import ConfigError

LAYOUT_FILES: Final = (".lean-spec/config.json", ".lean-spec/config.yaml", ".lspec/config.json")
"""LeanSpec's configs, the one that its `init` writes first; the first that is there counts."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A specs' folder, relative to where the config's paths start, and the file that is the spec."""

    root: str = "specs"
    default_file: str = "README.md"


def parse_layout(files: Mapping[str, str], base: str = "") -> Layout:
    """The layout that the present ones of `LAYOUT_FILES` (path to text) describe. Raises ConfigError.

    `base` (empty, or with a slash at its end) is the folder that they lie in, for errors.
    """
    for path in LAYOUT_FILES:
        text = files.get(path)
        if text is not None:
            return _layout(base + path, _load(base + path, text))
    return Layout()


def _load(path: str, text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
    except json.JSONDecodeError as error:
        raise _broken(f"{path}:{error.lineno}:{error.colno}: {error.msg}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise _broken(f"{path}{place}: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _broken(f"{path}: cannot be parsed ({type(error).__name__})") from error
    if not isinstance(data, dict):
        raise _broken(f"{path}:1:1: not a mapping of options")
    return data


def _broken(message: str) -> ConfigError:
    return ConfigError(message, "Mend LeanSpec's config, then run the command again.")


def _layout(path: str, data: Mapping[str, Any]) -> Layout:
    structure = data.get("structure")
    file = structure.get("defaultFile") if isinstance(structure, dict) else None
    root = data.get("specsDir", data.get("specs_dir"))
    default = Layout()
    return Layout(
        root=_folder(path, root) if root else default.root,
        default_file=_text(path, "structure.defaultFile", file) if file else default.default_file,
    )


def _text(path: str, key: str, value: object) -> str:
    if not isinstance(value, str) or "/" in value:
        raise _broken(f"{path}: `{key}` is not the name of a file")
    return value


def _folder(path: str, value: object) -> str:
    """A folder below the top, as git names it; the empty string is the top itself."""
    if not isinstance(value, str) or value.startswith("/"):
        raise _broken(f"{path}: the specs' folder is not a path inside of the repository")
    parts = [part for part in value.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise _broken(f"{path}: the specs' folder `{value}` leads out of the repository")
    return "/".join(parts)


def spec_dirs(paths: Iterable[str], *layouts: Layout) -> Iterator[tuple[SpecId, str]]:
    """The specs among the paths (relative, with `/`), in their order."""
    for path in paths:
        if spec := spec_of(path, *layouts):
            yield spec, path


def spec_of(path: str, *layouts: Layout) -> SpecId | None:
    """The spec that a path is the main file of; None for other files, sub-specs, and a spec inside of a spec.

    The spec's folder is `NN-name`, below any grouping folders; a date such as `2025-11` is such a group.
    """
    return next((spec for layout in layouts if (spec := _spec_of(path, layout))), None)


def _spec_of(path: str, layout: Layout) -> SpecId | None:
    name = name_at(path, layout.root, layout.default_file)
    return None if name is None else SpecId(layout.root, name)


def effective_status(values: Values, path: str) -> str:
    """The spec's status; `archived` for all in a legacy `archived/` folder, whatever the frontmatter says."""
    return ARCHIVED if archived(path) else values["status"]


def fixed_by_folder(path: str) -> frozenset[FieldName]:
    """The fields that a spec's folder decides, so that an edit of its frontmatter changes nothing."""
    return frozenset({"status"}) if archived(path) else frozenset()
