"""The `integrations.yml` that a new user starts from: complete, short, and explained where it is read."""

from __future__ import annotations

import re
from typing import Final

from lspec_git.core.rules import Create
from lspec_git.core.tracker import Tracker

TEMPLATE: Final = """\
# Which specs are kept in step with which tracker. A spec that no entry names is never touched.
# After an edit: git lspec check; then git lspec sync --dry-run shows what would happen.
{name}:
  enabled: true
  {key}: {project}
{api_url}  create: {create}   # new items for specs not yet complete or archived (active), for all, or none
  mapping:
{entries}
    # One spec and its existing issue, with a direction (bidirectional, push-only or pull-only):
    # - spec: specs/019-mcp-server
    #   issue: 123
    #   sync: push-only

{state}# Logins of the people that specs are assigned to:
# people:
#   ada: {{{name}: ada-lovelace}}
"""


def template(
    name: str,
    tracker: Tracker,
    project: str,
    patterns: tuple[str, ...],
    *,
    api_url: str = "",
    create: Create = Create.ACTIVE,
    remote: str = "origin",
) -> str:
    """The file that `init` writes; `parse` reads it."""
    return TEMPLATE.format(
        name=name,
        key=tracker.project,
        project=_quoted(project),
        api_url=f"  api_url: {_quoted(api_url)}\n" if api_url and api_url != tracker.api_url else "",
        create=create.value,
        state=f"state:\n  remote: {_quoted(remote)}   # where the notes are shared\n\n"
        if remote != "origin"
        else "",
        entries="\n".join(f"    - pattern: {_quoted(pattern)}" for pattern in patterns),
    )


def _quoted(value: str) -> str:
    """As a YAML scalar: bare where that is surely one, else between single quotes."""
    return value if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", value) else "'" + value.replace("'", "''") + "'"
