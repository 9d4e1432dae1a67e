"""From a tracker's name to its adapter. Knows nothing of any tracker."""

from __future__ import annotations

from lspec_git.adapters.base import Connection, PMAdapter
from lspec_git.errors import ConfigError, LspecError
from lspec_git.trackers import broken, installed


def connect(name: str, connection: Connection) -> PMAdapter:
    """The adapter for one project on the tracker of that name; makes no request.

    Raises ConfigError when no package, or more than one, offers the tracker, or when what is offered is
    broken; what the adapter itself says of a connection comes through as it is.
    """
    known = installed()
    if name not in known:
        raise ConfigError(
            f"no tracker `{name}`; installed are: {', '.join(known) or 'none'}",
            "correct the name in integrations.yml, or install the package that offers it",
        )
    try:
        made = known[name].connect(connection)
    except LspecError:
        raise
    except Exception as error:
        raise broken(name, known.package(name), f"{type(error).__name__}: {error}") from error
    if not isinstance(made, PMAdapter):
        raise broken(name, known.package(name), "what it connects with is no PMAdapter")
    return made
