"""Targets: two spellings of one place meet, and two places never do. And what a remote's URL gives away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.core.remotes import Place, place_of
from lspec_git.core.targets import (
    api_problem,
    host_of,
    is_loopback,
    normal_target,
    project_problem,
    target_of,
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("github.com/octocat/specs", "github.com/octocat/specs"),
        ("GitHub.com/OctoCat/Specs", "github.com/octocat/specs"),
        ("api.github.com/octocat/specs", "github.com/octocat/specs"),
        ("github.com:443/octocat/specs", "github.com/octocat/specs"),
        ("api.octo.ghe.com/a/b", "octo.ghe.com/a/b"),
        ("api.example.org/a/b", "api.example.org/a/b"),
        ("localhost:4300/octocat/specs", "localhost:4300/octocat/specs"),
        ("[::1]:4300/a/b", "[::1]:4300/a/b"),
        ("jira.example.org/KEY", "jira.example.org/key"),
        ("dev.azure.com/Org/My Project", "dev.azure.com/org/my project"),
    ],
)
def test_spellings_of_one_place_meet(typed: str, expected: str) -> None:
    assert normal_target(typed) == expected
    assert normal_target(expected) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "github.com",
        "github.com/",
        "/octocat/specs",
        "https://github.com/octocat/specs",
        "user@github.com/octocat/specs",
        "github.com@evil.example/octocat/specs",
        "github.com\\@evil.example/a/b",
        "github.com/../evil.example/a",
        "github.com/a/../b",
        "github.com/a/./b",
        "github.com//a/b",
        "github.com/a/b/",
        "github.com/a%2fb",
        "github.com/a/b?x",
        "github.com/a/b#x",
        "github.com:0/a/b",
        "github.com:99999/a/b",
        "github.com:44 3/a/b",
        "git\u212aub.com/a/b",
        "g\u0131thub.com/a/b",
        "github.com./a/b",
        "github.com/a/b\nevil.example/c/d",
    ],
)
def test_what_is_not_plainly_a_target_is_none(typed: str) -> None:
    assert normal_target(typed) is None


def test_letters_that_fold_into_ascii_stay_another_project() -> None:
    assert normal_target("tracker.example/\u212aEY") != normal_target("tracker.example/key")


@pytest.mark.parametrize(
    "url",
    [
        "github.com",
        "ftp://github.com",
        "http://github.com",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "https://user:token@github.com",
        "https://github.com\\@evil.example",
        "https://github.com/../x",
        "https://github.com/a?b",
        "https://github.com:70000",
        "https://github.com:x",
        "https:// github.com",
        "https://github.com/\n",
        "https://",
    ],
)
def test_an_address_that_may_not_have_a_token(url: str) -> None:
    assert api_problem(url)
    with pytest.raises(ValueError, match="not a tracker"):
        target_of(url, "a/b")


def test_a_password_in_an_address_is_not_repeated() -> None:
    assert "s3cret" not in api_problem("https://me:s3cret@github.com")
    assert "s3cret" not in project_problem("https://s3cret@github.com/a/b")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "10.0.0.1", "127.1", "github.com", "0.0.0.0", ""])  # noqa: S104
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


HOSTS = st.sampled_from(["github.com", "API.github.com", "g.example", "localhost", "127.0.0.1", "[::1]"])
PORTS = st.sampled_from(["", ":443", ":8443", ":80"])
PATHS = st.sampled_from(["", "/", "/api/v3", "/API/v3/", "/x"])


@given(HOSTS, PORTS, PATHS, st.sampled_from(["octocat/specs", "Octocat/Specs", "a/b"]))
def test_a_target_is_its_own_normal_spelling(host: str, port: str, path: str, project: str) -> None:
    name = target_of(f"https://{host}{port}{path}", project)
    assert normal_target(name) == name
    assert name.endswith(project.lower())
    assert host_of(name).removeprefix("api.").startswith(host.lower().removeprefix("api."))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/Octocat/specs.git", Place("github.com", "Octocat/specs")),
        ("https://github.com/octocat/specs/", Place("github.com", "octocat/specs")),
        ("https://user:token@github.com/octocat/specs", Place("github.com", "octocat/specs")),
        ("git@github.com:octocat/specs.git", Place("github.com", "octocat/specs")),
        ("github.com:octocat/my.specs", Place("github.com", "octocat/my.specs")),
        ("ssh://git@ssh.github.com:443/octocat/specs.git", Place("github.com", "octocat/specs")),
        ("git://github.com/octocat/specs", Place("github.com", "octocat/specs")),
        ("https://ghes.example.org:8443/a/b.git", Place("ghes.example.org:8443", "a/b")),
        ("ssh://git@ghes.example.org:2222/a/b.git", Place("ghes.example.org", "a/b")),
        ("git@octo.ghe.com:a/b.git", Place("octo.ghe.com", "a/b")),
        ("git@work:octocat/specs.git", None),
        ("https://gitlab.com/a/b.git", None),
        ("https://dev.azure.com/org/project/_git/repo", None),
        ("/srv/git/a/b.git", None),
        ("../a/b.git", None),
        ("file:///srv/a/b.git", None),
        ("", None),
    ],
)
def test_what_a_remote_tells(url: str, expected: Place | None) -> None:
    assert place_of(url) == expected


@pytest.mark.parametrize(
    ("host", "sure", "api"),
    [
        ("github.com", True, "https://api.github.com"),
        ("octo.ghe.com", True, "https://api.octo.ghe.com"),
        ("ghes.example.org", False, "https://ghes.example.org/api/v3"),
    ],
)
def test_where_the_api_of_a_host_would_be(host: str, sure: bool, api: str) -> None:
    place = Place(host, "a/b")
    assert (place.surely_github, place.api_url) == (sure, api)
    assert api_problem(api) == ""
    assert target_of(api, "a/b") == f"{host}/a/b"
