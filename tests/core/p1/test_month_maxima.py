"""The peaks that a meter remembers seed the ledger of month peaks."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from custom_components.flukso.core.demand.peaks.ledger import Ledger
from custom_components.flukso.core.demand.peaks.seeds import (
    MonthMaximum,
    Seed,
    running_seed,
    seeds,
    settle,
)
from custom_components.flukso.core.p1.month_maxima import month_maxima, parse_history
from custom_components.flukso.core.p1.readings import DroppedField, FieldFault, Telegram
from custom_components.flukso.core.tariff.rule import Profile

from .support import (
    GAS_AND_WATER,
    GENERATION_D,
    THIRTEEN_MONTHS,
    belgian,
    fixture,
    moment,
    months,
    read,
    read_fixture,
    telegram,
)

EXAMPLE = "be_fluvius_emucs171_spec_example_3ph_gas_water"
THREE_WIRES = "be_fluvius_50217_20240708_3x230_import_export_phases_13months_gas"
FRAGMENT = "frag_981_13months_2024"
EMPTY = "be_fluvius_50217_20221220_mono_gas_empty_history"

BRUSSELS = ZoneInfo("Europe/Brussels")
TWELVE = Profile(rolling=12, floor=2.5)
LEAD = "(1-0:1.6.0)(1-0:1.6.0)"


KNOWN = {
    EXAMPLE: (
        months("2020-02", 4.318, 5.980, 3.695),
        (4.664, 4.664, 4.146),
    ),
    GAS_AND_WATER: (
        months("2023-08", 1.862, 4.229, 4.927),
        (3.885, 3.673, 3.680),
    ),
    THIRTEEN_MONTHS: (
        months("2023-10", 12.195, 17.457, 17.440)
        | months("2024-01", 17.632, 14.301, 13.429, 13.080, 16.789, 16.074)
        | months("2024-07", 15.127, 13.067, 20.304, 17.198),
        (15.992, 15.992, 16.694),
    ),
    THREE_WIRES: (
        months("2023-06", 2.680, 2.099, 2.802, 3.033, 2.779, 3.407, 4.328)
        | months("2024-01", 3.966, 5.834, 3.527, 3.843, 2.768, 3.841),
        (3.552, 3.519, 3.552),
    ),
    GENERATION_D: (
        months("2024-01", 4.198, 4.147, 6.511, 6.341, 4.379, 4.524)
        | months("2024-07", 5.871, 6.227, 7.529),
        (5.525, 5.525, 5.714),
    ),
    FRAGMENT: (
        months("2023-03", 6.259, 4.604, 5.471, 3.835, 4.659, 3.764, 4.177, 4.568)
        | months("2023-11", 3.709, 4.425, 4.768, 4.305, 4.597),
        (4.407, 4.407, None),
    ),
    EMPTY: ({}, (None, None, 3.716)),
}


def telegram_of(name: str) -> Telegram:
    """Return a stored telegram, or one around a stored line."""
    if name == FRAGMENT:
        return read(belgian(fixture(name).decode().rstrip()))
    return read_fixture(name)


def past_of(found: Telegram) -> list[Seed]:
    """Return the peaks of the months that are over when a telegram is sent."""
    assert found.timestamp is not None
    maxima = month_maxima(found.history or (), BRUSSELS)
    return seeds(maxima, found.timestamp, BRUSSELS)


def running_of(found: Telegram) -> Seed | None:
    """Return the peak so far of the month that a telegram is sent in."""
    assert found.timestamp is not None
    assert found.month_peak is not None
    stamp, demand = found.month_peak
    return running_seed((int(stamp.timestamp()), demand), found.timestamp, BRUSSELS)


def ledger_of(found: list[Seed]) -> Ledger:
    """Return a new ledger after these month peaks."""
    ledger = Ledger(BRUSSELS)
    assert settle(ledger, found) == []
    return ledger


@pytest.mark.parametrize("name", KNOWN)
def test_months_that_are_over_are_the_known_ones(name: str) -> None:
    ledger = ledger_of(past_of(telegram_of(name)))
    known, (floored, raw, _) = KNOWN[name]
    assert {month: peak.demand for month, peak in ledger.months.items()} == known
    last = max(known, default="2022-11")
    assert ledger.billed_demand(last, TWELVE) == pytest.approx(floored, abs=0.0006)
    assert ledger.billed_demand(last, replace(TWELVE, floor=0.0)) == pytest.approx(
        raw, abs=0.0006
    )


@pytest.mark.parametrize(
    "name", [name for name, (_, means) in KNOWN.items() if means[2] is not None]
)
def test_running_month_counts_with_the_twelve(name: str) -> None:
    found = telegram_of(name)
    running = running_of(found)
    assert running is not None
    mean = ledger_of([*past_of(found), running]).billed_demand(running.month, TWELVE)
    assert mean == pytest.approx(KNOWN[name][1][2], abs=0.0006)


def test_seed_lies_in_its_month_and_on_a_window() -> None:
    found = telegram_of(THIRTEEN_MONTHS)
    assert past_of(found)[-1] == Seed(
        "2024-10", 17.198, unix("2024-10-29T13:15:00+01:00"), final=True
    )
    assert running_of(found) == Seed(
        "2024-11", 25.891, unix("2024-11-15T08:30:00+01:00"), final=False
    )


def test_odd_seconds_are_taken_to_their_window() -> None:
    april = past_of(telegram_of(EXAMPLE))[2]
    assert april.start == unix("2020-04-23T19:15:00+02:00")


def unix(text: str) -> int:
    """Return a time written with its offset, unix s."""
    return int(moment(text).timestamp())


def maxima_of(text: str) -> list[MonthMaximum]:
    """Return the months of a line that must be readable."""
    parsed = parse_history(text)
    assert parsed is not None
    return month_maxima(parsed[0], BRUSSELS)


NEVER = "(240801000000S)(632525252525W)(00.000*kW)"
AUGUST = "(240901000000S)(240818191500S)(03.841*kW)"
SEPTEMBER = "(241001000000S)(240911210000S)(03.033*kW)"
NOW = unix("2024-10-18T09:15:00+02:00")


def test_entry_keeps_the_moments_of_its_stamps() -> None:
    text = f"(2){LEAD}(240401000000S)(240331014500W)(03.527*kW){NEVER}"
    assert maxima_of(text) == [
        MonthMaximum("2024-03", 3.527, unix("2024-03-31T00:45:00Z")),
        MonthMaximum("2024-07", 0.0, None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"(2){LEAD}{AUGUST}{SEPTEMBER}",
        f"(2){LEAD}{SEPTEMBER}{AUGUST}\r",
        f"(13){LEAD}{AUGUST}{SEPTEMBER}",
        f"(0){LEAD}{AUGUST}{SEPTEMBER}",
        f"(3){LEAD}{AUGUST}{NEVER}{SEPTEMBER}",
        f"(3){LEAD}(240801000000S)(240701000000S)(00.000*kW){AUGUST}{SEPTEMBER}",
        f"(3){LEAD}(240801000000S)(632525252525W)(01.000*kW){AUGUST}{SEPTEMBER}",
        f"(3){LEAD}(241101000000W)(241018091500S)(05.000*kW){AUGUST}{SEPTEMBER}",
        f"(3){LEAD}(241018000000S)(241017091500S)(05.000*kW){AUGUST}{SEPTEMBER}",
        f"(3){LEAD}(240801000000S)(240911210000S)(05.000*kW){AUGUST}{SEPTEMBER}",
    ],
)
def test_order_gaps_and_months_without_service_do_not_matter(text: str) -> None:
    found = seeds(maxima_of(text), NOW, BRUSSELS)
    assert [(seed.month, seed.demand) for seed in found] == [
        ("2024-08", 3.841),
        ("2024-09", 3.033),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "(632525252525W)(240911210000S)(03.033*kW)",
        "(241001000000S)(240911210000S)(x*kW)",
        "(241001000000S)(240911210000S)(03.033)",
        "(241001000000S)(240911210000S)(-3.033*kW)",
        "(241001000000S)(240911210000S)",
        "(241001000000S)",
    ],
)
def test_unreadable_month_is_left_out_and_counted(bad: str) -> None:
    found = read(belgian(f"0-0:98.1.0(2){LEAD}{AUGUST}{bad}"))
    assert [seed.month for seed in past_of(found)] == ["2024-08"]
    assert found.dropped == (DroppedField("0-0:98.1.0", FieldFault.MALFORMED),)


@pytest.mark.parametrize("text", ["()", f"(0){LEAD}()", f"(0){LEAD}", f"(4){LEAD}()\r"])
def test_history_may_be_empty(text: str) -> None:
    assert parse_history(text) == ((), 0)


@pytest.mark.parametrize(
    "text", ["", "(", "(2)", f"(x){LEAD}", "(230701000000S)(000040.777*kWh)"]
)
def test_other_layouts_are_none(text: str) -> None:
    assert parse_history(text) is None


def test_higher_of_two_entries_of_a_month_counts() -> None:
    second = "(240901000000S)(240820191500S)(04.000*kW)"
    for pair in (AUGUST + second, second + AUGUST):
        (seed,) = seeds(maxima_of(f"(2){LEAD}{pair}"), NOW, BRUSSELS)
        assert seed.demand == 4.0


@pytest.mark.parametrize(
    ("occurrence", "start"),
    [
        ("240801000000S", "2024-08-01T00:00:00+02:00"),
        ("240801001500S", "2024-08-01T00:00:00+02:00"),
        ("240831234500S", "2024-08-31T23:30:00+02:00"),
        ("240901000000S", "2024-08-31T23:45:00+02:00"),
    ],
)
def test_peak_at_an_edge_of_a_month_belongs_to_it(occurrence: str, start: str) -> None:
    august = f"(240901000000S)({occurrence})(03.000*kW)"
    found = seeds(maxima_of(f"(1){LEAD}{august}"), NOW, BRUSSELS)
    assert found == [Seed("2024-08", 3.0, unix(start), final=True)]


def sent(clock: str, *lines: str) -> Telegram:
    """Return a Belgian telegram of a time and these lines."""
    return read(telegram("0-0:96.1.4(50217)", f"0-0:1.0.0({clock})", *lines))


@pytest.mark.parametrize(
    ("clock", "stamp", "month"),
    [
        ("241031235000W", "241031234500W", "2024-10"),
        ("241101001500W", "241101001500W", "2024-11"),
        ("240401001510S", "240401001500S", "2024-04"),
    ],
)
def test_peak_of_the_running_month_goes_by_the_end_of_its_window(
    clock: str, stamp: str, month: str
) -> None:
    found = sent(clock, f"1-0:1.6.0({stamp})(04.000*kW)")
    assert found.month_peak is not None
    start = int(found.month_peak.stamp.timestamp()) - 900
    assert running_of(found) == Seed(month, 4.0, start, final=False)


@pytest.mark.parametrize(
    ("clock", "stamp"),
    [
        ("241101000000W", "241015084500S"),
        ("250109120000W", "241015084500S"),
        ("241101000500W", "241101000000W"),
        ("240401000500S", "240401000000S"),
        ("240101000500W", "240101000000W"),
        ("241101002500W", "241101003000W"),
    ],
)
def test_old_peak_is_not_that_of_the_running_month(clock: str, stamp: str) -> None:
    assert running_of(sent(clock, f"1-0:1.6.0({stamp})(04.000*kW)")) is None


def test_month_without_a_peak_has_none() -> None:
    zero = sent("241101002000W", "1-0:1.6.0(241101001500W)(00.000*kW)")
    assert running_of(zero) is None


@pytest.mark.parametrize("frozen", ["240820191500S", "240901000000S", "241015084500S"])
def test_month_that_is_over_goes_by_the_history_alone(frozen: str) -> None:
    found = sent(
        "241101000500W",
        f"1-0:1.6.0({frozen})(09.000*kW)",
        f"0-0:98.1.0(2){LEAD}{AUGUST}{SEPTEMBER}",
    )
    assert running_of(found) is None
    demands = {seed.month: seed.demand for seed in past_of(found)}
    assert demands == {"2024-08": 3.841, "2024-09": 3.033}
