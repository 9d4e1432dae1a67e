"""git's configuration: absent, invalid and many values told apart."""

from __future__ import annotations

import pytest

from lspec_git.errors import GitError
from lspec_git.git.config import config_add, config_get, config_get_all, config_set, remote_url, remotes
from lspec_git.git.objects import Repository, discover
from tests.conftest import Repo


@pytest.fixture
def found(repo: Repo) -> Repository:
    return discover(repo.path)


def test_absent_and_present(found: Repository) -> None:
    assert config_get(found, "lspec.none") is None
    assert config_get_all(found, "lspec.none") == ()
    assert config_get(found, "user.name") == "Ada Test"


def test_values_are_kept_as_they_are(found: Repository) -> None:
    for value in ("", "a b  ", 'x "y" \\ # ;', "two\nlines", "ü"):
        config_set(found, "lspec.v", value)
        assert config_get(found, "lspec.v") == value


def test_many_values_and_scopes(found: Repository, repo: Repo) -> None:
    config_add(found, "lspec.v", "global", "global")
    config_add(found, "lspec.v", "one")
    config_add(found, "lspec.v", "two")
    assert config_get_all(found, "lspec.v") == ("global", "one", "two")
    assert config_get(found, "lspec.v") == "two"
    config_set(found, "lspec.v", "only")
    assert config_get_all(found, "lspec.v") == ("global", "only")
    config_set(found, "lspec.v", "everywhere", "global")
    assert repo.git("config", "--global", "lspec.v") == "everywhere"


def test_bad_keys_and_files_are_errors_not_absent(found: Repository, repo: Repo) -> None:
    with pytest.raises(GitError, match="key does not contain"):
        config_get(found, "nodot")
    with pytest.raises(GitError):
        config_set(found, "bad_key.x", "1")
    repo.write(".git/config", "[broken")
    with pytest.raises(GitError, match="bad config"):
        config_get(found, "lspec.v")


def test_remotes(found: Repository, repo: Repo) -> None:
    assert remotes(found) == ()
    repo.git("remote", "add", "origin", "gh:me/x")
    repo.git("config", "url.https://example.org/.insteadOf", "gh:")
    assert remotes(found) == ("origin",)
    assert remote_url(found, "origin") == "https://example.org/me/x"
    assert remote_url(found, "nobody") is None
