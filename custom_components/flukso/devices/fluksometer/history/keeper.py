"""The blocks of history that a Fluksometer publishes, gathered for who needs them."""

import asyncio
from datetime import datetime
import logging
from math import inf
import time
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ....core.drops import Dropped, DropReason
from ....core.energy.series import Series
from ....core.fluksometer.tmpo.keys import (
    Held,
    blocks_filter,
    parse_block_topic,
    sync_payload,
    sync_topic,
)
from ....core.fluksometer.tmpo.shelf import BlockStore, unpacked
from ....helpers.listeners import Listeners
from ..hub import FluksometerHub

LOGGER = logging.getLogger(__name__)

# A burst is over when nothing came for so long, s.
QUIET = 5.0
# All that is asked for comes in one burst, within s.
ANSWERING = 60
# No older are the blocks that a device publishes unasked every few minutes, s.
LIVE = 600
# Blocks are kept that long for who finds out later that a message was lost, s.
RECENT = 2 * 3600

type Records = dict[str, Series]


class TmpoKeeper:
    """Gather the blocks of the sensors that somebody needs.

    on_quiet is called when a burst of them has ended; latest is where the newest one
    ends (unix s).
    """

    def __init__(self, hass: HomeAssistant, hub: FluksometerHub) -> None:
        """Gather nothing yet."""
        self.on_quiet = Listeners[[]]()
        self.latest = 0
        self._hass = hass
        self._hub = hub
        self._sensors: dict[str, int] = {}
        self._shelf = BlockStore()
        self._holds: dict[object, int] = {}
        self._oldest = inf
        self._arrived = 0.0
        self._ending: CALLBACK_TYPE | None = None

    @property
    def diagnostics(self) -> dict[str, Any]:
        """What was gathered."""
        return {
            "sensors": len(self._sensors),
            "blocks": len(self._shelf),
            "latest": self.latest,
        }

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Listen to blocks; returns what stops it."""
        undo = self._hub.on_block.add(self._on_block)

        @callback
        def stop() -> None:
            undo()
            self.follow({})
            if self._ending is not None:
                self._ending()
                self._ending = None

        return stop

    @callback
    def follow(self, sensors: dict[str, int]) -> None:
        """Subscribe to the blocks of these sensors, each of one recycle id, alone."""
        for sensor_id in self._sensors.keys() - sensors:
            self._hub.link.unwant(blocks_filter(sensor_id))
        for sensor_id in sensors.keys() - self._sensors:
            self._hub.link.want(blocks_filter(sensor_id))
        self._sensors = sensors

    @callback
    def hold(self, who: object, since: int | None) -> None:
        """Keep what tells of the time from a moment on for somebody, None for nothing.

        What is recent is kept for everybody.
        """
        self._holds.pop(who, None)
        if since is not None:
            self._holds[who] = since
        self._tidy()

    @callback
    def ask(self, since: int) -> bool:
        """Ask the device for what it recorded since a moment; raises CannotConnect.

        False when it records none of the sensors.
        """
        if not self._sensors:
            return False
        held = [Held(sensor, rid, since) for sensor, rid in self._sensors.items()]
        self._hub.link.publish(sync_topic(self._hub.device_id), sync_payload(held))
        LOGGER.info("%s: asked for the history it recorded", self._hub.hostname)
        return True

    async def async_fetch(self, since: int, now: int) -> bool:
        """Ask the device, and tell whether an answer has come; raises CannotConnect.

        What it publishes by itself begins later than what it was asked for.
        """
        quiet = asyncio.Event()
        undo = self.on_quiet.add(quiet.set)
        self._oldest = inf
        try:
            if not self.ask(since):
                return False
            async with asyncio.timeout(ANSWERING):
                while self._oldest > now - LIVE:
                    quiet.clear()
                    await quiet.wait()
        except TimeoutError:
            return False
        finally:
            undo()
        return True

    async def async_records(self, start: int, end: int) -> Records:
        """Return what the sensors recorded from start to end, as far as it came."""
        packed = self._shelf.between(start, end)
        history = await self._hass.async_add_executor_job(unpacked, packed, time.time())
        for drop in history.drops:
            self._hub.drop(drop)
        sensors = self._sensors
        return {
            sensor: series.between(start, end)
            for (sensor, rid), series in history.series.items()
            if sensors.get(sensor) == rid
        }

    def _on_block(self, topic: str, payload: bytes) -> None:
        key = parse_block_topic(topic)
        if key is None:
            raise Dropped(DropReason.TOPIC)
        if self._sensors.get(key.sensor_id) is None:
            raise Dropped(DropReason.UNKNOWN_SENSOR)
        self._shelf.put(key, payload)
        self._oldest = min(self._oldest, key.begin)
        self.latest = max(self.latest, min(key.end, int(time.time())))
        self._arrived = time.monotonic()
        if self._ending is None:
            self._ending = async_call_later(self._hass, QUIET, self._end)

    @callback
    def _end(self, _now: datetime) -> None:
        """Tell that a burst is over, or wait on."""
        left = self._arrived + QUIET - time.monotonic()
        if left > 0:
            self._ending = async_call_later(self._hass, left, self._end)
            return
        self._ending = None
        self._tidy()
        self.on_quiet.call()

    def _tidy(self) -> None:
        recent = int(time.time()) - RECENT
        self._shelf.forget(min(recent, *self._holds.values(), recent))
