"""Which paths are specs, by their names alone. Imports little on purpose: see `words`."""

from __future__ import annotations

import re

ARCHIVED = "archived"
_SPEC_DIR = re.compile(r"\d{2,}-")
_DATE_DIR = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")


def name_at(path: str, root: str, default_file: str) -> str | None:
    """The name of the spec of `root` whose main file is at `path`; None: it is no such file.

    The spec's folder is `NN-name`, below any grouping folders; a date such as `2025-11` is such a group.
    """
    top = root + "/" if root else ""
    if not path.startswith(top):
        return None
    *groups, file = path[len(top) :].split("/")
    if file != default_file or not groups or not _is_spec_dir(groups[-1]):
        return None
    return None if any(map(_is_spec_dir, groups[:-1])) else groups[-1]


def archived(path: str) -> bool:
    """Whether a file lies in a legacy `archived/` folder: then that is the status, whatever the spec says."""
    return ARCHIVED in path.split("/")[:-2]


def _is_spec_dir(name: str) -> bool:
    return _SPEC_DIR.match(name) is not None and _DATE_DIR.fullmatch(name) is None
