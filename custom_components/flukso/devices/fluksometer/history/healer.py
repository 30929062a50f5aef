"""Fetch back what a Fluksometer recorded while Home Assistant missed it."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
import logging
import time
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started

from ....core.fluksometer.live_readings import ConfigChange
from ....core.windows import HOUR
from ....demand.meter import DemandMeter
from ....device import FluksoConfigEntry
from ....helpers.timers import repeat
from ....history.energy_healing import async_heal_energy
from ....transport.errors import CannotConnect
from ..hub import FluksometerHub
from .counters import shown_counters
from .holes import Hole, HoleStore, async_report_missing, async_report_whole
from .keeper import ANSWER_TIMEOUT, BlockKeeper
from .missed_windows import async_heal_windows, async_missing

LOGGER = logging.getLogger(__name__)

CHECK_INTERVAL = timedelta(minutes=1)
# A device is asked no more often by itself, s.
ASK_INTERVAL = HOUR
# Less than that nobody misses, s: a reading later all is known.
SHORTEST_HOLE = 15
# Until all readings have come after a return, s.
SETTLING = 60
# Whether a window that was interrupted is missing is known so long after its end, s.
CLOSING = 60
# A block of 256 s comes up to 68 s after its end: who has none by then has none, s.
PATIENCE = 1800


class Healer:
    """Remember what was missed, ask for it, and put it where it belongs.

    Nothing that was seen is touched, and to heal twice is to heal once: whatever cuts
    it short, it begins again.
    """

    def __init__(
        self, hass: HomeAssistant, entry: FluksoConfigEntry, hub: FluksometerHub
    ) -> None:
        """Prepare; async_load() reads what was missed, start() begins."""
        self.keeper = BlockKeeper(hass, hub)
        self._hass = hass
        self._entry = entry
        self._hub = hub
        self._counters = partial(shown_counters, hass, hub)
        self._store = HoleStore(hass, entry.entry_id, self._last_seen)
        self._lost_at: int | None = None
        self._started = False
        self._asked_at: dict[Hole, int] = {}
        self._tried: set[Hole] = set()
        self._burst_ended = False
        self._work_waits = False
        self._work: asyncio.Task[None] | None = None

    async def async_load(self) -> None:
        """Read what was missed; the time since the device was last seen is a hole."""
        seen = await self._store.async_load()
        self._add_hole(seen)
        self._store.save_soon()

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin to look after the holes; returns what stops it."""
        self._follow_sensors()
        undos = [
            self.keeper.start(),
            self.keeper.on_burst_end.add(self._on_burst_end),
            self._hub.on_status.add(self._on_status),
            self._hub.on_config.add(self._on_config),
            repeat(self._hass, (self._check, CHECK_INTERVAL)),
            async_at_started(self._hass, self._on_started),
        ]
        stop_listening = self._hass.bus.async_listen_once(
            EVENT_HOMEASSISTANT_STOP, self._on_stop
        )

        @callback
        def stop() -> None:
            for undo in undos:
                undo()
            if self._lost_at is None:
                stop_listening()
            self._lose_sight()

        return stop

    async def async_flush(self) -> None:
        """Write what is not healed to disk now."""
        await self._store.async_flush()

    @property
    def busy(self) -> bool:
        """Whether something is being put where it belongs."""
        return self._work is not None and not self._work.done()

    @property
    def diagnostics(self) -> dict[str, Any]:
        """What is missed, and what the device was asked."""
        return {
            "outages": [list(hole) for hole in self._store.holes],
            "asked": self._store.asked_at,
            "busy": self.busy,
            **self.keeper.diagnostics,
        }

    def _last_seen(self) -> int:
        """Return until when the device was seen."""
        return int(time.time()) if self._lost_at is None else self._lost_at

    def _lose_sight(self) -> None:
        """Note that the device is out of sight; what it was asked may not come."""
        if self._lost_at is None:
            self._lost_at = int(time.time())
        self._asked_at.clear()
        self._tried.clear()
        if self._work is not None:
            self._work.cancel()

    def _add_hole(self, since: int | None) -> None:
        """Remember the time since a moment as missed, unless it is too short."""
        now = int(time.time())
        if since is not None and now - since > SHORTEST_HOLE:
            self._store.add(Hole(since, now + SETTLING))

    @callback
    def _on_stop(self, _event: Event[Any]) -> None:
        self._lose_sight()
        self._store.save_soon()

    async def _on_started(self, _hass: HomeAssistant) -> None:
        self._started = True
        self._start_work()

    @callback
    def _on_status(self) -> None:
        if not self._hub.link_up:
            self._lose_sight()
        elif self._lost_at is not None:
            self._add_hole(self._lost_at)
            self._lost_at = None
            self._start_work()

    @callback
    def _on_config(self, _change: ConfigChange) -> None:
        self._follow_sensors()

    @callback
    def _on_burst_end(self) -> None:
        self._burst_ended = True
        self._start_work()

    @callback
    def _check(self, _now: datetime) -> None:
        self._follow_sensors()
        self._store.save_soon()
        self._start_work()

    def _follow_sensors(self) -> None:
        """Gather the blocks of the sensors that somebody needs."""
        needed = {counter.sensor for counter in self._counters()}
        for meter in self._meters:
            if (recorded := meter.source.recorded) is not None:
                needed |= recorded.sensors
        self.keeper.follow(
            {
                sensor.id: sensor.rid or 0
                for sensor in self._hub.config.sensors
                if sensor.id in needed and sensor.tmpo
            }
        )

    @property
    def _meters(self) -> tuple[DemandMeter, ...]:
        return tuple(self._entry.runtime_data.meters.values())

    def _start_work(self) -> None:
        """Go through the holes, if there are any and the device is there.

        Not while its clock is wrong: what it recorded is of another time.
        """
        if self._lost_at is not None or not (self._store.holes and self._started):
            return
        if self._hub.judge.fault is not None:
            return
        self._work_waits = True
        if not self.busy:
            self._work = self._entry.async_create_background_task(
                self._hass, self._async_work(), "flukso healing"
            )

    async def _async_work(self) -> None:
        """Go through the holes, again if something has come meanwhile."""
        while self._work_waits:
            self._work_waits = False
            burst_ended, self._burst_ended = self._burst_ended, False
            for hole in tuple(self._store.holes):
                await self._async_proceed(hole, burst_ended=burst_ended)
            holes = self._store.holes
            self.keeper.keep(self, min(map(_needed_from, holes)) if holes else None)

    async def _async_proceed(self, hole: Hole, *, burst_ended: bool) -> None:
        """Ask for a hole, heal it as blocks come, and close it when all have come."""
        now = int(time.time())
        asked_at = self._asked_at.get(hole)
        if asked_at is None:
            await self._async_ask(hole, now)
            return
        waited = now - max(asked_at, hole.quarters.stop)
        answered = (
            self.keeper.latest_end >= hole.quarters.stop and waited >= ANSWER_TIMEOUT
        )
        over = answered or waited >= PATIENCE
        if over or (burst_ended and hole not in self._tried):
            self._tried.add(hole)
            await self._async_heal(hole)
        if over:
            await self._async_close(hole)

    async def _async_ask(self, hole: Hole, now: int) -> None:
        """Ask for a hole if anything is missing because of it, or else forget it."""
        if not hole.hours:
            if now < hole.quarters.stop + CLOSING and len(hole.quarters) == 1:
                return
            if not await self._async_missing(hole):
                self._store.remove(hole)
                return
        self._ask(now)

    def _ask(self, now: int) -> None:
        """Ask for all holes at once, if the device was not asked lately."""
        if now - self._store.asked_at < ASK_INTERVAL:
            return
        since = min(map(_needed_from, self._store.holes))
        self.keeper.keep(self, since)
        try:
            if self.keeper.request(since):
                self._store.asked_at = now
        except CannotConnect:
            return
        self._asked_at = dict.fromkeys(self._store.holes, now)
        self._tried.clear()

    async def _async_heal(self, hole: Hole) -> None:
        """Put what was recorded of a hole into demand meters and statistics."""
        recorded = await self.keeper.async_series(
            _needed_from(hole), hole.quarters.stop + HOUR
        )
        if not recorded:
            return
        for meter in self._meters:
            await async_heal_windows(self._hass, meter, recorded, hole)
        await async_heal_energy(self._hass, self._counters, recorded, hole.hours)

    async def _async_missing(self, hole: Hole) -> int:
        """Return how many windows of a hole were not wholly seen, of all meters."""
        missing = [await async_missing(meter, hole) for meter in self._meters]
        return sum(missing)

    async def _async_close(self, hole: Hole) -> None:
        """Forget a hole; one repair tells what could not be known."""
        missing = await self._async_missing(hole)
        self._store.remove(hole)
        self._asked_at.pop(hole, None)
        self._tried.discard(hole)
        if not missing:
            LOGGER.info("%s: what was missed is known now", self._hub.hostname)
            async_report_whole(self._hass, self._entry.entry_id)
            return
        LOGGER.warning(
            "%s: the device could not tell of %d quarters of an hour that were missed",
            self._hub.hostname,
            missing,
        )
        async_report_missing(
            self._hass, self._entry.entry_id, self._entry.title, missing
        )


def _needed_from(hole: Hole) -> int:
    """Return from when on something has to be known to heal a hole, unix s."""
    return hole.start - hole.start % HOUR
