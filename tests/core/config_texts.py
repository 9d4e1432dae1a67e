"""Config files for the tests to read."""

from __future__ import annotations

from lspec_git.adapters.github_tracker import TRACKER
from lspec_git.core.config import Config, TrackerConfig
from lspec_git.core.config_file import Trackers
from lspec_git.core.config_file import parse as parse_config
from lspec_git.core.lenses import TitleLens
from lspec_git.core.tracker import Complaint, Settings, Tracker
from lspec_git.core.vocabulary import Vocabulary

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


def _planks(settings: Settings) -> Vocabulary:
    if settings.fields:
        raise ValueError("planks have no fields")
    return Vocabulary({"title": TitleLens()})


def _complaints(settings: Settings) -> tuple[Complaint, ...]:
    known = settings.own["wood"] in ("oak", "ash")
    return () if known else (Complaint("", "wood", f"`{settings.own['wood']}` is no wood"),)


PLANKS = Tracker(
    _planks,
    lambda connection: connection,
    keys={"wood": "oak", "length": ""},
    complaints=_complaints,
    login_problem=lambda login: "is no carpenter" if login == "nobody" else "",
)
"""A tracker of another package: no API of its own to assume, keys of its own, and few words."""
KNOWN: Trackers = {"github": TRACKER, "planks": PLANKS}


def parse(text: str) -> Config:
    return parse_config(text, PATH, KNOWN)


def only(text: str) -> TrackerConfig:
    (tracker,) = parse(text).trackers
    return tracker


def github(lines: str) -> str:
    return "github:\n  repo: o/r\n" + "".join(f"  {line}\n" for line in lines.splitlines())
