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

from ....core.fluksometer.book import ConfigChange
from ....core.windows import HOUR
from ....demand.meter import DemandMeter
from ....device import FluksoConfigEntry
from ....helpers.timers import repeat
from ....history.energy_healing import async_heal_energy
from ....transport.errors import CannotConnect
from ..hub import FluksometerHub
from .counters import shown_counters
from .holes import Hole, HoleStore, async_report_missing, async_report_whole
from .keeper import ANSWERING, TmpoKeeper
from .missed_windows import async_heal_windows, async_missing

LOGGER = logging.getLogger(__name__)

LOOK_INTERVAL = timedelta(minutes=1)
# A device is asked no more often by itself, s.
ASK_INTERVAL = HOUR
# Less than that nobody misses, s: a reading later all is known.
SHORTEST = 15
# Until all readings have come after a return, s.
SETTLING = 60
# A window that was interrupted is judged so long after its end, s.
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
        """Prepare; async_load() remembers, start() begins."""
        self.keeper = TmpoKeeper(hass, hub)
        self._hass = hass
        self._entry = entry
        self._hub = hub
        self._counters = partial(shown_counters, hass, hub)
        self._book = HoleStore(hass, entry.entry_id, self._seen)
        self._lost: int | None = None
        self._started = False
        self._asked: dict[Hole, int] = {}
        self._passed: set[Hole] = set()
        self._answers = False
        self._again = False
        self._work: asyncio.Task[None] | None = None

    async def async_load(self) -> None:
        """Remember; the time since the device was last seen is a hole."""
        seen = await self._book.async_load()
        self._miss(seen)
        self._book.touch()

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin to look after the holes; returns what stops it."""
        self._follow()
        undos = [
            self.keeper.start(),
            self.keeper.on_quiet.add(self._on_quiet),
            self._hub.on_status.add(self._on_status),
            self._hub.on_config.add(self._on_config),
            repeat(self._hass, (self._look, LOOK_INTERVAL)),
            async_at_started(self._hass, self._on_started),
        ]
        stop_listening = self._hass.bus.async_listen_once(
            EVENT_HOMEASSISTANT_STOP, self._on_stop
        )

        @callback
        def stop() -> None:
            for undo in undos:
                undo()
            if self._lost is None:
                stop_listening()
            self._lose()

        return stop

    async def async_flush(self) -> None:
        """Write what is not healed to disk now."""
        await self._book.async_flush()

    @property
    def busy(self) -> bool:
        """Whether something is being put where it belongs."""
        return self._work is not None and not self._work.done()

    @property
    def diagnostics(self) -> dict[str, Any]:
        """What is missed, and what the device was asked."""
        return {
            "outages": [list(hole) for hole in self._book.holes],
            "asked": self._book.asked,
            "busy": self.busy,
            **self.keeper.diagnostics,
        }

    def _seen(self) -> int:
        """Return until when the device was seen."""
        return int(time.time()) if self._lost is None else self._lost

    def _lose(self) -> None:
        """Note that the device is out of sight; what it was asked may not come."""
        if self._lost is None:
            self._lost = int(time.time())
        self._asked.clear()
        self._passed.clear()
        if self._work is not None:
            self._work.cancel()

    def _miss(self, since: int | None) -> None:
        now = int(time.time())
        if since is not None and now - since > SHORTEST:
            self._book.add(Hole(since, now + SETTLING))

    @callback
    def _on_stop(self, _event: Event[Any]) -> None:
        self._lose()
        self._book.touch()

    async def _on_started(self, _hass: HomeAssistant) -> None:
        self._started = True
        self._wake()

    @callback
    def _on_status(self) -> None:
        if not self._hub.link_up:
            self._lose()
        elif self._lost is not None:
            self._miss(self._lost)
            self._lost = None
            self._wake()

    @callback
    def _on_config(self, _change: ConfigChange) -> None:
        self._follow()

    @callback
    def _on_quiet(self) -> None:
        self._answers = True
        self._wake()

    @callback
    def _look(self, _now: datetime) -> None:
        self._follow()
        self._book.touch()
        self._wake()

    def _follow(self) -> None:
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

    def _wake(self) -> None:
        if self._lost is not None or not (self._book.holes and self._started):
            return
        self._again = True
        if not self.busy:
            self._work = self._entry.async_create_background_task(
                self._hass, self._async_work(), "flukso healing"
            )

    async def _async_work(self) -> None:
        """Go through the holes, again if something has come meanwhile."""
        while self._again:
            self._again = False
            answers, self._answers = self._answers, False
            for hole in tuple(self._book.holes):
                await self._async_attend(hole, answers=answers)
            holes = self._book.holes
            self.keeper.hold(self, min(map(_since, holes)) if holes else None)

    async def _async_attend(self, hole: Hole, *, answers: bool) -> None:
        now = int(time.time())
        asked = self._asked.get(hole)
        if asked is None:
            await self._async_judge(hole, now)
            return
        waited = now - max(asked, hole.quarters.stop)
        told = self.keeper.latest >= hole.quarters.stop and waited >= ANSWERING
        over = told or waited >= PATIENCE
        if over or (answers and hole not in self._passed):
            self._passed.add(hole)
            await self._async_heal(hole)
        if over:
            await self._async_finish(hole)

    async def _async_judge(self, hole: Hole, now: int) -> None:
        """Ask for a hole if anything is missing because of it."""
        if not hole.hours:
            if now < hole.quarters.stop + CLOSING and len(hole.quarters) == 1:
                return
            if not await self._async_missing(hole):
                self._book.close(hole)
                return
        self._ask(now)

    def _ask(self, now: int) -> None:
        if now - self._book.asked < ASK_INTERVAL:
            return
        since = min(map(_since, self._book.holes))
        self.keeper.hold(self, since)
        try:
            if self.keeper.ask(since):
                self._book.asked = now
        except CannotConnect:
            return
        self._asked = dict.fromkeys(self._book.holes, now)
        self._passed.clear()

    async def _async_heal(self, hole: Hole) -> None:
        recorded = await self.keeper.async_records(
            _since(hole), hole.quarters.stop + HOUR
        )
        if not recorded:
            return
        for meter in self._meters:
            await async_heal_windows(self._hass, meter, recorded, hole)
        await async_heal_energy(self._hass, self._counters, recorded, hole.hours)

    async def _async_missing(self, hole: Hole) -> int:
        missing = [await async_missing(meter, hole) for meter in self._meters]
        return sum(missing)

    async def _async_finish(self, hole: Hole) -> None:
        """Close a hole; one notice tells what could not be known."""
        missing = await self._async_missing(hole)
        self._book.close(hole)
        self._asked.pop(hole, None)
        self._passed.discard(hole)
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


def _since(hole: Hole) -> int:
    """Return from when on something has to be known to heal a hole, unix s."""
    return hole.start - hole.start % HOUR
