"""Which way to a tracker: git's own settings first, then the environment, as git itself decides it.

Read in git's http.c: `http.proxy` beats the variables, lower case beats upper case, an empty value means no
proxy, and NO_PROXY holds for all of them; for certificates GIT_SSL_CAINFO beats `http.sslCAInfo`. What
requests and curl know beyond that comes after it. Asks git once, and not at all for this machine itself.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies

from lspec_git.adapters.route import Route
from lspec_git.engine.credentials import from_helper
from lspec_git.engine.redaction import remember
from lspec_git.errors import TrackerError
from lspec_git.git.process import failure, run, text

Settings = Mapping[str, str]

CA: Final = (
    ("", "GIT_SSL_CAINFO"),
    ("http.sslCAInfo", ""),
    ("", "GIT_SSL_CAPATH"),
    ("http.sslCAPath", ""),
    ("", "REQUESTS_CA_BUNDLE"),
    ("", "CURL_CA_BUNDLE"),
    ("", "SSL_CERT_FILE"),
    ("", "SSL_CERT_DIR"),
)
"""Where certificates are named: a key of git's, or a variable. The first that is set is the one."""
FALSE: Final = frozenset({"false", "no", "off", "0", ""})
"""How git spells it (git-config(1))."""
SCHEMES: Final = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})
FOREIGN: Final = frozenset({"digest", "negotiate", "ntlm"})
"""Ways to prove oneself to a proxy that git knows and requests does not."""


def route_to(url: str, folder: Path) -> Route:
    """The way to `url` for a repository (or folder). Raises TrackerError if a setting cannot be used.

    What goes to this machine in the clear passes no proxy: it would see the token.
    """
    if urlsplit(url).scheme.lower() != "https":
        return Route()
    settings = _settings(url, folder)
    proxy, proxy_from = _proxy(url, settings)
    ca, ca_from = _ca(settings)
    if proxy:
        _check_method(proxy, settings)
        proxy = _with_password(proxy, folder)
    return Route(proxy, proxy_from, ca, ca_from, _unverified(settings))


def _settings(url: str, folder: Path) -> Settings:
    """git's `http.*` for this URL, the most specific of each; the keys are in lower case."""
    args = ["config", "--null", "--get-urlmatch", "http", url]
    done = run(args, folder, check=False)
    if done.returncode not in (0, 1):  # 1: there is none
        raise failure(args, done)
    pairs = (entry.partition("\n") for entry in text(done.stdout).split("\0") if entry)
    # A key without `=` is a true one.
    return {key: value if equals else "true" for key, equals, value in pairs}


def _proxy(url: str, settings: Settings) -> tuple[str, str]:
    """(proxy, where it is set), or two empty strings."""
    # 80 ms, which completion and what never asks a tracker need not wait.
    from requests.utils import select_proxy, should_bypass_proxies  # noqa: PLC0415

    found, source = settings.get("http.proxy"), "http.proxy in git's config"
    if found is None:
        found, source = select_proxy(url, getproxies()) or "", _variable("HTTPS_PROXY", "ALL_PROXY")
    if not found or should_bypass_proxies(url, no_proxy=None):
        return "", ""
    proxy = found if "://" in found else f"http://{found}"
    if not _usable(proxy):
        raise TrackerError(f"{source} is no proxy's URL", "it must look like http://proxy.example.org:3128")
    if proxy.lower().startswith("socks") and find_spec("socks") is None:
        raise TrackerError(
            f"{source} names a SOCKS proxy, which takes one more package", "pip install pysocks"
        )
    return proxy, source


def _usable(proxy: str) -> bool:
    try:
        place = urlsplit(proxy)
        valid = place.port != 0 and re.fullmatch(r"[A-Za-z0-9._:-]+", place.hostname or "")
    except ValueError:
        return False
    return bool(valid) and place.scheme.lower() in SCHEMES


def _variable(*names: str) -> str:
    """The first of these variables that is set, in the spelling that counts."""
    spelled = (spelling for name in names for spelling in (name.lower(), name))
    return next((name for name in spelled if os.environ.get(name)), names[0])


def _check_method(proxy: str, settings: Settings) -> None:
    """Refuse to say a password openly to a proxy that is to be talked to otherwise."""
    method = os.environ.get("GIT_HTTP_PROXY_AUTHMETHOD") or settings.get("http.proxyauthmethod", "")
    if method.lower() in FOREIGN and "@" in urlsplit(proxy).netloc:
        raise TrackerError(
            f"the proxy wants {method.lower()} (http.proxyAuthMethod), and only basic is spoken here",
            "let a proxy on this machine (cntlm, px) do that: git config --global http.proxy http://localhost:3128",
        )


def _with_password(proxy: str, folder: Path) -> str:
    """The proxy's URL; a password that it lacks beside a user is asked of git's helper, as git does."""
    place = urlsplit(proxy)
    if place.username and place.password is None:
        found = from_helper(
            place.scheme, place.netloc.rpartition("@")[2], "", folder, unquote(place.username)
        )
        if found:
            netloc = f"{place.username}:{quote(found.value, safe='')}@{place.netloc.rpartition('@')[2]}"
            place = place._replace(netloc=netloc)
    for password in {place.password or "", unquote(place.password or "")}:
        remember(password)
    return place.geturl()


def _ca(settings: Settings) -> tuple[str, str]:
    """(file or folder, where it is named), or two empty strings."""
    for key, variable in CA:
        named = os.environ.get(variable, "") if variable else settings.get(key.lower(), "")
        if named:
            path, source = Path(named).expanduser(), variable or f"{key} in git's config"
            if why := _unreadable(path):
                undo = f"unset {variable}" if variable else f"git config --unset {key}"
                raise TrackerError(
                    f"{source} names no certificates: {named}: {why}", f"correct it, or: {undo}"
                )
            return str(path), source
    return "", ""


def _unreadable(path: Path) -> str:
    """Why a file (or folder) cannot be used, or nothing: requests would only fail once it has connected."""
    try:
        if not path.is_dir():
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        return (error.reason or "not readable").replace("_", " ").lower()
    except OSError as error:
        return error.strerror or "not readable"
    return ""


def _unverified(settings: Settings) -> str:
    if "GIT_SSL_NO_VERIFY" in os.environ:
        return "GIT_SSL_NO_VERIFY"
    return "http.sslVerify=false" if settings.get("http.sslverify", "true").lower() in FALSE else ""
