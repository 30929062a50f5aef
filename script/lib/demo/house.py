"""The simulated side: a household, its Fluksometer and its digital meter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
import time
from typing import NamedTuple, override
from zoneinfo import ZoneInfo

from simulator import Device, Household, Meter, make_device, make_meter
from simulator.appliances import Day, day_number
from simulator.broker import EmbeddedBroker
from simulator.household import Moment
from simulator.p1_server import PtyLine, feed, open_terminal
from simulator.runner import run

ZONE = ZoneInfo("Europe/Brussels")
FAMILY = "be-50217"
WINDOW = 900
# An hour and a little: whoever publishes once an hour has done so.
HEAD_START = 3700
# Home Assistant refuses stamps 15 minutes ahead, and takes what a broker retained for
# as old as its stamp: with a clock far behind, the P1 readings of an FLM02B would seem
# silent.
MOST_AHEAD = 860
MOST_BEHIND = WINDOW - MOST_AHEAD
SPRING = int(datetime(2026, 4, 15, tzinfo=ZONE).timestamp())
BUSY = 240
# W on each phase: enough to measure something in seconds, and no phase exports, which
# an FLM02 could not tell from use. Below 7.2 kW in all, from which on a demand meter
# trusts the power of an FLM02B's P1 port before the counter has spoken again.
HEATING = 1600
# The household works on for so long after the boundary, to show that it is kept.
AFTERWARDS = 2
# How far apart the clocks of its meters may be.
NOTICE = 3


class MovedHousehold(Household):
    """A household in which everything flows `shift` seconds before its time."""

    def __init__(self, seed: int, shift: int) -> None:
        """Choose the household and the shift."""
        super().__init__(seed)
        self._shift = shift

    @override
    def at(self, second: int) -> Moment:
        return super().at(second + self._shift)._replace(second=second)


class SleepingHousehold(MovedHousehold):
    """One that uses nothing from the start of a window until it is woken.

    What its meters did not see of the window is then nothing, whenever they were
    connected.
    """

    def __init__(self, seed: int, asleep: int, *, shift: int = 0) -> None:
        """Choose the household, and the start of the window."""
        super().__init__(seed, shift)
        self._asleep = asleep
        self._awake: int | None = None
        self._latest = 0

    def wake(self) -> None:
        """Live from now on; no meter has measured that yet."""
        self._awake = self._latest + NOTICE

    @override
    def at(self, second: int) -> Moment:
        self._latest = max(self._latest, second)
        moment = super().at(second)
        if second < self._asleep or self._is_awake(second):
            return moment
        a, b, c = (phase._replace(power=0, reactive=0) for phase in moment.phases)
        return Moment(second, (a, b, c), solar=0, gas=0, water=0)

    def _is_awake(self, second: int) -> bool:
        return self._awake is not None and second >= self._awake


class BusyHousehold(SleepingHousehold):
    """One that uses much when awake, and sleeps again soon after the window's end.

    So its meters come to rest, and can be compared.
    """

    @override
    def at(self, second: int) -> Moment:
        moment = super().at(second)
        if not self._is_awake(second):
            return moment
        a, b, c = (
            phase._replace(power=phase.power + HEATING) for phase in moment.phases
        )
        return moment._replace(phases=(a, b, c))

    @override
    def _is_awake(self, second: int) -> bool:
        end = self._asleep + WINDOW + AFTERWARDS
        return second < end and super()._is_awake(second)


def busy_moment(seed: int) -> int:
    """Return the start of minutes in which every meter of a household moves.

    A shower in the sun of spring, with the grid helping out.
    """
    household = Household(seed)
    for number in count(day_number(SPRING)):
        for draw in Day(seed, number).draws:
            if draw.gas and draw.water and draw.end - draw.begin >= BUSY:
                moment = household.at(draw.begin)
                if moment.solar > 400 and moment.power > 400:
                    return draw.begin
    raise ValueError(seed)


def near_boundary(now: int) -> int:
    """Return a boundary of windows that a clock can be set to without harm.

    Not that of a month: the new month would have no peak yet.
    """
    boundary = (now + MOST_AHEAD) // WINDOW * WINDOW
    local = datetime.fromtimestamp(boundary, ZONE)
    begins_month = (local.day, local.hour, local.minute) == (1, 0, 0)
    return boundary - WINDOW if begins_month else boundary


class Started(NamedTuple):
    """A household's meters, and for how many seconds the Fluksometer has been on."""

    device: Device
    meter: Meter
    head_start: int


def _started(
    model: str, seed: int, clock: int, head_start: int, household: Household
) -> Started:
    """Make both meters of a household; their clocks are equal."""
    device = make_device(
        model, seed=seed, start=clock - head_start, household=household
    )
    # A Fluksometer knows nothing of the month before it was connected. The meter has
    # no peak of it either, so that the two can be compared.
    month = f"{datetime.fromtimestamp(clock - 1, ZONE):%Y-%m}"
    meter = make_meter(
        FAMILY,
        seed=seed,
        start=clock,
        household=household,
        water=True,
        peaks={month: 0},
    )
    return Started(device, meter, head_start)


def meters_of_today(model: str, seed: int) -> tuple[Started, SleepingHousehold]:
    """Make meters on time, in a household that lives as the hour says when woken."""
    clock = int(time.time())
    household = SleepingHousehold(seed, clock // WINDOW * WINDOW)
    return _started(model, seed, clock, HEAD_START, household), household


def meters_before_boundary(
    model: str, seed: int, seconds: int
) -> tuple[Started, SleepingHousehold]:
    """Make meters whose window ends in so many seconds, in a sleeping household.

    Their clock is wrong by as much as that takes, mostly less than 15 minutes.
    """
    now = int(time.time())
    boundary = near_boundary(now + seconds)
    clock = boundary - seconds
    head_start = HEAD_START if now - clock <= MOST_BEHIND else 0
    shift = busy_moment(seed) - clock
    household = BusyHousehold(seed, boundary - WINDOW, shift=shift)
    return _started(model, seed, clock, head_start, household), household


@asynccontextmanager
async def serial_port(path: Path) -> AsyncIterator[PtyLine]:
    """Let there be a serial port of this name while the context is.

    The name stays: that of the pseudo-terminal behind it may be somebody's own
    terminal the next time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    async with open_terminal() as terminal:
        path.unlink(missing_ok=True)
        path.symlink_to(terminal.path)
        try:
            yield terminal
        finally:
            path.unlink(missing_ok=True)


@asynccontextmanager
async def publishing(
    started: Started, broker: EmbeddedBroker, terminal: PtyLine
) -> AsyncIterator[None]:
    """Let both meters send in real time while the context is."""
    device = run(
        started.device,
        "127.0.0.1",
        broker.port,
        head_start=started.head_start,
        hold=broker.hold,
    )
    work = asyncio.gather(device, feed(started.meter, terminal))
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
