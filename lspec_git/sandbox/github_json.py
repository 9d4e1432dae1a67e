"""The tracker's data in GitHub's JSON: every key of the official description that the real service sends.

Pure; `api` is the base address without a trailing slash, under which every address in an answer lies.
"""

from __future__ import annotations

import base64
import functools
import zlib
from datetime import UTC, datetime
from urllib.parse import quote

from lspec_git.sandbox.limits import Quota
from lspec_git.sandbox.model import Comment, Event, Issue, Label, Project, Role

Json = dict[str, object]

_REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def stamp(seconds: int) -> str:
    """A time as GitHub writes it: UTC, whole seconds, `Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(prefix: str, number: int) -> str:
    """An opaque global id; a prefix and digits, like the real ones, and never equal to the number."""
    return prefix + base64.urlsafe_b64encode(number.to_bytes(9, "big")).decode()


def user_id(login: str) -> int:
    return zlib.crc32(login.encode())


@functools.lru_cache(maxsize=1024)
def user(api: str, login: str) -> Json:
    """A person. Shared between answers: not to be changed."""
    url = f"{api}/users/{login}"
    links: Json = {key: url + tail for key, tail in _USER_LINKS.items()}
    return {
        "login": login,
        "id": user_id(login),
        "node_id": node_id("U_", user_id(login)),
        "avatar_url": f"{api}/_board/avatar.svg",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{api}/{login}",
        **links,
        "type": "User",
        "user_view_type": "public",
        "site_admin": False,
    }


def private_user(api: str, login: str) -> Json:
    """Who the token is, as `GET /user` says it."""
    empty: Json = dict.fromkeys(
        ("company", "blog", "location", "email", "hireable", "bio", "twitter_username")
    )
    counts: Json = dict.fromkeys(
        ("public_repos", "public_gists", "followers", "following", "private_gists"), 0
    )
    more: Json = dict.fromkeys(
        ("total_private_repos", "owned_private_repos", "disk_usage", "collaborators"), 0
    )
    return {
        **user(api, login),
        **empty,
        **counts,
        **more,
        "user_view_type": "private",
        "name": login.capitalize(),
        "two_factor_authentication": True,
        "created_at": "2011-01-25T18:44:36Z",
        "updated_at": "2011-01-25T18:44:36Z",
    }


def repository(api: str, project: Project, role: Role, open_issues: int) -> Json:
    """A repository with what the token may do there."""
    return {
        **_repository_address(api, project),
        **_repository_counts(open_issues),
        "private": project.private,
        "visibility": "private" if project.private else "public",
        "has_issues": project.has_issues,
        "archived": project.archived,
        "created_at": stamp(project.created),
        "updated_at": stamp(project.created),
        "pushed_at": stamp(project.created),
        "permissions": {
            "admin": role >= Role.ADMIN,
            "maintain": role >= Role.ADMIN,
            "push": role >= Role.WRITE,
            "triage": role >= Role.TRIAGE,
            "pull": role >= Role.READ,
        },
    }


def _repository_address(api: str, project: Project) -> Json:
    url = f"{api}/repos/{project.name}"
    page = f"{api}/{project.name}"
    links: Json = {key: url + tail for key, tail in _REPOSITORY_LINKS.items()}
    return {
        "id": project.id,
        "node_id": node_id("R_", project.id),
        "name": project.name.split("/")[1],
        "full_name": project.name,
        "owner": user(api, project.owner),
        "html_url": page,
        "url": url,
        **links,
        "git_url": f"git://localhost/{project.name}.git",
        "ssh_url": f"git@localhost:{project.name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
    }


def _repository_counts(open_issues: int) -> Json:
    zero = ("forks_count", "stargazers_count", "watchers_count", "size", "forks", "watchers")
    return {
        **dict.fromkeys(zero, 0),
        "subscribers_count": 0,
        "network_count": 0,
        "open_issues_count": open_issues,
        "open_issues": open_issues,
        "description": "A project of the sandbox",
        "fork": False,
        "language": None,
        "license": None,
        "default_branch": "main",
        "topics": [],
        "is_template": False,
        "has_projects": False,
        "has_downloads": False,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "disabled": False,
    }


@functools.lru_cache(maxsize=1024)
def label(api: str, project: str, given: Label) -> Json:
    """A label. Shared between answers: not to be changed."""
    return {
        "id": given.id,
        "node_id": node_id("LA_", given.id),
        "url": f"{api}/repos/{project}/labels/{quote(given.name, safe=':')}",
        "name": given.name,
        "color": given.color,
        "default": False,
        "description": given.description,
    }


def association(project: Project, login: str, people: frozenset[str]) -> str:
    if login.casefold() == project.owner.casefold():
        return "OWNER"
    return "COLLABORATOR" if login in people else "NONE"


def issue(api: str, project: Project, given: Issue, people: frozenset[str]) -> Json:
    """A full issue (version 2022-11-28, that is with the single `assignee`)."""
    url = f"{api}/repos/{project.name}/issues/{given.number}"
    assignees = [user(api, login) for login in given.assignees]
    shown: Json = {
        **_issue_address(api, project.name, given),
        "id": given.id,
        "number": given.number,
        "title": given.title,
        "user": user(api, given.author),
        "labels": [label(api, project.name, each) for each in given.labels],
        "state": given.state,
        "locked": False,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "comments": given.comments,
        "created_at": stamp(given.created),
        "updated_at": stamp(given.updated),
        "closed_at": None if given.closed is None else stamp(given.closed),
        "author_association": association(project, given.author, people),
        "type": None,
        "active_lock_reason": None,
        "body": given.body,
        "closed_by": None if given.closed_by is None else user(api, given.closed_by),
        "reactions": _reactions(url),
        "performed_via_github_app": None,
        "state_reason": given.reason,
    }
    return shown | (_pull(api, project.name, given) if given.pull else _issue_only())


def _issue_address(api: str, project: str, given: Issue) -> Json:
    url = f"{api}/repos/{project}/issues/{given.number}"
    return {
        "url": url,
        "repository_url": f"{api}/repos/{project}",
        "labels_url": url + "/labels{/name}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": _page(api, project, given),
        "node_id": node_id("PR_" if given.pull else "I_", given.id),
    }


def _issue_only() -> Json:
    return {
        "sub_issues_summary": {"total": 0, "completed": 0, "percent_completed": 0},
        "issue_dependencies_summary": {
            "blocked_by": 0,
            "total_blocked_by": 0,
            "blocking": 0,
            "total_blocking": 0,
        },
    }


def _pull(api: str, project: str, given: Issue) -> Json:
    page = _page(api, project, given)
    return {
        "draft": False,
        "pull_request": {
            "url": f"{api}/repos/{project}/pulls/{given.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": None,
        },
    }


def _page(api: str, project: str, given: Issue) -> str:
    return f"{api}/{project}/{'pull' if given.pull else 'issues'}/{given.number}"


def _reactions(url: str) -> Json:
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)}


def comment(api: str, project: Project, given: Comment, people: frozenset[str]) -> Json:
    url = f"{api}/repos/{project.name}/issues/comments/{given.id}"
    issue_page = f"{api}/{project.name}/issues/{given.number}"
    return {
        "url": url,
        "html_url": f"{issue_page}#issuecomment-{given.id}",
        "issue_url": f"{api}/repos/{project.name}/issues/{given.number}",
        "id": given.id,
        "node_id": node_id("IC_", given.id),
        "user": user(api, given.author),
        "created_at": stamp(given.created),
        "updated_at": stamp(given.updated),
        "body": given.body,
        "author_association": association(project, given.author, people),
        "reactions": _reactions(url),
        "performed_via_github_app": None,
    }


def event(api: str, project: str, given: Event) -> Json:
    shown: Json = {
        "id": given.id,
        "node_id": node_id("EV_", given.id),
        "url": f"{api}/repos/{project}/issues/events/{given.id}",
        "actor": user(api, given.actor),
        "event": given.kind,
        "commit_id": None,
        "commit_url": None,
        "created_at": stamp(given.at),
        "performed_via_github_app": None,
    }
    return shown | _event_detail(api, given)


def _event_detail(api: str, given: Event) -> Json:
    if given.label:
        return {"label": {"name": given.label.name, "color": given.label.color}}
    if given.assignee:
        return {"assignee": user(api, given.assignee), "assigner": user(api, given.actor)}
    if given.rename:
        return {"rename": {"from": given.rename[0], "to": given.rename[1]}}
    return {"state_reason": given.reason}


def rate_limit(quota: Quota) -> Json:
    core = {
        "limit": quota.limit,
        "used": quota.used,
        "remaining": quota.remaining,
        "reset": quota.reset,
    }
    search = {"limit": 30, "used": 0, "remaining": 30, "reset": quota.reset}
    return {"resources": {"core": core, "search": search}, "rate": core}
