"""Counters that dip, flap and recover, as people's devices tell them."""

import json
from pathlib import Path
from typing import Any

import pytest

from .home import IMPORT, MeasuredHome, demands, marks

TOLD = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "counters" / "dips.json").read_text()
)
QUARTER = 900


@pytest.mark.parametrize("case", TOLD["cases"], ids=lambda case: case["name"])
async def test_a_fall_that_comes_back_changes_no_window(
    home: MeasuredHome, case: dict[str, Any]
) -> None:
    start, reports = TOLD["window_start"], dict(map(tuple, case["reports"]))
    home.begin(min(reports))
    home.shown = {IMPORT: lambda: reports[home.now]}
    await home.add()
    await home.run(max(reports))
    (window,) = await home.windows(start, start + QUARTER)
    assert demands([window]) == pytest.approx(
        [case["expected_kw"]], abs=case["tolerance"] / 10
    )
    assert marks([window]) == [False]
    assert home.value("month_peak") <= case["expected_kw"] + case["tolerance"]
