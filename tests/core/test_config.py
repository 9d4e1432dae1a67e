"""The config file: what it says, and what is wrong with it and where."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.core.config import Claims, Policy, Publish, State, Tags, target
from lspec_git.core.config_file import examine
from lspec_git.core.rules import Create, Rule, Sync
from lspec_git.core.tracker import Tracker
from lspec_git.errors import ConfigError
from tests.core.config_texts import AS_ASKED, KNOWN, PATH, github, only, parse

EVERYTHING = """\
github:
  enabled: yes
  repo: octocat/specs
  api_url: https://ghes.example.org:8443/api/v3/
  sync: push-only
  create: none
  policy: newest
  tags: all
  limit: 50
  status: {in_progress: open + doing, complete: closed}
  priority: {high: P1, urgent: P0}
  fields: {component: 'area:*'}
  mapping:
    - {spec: ./specs/001-a/, issue: '#7', sync: pull-only, create: all}
    - {pattern: specs/**, label: [spec, 'from git']}
people:
  ada: {github: ada-l, planks: 5b10ac}
  bob: {github: 'bob[bot]'}
state: {remote: upstream, lease: 600, lag: 90, flight: 30}
claims: local
publish: push
branches: [main, 'release/*']
"""


def complaints(text: str) -> list[str]:
    config, problems = examine(text, PATH, KNOWN)
    assert config is None
    return [str(problem).removeprefix(PATH + ":") for problem in problems]


def test_the_documented_example_is_understood() -> None:
    tracker = only(AS_ASKED)
    assert (tracker.name, tracker.enabled, tracker.project) == ("github", True, "owner/repo")
    assert tracker.api_url == "https://api.github.com"
    assert tracker.rules == (
        Rule(line=5, spec="specs/20251103/019-mcp-server", issue="123"),
        Rule(line=8, pattern="specs/**/*-api-*", labels=("api",), board="Backend Roadmap"),
    )
    assert (tracker.sync, tracker.create, tracker.policy) == (Sync.BIDIRECTIONAL, Create.ACTIVE, Policy.ASK)
    assert (tracker.tags, tracker.limit) == (Tags.KNOWN, None)
    config = parse(AS_ASKED)
    assert config.state == State("origin", 300, 60, 45)
    assert (config.claims, config.publish, config.branches) == (Claims.SHARED, Publish.COMMIT, ())


def test_every_key_is_read() -> None:
    config = parse(EVERYTHING)
    (tracker,) = config.trackers
    assert tracker.api_url == "https://ghes.example.org:8443/api/v3"
    assert (tracker.sync, tracker.create) == (Sync.PUSH_ONLY, Create.NONE)
    assert (tracker.policy, tracker.tags, tracker.limit) == (Policy.NEWEST, Tags.ALL, 50)
    assert tracker.status == {"in-progress": "open + doing", "complete": "closed"}
    assert tracker.priority == {"high": "P1", "critical": "P0"}
    assert tracker.fields == {"component": "area:*"}
    first, second = tracker.rules
    assert (first.spec, first.issue) == ("specs/001-a", "7")
    assert (first.sync, first.create) == (Sync.PULL_ONLY, Create.ALL)
    assert (second.labels, second.sync, second.create) == (("spec", "from git"), Sync.PUSH_ONLY, Create.NONE)
    assert config.people == {"ada": {"github": "ada-l", "planks": "5b10ac"}, "bob": {"github": "bob[bot]"}}
    assert config.state == State("upstream", 600, 90, 30)
    assert (config.claims, config.publish) == (Claims.LOCAL, Publish.PUSH)
    assert config.branches == ("main", "release/*")
    assert config.sections("github") == (tracker,)
    assert config.sections("planks") == ()


def test_defaults_of_a_tracker_hold_for_its_rules() -> None:
    assert only(github("sync: pull-only\nmapping: [{pattern: 'a/**'}]")).rules[0].sync is Sync.PULL_ONLY


def test_a_tracker_of_another_package_has_the_generic_keys() -> None:
    text = "planks:\n  project: TEAM\n  api_url: https://planks.example/x\n  status: {complete: Sawn}\n"
    assert only(text).status == {"complete": "Sawn"}
    assert complaints("planks:\n  repo: a/b\n") == [
        "2:3: `project` of planks is missing",
        "2:3: `api_url` is missing",
        "2:3: unknown key `repo` in planks",
    ]


def test_a_tracker_has_its_own_keys_and_says_what_is_wrong_with_them() -> None:
    head = "planks:\n  project: TEAM\n  api_url: https://planks.example/x\n"
    assert dict(only(head).own) == {"wood": "oak", "length": ""}
    assert dict(only(f"{head}  wood: ash\n  length: 3\n").own) == {"wood": "ash", "length": "3"}
    assert complaints(f"{head}  wood: tin\n") == ["4:9: `tin` is no wood"]
    assert complaints(f"{head}  fields: {{a: b}}\n") == ["2:3: planks: planks have no fields"]
    assert complaints(f"{head}people: {{ada: {{planks: nobody}}}}\n") == ["4:24: `nobody` is no carpenter"]


def test_a_tracker_that_no_package_offers_is_named_with_its_place() -> None:
    says = "no installed package offers a tracker `linear` (there is: github, planks)"
    config, problems = examine(AS_ASKED + "linear:\n  project: TEAM\n", PATH, KNOWN)
    assert config is not None, "it stops no other"
    assert [tracker.name for tracker in config.trackers] == ["github"]
    assert list(map(str, problems)) == [str(config.absent["linear"])] == [f"{PATH}:11:1: {says}"]
    assert complaints("linear:\n  project: TEAM\n") == [
        f"1:1: {says}",
        "1:1: no tracker is configured; add one of github, planks, or run: git lspec init --force",
    ]
    assert complaints("linear: yes\n") == ["1:1: unknown key `linear`"]


def test_only_the_trackers_that_a_config_names_are_looked_up() -> None:
    class Watched(dict[str, Tracker]):
        def __getitem__(self, name: str) -> Tracker:
            assert name == "github"
            return super().__getitem__(name)

    config, problems = examine(AS_ASKED, PATH, Watched(KNOWN))
    assert config is not None, problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("githb:\n  repo: o/r\n", "1:1: unknown key `githb`; did you mean `github`?"),
        (github("").replace("repo", "rpo"), "2:3: unknown key `rpo` in github; did you mean `repo`?"),
        (github("") + "pepole: {}\n", "3:1: unknown key `pepole`; did you mean `people`?"),
        ("github:\n  enabled: true\n", "2:3: `repo` of github is missing"),
        (
            "github:\n  repo: https://github.com/o/r\n",
            "2:9: `repo` of github must look like owner/name, not `https://github.com/o/r`",
        ),
        ("github:\n  repo: ../r\n", "2:9: `repo` of github must look like owner/name, not `../r`"),
        ("github:\n  repo: o/..\n", "2:9: `repo` of github must look like owner/name, not `o/..`"),
        ("github:\n  repo: o/r.git\n", "2:9: `repo` of github must look like owner/name, not `o/r.git`"),
        (github("enabled: maybe"), "3:12: `enabled` must be true or false, not `maybe`"),
        (github("limit: many"), "3:10: `limit` must be a whole number, at least 1, not `many`"),
        (github("limit: 0"), "3:10: `limit` must be a whole number, at least 1, not `0`"),
        (github("tags: [a]"), "3:9: `tags` must be a single value, not a list"),
        (
            github("sync: push"),
            "3:9: `sync` must be bidirectional or push-only or pull-only, not `push`; "
            "did you mean `push-only`?",
        ),
        (github("create: every"), "3:11: `create` must be active or all or none, not `every`"),
        (github("repo: a/b"), "3:3: `repo` is given twice; the first is in line 2"),
        (
            github("mapping: specs/**"),
            "3:12: `mapping` must be a list (each entry begins with `- `), not `specs/**`",
        ),
        (
            github("mapping:\n  - specs/**"),
            "4:7: an entry of mapping must be keys with values (`key: value`), not `specs/**`",
        ),
        (github("mapping: [{label: x}]"), "3:13: each entry of mapping needs either `spec` or `pattern`"),
        (
            github("mapping: [{spec: a, pattern: b}]"),
            "3:13: each entry of mapping needs either `spec` or `pattern`",
        ),
        (
            github("mapping: [{pattern: b, issue: 3}]"),
            "3:33: `issue` goes with `spec`; a pattern stands for many specs",
        ),
        (
            github("mapping:\n  - spec: a\n    issue: #12"),
            "5:13: `issue` is empty (YAML takes `#` for a comment: write 12, or '#12')",
        ),
        (
            github("mapping: [{spec: a, issue: x}]"),
            "3:30: `issue` must be a number such as 12 or '#12', not `x`",
        ),
        (github("mapping: [{spec: a}, {spec: ./a/}]"), "3:31: spec `a` is in line 3 already"),
        (
            github("mapping: [{spec: a, issue: 1}, {spec: b, issue: '#1'}]"),
            "3:51: issue `1` is in line 3 already",
        ),
        (
            github("mapping: [{spec: ../a}]"),
            "3:20: `spec` must be a path inside the repository, such as specs/019-mcp-server",
        ),
        (
            github("mapping: [{spec: a, labels: x}]"),
            "3:23: unknown key `labels` in an entry of mapping; did you mean `label`?",
        ),
        (
            github("mapping: [{spec: a, label: {b: c}}]"),
            "3:30: `label` must be a value or a list of values, not keys with values",
        ),
        (github("status: {planed: open}"), "3:12: unknown status `planed`; did you mean `planned`?"),
        (
            github("status: {planned: open, planned: closed}"),
            "3:27: `planned` is given twice; the first is in line 3",
        ),
        (
            github("status: {completed: closed, complete: open}"),
            "3:31: status `complete` is given twice",
        ),
        (
            github("status: {planned: Todo}"),
            "3:21: `Todo` is no state of an issue; write open, closed/completed, closed/not_planned or "
            "closed/duplicate, or one of them with a label: open + doing",
        ),
        (github("priority: {hi: x}"), "3:14: unknown priority `hi`; did you mean `high`?"),
        (
            github("fields: {status: 's:*'}"),
            "3:12: `status` is synced by itself and needs no entry in fields",
        ),
        (
            github("fields: {area: area}"),
            "3:18: `area` must be a label's beginning and a star, such as area:*",
        ),
        (github("fields: {a: 'x:*', b: 'x:y*'}"), "3:25: labels `x:y*` would say both b and a"),
        (github("fields: {a: 'prio*'}"), "3:15: labels `prio*` would say both a and priority"),
        (
            github("api_url: http://tracker.example.org"),
            "3:12: `api_url` must begin with https:// "
            "(a token would travel in the open to tracker.example.org)",
        ),
        (
            github("api_url: https://me:secret@ghes.example.org/api/v3"),
            "3:12: `api_url` must look like https://tracker.example.org/api/v3, "
            "not `https://…@ghes.example.org/api/v3`",
        ),
        (github("") + "people: {ada: {gitub: x}}\n", "3:16: unknown tracker `gitub`; did you mean `github`?"),
        (github("") + "people: {a: {github: x}, b: {github: X}}\n", "3:38: `X` is a already"),
        (github("") + "people: {a: {github: '@x'}}\n", "3:22: `@x` is no GitHub login (written without @)"),
        (github("") + "people: {a: x}\n", "3:13: a must be keys with values (`key: value`), not `x`"),
        (
            github("") + "state: {lease: 100}\n",
            "3:16: lease (100 s) must be longer than flight and lag together (105 s)",
        ),
        (
            github("") + "state: {remote: --all}\n",
            "3:17: `remote` must be the name of a git remote, not `--all`",
        ),
        (github("") + "state: {remotes: x}\n", "3:9: unknown key `remotes` in state; did you mean `remote`?"),
        (github("") + "claims: none\n", "3:9: `claims` must be shared or local, not `none`"),
        (
            "people: {}\n",
            "1:1: no tracker is configured; add one of github, planks, or run: git lspec init --force",
        ),
        ("", "1:1: must be keys with values (`key: value`), not nothing"),
        ("- a\n", "1:1: must be keys with values (`key: value`), not a list"),
        ("[a]: b\n", "1:1: a key must be a plain word"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, expected: str) -> None:
    assert expected in complaints(text)


def test_all_mistakes_are_told_at_once_in_the_order_of_lines() -> None:
    text = "gthub: {}\ngithub:\n  repo: x\n  limit: y\n  nonsense: z\n"
    with pytest.raises(ConfigError) as caught:
        parse(text)
    places = re.findall(rf"^{re.escape(PATH)}:(\d+):\d+: ", caught.value.message, re.MULTILINE)
    assert places == ["1", "3", "4", "5"]
    assert "4 problems" in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "a: b: c",
        "a: [",
        "a: &x [*x]",
        "a: *nowhere",
        "a: !!python/object/apply:os.system ['true']",
        "a: !local b",
        "a: 1\n---\nb: 2\n",
        "a:\n\t- b\n",
        "a: \x00",
        "[" * 5000,
        "x: " + "{a: " * 200 + "b" + "}" * 200,
        "x: " + "y" * (2 << 20),
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(
            f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in ("ab", "bc", "cd", "de", "ef")
        ),
    ],
)
def test_yaml_that_cannot_or_must_not_be_read_is_one_problem(text: str) -> None:
    (problem,) = complaints(text)
    assert re.match(r"\d+:\d+: ", problem)


def test_scalars_stay_what_was_written() -> None:
    tracker = only(github("mapping: [{pattern: 'a/**', label: [1.0, yes, 2025-11-03, 0x10]}]"))
    assert tracker.rules[0].labels == ("1.0", "yes", "2025-11-03", "0x10")


WORDS = (*"abc:-#&*![]{}'\"|>%@`\n \t,?~0", "github:\n  ", "repo: ", "mapping:", "\n- ", ": ", "&a ", "*a")
YAMLISH = st.lists(st.sampled_from(WORDS), max_size=40).map("".join)


@given(YAMLISH)
def test_any_text_is_a_config_or_problems(text: str) -> None:
    config, problems = examine(text, PATH, KNOWN)
    assert (config is None) == any(problem.fatal for problem in problems)


@given(st.text(max_size=40))
def test_any_unicode_is_a_config_or_problems(text: str) -> None:
    config, problems = examine(f"github:\n  repo: {text}\n", PATH, KNOWN)
    assert (config is None) == any(problem.fatal for problem in problems)
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", "github.com/o/r"),
        ("api_url: https://API.GitHub.com/", "github.com/o/r"),
        ("api_url: https://api.octo.ghe.com", "octo.ghe.com/o/r"),
        ("api_url: https://ghes.example.org/api/v3", "ghes.example.org/o/r"),
        ("api_url: https://ghes.example.org:8443/api/v3", "ghes.example.org:8443/o/r"),
        ("api_url: http://localhost:4300", "localhost:4300/o/r"),
        ("api_url: http://localhost", "localhost:80/o/r"),
        ("api_url: https://proxy.example.org/elsewhere", "proxy.example.org/elsewhere/o/r"),
    ],
)
def test_the_target_names_where_a_token_would_go(lines: str, expected: str) -> None:
    assert target(only(github(lines))) == expected
