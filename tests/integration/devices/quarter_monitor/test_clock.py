"""A quarter monitor whose meter tells another time."""

import pytest

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.helpers import issue_registry as ir

from ...homes import epoch
from .home import NOON, MonitorHome

QUARTER = 900


@pytest.mark.parametrize(
    ("ahead", "shift"), [(3600, 3600), (-3600 - 7, -3600), (1200, 900), (86400, 86400)]
)
async def test_quarters_are_the_monitors_and_their_date_is_the_hosts(
    home: MonitorHome, ahead: int, shift: int
) -> None:
    home.ahead = ahead
    home.loads[NOON + QUARTER] = 3000
    await home.start(NOON + 840)
    await home.live(NOON + 880)
    assert home.demand("demand") == pytest.approx(2 * 880 / QUARTER, abs=0.03)
    await home.live(NOON + 2 * QUARTER + 10)
    windows = await home.windows(NOON - 2 * 86400, NOON + 2 * 86400)
    assert [epoch(window["window_start"]) for window in windows] == [
        NOON - shift,
        NOON - shift + QUARTER,
    ]
    assert [window["demand"] for window in windows] == pytest.approx([2.0, 3.0])
    assert not any("clock" in window for window in windows)
    found = ir.async_get(home.hass).async_get_issue(
        "flukso", f"clock_off_{home.entry.entry_id}"
    )
    assert found is not None
    assert found.translation_key == "clock_shifted"


async def test_a_monitor_that_is_minutes_off_is_followed_as_it_is(
    home: MonitorHome,
) -> None:
    home.ahead = -120
    await home.start(NOON + 840)
    state = home.state("sensor.grid_demand").state
    assert state not in {STATE_UNKNOWN, STATE_UNAVAILABLE}
    await home.live(NOON + QUARTER + 10)
    (window,) = await home.windows(NOON, NOON + QUARTER)
    assert window["demand"] == pytest.approx(2.0)
