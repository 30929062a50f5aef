"""Feed a Home Assistant, second by second, with what a simulated device publishes."""

import asyncio
from collections.abc import Callable, Iterable
import time

from freezegun.api import FrozenDateTimeFactory
import paho.mqtt.client
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.flukso.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import Device

from ..brokers import HOST, Address, Message, Publishable, publish

# Captured before any test freezes time.
real_monotonic = time.monotonic
ANSWER_TIMEOUT = 10.0
# What a device publishes of a second arrives this long after the second has ended.
LATENCY = 0.2
TAP = "1..1\n# date: {date}\n# serial: FL01000001\n# firmware: 382\nok 1 - fed\n"


async def until(met: Callable[[], bool]) -> None:
    """Let the event loop run until a condition is met, also while time is frozen."""
    deadline = real_monotonic() + ANSWER_TIMEOUT
    while not met():
        assert real_monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0)


class Feed:
    """A device on a real broker, a Home Assistant that reads it, and a frozen clock."""

    def __init__(
        self,
        hass: HomeAssistant,
        broker: Address,
        device: Device,
        freezer: FrozenDateTimeFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Prepare an entry that is not set up yet."""
        self.hass = hass
        self.broker = broker
        self.device = device
        self.freezer = freezer
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title=f"Fluksometer {device.device_id[:6]}",
            unique_id=device.device_id,
            data={
                "host": HOST,
                "port": broker.port,
                "device_id": device.device_id,
            },
        )
        self._fences = 0
        # Keepalive is between real programs: it must not see frozen time leap.
        monkeypatch.setattr(paho.mqtt.client, "time_func", real_monotonic)

    async def start(self, second: int) -> None:
        """Set the entry up at a moment, with what the device has retained."""
        self.freezer.move_to(dt_util.utc_from_timestamp(second))
        await publish(self.broker, self.device.retained())
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        await self.fence()

    async def run(self, start: int, end: int) -> None:
        """Let the device publish the seconds from start up to end."""
        for second in range(start, end):
            self.freezer.move_to(dt_util.utc_from_timestamp(second + 1 + LATENCY))
            await self.publish(self.device.step(second))
            async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()

    async def publish(self, messages: Iterable[Publishable]) -> None:
        """Publish, and return when Home Assistant has received it."""
        await publish(self.broker, messages)
        await self.fence()

    async def fence(self) -> None:
        """Return when everything published so far has been received.

        A broker keeps the order of one client's messages; a self-test report with a
        date of its own marks the end.
        """
        self._fences += 1
        date = dt_util.utc_from_timestamp(1_500_000_000 + self._fences)
        text = date.strftime("%a, %d %b %Y %H:%M:%S +0000")
        topic = f"/device/{self.device.device_id}/test/tap"
        await publish(
            self.broker, [Message(topic, TAP.format(date=text).encode(), retain=False)]
        )
        hub = self.entry.runtime_data.hub
        await until(lambda: hub.self_test is not None and hub.self_test.date == date)
