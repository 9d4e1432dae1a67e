"""The two commands `git-lspec` and `lspec`, and `python -m lspec_git`: one program.

What git starts in the middle of its own work leaves here, before the command line's libraries are loaded.
"""

from __future__ import annotations

import gc
import sys

HELP = {"-h", "--help"}


def spare_collector() -> None:
    """What a run makes lives to its end, mostly: to look for cycles after every 700 objects costs a tenth."""
    gc.set_threshold(50_000)


def main(args: list[str] | None = None) -> int:
    """Run what the arguments name (those of the process by default); the exit status."""
    words = sys.argv[1:] if args is None else args
    if words[:1] == ["merge-driver"]:
        try:
            from lspec_git.mergedriver import main as merge  # noqa: PLC0415 - each way loads only its own parts
        except Exception as error:  # noqa: BLE001 - a broken installation must not break a merge
            sys.stderr.write(f"git lspec merge-driver cannot be loaded: {error}\n")
            return 4  # git's own text merge goes on
        return merge(words[1:])
    if words[:1] == ["hook"] and words[1:2] in (["sync"], ["notes"], ["run"]) and not HELP & set(words):
        try:
            from lspec_git import hooks  # noqa: PLC0415 - as above
        except Exception:  # noqa: BLE001 - a broken installation must not break a commit or a push
            return 0
        if words[1] != "run":
            return hooks.main(words[1:])
        hooks.detach()
    spare_collector()
    try:
        from lspec_git.cli.main import main as cli  # noqa: PLC0415 - as above
    except KeyboardInterrupt:
        # Loading takes as long as it takes to change one's mind; from here on `cli` answers to Ctrl-C.
        sys.stderr.write("error: interrupted\n")
        return 130
    return cli(words)


if __name__ == "__main__":
    sys.exit(main())
