"""The blocks of history that a Fluksometer publishes, kept for who needs them."""

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
from ....core.fluksometer.tmpo.store import BlockStore, unpacked
from ....helpers.listeners import Listeners
from ..hub import FluksometerHub

LOGGER = logging.getLogger(__name__)

# A burst is over when nothing came for so long, s.
QUIET = 5.0
# All that is asked for comes in one burst, within s.
ANSWER_TIMEOUT = 60
# No older are the blocks that a device publishes unasked every few minutes, s.
LIVE = 600
# Blocks are kept that long for who finds out later that a message was lost, s.
RECENT = 2 * 3600

type SeriesBySensor = dict[str, Series]


class BlockKeeper:
    """Gather the blocks of the sensors that somebody needs.

    on_burst_end is called when no more blocks come; latest_end is where the newest one
    ends (unix s).
    """

    def __init__(self, hass: HomeAssistant, hub: FluksometerHub) -> None:
        """Gather nothing yet."""
        self.on_burst_end = Listeners[[]]()
        self.latest_end = 0
        self._hass = hass
        self._hub = hub
        self._recycle_ids: dict[str, int] = {}
        self._blocks = BlockStore()
        self._needed_since: dict[object, int] = {}
        self._earliest_begin = inf
        self._last_arrival = 0.0
        self._cancel_timer: CALLBACK_TYPE | None = None

    @property
    def diagnostics(self) -> dict[str, Any]:
        """What was gathered."""
        return {
            "sensors": len(self._recycle_ids),
            "blocks": len(self._blocks),
            "latest": self.latest_end,
        }

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Listen to blocks; returns what stops it."""
        undo = self._hub.on_block.add(self._on_block)

        @callback
        def stop() -> None:
            undo()
            self.follow({})
            if self._cancel_timer is not None:
                self._cancel_timer()
                self._cancel_timer = None

        return stop

    @callback
    def follow(self, recycle_ids: dict[str, int]) -> None:
        """Subscribe to the blocks of these sensors alone.

        `recycle_ids`: the use of each sensor whose blocks are wanted.
        """
        for sensor_id in self._recycle_ids.keys() - recycle_ids:
            self._hub.link.unwant(blocks_filter(sensor_id))
        for sensor_id in recycle_ids.keys() - self._recycle_ids:
            self._hub.link.want(blocks_filter(sensor_id))
        self._recycle_ids = recycle_ids

    @callback
    def keep(self, who: object, since: int | None) -> None:
        """Keep the blocks from a moment on (unix s) for somebody; None: not any more.

        Recent blocks are kept for everybody.
        """
        self._needed_since.pop(who, None)
        if since is not None:
            self._needed_since[who] = since
        self._forget()

    @callback
    def request(self, since: int) -> bool:
        """Ask the device for what it recorded since a moment; raises CannotConnect.

        False when it records none of the sensors.
        """
        if not self._recycle_ids:
            return False
        held = [Held(sensor, rid, since) for sensor, rid in self._recycle_ids.items()]
        self._hub.link.publish(sync_topic(self._hub.device_id), sync_payload(held))
        LOGGER.info("%s: asked for the history it recorded", self._hub.hostname)
        return True

    async def async_fetch(self, since: int, now: int) -> bool:
        """Ask the device, and tell whether an answer has come; raises CannotConnect.

        What it publishes by itself begins later than what it was asked for.
        """
        burst_ended = asyncio.Event()
        undo = self.on_burst_end.add(burst_ended.set)
        self._earliest_begin = inf
        try:
            if not self.request(since):
                return False
            async with asyncio.timeout(ANSWER_TIMEOUT):
                while self._earliest_begin > now - LIVE:
                    burst_ended.clear()
                    await burst_ended.wait()
        except TimeoutError:
            return False
        finally:
            undo()
        return True

    async def async_series(self, start: int, end: int) -> SeriesBySensor:
        """Return what the sensors recorded from start to end, as far as it came."""
        packed = self._blocks.between(start, end)
        history = await self._hass.async_add_executor_job(unpacked, packed, time.time())
        for drop in history.drops:
            self._hub.drop(drop)
        recycle_ids = self._recycle_ids
        return {
            sensor: series.between(start, end)
            for (sensor, rid), series in history.series.items()
            if recycle_ids.get(sensor) == rid
        }

    def _on_block(self, topic: str, payload: bytes) -> None:
        key = parse_block_topic(topic)
        if key is None:
            raise Dropped(DropReason.TOPIC)
        if self._recycle_ids.get(key.sensor_id) is None:
            raise Dropped(DropReason.UNKNOWN_SENSOR)
        self._blocks.put(key, payload)
        self._earliest_begin = min(self._earliest_begin, key.begin)
        self.latest_end = max(self.latest_end, min(key.end, int(time.time())))
        self._last_arrival = time.monotonic()
        if self._cancel_timer is None:
            self._cancel_timer = async_call_later(self._hass, QUIET, self._on_timer)

    @callback
    def _on_timer(self, _now: datetime) -> None:
        """Tell that a burst is over, or wait on."""
        left = self._last_arrival + QUIET - time.monotonic()
        if left > 0:
            self._cancel_timer = async_call_later(self._hass, left, self._on_timer)
            return
        self._cancel_timer = None
        self._forget()
        self.on_burst_end.call()

    def _forget(self) -> None:
        """Give up the blocks that nobody needs."""
        recent = int(time.time()) - RECENT
        self._blocks.forget(min(recent, *self._needed_since.values(), recent))
