"""What this package hands out for GitHub satisfies the laws for any tracker."""

from __future__ import annotations

from lspec_git.testing.contract import AdapterContract
from lspec_git.testing.tracker import TrackerContract


class TestGitHub(TrackerContract):
    name = "github"
    statuses = AdapterContract.statuses
    priorities = ("priority:low", "priority:medium", "priority:high", "priority:critical")
