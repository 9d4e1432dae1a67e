"""Several specs roots: which folders a list stands for, which overlap, and whose a path is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.core.config import Config, TrackerConfig, label, named
from lspec_git.core.config_file import examine, listed
from lspec_git.core.leanspec import Layout
from lspec_git.core.roots import resolve, root_of, spec_name
from lspec_git.core.rules import Rule, decide, matches
from lspec_git.core.spec import SpecId
from lspec_git.core.yaml_nodes import Text
from lspec_git.errors import ConfigError
from tests.core.config_texts import KNOWN, PATH, parse

API = "services/api"
JSON = ".lean-spec/config.json"
TWO = """\
specs: [./services/api/specs/, apps/web/specs]
github:
  - repo: acme/api
    mapping: [{pattern: "services/api/**"}]
  - repo: acme/web
    policy: tracker
    mapping: [{pattern: "apps/**"}]
people:
  ada: {github: ada-l}
"""


def texts(*folders: str) -> list[Text]:
    return [Text(folder, line, 3) for line, folder in enumerate(folders, 2)]


def layouts(*folders: str, **files: str) -> list[Layout]:
    found, problems = resolve(texts(*folders), PATH, files.get)
    assert problems == ()
    return list(found)


def complaints(text: str) -> list[str]:
    config, problems = examine(text, PATH, KNOWN)
    assert config is None
    return [str(problem).removeprefix(PATH + ":") for problem in problems]


class TestResolve:
    def test_without_a_list_it_is_what_the_top_says(self) -> None:
        assert layouts() == [Layout("specs")]
        assert layouts(**{JSON: '{"specsDir": "docs", "structure": {"defaultFile": "SPEC.md"}}'}) == [
            Layout("docs", "SPEC.md")
        ]

    def test_a_listed_folder_is_a_root(self) -> None:
        assert layouts("services/api/specs", "apps/web/specs") == [
            Layout("services/api/specs"),
            Layout("apps/web/specs"),
        ]

    @pytest.mark.parametrize("place", [JSON, ".lspec/config.json"])
    @pytest.mark.parametrize("entry", [API, f"{API}/docs/specs"], ids=["the project", "its folder"])
    def test_a_projects_own_config_tells_folder_and_file(self, place: str, entry: str) -> None:
        text = '{"specsDir": "docs/specs", "structure": {"defaultFile": "SPEC.md"}}'
        assert layouts(entry, **{f"{API}/{place}": text}) == [Layout(f"{API}/docs/specs", "SPEC.md")]

    def test_a_config_around_that_keeps_its_specs_elsewhere_says_nothing(self) -> None:
        text = '{"specsDir": "plans", "structure": {"defaultFile": "SPEC.md"}}'
        assert layouts(f"{API}/specs", **{JSON: text, f"{API}/{JSON}": text}) == [Layout(f"{API}/specs")]

    def test_the_top_is_a_project_too(self) -> None:
        assert layouts("", API, **{JSON: "{}", f"{API}/{JSON}": "{}"}) == [
            Layout("specs"),
            Layout(f"{API}/specs"),
        ]

    @pytest.mark.parametrize(
        ("folders", "words"),
        [
            (("a/specs", "a/specs"), "3:3: `a/specs` is `a/specs` of line 2; keep one"),
            (("a", "a/specs"), "3:3: `a/specs` overlaps `a` of line 2; keep one"),
            (("a/specs", "b", "a"), "4:3: `a` overlaps `a/specs` of line 2; keep one"),
            (("", "a"), "3:3: `a` overlaps `.` of line 2; keep one"),
        ],
    )
    def test_roots_that_overlap_are_said_with_their_place(self, folders: tuple[str, ...], words: str) -> None:
        found, problems = resolve(texts(*folders), PATH, lambda _: None)
        assert [str(problem) for problem in problems] == [f"{PATH}:{words}"]
        assert len(found) == len(folders) - 1

    def test_a_project_and_its_folder_are_one(self) -> None:
        _, problems = resolve(texts(API, f"{API}/specs"), PATH, {f"{API}/{JSON}": "{}"}.get)
        assert len(problems) == 1

    def test_names_that_only_begin_alike_do_not_overlap(self) -> None:
        assert len(layouts("a/specs", "a/specs2")) == 2

    def test_a_broken_config_of_a_project_is_named_with_its_place(self) -> None:
        with pytest.raises(ConfigError) as raised:
            layouts(API, **{f"{API}/{JSON}": "{\n oops}"})
        assert raised.value.message.startswith(f"{API}/{JSON}:2:2: ")


def test_a_path_belongs_to_the_innermost_root() -> None:
    roots = ["specs", "specs/web", "apps/specs"]
    assert root_of("specs/web/001-a/README.md", roots) == "specs/web"
    assert root_of("specs/webs/001-a/README.md", roots) == "specs"
    assert root_of("apps/001-a/README.md", roots) is None
    assert spec_name("specs/2026/001-a/README.md", roots) == "specs/001-a"
    assert spec_name("elsewhere/001-a/README.md", roots) == "elsewhere/001-a"


class TestSections:
    def test_a_tracker_may_have_several_projects(self) -> None:
        config = parse(TWO)
        assert [one.value for one in config.specs] == ["services/api/specs", "apps/web/specs"]
        assert [(one.name, one.project, one.policy.value, one.line) for one in config.trackers] == [
            ("github", "acme/api", "ask", 3),
            ("github", "acme/web", "tracker", 5),
        ]
        assert [label(config, one) for one in config.trackers] == ["github:acme/api", "github:acme/web"]

    def test_one_project_in_a_list_is_as_without(self) -> None:
        config = parse("github:\n  - repo: o/r\n    mapping: [{pattern: '**'}]\n")
        assert label(config, config.trackers[0]) == "github"

    def test_one_project_on_two_hosts_is_called_by_its_targets(self) -> None:
        text = "github:\n  - repo: o/r\n  - {repo: o/r, api_url: 'https://ghes.example.org/api/v3'}\n"
        config = parse(text)
        assert [label(config, one) for one in config.trackers] == [
            "github:github.com/o/r",
            "github:ghes.example.org/o/r",
        ]
        assert named(config, "github:o/r") == config.trackers
        assert named(config, "github:ghes.example.org/o/r") == config.trackers[1:]
        assert named(config, "ghes.example.org/O/r") == config.trackers[1:]

    def test_a_target_with_a_port_is_understood(self) -> None:
        text = "github:\n  - repo: o/r\n  - {repo: o/s, api_url: 'http://localhost:4300'}\n"
        config = parse(text)
        for system in ("localhost:4300/o/s", "github:localhost:4300/o/s", "github:o/s"):
            assert named(config, system) == config.trackers[1:]
        assert named(config, "localhost:4301/o/s") == named(config, "jira:o/s") == ()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (
                "github:\n  - repo: o/r\n  - repo: O/R\n",
                ["3:5: O/R is in line 2 already; add to its `mapping` there"],
            ),
            ("github:\n  - repo: o/r\n  - repo: bad\n", ["3:11: `repo` of github must look like owner/name"]),
            ("github:\n  - o/r\n", ["2:5: an entry of github must be keys with values"]),
            ("specs: [../x]\ngithub: {repo: o/r}\n", ["1:9: `../x` must be a folder inside the repository"]),
            ("specs: [ok, /x]\ngithub: {repo: o/r}\n", ["1:13: `/x` must be a folder inside"]),
            ("specs: {a: b}\ngithub: {repo: o/r}\n", ["1:8: `specs` must be a value or a list"]),
            ("github: []\n", ["1:1: no tracker is configured"]),
        ],
    )
    def test_what_is_wrong_is_said_with_its_place(self, text: str, words: list[str]) -> None:
        found = complaints(text)
        assert len(found) == len(words)
        assert all(one.startswith(word) for one, word in zip(found, words, strict=True)), found

    def test_the_list_can_be_read_off_a_broken_file(self) -> None:
        assert [one.value for one in listed("specs: [a, ../b]\ngithub: {rep: 1}\n", PATH)] == ["a"]
        assert listed("specs: [", PATH) == ()


PATTERN = st.sampled_from(["a/**", "b/**", "**", "a/001-*", "*/002-x", "c/**"])
RULE = PATTERN.map(lambda pattern: Rule(1, pattern=pattern)) | st.sampled_from(
    ["a/001-x", "b/002-x", "001-x"]
).map(lambda name: Rule(1, spec=name))
SECTION = st.lists(RULE, max_size=3).map(tuple)


@given(st.lists(SECTION, min_size=1, max_size=4), st.sampled_from("ab"), st.sampled_from(["001-x", "002-x"]))
def test_a_spec_belongs_to_the_first_section_that_selects_it(
    sections: list[tuple[Rule, ...]], root: str, name: str
) -> None:
    trackers = tuple(TrackerConfig("github", f"o/r{n}", "", rules=rules) for n, rules in enumerate(sections))
    spec, path = SpecId(root, name), f"{root}/{name}"
    takers = list(Config(PATH, trackers).takers("github", path, spec))
    wanted = [n for n, rules in enumerate(sections) if any(_says(rule, path, name) for rule in rules)]
    assert [trackers.index(one) for one, _ in takers] == wanted
    assert all(found == decide(one.rules, path, spec) for one, found in takers)
    assert list(Config(PATH, trackers).takers("jira", path, spec)) == []


def _says(rule: Rule, path: str, name: str) -> bool:
    return matches(rule.pattern, path) if rule.pattern else rule.spec in (path, name)
