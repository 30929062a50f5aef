"""Windows of a meter that other integrations read are right, or marked."""

from functools import partial
import math

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .home import (
    EXPORT,
    IMPORT,
    IMPORT_LOW,
    NOON,
    POWER,
    MeasuredHome,
    demands,
    marks,
    mean,
)

QUARTER = 900
# A counter tells either end of a window to a Wh.
RESOLUTION = 0.008
# What a change of load within the poll at a window's end may add to that.
INTERPOLATED = 0.03


def day(second: int) -> float:
    """Return a load in watts that never rests."""
    return 800 + (second % 1234) * 3 + (4000 if second % 5000 > 2500 else 0)


def kettle(second: int) -> float:
    """Return nothing, but 3 kW in the middle of each quarter."""
    return 3000 if 300 <= second % QUARTER < 600 else 0


def sun(second: int) -> float:
    """Return a load below zero for three quarters, and above before and after."""
    return -2000 if NOON <= second < NOON + 3 * QUARTER else 2500


def expected(load: object, count: int) -> list[float]:
    assert callable(load)
    return [mean(load, NOON + number * QUARTER) for number in range(count)]


@pytest.mark.parametrize("load", [day, kettle])
@pytest.mark.parametrize(
    ("period", "offset"), [(2, 1), (10, 3), (30, 11), (60, 0), (60, 37)]
)
async def test_a_polled_counter_gives_whole_windows(
    home: MeasuredHome, period: int, offset: int, load: object
) -> None:
    assert callable(load)
    home.begin(NOON - 950)
    home.period = period
    home.offset = offset
    home.load = load
    await home.add()
    await home.run(NOON + 2 * QUARTER + 60)

    windows = await home.windows(NOON, NOON + 2 * QUARTER)
    assert demands(windows) == pytest.approx(expected(load, 2), abs=INTERPOLATED)
    assert marks(windows) == [False, False]
    assert {window["source"] for window in windows} == {"counter"}
    assert home.value("month_peak") >= max(demands(windows))


@pytest.mark.smoke
async def test_a_counter_that_is_told_every_five_minutes_marks_its_windows(
    home: MeasuredHome,
) -> None:
    home.period = 300
    home.offset = 100
    home.begin(NOON - 900)
    home.load = day
    await home.add()
    await home.run(NOON + 2 * QUARTER + 290)

    windows = await home.windows(NOON, NOON + 2 * QUARTER)
    assert marks(windows) == [True, True]
    pairs = zip(demands(windows), expected(day, 2), strict=True)
    assert all(demand <= true for demand, true in pairs)
    assert home.state("month_peak").attributes["at_least"] is True


@pytest.mark.parametrize("with_power", [False, True])
async def test_a_counter_told_all_the_time_but_read_once_a_minute_is_spread_evenly(
    home: MeasuredHome, with_power: bool
) -> None:
    """Its repeated values are no readings: the minute's energy is of the minute."""
    home.begin(NOON - 450)
    home.period = 2
    home.load = lambda _second: 6000
    read = 0.0

    def of_the_minute() -> float:
        nonlocal read
        if home.now % 60 == 18 or not read:
            read = round(home.imported, 3)
        return read

    home.shown = {IMPORT: of_the_minute}
    if with_power:
        home.shown[POWER] = lambda: round(home.watts)
    await home.add(**({"power_entity": POWER} if with_power else {}))
    await home.run(NOON + QUARTER + 70)

    windows = await home.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([6.0], abs=RESOLUTION)
    assert marks(windows) == [False]


async def test_a_counter_that_stands_still_in_the_sun_closes_its_windows(
    home: MeasuredHome,
) -> None:
    home.begin(NOON - 950)
    home.load = sun
    await home.add()
    await home.run(NOON + 4 * QUARTER + 10)

    windows = await home.windows(NOON, NOON + 4 * QUARTER)
    assert demands(windows) == pytest.approx([0, 0, 0, 2.5], abs=RESOLUTION)
    assert marks(windows) == [False] * 4


async def test_tariffs_are_added_up_and_export_is_never_subtracted(
    home: MeasuredHome,
) -> None:
    home.begin(NOON - 310)
    home.load = lambda second: 3000 if second % 120 < 60 else -3000
    day_import = home.imported
    home.shown = {
        IMPORT: lambda: round(min(home.imported, day_import + 0.5), 3),
        IMPORT_LOW: lambda: round(max(0.0, home.imported - day_import - 0.5), 3),
        EXPORT: lambda: round(home.exported, 3),
    }
    home.register(IMPORT, IMPORT_LOW, EXPORT)
    await home.add(import_entities=[IMPORT, IMPORT_LOW], export_entities=[EXPORT])
    await home.run(NOON + 2 * QUARTER + 10)

    windows = await home.windows(NOON, NOON + 2 * QUARTER)
    assert demands(windows) == pytest.approx(expected(home.load, 2), abs=RESOLUTION)
    assert marks(windows) == [False, False]


async def test_a_tariff_that_only_speaks_when_it_changes_holds_nothing_up(
    home: MeasuredHome,
) -> None:
    """As over MQTT: the silent one has not changed, its device tells by the other."""
    home.load = day
    home.shown = {IMPORT: lambda: round(home.imported, 3)}
    home.register(IMPORT, IMPORT_LOW, platform="mqtt")
    home.show(IMPORT_LOW, 7000.5)
    await home.add(import_entities=[IMPORT, IMPORT_LOW])
    await home.run(NOON + 2 * QUARTER + 10)

    windows = await home.windows(NOON, NOON + 2 * QUARTER)
    assert demands(windows) == pytest.approx(expected(day, 2), abs=RESOLUTION)
    assert marks(windows) == [False, False]
    assert home.state("demand").state != "unavailable"


def show_phases(
    home: MeasuredHome, loads: tuple[float, float, float]
) -> dict[str, list[str]]:
    """Let three phases carry constant loads; return the fields of the form."""
    fields: dict[str, list[str]] = {"import_entities": [], "export_entities": []}
    began = home.now

    def counted(watts: float) -> float:
        return 100 + round(watts * (home.now - began) / 3.6e6, 3)

    home.shown.clear()
    for number, watts in enumerate(loads, 1):
        for field, sign in (("import_entities", 1), ("export_entities", -1)):
            entity_id = f"sensor.phase_{number}_{field}"
            energy = max(0.0, sign * watts)
            home.attributes[entity_id] = home.attributes[IMPORT]
            home.shown[entity_id] = partial(counted, energy)
            fields[field].append(entity_id)
    return fields


async def test_three_phases_are_summed_before_the_sign_is_taken(
    home: MeasuredHome,
) -> None:
    home.begin(NOON - 310)
    fields = show_phases(home, (3000, -2000, 500))
    home.register(*home.shown, platform="shelly")
    await home.add(**fields)
    await home.run(NOON + QUARTER + 10)

    windows = await home.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([1.5], abs=3 * RESOLUTION)
    assert marks(windows) == [False]


@pytest.mark.parametrize("depth", [0.1, 1.5, 100.0])
async def test_a_phase_that_dips_changes_nothing(
    home: MeasuredHome, depth: float
) -> None:
    """The sum of phases may fall: what makes it is judged before."""
    home.begin(NOON - 310)
    fields = show_phases(home, (3000, -2000, 500))
    home.register(*home.shown, platform="shelly")
    await home.add(**fields)
    counted = home.shown[fields["import_entities"][0]]
    home.shown[fields["import_entities"][0]] = lambda: (
        counted() - (depth if home.now // 10 % 3 == 0 else 0.0)
    )
    await home.run(NOON + QUARTER + 20)

    windows = await home.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([1.5], abs=3 * RESOLUTION)
    assert marks(windows) == [False]


async def test_what_is_said_not_to_be_phases_is_not_netted(home: MeasuredHome) -> None:
    home.begin(NOON - 310)
    await home.add(**show_phases(home, (3000, -2000, 500)), phases=False)
    await home.run(NOON + QUARTER + 10)

    windows = await home.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([3.5], abs=2 * RESOLUTION)


async def test_a_net_counter_counts_import_only(home: MeasuredHome) -> None:
    home.attributes[IMPORT] = {**home.attributes[IMPORT], "state_class": "total"}
    home.shown = {IMPORT: lambda: round(home.imported - home.exported, 3)}
    home.begin(NOON - 310)
    home.load = lambda second: 3000 if second % 300 < 150 else -3000
    entry = await home.add()
    await home.run(NOON + 2 * QUARTER + 10)

    assert entry.data["net"] is True
    windows = await home.windows(NOON, NOON + 2 * QUARTER)
    assert demands(windows) == pytest.approx([1.5, 1.5], abs=2 * RESOLUTION)


@pytest.mark.parametrize(
    ("unit", "factor"), [("Wh", 1000), ("kWh", 1), ("MWh", 0.001), ("MJ", 3.6)]
)
async def test_every_unit_of_energy_is_understood(
    home: MeasuredHome, unit: str, factor: float
) -> None:
    home.attributes[IMPORT] = {**home.attributes[IMPORT], "unit_of_measurement": unit}
    home.shown = {IMPORT: lambda: round(home.imported * factor, 6)}
    home.load = day
    await home.add()
    await home.run(NOON + QUARTER + 10)

    windows = await home.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx(expected(day, 1), abs=RESOLUTION)


@pytest.mark.parametrize(("unit", "factor"), [("W", 1), ("kW", 0.001)])
async def test_the_power_carries_the_demand_to_the_end_of_its_window(
    home: MeasuredHome, unit: str, factor: float
) -> None:
    home.attributes[POWER] = {**home.attributes[POWER], "unit_of_measurement": unit}
    home.shown[POWER] = lambda: home.watts * factor
    home.load = lambda second: 2000 if second < NOON + 450 else 8000
    await home.add(power_entity=POWER)
    await home.run(NOON + 460)

    assert home.value("demand") == pytest.approx(1.089, abs=RESOLUTION)
    told = home.state("projected_demand").attributes
    assert told["as_now"] == pytest.approx(5.0, abs=RESOLUTION)
    assert home.state("peak_risk").state == "off"
    await home.run(NOON + 610)
    assert home.state("peak_risk").state == "on"


async def test_without_a_power_the_mean_of_the_last_minute_takes_its_place(
    home: MeasuredHome,
) -> None:
    home.load = lambda second: 2000 if second < NOON + 450 else 8000
    await home.add()
    await home.run(NOON + 600)

    assert home.value("demand") == pytest.approx(2.333, abs=RESOLUTION)
    told = home.state("projected_demand").attributes
    assert told["as_now"] == pytest.approx(5.0, abs=0.03)
    assert home.value("available_power") == pytest.approx(500, abs=30)


async def test_the_power_in_watts_is_not_taken_for_kilowatts(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    home.shown[POWER] = lambda: 2000
    home.load = lambda _second: 2000
    await home.add(power_entity=POWER)
    await home.run(NOON + 100)

    told = home.state("projected_demand").attributes
    assert math.isclose(told["as_now"], 2.0, abs_tol=RESOLUTION)


async def test_a_template_of_home_assistant_will_do(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    """It only speaks when its result changes."""
    home.begin(NOON - 310)
    home.load = day
    home.poll()
    sensor = {
        "name": "Grid total",
        "unique_id": "grid_total",
        "state": f"{{{{ (states('{IMPORT}') | float * 1000) | round }}}}",
        "availability": f"{{{{ has_value('{IMPORT}') }}}}",
        "unit_of_measurement": "Wh",
        "device_class": "energy",
        "state_class": "total_increasing",
    }
    assert await async_setup_component(
        hass, "template", {"template": [{"sensor": [sensor]}]}
    )
    await hass.async_block_till_done()
    await home.add(import_entities=["sensor.grid_total"])
    await home.run(NOON + 400)
    await home.lose(IMPORT)
    assert home.state("demand").state == "unavailable"
    await home.silent(NOON + 500)
    await home.run(NOON + QUARTER + 10)

    windows = await home.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx(expected(day, 1), abs=RESOLUTION)
    assert marks(windows) == [False]


@pytest.mark.parametrize("period", [1, 10, 60])
async def test_a_power_tells_how_a_window_was_drawn(
    home: MeasuredHome, period: int
) -> None:
    home.begin(NOON - 950)
    home.period = period
    home.load = kettle
    home.shown[POWER] = lambda: round(home.watts)
    await home.add(power_entity=POWER)
    await home.run(NOON + QUARTER + 90)

    (window,) = await home.windows(NOON, NOON + QUARTER, profiles=True)
    profile = window["profile"]
    assert profile[:60] + profile[132:] == [0] * 108
    assert profile[72:120] == pytest.approx([3000] * 48, rel=0.02)


async def test_without_a_power_the_counters_tell_how_a_window_was_drawn(
    home: MeasuredHome,
) -> None:
    home.begin(NOON - 950)
    home.load = kettle
    await home.add()
    await home.run(NOON + QUARTER + 60)

    (window,) = await home.windows(NOON, NOON + QUARTER, profiles=True)
    profile = window["profile"]
    assert profile[:58] + profile[122:] == [0] * 116
    assert profile[62:118] == pytest.approx([3000] * 56, rel=0.15)
    assert sum(profile) * 5 / 3_600_000 == pytest.approx(window["energy"], abs=0.0002)
