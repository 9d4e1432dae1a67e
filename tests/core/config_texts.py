"""Config files for the tests to read."""

from __future__ import annotations

from lspec_git.core.config import TrackerConfig, parse

PATH = ".lspec/integrations.yml"
AS_ASKED = """\
github:
  enabled: true
  repo: owner/repo
  mapping:
    - spec: "specs/20251103/019-mcp-server"
      issue: 123
      sync: bidirectional  # or push-only, pull-only
    - pattern: "specs/**/*-api-*"
      label: "api"
      project: "Backend Roadmap"
"""


def only(text: str) -> TrackerConfig:
    (tracker,) = parse(text, PATH).trackers
    return tracker


def github(lines: str) -> str:
    return "github:\n  repo: o/r\n" + "".join(f"  {line}\n" for line in lines.splitlines())
