"""Notes of people who sign their commits: signed by real keys, and never a prompt."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lspec_git.errors import GitError
from lspec_git.git import signing
from lspec_git.git.notes import Notes
from lspec_git.git.objects import Objects
from tests.conftest import Repo
from tests.git.conftest import gone


@pytest.fixture
def notes(store: Repo, objects: Objects) -> Notes:
    store.commit({"a": "1"})
    store.git("config", "--global", "commit.gpgSign", "true")
    return Notes(objects, objects.repo)


def write(notes: Notes) -> str:
    tip = notes.transact(lambda _: {b"anchor": b"note"}, "a note")
    assert tip
    return tip


def ssh_key(store: Repo, folder: Path, passphrase: str = "") -> Path:
    """A new key that signs from now on."""
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", key], check=True)
    store.git("config", "--global", "gpg.format", "ssh")
    store.git("config", "--global", "user.signingKey", f"{key}.pub")
    signers = Repo(folder).write("signers", f"ada@example.org {Path(f'{key}.pub').read_text()}")
    store.git("config", "--global", "gpg.ssh.allowedSignersFile", str(signers))
    return key


def test_whoever_signs_commits_signs_notes(
    notes: Notes, objects: Objects, store: Repo, tmp_path: Path
) -> None:
    ssh_key(store, tmp_path)
    tip = write(notes)
    store.git("verify-commit", tip)
    made = objects.commit(tip)
    assert (made.author, made.message) == ("Ada Test <ada@example.org>", "a note")
    assert [entry.message for entry in notes.log()] == ["a note"]


def test_only_commits_and_notes_are_asked_about(notes: Notes, store: Repo) -> None:
    """tag.gpgSign is about tags; commit.gpgSign has many words for off."""
    store.git("config", "--global", "tag.gpgSign", "true")
    store.git("config", "--global", "commit.gpgSign", "off")
    assert "gpgsig" not in store.git("cat-file", "commit", write(notes))


def test_notes_alone_may_stay_unsigned(notes: Notes, store: Repo) -> None:
    store.git("config", "--global", "user.signingKey", "/none")
    store.git("config", "--global", signing.OWN_KEY, "false")
    assert "gpgsig" not in store.git("cat-file", "commit", write(notes))


def test_notes_alone_may_be_signed(notes: Notes, store: Repo, tmp_path: Path) -> None:
    store.git("config", "--global", "commit.gpgSign", "false")
    store.git("config", "--global", signing.OWN_KEY, "true")
    ssh_key(store, tmp_path)
    store.git("verify-commit", write(notes))


@pytest.mark.parametrize("trouble", ["no key", "no such key", "a passphrase", "no gpg"])
def test_without_the_key_nothing_is_written_and_it_is_said(
    notes: Notes, store: Repo, tmp_path: Path, trouble: str
) -> None:
    if trouble == "a passphrase":
        ssh_key(store, tmp_path, "secret")
    elif trouble == "no gpg":
        store.git("config", "--global", "gpg.program", "/none/gpg")
    else:
        store.git("config", "--global", "gpg.format", "ssh")
    if trouble == "no such key":
        store.git("config", "--global", "user.signingKey", "/none/key.pub")
    with pytest.raises(GitError, match="cannot be signed") as caught:
        write(notes)
    assert f"git config --global {signing.OWN_KEY} false" in caught.value.advice
    assert notes.tip() is None


def test_who_is_asked_and_does_not_answer_is_not_waited_for(
    notes: Notes, store: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As gpg behaves while its pinentry is open; it is gone afterwards."""
    told = tmp_path / "pid"
    gpg = Repo(tmp_path).write("gpg", f"#!/bin/sh\necho $$ $DISPLAY $GPG_TTY >{told}\nexec sleep 600\n")
    gpg.chmod(0o755)
    store.git("config", "--global", "gpg.program", str(gpg))
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("GPG_TTY", "/dev/tty")
    monkeypatch.setattr(signing, "PATIENCE", 0.5)
    with pytest.raises(GitError, match="no signature came"):
        write(notes)
    pid, *where = told.read_text().split()
    assert where == []
    assert gone(int(pid))


def test_no_identity_is_said_before_no_key(notes: Notes, store: Repo, tmp_path: Path) -> None:
    ssh_key(store, tmp_path)
    store.git("config", "--global", "--unset", "user.email")
    store.git("config", "--global", "user.useConfigOnly", "true")
    with pytest.raises(GitError, match="no name and mail address"):
        write(notes)
