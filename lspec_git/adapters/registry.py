"""Which trackers there are: every installed package may offer some, this one by the same door.

An adapter is an entry point of the group `lspec_git.adapters`: the tracker's name in the config, and a
callable that takes a `Connection` and returns a `PMAdapter`. Knows nothing of any tracker.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Final

from lspec_git.adapters.base import Connection, PMAdapter
from lspec_git.errors import ConfigError, LspecError

GROUP: Final = "lspec_git.adapters"


def names() -> tuple[str, ...]:
    """The trackers that installed packages offer, sorted."""
    return tuple(sorted({each.name for each in entry_points(group=GROUP)}))


def connect(name: str, connection: Connection) -> PMAdapter:
    """The adapter for one project on the tracker of that name; makes no request.

    Raises ConfigError when no package, or more than one, offers the tracker, or when what is offered is
    broken; what the adapter itself says of a connection comes through as it is.
    """
    entry = _entry(name)
    package = entry.dist.name if entry.dist else "an unnamed package"
    try:
        made = entry.load()(connection)
    except LspecError:
        raise
    except Exception as error:
        raise _broken(name, package, f"{type(error).__name__}: {error}") from error
    if not isinstance(made, PMAdapter):
        raise _broken(name, package, f"{entry.value} makes no PMAdapter")
    return made


def _entry(name: str) -> EntryPoint:
    found = {each.value: each for each in entry_points(group=GROUP, name=name)}
    if not found:
        raise ConfigError(
            f"no tracker `{name}`; installed are: {', '.join(names()) or 'none'}",
            "correct the name in integrations.yml, or install the package that offers it",
        )
    if len(found) > 1:
        packages = sorted({each.dist.name for each in found.values() if each.dist})
        raise ConfigError(
            f"several packages offer the tracker `{name}`: {', '.join(packages)}", "uninstall one"
        )
    (entry,) = found.values()
    return entry


def _broken(name: str, package: str, why: str) -> ConfigError:
    line = " ".join(why.split())[:300]
    return ConfigError(
        f"the tracker `{name}` of the package {package} is broken: {line}", f"update {package}"
    )
