"""Starting, stopping, the blocking form, and many clients at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lspec_git.errors import UsageError
from lspec_git.sandbox.server import Sandbox
from tests.conftest import TOP
from tests.sandbox.conftest import PROJECT, Client

SERVE = """
import sys
from pathlib import Path
from lspec_git.sandbox.server import serve
def announce(box):
    for each in (box.url, box.token, *(project.name for project in box.store.projects())):
        print(each, flush=True)
serve(0, Path(sys.argv[1]), ["GET /user:503@1"], announce, token="given")
print("stopped", flush=True)
"""


def test_a_port_that_is_taken_is_told() -> None:
    with Sandbox() as first, pytest.raises(UsageError, match=str(first.port)), Sandbox(port=first.port):
        pass


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent"), Sandbox(log=tmp_path / "absent" / "log"):
        pass
    with Sandbox() as first, pytest.raises(UsageError, match="--port"):
        Sandbox(port=first.port, log=tmp_path / "log").start()


def test_the_port_is_free_again_after_stop() -> None:
    with Sandbox() as first:
        port = first.port
    with Sandbox(port=port) as second:
        client = Client(second.url, second.token)
        assert client("GET", "/user").status_code == 200
        client.close()


def test_each_start_has_its_own_secret() -> None:
    assert Sandbox().token != Sandbox().token


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_on_a_signal(tmp_path: Path, stop: signal.Signals) -> None:
    log = tmp_path / "log.jsonl"
    command = [sys.executable, "-c", SERVE, str(log)]
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as running:
        try:
            assert running.stdout is not None
            lines = running.stdout
            said = [lines.readline().split()[-1] for _ in range(3)]
            assert said[1:] == ["given", PROJECT]
            client = Client(said[0], "given")
            assert [client("GET", "/user").status_code for _ in range(2)] == [503, 200]
            client.close()
            running.send_signal(stop)
            assert lines.read().strip() == "stopped"
            assert running.wait(timeout=20) == 0
        finally:
            running.kill()
    assert len(log.read_text().splitlines()) == 2


def test_many_clients_at_once_lose_nothing(sandbox: Sandbox) -> None:
    def work(name: int) -> None:
        client = Client(sandbox.url, sandbox.token)
        for turn in range(10):
            client.at("POST", "/issues", {"title": f"{name}.{turn}"})
            client.at("POST", "/issues/1/labels", {"labels": [f"{name}.{turn}"]})
        client.close()

    sandbox.store.create(PROJECT, "shared")
    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    issues = sandbox.store.issues(PROJECT)
    assert [issue.number for issue in issues] == list(range(1, 42))
    assert len({issue.id for issue in issues}) == 41
    assert len(issues[0].labels) == 40
