"""The two commands `git-lspec` and `lspec`, and `python -m lspec_git`: one program."""

from __future__ import annotations

import sys

try:
    from lspec_git.cli.main import main
except KeyboardInterrupt:
    # Loading takes as long as it takes to change one's mind; from here on `main` answers to Ctrl-C.
    sys.stderr.write("error: interrupted\n")
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(main())
