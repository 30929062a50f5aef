"""What a demand costs by the price alone."""

import pytest

from custom_components.flukso.core.tariff.price import (
    AboveReference,
    Linear,
    Per,
    Price,
    Step,
    Steps,
    parse_steps,
)

STEPS = Steps((Step(2.0, 125.0), Step(5.0, 200.0), Step(float("inf"), 320.0)))


@pytest.mark.parametrize(
    ("price", "cost"),
    [
        # 4 x 73 x 30 / 365.
        (Linear(73.0), 24.0),
        (Linear(6.0, Per.MONTH), 24.0),
        # 4 x 0.2 x 30.
        (Linear(0.2, Per.DAY), 24.0),
        (STEPS, 200.0),
        # 10 + 7 x 0.5; the demand does not matter.
        (AboveReference(10.0, 0.5), 13.5),
    ],
)
def test_a_month_costs_by_its_price(price: Price, cost: float) -> None:
    """30 days at 4 kW, with 7 kWh above a reference."""
    assert price.month(4.0, 7.0, 30) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("per", "yearly"), [(Per.YEAR, 6.0), (Per.MONTH, 72.0), (Per.DAY, 2190.0)]
)
def test_a_price_is_for_a_year_too(per: Per, yearly: float) -> None:
    assert Linear(6.0, per).yearly == yearly


@pytest.mark.parametrize(
    ("demand", "cost", "free"),
    [
        (0.0, 125.0, 1.999),
        (1.9999, 125.0, 1.9999),
        (2.0, 200.0, 4.999),
        (4.999, 200.0, 4.999),
        (5.0, 320.0, None),
        (99.0, 320.0, None),
    ],
)
def test_a_step_begins_with_its_bound(
    demand: float, cost: float, free: float | None
) -> None:
    """Up to a watt less it costs the same; the last step has no bound."""
    assert STEPS.at(demand) == cost
    assert STEPS.free(demand) == free


@pytest.mark.parametrize(
    "text",
    ["2: 125; 5: 200; 320", " 2:125;5 : 200 ; 320;", "2: 125; 5,0: 200,0; 10: 320"],
)
def test_steps_are_read_as_they_are_written(text: str) -> None:
    """The last is for all above, with a bound or without."""
    assert parse_steps(text) == STEPS


def test_a_single_step_is_a_fixed_price() -> None:
    assert parse_steps("125").month(50.0, 0.0, 31) == 125.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ; ",
        "2; 5: 200; 320",
        "2: x; 320",
        "5: 125; 2: 200; 320",
        "2: 125; 2: 200; 320",
        "2: 125; -320",
        "-2: 125; 320",
        "2: inf; 320",
        "nan: 125; 320",
        "inf: 125; 320",
        "2: 125; 5: 200: 320",
    ],
)
def test_what_is_no_list_of_steps_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse_steps(text)
