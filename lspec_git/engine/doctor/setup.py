"""The setup: config, refspecs, remotes, trust and secrets."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from shlex import quote
from typing import Final

from lspec_git.core.config import target
from lspec_git.engine.credentials import approved, secret_for, secrets_file
from lspec_git.engine.doctor.findings import Finding, Level, Patient
from lspec_git.errors import LspecError
from lspec_git.git.config import config_get, config_get_all
from lspec_git.git.exchange import fetch_refspec, tracking_ref
from lspec_git.git.notes import REF
from lspec_git.git.setup import add_fetch
from lspec_git.local import config as load_config

PUBLIC_BITS: Final = 0o077


def config(patient: Patient) -> Iterator[Finding]:
    """Whether the config can be used."""
    try:
        found = load_config(patient.repo)
    except LspecError as error:
        advice = error.advice if error.advice.startswith("git lspec") else "git lspec check"
        command = "git lspec init" if "no .lspec" in error.message else advice
        yield Finding("config", Level.WRONG, error.message, (command,))
        return
    names = ", ".join(tracker.name for tracker in found.trackers if tracker.enabled)
    yield Finding("config", Level.OK, f"{found.path}: {names or 'no tracker is enabled'}")


def fetches(patient: Patient) -> Iterator[Finding]:
    """Whether `git fetch` brings notes along, and never over the ones that are here."""
    for remote in patient.remotes:
        for refspec in config_get_all(patient.repo, f"remote.{remote}.fetch"):
            if _covers(refspec.partition(":")[2]):
                yield Finding("fetch", Level.WRONG, *_clobbers(remote, refspec))
    if patient.state_remote:
        yield _brings(patient, patient.state_remote)


def _clobbers(remote: str, refspec: str) -> tuple[str, tuple[str, ...]]:
    said = f"`git fetch {remote}` overwrites {REF} ({refspec}): notes that were not pushed yet are lost"
    unset = f"git config --unset-all --fixed-value remote.{remote}.fetch {quote(refspec)}"
    add = f"git config --add remote.{remote}.fetch {quote(fetch_refspec(REF, remote))}"
    return said, (unset, add)


def _covers(side: str) -> bool:
    return bool(side) and fnmatchcase(REF, side)


def _brings(patient: Patient, remote: str) -> Finding:
    key, refspec = f"remote.{remote}.fetch", fetch_refspec(REF, remote)
    copy = tracking_ref(REF, remote)
    found = config_get_all(patient.repo, key)
    if any(fnmatchcase(copy, one.partition(":")[2]) for one in found):
        return Finding("fetch", Level.OK, f"`git fetch {remote}` brings the notes along")

    def mend() -> str:
        add_fetch(patient.repo, REF, remote)
        return f"`git fetch {remote}` brings the notes along now"

    said = f"`git fetch {remote}` brings no notes (a sync does)"
    return Finding("fetch", Level.NOTE, said, (f"git config --add {key} {quote(refspec)}",), mend)


def pushes(patient: Patient) -> Iterator[Finding]:
    """Whether a plain `git push` would overwrite or delete the notes of a remote."""
    for remote in patient.remotes:
        if config_get(patient.repo, f"remote.{remote}.mirror") == "true":
            said = f"`git push {remote}` mirrors: it overwrites and deletes notes that others pushed"
            yield Finding("push", Level.WRONG, said, (f"git config --unset remote.{remote}.mirror",))
        for refspec in config_get_all(patient.repo, f"remote.{remote}.push"):
            source, _, there = refspec.lstrip("+").partition(":")
            if _covers(there or source):
                unset = f"git config --unset-all --fixed-value remote.{remote}.push {quote(refspec)}"
                said = f"`git push {remote}` pushes {REF} ({refspec}), perhaps over what others pushed"
                yield Finding("push", Level.WRONG, said, (unset,))


def state_remote(patient: Patient) -> Iterator[Finding]:
    """Whether the remote that shares the notes is here, and was ever heard of."""
    if patient.config is None:
        return
    name = patient.config.state.remote
    if not patient.remotes:
        yield Finding("state remote", Level.OK, "none: this clone keeps its notes for itself")
    elif not patient.state_remote:
        said = f"{patient.config.path} names `{name}` (`state: remote`), and there is no such remote here"
        have = ", ".join(patient.remotes)
        yield Finding(
            "state remote", Level.WRONG, f"{said}; there is {have}", (f"git remote add {name} URL",)
        )
    else:
        yield _heard_of(patient, name)


def _heard_of(patient: Patient, name: str) -> Finding:
    theirs, ours, sync = patient.notes.tracked(name), patient.notes.tip(), ("git lspec sync",)
    if theirs is None:
        said = f"notes of {name} were never fetched or pushed from here"
        return Finding("state remote", Level.NOTE, said, (f"git fetch {name}", *sync))
    if ours is None or not patient.objects.is_ancestor(theirs, ours):
        return Finding(
            "state remote", Level.NOTE, f"{name} has notes that are not joined yet", ("git lspec sync",)
        )
    if theirs != ours:
        return Finding(
            "state remote", Level.NOTE, f"some notes are not pushed to {name} yet", ("git lspec sync",)
        )
    return Finding("state remote", Level.OK, f"{name} has the same notes, as far as was fetched")


def shallow(patient: Patient) -> Iterator[Finding]:
    """Whether history is cut off: behind the edge nobody can tell who edited what."""
    if patient.objects.shallow():
        said = "a shallow clone: differences whose edits lie behind its edge become questions"
        yield Finding("history", Level.NOTE, said, ("git fetch --unshallow",))
    else:
        yield Finding("history", Level.OK, "whole")


def trust(patient: Patient) -> Iterator[Finding]:
    """Whether each tracker may receive the user's token, and whether there is one."""
    for tracker in patient.config.trackers if patient.config else ():
        name = target(tracker)
        if not tracker.enabled:
            continue
        if not approved(name):
            said = f"{name} was never approved to receive your token"
            yield Finding("trust", Level.WRONG, said, (f"git lspec trust {quote(name)}",))
            continue
        try:
            source = secret_for(name, tracker.name, folder=patient.repo.folder).source
        except LspecError as error:
            yield Finding("token", Level.WRONG, error.message, tuple(error.advice.splitlines()))
        else:
            yield Finding("token", Level.OK, f"{name}: from {source}")


def secrets(_patient: Patient) -> Iterator[Finding]:
    """Whether nobody else can read the user's file of secrets."""
    path = secrets_file()
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return
    if not mode & PUBLIC_BITS:
        yield Finding("secrets", Level.OK, f"{path}: only you can read it")
        return

    def mend() -> str:
        path.chmod(0o600)
        return f"only you can read {path} now; change the tokens in it if others share this machine"

    yield Finding(
        "secrets", Level.WRONG, f"{path} can be read by others", (f"chmod 600 {quote(str(path))}",), mend
    )
