"""P1 meters whose clock cannot be believed, from their bytes to windows and repairs."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
import re
from typing import Any

import pytest

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueEntry
from simulator import make_meter

from ..devices.p1.feed import MeterFeed
from ..devices.p1.telegrams import changed, read, sealed
from ..homes import epoch, timestamp, until
from .p1 import MakeFeed, value

FOLDER = Path(__file__).parents[2] / "fixtures" / "clocks"
NEVER_SET = (FOLDER / "nl_never_set.txt").read_bytes()
AHEAD = (FOLDER / "nl_20_min_ahead.txt").read_bytes()
WINTER = timezone(timedelta(hours=1))
QUARTER = 900
START = timestamp("2026-01-15 12:00")
STAMP = re.compile(rb"(0-0:1\.0\.0\()[0-9]{12}[SW]")
KWH_PER_SECOND = 3.0 / 3600

type Make = Callable[[int, float], bytes]


def counted(second: int, kwh: float, *, off: int = 0) -> bytes:
    """Return what a meter sends whose clock is off by so many s."""
    local = datetime.fromtimestamp(second + off, WINTER)
    return changed(
        AHEAD,
        (b"260115122000W", f"{local:%y%m%d%H%M%S}W".encode()),
        (b"1-0:1.8.1(000427.708", f"1-0:1.8.1({427.708 + kwh:010.3f}".encode()),
    )


def standing_in(year: bytes) -> Make:
    """Return what the meter sends whose clock stands at the first of a year."""

    def make(_second: int, kwh: float) -> bytes:
        total = f"1-0:1.8.1({100 + kwh:010.3f}".encode()
        return changed(
            NEVER_SET,
            (b"1-0:1.8.1(000100.000", total),
            (b"(000101010000W)", b"(" + year + b"0101010000W)"),
        )

    return make


async def live(feed: MeterFeed, make: Make, start: int, end: int, used: float) -> float:
    """Let the meter send every 5 s up to a moment, at 3 kW; return the kWh used."""
    for second in range(start, end, 5):
        feed.freeze(second)
        used += 5 * KWH_PER_SECOND
        await feed.send(make(second, used))
    await feed.tick()
    return used


def clock_issue(feed: MeterFeed) -> IssueEntry | None:
    """Return the repair about the meter's clock."""
    issue_id = f"clock_off_{feed.entry.entry_id}"
    return ir.async_get(feed.hass).async_get_issue("flukso", issue_id)


async def told(feed: MeterFeed, since: int) -> list[dict[str, Any]]:
    """Return the windows that flukso.get_windows tells of."""
    return [dict(window) for window in await feed.windows(since, since + 86400)]


@pytest.mark.parametrize("year", [b"00", b"70"])
async def test_a_clock_that_was_never_set_leaves_windows_of_the_host(
    meter_at: MakeFeed, hass: HomeAssistant, year: bytes
) -> None:
    """It stands at 2000, or at 1970."""
    start = timestamp("2026-03-10 12:00")
    never_set = standing_in(year)
    feed = meter_at(never_set(0, 0.0))
    await feed.start(start - 60)
    used = await live(feed, never_set, start - 60, start + 300, 0.0)
    state = feed.demand_state("demand")
    assert state.state not in {STATE_UNAVAILABLE, STATE_UNKNOWN}
    assert value(hass, feed.entity_id("demand")) == pytest.approx(1.0, abs=0.02)
    assert state.attributes["clock"] == "host"
    await live(feed, never_set, start + 300, start + 2 * QUARTER + 15, used)
    windows = await told(feed, start)
    assert [epoch(window["window_start"]) for window in windows] == [
        start,
        start + QUARTER,
    ]
    for window in windows:
        assert window["demand"] == pytest.approx(3.0, abs=0.01)
        assert window["at_least"] is False
        assert window["clock"] == "host"
    last = feed.demand_state("last_window_demand")
    assert last.attributes["clock"] == "host"
    found = clock_issue(feed)
    assert found is not None
    assert found.translation_key == "clock_unset"


async def test_a_clock_that_is_20_minutes_ahead_is_told_truly(
    meter_at: MakeFeed,
) -> None:
    feed = meter_at(AHEAD)
    await feed.start(START - 60)
    make = partial(counted, off=1200)
    used = await live(feed, make, START - 60, START + 2 * QUARTER + 15, 0.0)
    windows = await told(feed, START)
    assert [epoch(window["window_start"]) for window in windows] == [
        START,
        START + QUARTER,
    ]
    assert [window["demand"] for window in windows] == pytest.approx(
        [3.0, 3.0], abs=0.01
    )
    assert {window["clock"] for window in windows} == {"host"}
    found = clock_issue(feed)
    assert found is not None
    assert found.translation_key == "clock_wrong"
    assert found.translation_placeholders == {
        "name": feed.entry.title,
        "seconds": "+1200",
    }
    assert feed.value_of("clock_offset") == "1200"

    # The grid company mends it.
    end = START + 4 * QUARTER + 15
    await live(feed, counted, START + 2 * QUARTER + 15, end, used)
    windows = await told(feed, START)
    assert [epoch(window["window_start"]) for window in windows] == [
        START + place * QUARTER for place in range(4)
    ]
    assert [window["demand"] for window in windows] == pytest.approx(
        [3.0] * 4, abs=0.02
    )
    assert "clock" not in windows[-1]
    assert clock_issue(feed) is None
    assert feed.demand_state("last_window_demand").attributes.get("clock") is None


async def test_a_clock_of_another_zone_keeps_its_quarters(meter_at: MakeFeed) -> None:
    feed = meter_at(AHEAD)
    await feed.start(START - 60)
    make = partial(counted, off=3607)
    await live(feed, make, START - 60, START + 2 * QUARTER, 0.0)
    windows = await told(feed, START)
    assert [epoch(window["window_start"]) for window in windows] == [
        START,
        START + QUARTER,
    ]
    assert not any("clock" in window for window in windows)
    found = clock_issue(feed)
    assert found is not None
    assert found.translation_key == "clock_shifted"
    assert found.translation_placeholders == {
        "name": feed.entry.title,
        "seconds": "+3610",
    }


async def test_a_restart_knows_of_the_clock_and_goes_on(meter_at: MakeFeed) -> None:
    feed = meter_at(AHEAD)
    await feed.start(START - 60)
    make = partial(counted, off=1200)
    used = await live(feed, make, START - 60, START + 300, 0.0)
    await restarted(feed)
    await live(feed, make, START + 300, START + QUARTER + 15, used)
    (window,) = await told(feed, START)
    assert window["demand"] == pytest.approx(3.0, abs=0.01)
    assert window["at_least"] is False
    assert window["clock"] == "host"


async def restarted(feed: MeterFeed, **options: str) -> None:
    """Unload the entry and set it up again, with other options if there are any."""
    entries = feed.hass.config_entries
    assert await entries.async_unload(feed.entry.entry_id)
    await until(lambda: not feed.line.clients)
    if options:
        flow = await entries.options.async_init(feed.entry.entry_id)
        form = {"gauge_interval": 10, "counter_interval": 60, **options}
        await entries.options.async_configure(flow["flow_id"], form)
    assert await entries.async_setup(feed.entry.entry_id)
    await until(lambda: feed.line.clients > 0)
    await feed.hass.async_block_till_done()


async def test_the_options_choose_the_clock(meter_at: MakeFeed) -> None:
    feed = meter_at(AHEAD)
    await feed.start(START - 60)
    make = partial(counted, off=2)
    used = await live(feed, make, START - 60, START + 300, 0.0)
    await restarted(feed, clock="home_assistant")
    assert feed.entry.options["clock"] == "home_assistant"
    end = START + 2 * QUARTER + 15
    used = await live(feed, make, START + 300, end, used)
    windows = await told(feed, START)
    assert [window["demand"] for window in windows] == pytest.approx(
        [3.0, 3.0], abs=0.02
    )
    assert [window.get("clock") for window in windows] == ["host", "host"]
    assert clock_issue(feed) is None

    await restarted(feed, clock="meter")
    make = partial(counted, off=1200)
    await live(feed, make, end, START + 5 * QUARTER, used)
    windows = await told(feed, START)
    assert [epoch(window["window_start"]) for window in windows[:4]] == [
        START + place * QUARTER for place in range(4)
    ]
    assert "clock" not in windows[-1]


@pytest.mark.parametrize(
    ("ahead", "stands"),
    [
        pytest.param(1200, False, id="20 min ahead"),
        pytest.param(-2000, False, id="33 min behind"),
        pytest.param(1200, True, id="stands"),
    ],
)
async def test_the_demand_register_tells_when_windows_begin(
    meter_at: MakeFeed, ahead: int, stands: bool
) -> None:
    """A Belgian meter begins its own quarters anew, whatever it says of the time."""
    # A quarter of the meter's clock begins here.
    begin = START - ahead % QUARTER
    meter = make_meter("be-50217", start=begin, clock_offset=ahead)

    def make(second: int, _used: float) -> bytes:
        sent = meter.telegram(second)
        assert sent is not None
        return STAMP.sub(rb"\g<1>260101000000W", sent, 1) if stands else sent

    def sent(second: int, used: float) -> bytes:
        return sealed(make(second, used))

    feed = meter_at(sent(begin, 0.0))
    await feed.start(begin)
    await live(feed, sent, begin + 5, begin + 4 * QUARTER + 30, 0.0)
    register = read(sent(begin + 4 * QUARTER + 30, 0.0)).demand
    assert register is not None
    assert float(feed.demand_state("demand").state) == pytest.approx(register, abs=0.05)
    assert "clock" not in feed.demand_state("demand").attributes
    windows = await told(feed, begin - QUARTER)
    starts = [epoch(window["window_start"]) for window in windows]
    assert starts == list(range(starts[0], starts[0] + len(starts) * QUARTER, QUARTER))
    assert "clock" in windows[0]
    last = windows[-1]
    assert "clock" not in last
    assert last["source"] == "meter"
    assert abs(epoch(last["window_start"]) - (begin + 3 * QUARTER)) <= QUARTER / 2
    truth = meter.windows[begin + ahead + 3 * QUARTER] * 4
    assert last["demand"] == pytest.approx(truth, abs=0.005)
    found = clock_issue(feed)
    assert found is not None
    assert found.translation_key == ("clock_register" if stands else "clock_shifted")
