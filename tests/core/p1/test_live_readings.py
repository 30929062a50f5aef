"""A meter has the readings that it sends; what it leaves out for long is silent."""

import pytest

from custom_components.flukso.core.p1.live_readings import (
    SILENCE,
    P1Reading,
    P1Readings,
)
from custom_components.flukso.core.p1.readings import ChildKind

from .support import GAS_AND_WATER, belgian, read, read_fixture

POWER = "1-0:1.7.0({:06.3f}*kW)"
COUNTER = "1-0:1.8.1(000001.000*kWh)"


def find(book: P1Readings, key: str) -> P1Reading:
    (found,) = [reading for reading in book if reading.unique_id.endswith(f"_{key}")]
    return found


def take(book: P1Readings, now: float, *lines: str) -> list[str]:
    """Let a meter send a telegram; return the ids of what is new."""
    return [reading.unique_id for reading in book.take(read(belgian(*lines)), now)]


@pytest.fixture
def book() -> P1Readings:
    """Return the readings of a meter that has sent a power and a counter."""
    book = P1Readings("meter")
    new = take(book, 0.0, POWER.format(1.0), COUNTER)
    assert {"meter_power_import", "meter_energy_import_normal"} <= set(new)
    assert len(new) == len(list(book))
    return book


def test_what_a_meter_sends_later_comes_later(book: P1Readings) -> None:
    assert take(book, 1.0, POWER.format(1.0), COUNTER) == []
    assert "meter_power_export" in take(book, 2.0, "1-0:2.7.0(00.100*kW)")


def test_the_first_value_is_shown_at_once_and_then_means(book: P1Readings) -> None:
    power = find(book, "power_import")
    told: list[object] = []
    power.listeners.append(lambda: told.append(power.shown))
    assert power.shown == 1.0
    for second, watts in enumerate((2.0, 2.001, 2.003)):
        take(book, second, POWER.format(watts))
    assert power.shown == 1.0
    power.refresh()
    power.refresh()
    assert told == [2.001333]


def test_a_counter_is_the_last_that_came(book: P1Readings) -> None:
    counter = find(book, "energy_import_normal")
    take(book, 1.0, "1-0:1.8.1(000002.000*kWh)")
    take(book, 2.0, "1-0:1.8.1(000003.000*kWh)")
    assert counter.shown == 1.0
    counter.refresh()
    assert counter.shown == 3.0


def test_what_is_left_out_for_long_is_silent_if_somebody_looks(
    book: P1Readings,
) -> None:
    power, counter = find(book, "power_import"), find(book, "energy_import_normal")
    assert book.turned_silent(SILENCE + 1) == ([], [])
    for reading in (power, counter):
        reading.listeners.append(lambda: None)
    assert book.turned_silent(SILENCE) == ([], [])
    gone, returned = book.turned_silent(SILENCE + 1)
    assert (set(map(id, gone)), returned) == ({id(power), id(counter)}, [])
    assert (power.shown, counter.shown) == (None, 1.0)
    take(book, SILENCE + 2, POWER.format(3.0))
    assert book.turned_silent(SILENCE + 2) == ([], [power])
    assert power.shown == 3.0


def test_what_is_computed_may_be_missing_now_and_then() -> None:
    book = P1Readings("meter")
    phase = ("1-0:21.7.0(01.000*kW)", "1-0:32.7.0(230.0*V)", "1-0:31.7.0(004.50*A)")
    take(book, 0.0, *phase)
    factor = find(book, "power_factor_l1")
    assert find(book, "power_factor_l1").shown is not None
    take(book, 1.0, phase[0], phase[1], "1-0:31.7.0(000.00*A)")
    factor.refresh()
    assert find(book, "power_factor_l1").shown is None
    assert not factor.silent(1e9)


def test_meters_behind_it_have_readings_of_their_own() -> None:
    book = P1Readings("meter")
    new = book.take(read_fixture(GAS_AND_WATER), 0.0)
    kinds = {reading.child.kind for reading in new if reading.child is not None}
    assert kinds == {ChildKind.GAS, ChildKind.WATER}
    for reading in new:
        if reading.child is not None:
            owner = f"meter_{reading.child.identity}"
            assert reading.unique_id.startswith(owner)
