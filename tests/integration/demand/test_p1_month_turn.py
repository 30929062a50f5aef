"""A P1 meter's month turns on its clock, with restarts and registers at their worst."""

from collections.abc import Callable
from typing import Any

import pytest

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import Meter, make_meter

from ..devices.p1.feed import MeterFeed
from ..devices.p1.telegrams import without
from ..homes import epoch, record_events, timestamp, told, until
from .p1 import MakeFeed, month_peaks

MIDNIGHT = timestamp("2026-02-01 00:00")
QUARTER = 900
# The last whole quarter of January and the first of February are seen.
BEGIN, END = MIDNIGHT - QUARTER - 10, MIDNIGHT + QUARTER + 20
FLOOR = 2.5
WATT = 0.0011
# Where only the totals tell what was drawn around the turn, they are this coarse.
TOTALS = 0.005

# In the one, January's peak was before; in the other it is its last quarter.
HIGH, LOW = {"2026-01": 6000}, {"2026-01": 1}


class Home:
    """A simulated meter on the port of a Home Assistant, told second by second."""

    def __init__(self, hass: HomeAssistant, meter_at: MakeFeed, **options: Any) -> None:
        """Prepare a meter; the port is opened at BEGIN on its clock."""
        self.hass = hass
        self.ahead: int = options.get("clock_offset", 0)
        # A register that is cut out of every telegram.
        self._hidden: bytes | None = options.pop("hidden", None)
        self.meter: Meter = make_meter("be-50217", start=BEGIN - self.ahead, **options)
        self.now = BEGIN
        first = self._telegram()
        self.feed: MeterFeed = meter_at(first)
        self._first = first
        self._events = record_events(hass, "event.grid_window")
        self.months: dict[str, float] = {}

    async def start(self) -> None:
        """Set the entry up, and let the first telegram come."""
        await self.feed.start(BEGIN - self.ahead)
        await self._send(self._first)

    async def live(self, moment: int) -> None:
        """Let the meter send until a moment on its clock.

        Every second around the end of a quarter; else one arrives every 30 s.
        """
        while self.now < moment:
            near = min(self.now % QUARTER, -self.now % QUARTER) <= 30
            self.now = min(moment, self.now + (1 if near else 30))
            await self._send(self._telegram())
        await self.feed.tick()

    async def restart(self, back: int) -> None:
        """Unload the entry, and load it at a moment on the meter's clock."""
        entry_id = self.feed.entry.entry_id
        assert await self.hass.config_entries.async_unload(entry_id)
        self.now = back - 1
        self._move()
        await until(lambda: not self.feed.line.clients)
        assert await self.hass.config_entries.async_setup(entry_id)
        await until(lambda: self.feed.line.clients > 0)

    def told(self, event_type: str) -> list[dict[str, Any]]:
        """Return the events of one type."""
        return told(self._events.values(), event_type)

    def state(self, key: str) -> str:
        """Return the state of a sensor of the demand meter."""
        state = self.hass.states.get(f"sensor.grid_{key}")
        assert state is not None
        return state.state

    def value(self, key: str) -> float:
        """Return the state of a sensor as a number."""
        return float(self.state(key))

    async def windows(self) -> list[dict[str, Any]]:
        """Return the windows from the last of January on."""
        answer = await self.hass.services.async_call(
            "flukso",
            "get_windows",
            {
                "demand_meter": "grid",
                "start": dt_util.utc_from_timestamp(MIDNIGHT - QUARTER).isoformat(),
                "end": dt_util.utc_from_timestamp(END).isoformat(),
            },
            blocking=True,
            return_response=True,
        )
        assert answer is not None
        windows: Any = answer["windows"]
        return list(windows)

    def demand(self, start: int) -> float:
        """Return the true demand of a quarter, kW."""
        return self.meter.windows[start] * 4

    def peaks(self) -> dict[str, float]:
        """Return the peaks that the meter ever told of, kW by month."""
        for peak in self.meter.peaks:
            name = f"{dt_util.as_local(dt_util.utc_from_timestamp(peak.month)):%Y-%m}"
            if peak.until is not None:
                self.months[name] = peak.watts / 1000
        return self.months

    def mean(self, last: str) -> float:
        """Return the mean of the months that there are among twelve, floored."""
        first = f"{int(last[:4]) - 1}{last[4:]}"
        found = [
            max(FLOOR, peak) for name, peak in self.peaks().items() if first < name
        ]
        return sum(found) / len(found)

    def _telegram(self) -> bytes:
        telegram = self.meter.telegram(self.now - self.ahead)
        assert telegram is not None
        return without(telegram, self._hidden) if self._hidden else telegram

    def _move(self) -> None:
        self.feed.freezer.move_to(dt_util.utc_from_timestamp(self.now - self.ahead))

    async def _send(self, telegram: bytes) -> None:
        self._move()
        await self.feed.send(telegram)


type MakeHome = Callable[..., Home]


@pytest.fixture
def make_home(hass: HomeAssistant, meter_at: MakeFeed) -> MakeHome:
    def make(**options: Any) -> Home:
        return Home(hass, meter_at, **options)

    return make


async def check(home: Home, accuracy: float) -> None:
    """Check all that is told a while after the first quarter of February."""
    windows = await home.windows()
    assert [epoch(window["window_start"]) for window in windows] == [
        MIDNIGHT - QUARTER,
        MIDNIGHT,
    ]
    assert not any(window["at_least"] for window in windows)
    assert [window["demand"] for window in windows] == [
        pytest.approx(home.demand(MIDNIGHT - QUARTER), abs=accuracy),
        pytest.approx(home.demand(MIDNIGHT), abs=accuracy),
    ]
    closed = [epoch(event["window_start"]) for event in home.told("window_closed")]
    assert closed[-2:] == [MIDNIGHT - QUARTER, MIDNIGHT]
    assert len(closed) == len(set(closed))
    peaks = home.peaks()
    (month,) = home.told("month_closed")
    assert month["month"] == "2026-01"
    assert month["month_peak"] == pytest.approx(peaks["2026-01"], abs=accuracy)
    assert home.value("month_peak") == pytest.approx(peaks["2026-02"], abs=accuracy)
    assert epoch(home.state("month_peak_time")) == MIDNIGHT
    assert home.value("rolling_peak") == pytest.approx(home.mean("2026-02"), abs=WATT)
    statistics = await month_peaks(home.hass)
    assert statistics.keys() == peaks.keys()
    assert statistics == pytest.approx(peaks, abs=accuracy)


@pytest.mark.parametrize("january", [HIGH, LOW], ids=["peak-before", "peak-last"])
@pytest.mark.parametrize(
    "restart",
    [
        pytest.param(None, id="none"),
        pytest.param((-2, -1), id="before"),
        pytest.param((2, 3), id="after"),
        pytest.param((-2, 2), id="across"),
    ],
)
async def test_the_month_turns_with_and_without_a_restart(
    make_home: MakeHome, january: dict[str, int], restart: tuple[int, int] | None
) -> None:
    home = make_home(peaks=january)
    await home.start()
    home.peaks()
    if restart is not None:
        stopped, back = restart
        await home.live(MIDNIGHT + stopped)
        await home.restart(MIDNIGHT + back)
    await home.live(MIDNIGHT + 300)
    assert home.state("month_peak") == STATE_UNKNOWN
    assert home.value("target") == FLOOR
    assert home.value("rolling_peak") == pytest.approx(home.mean("2026-02"), abs=WATT)

    await home.live(END)
    await check(home, TOTALS if restart == (-2, 2) else WATT)
    assert (await month_peaks(home.hass))["2026-01"] == home.peaks()["2026-01"]


@pytest.mark.parametrize("january", [HIGH, LOW], ids=["peak-before", "peak-last"])
@pytest.mark.parametrize(
    "quirks",
    [
        ["peak-late"],
        ["peak-stuck"],
        ["peak-null"],
        ["peak-missing"],
        ["quarter-late", "history-newest-first"],
    ],
    ids="+".join,
)
async def test_a_month_peak_that_is_late_stuck_or_null_is_not_the_new_months(
    make_home: MakeHome, january: dict[str, int], quirks: list[str]
) -> None:
    home = make_home(peaks=january, quirks=quirks)
    await home.start()
    home.peaks()
    await home.live(MIDNIGHT - 2)
    await home.restart(MIDNIGHT + 2)
    await home.live(MIDNIGHT + 300)
    assert home.state("month_peak") == STATE_UNKNOWN

    await home.live(END)
    await check(home, TOTALS)


async def test_registers_that_are_frozen_leave_the_turn_to_the_windows(
    make_home: MakeHome,
) -> None:
    home = make_home(peaks=LOW)
    home.meter.faults.start("lapsed", at=MIDNIGHT - 300)
    await home.start()
    home.peaks()
    await home.live(END)
    await check(home, WATT)


async def test_a_history_that_comes_late_settles_the_month(
    make_home: MakeHome,
) -> None:
    home = make_home(peaks=LOW)
    home.meter.faults.start("lapsed", at=MIDNIGHT - 300, duration=900)
    await home.start()
    home.peaks()
    await home.live(MIDNIGHT - 2)
    await home.restart(MIDNIGHT + 2)
    await home.live(MIDNIGHT + 599)
    before = (await month_peaks(home.hass))["2026-01"]
    assert before == pytest.approx(home.demand(MIDNIGHT - QUARTER), abs=TOTALS)
    await home.live(END)
    assert (await month_peaks(home.hass))["2026-01"] == home.peaks()["2026-01"]
    await check(home, TOTALS)


@pytest.mark.parametrize("ahead", [-40, 40])
async def test_the_month_turns_on_the_clock_of_the_meter(
    make_home: MakeHome, ahead: int
) -> None:
    home = make_home(peaks=HIGH, clock_offset=ahead)
    await home.start()
    home.peaks()
    await home.live(MIDNIGHT - 2)
    await home.feed.tick()
    assert home.value("month_peak") == 6.0
    await home.live(MIDNIGHT + 2)
    assert home.state("month_peak") == STATE_UNKNOWN
    await home.live(END)
    await check(home, WATT)


async def test_the_end_of_a_month_is_told_as_the_meter_bills_it(
    make_home: MakeHome,
) -> None:
    """Its word comes with the telegram that ends the month, and not before."""
    home = make_home(peaks=HIGH, hidden=b"1-0:1.6.0")
    await home.start()
    home.peaks()
    await home.live(MIDNIGHT - 1)
    assert home.value("month_peak") < 6
    await home.live(MIDNIGHT + 1)
    (month,) = home.told("month_closed")
    assert (month["month"], month["month_peak"]) == ("2026-01", 6.0)
    assert (month["source"], month["at_least"]) == ("seed", False)


async def test_the_last_window_of_a_month_may_be_its_peak(make_home: MakeHome) -> None:
    home = make_home(peaks=LOW)
    await home.start()
    home.peaks()
    await home.live(MIDNIGHT + 1)
    peak = home.told("new_month_peak")[-1]
    assert epoch(peak["window_start"]) == MIDNIGHT - QUARTER
    assert peak["previous_peak"] < peak["demand"]
    assert peak["demand"] == home.peaks()["2026-01"]
    (month,) = home.told("month_closed")
    assert month["month_peak"] == peak["demand"]
    await home.live(END)
    peak = home.told("new_month_peak")[-1]
    assert (epoch(peak["window_start"]), peak["previous_peak"]) == (MIDNIGHT, None)
