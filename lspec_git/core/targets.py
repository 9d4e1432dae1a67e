"""Targets: `host[:port]/project`, the one spelling of where a token may go.

Two spellings of one place must meet (case, `api.github.com`, default port), and two places must never share
one: so the grammar is strict, and whatever is not plainly host and project is refused rather than mended.
(Upper and lower case are not told apart in projects: none of the trackers does.)
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

HOST: Final = r"(?P<host>[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
PORT: Final = r"(:(?P<port>[1-9][0-9]{0,4}))?"
API_URL: Final = re.compile(
    rf"(?P<scheme>https?)://{HOST}{PORT}(?P<path>(/[A-Za-z0-9._~-]+)*)/?", re.IGNORECASE
)
TARGET: Final = re.compile(rf"{HOST}{PORT}/(?P<project>.+)")
FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\\%?#:]|//|^/|/$|^\s|\s$|(^|/)\.{1,2}(/|$)")
API_HOSTS: Final = re.compile(r"api\.((?:[a-z0-9-]+\.ghe|github)\.com)")
"""GitHub's public API, and that of ghe.com (data residency), live beside the site on a host of their own."""
API_PATH: Final = "/api/v3"
"""Where a GitHub Enterprise Server has its API; it is no part of the target."""


def api_problem(url: str) -> str:
    """Why a URL cannot be a tracker's API, or nothing. https only, but for loopback."""
    found = API_URL.fullmatch(url)
    if not found or FORBIDDEN.search(found["path"].removeprefix("/")) or int(found["port"] or 1) > 65535:
        hint = "" if url.isascii() else " (a host with other letters is written as xn--…)"
        return f"must look like https://tracker.example.org/api/v3, not `{without_password(url)}`{hint}"
    if found["scheme"].lower() == "http" and not is_loopback(found["host"]):
        return f"must begin with https:// (a token would travel in the open to {found['host']})"
    return ""


def project_problem(project: str) -> str:
    """Why a name cannot be the project of any tracker, or nothing."""
    return (
        f"has characters that no project has: `{without_password(project)}`"
        if FORBIDDEN.search(project)
        else ""
    )


def target_of(api_url: str, project: str) -> str:
    """The normal target of a tracker whose URL and project have no problem; `ValueError` otherwise."""
    found = API_URL.fullmatch(api_url)
    if not found or api_problem(api_url) or project_problem(project):
        raise ValueError("not a tracker's URL and project")
    insecure = found["scheme"].lower() == "http"
    port = found["port"] or ("80" if insecure else "443")
    path = found["path"] if found["path"].lower() != API_PATH else ""
    return _spell(found["host"], port, f"{path}/{project}")


def normal_target(text: str) -> str | None:
    """The one spelling of a target that a person typed, or None if it is none."""
    found = TARGET.fullmatch(text.strip())
    if not found or FORBIDDEN.search(found["project"]) or int(found["port"] or 1) > 65535:
        return None
    return _spell(found["host"], found["port"] or "443", f"/{found['project']}")


def host_of(target: str) -> str:
    """`host[:port]` of a normal target."""
    return target.partition("/")[0]


def is_loopback(host: str) -> bool:
    """Whether a host is this machine for sure; a name other than `localhost` never is."""
    name = host.lower().strip("[]")
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def without_password(url: str) -> str:
    """The same, with what stands before an `@` in its host, or in its query, blotted out: a token perhaps."""
    return re.sub(r"[?].*", "?…", re.sub(r"//[^/@]*@", "//…@", url))


def _spell(host: str, port: str, path: str) -> str:
    name = host.lower()
    found = API_HOSTS.fullmatch(name)
    name = found[1] if found else name
    return name + (f":{int(port)}" if port != "443" else "") + _lower(path)


def _lower(text: str) -> str:
    """Lower case for ASCII alone: folding other letters could make two different names one."""
    return "".join(char.lower() if char.isascii() else char for char in text)
