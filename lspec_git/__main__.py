"""The two commands `git-lspec` and `lspec`, and `python -m lspec_git`: one program."""

from __future__ import annotations

import sys

from lspec_git.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
