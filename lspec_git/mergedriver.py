"""The merge driver: git runs it once for every file that both sides of a merge changed.

Exit status 0: merged, 3: merged with conflicts, `%A` holds the result; anything else: `%A` is as it was, and
the command line in git's config goes on with git's own text merge. Whatever is in doubt goes that way.
Imports little on purpose: see `core.words`.
"""

from __future__ import annotations

import os

from lspec_git.core.specmerge import Doubt, Result, Settings, merge_spec
from lspec_git.core.words import KINDS, MAX_SIZE, PLACES, Kind
from lspec_git.git import quick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lspec_git.core.specmerge import Ask

CLEAN, CONFLICT, LEFT_TO_GIT = 0, 3, 4
SECONDS = 10
"""How long one file may take; then git's text merge has it."""
LABELS = ("ours", "base", "theirs")


def merge_files(
    base: bytes,
    ours: bytes,
    theirs: bytes,
    path: str,
    *,
    kinds: Mapping[str, Kind] = KINDS,
    marker: int = 7,
    labels: tuple[str, str, str] = LABELS,
    style: str = "",
    ask: Ask | None = None,
) -> Result:
    """Merge three versions of the file that git knows as `path`: a spec, or the config of `git lspec`.

    `base` is empty where both sides added the file. `kinds` says how each key of the frontmatter behaves
    (keys without a kind are merged three-way by value), so that other formats than LeanSpec's can be merged;
    no key is asked for. `marker` is the length of conflict markers, `labels` name ours, base and theirs
    behind them, `style` is a `merge.conflictStyle`; empty: as the git config of this folder says. `ask` is
    asked (key, ours, theirs) about a word that both sides changed, and tells (the word, why) or None.
    Bodies that both sides changed are merged by `git merge-file`. Raises Doubt, with the reason, where only
    git's text merge of the whole file will do.
    """

    def merge_text(*texts: str) -> tuple[str, bool]:
        return _merged_text([text.encode() for text in texts], labels, marker)

    settings = Settings(merge_text, kinds, marker, labels, lambda: style or _style())
    if path in PLACES:
        from lspec_git.core import configmerge  # noqa: PLC0415 - brings the YAML library

        return configmerge.merge_config(base, ours, theirs, settings)
    if ask is not None:
        settings.ask = ask
    return merge_spec(base, ours, theirs, settings)


def _merged_text(texts: Sequence[bytes], labels: Sequence[str], marker: int) -> tuple[str, bool]:
    found = quick.merge_file(texts, labels, marker)
    if found is None:
        raise Doubt("git merge-file failed on the body")
    return found[0].decode(), found[1]


def _style() -> str:
    return quick.run(["config", "--get", "merge.conflictStyle"])[1].decode().strip()


def main(args: Sequence[str]) -> int:
    """`merge-driver %O %A %B %L %P [%S %X %Y]`, as git calls it; the exit status."""
    path = args[4] if len(args) > 4 else ""
    try:
        _fill_standard_files()
        return _timed(lambda: _run(args, path))
    except Doubt as doubt:
        return _left(path, str(doubt))
    except BaseException as error:  # noqa: BLE001 - the promise: whatever happens, git's text merge takes over
        return _left(path, f"{type(error).__name__}: {error}")


def _run(args: Sequence[str], path: str) -> int:
    if len(args) not in (5, 8) or not args[3].isdecimal():
        raise Doubt("called with other arguments than %O %A %B %L %P [%S %X %Y]")
    base, ours, theirs = (_read(name) for name in args[:3])
    result = merge_files(
        base, ours, theirs, path, marker=int(args[3]), labels=_labels(args[5:]), ask=_asker(path)
    )
    _end_of_time()
    if result.data != ours:
        quick.replace(args[1], result.data)
    for line in result.said:
        _say(path, line)
    return CONFLICT if result.conflict else CLEAN


def _fill_standard_files() -> None:
    """A closed stderr would else become the pipe or the file that is opened next, and be written to."""
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(number)


def _labels(given: Sequence[str]) -> tuple[str, str, str]:
    """git 2.44 and later fill in %S %X %Y: base, ours, theirs; older ones hand the two characters on."""
    if len(given) != 3 or given[0] == "%S":
        return LABELS
    return given[1], given[0], given[2]


def _read(name: str) -> bytes:
    number = os.open(name, os.O_RDONLY)
    try:
        size = os.fstat(number).st_size
        if size > MAX_SIZE:
            raise Doubt(f"larger than {MAX_SIZE:,} bytes")
        data = b""
        while block := os.read(number, size + 1):
            data += block
        return data
    finally:
        os.close(number)


def _asker(path: str) -> Ask:
    def ask(key: str, ours: str, theirs: str) -> tuple[str, str] | None:
        if quick.run(["rev-parse", "-q", "--verify", "refs/notes/lspec"])[0] != 0:
            return None
        from lspec_git.errors import LspecError  # noqa: PLC0415 - as below
        from lspec_git.lastseen import decides  # noqa: PLC0415 - costly, and needed for few conflicts only

        try:
            return decides(path, key, ours, theirs)
        except LspecError:
            return None  # a config or notes that cannot be read decide nothing: it is a conflict

    return ask


def _timed(work: Callable[[], int]) -> int:
    import signal  # noqa: PLC0415 - only a driver that git runs sets an alarm

    def late(*_: object) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # stuck where Python is not asked: ends without a word
        signal.alarm(2)
        raise Doubt(f"not done within {SECONDS} seconds")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    return work()


def _end_of_time() -> None:
    """From here on nothing takes time, and the result must not be half there."""
    import signal  # noqa: PLC0415 - as above

    signal.alarm(0)


def _left(path: str, reason: str) -> int:
    _say(path, f"left to git's text merge: {reason}")
    return LEFT_TO_GIT


def _say(path: str, message: str) -> None:
    """One line on stderr; a spec goes by its folder. A closed stderr changes nothing."""
    name = path.removesuffix("/README.md")
    line = "".join(sign if sign.isprintable() else "?" for sign in f"{name}: {message}")
    try:
        os.write(2, (line[:500] + "\n").encode("utf-8", "replace"))
    except OSError:
        return  # nobody listens; what was decided stands all the same
