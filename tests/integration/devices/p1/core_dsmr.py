"""Home Assistant's own dsmr integration on the stream that ours reads."""

from collections.abc import Mapping
from typing import Final

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from simulator.p1_server import TcpLine

from ....brokers import HOST
from ...homes import until
from .feed import MeterFeed

SERIAL: Final = "electricity"
GAS_SERIAL: Final = "gas"
PHASES: Final = (1, 2, 3)

# Their keys by ours. The tariffs are numbered the other way round in the Netherlands.
BOTH: Final = {
    "power_import": "current_electricity_usage",
    "power_export": "current_electricity_delivery",
    "tariff": "electricity_active_tariff",
    "short_failures": "short_power_failure_count",
    "long_failures": "long_power_failure_count",
    **{
        f"power_import_l{n}": f"instantaneous_active_power_l{n}_positive"
        for n in PHASES
    },
    **{
        f"power_export_l{n}": f"instantaneous_active_power_l{n}_negative"
        for n in PHASES
    },
    **{f"voltage_l{n}": f"instantaneous_voltage_l{n}" for n in PHASES},
    **{f"current_l{n}": f"instantaneous_current_l{n}" for n in PHASES},
    **{f"sags_l{n}": f"voltage_sag_l{n}_count" for n in PHASES},
    **{f"swells_l{n}": f"voltage_swell_l{n}_count" for n in PHASES},
}
BELGIUM: Final = BOTH | {
    "energy_import_normal": "electricity_used_tariff_1",
    "energy_import_low": "electricity_used_tariff_2",
    "energy_export_normal": "electricity_delivered_tariff_1",
    "energy_export_low": "electricity_delivered_tariff_2",
    "demand_register": "belgium_current_average_demand",
    "month_peak_register": "belgium_maximum_demand_current_month",
    "limiter": "belgium_max_power_per_phase",
    "fuse": "belgium_max_current_per_phase",
}
NETHERLANDS: Final = BOTH | {
    "energy_import_low": "electricity_used_tariff_1",
    "energy_import_normal": "electricity_used_tariff_2",
    "energy_export_low": "electricity_delivered_tariff_1",
    "energy_export_normal": "electricity_delivered_tariff_2",
}
KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "5B": BELGIUM,
    "5": NETHERLANDS,
    "4": NETHERLANDS,
    "2.2": NETHERLANDS,
}


class CoreDsmr:
    """The core integration on a TCP port, set to show every telegram."""

    def __init__(self, hass: HomeAssistant, line: TcpLine, version: str) -> None:
        """Prepare an entry for an edition of the standard, as the core names it."""
        self.hass = hass
        self.line = line
        self.keys = KEYS[version]
        self.entry = MockConfigEntry(
            domain="dsmr",
            data={
                "port": f"socket://{HOST}:{line.port}",
                "dsmr_version": version,
                "protocol": "dsmr_protocol",
                "serial_id": SERIAL,
                "serial_id_gas": GAS_SERIAL,
            },
            options={"time_between_update": 0},
        )

    async def start(self) -> None:
        """Set the entry up; return when it is connected."""
        self.entry.add_to_hass(self.hass)
        before = self.line.clients
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await until(lambda: self.line.clients > before)
        await self.hass.async_block_till_done()

    @property
    def telegram(self) -> object:
        """Return the last telegram that was shown; None after a disconnection."""
        return self.entry.runtime_data.telegram

    def state_of(self, key: str) -> State | None:
        """Return the state of an entity by its key; None without one."""
        entity_id = er.async_get(self.hass).async_get_entity_id(
            "sensor", "dsmr", f"{SERIAL}_{key}"
        )
        return None if entity_id is None else self.hass.states.get(entity_id)

    def meters_behind(self) -> list[State]:
        """Return the states of the meters on the M-Bus."""
        entries = er.async_entries_for_config_entry(
            er.async_get(self.hass), self.entry.entry_id
        )
        states = [
            self.hass.states.get(entity.entity_id)
            for entity in entries
            if not entity.unique_id.startswith(f"{SERIAL}_")
        ]
        return [state for state in states if state is not None]


async def both_take(feed: MeterFeed, core: CoreDsmr, telegram: bytes) -> None:
    """Send a telegram a second later; return when both have shown it."""
    feed.freezer.tick(1)
    before = core.telegram
    await feed.send(telegram)
    await until(lambda: core.telegram is not before)
    await feed.tick()
