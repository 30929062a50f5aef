"""Questions to a quarter monitor, answered over a real connection."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, ClientTimeout
import pytest

from custom_components.flukso.core.quarter_monitor.quarter_id import QuarterId
from custom_components.flukso.transport.errors import (
    CannotConnect,
    LinkError,
    NoQuarterMonitor,
)
from custom_components.flukso.transport.http import quarter_monitor
from custom_components.flukso.transport.http.quarter_monitor import QuarterMonitorClient
from simulator.quarter_monitor import QuarterMonitor
from simulator.quarter_monitor_server import FAULTS, MonitorServer, serve_monitor

BRUSSELS = ZoneInfo("Europe/Brussels")
NOON = int(datetime(2026, 3, 10, 12, tzinfo=BRUSSELS).timestamp())
AUTUMN = int(datetime(2025, 10, 26, tzinfo=BRUSSELS).timestamp())


@pytest.fixture
async def server() -> AsyncIterator[MonitorServer]:
    """Serve a monitor that has measured 2 kW since noon."""
    async with serve_monitor(QuarterMonitor(lambda _second: 2000, NOON)) as server:
        server.monitor.live(NOON + 1000)
        yield server


@pytest.fixture
async def client(server: MonitorServer) -> AsyncIterator[QuarterMonitorClient]:
    """Return a client of that monitor."""
    async with ClientSession() as session:
        yield QuarterMonitorClient(session, "127.0.0.1", server.port)


async def test_the_running_quarter_and_the_month_peak_are_told(
    client: QuarterMonitorClient,
) -> None:
    """As the monitor measures them."""
    quarter = await client.current_quarter()
    assert quarter is not None
    assert quarter.id.start == NOON + 900
    assert list(quarter.imported) == [2000] * 20
    peak = await client.month_peak()
    assert peak is not None
    assert (peak.id.start, peak.watts) == (NOON, 2000)


async def test_before_the_first_telegram_nothing_is_told(
    server: MonitorServer, client: QuarterMonitorClient
) -> None:
    """Which is no error."""
    server.monitor = QuarterMonitor(lambda _second: 2000, NOON)
    assert await client.current_quarter() is None
    assert await client.month_peak() is None
    assert await client.years() == []


async def test_the_card_is_listed_from_years_to_quarters(
    server: MonitorServer, client: QuarterMonitorClient
) -> None:
    """The day on which the clock is set back has 100 of them."""
    server.monitor.fill(AUTUMN, AUTUMN + 25 * 3600, lambda start: start % 4096)
    assert await client.years() == [2025, 2026]
    assert await client.months(2025) == [10]
    assert await client.days(2025, 10) == [26]
    quarters = await client.quarters(2025, 10, 26)
    starts = [item.start for item in quarters]
    assert starts == list(range(AUTUMN, AUTUMN + 25 * 3600, 900))
    for wanted in quarters:
        stored = await client.stored(wanted)
        assert stored is not None
        assert stored.window().energy == pytest.approx(
            server.monitor.kilowatt_hours(wanted.start)
        )


async def test_a_quarter_that_is_not_on_the_card_is_none(
    client: QuarterMonitorClient,
) -> None:
    """There are many: the monitor was off, or the card is new."""
    assert await client.stored(QuarterId.at(NOON - 900, BRUSSELS)) is None


@pytest.mark.parametrize(
    "fault", ["missing", "bad_request", "empty_object", "garbage", "cut_off", "nan"]
)
async def test_a_damaged_file_on_the_card_is_none(
    server: MonitorServer, client: QuarterMonitorClient, fault: str
) -> None:
    """The others are read."""
    server.faults["/meter/"] = fault
    assert await client.stored(QuarterId.at(NOON, BRUSSELS)) is None
    server.faults.clear()
    assert await client.stored(QuarterId.at(NOON, BRUSSELS)) is not None


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"empty_object", "nan"}))
async def test_who_answers_otherwise_is_no_quarter_monitor(
    server: MonitorServer, client: QuarterMonitorClient, fault: str
) -> None:
    """Whatever it is."""
    server.faults["/"] = fault
    for ask in (client.current_quarter, client.month_peak, client.years):
        with pytest.raises(NoQuarterMonitor):
            await ask()


async def test_who_hangs_up_is_not_there(
    server: MonitorServer, client: QuarterMonitorClient
) -> None:
    """And may be there again."""
    server.faults["/current"] = "hang_up"
    with pytest.raises(CannotConnect):
        await client.current_quarter()
    server.faults.clear()
    assert await client.current_quarter() is not None


async def test_who_does_not_answer_in_time_is_not_there(
    server: MonitorServer,
    client: QuarterMonitorClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next question does not wait for the one before."""
    server.faults["/current/quarter"] = "slow"
    monkeypatch.setattr(quarter_monitor, "TIMEOUT", ClientTimeout(total=0.05))
    with pytest.raises(CannotConnect):
        await client.current_quarter()
    assert await client.month_peak() is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "", "no such host", "a/b", "::::"])
async def test_where_nobody_is_nobody_answers(host: str) -> None:
    """Also where the address cannot be one."""
    async with ClientSession() as session:
        with pytest.raises(LinkError):
            await QuarterMonitorClient(session, host, 9).current_quarter()


async def test_questions_are_asked_one_after_the_other(
    server: MonitorServer, client: QuarterMonitorClient
) -> None:
    """The monitor is small, and has others to serve."""
    async with asyncio.TaskGroup() as tasks:
        for _ in range(10):
            tasks.create_task(client.current_quarter())
    assert server.asked == ["/current/quarter"] * 10
    assert server.most_at_once == 1
