"""Law 12 in small worlds: 3 clones, 5 new specs, random schedules of steps, faults, deaths and pauses.

`LSPEC_SCHEDULES=2000 pytest tests/reliability/test_schedules.py` plays so many; `LSPEC_SCHEDULE=SEED` one.
"""

from __future__ import annotations

import os

import pytest

from tests.reliability.schedules import played

MANY = int(os.environ.get("LSPEC_SCHEDULES", "200"))
ONE = os.environ.get("LSPEC_SCHEDULE", "")
CHUNK = 10
STARTS = [int(ONE)] if ONE else list(range(0, MANY, CHUNK))


@pytest.mark.parametrize("start", STARTS)
def test_one_item_for_each_spec(start: int, record_property: pytest.FixtureRequest) -> None:
    told = played([start] if ONE else range(start, min(start + CHUNK, MANY)))
    assert told["runs"]
    print(dict(told))  # noqa: T201 - the figures of docs/reliability.md, with -s
