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
    if words[:2] == ["hook", "check"] and not HELP & set(words):
        return _checked(words)
    if words[:2] == ["hook", "setup"] and not HELP & set(words):
        return _set_up(words)
    return _commanded(words)


def _checked(words: list[str]) -> int:
    """What `hook check` exits with: only what is wrong with the staged content may stop a commit."""
    try:
        from lspec_git import precommit  # noqa: PLC0415 - as above

        code = precommit.check(words[2:])
        if code is None:
            code = _commanded(["check", "--staged", *(word for word in words if word == "--fix")])
    except Exception as error:  # noqa: BLE001 - a broken installation must not break a commit
        sys.stderr.write(f"git lspec hook check cannot be loaded: {error}\n")
        return 0
    return code if code in (1, 130) else 0


def _set_up(words: list[str]) -> int:
    """`hook setup` never stops anything."""
    try:
        from lspec_git import registered  # noqa: PLC0415 - as above

        if not registered.same():
            _commanded(words)
    except Exception as error:  # noqa: BLE001 - as above
        sys.stderr.write(f"git lspec hook setup cannot be loaded: {error}\n")
    return 0


def _commanded(words: list[str]) -> int:
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
