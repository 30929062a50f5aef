"""One quarter monitor: what it tells of the running quarter, and what went on its card."""

import asyncio
from datetime import datetime, timedelta
import logging
import time
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...core.clock import ClockChoice
from ...core.clock_judge import ClockJudge
from ...core.quarter_monitor.answers import Peak
from ...core.quarter_monitor.quarter import Quarter
from ...core.quarter_monitor.quarter_id import QuarterId
from ...core.tariff.rule import Direction
from ...helpers.listeners import Listeners
from ...helpers.timers import repeat
from ...transport.errors import InvalidAuth, LinkError
from ...transport.http.quarter_monitor import QuarterMonitorClient
from ..presence import Presence

LOGGER = logging.getLogger(__name__)

# As often as the monitor's own page asks.
POLL: Final = timedelta(seconds=5)
SILENCE: Final = 30.0
PEAK_INTERVAL: Final = 60.0
# So long a quarter that is over may take to get on the card, s.
PATIENCE: Final = 60


class MonitorHub:
    """Ask a quarter monitor and hand out what it tells.

    on_tick comes with each answer, and when the monitor falls silent or returns;
    on_closed gets quarters that are over; on_peak a month peak when it changes, with
    its quarter if that is on the card; on_missed the moment (unix s) from which
    quarters may have been missed; on_refused comes when the login is no longer taken.
    """

    def __init__(self, hass: HomeAssistant, client: QuarterMonitorClient) -> None:
        """Prepare a hub; async_open() asks for the first time."""
        self.client = client
        # Its quarters begin when its meter says so; only their date may be wrong.
        self.judge = ClockJudge(ClockChoice.METER)
        self.registry_id = ""
        self.quarter: Quarter | None = None
        self.powers: dict[Direction, float] = {}
        self.peak: Peak | None = None
        self.answers = 0
        self.failures = 0
        self.refused = 0
        self.on_tick = Listeners[[]]()
        self.on_closed = Listeners[[Quarter]]()
        self.on_peak = Listeners[[Peak, Quarter | None]]()
        self.on_missed = Listeners[[int]]()
        self.on_refused = Listeners[[]]()
        self.login_refused = False
        self._hass = hass
        self._presence = Presence(LOGGER, "Quarter monitor")
        self._heard: float | None = None
        self._since = time.monotonic()
        self._asked_peak: float | None = None
        # Quarters that are over, as they were last told.
        self._over: dict[QuarterId, Quarter] = {}
        self._task: asyncio.Task[None] | None = None

    async def async_open(self) -> None:
        """Ask for the first time; raises LinkError."""
        self._take(await self.client.current_quarter())

    @property
    def alive(self) -> bool:
        """Whether the monitor answers, and hears its meter."""
        return self._heard is not None and time.monotonic() - self._heard <= SILENCE

    @property
    def now(self) -> int:
        """The time on the monitor's clock, as its quarters are named."""
        return self.judge.now(time.time()) + self.judge.mode.shift

    @property
    def dated(self) -> bool:
        """Whether the monitor's clock is right, as far as is known."""
        judge = self.judge
        return not (judge.undecided or judge.mode.host or judge.mode.shift)

    @property
    def own_starts(self) -> set[int]:
        """Return the starts of the quarters that are still to be handed on."""
        running = set() if self.quarter is None else {self.quarter.id.start}
        return running | {item.start for item in self._over}

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Ask again and again; returns what stops it."""
        stop_asking = repeat(self._hass, (self._on_time, POLL))
        self._on_time()

        @callback
        def stop() -> None:
            stop_asking()
            if self._task is not None:
                self._task.cancel()

        return stop

    @callback
    def _on_time(self, _now: datetime | None = None) -> None:
        """Ask, unless it still has not answered what was asked before."""
        self._check()
        if self._task is None or self._task.done():
            self._task = self._hass.async_create_background_task(
                self._async_ask(), "flukso quarter monitor"
            )

    async def _async_ask(self) -> None:
        try:
            self._take(await self.client.current_quarter())
            await self._async_close()
            await self._async_ask_peak()
        except LinkError as error:
            self.failures += 1
            LOGGER.debug("Quarter monitor: %s", error)
            self._note_login(refused=isinstance(error, InvalidAuth))
        else:
            self._note_login(refused=False)
        self._check()
        self.on_tick.call()

    def _note_login(self, *, refused: bool) -> None:
        """Tell once that the login is refused."""
        was, self.login_refused = self.login_refused, refused
        if refused and not was:
            self.on_refused.call()

    def _take(self, quarter: Quarter | None) -> None:
        """Take the running quarter; one that tells nothing new says it hears nothing."""
        self.answers += 1
        before = self.quarter
        if quarter is None or quarter == before:
            return
        self.judge.note(quarter.last, time.time())
        if self.judge.undecided or self.judge.mode.host:
            self.refused += 1
            return
        self._heard = time.monotonic()
        self.quarter = quarter
        for direction in Direction:
            if seen := quarter.seen(direction):
                self.powers[direction] = seen[-1]
        if before is not None and before.id.start < quarter.id.start:
            self._over[before.id] = before
            if before.end < quarter.id.start:
                self.on_missed.call(before.end)

    async def _async_close(self) -> None:
        """Hand on the quarters that are over, as they are on the card."""
        for wanted, told in tuple(self._over.items()):
            stored = await self.client.stored(wanted)
            if stored is None and self.now < told.end + PATIENCE:
                continue
            del self._over[wanted]
            self._asked_peak = None
            found = (told,) if stored is None else (stored, told)
            self.on_closed.call(max(found, key=lambda quarter: len(quarter.seen())))

    async def _async_ask_peak(self) -> None:
        """Ask for the month peak, once a minute and after each quarter."""
        now = time.monotonic()
        if self._asked_peak is not None and now - self._asked_peak < PEAK_INTERVAL:
            return
        self._asked_peak = now
        peak = await self.client.month_peak()
        if peak is not None and peak != self.peak:
            stored = await self.client.stored(peak.id)
            self.on_peak.call(peak, stored)
        self.peak = peak

    def _check(self) -> None:
        """Tell when the monitor falls silent or returns."""
        if self.alive:
            self._presence.regain("it measures again")
        elif time.monotonic() - (self._heard or self._since) > SILENCE:
            if self._presence.lose(f"no new measurement for {SILENCE:.0f} s"):
                self.on_tick.call()
