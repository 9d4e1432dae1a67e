"""The config file that `init` writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lspec_git.adapters.github_tracker import TRACKER
from lspec_git.core.config_template import template
from lspec_git.core.rules import Create
from tests.core.config_texts import parse

NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,8}", fullmatch=True)
SEGMENT = st.text("ab*?[]'\":# {}-é", min_size=1, max_size=8).filter(lambda text: text == text.strip())
GLOB = st.lists(SEGMENT, min_size=1, max_size=3).map("/".join)


@given(NAME, NAME, st.lists(GLOB, min_size=1, max_size=3, unique=True), st.sampled_from(Create))
def test_what_init_writes_is_read_back(owner: str, name: str, patterns: list[str], create: Create) -> None:
    wanted = tuple(patterns)
    text = template(
        "github",
        TRACKER,
        {f"{owner}/{name}": wanted},
        api_url="https://g.example/api/v3",
        create=create,
        remote="up",
    )
    config = parse(text)
    (tracker,) = config.trackers
    assert (tracker.project, tracker.api_url) == (f"{owner}/{name}", "https://g.example/api/v3")
    assert tuple(rule.pattern for rule in tracker.rules) == wanted
    assert {rule.create for rule in tracker.rules} == {create}
    assert config.state.remote == "up"


@given(st.lists(NAME, min_size=2, max_size=4, unique_by=str.lower), GLOB)
def test_several_folders_and_projects_are_read_back(names: list[str], pattern: str) -> None:
    projects = {f"acme/{name}": [f"{name}/**", pattern] for name in names}
    config = parse(template("github", TRACKER, projects, specs=[*names, "."]))
    assert [one.value for one in config.specs] == [*names, ""]
    assert {one.project: [rule.pattern for rule in one.rules] for one in config.trackers} == projects


def test_the_default_api_is_left_out_of_the_file() -> None:
    assert "api_url" not in template(
        "github", TRACKER, {"o/r": ["specs/**"]}, api_url="https://api.github.com"
    )
