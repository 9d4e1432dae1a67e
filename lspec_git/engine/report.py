"""What a run found and did, as data: for people, for `--json`, and for the exit code."""

from __future__ import annotations

from dataclasses import dataclass, field

from lspec_git.core.actions import Action, Conflict
from lspec_git.core.spec import Problem, SpecId
from lspec_git.errors import LspecError


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was carried out; `key` and `url` are the work item's."""

    action: Action
    key: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An action, or a whole tracker, that failed; the rest went on."""

    subject: str
    message: str
    advice: str = ""
    code: int = 3


@dataclass(slots=True)
class Report:
    """One run. `plan` is everything that was decided, `done` what of it was carried out."""

    dry_run: bool = False
    plan: list[Action] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    """Links of the items that the plan names, by `tracker key`."""
    targets: dict[str, str] = field(default_factory=dict)
    """The targets of the trackers that the plan names."""
    set_by: dict[tuple[SpecId, str], tuple[str, str]] = field(default_factory=dict)
    """For a conflicting field: who set the spec's and the tracker's value, and when."""
    notes: str = ""
    """Why the notes could not be fetched or pushed, in one line."""
    specs: int = 0
    linked: int = 0

    def fail(self, subject: str, error: LspecError, code: int = 3) -> None:
        """Note a failure that carries its own advice; `code` is what it means if it is the only one."""
        self.failures.append(Failure(subject, error.message, error.advice, code))

    def warn(self, *messages: str) -> None:
        """Note oddities, each once."""
        self.warnings.extend(m for m in messages if m not in self.warnings)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return tuple(action for action in self.plan if isinstance(action, Conflict))

    @property
    def exit_code(self) -> int:
        """0 done, 1 something waits for a person, 3 partial failure; else why nothing at all was done."""
        codes = {failure.code for failure in self.failures}
        if codes:
            return codes.pop() if len(codes) == 1 and not self.done else 3
        return 1 if self.conflicts or any(problem.fatal for problem in self.problems) else 0
