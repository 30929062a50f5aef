"""How quarters were drawn, every 5 s, as a quarter monitor tells it."""

import pytest

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant

from ...homes import timestamp, until
from .home import NOON, MonitorHome

FEBRUARY = timestamp("2026-02-10 00:00")
DAY = 86400


def sawtooth(start: int) -> int:
    """Return another power for each quarter, 1 to 4 kW."""
    return 1000 + start // 900 * 37 % 3000


async def test_a_quarter_that_ends_is_told_as_it_was_drawn(home: MonitorHome) -> None:
    home.loads[NOON + 300] = 5000
    home.loads[NOON + 600] = -1000
    await home.start(NOON + 880)
    await home.live(NOON + 930)

    (window,) = await home.windows(NOON, NOON + 900, profiles=True)
    assert window["profile"] == [2000] * 60 + [5000] * 60 + [0] * 60
    assert sum(window["profile"]) * 5 / 3_600_000 == pytest.approx(
        window["energy"], abs=0.0001
    )


async def test_what_the_monitor_did_not_hear_was_not_seen(home: MonitorHome) -> None:
    await home.start(NOON + 300)
    home.monitor.deaf = True
    await home.live(NOON + 400)
    home.monitor.deaf = False
    await home.live(NOON + 930)

    (window,) = await home.windows(NOON, NOON + 900, profiles=True)
    assert window["profile"] == [2000] * 60 + [None] * 20 + [2000] * 100
    assert window["at_least"]


async def test_the_running_quarter_is_told_as_far_as_it_has_come(
    home: MonitorHome,
) -> None:
    await home.start(NOON + 300)
    expected = [2000] * 60 + [None] * 120
    assert await home.meter.async_profile(NOON) == expected
    assert await home.meter.async_profile(NOON + 900) is None


async def test_the_card_brings_the_profiles_that_are_kept(home: MonitorHome) -> None:
    home.monitor.fill(FEBRUARY, FEBRUARY + DAY, sawtooth)
    home.monitor.fill(NOON - 3600, NOON, sawtooth)
    await home.start(NOON + 300)

    old = await home.windows(FEBRUARY, FEBRUARY + DAY, profiles=True)
    ranked = sorted(old, key=lambda window: -window["demand"])
    assert len(old) == 96
    assert all("profile" in window for window in ranked[:10])
    assert not any("profile" in window for window in ranked[10:])
    assert {
        round(window["demand"] * 1000): set(window["profile"]) for window in ranked[:10]
    } == {
        power: {power}
        for power in sorted(map(sawtooth, range(FEBRUARY, FEBRUARY + DAY, 900)))[-10:]
    }
    recent = await home.windows(NOON - 3600, NOON, profiles=True)
    assert ["profile" in window for window in recent] == [True] * 4

    assert await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.card_read()
    assert await home.windows(FEBRUARY, FEBRUARY + DAY, profiles=True) == old


async def test_many_quarters_that_end_at_once_keep_their_profiles(
    home: MonitorHome,
) -> None:
    home.server.faults["/meter/"] = "hang_up"
    await home.start(NOON + 890)
    await home.live(NOON + 12 * 900 + 30, step=300)
    home.server.faults.clear()
    await home.live(NOON + 12 * 900 + 60)

    windows = await home.windows(NOON, NOON + 12 * 900, profiles=True)
    assert len(windows) == 12
    assert all("profile" in window for window in windows)


async def test_where_the_export_is_billed_it_is_the_profile(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    home.loads[NOON + 300] = -4000
    await home.start(NOON + 310)
    form = await hass.config_entries.subentries.async_init(
        (home.entry.entry_id, "demand"), context={"source": SOURCE_USER}
    )
    await hass.config_entries.subentries.async_configure(
        form["flow_id"],
        {"name": "Solar", "profile": "custom", "rules": {"direction": "export"}},
    )
    await hass.async_block_till_done()
    meters = home.meters
    await until(lambda: len(meters) == 2 or len(home.meters) == 2)
    await home.live(NOON + 930)

    windows = await home.windows(NOON, NOON + 900, profiles=True, demand_meter="solar")
    assert [window["profile"] for window in windows] == [[0] * 60 + [4000] * 120]
