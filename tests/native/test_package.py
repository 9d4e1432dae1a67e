"""The shims travel in the package."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from lspec_git.git import hookfiles, hooktext
from tests.conftest import TOP


def test_the_wheel_holds_the_shims(tmp_path: Path) -> None:
    args = ["-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(TOP)]
    subprocess.run([sys.executable, *args], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        found = {name: packed.read(f"lspec_git/shims/{name}") for name in hooktext.NAMES}
    assert found == {name: hookfiles.template(name) for name in hooktext.NAMES}
