"""A company's network: proxies and private certificates, by git's settings and by the environment's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from lspec_git.sandbox.server import Sandbox
from tests.adapters.wire import Asked, Passing, Reply, authority, certified
from tests.cli.running import Ran
from tests.conftest import Repo
from tests.e2e.conftest import ALICE, TOOL
from tests.e2e.proxies import DEAD, Proxy
from tests.e2e.troubles import CONFIG, PUBLISH, TAKE_IN, instead, leaks, ran, spec, told
from tests.e2e.worlds import PROJECT, Person, World

LOGIN, PASSWORD = "ada", "p@ss/w0rd-of-the-proxy"
NAMES = ("tracker.test", "localhost", "api.octo.ghe.com", "xn--bcher-kva.test", "127.0.0.1")


@dataclass
class Office:
    """A tracker that is to be reached only through a proxy, and only by who trusts the company's CA."""

    world: World
    proxy: Proxy
    ca: Path
    sandbox: Sandbox

    def git(self, key: str, value: str) -> None:
        self.world.repo.git("config", "--global", key, value)

    @property
    def proxy_url(self) -> str:
        return f"http://{LOGIN}:{quote(PASSWORD, safe='')}@{self.proxy.place}"

    def ran(self, *args: str, **env: str) -> Ran:
        """The command, with what the environment says of the network."""
        name = "GITHUB_TOKEN" if "ghe.com" in self.world.wire.url else "GH_ENTERPRISE_TOKEN"
        return ran(self.world, *args, env={"GITHUB_TOKEN": "", name: TOOL, "NO_PROXY": "", **env})

    def trust(self, target: str) -> None:
        """Approve a target, and write config and two specs."""
        self.git("lspec.trust", target)
        self.world.configure(CONFIG)
        self.world.repo.commit({**spec(PUBLISH), **spec(TAKE_IN)}, "specs")

    def in_step(self, done: Ran) -> None:
        """The two specs have their issues, and only the tracker has seen the token."""
        assert done.code == 0, done.out + done.err
        assert sorted(self.world.person.by_spec()) == [f"specs/{PUBLISH}", f"specs/{TAKE_IN}"]
        assert {each.headers["Authorization"] for each in self.world.wire.asked} == {f"Bearer {TOOL}"}
        assert TOOL.encode() not in self.proxy.seen


@pytest.fixture
def office(repo: Repo, sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable[[str], Office]]:
    """Opens an office whose tracker has the given public address; empty: the one that it really has."""
    ca, file = authority(tmp_path)

    def opened(public: str) -> Office:
        wire = Passing(sandbox.url, None, certified(ca, *NAMES), public)
        proxy = Proxy(wire.port, f"{LOGIN}:{PASSWORD}")
        stack.enter_context(wire)
        stack.enter_context(proxy)
        person = Person(sandbox.url, ALICE, PROJECT, lambda: sandbox.advance(15))
        return Office(World(repo, wire, person, TOOL), proxy, file, sandbox)

    with ExitStack() as stack:
        yield opened


WAYS: dict[str, tuple[str, str]] = {
    "upper case": ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE"),
    "lower case": ("https_proxy", "CURL_CA_BUNDLE"),
    "for all": ("ALL_PROXY", "SSL_CERT_FILE"),
    "for all, lower case": ("all_proxy", "GIT_SSL_CAINFO"),
    "git": ("http.proxy", "http.sslCAInfo"),
    "git, for this host": ("http.https://tracker.test.proxy", "http.https://tracker.test/.sslCAInfo"),
    "git, for such hosts": ("http.https://*.test.proxy", "http.https://*.test/.sslCAInfo"),
}
"""Where the proxy is named, and where the CA."""


@pytest.mark.parametrize("way", WAYS)
def test_a_tracker_behind_a_proxy_and_a_private_ca(
    office: Callable[[str], Office], way: str, tmp_path: Path
) -> None:
    at = office("https://tracker.test/api/v3")
    at.trust(f"tracker.test/{PROJECT}")
    env = {}
    for key, value in zip(WAYS[way], (at.proxy_url, str(at.ca)), strict=True):
        if key.startswith("http."):
            at.git(key, value)
        else:
            env[key] = value
    done = at.ran("-v", "-v", "sync", **env)
    at.in_step(done)
    assert at.proxy.asked_for == {"tracker.test:443"}
    assert b"uthorization: Bearer" not in at.proxy.seen
    for password in (PASSWORD, quote(PASSWORD, safe="")):
        assert password not in done.out + done.err
        assert leaks(password, at.world.repo.path) == []
    assert leaks(TOOL, tmp_path) == []


def test_which_setting_counts_is_as_with_git(office: Callable[[str], Office], tmp_path: Path) -> None:
    """Each step adds a setting that beats the ones before; where it names a dead proxy, that one is asked."""
    at = office("https://tracker.test/api/v3")
    at.trust(f"tracker.test/{PROJECT}")
    (tmp_path / "other").mkdir()
    other = str(authority(tmp_path / "other")[1])
    env = {"REQUESTS_CA_BUNDLE": str(at.ca), "ALL_PROXY": DEAD}
    at.in_step(at.ran(**env | {"HTTPS_PROXY": at.proxy_url}))
    env["HTTPS_PROXY"] = at.proxy_url
    assert "HTTPS_PROXY".lower() in told(at.ran(**env | {"https_proxy": DEAD}), 4)[1]
    env["https_proxy"] = DEAD
    at.git("http.proxy", at.proxy_url)
    at.in_step(at.ran(**env))
    at.git("http.https://tracker.test.proxy", DEAD)
    message, advice = told(at.ran(**env), 4)
    assert message.startswith("github: the proxy 127.0.0.1:9 on the way to tracker.test cannot be reached")
    assert "http.proxy in git's config" in advice
    at.git("http.https://tracker.test.proxy", "")
    assert "cannot be looked up" in told(at.ran(**env), 4)[0]
    at.git("http.https://tracker.test.proxy", at.proxy_url)
    assert "cannot be looked up" in told(at.ran(**env | {"NO_PROXY": "other.test,.test"}), 4)[0]
    at.git("http.sslCAInfo", other)
    message, advice = told(at.ran(**env), 4)
    assert "certificate that is not trusted here" in message
    assert other in advice
    at.in_step(at.ran(**env | {"GIT_SSL_CAINFO": str(at.ca)}))


def test_git_is_asked_once_and_only_before_the_network_is_used(
    office: Callable[[str], Office], tmp_path: Path
) -> None:
    at = office("https://tracker.test/api/v3")
    at.trust(f"tracker.test/{PROJECT}")
    trace = tmp_path / "trace"
    env = {"HTTPS_PROXY": at.proxy_url, "SSL_CERT_FILE": str(at.ca), "GIT_TRACE": str(trace)}
    for verb, times in (("status", 0), ("sync", 1), ("check", 1)):
        assert at.ran(verb, **env).code == 0
        assert trace.read_text().count("get-urlmatch") == times


def test_any_certificate_will_do_is_not_followed(office: Callable[[str], Office]) -> None:
    """git would go on; but it sends a password when asked for one, and we a token with each request."""
    at = office("")
    at.trust(at.world.wire.url.removeprefix("https://") + f"/{PROJECT}")
    at.git("http.sslVerify", "false")
    message, advice = told(at.ran(NO_PROXY="*"), 4)
    assert "certificate that is not trusted here" in message
    assert "http.sslVerify=false is not followed: the token would go to whoever answers" in advice
    assert "http.sslCAInfo" in advice
    assert at.world.wire.asked == []
    at.git("http.sslCAInfo", str(at.ca))
    at.in_step(at.ran(NO_PROXY="*"))


@pytest.mark.parametrize(
    ("settings", "says", "advises"),
    [
        ({"HTTPS_PROXY": "http://{place}"}, "407 Proxy Authentication", "USER:PASSWORD@ before 127.0.0.1"),
        ({"HTTPS_PROXY": "http://ada:wr0ng_wr0ng@{place}"}, "407 Proxy Authentication", "HTTPS_PROXY"),
        ({"HTTPS_PROXY": DEAD.replace("//", "//ada:wr0ng_wr0ng@")}, "cannot be reached", "NO_PROXY"),
        ({"http.proxy": "ftp://ada:wr0ng_wr0ng@x"}, "http.proxy in git's config is no proxy's URL", "3128"),
        ({"ALL_PROXY": "http://ada:wr0ng_wr0ng@:1x"}, "ALL_PROXY is no proxy's URL", "3128"),
        ({"http.proxy": "{url}", "http.proxyAuthMethod": "ntlm"}, "wants ntlm", "cntlm"),
        ({"http.proxy": "{url}", "REQUESTS_CA_BUNDLE": "/nowhere.pem"}, "No such file", "unset REQUESTS"),
        ({"http.proxy": "{url}", "http.sslCAInfo": "/dev/null"}, "no certificate", "--unset http.sslCAInfo"),
        ({"http.proxy": "{url}"}, "certificate that is not trusted here", "http.sslCAInfo /path"),
    ],
)
def test_settings_that_lead_nowhere_are_named_and_their_passwords_are_not(
    office: Callable[[str], Office], settings: dict[str, str], says: str, advises: str
) -> None:
    at = office("https://tracker.test/api/v3")
    at.trust(f"tracker.test/{PROJECT}")
    env = {}
    for key, text in settings.items():
        value = text.format(place=at.proxy.place, url=at.proxy_url)
        if key.startswith("http."):
            at.git(key, value)
        else:
            env[key] = value
    done = at.ran("-v", "-v", "sync", **env)
    message, advice = told(Ran(done.code, done.out, errors(done)), 4)
    assert says in message
    assert advises in advice
    for secret in ("wr0ng", PASSWORD, quote(PASSWORD, safe=""), TOOL):
        assert secret not in done.out + done.err
    assert at.world.wire.asked == []


def errors(done: Ran) -> str:
    """What is told beside the log of requests."""
    return "".join(f"{line}\n" for line in done.err.splitlines() if line.startswith(("error: ", "  → ")))


def test_a_password_that_the_proxys_url_lacks_comes_from_gits_helper(
    office: Callable[[str], Office], hermetic_seal: Path
) -> None:
    at = office("https://tracker.test/api/v3")
    at.trust(f"tracker.test/{PROJECT}")
    script = hermetic_seal / "helper"
    script.write_text(f"#!/bin/sh\n[ $1 = get ] && printf 'username={LOGIN}\\npassword={PASSWORD}\\n'\n")
    script.chmod(0o700)
    at.git(f"credential.http://{at.proxy.place}.helper", str(script))
    at.git("http.proxy", f"http://{LOGIN}@{at.proxy.place}")
    at.git("http.sslCAInfo", str(at.ca))
    at.in_step(at.ran())


@pytest.mark.parametrize("text", ["machine {host} login bad password bad", "default login bad password bad"])
@pytest.mark.parametrize("named", [False, True], ids=["in the home", "by NETRC"])
def test_netrc_is_nobodys_password(
    office: Callable[[str], Office], hermetic_seal: Path, text: str, named: bool
) -> None:
    """Neither the tracker's, in place of our token, nor the proxy's."""
    at = office("https://tracker.test/api/v3")
    at.trust(f"tracker.test/{PROJECT}")
    file = hermetic_seal / ("elsewhere" if named else ".netrc")
    hosts = ("tracker.test", "127.0.0.1")
    file.write_text("\n".join(dict.fromkeys(text.format(host=host) for host in hosts)) + "\n")
    file.chmod(0o600)
    env = {"SSL_CERT_FILE": str(at.ca), **({"NETRC": str(file)} if named else {})}
    done = at.ran(**env, HTTPS_PROXY=at.proxy_url)
    at.proxy.heads.clear()
    assert "407" in told(at.ran(**env, HTTPS_PROXY=f"http://{at.proxy.place}"), 4)[0]
    assert len(at.proxy.heads) == 1
    file.unlink()  # the person's own client would read it
    at.in_step(done)
    assert "roxy-" not in "".join(at.proxy.heads).replace("Proxy-Connection", "")


# Enterprise


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://tracker.test/api/v3/", "tracker.test"),
        ("https://Tracker.test:443/API/v3", "tracker.test"),
        ("https://tracker.test:8443/api/v3", "tracker.test:8443"),
        ("https://tracker.test/github/api/v3", "tracker.test/github/api/v3"),
        ("https://api.octo.ghe.com", "octo.ghe.com"),
        ("https://xn--bcher-kva.test/api/v3", "xn--bcher-kva.test"),
    ],
)
def test_a_server_of_ones_own_wherever_it_has_its_api(
    office: Callable[[str], Office], url: str, target: str
) -> None:
    """One that is old besides: it knows no version of the API, and limits nothing."""
    at = office(url)
    at.trust(f"{target}/{PROJECT}")
    at.git("http.proxy", at.proxy_url)
    at.git("http.sslCAInfo", str(at.ca))
    end = instead(at.world, _old)
    at.in_step(at.ran())
    end()
    assert not [each.path for each in at.world.wire.asked if "rate_limit" in each.path]
    at.world.person.close(at.world.number(TAKE_IN))
    at.in_step(at.ran())
    assert "status: complete" in at.world.path(TAKE_IN).read_text()


def _old(asked: Asked) -> Reply | None:
    if "X-GitHub-Api-Version" in asked.headers:
        return Reply(400, {"message": "unsupported version"}, {"X-GitHub-Enterprise-Version": "3.4.0"})
    return None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://me:hunter2_hunter2@tracker.test/api/v3", "must look like https://"),
        ("http://tracker.test/api/v3", "must begin with https://"),
        ("https://b\u00fccher.test/api/v3", "is written as xn--"),
        ("https://tracker.test/api/v3?token=hunter2_hunter2", "must look like https://"),
        ("https://tracker.test:99999/api/v3", "must look like https://"),
    ],
)
def test_an_address_that_no_token_goes_to(world: World, url: str, says: str) -> None:
    world.configure(CONFIG)
    file = world.repo.path / ".lspec/integrations.yml"
    file.write_text(file.read_text().replace(world.wire.url, url))
    world.repo.commit(spec(PUBLISH), "specs")
    done = ran(world)
    assert done.code == 2
    assert ".lspec/integrations.yml:3:12: `api_url` " in done.err
    assert says in done.err
    assert "hunter2" not in done.out + done.err
    assert world.wire.asked == []
