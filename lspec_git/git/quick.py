"""One git child, started and read with nothing but `os`: for the merge driver, which lives for milliseconds.

`process` is for everybody else: it costs the import of `subprocess`, more than a whole merge takes.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BLOCK = 1 << 16
KILL = 9
"""SIGKILL; the module `signal` costs more than this line."""


def run(args: Sequence[str]) -> tuple[int, bytes]:
    """(exit status, stdout) of `git *args` in this folder; stderr is dropped.

    The environment is handed on as it is: the driver was started by git, for the repository that it names.
    Raises OSError where git cannot be started; a git that is killed exits with minus the signal.
    """
    reader, writer = os.pipe()
    pid = 0
    try:
        pid = os.posix_spawnp(
            "git",
            ["git", *args],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, writer, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
        os.close(writer)
        writer = -1
        output = b"".join(_blocks(reader))
        ended, pid = pid, 0
        return os.waitstatus_to_exitcode(os.waitpid(ended, 0)[1]), output
    finally:
        os.close(reader)
        if pid:
            os.kill(pid, KILL)
            os.waitpid(pid, 0)
        if writer >= 0:
            os.close(writer)


def _blocks(reader: int) -> Iterator[bytes]:
    while block := os.read(reader, BLOCK):
        yield block


def merge_file(texts: Sequence[bytes], labels: Sequence[str], marker: int) -> tuple[bytes, bool] | None:
    """git's own merge of (base, ours, theirs): the text, and whether it holds conflicts; None: it cannot.

    `labels` are of ours, base and theirs. `merge.conflictStyle` is read by git itself.
    """
    with _Files(texts) as paths:
        base, ours, theirs = paths
        names = [word for label in labels for word in ("-L", label)]
        args = ["merge-file", "-p", "-q", f"--marker-size={marker}", *names, ours, base, theirs]
        code, merged = run(args)
    # The status is the number of conflicts, up to 127; 255 and the like is an error.
    return (merged, code > 0) if 0 <= code < 128 else None


class _Files:
    """Contents as files that git can open by name: in memory where it can, else in a private folder."""

    def __init__(self, contents: Sequence[bytes]) -> None:
        self.contents = contents
        self.open: list[int] = []
        self.folder = ""

    def __enter__(self) -> list[str]:
        if not hasattr(os, "memfd_create"):
            return self._on_disk()
        for data in self.contents:
            number = os.memfd_create("lspec", 0)
            self.open.append(number)
            _write(number, data)
        return [f"/dev/fd/{number}" for number in self.open]

    def _on_disk(self) -> list[str]:
        import tempfile  # noqa: PLC0415 - costly, and needed only where there are no files in memory

        self.folder = tempfile.mkdtemp(prefix="lspec-")
        paths = [os.path.join(self.folder, name) for name in ("base", "ours", "theirs")]  # noqa: PTH118
        for path, data in zip(paths, self.contents, strict=True):
            number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            self.open.append(number)
            _write(number, data)
        return paths

    def __exit__(self, *_: object) -> None:
        for number in self.open:
            os.close(number)
        if self.folder:
            for name in os.listdir(self.folder):  # noqa: PTH208 - pathlib costs more than the merge
                os.unlink(os.path.join(self.folder, name))  # noqa: PTH108, PTH118
            os.rmdir(self.folder)  # noqa: PTH106


def _write(number: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]


def replace(path: str, data: bytes) -> None:
    """Put `data` in the place of a file in one step. Raises OSError, and the file is as it was.

    The new file is written inside of git's folder where that shares the disk, so that a kill leaves nothing
    in the worktree; else beside the old one.
    """
    temporary = _beside(path)
    number = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        try:
            _write(number, data)
        finally:
            os.close(number)
        os.replace(temporary, path)  # noqa: PTH105 - pathlib costs more than the merge
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise


def _beside(path: str) -> str:
    folder = os.environ.get("GIT_DIR") or ".git"
    name = f"{os.path.basename(path)}.lspec{os.getpid()}"  # noqa: PTH119
    try:
        near = os.stat(folder).st_dev == os.stat(path).st_dev  # noqa: PTH116
    except OSError:
        near = False
    if near and os.path.isdir(folder):  # noqa: PTH112
        return os.path.join(folder, name)  # noqa: PTH118
    return os.path.join(os.path.dirname(path), name)  # noqa: PTH118, PTH120


def git_dir() -> str:
    """git's own folder of the worktree whose top this folder is. Raises OSError where it is no such place."""
    if named := os.environ.get("GIT_DIR"):
        return named
    if os.path.isdir(".git"):  # noqa: PTH112 - pathlib costs more than the merge
        return ".git"
    with open(".git", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
        return file.read().removeprefix("gitdir: ").rstrip("\n")  # a submodule, or a linked worktree


def common_dir(own: str) -> str:
    """The folder that all worktrees share, by a worktree's own."""
    try:
        with open(os.path.join(own, "commondir"), encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH118, PTH123
            return os.path.join(own, file.read().rstrip("\n"))  # noqa: PTH118
    except FileNotFoundError:
        return own


class Objects:
    """A `git cat-file --batch`, asked in rounds; to be used with `with`. Any name that git knows will do."""

    def __enter__(self) -> Objects:
        asked, self._writer = os.pipe()
        self._reader, answering = os.pipe()
        self._buffer = b""
        try:
            self._pid = os.posix_spawnp(
                "git",
                ["git", "cat-file", "--batch"],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, asked, 0),
                    (os.POSIX_SPAWN_DUP2, answering, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
            )
        except BaseException:
            os.close(self._writer)
            os.close(self._reader)
            raise
        finally:
            os.close(asked)
            os.close(answering)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._writer)  # it ends, as nobody asks any more
        os.close(self._reader)
        os.waitpid(self._pid, 0)

    def read(self, names: Sequence[str]) -> list[tuple[str, bytes]]:
        """(id, bytes) of each; two empty ones where there is no such object.

        The names together must fit into a pipe: ValueError for more, and for one with a line feed in it.
        """
        asked = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
        if len(asked) > BLOCK or asked.count(b"\n") != len(names):
            raise ValueError("too many names, or one of two lines")
        os.write(self._writer, asked)
        return [self._answer() for _ in names]

    def _answer(self) -> tuple[str, bytes]:
        head = self._until(self._line_end())[:-1]
        if head.endswith((b" missing", b" ambiguous")):
            return "", b""
        oid, _, size = head.split(b" ")
        return oid.decode(), self._until(int(size) + 1)[:-1]

    def _line_end(self) -> int:
        while (end := self._buffer.find(b"\n")) < 0:
            self._more()
        return end + 1

    def _until(self, end: int) -> bytes:
        while len(self._buffer) < end:
            self._more()
        found, self._buffer = self._buffer[:end], self._buffer[end:]
        return found

    def _more(self) -> None:
        block = os.read(self._reader, BLOCK)
        if not block:
            raise OSError("git cat-file ended before it had answered")
        self._buffer += block
