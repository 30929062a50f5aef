"""The action that imports the card of a quarter monitor over the network."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
import sys
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    async_get_persistent_notifications,
)

from custom_components.flukso.devices.quarter_monitor import (
    card_history as monitor_history,
)
from custom_components.flukso.transport.http import card as monitor_card
from homeassistant.components import persistent_notification
from homeassistant.components.persistent_notification import Notification, UpdateType
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from simulator.quarter_monitor import QuarterMonitor
from simulator.quarter_monitor_server import MonitorServer, serve_monitor

from ...brokers import HOST, free_port
from ..demand.feed import DemandFeed
from ..demand.grid import Loads, steady
from ..homes import timestamp, until
from .imports import import_windows

NOON = timestamp("2026-03-10 12:00")
JANUARY = timestamp("2026-01-01 00:00")
AUTUMN = timestamp("2023-10-29 00:00")
HALF: Loads = steady(500, 0, 0)


def sawtooth(start: int) -> int:
    """Return another power for each quarter, 1 to 4 kW."""
    return 1000 + start // 900 * 37 % 3000


@pytest.fixture
async def server(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[MonitorServer]:
    """Return a monitor with an hour of January and a day of an autumn on its card."""
    # The pauses spare a real ESP32.
    monkeypatch.setattr(monitor_card, "PAUSE", 0)
    monkeypatch.setattr(monitor_history, "FIRST_WAIT", 0)
    monitor = QuarterMonitor(lambda _second: 2000, NOON)
    monitor.fill(JANUARY, JANUARY + 3600, sawtooth)
    monitor.fill(AUTUMN, AUTUMN + 25 * 3600, sawtooth)
    monitor.live(NOON + 20)
    async with serve_monitor(monitor) as server:
        yield server


async def from_host(hass: HomeAssistant, server: MonitorServer, **data: Any) -> Any:
    """Return the answer of the action."""
    return await import_windows(hass, host=HOST, port=server.port, **data)


def files_asked(server: MonitorServer) -> list[str]:
    """Return the quarters that were asked for."""
    return [path for path in server.asked if path.startswith("/meter/")]


async def refusal(hass: HomeAssistant, **data: Any) -> HomeAssistantError:
    """Return how an import is refused."""
    with pytest.raises(HomeAssistantError) as refused:
        await import_windows(hass, **data)
    assert refused.value.translation_domain == "flukso"
    assert HOST not in str(refused.value)
    return refused.value


async def test_all_that_is_on_the_card_is_imported_with_its_profiles(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    answer = await from_host(hass, server)

    assert answer == {
        "added": 104,
        "known": 0,
        "refused": 0,
        "estimated": 0,
        "first_window": "2023-10-28T22:00:00+00:00",
        "last_window": "2025-12-31T23:45:00+00:00",
    }
    assert server.most_at_once == 1
    windows = await feed.windows(JANUARY, JANUARY + 3600, profiles=True)
    powers = [sawtooth(JANUARY + place * 900) for place in range(4)]
    assert [window["demand"] * 1000 for window in windows] == pytest.approx(powers)
    assert {window["source"] for window in windows} == {"power"}
    assert len(await feed.windows(AUTUMN, AUTUMN + 25 * 3600)) == 100
    rows = await feed.statistics("flukso:grid_month_peak", AUTUMN - 40 * 86400)
    assert len(rows) == 2


async def test_a_notification_follows_it_day_by_day(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    shown: list[str] = []

    @callback
    def look(_change: UpdateType, found: Mapping[str, Notification]) -> None:
        shown.extend(notice["message"] for notice in found.values())

    persistent_notification.async_register_callback(hass, look)
    await from_host(hass, server)
    *running, last = shown
    assert [message.split(",")[0] for message in running] == [
        "0 % is done",
        "50 % is done",
        "100 % is done",
    ]
    assert "back to 2023-10-29: 2 of 2 days, 104 quarter-hours" in running[-1]
    assert last == (
        "Quarter-hours imported: 104; known as well or better: 0; refused: 0. The first "
        "one is that of 2023-10-29 00:00, the last one that of 2026-01-01 00:45."
    )


async def test_an_old_month_has_the_profiles_of_its_ten_highest(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    await from_host(hass, server)
    starts = range(AUTUMN, AUTUMN + 25 * 3600, 900)
    kept = [
        start for start in starts if await feed.meter.async_profile(start) is not None
    ]
    ranked = sorted(starts, key=lambda start: (-sawtooth(start), start))
    assert kept == sorted(ranked[:10])
    assert await feed.meter.async_profile(kept[0]) == [sawtooth(kept[0])] * 180


async def test_code_that_cannot_be_loaded_keeps_no_later_import_away(
    hass: HomeAssistant,
    feed: DemandFeed,
    server: MonitorServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await feed.connect(HALF, NOON + 20)
    with monkeypatch.context() as broken:
        broken.setitem(sys.modules, monitor_history.__name__, None)
        with pytest.raises(ModuleNotFoundError):
            await from_host(hass, server)
    answer = await from_host(hass, server)
    assert answer["added"] == 104


async def test_what_is_known_by_power_is_not_asked_for_again(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    await import_windows(
        hass, rows=[{"start": JANUARY, "demand": sawtooth(JANUARY) / 1000}]
    )
    first = await from_host(hass, server)
    assert (first["added"], first["known"]) == (103, 1)
    server.asked.clear()
    again = await from_host(hass, server)
    assert (again["added"], again["known"]) == (0, 104)
    # It is known by a counter: what the monitor has to tell is its profile.
    assert files_asked(server) == ["/meter/2026/01/01/0000W.json"]
    assert (first["first_window"], first["last_window"]) == (
        again["first_window"],
        again["last_window"],
    )
    assert await feed.meter.async_profile(JANUARY) == [sawtooth(JANUARY)] * 180


async def test_damaged_files_and_lists_cost_themselves_alone(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    server.monitor.fill(JANUARY + 86400, JANUARY + 86400 + 900, sawtooth)
    powers = server.monitor.card[JANUARY]["consumed_power_interval_avgs"]
    powers[:90] = [None] * 90
    server.faults["/meter/2026/01/01/0015W"] = "cut_off"
    server.faults["/meter/2026/01/01/0030W"] = "missing"
    await feed.connect(HALF, NOON + 20)
    answer = await from_host(hass, server)
    assert (answer["added"], answer["estimated"]) == (103, 1)


async def test_a_monitor_that_stops_answering_is_asked_again_then_told(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    server.faults["/meter/2023/10/29/12"] = "hang_up"
    error = await refusal(hass, host=HOST, port=server.port)
    assert error.translation_key == "monitor_not_answering"
    assert server.asked.count("/meter/2023/10/29/1200W.json") >= monitor_history.TRIES
    (notice,) = async_get_persistent_notifications(hass).values()
    assert notice["title"] == "Grid: import of history stopped"
    assert "1 of 2 days are done, back to 2026-01-01: 4 quarter-h" in notice["message"]
    # The days before it count.
    assert len(await feed.windows(JANUARY, JANUARY + 3600)) == 4

    server.faults.clear()
    server.asked.clear()
    answer = await from_host(hass, server)
    assert (answer["added"], answer["known"]) == (100, 4)
    assert len(files_asked(server)) == 100


async def test_nobody_at_the_address_is_told(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    for host in (HOST, "a/b", ""):
        error = await refusal(hass, host=host, port=free_port())
        assert error.translation_key == "monitor_not_answering"


@pytest.mark.parametrize("fault", ["web_page", "missing", "garbage", "failure"])
async def test_who_is_no_quarter_monitor_is_told(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer, fault: str
) -> None:
    await feed.connect(HALF, NOON + 20)
    server.faults["/"] = fault
    error = await refusal(hass, host=HOST, port=server.port)
    assert error.translation_key == "no_quarter_monitor"


async def test_an_empty_card_is_told(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    server.monitor.card.clear()
    error = await refusal(hass, host=HOST, port=server.port)
    assert error.translation_key == "monitor_card_empty"


async def test_a_host_goes_with_no_other_source(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    others: tuple[dict[str, Any], ...] = ({"path": "/media/x.csv"}, {"rows": []})
    for more in others:
        error = await refusal(hass, host=HOST, port=server.port, **more)
        assert error.translation_key == "import_one_source"
    assert server.asked == []


async def test_one_card_is_read_at_a_time_and_a_reload_ends_it(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    server.faults["/meter/2023/10/29/0000S"] = "slow"
    first = asyncio.create_task(refusal(hass, host=HOST, port=server.port))
    await until(lambda: "/meter/2023/10/29/0000S.json" in server.asked)
    error = await refusal(hass, host=HOST, port=server.port)
    assert error.translation_key == "backfill_running"

    await feed.reload()
    server.faults.clear()
    server.stop()
    assert (await first).translation_key == "backfill_interrupted"
    assert len(await feed.windows(JANUARY, JANUARY + 3600)) == 4
    assert (await from_host(hass, server))["added"] == 100


async def test_an_address_may_be_pasted_from_a_browser(
    hass: HomeAssistant, feed: DemandFeed, server: MonitorServer
) -> None:
    await feed.connect(HALF, NOON + 20)
    answer = await import_windows(hass, host=f"http://{HOST}/", port=server.port)
    assert answer["added"] == 104
