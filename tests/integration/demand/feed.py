"""A Home Assistant with a demand meter, fed with loads that a test decides."""

from collections.abc import Iterable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import SOURCE_USER, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant, State
from homeassistant.data_entry_flow import FlowResultType
from simulator import Device

from ...brokers import Address, Message
from ..devices.fluksometer.feed import Feed
from ..homes import LATENCY, record_events, told
from .grid import Grid, Loads

# As much is published at once.
CHUNK = 300
# Steps that are too long for it are published by so many, or one by one.
FEWEST_AT_ONCE = 3
# The slots of the three clamp ports of an FLM03E come first.
CLAMP_SLOTS = 36


class DemandFeed(Feed):
    """A Fluksometer whose clamps carry the loads of a grid."""

    grid: Grid

    def __init__(
        self,
        hass: HomeAssistant,
        broker: Address,
        device: Device,
        freezer: FrozenDateTimeFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Prepare an entry that is not set up yet."""
        super().__init__(hass, broker, device, freezer, monkeypatch)
        self._heard: dict[str, dict[str, Any]] = {}

    async def connect(self, loads: Loads, second: int, *, step: int = 10) -> None:
        """Set the entry up; its first demand meter carries these loads from now on."""
        await self.start(second)
        meter = self.meter
        self.grid = Grid(meter.imports, meter.exports, loads, second, step=step)
        self._heard = record_events(self.hass, self.entity_id("window"))

    async def connect_by_form(
        self, loads: Loads, second: int, *, step: int = 300, **form: Any
    ) -> None:
        """Set the entry up, and add a demand meter as a user does.

        One clamp is measured, unless the form says otherwise.
        """
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title=self.entry.title,
            unique_id=self.entry.unique_id,
            data={**self.entry.data, "demand_offered": True},
        )
        await self.start(second)
        clamp = self.clamps("pplus")[:1]
        asked = await self.hass.config_entries.subentries.async_init(
            (self.entry.entry_id, "demand"), context={"source": SOURCE_USER}
        )
        result = await self.hass.config_entries.subentries.async_configure(
            asked["flow_id"], {"import_sensors": clamp, "export_sensors": [], **form}
        )
        assert result["type"] is FlowResultType.CREATE_ENTRY
        await self._changed()
        meter = self.meter
        self.grid = Grid(meter.imports, meter.exports, loads, second, step=step)
        self._heard = record_events(self.hass, self.entity_id("window"))

    async def reconfigure(self, **changes: Any) -> None:
        """Change the demand meter as a user does; None empties a field."""
        (subentry,) = self.entry.subentries.values()
        flow = await self.entry.start_subentry_reconfigure_flow(
            self.hass, subentry.subentry_id
        )
        form = {key: item for key, item in subentry.data.items() if key != "slug"}
        filled = {
            key: item for key, item in (form | changes).items() if item is not None
        }
        result = await self.hass.config_entries.subentries.async_configure(
            flow["flow_id"], filled
        )
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "reconfigure_successful"
        await self._changed()

    async def _changed(self) -> None:
        await self.hass.async_block_till_done()
        await self.fence()

    def choose(self, **settings: Any) -> None:
        """Set a demand meter up by hand, with an id that is known beforehand."""
        data = {
            "name": "Grid",
            "import_sensors": self.clamps("pplus"),
            "export_sensors": self.clamps("pminus"),
            "profile": "flanders",
            "vat": 6.0,
            "floor": 2.5,
            "slug": "grid",
        }
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            entry_id="fluksometer",
            title=self.entry.title,
            unique_id=self.entry.unique_id,
            data={**self.entry.data, "demand_offered": True},
            subentries_data=[
                ConfigSubentryDataWithId(
                    data=data | settings,
                    subentry_id="grid-meter",
                    subentry_type="demand",
                    title="Grid",
                    unique_id=None,
                )
            ],
        )

    def clamps(self, subtype: str) -> list[str]:
        """Return the ids of the clamps' sensors of one kind, by port."""
        return [
            sensor.id
            for sensor in self.device.sensors.values()
            if sensor.slot <= CLAMP_SLOTS and sensor.config["subtype"] == subtype
        ]

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the event entity told so far."""
        return list(self._heard.values())

    def state(self, key: str) -> State:
        """Return the state of an entity of the demand meter."""
        return self.demand_state(key)

    def value(self, key: str) -> float:
        """Return the state of an entity of the demand meter as a number."""
        return float(self.state(key).state)

    def told(self, event_type: str) -> list[dict[str, Any]]:
        """Return what the event entity told of one type, without what never varies."""
        return told(self.events, event_type)

    async def draw(self, until: int, *, chunk: int | None = None) -> None:
        """Let the clamps measure and publish up to a moment."""
        chunk = chunk or max(CHUNK, FEWEST_AT_ONCE * self.grid.step)
        while self.grid.now < until:
            messages: list[Message] = []
            end = min(until, self.grid.now - self.grid.now % chunk + chunk)
            while self.grid.now < end:
                self.grid.live()
                messages += self.grid.messages()
            await self.arrive(messages)

    async def arrive(self, messages: Iterable[Message]) -> None:
        """Let Home Assistant get messages at the present of the grid."""
        self.freeze(self.grid.now + LATENCY)
        await self.publish(messages)
        await self.happen()

    async def miss(self, until: int) -> None:
        """Let the loads run while nothing of it reaches Home Assistant."""
        while self.grid.now < until:
            self.grid.live()
        await self.pass_to(until + LATENCY)
