"""Starts and stops the sandbox: a tracker on loopback that speaks GitHub's REST dialect, with a board.

Served by waitress on a thread, for tests as a context manager, or blocking for the command line.
"""

from __future__ import annotations

import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from waitress import wasyncore
from waitress.server import create_server

from lspec_git.errors import UsageError
from lspec_git.sandbox.app import application
from lspec_git.sandbox.clock import Clock
from lspec_git.sandbox.faults import Plan
from lspec_git.sandbox.github_desk import Desk
from lspec_git.sandbox.limits import Limits, Meter
from lspec_git.sandbox.model import Account, Project
from lspec_git.sandbox.store import Store
from lspec_git.sandbox.wire import Journal, Request, Wire

HOST = "127.0.0.1"
PEOPLE = ("octocat", "alice", "bob", "mona")
LARGEST_BODY = 2_000_000
THREADS = 8
DEFAULT_PROJECT = "octocat/specs"


class Sandbox:
    """A tracker that lives as long as the `with` block, or from `start` to `stop`.

    `projects` are names (private, open to every token) or Projects; `tokens` maps secrets to Accounts, by
    default one made-up secret of the login octocat with write access. `people` can be assigned; `board_login`
    is who edits on the board. `clock` gives seconds since the epoch; `faults` are in the language of
    `lspec_git.sandbox.faults`; `latency` is in seconds, for every request to the tracker.
    Raises UsageError for a fault that is not understood, a port that is taken or a log that cannot be
    written.
    """

    def __init__(
        self,
        projects: Iterable[str | Project] = (DEFAULT_PROJECT,),
        tokens: Mapping[str, Account] | None = None,
        *,
        people: Iterable[str] = PEOPLE,
        board_login: str = "mona",
        port: int = 0,
        clock: Callable[[], float] | None = None,
        faults: Iterable[str] = (),
        log: Path | None = None,
        latency: float = 0.0,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        self.tokens = dict(tokens) if tokens else {secrets.token_urlsafe(24): Account("octocat")}
        self.clock = Clock(clock)
        self.store = Store(self.clock, people)
        self.faults = Plan()
        self.faults.add(*faults)
        self.port = port
        self._log = log
        self._latency = latency
        self._meter = Meter(limits, self.clock)
        self._board_login = board_login
        self._journal = Journal(None)
        self._listener: _Listener | None = None
        for project in projects:
            self.store.add_project(Project(project) if isinstance(project, str) else project)

    @property
    def url(self) -> str:
        """The API's base address, and in a browser the board."""
        return f"http://{HOST}:{self.port}"

    @property
    def token(self) -> str:
        """The first secret."""
        return next(iter(self.tokens))

    @property
    def requests(self) -> list[Request]:
        """What reached the tracker so far, in order; the board's own requests are not among it."""
        return self._journal.entries()

    def forget_requests(self) -> None:
        self._journal.clear()

    def advance(self, seconds: float) -> None:
        """Move the tracker's clock forward."""
        self.clock.advance(seconds)

    def start(self) -> Sandbox:
        self._journal = Journal(self._log)
        try:
            self._listener = _Listener(self._wire(), self.port)
        except UsageError:
            self._journal.close()
            raise
        self.port = self._listener.port
        return self

    def _wire(self) -> Wire:
        desk = Desk(self.store, self.tokens, self._meter, self.clock, self._board_login)
        return Wire(application(desk), self.faults, self._journal, self.clock, self._latency)

    def stop(self) -> None:
        if self._listener:
            self._listener.close()
        self._listener = None
        self._journal.close()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Listener:
    """waitress on a daemon thread, so that it never outlives the program."""

    def __init__(self, app: Wire, port: int) -> None:
        self._map: dict[int, wasyncore.dispatcher] = {}
        listening = _bound(port)  # by us: waitress leaves threads and pipes behind where it cannot bind
        self.port: int = listening.getsockname()[1]
        self._server = create_server(
            app,
            self._map,
            sockets=[listening],
            threads=THREADS,
            ident="lspec-sandbox",
            max_request_body_size=LARGEST_BODY,
            clear_untrusted_proxy_headers=True,
        )
        self._thread = threading.Thread(target=self._server.run, name="lspec-sandbox", daemon=True)
        self._thread.start()

    def close(self) -> None:
        # First the workers: one that has sent its answer still wakes the loop, by a pipe that must be open.
        self._server.task_dispatcher.shutdown()
        # The loop's sockets belong to its thread: ask that thread to close them, which ends the loop.
        # Where a worker wakes the loop first, the trigger is closed before it is pulled here (EBADF).
        with suppress(OSError):
            self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._map, ignore_all=True))
        self._thread.join(timeout=5)


def _bound(port: int) -> socket.socket:
    """A socket on loopback, not yet listening."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((HOST, port))
    except (OSError, OverflowError) as error:
        made.close()
        raise UsageError(
            f"cannot listen on {HOST}:{port}: {error}", "name another port with --port"
        ) from None
    return made


def serve(
    port: int,
    log: Path | None,
    faults: Iterable[str],
    announce: Callable[[Sandbox], None],
    *,
    projects: Iterable[str] = (DEFAULT_PROJECT,),
    token: str | None = None,
) -> None:
    """Run until interrupted or terminated; `announce` is called once it listens. Raises UsageError."""
    tokens = {token: Account("octocat")} if token else None
    with Sandbox(projects, tokens, port=port, log=log, faults=faults) as sandbox, _Stopped() as stopped:
        announce(sandbox)
        stopped.wait()


class _Stopped:
    """Waits for SIGINT or SIGTERM, then puts the former handlers back. For the main thread only."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._former: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> _Stopped:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._former[number] = signal.signal(number, lambda *_: self._event.set())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def wait(self) -> None:
        self._event.wait()
