"""An FLM02 without a broker, and a Home Assistant with a frozen clock that asks it."""

from collections.abc import Iterable, Mapping
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.devices.fluksometer_rest.hub import RestHub
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from simulator.rest import RestApi

from ....brokers import HOST
from ...homes import LATENCY, Home, hub_of, timestamp

NOON = timestamp("2026-03-10 12:00")
# Slots of the simulated FLM02A, and what its owner says of them.
CLAMPS = (1, 2, 3)
WATER = 4
SENSORS: Mapping[int, tuple[str, str]] = {
    1: ("main L1", "electricity"),
    2: ("main L2", "electricity"),
    3: ("main L3", "electricity"),
    4: ("garden", "water"),
}


class RestHome(Home):
    """A device that lives as time passes."""

    entry: MockConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        api: RestApi,
        port: int,
    ) -> None:
        """Prepare an entry that is not set up yet."""
        super().__init__(hass, freezer)
        self.api = api
        self.port = port
        self.now = api.device.start
        self.period = 10
        self.asked_until = 0
        # How far the device's clock is ahead, s.
        self.lead = 0
        self.entry = self.make_entry(SENSORS)

    def make_entry(
        self, sensors: Mapping[int, tuple[str, str]], **options: Any
    ) -> MockConfigEntry:
        """Return an entry with these slots."""
        return MockConfigEntry(
            domain=DOMAIN,
            title="Fluksometer 1a2b3c",
            unique_id="1a2b3c",
            data={
                "kind": "fluksometer_rest",
                "host": HOST,
                "port": self.port,
                "sensors": [
                    {"id": self.sensor(slot), "name": name, "kind": kind}
                    for slot, (name, kind) in sensors.items()
                ],
            },
            options=options,
        )

    def sensor(self, slot: int) -> str:
        """Return the id of a slot."""
        return self.api.device.sensors[slot].id

    def live(self, until: int) -> None:
        """Let the device live, and nobody look."""
        for second in range(self.now, until):
            self.api.step(second + 1)
        self.now = max(self.now, until)
        self.freeze(self.now - self.lead + LATENCY)

    async def start(self, at: int = NOON) -> None:
        """Set the entry up at a moment."""
        self.live(at)
        if not self.hass.config_entries.async_get_entry(self.entry.entry_id):
            self.entry.add_to_hass(self.hass)
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()

    async def stop(self) -> None:
        """Unload the entry."""
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)
        assert self.entry.state is ConfigEntryState.NOT_LOADED

    async def settle(self) -> None:
        """Let everything happen that is due."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def run(self, until: int) -> None:
        """Let time pass in steps of the period."""
        while self.now < until:
            self.live(min(until, self.now + self.period))
            before = self.hub.rounds
            async_fire_time_changed(self.hass)
            await self.settle()
            if self.hub.rounds > before:
                self.asked_until = self.now

    def true(self, slots: Iterable[int], start: int, end: int) -> float:
        """Return what flowed, Wh or L."""
        before = self.api.device.true_energy(start)
        after = self.api.device.true_energy(end)
        ids = [self.sensor(slot) for slot in slots]
        return sum(after[sensor] - before[sensor] for sensor in ids)

    def state(self, unique_id: str, platform: str = "sensor") -> State:
        """Return the state of an entity."""
        entity_id = er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, unique_id
        )
        assert entity_id is not None
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state

    def gauge(self, slot: int) -> State:
        """Return the power or flow of a slot."""
        return self.state(f"{self.sensor(slot)}_0_gauge")

    def computed(self, slot: int) -> State:
        """Return the sum of a slot."""
        return self.state(f"{self.sensor(slot)}_0_computed")

    def total(self, slot: int) -> float:
        """Return what has been counted, also before it is shown."""
        shown = self.hub.readings[self.sensor(slot)].total
        return float(shown)

    @property
    @override
    def hub(self) -> RestHub:
        """The connection of the entry's device."""
        hub: RestHub = hub_of(self.entry)
        return hub

    def demand(self, key: str) -> State:
        """Return an entity of the demand meter."""
        return self.demand_state(key)
