"""A home with a simulated quarter monitor, second by second."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.flukso.const import DOMAIN
from homeassistant.core import HomeAssistant, State
from simulator.quarter_monitor_server import MonitorServer

from ....brokers import HOST
from ...homes import Home, record_events, timestamp, told, until

NOON = timestamp("2026-03-10 12:00")
POLL = 5


class MonitorHome(Home):
    """A monitor on a real port, a Home Assistant that reads it, and a frozen clock.

    `loads`: W by the second from which they hold, negative for export.
    """

    entry: MockConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        server: MonitorServer,
        freezer: FrozenDateTimeFactory,
        loads: dict[int, int],
    ) -> None:
        """Prepare an entry that is not set up yet."""
        super().__init__(hass, freezer)
        self.server = server
        self.monitor = server.monitor
        self.loads = loads
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="Quarter monitor",
            unique_id=HOST,
            data={"kind": "quarter_monitor", "host": HOST, "port": server.port},
        )
        self.events: dict[str, dict[str, Any]] = {}
        # By how much the monitor's clock is ahead, s.
        self.ahead = 0

    def at(self, second: int) -> None:
        """Let it be a moment of the monitor, with all that it measured until then."""
        self.monitor.live(second)
        self.freeze(second - self.ahead)

    async def set_up(self) -> bool:
        """Set the entry up; tells whether that worked."""
        if self.entry.entry_id not in {
            entry.entry_id for entry in self.hass.config_entries.async_entries(DOMAIN)
        }:
            self.entry.add_to_hass(self.hass)
        worked = await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        return worked

    async def start(self, second: int, *, card: bool = True) -> None:
        """Set the entry up at a moment, and wait until the card has been read."""
        self.at(second)
        assert await self.set_up()
        self.events = record_events(self.hass, "event.grid_window")
        await self._answered()
        if card:
            await self.card_read()

    async def card_read(self) -> None:
        """Wait until what is on the card is known."""
        await until(lambda: self.value("card_read") == "100.0")
        await self.hass.async_block_till_done()

    async def live(self, second: int, *, step: int = POLL) -> None:
        """Let time pass, with a question every five seconds."""
        while self.monitor.now < second:
            self.at(min(second, self.monitor.now + step))
            await self.ask()

    async def ask(self) -> None:
        """Let it be time to ask, and wait for what comes of it."""
        async_fire_time_changed(self.hass)
        await self._answered()

    async def _answered(self) -> None:
        """Wait until the monitor has nothing more to answer."""
        hub = self.hub
        ticks: list[None] = []
        undo = hub.on_tick.add(lambda: ticks.append(None))
        count = hub.answers + hub.failures
        await until(lambda: hub.answers + hub.failures > count and bool(ticks))
        undo()
        await self.hass.async_block_till_done()

    def state(self, entity_id: str) -> State:
        """Return the state of an entity."""
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state

    def value(self, key: str) -> str:
        """Return what a sensor of the monitor says."""
        return self.state(f"sensor.quarter_monitor_{key}").state

    def demand(self, key: str) -> float:
        """Return what a sensor of the demand meter says."""
        return float(self.state(f"sensor.grid_{key}").state)

    def told(self, event_type: str) -> list[dict[str, Any]]:
        """Return what the event entity told of one type."""
        return told(self.events.values(), event_type)
