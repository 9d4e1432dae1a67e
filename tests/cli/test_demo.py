"""The demo: it runs through without a terminal, and follows the board on one."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import requests

from lspec_git.sandbox.server import DEFAULT_PROJECT
from tests.cli.running import INTERRUPT, lspec, lspec_on_terminal


def test_it_runs_through_without_a_terminal(tmp_path: Path, hermetic_seal: Path) -> None:
    before = {each: each.read_bytes() for each in hermetic_seal.rglob("*") if each.is_file()}
    ran = lspec("demo", cwd=tmp_path, env={"TMPDIR": str(tmp_path)})
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("✓") == 5
    assert "All of it held." in ran.out
    assert "\x1b[" not in ran.out
    assert list(tmp_path.glob("lspec-demo-*")) == [], "it leaves nothing behind"
    assert {each: each.read_bytes() for each in hermetic_seal.rglob("*") if each.is_file()} == before


def test_a_card_that_is_moved_on_the_board_comes_back_until_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    mover = threading.Thread(target=move_when_told, args=(f"http://127.0.0.1:{port}", 4), daemon=True)
    mover.start()
    answers = [("004-dark-mode.*status: planned → complete", ""), ("Take in what moved", INTERRUPT)]
    ran = lspec_on_terminal("demo", "--port", str(port), cwd=tmp_path, answers=answers)
    mover.join(timeout=10)
    assert ran.code == 0
    assert "Gone without a trace." in ran.out


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def move_when_told(url: str, number: int) -> None:
    """As a person who looks at the board: once the story is told, a card goes to another column."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            cards = requests.get(f"{url}/_board/state", timeout=5).json()["projects"].get(DEFAULT_PROJECT, [])
        except requests.ConnectionError:
            cards = []
        if any(card["title"] == "Security audit log" for card in cards):
            change = {"project": DEFAULT_PROJECT, "number": number, "column": "completed"}
            done = requests.post(f"{url}/_board/edit", json=change, headers={"Origin": url}, timeout=5)
            assert done.status_code == 204
            return
        time.sleep(0.1)
