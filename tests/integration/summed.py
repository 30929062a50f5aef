"""A recorder that sums up what a meter counts, five minutes after five minutes."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import Event
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

from .homes import Home, until

PERIOD: Final = 300
# How often a meter sends, s.
PACE: Final = 10


class Summed[Told, FeedT: Home]:
    """What a home shows and sums up while its meter sends."""

    def __init__(
        self, feed: FeedT, begin: int, send: Callable[[Told], Awaitable[None]]
    ) -> None:
        """Begin with the first statistics at a moment; `send` lets the meter send."""
        self.feed = feed
        self.begin = self.moment = begin
        self._send = send
        self.states: dict[str, list[float]] = {}
        self._compiled = begin - begin % PERIOD
        feed.hass.bus.async_listen("state_changed", self._on_state)

    def _on_state(self, event: Event) -> None:
        new = event.data["new_state"]
        try:
            value = float(new.state)
        except AttributeError, ValueError:
            return
        self.states.setdefault(event.data["entity_id"], []).append(value)

    def entity_id(self, key: str) -> str:
        """Return the entity whose unique id ends with a key."""
        (found,) = [
            entity.entity_id
            for entity in self.feed.entities()
            if f"_{entity.unique_id}".endswith(f"_{key}")
        ]
        return found

    async def pass_to(self, moment: float) -> None:
        """Let time pass; the recorder sums up what is over."""
        self.moment = int(moment)
        await self.feed.pass_to(moment)
        while self._compiled + PERIOD + 10 <= moment:
            start = dt_util.utc_from_timestamp(self._compiled)
            await async_wait_recording_done(self.feed.hass)
            do_adhoc_statistics(self.feed.hass, start=start)
            await async_wait_recording_done(self.feed.hass)
            self._compiled += PERIOD

    async def run(
        self, seconds: int, told: Callable[[float], Told], pace: int = PACE
    ) -> None:
        """Let the meter send for a while."""
        for _ in range(seconds // pace):
            await self.pass_to(self.moment + pace)
            await self._send(told(self.moment))

    def shown(self, key: str) -> list[float]:
        """Return what an entity has shown so far."""
        return self.states[self.entity_id(key)]

    async def sums(self, key: str, period: str = "5minute") -> list[float]:
        """Return the sums of an entity, after all that waits has been done."""
        for _ in range(3):
            await self.pass_to(self.moment + 120)
        counters = [counter for _, _, counter in self.feed.hub.readings.counters()]
        await until(lambda: not any(counter.rebases for counter in counters))
        await async_wait_recording_done(self.feed.hass)
        rows = await get_instance(self.feed.hass).async_add_executor_job(
            statistics_during_period,
            self.feed.hass,
            dt_util.utc_from_timestamp(self.begin - 3600),
            None,
            {self.entity_id(key)},
            period,
            None,
            {"sum", "state"},
        )
        sums = [row["sum"] for row in rows[self.entity_id(key)]]
        return [found for found in sums if found is not None]


def rises(sums: Iterable[float]) -> float:
    """Return what sums rose by in all; they never fall."""
    found = list(sums)
    assert found == sorted(found)
    return found[-1] - found[0]
