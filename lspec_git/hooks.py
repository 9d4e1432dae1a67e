"""What hooks call while git waits: `hook sync` and `hook notes`. They decide fast, start a child, and leave.

The child (`hook run`) does the work on its own: it holds nothing of the hook's, asks nobody, and git's own
work has long gone on. The exit status is 0 whatever happens. Imports little on purpose: see `core.words`.
"""

from __future__ import annotations

import os
import sys

from lspec_git import logbook
from lspec_git.git import operations, quick
from lspec_git.pending import configured, pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GUARD = "LSPEC_HOOK"
"""Set for the child and all that it starts: hooks that these come upon do nothing."""
FRAMEWORK = "PRE_COMMIT"
"""Set by pre-commit and prek, which show what a hook said only if it failed."""
NOTES = "refs/notes/"
PATIENCE = 1.0
"""Seconds for what git says on stdin to arrive. A framework may hand on a pipe that nobody writes to."""


def main(args: Sequence[str]) -> int:
    """`sync`, or `notes [REMOTE [URL]]`, as hooks call them; the exit status, always 0."""
    folder = ""
    try:
        if GUARD in os.environ:
            return 0
        own, folder = _folders()
        if FRAMEWORK not in os.environ:
            logbook.tell(folder)
        if args[:1] == ["sync"]:
            _sync(own, folder)
        elif args[:1] == ["notes"]:
            _notes(args[1:])
    except BaseException as error:  # noqa: BLE001 - the promise: whatever happens, git's own work goes on
        _log(folder, f"hook {' '.join(args[:1])}: {type(error).__name__}: {error}")
    return 0


def _folders() -> tuple[str, str]:
    """Our folders in the git folders of this worktree and of the whole repository; it has a commit."""
    args = ["rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir"]
    code, out = quick.run(args)
    lines = out.decode("utf-8", "surrogateescape").splitlines()
    if code or len(lines) != 2:
        raise OSError(f"git {' '.join(args)} exited {code}")
    own, shared = (os.path.join(line, "lspec") for line in lines)  # noqa: PTH118
    return own, shared


def _log(folder: str, text: str) -> None:
    try:
        if folder:
            logbook.write(folder, text)
    except OSError:
        return  # a disk that is full must not stop a commit


def _sync(own: str, folder: str) -> None:
    """After a commit, merge or rewrite: start a run where there may be something to publish."""
    if not operations.more_to_come(os.path.dirname(own)) and configured() and pending(own, folder):  # noqa: PTH120
        spawn([])


def _notes(args: Sequence[str]) -> None:
    """Before a push: start a run that waits for it to end. Pushing notes alone is no push of the user's."""
    remote = args[0] if args else os.environ.get("PRE_COMMIT_REMOTE_NAME", "")
    refs = list(_pushed()) or [os.environ.get("PRE_COMMIT_REMOTE_BRANCH", "")]
    if all(ref.startswith(NOTES) for ref in refs) or not configured():
        return
    spawn(["--after-push", str(pusher()), _without_user(remote)])


def _pushed() -> Iterator[str]:
    """The remote's refs that are to be pushed, as git says on stdin: `local oid remote oid` a line."""
    import select  # noqa: PLC0415 - before a push only

    text = b""
    if not sys.stdin or os.isatty(0):
        return
    while select.select([0], [], [], PATIENCE)[0] and (block := os.read(0, 1 << 16)):
        text += block
    for line in text.decode("utf-8", "surrogateescape").splitlines():
        words = line.split(" ")
        if len(words) == 4:
            yield words[2]


def _without_user(remote: str) -> str:
    """The remote; of a URL no user or password, which the child's arguments would show to everybody."""
    scheme, separator, rest = remote.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path}" if separator else remote


def pusher() -> int:
    """The process of the `git push` that has called us, whatever frameworks lie between."""
    above = list(_above(os.getppid()))
    gits = [(pid, words) for pid, words in above if os.path.basename(words[0]) == "git"]  # noqa: PTH119
    pushes = [pid for pid, words in gits if "push" in words]
    others = [pid for pid, words in gits if "lspec" not in words]  # `git lspec hook notes` is none
    return next(iter([*pushes, *others]), os.getppid())


def _above(pid: int) -> Iterator[tuple[int, list[str]]]:
    """A process and those above it, each with its words, as far as can be told."""
    ask = _by_proc if os.path.exists("/proc/self/stat") else _by_ps  # noqa: PTH110
    for _ in range(64):
        if pid <= 1:
            return
        try:
            parent, words = ask(pid)
        except (OSError, ValueError):
            return
        yield pid, words or [""]
        pid = parent


def _by_proc(pid: int) -> tuple[int, list[str]]:
    with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
        parent = int(file.read().rpartition(b")")[2].split()[1])  # the name before may hold anything
    with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
        return parent, file.read().decode("utf-8", "replace").split("\0")


def _by_ps(pid: int) -> tuple[int, list[str]]:
    import subprocess  # noqa: PLC0415 - where there is no /proc

    args = ["ps", "-o", "ppid=", "-o", "args=", "-p", str(pid)]
    parent, *words = subprocess.run(args, capture_output=True, text=True, check=False).stdout.split()
    return int(parent), words


def spawn(args: Sequence[str]) -> None:
    """Start `hook run ARGS` on its own, with nothing of ours: no terminal, no pipe. Raises OSError."""
    # -P: this folder is a repository, and what lies in it is no part of the program.
    command = [sys.executable, "-P", "-m", "lspec_git", "hook", "run", *args]
    nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    environment = {**os.environ, GUARD: "1"}
    try:
        os.posix_spawn(sys.executable, command, environment, file_actions=nothing, setsid=True)
    except NotImplementedError:  # then it does so itself, a moment later
        os.posix_spawn(sys.executable, command, environment, file_actions=nothing)


def detach() -> None:
    """Make this process, `hook run`, one on its own: session, files, environment. First thing it does.

    Whoever started it does not wait: where it leads a group of processes, it goes on as a child of itself.
    """
    if os.getsid(0) != os.getpid():
        if os.getpgrp() == os.getpid() and os.fork():
            os._exit(0)
        os.setsid()
    _let_go()
    _quieten()


def _let_go() -> None:
    """Whatever pipe was inherited is held no longer: its reader waits for the last holder."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    for name in os.listdir("/dev/fd"):  # noqa: PTH208
        number = int(name)
        if number > 2:
            _close(number)


def _close(number: int) -> None:
    try:
        os.close(number)
    except OSError:
        return  # the one that the folder itself was listed through


def _quieten() -> None:
    """Only what belongs to the user stays in the environment: no repository of the hook's, nowhere to ask."""
    from lspec_git.git.process import NO_PROMPT, WHERE_TO_ASK, environment  # noqa: PLC0415 - of the child only

    kept = {name: value for name, value in environment(NO_PROMPT).items() if name not in WHERE_TO_ASK}
    os.environ.clear()
    os.environ.update({**kept, GUARD: "1"})
