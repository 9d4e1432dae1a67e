"""Our lines in files of attributes: in and out again, and not a byte of anybody else's changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.git.attributes import KEPT, install, line, literal, uninstall, wishes
from tests.conftest import Repo

LINES = [line("/specs/**/README.md"), line("/.lspec/integrations.yml")]
FOREIGN = {
    "none": None,
    "empty": "",
    "plain": "*.png binary\n",
    "no end": "*.png binary\n*.md merge=union",
    "a single line without end": "*.md text",
    "crlf": "*.png binary\r\n# comment\r\n*.md merge=union\r\n",
    "crlf, no end": "*.png binary\r\n*.md text",
    "macros and quotes": '[attr]prose merge=union -diff\n"a b/*.md" prose\n\n\n  *.x  text  \n',
    "an attribute of our name elsewhere": '"my lspec x" merge=foo\nx lspec\n',
    "blank lines at the end": "*.md text\n\n\n",
    "not UTF-8": "caf\udce9 text\n",
}


@pytest.mark.parametrize("before", FOREIGN.values(), ids=FOREIGN)
def test_in_and_out_again(before: str | None) -> None:
    after = install(before, LINES)
    assert after is not None
    assert after.startswith(before or "")
    assert [each for each in after.splitlines() if each in LINES] == LINES
    assert install(after, LINES) == after
    assert uninstall(after) == before


@pytest.mark.parametrize("before", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("where", range(4))
def test_a_foreign_line_added_in_between_stays(before: str | None, where: int) -> None:
    """Anywhere: above, between and below ours."""
    after = install(before, LINES)
    assert after is not None
    lines = after.splitlines(keepends=True)
    at = len(lines) - where
    grown = "".join([*lines[:at], "docs/** merge=lspec\n", *lines[at:]])
    left = uninstall(grown) or ""
    assert left.replace("docs/** merge=lspec\n", "", 1).rstrip("\r\n") == (before or "").rstrip("\r\n")
    assert left.count("docs/** merge=lspec\n") == 1
    assert uninstall(install(grown, LINES)) == left


@given(st.text(alphabet='a*# \r\n"\\=[]m!é', max_size=40))
def test_any_text_comes_back(before: str) -> None:
    after = install(before, LINES)
    assert install(after, LINES) == after
    assert uninstall(after) == before


def test_ours_are_last_where_others_speak_of_merge() -> None:
    first = install("*.md merge=union\n", LINES)
    assert first is not None
    assert install(first + "*.png binary\n*.txt eol=lf\n", LINES) != first + "*.png binary\n*.txt eol=lf\n"
    later = install(first + "*.md merge=union\n", LINES)
    assert later is not None
    assert later.splitlines()[-2:] == LINES
    calm = first + "*.txt eol=lf\n"
    assert install(calm, LINES) == calm, "a line that says nothing of merge moves nothing"


def test_new_lines_take_the_place_of_old_ones() -> None:
    old = install("a text\n", LINES)
    assert install(old, LINES[:1]) == install("a text\n", LINES[:1])
    assert install(old, []) == "a text\n"
    assert install(None, []) is None


def test_what_the_user_says_of_exactly_our_paths() -> None:
    text = (
        "[attr]own merge=mine\n*.md merge=union\n/specs/**/README.md merge=ours\nb own\nc binary\n"
        '"d\\040e" -merge\nf text\ng merge=lspec\nh !merge\ni merge\n'
    )
    names = ["specs/**/README.md", "b", "c", "d e", "f", "g", "h", "i"]
    assert wishes(text, names) == {
        "specs/**/README.md": "merge=ours",
        "b": "merge=mine",
        "c": "-merge",
        "d e": "-merge",
        "h": "!merge",
        "i": "merge",
    }
    assert wishes("b merge=x\nb merge=lspec\n", names) == {}, "the last one counts"
    assert wishes(line("/b", "merge=x", KEPT), names) == {}, "a copy of ours is no wish"


def test_a_line_of_ours_that_somebody_changed_is_theirs() -> None:
    changed = (install("", LINES) or "").replace("README.md merge=lspec", "README.md merge=union")
    assert wishes(changed, ["specs/**/README.md"]) == {"specs/**/README.md": "merge=union"}
    assert uninstall(changed) == "/specs/**/README.md merge=union lspec\n"


ODD = ["a b", "#x", "!x", 'q"uote', "back\\slash", "st*r", "[0-9]", "ta\tb", "naïve", "new\nline", "plain"]


@pytest.mark.parametrize("root", ODD)
def test_git_reads_the_pattern_as_it_is_meant(root: str, repo: Repo) -> None:
    repo.write(".git/info/attributes", line(f"/{literal(root)}/**/README.md") + "\n")
    for path, value in {f"{root}/x/README.md": "lspec", f"{root}x/x/README.md": "unspecified"}.items():
        out = repo.git("check-attr", "-z", "merge", "--", path)
        assert out.split("\0")[2] == value
    assert repo.git("check-attr", "-z", "merge", "--", "stir/x/README.md").split("\0")[2] == "unspecified"
