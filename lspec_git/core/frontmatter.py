"""Reading and writing specs: the one door for everybody outside of `core`.

The work is in `document` (spans), `fields` (values), `splice` (edits) and `stamps` (LeanSpec's side effects).
"""

from lspec_git.core.document import Document, Entry, entries, heading, parse
from lspec_git.core.fields import link_of, normal_value, notices, values
from lspec_git.core.markdown import Heading, Span
from lspec_git.core.splice import edit
from lspec_git.core.stamps import pulled, restate
from lspec_git.core.words import KEY_ORDER, MAX_SIZE, elements

__all__ = [
    "KEY_ORDER",
    "MAX_SIZE",
    "Document",
    "Entry",
    "Heading",
    "Span",
    "edit",
    "elements",
    "entries",
    "heading",
    "link_of",
    "normal_value",
    "notices",
    "parse",
    "pulled",
    "restate",
    "values",
]
