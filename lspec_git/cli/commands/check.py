"""`git lspec check`: what keeps a spec or the config from being synced, by file, line and column. Offline."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import click

from lspec_git.checkout import Worktree, open_worktree
from lspec_git.cli.output import emit, plain, say, warn
from lspec_git.cli.staged import look
from lspec_git.cli.verb import Verb, json_option
from lspec_git.core.config import Config, label
from lspec_git.core.config_file import examine
from lspec_git.core.frontmatter import notices, parse
from lspec_git.core.leanspec import spec_of
from lspec_git.core.roots import resolve, shown
from lspec_git.core.rules import matches
from lspec_git.core.spec import Problem, SpecId
from lspec_git.core.words import PLACES
from lspec_git.errors import UsageError
from lspec_git.trackers import installed

Specs = Sequence[tuple[SpecId, str]]


@click.command(
    "check",
    cls=Verb,
    short_help="Validate specs and the config.",
    examples=(
        ("git lspec check", "every spec, and .lspec/integrations.yml"),
        ("git lspec check specs/019-api", "one spec"),
        ("git lspec check --staged", "what the next commit changes, and what of it will be published"),
        ("git lspec check --json | jq '.problems[]'", "path, line, column and message, for programs"),
    ),
    exits={0: "", 1: "a spec or the config cannot be used as it stands, or was mended", 2: ""},
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--staged", is_flag=True, help="Only what the next commit changes, as it is staged.")
@click.option("--fix", is_flag=True, help="With --staged: mend what is safe, and stage it.")
@json_option
def command(*, files: tuple[Path, ...], staged: bool, fix: bool, json_mode: bool) -> int:
    """Validate FILEs (specs, their directories, or the config); all of them without one.

    Prints `path:line:column: message` for each problem, and exits 1 if a spec or the config cannot be
    used as it stands. What is merely odd is called a warning and does not count.

    With --staged it is about the commit to be made: what the index holds, only the files that differ from
    HEAD. Then it tells which edits of a status will be published, too. --fix rewrites a stale line under a
    title, and an entry of `mapping` whose spec this commit renames, where the worktree holds what is
    staged; it exits 1 where it changed something, so that you look before you commit.
    """
    if staged and not files:
        return look(fix=fix, json_mode=json_mode)
    if staged or fix:
        raise UsageError("--fix goes with --staged, and --staged with no name", "git lspec check --staged")
    tree = open_worktree()
    specs, configs = _named(tree, files) if files else (tree.specs(), PLACES)
    problems = [*_config_problems(tree, configs, () if files else specs), *_twins(specs)]
    for _, path in specs:
        problems += _spec_problems(tree, path)
    fatal = sum(problem.fatal for problem in problems)
    emit(json_mode, _payload(len(specs), problems), (_line(tree, each) for each in problems))
    if not files:
        _warn_without_driver(tree)
    if not json_mode:
        if not files and not specs:
            where = ", ".join(f"{shown(layout.root)}/" for layout in tree.layouts)
            warn(f"no spec in {where} (`specs` in the config, or LeanSpec's own, names that folder)")
        say(f"{_count(len(specs), 'spec')} checked: {_summary(fatal, len(problems) - fatal)}")
    return 1 if fatal else 0


def _warn_without_driver(tree: Worktree) -> None:
    # 60 ms, which a commit that asks for --staged need not wait for.
    from lspec_git.engine.doctor.merging import absent_though_marked  # noqa: PLC0415

    if said := absent_though_marked(tree):
        warn(f"{said}\ngit lspec install")


def _named(tree: Worktree, files: Iterable[Path]) -> tuple[Specs, tuple[str, ...]]:
    """Specs and configs among the files and folders that were named; said of others that they are neither."""
    specs: dict[str, SpecId] = {}
    configs = []
    for file in files:
        path = _path(tree, file)
        spec = spec_of(path, *tree.layouts)
        below = {each: spec for spec, each in tree.specs(path)} if file.is_dir() else {}
        specs |= {path: spec} if spec else below
        if path in PLACES:
            configs.append(path)
        elif not spec and not below:
            say(f"{file}: no spec, skipped")
    return [(spec, path) for path, spec in specs.items()], tuple(configs)


def _path(tree: Worktree, file: Path) -> str:
    """The path from the top of the repository. Raises UsageError if it is not there, or not in it."""
    if not os.path.lexists(file):
        raise UsageError(f"{file}: no such file", "git lspec check, without a name, checks every spec")
    # The folder is resolved and not the file: a spec that is a symlink is still the one in its folder.
    whole = file.resolve() if file.is_dir() else file.parent.resolve() / file.name
    if not whole.is_relative_to(tree.top.resolve()):
        raise UsageError(f"{file} is outside of this repository", "run the command in its own repository")
    return whole.relative_to(tree.top.resolve()).as_posix()


def _spec_problems(tree: Worktree, path: str) -> tuple[Problem, ...]:
    data = _read(tree, path)
    if isinstance(data, Problem):
        return (data,)
    document = parse(data, path)
    return (document,) if isinstance(document, Problem) else notices(document)


def _read(tree: Worktree, path: str) -> bytes | Problem:
    file = tree.top / path
    if file.is_symlink():
        return Problem(path, 1, 1, "a symbolic link; specs are plain files")
    try:
        return file.read_bytes()
    except OSError as error:
        return Problem(path, 1, 1, f"cannot be read: {error.strerror}")


def _twins(specs: Specs) -> Iterator[Problem]:
    """Two specs of one name are one to LeanSpec, and synced by neither."""
    first: dict[SpecId, str] = {}
    for spec, path in specs:
        if spec in first:
            yield Problem(path, 1, 1, f"`{spec.name}` is the name of {first[spec]} already; rename one")
        first.setdefault(spec, path)


def _config_problems(tree: Worktree, paths: Iterable[str], specs: Specs) -> Iterator[Problem]:
    present = [path for path in paths if (tree.top / path).is_file()]
    if len(present) > 1:
        yield Problem(present[1], 1, 1, f"{present[0]} is there, too; keep one of them")
    for path in present:
        data = _read(tree, path)
        config, problems = _examined(data, path)
        yield from problems
        yield from (problem for problem in tree.problems if problem.path == path)
        if config and specs:
            yield from _idle_roots(tree, config, specs)
            yield from _idle_rules(config, specs)
            yield from _shared_specs(config, specs)


def _examined(data: bytes | Problem, path: str) -> tuple[Config | None, tuple[Problem, ...]]:
    if isinstance(data, Problem):
        return None, (data,)
    try:
        return examine(data.decode("utf-8-sig"), path, installed())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, (Problem(path, line, 1, "not UTF-8"),)


def _idle_roots(tree: Worktree, config: Config, specs: Specs) -> Iterator[Problem]:
    """Folders of the list that hold no spec: most often a slip in a name."""
    full = {spec.root for spec, _ in specs}
    told = {(problem.line, problem.column) for problem in tree.problems}
    for one in (one for one in config.specs if (one.line, one.column) not in told):
        layouts, _ = resolve([one], config.path, tree.read)
        if not any(layout.root in full for layout in layouts):
            where = shown(layouts[0].root)
            yield Problem(config.path, one.line, one.column, f"no spec in `{where}`", fatal=False)


def _shared_specs(config: Config, specs: Specs) -> Iterator[Problem]:
    """Specs that several sections of one tracker select: only the first has them."""
    shared: dict[tuple[str, int, int], list[str]] = {}
    for name in dict.fromkeys(tracker.name for tracker in config.trackers):
        for spec, path in specs:
            takers = list(config.takers(name, path.rpartition("/")[0], spec))
            for _, chosen in takers[1:]:
                home, first = takers[0]
                key = (label(config, home), first.line, chosen.line)
                shared.setdefault(key, []).append(str(spec))
    for (owner, before, line), some in shared.items():
        who = some[0] if len(some) == 1 else f"{some[0]} and {_count(len(some) - 1, 'more spec')}"
        message = f"selects {who}, which line {before} gives to {owner} already"
        yield Problem(config.path, line, 1, message, fatal=False)


def _idle_rules(config: Config, specs: Specs) -> Iterator[Problem]:
    """Rules that stand for no spec: most often a slip in a name."""
    folders = {path.rpartition("/")[0] for _, path in specs}
    names = Counter(spec.name for spec, _ in specs)
    for rule in (rule for tracker in config.trackers for rule in tracker.rules):
        if rule.spec and rule.spec not in folders and rule.spec.rpartition("/")[2] not in names:
            yield Problem(config.path, rule.line, 1, f"spec `{rule.spec}` is not here", fatal=False)
        if names[rule.spec] > 1:
            message = f"`{rule.spec}` is the name of {names[rule.spec]} specs; write its folder as well"
            yield Problem(config.path, rule.line, 1, message, fatal=False)
        if rule.pattern and not any(matches(rule.pattern, folder) for folder in folders):
            yield Problem(config.path, rule.line, 1, f"`{rule.pattern}` matches no spec", fatal=False)


def _line(tree: Worktree, problem: Problem) -> str:
    """As linters write it, so that editors can jump there: the path as seen from the current folder."""
    path = os.path.relpath(tree.top / problem.path)
    message = problem.message if problem.fatal else f"warning: {problem.message}"
    return plain(str(replace(problem, path=path, message=message)))


def _payload(checked: int, problems: Sequence[Problem]) -> Mapping[str, object]:
    return {"checked": checked, "problems": [asdict(problem) for problem in problems]}


def _summary(fatal: int, odd: int) -> str:
    found = [_count(fatal, "problem")] * bool(fatal) + [_count(odd, "warning")] * bool(odd)
    return ", ".join(found) or "all good"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
