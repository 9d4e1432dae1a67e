"""The manual pages, made from the commands' own help: `python -m lspec_git.cli.manual FOLDER` writes them.

git turns `git lspec --help` into `man git-lspec`; the wheel puts the pages where man finds them beside the
program (share/man/man1). They are kept in `man/`, and a test holds that they say what the commands say.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from pathlib import Path
from textwrap import wrap
from typing import Final

import click

from lspec_git import __version__
from lspec_git.cli.main import VERBS, cli
from lspec_git.cli.verb import EXITS, Verb

PROGRAM: Final = "git-lspec"
RELEASED: Final = "2026-11-25"
"""The day of the version that the pages describe."""
WIDTH: Final = 60
"""Of the source's lines: escaped, they stay within what linters of manual pages allow (80)."""
FILES: Final = (
    (".lspec/integrations.yml", "The config: which trackers, which specs, how fields are mapped."),
    ("refs/notes/lspec", "The state that clones share: links, and what was seen and heard."),
    (".git/lspec/", "What this clone alone remembers: journal, pulled values, cursors."),
    ("~/.config/lspec/credentials.toml", "Tokens by host or target, mode 0600; the environment comes first."),
)
VARIABLES: Final = (
    ("GITHUB_TOKEN, GH_TOKEN", "The token for github.com."),
    ("GH_ENTERPRISE_TOKEN", "The token for a GitHub Enterprise Server."),
    ("NO_COLOR", "No colour, whatever the value."),
    ("GIT_PAGER, PAGER, LESS", "The pager of git lspec log, as for git itself."),
)


def pages() -> dict[str, str]:
    """File name to text of every page; `lspec.1` leads to git-lspec.1."""
    above = click.Context(cli, info_name="git lspec", help_option_names=["-h", "--help"])
    found = {f"{PROGRAM}.1": _overview(above), "lspec.1": f".so man1/{PROGRAM}.1\n"}
    for name in VERBS:
        verb = cli.get_command(above, name)
        assert isinstance(verb, Verb)  # noqa: S101 - every command of the table is one
        found[f"{PROGRAM}-{name}.1"] = _page(verb, name, above)
    return found


def _overview(above: click.Context) -> str:
    commands = [(f"{PROGRAM}-{name}(1)", purpose) for name, purpose in VERBS.items()]
    exits = [(str(code), meaning) for code, meaning in EXITS.items()]
    return _joined(
        _head(PROGRAM, "keep LeanSpec specs in git and the work items of a tracker in step"),
        _section("SYNOPSIS", [f".B git lspec\n[{_roff('OPTION')}]... COMMAND [{_roff('ARGUMENT')}]..."]),
        _section("DESCRIPTION", _prose(cli.help or "")),
        _section("COMMANDS", _terms(commands)),
        _section("OPTIONS", _terms(_options(above))),
        _section("EXIT STATUS", _terms(exits)),
        _section("FILES", _terms(FILES)),
        _section("ENVIRONMENT", _terms(VARIABLES)),
        _section("SEE ALSO", [".BR git (1),\n.BR git-notes (1),\n.BR git-lspec-help (1)"]),
    )


def _page(verb: Verb, name: str, above: click.Context) -> str:
    context = click.Context(verb, above, name)
    usage = " ".join(verb.collect_usage_pieces(context))
    examples = [(example, what) for example, what in verb.examples]
    exits = [(str(code), meaning) for code, meaning in verb.exits.items()]
    more = [_section("NOTES", _prose(verb.epilog))] if verb.epilog else []
    return _joined(
        _head(f"{PROGRAM}-{name}", VERBS[name].rstrip(".").replace(":", ",")),
        _section("SYNOPSIS", [f".B git lspec {name}\n{_roff(usage)}"]),
        _section("DESCRIPTION", _prose(verb.help or "")),
        _section("OPTIONS", _terms(_options(context))),
        *more,
        _section("EXAMPLES", _terms(examples)),
        _section("EXIT STATUS", _terms(exits)),
        _section("SEE ALSO", [f".BR {PROGRAM} (1)"]),
    )


def _options(context: click.Context) -> list[tuple[str, str]]:
    return [
        record
        for parameter in context.command.get_params(context)
        if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context))
    ]


def _head(name: str, purpose: str) -> Iterator[str]:
    yield f'.TH {_roff(name.upper())} 1 "{RELEASED}" "git lspec {__version__}" "git lspec"'
    first, *rest = map(_roff, wrap(purpose, WIDTH - len(name)))
    yield "\n".join([f".SH NAME\n{_roff(name)} \\- {first}", *rest])


def _section(title: str, body: Iterable[str]) -> Iterator[str]:
    yield f".SH {title}"
    yield from body


def _terms(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in pairs:
        lines = wrap(meaning, WIDTH, break_on_hyphens=False, break_long_words=False)
        yield "\n".join([f".TP\n.B {_roff(term)}", *map(_roff, lines)])


def _prose(text: str) -> Iterator[str]:
    r"""Paragraphs as click takes them: filled, but for those that begin with a line of \b."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", cleandoc(text))):
        if number:
            yield ".PP"
        if paragraph.startswith("\b\n"):
            yield f".nf\n{_roff(paragraph[2:])}\n.fi"
        else:
            filled = " ".join(paragraph.split())
            yield from map(_roff, wrap(filled, WIDTH, break_on_hyphens=False, break_long_words=False))


def _roff(text: str) -> str:
    """Text with nothing in it that roff would take for its own."""
    safe = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("~", "\\(ti")
    safe = safe.replace("^", "\\(ha").replace("'", "\\(aq")
    return re.sub(r"^([.])", r"\\&\1", safe, flags=re.MULTILINE)


def _joined(*parts: Iterable[str]) -> str:
    head = '.\\" Made by: python -m lspec_git.cli.manual man\n'
    return head + "".join(f"{line}\n" for part in parts for line in part)


def main(folder: Path) -> None:
    """Write the pages into a folder, and take away those of commands that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in folder.glob("*.1"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
