"""Law 12 in a big world: eight clones, a hundred new specs, all at the same moment.

`LSPEC_CROWD=SEED pytest tests/reliability/test_crowd.py` draws another one.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from lspec_git.sandbox.server import Sandbox
from tests.reliability.crowd import CLONES, SPECS, Crowd, can_lie_about_time

SEED = int(os.environ.get("LSPEC_CROWD", "1"))


@pytest.mark.skipif(not can_lie_about_time(), reason="needs faketime, for clocks that are wrong")
def test_a_hundred_specs_get_a_hundred_items(tmp_path: Path) -> None:
    with Sandbox(latency=0.05) as sandbox:
        crowd = Crowd(tmp_path, sandbox, SEED)
        crowd.tumult(rounds=6)
        assert crowd.told["killed"], "nobody died: the world is too kind"
        crowd.calm()
        assert crowd.items() == Counter(dict.fromkeys(SPECS, 1)), f"seed {SEED}"
        # Whoever came first may lack what a later one has found out; after one more round nobody does.
        crowd.calm()
        assert len(crowd.tips()) == 1, f"seed {SEED}"
        assert crowd.items() == Counter(dict.fromkeys(SPECS, 1))
        assert crowd.linked() == [f"{len(SPECS)} in step"] * CLONES
        print(dict(crowd.told), len(sandbox.requests))  # noqa: T201 - the figures of docs/reliability.md
