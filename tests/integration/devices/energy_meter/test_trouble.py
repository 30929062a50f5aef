"""What goes wrong with the sources of a meter is marked, told and never billed."""

import pytest

from custom_components.flukso.const import DOMAIN
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .home import COUNTER, IMPORT, NOON, POWER, MeasuredHome, demands, marks

QUARTER = 900
RESOLUTION = 0.008
STEADY = 3.0


@pytest.fixture
async def steady(home: MeasuredHome) -> MeasuredHome:
    """Return a home that draws 3 kW and was seen for a quarter of an hour."""
    home.begin(NOON - 950)
    home.load = lambda _second: STEADY * 1000
    await home.add()
    await home.run(NOON - 100)
    return home


async def test_a_short_silence_at_the_boundary_is_interpolated(
    steady: MeasuredHome,
) -> None:
    await steady.run(NOON - 10)
    await steady.lose(IMPORT)
    assert steady.state("demand").state == STATE_UNAVAILABLE
    assert steady.state("month_peak").state != STATE_UNAVAILABLE
    await steady.silent(NOON + 20)
    await steady.run(NOON + 2 * QUARTER + 10)

    windows = await steady.windows(NOON - QUARTER, NOON + 2 * QUARTER)
    assert demands(windows) == pytest.approx([STEADY] * 3, abs=RESOLUTION)
    assert marks(windows) == [False] * 3
    assert steady.state("demand").state != STATE_UNAVAILABLE


async def test_a_long_silence_over_a_boundary_marks_the_windows(
    steady: MeasuredHome,
) -> None:
    await steady.run(NOON - 100)
    await steady.lose(IMPORT)
    steady.load = lambda second: 6000 if second < NOON else 0
    await steady.silent(NOON + 300)
    steady.load = lambda _second: STEADY * 1000
    await steady.run(NOON + QUARTER + 10)

    windows = await steady.windows(NOON - QUARTER, NOON + QUARTER)
    assert marks(windows) == [True, True]
    assert all(demand <= 3.4 for demand in demands(windows))


async def test_a_silence_within_a_window_costs_nothing(steady: MeasuredHome) -> None:
    await steady.run(NOON + 100)
    await steady.lose(IMPORT)
    await steady.silent(NOON + 700)
    await steady.run(NOON + QUARTER + 10)

    windows = await steady.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([STEADY], abs=RESOLUTION)
    assert marks(windows) == [False]


@pytest.mark.parametrize("jump", [1_000_000, 1_000, 20, -5_000])
async def test_a_counter_that_jumps_is_marked_and_not_billed(
    steady: MeasuredHome, jump: int
) -> None:
    await steady.run(NOON + 300)
    steady.imported += jump
    await steady.run(NOON + 2 * QUARTER + 10)

    windows = await steady.windows(NOON, NOON + 2 * QUARTER)
    assert marks(windows) == [True, False]
    assert demands(windows)[0] == pytest.approx(STEADY, abs=0.1)
    assert demands(windows)[0] <= STEADY
    assert demands(windows)[1] == pytest.approx(STEADY, abs=RESOLUTION)
    assert steady.value("month_peak") == pytest.approx(STEADY, abs=RESOLUTION)


async def test_a_jump_there_and_back_is_not_billed(steady: MeasuredHome) -> None:
    await steady.run(NOON + 300)
    await steady.silent(NOON + 304)
    steady.show(IMPORT, 1_000_000)
    await steady.hass.async_block_till_done()
    await steady.run(NOON + QUARTER + 10)

    windows = await steady.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([STEADY], abs=RESOLUTION)
    assert marks(windows) == [False]


@pytest.mark.parametrize("state", ["unknown", "unavailable", "soon", "nan", "inf", ""])
async def test_what_is_no_number_is_no_reading(
    steady: MeasuredHome, state: str
) -> None:
    await steady.run(NOON + 300)
    steady.show(IMPORT, state)
    await steady.run(NOON + QUARTER + 10)

    windows = await steady.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([STEADY], abs=RESOLUTION)
    assert marks(windows) == [False]


async def test_a_unit_that_turns_wrong_makes_the_demand_unavailable(
    steady: MeasuredHome,
) -> None:
    steady.attributes[IMPORT] = {**COUNTER, "unit_of_measurement": "kW"}
    await steady.run(NOON + 10)

    assert steady.state("demand").state == STATE_UNAVAILABLE
    steady.attributes[IMPORT] = COUNTER
    await steady.run(NOON + QUARTER + 10)
    assert steady.state("demand").state != STATE_UNAVAILABLE


async def test_a_unit_that_changes_is_followed(steady: MeasuredHome) -> None:
    await steady.run(NOON + 300)
    steady.attributes[IMPORT] = {**COUNTER, "unit_of_measurement": "Wh"}
    steady.shown = {IMPORT: lambda: round(steady.imported * 1000)}
    await steady.run(NOON + QUARTER + 10)

    windows = await steady.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([STEADY], abs=RESOLUTION)
    assert marks(windows) == [False]


async def test_a_restart_within_a_window_goes_on_from_the_counters(
    steady: MeasuredHome, hass: HomeAssistant
) -> None:
    await steady.run(NOON + 300)
    assert await hass.config_entries.async_unload(steady.entry.entry_id)
    hass.states.async_remove(IMPORT)
    await steady.silent(NOON + 500)
    assert await hass.config_entries.async_setup(steady.entry.entry_id)
    # The source comes two minutes after us.
    await steady.silent(NOON + 620)
    assert steady.state("demand").state == STATE_UNAVAILABLE
    await steady.run(NOON + QUARTER + 10)

    windows = await steady.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([STEADY], abs=RESOLUTION)
    assert marks(windows) == [False]


@pytest.mark.parametrize("restored", [True, False])
async def test_a_restored_state_is_no_reading(
    steady: MeasuredHome, hass: HomeAssistant, restored: bool
) -> None:
    """Else all of the outage would fall into the step from there to the first one."""
    await steady.run(NOON - 60)
    before = round(steady.imported, 3)
    assert await hass.config_entries.async_unload(steady.entry.entry_id)
    await steady.silent(NOON + 600)
    attributes = COUNTER | ({"restored": True} if restored else {})
    hass.states.async_set(IMPORT, str(before), attributes)
    assert await hass.config_entries.async_setup(steady.entry.entry_id)
    await steady.silent(NOON + 640)
    await steady.run(NOON + QUARTER + 10)

    windows = await steady.windows(NOON - QUARTER, NOON + QUARTER)
    assert marks(windows) == [True, True]
    assert all(demand <= STEADY for demand in demands(windows))


async def test_silence_is_told_once_each_way(
    steady: MeasuredHome, caplog: pytest.LogCaptureFixture
) -> None:
    await steady.silent(NOON + 300)
    assert steady.state("demand").state == STATE_UNAVAILABLE
    await steady.silent(NOON + 2000)
    await steady.run(NOON + 2100)
    await steady.silent(NOON + 2120)

    ours = [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if "flukso" in record.name and "sources" in record.getMessage()
    ]
    assert ours == [
        ("WARNING", "House: the sources are unavailable or silent"),
        ("INFO", "House: the sources are back"),
    ]
    assert steady.state("demand").state != STATE_UNAVAILABLE


async def test_sources_that_never_speak_are_told_of(
    home: MeasuredHome, hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    await home.add()
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    hass.states.async_remove(IMPORT)
    assert await hass.config_entries.async_setup(home.entry.entry_id)
    await home.silent(NOON + 300)
    assert "unavailable or silent" not in caplog.text
    await home.silent(NOON + 900)
    assert caplog.text.count("unavailable or silent") == 1


def issue_of(home: MeasuredHome, hass: HomeAssistant) -> ir.IssueEntry | None:
    """Return the repair about a source that is gone."""
    found = [
        issue
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.translation_key == "source_missing"
    ]
    assert len(found) <= 1
    return found[0] if found else None


async def test_a_source_that_is_gone_is_a_repair_until_it_returns(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    home.register(IMPORT)
    home.load = lambda _second: STEADY * 1000
    await home.add()
    await home.run(NOON)
    er.async_get(hass).async_remove(IMPORT)
    hass.states.async_remove(IMPORT)
    await home.silent(NOON + 200)
    assert issue_of(home, hass) is None
    await home.silent(NOON + 400)

    issue = issue_of(home, hass)
    assert issue is not None
    assert issue.translation_placeholders == {"entity_id": IMPORT, "name": "House"}
    home.register(IMPORT)
    await home.run(NOON + 420)
    assert issue_of(home, hass) is None
    assert home.state("demand").state != STATE_UNAVAILABLE


async def test_removing_the_entry_takes_its_repair_back(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    await home.add()
    hass.states.async_remove(IMPORT)
    await home.silent(NOON + 400)
    assert issue_of(home, hass) is not None
    await hass.config_entries.async_remove(home.entry.entry_id)
    assert issue_of(home, hass) is None


async def test_a_renamed_entity_is_followed(
    home: MeasuredHome, hass: HomeAssistant
) -> None:
    home.register(IMPORT)
    home.load = lambda _second: STEADY * 1000
    await home.add()
    await home.run(NOON + 300)
    renamed = "sensor.main_counter"
    er.async_get(hass).async_update_entity(IMPORT, new_entity_id=renamed)
    hass.states.async_remove(IMPORT)
    home.attributes[renamed] = COUNTER
    home.shown = {renamed: home.shown[IMPORT]}
    await home.run(NOON + QUARTER + 10)

    windows = await home.windows(NOON, NOON + QUARTER)
    assert demands(windows) == pytest.approx([STEADY], abs=RESOLUTION)
    assert marks(windows) == [False]


async def test_an_impossible_power_is_not_billed(home: MeasuredHome) -> None:
    home.begin(NOON - 310)
    home.load = lambda _second: STEADY * 1000
    home.shown[POWER] = lambda: 1_000_000_000
    await home.add(power_entity=POWER)
    await home.run(NOON + 100)
    del home.shown[IMPORT]
    await home.run(NOON + 2 * QUARTER)

    windows = await home.windows(NOON, NOON + 2 * QUARTER)
    assert all(demand <= STEADY for demand in demands(windows))


async def test_counters_that_stop_are_replaced_by_the_power(home: MeasuredHome) -> None:
    home.begin(NOON - 310)
    home.load = lambda _second: STEADY * 1000
    home.shown[POWER] = lambda: home.watts
    await home.add(power_entity=POWER)
    await home.run(NOON + 100)
    stopped = home.imported
    home.shown[IMPORT] = lambda: round(stopped, 3)
    await home.run(NOON + 2 * QUARTER + 10)

    windows = await home.windows(NOON, NOON + 2 * QUARTER)
    assert demands(windows) == pytest.approx([STEADY] * 2, abs=0.4)
    assert all(demand <= STEADY + RESOLUTION for demand in demands(windows))
    assert windows[1]["source"] == "power"
    assert marks(windows)[1] is True
