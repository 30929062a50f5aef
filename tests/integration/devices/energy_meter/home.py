"""A home whose meter another integration reads, with loads that a test decides."""

from collections.abc import Callable, Iterable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ...homes import Home, timestamp

NOON = timestamp("2026-03-10 12:00")

IMPORT = "sensor.meter_import"
IMPORT_LOW = "sensor.meter_import_low"
EXPORT = "sensor.meter_export"
POWER = "sensor.meter_power"
DEMAND = "sensor.meter_demand"
MONTH_PEAK = "sensor.meter_month_peak"

KILO = 1000.0
COUNTER = {
    "unit_of_measurement": "kWh",
    "device_class": "energy",
    "state_class": "total_increasing",
}
GAUGE = {
    "unit_of_measurement": "W",
    "device_class": "power",
    "state_class": "measurement",
}

# Watts by unix second; negative is export.
type Load = Callable[[int], float]


class MeasuredHome(Home):
    """The states that an integration writes of a meter, every `period` seconds."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Begin with a meter that has counted for years."""
        super().__init__(hass, freezer)
        self.now = 0
        self.period = 10
        self.offset = 0
        self.load: Load = lambda _second: 0
        self.imported = 12345.0
        self.exported = 6789.0
        self.watts = 0.0
        # What is written at each poll; a test may take away or replace.
        self.shown: dict[str, Callable[[], Any]] = {
            IMPORT: lambda: round(self.imported, 3)
        }
        self.attributes: dict[str, dict[str, Any]] = {
            IMPORT: COUNTER,
            IMPORT_LOW: COUNTER,
            EXPORT: COUNTER,
            POWER: GAUGE,
            DEMAND: GAUGE,
            MONTH_PEAK: GAUGE,
        }

    def begin(self, second: int) -> None:
        """Set the time."""
        self.now = second
        self.freeze(second)

    def register(self, *entity_ids: str, platform: str = "homewizard") -> None:
        """Register entities of one device, as an integration with a flow does."""
        entry = MockConfigEntry(domain=platform)
        entry.add_to_hass(self.hass)
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(platform, "meter")}
        )
        for entity_id in entity_ids:
            attributes = self.attributes[entity_id]
            er.async_get(self.hass).async_get_or_create(
                "sensor",
                platform,
                entity_id,
                suggested_object_id=entity_id.partition(".")[2],
                config_entry=entry,
                device_id=device.id,
                original_device_class=attributes["device_class"],
                unit_of_measurement=attributes["unit_of_measurement"],
                capabilities={"state_class": attributes["state_class"]},
            )

    def show(self, entity_id: str, value: Any) -> None:
        """Write a state now."""
        self.hass.states.async_set(entity_id, str(value), self.attributes[entity_id])

    def poll(self) -> None:
        """Write what the meter says."""
        for entity_id, value in self.shown.items():
            self.show(entity_id, value())

    def measure(self, until: int) -> None:
        """Let the meter count up to a moment."""
        while self.now < until:
            self.watts = self.load(self.now)
            self.imported += max(0.0, self.watts) / 3600 / KILO
            self.exported += max(0.0, -self.watts) / 3600 / KILO
            self.now += 1

    async def run(self, until: int) -> None:
        """Let time pass, with polls `offset` s after multiples of the period."""
        while self.now < until:
            since = (self.now - self.offset) % self.period
            self.measure(min(until, self.now - since + self.period))
            self.freeze(self.now)
            if (self.now - self.offset) % self.period == 0:
                self.poll()
            await self.happen()

    async def silent(self, until: int, *, step: int = 10) -> None:
        """Let time pass in which nothing is written."""
        while self.now < until:
            self.measure(min(until, self.now + step))
            await self.pass_to(self.now)

    async def lose(self, *entity_ids: str) -> None:
        """Make entities unavailable."""
        for entity_id in entity_ids:
            self.show(entity_id, STATE_UNAVAILABLE)
        await self.hass.async_block_till_done()

    async def form(self, **fields: Any) -> ConfigFlowResult:
        """Fill in the step of the flow."""
        flow = self.hass.config_entries.flow
        menu = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        form = await flow.async_configure(
            menu["flow_id"], {"next_step_id": "energy_meter"}
        )
        assert form["step_id"] == "energy_meter"
        done = await flow.async_configure(form["flow_id"], {"name": "House"} | fields)
        if done["type"] == "create_entry":
            self.entry = done["result"]
        await self.hass.async_block_till_done()
        return done

    async def add(self, **fields: Any) -> ConfigEntry:
        """Add a meter that counts by IMPORT unless it is said otherwise."""
        self.poll()
        done = await self.form(**{"import_entities": [IMPORT]} | fields)
        assert done["type"] == "create_entry", done
        return done["result"]

    def state(self, key: str) -> State:
        """Return the state of an entity of the demand meter."""
        return self.demand_state(key)

    def value(self, key: str) -> float:
        """Return the state of an entity of the demand meter as a number."""
        return float(self.state(key).state)


def demands(windows: Iterable[dict[str, Any]]) -> list[float]:
    """Return the demand of windows, kW."""
    return [window["demand"] for window in windows]


def marks(windows: Iterable[dict[str, Any]]) -> list[bool]:
    """Return which windows were not wholly seen."""
    return [window["at_least"] for window in windows]


def mean(load: Load, start: int, length: int = 900) -> float:
    """Return the demand of a window, kW."""
    watts = sum(max(0.0, load(second)) for second in range(start, start + length))
    return watts / length / KILO
