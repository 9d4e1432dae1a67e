"""`sandbox`: starts, says where it is, answers, and stops when asked to."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.cli.running import COMMAND, PATIENCE, environment, lspec

pytest.importorskip("flask", reason="needs the demo extra")
pytest.importorskip("waitress", reason="needs the demo extra")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(number: signal.Signals, tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    child = subprocess.Popen(
        [*COMMAND, "sandbox", "--log", str(log), "--project", "mona/plans"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        said = dict(child.stdout.readline().strip().split(": ", 1) for _ in range(3))
        url, token = said["board and API"], said["token"].strip()
        assert url.startswith("http://127.0.0.1:")
        asked = Request(f"{url}/repos/mona/plans", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
        with urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
            assert json.load(answer)["full_name"] == "mona/plans"
        child.send_signal(number)
        _, err = child.communicate(timeout=PATIENCE)
    assert (child.returncode, err) == (0, "")
    assert "/repos/mona/plans" in log.read_text()
    assert token not in log.read_text()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = lspec("sandbox", "--port", str(taken.getsockname()[1]), cwd=tmp_path)
    assert ran.code == 2
    assert "--port" in ran.err


def test_a_fault_that_is_not_understood(tmp_path: Path) -> None:
    ran = lspec("sandbox", "--fault", "bogus", cwd=tmp_path)
    assert ran.code == 2
    assert "bogus" in ran.err
