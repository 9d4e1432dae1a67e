"""`python -m tests.reliability FIRST LAST`: play these schedules and print what was done to them."""

from __future__ import annotations

import os
import sys

from tests.reliability.schedules import Broken, played

SETTINGS = {"init.defaultBranch": "main", "user.name": "Ada", "user.email": "ada@example.org", "gc.auto": "0"}
"""Whatever the user's own git config says."""


def main(first: int, last: int) -> int:
    """Play them one by one, also after one that breaks a promise; the exit status."""
    os.environ["GIT_CONFIG_COUNT"] = str(len(SETTINGS))
    for number, (key, value) in enumerate(SETTINGS.items()):
        os.environ |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    told, broken = played([]), 0
    for seed in range(first, last):
        try:
            told += played([seed])
        except Broken as error:
            print(error)  # noqa: T201 - a command's output
            broken += 1
    print(f"{last - first} schedules, {broken} broken")  # noqa: T201 - as above
    for kind, count in sorted(told.items()):
        print(f"{count:7} {kind}")  # noqa: T201 - as above
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
