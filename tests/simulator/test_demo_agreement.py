"""The demo says so when its two meters disagree, or have too little to compare."""

import pytest

from script.lib.demo.agreement import Pair


@pytest.mark.parametrize("fluksometer", [38.0, 35.1, 40.9])
def test_values_within_the_tolerance_agree(fluksometer: float) -> None:
    assert Pair("imported", fluksometer, 38.0, 3.0).problem is None


@pytest.mark.parametrize("fluksometer", [0.0, 34.9, 41.1])
def test_values_further_apart_are_a_problem(fluksometer: float) -> None:
    problem = Pair("imported", fluksometer, 38.0, 3.0).problem
    assert problem is not None
    assert problem.endswith("they disagree")
    assert f"Fluksometer {fluksometer:.1f} Wh" in problem


@pytest.mark.parametrize("value", [0.0, 11.9])
def test_agreement_on_next_to_nothing_proves_nothing(value: float) -> None:
    problem = Pair("month_peak", value, value, 3.0).problem
    assert problem is not None
    assert problem.endswith("too little to compare")
