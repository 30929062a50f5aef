"""The simulated side: a household, its Fluksometer and the broker it publishes to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import count
import time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from simulator import Device, Household, make_device
from simulator.appliances import Day, day_number
from simulator.broker import EmbeddedBroker
from simulator.household import Moment
from simulator.runner import run

ZONE = ZoneInfo("Europe/Brussels")
WINDOW = 900
# An hour and a little: whoever publishes once an hour has done so.
HEAD_START = 3700
# Home Assistant refuses stamps 15 minutes ahead, and takes what a broker retained for
# as old as its stamp: with a clock far behind, the radio sensors would seem silent.
MOST_AHEAD = 700
MOST_BEHIND = WINDOW - MOST_AHEAD
SPRING = int(datetime(2026, 4, 15, tzinfo=ZONE).timestamp())
BUSY = 240


class MovedHousehold(Household):
    """A household in which everything flows `shift` seconds before its time."""

    def __init__(self, seed: int, shift: int) -> None:
        """Choose the household and the shift."""
        super().__init__(seed)
        self._shift = shift

    def at(self, second: int) -> Moment:
        """Return what flows from `second` until one second later."""
        return super().at(second + self._shift)._replace(second=second)


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
    """A device, and for how many seconds it has been on when it meets its broker."""

    device: Device
    head_start: int


def device_of_today(model: str, seed: int) -> Started:
    """Make a device on time, in a household that lives as the hour says."""
    start = int(time.time()) - HEAD_START
    return Started(make_device(model, seed=seed, start=start), HEAD_START)


def device_before_boundary(model: str, seed: int, seconds: int) -> Started:
    """Make a device whose window ends in so many seconds, in a busy household.

    Its clock is wrong by as much as that takes, mostly less than 12 minutes.
    """
    now = int(time.time())
    clock = near_boundary(now + seconds) - seconds
    head_start = HEAD_START if now - clock <= MOST_BEHIND else 0
    household = MovedHousehold(seed, busy_moment(seed) - clock)
    start = clock - head_start
    device = make_device(model, seed=seed, start=start, household=household)
    return Started(device, head_start)


@asynccontextmanager
async def publishing(started: Started, broker: EmbeddedBroker) -> AsyncIterator[None]:
    """Let a device publish in real time while the context is."""
    work = asyncio.create_task(
        run(
            started.device,
            "127.0.0.1",
            broker.port,
            head_start=started.head_start,
            hold=broker.hold,
        )
    )
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
