"""Feed a Home Assistant whose time is frozen with the telegrams of a meter."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol, override

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.devices.p1.hub import P1Hub
from homeassistant.core import HomeAssistant, State
from simulator.p1_server import TcpLine

from ....brokers import HOST
from ...homes import Home, hub_of, until
from .telegrams import NOON, read

# Attempts to connect are at most a minute apart.
LONGEST_OUTAGE = 120
# More than it takes to open or to close a connection in the same event loop.
TURNS_TO_CONNECT = 50


def p1_entry(
    telegram: bytes,
    port: Mapping[str, Any],
    *,
    key: str | None = None,
    options: Mapping[str, Any] | None = None,
    offered: bool = True,
) -> MockConfigEntry:
    """Return the entry of the meter that sends a telegram, on a port.

    offered: it has been offered a demand meter before.
    """
    said = read(telegram, key)
    data = {
        **port,
        "line": "115200_8N1",
        "family": said.family.value,
        "demand_offered": offered,
    }
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"P1 meter {said.meter[:6]}",
        unique_id=said.meter,
        data=data if key is None else {**data, "key": key},
        options=options,
    )


class MeterFeed(Home):
    """A meter on a TCP port, a Home Assistant that reads it, and a frozen clock."""

    entry: MockConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        line: TcpLine,
        freezer: FrozenDateTimeFactory,
        telegram: bytes,
        *,
        key: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare an entry that is not set up yet; telegram: the first to send."""
        super().__init__(hass, freezer)
        self.line = line
        self.telegram = telegram
        self.meter_id = read(telegram, key).meter
        port = {"kind": "p1_network", "host": HOST, "port": line.port}
        self.entry = p1_entry(telegram, port, key=key, options=options)

    @property
    @override
    def hub(self) -> P1Hub:
        """The connection of the entry's device."""
        hub: P1Hub = hub_of(self.entry)
        return hub

    async def start(self, second: int = NOON) -> None:
        """Set the entry up at a moment."""
        self.freeze(second)
        self.entry.add_to_hass(self.hass)
        before = self.line.clients
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await until(lambda: self.line.clients > before)
        await self.hass.async_block_till_done()

    async def send(self, *telegrams: bytes) -> None:
        """Send telegrams, by default the first; return when they were taken."""
        for telegram in telegrams or (self.telegram,):
            awaited = self._taken() + 1
            self.line.send(telegram)
            await until(partial(self._has_taken, awaited))
        await self.hass.async_block_till_done()

    async def reconnect(self) -> None:
        """Let time pass until Home Assistant has connected again."""
        passed = 0
        while not self.line.clients:
            passed += 1
            assert passed < LONGEST_OUTAGE, "did not connect again"
            self.freezer.tick(1)
            for _ in range(TURNS_TO_CONNECT):
                await asyncio.sleep(0)

    async def run(self, seconds: int, telegram: bytes | None = None) -> None:
        """Let the meter send the same every second for a while."""
        for _ in range(seconds):
            self.freezer.tick(1)
            await self.send(telegram or self.telegram)
            async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done()

    def state_of(self, key: str) -> State | None:
        """Return the state of the meter's entity with a key; None without one."""
        return self.state_by_id(f"{self.meter_id}_{key}")

    def value_of(self, key: str) -> str | None:
        """Return what an entity of the meter says; None when it has no state."""
        state = self.state_of(key)
        return None if state is None else state.state

    def _has_taken(self, count: int) -> bool:
        return self._taken() >= count

    def _taken(self) -> int:
        return self.hub.telegrams + sum(self.hub.refused.values())


class MakeMeterFeed(Protocol):
    """What connects a meter to a Home Assistant, with the options of its entry."""

    def __call__(
        self, telegram: bytes, *, key: str | None = None, **options: Any
    ) -> MeterFeed:
        """Prepare a feed that is not started yet."""
