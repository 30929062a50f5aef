"""The demand register and the month peak of a meter, as others pass them on."""

import pytest

from homeassistant.core import HomeAssistant

from ...homes import timestamp
from .home import (
    COUNTER,
    DEMAND,
    IMPORT,
    MONTH_PEAK,
    NOON,
    POWER,
    MeasuredHome,
    demands,
    marks,
)

QUARTER = 900
RESOLUTION = 0.008


class Register:
    """The ramp of a meter whose clock differs, told with the counters."""

    def __init__(self, home: MeasuredHome, *, ahead: int = 0) -> None:
        """Begin with the register of a running window."""
        self._home = home
        self._ahead = ahead
        self._start = 0
        self._began = home.imported

    def watts(self) -> int:
        """Return the register; asked at each poll."""
        window = (self._home.now + self._ahead) // QUARTER
        if window != self._start:
            self._start, self._began = window, self._home.imported
        return round((self._home.imported - self._began) * 4000)


async def test_the_register_tells_what_was_drawn_before_we_came(
    home: MeasuredHome,
) -> None:
    """As of HomeWizard: all of a poll is written at once."""
    home.load = lambda _second: 4000
    register = Register(home)
    home.shown |= {DEMAND: register.watts, POWER: lambda: home.watts}
    home.begin(NOON - 10)
    home.measure(NOON + 1)
    register.watts()
    home.measure(NOON + 600)
    home.begin(home.now)
    await home.add(demand_entity=DEMAND, power_entity=POWER)
    await home.run(NOON + 700)

    assert home.value("demand") == pytest.approx(3.107, abs=0.02)
    assert home.value("projected_demand") == pytest.approx(4.0, abs=0.02)
    await home.run(NOON + QUARTER + 30)
    (window,) = await home.windows(NOON, NOON + QUARTER)
    assert window["demand"] == pytest.approx(3.95, abs=0.06)
    assert window["at_least"] is True


@pytest.mark.parametrize("ahead", [-25, -3, 0, 3, 25])
@pytest.mark.parametrize("period", [10, 30])
async def test_a_register_of_another_clock_never_makes_a_false_peak(
    home: MeasuredHome, ahead: int, period: int
) -> None:
    home.begin(NOON - 910)
    home.period = period
    home.load = lambda second: 6000 if NOON <= second < NOON + QUARTER else 500
    register = Register(home, ahead=ahead)
    home.shown[DEMAND] = register.watts
    await home.add(demand_entity=DEMAND)
    seen = []
    while home.now < NOON + 3 * QUARTER + 60:
        await home.run(home.now + 30)
        seen.append(home.value("demand"))

    windows = await home.windows(NOON, NOON + 3 * QUARTER)
    # What the clocks differ is all that may go from one window to another.
    error = RESOLUTION + abs(ahead) * 5.5 / QUARTER
    assert demands(windows) == pytest.approx([6.0, 0.5, 0.5], abs=error)
    assert {window["source"] for window in windows} == {"counter"}
    assert marks(windows) == [False] * 3
    assert max(seen) <= 6.0 + error
    after = seen[-60:]
    assert max(after) <= 0.5 + error


async def test_a_register_that_contradicts_the_counters_is_not_believed(
    home: MeasuredHome,
) -> None:
    home.begin(NOON - 310)
    home.load = lambda _second: 1000
    home.shown[DEMAND] = lambda: 9000
    await home.add(demand_entity=DEMAND)
    await home.run(NOON + QUARTER + 10)

    (window,) = await home.windows(NOON, NOON + QUARTER)
    assert window["demand"] == pytest.approx(1.0, abs=RESOLUTION)


async def test_the_months_peak_counts_from_its_first_change(home: MeasuredHome) -> None:
    """It has no stamp: what is told at first may be of any month."""
    peak = 7200
    home.load = lambda _second: 1000
    home.shown[MONTH_PEAK] = lambda: peak
    await home.add(month_peak_entity=MONTH_PEAK)
    await home.run(NOON + QUARTER + 10)
    assert home.value("month_peak") == pytest.approx(1.0, abs=RESOLUTION)

    peak = 8100
    await home.run(NOON + QUARTER + 30)
    assert home.value("month_peak") == 8.1
    state = home.state("month_peak")
    assert state.attributes["source"] == "seed"
    assert home.state("month_peak_time").state == "2026-03-10T11:00:00+00:00"


async def test_the_last_months_peak_is_not_taken_into_the_new_month(
    home: MeasuredHome,
) -> None:
    april = timestamp("2026-04-01 00:00")
    home.begin(april - QUARTER)
    peak = 7.2
    home.attributes[MONTH_PEAK] = {
        **home.attributes[MONTH_PEAK],
        "unit_of_measurement": "kW",
    }
    home.load = lambda _second: 1000
    home.shown[MONTH_PEAK] = lambda: peak
    await home.add(month_peak_entity=MONTH_PEAK)
    await home.run(april + 20)
    # The last window of March was its peak, and is told in April.
    peak = 7.9
    await home.run(april + 100)
    assert home.state("month_peak").state == "unknown"
    peak = 0.0
    await home.run(april + QUARTER + 30)
    assert home.value("month_peak") == pytest.approx(1.0, abs=RESOLUTION)
    peak = 1.1
    await home.run(april + QUARTER + 90)
    assert home.value("month_peak") == 1.1
    peak = 1_000_000.0
    await home.run(april + QUARTER + 120)
    assert home.value("month_peak") == 1.1


async def test_the_month_turns_and_its_statistics_are_written(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    april = timestamp("2026-04-01 00:00")
    home.begin(april - 2 * QUARTER - 60)
    home.load = lambda second: 4000 if second < april else 1000
    home.attributes[IMPORT] = {**COUNTER, "unit_of_measurement": "Wh"}
    home.shown = {IMPORT: lambda: round(home.imported * 1000)}
    await home.add()
    await home.run(april + QUARTER + 20)

    assert home.value("month_peak") == pytest.approx(1.0, abs=RESOLUTION)
    rows = await home.statistics("flukso:house_month_peak", april - 40 * 86400)
    assert [row["max"] for row in rows] == pytest.approx([4.0, 1.0], abs=RESOLUTION)
    hours = await home.statistics("flukso:house_demand", april - 3600)
    assert [row["max"] for row in hours] == pytest.approx([4.0, 1.0], abs=RESOLUTION)
