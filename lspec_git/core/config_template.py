"""The `integrations.yml` that a new user starts from: complete, short, and explained where it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from lspec_git.core.rules import Create
from lspec_git.core.tracker import Tracker

TEMPLATE: Final = """\
# Which specs are kept in step with which tracker. A spec that no entry names is never touched.
# After an edit: git lspec check; then git lspec sync --dry-run shows what would happen.
{specs}{name}:
{sections}
    # One spec and its existing issue, with a direction (bidirectional, push-only or pull-only):
    # - spec: specs/019-mcp-server
    #   issue: 123
    #   sync: push-only

{state}# Logins of the people that specs are assigned to:
# people:
#   ada: {{{name}: ada-lovelace}}
"""
SECTION: Final = """\
enabled: true
{key}: {project}
{api_url}create: {create}   # new items for specs not yet complete or archived (active), for all, or none
mapping:
{entries}
"""


def template(
    name: str,
    tracker: Tracker,
    projects: Mapping[str, Sequence[str]],
    *,
    specs: Sequence[str] = (),
    api_url: str = "",
    create: Create = Create.ACTIVE,
    remote: str = "origin",
) -> str:
    """The file that `init` writes, with the patterns of each project; `parse` reads it.

    `specs` are the specs' folders where the file is to list them.
    """
    sections = [_section(tracker, project, each, api_url, create) for project, each in projects.items()]
    return TEMPLATE.format(
        name=name,
        specs=f"specs:\n{_list(specs, '  ')}\n" if specs else "",
        sections=_indented(sections[0], "  ", "  ")
        if len(sections) == 1
        else "\n".join(_indented(section, "  - ", "    ") for section in sections),
        state=f"state:\n  remote: {_quoted(remote)}   # where the notes are shared\n\n"
        if remote != "origin"
        else "",
    )


def _section(tracker: Tracker, project: str, patterns: Sequence[str], api_url: str, create: Create) -> str:
    return SECTION.format(
        key=tracker.project,
        project=_quoted(project),
        api_url=f"api_url: {_quoted(api_url)}\n" if api_url and api_url != tracker.api_url else "",
        create=create.value,
        entries=_list(patterns, "  ", "pattern: "),
    )


def _list(values: Sequence[str], indent: str, key: str = "") -> str:
    return "\n".join(f"{indent}- {key}{_quoted(value)}" for value in values)


def _indented(text: str, first: str, rest: str) -> str:
    return "\n".join((first if not n else rest) + line for n, line in enumerate(text.splitlines()))


def _quoted(value: str) -> str:
    """As a YAML scalar: bare where that is surely one, else between single quotes."""
    return value if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", value) else "'" + value.replace("'", "''") + "'"
