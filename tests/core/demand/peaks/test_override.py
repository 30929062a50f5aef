"""What somebody says of a month, and the stores of ledgers."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.flukso.core.demand.peaks.bill import bill
from custom_components.flukso.core.demand.peaks.ledger import (
    Ledger,
    LedgerChange,
    MonthPeak,
)
from custom_components.flukso.core.demand.peaks.seeds import Seed, settle
from custom_components.flukso.core.tariff.known import PROFILES
from custom_components.flukso.core.windows import Source, Window

from ...tariff.tariffs import BRUSSELS, FLEMISH, House, at_price, local, stored, window

NOTHING = LedgerChange(None, None)
OCTOBER = local(BRUSSELS, "2026-10-01")
NOVEMBER = local(BRUSSELS, "2026-11-01")
SAID_AT = local(BRUSSELS, "2026-10-10 18:00")
MEASURED = [
    window(local(BRUSSELS, "2026-10-05 12:00"), 6.0),
    window(local(BRUSSELS, "2026-10-20 12:00"), 5.0),
]


def house_of_october() -> House:
    """Return a house that measured 6 kW, was seeded 7 kW and is billed 8 kW."""
    house = House(FLEMISH)
    for item in MEASURED:
        house.ledger.add(item)
    house.ledger.seed("2026-10", 7.0, SAID_AT)
    house.ledger.bill("2026-10", 8.0, SAID_AT)
    return house


def both(house: House) -> list[Ledger]:
    """Return a ledger, and as it comes back from a file."""
    return [house.ledger, stored(house.ledger, house.calendar)]


def demands(house: House) -> list[float | None]:
    """Return the demand of October, before and after a restart."""
    peaks = [ledger.peak("2026-10") for ledger in both(house)]
    return [None if peak is None else peak.demand for peak in peaks]


def test_the_word_on_a_month_that_is_over_stands() -> None:
    """Against windows, seeds and what the meter bills, before and after."""
    house = house_of_october()
    house.ledger.override("2026-10", NOVEMBER, (3.0, SAID_AT))
    said = MonthPeak(3.0, SAID_AT, Source.SEED, exact=True)
    for ledger in both(house):
        assert ledger.peak("2026-10") == said
        assert ledger.overridden("2026-10")
        assert ledger.measured("2026-10") is None
        assert ledger.add(MEASURED[0]) == NOTHING
        assert ledger.add(window(SAID_AT + 900, 9.0)) == NOTHING
        assert ledger.seed("2026-10", 9.0, SAID_AT) == NOTHING
        assert ledger.bill("2026-10", 9.0, SAID_AT) == NOTHING
        assert ledger.rebuild("2026-10", MEASURED) == said
    assert demands(house) == [3.0, 3.0]


def test_the_word_on_the_running_month_is_raised_by_what_comes_later() -> None:
    """Windows before it do not count any more, however late they come."""
    house = House(FLEMISH)
    house.ledger.add(MEASURED[0])
    house.ledger.override("2026-10", SAID_AT, (3.0, SAID_AT))
    for ledger in both(house):
        assert ledger.add(window(SAID_AT - 900, 9.0)) == NOTHING
        assert ledger.seed("2026-10", 9.0, SAID_AT - 900) == NOTHING
        assert ledger.add(window(SAID_AT, 2.9)) == NOTHING
        change = ledger.add(window(SAID_AT + 900, 3.5))
        assert change.new_peak == MonthPeak(
            3.5, SAID_AT + 900, Source.COUNTER, exact=True
        )
        later = ledger.seed("2026-10", 4.0, SAID_AT + 1800)
        assert later.new_peak is not None
        assert later.new_peak.demand == 4.0
    assert demands(house) == [4.0, 4.0]


def test_a_month_that_was_forgotten_is_no_month() -> None:
    """The mean goes on without it, and no list of the meter brings it back."""
    house = house_of_october()
    house.ledger.count_energy("2026-10", 200.0, 2980)
    house.ledger.seed("2026-09", 3.0, OCTOBER - 900)
    assert house.ledger.billed_demand("2026-10", FLEMISH) == 5.5
    house.ledger.override("2026-10", NOVEMBER, None)
    for ledger in both(house):
        settle(ledger, [Seed("2026-10", 8.0, SAID_AT, final=True)])
        ledger.add(MEASURED[0])
        assert ledger.peak("2026-10") is None
        assert list(ledger.months) == ledger.known_months == ["2026-09"]
        assert ledger.overridden("2026-10")
        assert ledger.billed_demand("2026-10", FLEMISH) == 3.0
        assert ledger.excess("2026-10") == 0.0
        assert ledger.unseen("2026-10") == 0


def test_a_running_month_that_was_forgotten_begins_anew() -> None:
    house = House(FLEMISH)
    house.ledger.add(MEASURED[0])
    house.ledger.override("2026-10", SAID_AT, None)
    assert demands(house) == [None, None]
    for ledger in both(house):
        change = ledger.add(MEASURED[1])
        assert change.new_peak is not None
        assert change.new_peak.demand == 5.0


@pytest.mark.parametrize("word", [(3.0, SAID_AT), None])
def test_what_was_measured_can_be_had_back(word: tuple[float, int] | None) -> None:
    """And with it what the meter told, before the word and since."""
    house = house_of_october()
    house.ledger.override("2026-10", NOVEMBER, word)
    for ledger in both(house):
        ledger.restore_measured("2026-10", MEASURED)
        assert not ledger.overridden("2026-10")
        measured = ledger.measured("2026-10")
        assert measured is not None
        assert measured.demand == 6.0
        peak = ledger.peak("2026-10")
        assert peak is not None
        assert peak.demand == 8.0
    assert demands(house) == [8.0, 8.0]


def test_a_word_on_an_unknown_month_makes_it_known() -> None:
    """To have back what was measured of it is to know nothing."""
    house = House(FLEMISH)
    house.ledger.override("2026-10", NOVEMBER, (3.0, SAID_AT))
    assert house.ledger.known_months == ["2026-10"]
    house.ledger.restore_measured("2026-10", [])
    assert house.ledger.known_months == []


def test_a_later_word_replaces_the_former() -> None:
    house = house_of_october()
    house.ledger.override("2026-10", NOVEMBER, None)
    house.ledger.override("2026-10", NOVEMBER, (0.0, SAID_AT))
    assert demands(house) == [0.0, 0.0]


def test_a_word_counts_in_every_tariff() -> None:
    """Where a meter's own peak says nothing."""
    house = House(PROFILES["sweden"])
    noon = house.at("2026-10-05 12:00")
    house.ledger.seed("2026-10", 9.0, noon)
    assert house.demand("2026-10") is None
    house.ledger.override("2026-10", SAID_AT, (3.0, noon))
    house.ledger.add(window(house.at("2026-10-20 12:00"), 5.0, 3600))
    house.ledger.add(window(house.at("2026-10-21 12:00"), 2.0, 3600))
    # (5.0 + 2.0) / 2 of what came later.
    assert demands(house) == [3.5, 3.5]
    house.ledger.add(window(house.at("2026-10-22 12:00"), 0.5, 3600))
    # (5.0 + 2.0 + 0.5) / 3 = 2.5 is less than what was said.
    assert demands(house) == [3.0, 3.0]


def test_energy_above_a_reference_is_void_with_its_windows() -> None:
    """9 kW are 1.5 kWh above 3 kW in a quarter, 5 kW are 0.5."""
    house = House(PROFILES["luxembourg"])
    house.ledger.add(window(SAID_AT - 900, 9.0))
    assert house.ledger.excess("2026-10") == 1.5
    house.ledger.override("2026-10", SAID_AT, None)
    house.ledger.add(window(SAID_AT, 5.0))
    assert [ledger.excess("2026-10") for ledger in both(house)] == [0.5, 0.5]


def test_a_word_on_a_month_changes_its_bill() -> None:
    """2.5 kW above the floor cost 2.5 x 4.79."""
    house = house_of_october()
    house.ledger.override("2026-10", NOVEMBER, (5.0, SAID_AT))
    result = bill(house.ledger, at_price(FLEMISH), "2026-10")
    assert result is not None
    assert result.demand == 5.0
    assert result.peak_cost == pytest.approx(11.9693834)


# --- Stores -------------------------------------------------------------------------


def data_of_october() -> dict[str, Any]:
    """Return a store of two months: one with all there can be, one simple."""
    house = house_of_october()
    house.ledger.override("2026-10", SAID_AT, (3.0, SAID_AT))
    house.ledger.count_energy("2026-10", 200.0, 2980)
    house.ledger.add(window(SAID_AT, 3.5))
    house.ledger.seed("2026-09", 3.0, OCTOBER - 900)
    data: dict[str, Any] = json.loads(json.dumps(house.ledger.to_dict()))
    return data


def test_a_store_from_before_there_were_tariffs_is_read() -> None:
    """It had no rule, no words, no energies."""
    house = House(FLEMISH)
    house.ledger.add(Window(OCTOBER, 900, 1.0, 1.0, Source.METER, 1.0))
    house.ledger.seed("2026-09", 3.0, OCTOBER - 900)
    data = json.loads(json.dumps(house.ledger.to_dict()))
    del data["rule"]
    del data["zone"]
    for month in data["months"].values():
        for field in ("override", "over", "energy"):
            del month[field]
    back = Ledger(BRUSSELS, data, house.calendar)
    assert not back.stale
    assert back.months == house.ledger.months
    assert back.to_dict() == house.ledger.to_dict()
    other = Ledger(BRUSSELS, data, House(PROFILES["sweden"]).calendar)
    assert other.stale
    assert not other.moved


def test_a_store_of_another_zone_is_counted_anew_until_that_is_done() -> None:
    house = house_of_october()
    data = json.loads(json.dumps(house.ledger.to_dict()))
    moved = Ledger(ZoneInfo("Europe/Lisbon"), data)
    assert moved.moved
    assert moved.stale
    again = Ledger(ZoneInfo("Europe/Lisbon"), json.loads(json.dumps(moved.to_dict())))
    assert again.moved
    again.stale = False
    assert not Ledger(ZoneInfo("Europe/Lisbon"), again.to_dict()).moved


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("override", 5),
        ("override", []),
        ("override", [SAID_AT]),
        ("override", ["soon", None]),
        ("override", [SAID_AT + 0.5, None]),
        ("override", [-1, None]),
        ("override", [SAID_AT, 5]),
        ("override", [SAID_AT, [-1.0, SAID_AT]]),
        ("override", [SAID_AT, [1.0, None]]),
        ("over", None),
        ("over", 5),
        ("over", [5]),
        ("over", [[SAID_AT, -1.0]]),
        ("over", [[None, 1.0]]),
        ("over", [[SAID_AT, 1.0]] * 2981),
        ("energy", None),
        ("energy", [1.0]),
        ("energy", [-1.0, 5]),
        ("energy", [1.0, 5.5]),
        ("energy", [1.0, "5"]),
        ("highest", [[450, OCTOBER, 1.0, 1.0, "counter", 1.0]]),
        ("highest", [[3600, OCTOBER + 1, 1.0, 1.0, "counter", 1.0]]),
    ],
)
def test_a_damaged_field_costs_its_month(field: str, value: object) -> None:
    """The other stays."""
    data = data_of_october()
    assert list(Ledger(BRUSSELS, data).months) == ["2026-09", "2026-10"]
    data["months"]["2026-10"][field] = value
    ledger = Ledger(BRUSSELS, data)
    assert list(ledger.months) == ["2026-09"]
    assert not ledger.overridden("2026-10")


def test_all_that_is_known_of_a_month_comes_back() -> None:
    data = data_of_october()
    ledger = Ledger(BRUSSELS, data)
    assert ledger.to_dict() == data
    assert ledger.energy("2026-10") == (200.0, 2980)
    peak = ledger.peak("2026-10")
    assert peak is not None
    # The seed of 7 kW is of the quarter in which the word was given: it counts.
    assert peak.demand == 7.0
