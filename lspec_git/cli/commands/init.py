"""`git lspec init`: from questions, or flags, to a config and an approved target; then it says what is left.

It proposes what git and LeanSpec already tell, asks only on a terminal, and overwrites nothing unasked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import click

from lspec_git.adapters.base import Account, Connection
from lspec_git.adapters.registry import connect
from lspec_git.checkout import Worktree, open_worktree
from lspec_git.cli.folders import FLAG, folders
from lspec_git.cli.output import ask, confirm, emit, fail, on_terminal, plain, say, warn
from lspec_git.cli.verb import Verb, json_option
from lspec_git.core.config import TrackerConfig, target
from lspec_git.core.config_file import parse
from lspec_git.core.config_template import template
from lspec_git.core.remotes import Place, place_of
from lspec_git.core.roots import shown
from lspec_git.core.rules import Create, matches
from lspec_git.core.targets import api_problem, project_problem
from lspec_git.core.tracker import Tracker
from lspec_git.core.words import PLACES
from lspec_git.engine.credentials import approve, secret_for
from lspec_git.engine.route import route_to
from lspec_git.errors import AuthError, TrackerError, UsageError
from lspec_git.git.config import remote_url, remotes
from lspec_git.git.notes import REF
from lspec_git.git.setup import add_fetch, fetches
from lspec_git.trackers import installed


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the flags said; empty where they said nothing."""

    tracker: str
    project: str
    patterns: tuple[str, ...]
    specs: tuple[str, ...]
    api_url: str
    create: Create | None
    yes: bool

    @property
    def kind(self) -> Tracker:
        return installed()[self.tracker]

    @property
    def like(self) -> str:
        """What a project's name looks like."""
        return "owner/name" if self.kind.hosts_code else "PROJECT"

    def problem(self, project: str) -> str:
        """Why this cannot be a project's name, or nothing."""
        generic = project_problem(project) if project else "is missing"
        return self.kind.project_problem(project) or generic

    @property
    def asks(self) -> bool:
        """Whether questions may be asked; otherwise flags and proposals have to do."""
        return not self.yes and on_terminal()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is going to be written and approved."""

    file: str
    text: str
    trackers: tuple[TrackerConfig, ...]
    remote: str
    """The remote that shares the notes, or empty."""

    @property
    def targets(self) -> str:
        return " and ".join(map(target, self.trackers))


@click.command(
    "init",
    cls=Verb,
    short_help="Set up a repository: which tracker, which project, which specs.",
    examples=(
        ("git lspec init", "asks; proposes what git's remote names"),
        ("git lspec init --repo octocat/specs --yes", "asks nothing"),
        ("git lspec init --repo me/it --pattern 'specs/2026*/**'", "some specs only"),
        ("git lspec init --dry-run --yes", "print the config, write nothing"),
    ),
    exits={0: "", 1: "you said no; nothing was changed", 2: "", 4: ""},
)
@click.option("--tracker", default="github", show_default=True, help="Which kind of tracker.")
@click.option("--repo", "project", metavar="OWNER/NAME", default="", help="The project on the tracker.")
@click.option(
    "--pattern",
    "patterns",
    multiple=True,
    metavar="GLOB",
    help="Which specs, such as 'specs/**'; repeatable.",
)
@click.option(
    "--specs",
    multiple=True,
    metavar="FOLDER[=OWNER/NAME]",
    help="A specs folder, or a LeanSpec project, of several; perhaps with a project of its own; repeatable.",
)
@click.option(
    "--api-url", default="", metavar="URL", help="Of a GitHub Enterprise Server: https://HOST/api/v3"
)
@click.option(
    "--create",
    type=click.Choice([each.value for each in Create]),
    help="New items for specs not yet complete (active), for all, or none.",
)
@click.option("--yes", "-y", is_flag=True, help="Ask nothing; take what git and LeanSpec tell.")
@click.option("--force", is_flag=True, help="Replace a config that is there already.")
@click.option("--dry-run", "-n", is_flag=True, help="Print the config; write and approve nothing.")
@json_option
def command(
    tracker: str,
    project: str,
    patterns: tuple[str, ...],
    specs: tuple[str, ...],
    api_url: str,
    create: str | None,
    *,
    yes: bool,
    force: bool,
    dry_run: bool,
    json_mode: bool,
) -> int:
    """Set up a repository: write .lspec/integrations.yml and let the tracker's project receive your token.

    On a terminal it asks what the flags leave open. It proposes the project that git's remote names, and
    the folders where LeanSpec keeps its specs: in a monorepo there may be several, each with a project.
    """
    tree = open_worktree()
    file = _file(tree, force)
    wishes = Wishes(tracker, project, patterns, specs, api_url, Create(create) if create else None, yes)
    outcome = _outcome(tree, file, wishes)
    if dry_run:
        emit(json_mode, _json(outcome, written=False), outcome.text.splitlines())
        say(f"would write this to {file}, and let {outcome.targets} receive your token")
        return 0
    if wishes.asks and not confirm(f"Write {file}, and let {outcome.targets} receive your token?", True):
        emit(json_mode, _json(outcome, written=False), ())
        say("nothing was changed")
        return 1
    _write(tree, outcome)
    _report(tree, outcome)
    emit(json_mode, _json(outcome, written=True), ())
    return 0


def _json(outcome: Outcome, *, written: bool) -> dict[str, object]:
    return {
        "file": outcome.file,
        "config": outcome.text,
        "projects": [
            {"tracker": one.name, "project": one.project, "target": target(one)} for one in outcome.trackers
        ],
        "state_remote": outcome.remote,
        "written": written,
    }


def _file(tree: Worktree, force: bool) -> str:
    """Where the config goes: where one is, or to the first place. Raises UsageError if one is in the way."""
    present = [place for place in PLACES if os.path.lexists(tree.top / place)]
    if present and not force:
        raise UsageError(
            f"{present[0]} is there already", "edit it, or replace it all with: git lspec init --force"
        )
    if len(present) > 1:
        raise UsageError(f"{' and '.join(present)} are both there", f"keep one: git rm {present[1]}")
    return present[0] if present else PLACES[0]


def _outcome(tree: Worktree, file: str, wishes: Wishes) -> Outcome:
    if wishes.tracker not in installed():
        raise UsageError(
            f"`{wishes.tracker}` is no tracker; installed are: {', '.join(installed()) or 'none'}",
            "git lspec init -h",
        )
    remote = _state_remote(tree)
    place = place_of(remote_url(tree.repo, remote) or "") if remote and wishes.kind.hosts_code else None
    tree, named = folders(tree, wishes.specs, asks=wishes.asks)
    projects = _projects(wishes, place, named)
    api_url = _api_url(wishes, place)
    text = template(
        wishes.tracker,
        wishes.kind,
        _patterns(tree, wishes, projects),
        specs=[shown(root) for root in named],
        api_url=api_url,
        create=_create(wishes),
        remote=remote or "origin",
    )
    return Outcome(file, text, parse(text, file, installed()).trackers, remote)


def _state_remote(tree: Worktree) -> str:
    names = remotes(tree.repo)
    return "origin" if "origin" in names else (names[0] if len(names) == 1 else "")


def _projects(wishes: Wishes, place: Place | None, named: Mapping[str, str]) -> dict[str, str]:
    """The project of each specs folder; of "" where none is listed."""
    for project in filter(None, named.values()):
        if reason := wishes.problem(project):
            raise UsageError(f"--specs: the project {reason}", FLAG)
    if not all(named.values()) and len(named) > 1 and wishes.asks and not wishes.project:
        return {root: project or _project(wishes, place, shown(root)) for root, project in named.items()}
    if named and all(named.values()):
        return dict(named)
    rest = _project(wishes, place)
    return {root: project or rest for root, project in (named or {"": ""}).items()}


def _project(wishes: Wishes, place: Place | None, folder: str = "") -> str:
    proposed = place.project if place else ""
    if not wishes.project and wishes.asks:
        what = f"Project of {folder}" if folder else "Project on the tracker"
        return _answer(f"{what} ({wishes.like})", proposed, wishes.problem)
    if not wishes.project and not (wishes.yes and proposed):
        hint = f" (git's remote says {proposed})" if proposed else ""
        raise UsageError(f"which project?{hint}", f"git lspec init --repo {proposed or wishes.like}")
    project = wishes.project or proposed
    if reason := wishes.problem(project):
        raise UsageError(f"--repo {reason}", f"git lspec init --repo {wishes.like}")
    return project


def _api_url(wishes: Wishes, place: Place | None) -> str:
    """Given, or GitHub's own. Another host is only ever a proposal: it need not be a GitHub at all."""
    default = wishes.kind.api_url
    if wishes.api_url:
        if problem := api_problem(wishes.api_url):
            raise UsageError(f"--api-url {problem}", "git lspec init -h")
        return wishes.api_url
    if place is None:
        return default or _unknown_api(wishes)
    if place.surely_github:
        return place.api_url
    if wishes.asks:
        return _answer("API of that server", place.api_url, api_problem)
    raise UsageError(
        f"is {place.host} a GitHub Enterprise Server?",
        f"then add: --api-url {place.api_url}\nif the issues are on github.com: --api-url {default}",
    )


def _unknown_api(wishes: Wishes) -> str:
    if wishes.asks:
        return _answer("URL of its API", "", api_problem)
    raise UsageError(
        f"where is the API of {wishes.tracker}?", f"git lspec init --tracker {wishes.tracker} --api-url URL"
    )


def _patterns(tree: Worktree, wishes: Wishes, projects: Mapping[str, str]) -> dict[str, list[str]]:
    """Which specs go to which project: those of its folders, or what was said where there is but one."""
    several = len(set(projects.values())) > 1
    if several and wishes.patterns:
        raise UsageError("--pattern goes with one project; with several, folders tell the specs", FLAG)
    found: dict[str, list[str]] = {}
    for layout, project in zip(tree.layouts, projects.values(), strict=True):
        found.setdefault(project, []).append(f"{layout.root}/**" if layout.root else "**")
    if wishes.patterns:
        found = {project: list(wishes.patterns) for project in found}
    elif wishes.asks and len(tree.layouts) == 1:
        found = {name: [ask("Which specs (directories, as a glob)", *known)] for name, known in found.items()}
    for project, patterns in found.items():
        _count(tree, f"{project}: " if several else "", patterns)
    return found


def _count(tree: Worktree, project: str, patterns: list[str]) -> None:
    """Say how many specs some patterns stand for."""
    places = [path.rpartition("/")[0] for _, path in tree.specs()]
    named = [folder for folder in places if any(matches(pattern, folder) for pattern in patterns)]
    tell = say if named or not places else warn
    tell(f"{project}{', '.join(patterns)}: {len(named)} of {len(places)} specs")


def _create(wishes: Wishes) -> Create:
    if wishes.create or not wishes.asks:
        return wishes.create or Create.ACTIVE
    question = "New items for specs not yet complete (active), for all, or none"
    choice = click.Choice([each.value for each in Create])
    return Create(click.prompt(question, default=Create.ACTIVE.value, type=choice, err=True))


def _answer(question: str, proposed: str, problem: Callable[[str], str]) -> str:
    while reason := problem(answer := ask(question, proposed)):
        say(f"it {reason}")
    return answer


def _write(tree: Worktree, outcome: Outcome) -> None:
    path = tree.top / outcome.file
    path.parent.mkdir(exist_ok=True)
    if not path.parent.resolve().is_relative_to(tree.top.resolve()):
        raise UsageError(f"{path.parent} leads out of the repository", "remove that symbolic link")
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(outcome.text, "utf-8", newline="\n")
    draft.replace(path)
    say(f"wrote {outcome.file}")
    for tracker in outcome.trackers:
        say(f"{approve(target(tracker))} may receive your token (git lspec trust --list)")
    if outcome.remote:
        _fetch_notes(tree, outcome.remote)


def _fetch_notes(tree: Worktree, remote: str) -> None:
    """Let `git fetch` bring notes along."""
    if not fetches(tree.repo, REF, remote):
        add_fetch(tree.repo, REF, remote)
        say(f"git fetch {remote} brings the notes of others along")


def _report(tree: Worktree, outcome: Outcome) -> None:
    """Try the token where there is one, and say what comes next. Raises TrackerError if it is refused."""
    refused = [error for tracker in outcome.trackers if (error := _try(tree, tracker))]
    for error in refused[1:]:
        fail(error.message, error.advice)
    if refused:
        raise refused[0]
    say(f"next: git add {outcome.file}, commit it, and see what a sync would do: git lspec sync --dry-run")
    say("to publish with every commit from then on: git lspec install")


def _try(tree: Worktree, tracker: TrackerConfig) -> TrackerError | None:
    """Whether a project takes the token, if there is one; returns why not, so that the others are tried."""
    try:
        secret = secret_for(target(tracker), tracker.name, folder=tree.top)
    except AuthError as error:
        warn(f"{error.message}\n{error.advice}")
        return None
    connection = Connection(
        tracker.project,
        tracker.api_url,
        secret.value,
        secret.user,
        route=route_to(tracker.api_url, tree.top),
        renew=secret.renew,
    )
    try:
        _tell(connect(tracker.name, connection).check(), secret.source)
    except TrackerError as error:
        return error
    return None


def _tell(account: Account, source: str) -> None:
    whose = account.login or "an app's token"
    say(f"{account.target} is reachable as {plain(whose)} (token from {source})")
    for missing in account.missing:
        warn(missing)
