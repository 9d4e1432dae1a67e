"""Which trackers there are: every installed package may offer some, this one by the same door.

A tracker is an entry point of the group `lspec_git.adapters`: its name in the config, and a
`core.tracker.Tracker`. Each is loaded when it is asked for, so that one that nobody uses costs nothing and
breaks nothing. Knows nothing of any tracker, and connects to none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from lspec_git.core.tracker import Tracker
from lspec_git.errors import ConfigError, LspecError

GROUP: Final = "lspec_git.adapters"


class Installed(Mapping[str, Tracker]):
    """Trackers by name, in the order of names.

    Looking one up raises ConfigError when several packages offer it, or when what is offered is broken.
    """

    def __init__(self) -> None:
        self._entries: dict[str, list[EntryPoint]] = {}
        for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
            same = self._entries.setdefault(entry.name, [])
            if entry.value not in {each.value for each in same}:
                same.append(entry)
        self._loaded: dict[str, Tracker] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> Tracker:
        if name not in self._loaded:
            self._loaded[name] = _load(_only(name, self._entries[name]))
        return self._loaded[name]

    def package(self, name: str) -> str:
        """Which package offers a tracker."""
        return _package(self._entries[name][0])


def installed() -> Installed:
    """What is installed in this environment; its metadata is read once."""
    return _installed(tuple(sys.path))


@lru_cache(maxsize=4)
def _installed(_path: tuple[str, ...]) -> Installed:
    return Installed()


def broken(name: str, package: str, why: str) -> ConfigError:
    """The error about a package whose tracker cannot be used."""
    line = " ".join(why.split())[:300]
    return ConfigError(
        f"the tracker `{name}` of the package {package} is broken: {line}", f"update {package}"
    )


def _only(name: str, entries: list[EntryPoint]) -> EntryPoint:
    if len(entries) > 1:
        packages = ", ".join(sorted({_package(each) for each in entries}))
        raise ConfigError(f"several packages offer the tracker `{name}`: {packages}", "uninstall one")
    return entries[0]


def _load(entry: EntryPoint) -> Tracker:
    try:
        found = entry.load()
    except LspecError:
        raise
    except Exception as error:
        raise broken(entry.name, _package(entry), f"{type(error).__name__}: {error}") from error
    if not isinstance(found, Tracker):
        raise broken(entry.name, _package(entry), f"{entry.value} is no core.tracker.Tracker")
    return found


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "an unnamed package"
