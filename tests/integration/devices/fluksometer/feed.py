"""Feed a Home Assistant, second by second, with what a simulated device publishes."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, override

from freezegun.api import FrozenDateTimeFactory
import paho.mqtt.client
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.devices.fluksometer.hub import FluksometerHub
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
from simulator import Device

from ....brokers import HOST, Address, Message, Publishable, publish
from ...homes import LATENCY, Home, hub_of, real_monotonic, until

TAP = "1..1\n# date: {date}\n# serial: FL01000001\n# firmware: 382\nok 1 - fed\n"


class Fed(Protocol):
    """What a feed needs to know of a device."""

    @property
    def device_id(self) -> str:
        """The id in its topics."""

    def retained(self) -> Iterable[Publishable]:
        """Return what it leaves with its broker."""

    def step(self, second: int) -> Iterable[Publishable]:
        """Return what it publishes at a second."""


class Feed[DeviceT: Fed = Device](Home):
    """A device on a real broker, a Home Assistant that reads it, and a frozen clock."""

    entry: MockConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        broker: Address,
        device: DeviceT,
        freezer: FrozenDateTimeFactory,
        monkeypatch: pytest.MonkeyPatch,
        *,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare an entry that is not set up yet."""
        super().__init__(hass, freezer)
        self.broker = broker
        self.device = device
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title=f"Fluksometer {device.device_id[:6]}",
            unique_id=device.device_id,
            data={
                "host": HOST,
                "port": broker.port,
                "device_id": device.device_id,
            },
            options=options,
        )
        self._fences = 0
        # Keepalive is between real programs: it must not see frozen time leap.
        monkeypatch.setattr(paho.mqtt.client, "time_func", real_monotonic)

    @property
    @override
    def hub(self) -> FluksometerHub:
        """The connection of the entry's device."""
        hub: FluksometerHub = hub_of(self.entry)
        return hub

    async def start(self, second: int) -> None:
        """Set the entry up at a moment, with what the device has retained."""
        self.freeze(second)
        await publish(self.broker, self.device.retained())
        self.entry.add_to_hass(self.hass)
        await self.load()

    async def load(self) -> None:
        """Put the entry into service."""
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        await self.fence()

    async def reload(self) -> None:
        """Put the entry out of and into service."""
        await self.unload()
        await self.load()

    async def run(self, start: int, end: int) -> None:
        """Let the device publish the seconds from start up to end."""
        for second in range(start, end):
            self.freeze(second + 1 + LATENCY)
            await self.publish(self.device.step(second))
            async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()

    async def publish(self, messages: Iterable[Publishable]) -> None:
        """Publish, and return when Home Assistant has received it.

        A broker keeps the order of one client's messages; a self-test report with a
        date of its own marks the end.
        """
        self._fences += 1
        date = dt_util.utc_from_timestamp(1_500_000_000 + self._fences)
        text = date.strftime("%a, %d %b %Y %H:%M:%S +0000")
        topic = f"/device/{self.device.device_id}/test/tap"
        mark = Message(topic, TAP.format(date=text).encode(), retain=False)
        await publish(self.broker, [*messages, mark])
        hub = self.hub
        await until(lambda: hub.self_test is not None and hub.self_test.date == date)
        # First values are shown in the turn after they have arrived.
        await asyncio.sleep(0)

    async def fence(self) -> None:
        """Return when everything published so far has been received."""
        await self.publish(())

    def state_of(self, unique_id: str) -> State | None:
        """Return the state of an entity; None when it has none."""
        return self.state_by_id(unique_id)

    def value_of(self, unique_id: str) -> str | None:
        """Return what an entity says; None when it has no state."""
        state = self.state_of(unique_id)
        return None if state is None else state.state


class MakeFeed(Protocol):
    """What connects a device to a Home Assistant, with the options of its entry."""

    def __call__[DeviceT: Fed](self, device: DeviceT, **options: Any) -> Feed[DeviceT]:
        """Prepare a feed that is not started yet."""
