"""A quarter monitor, as the house knows it."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from ...const import CONF_KIND, DOMAIN
from ...core.quarter_monitor.answers import Peak
from ...core.quarter_monitor.quarter import Quarter
from ...core.tariff.flanders import ZONE
from ...core.tariff.rule import Direction
from ...demand.defaults import common_demand_data
from ...demand.tariff import billed_direction
from ...device import FluksoConfigEntry
from ...helpers.errors import raised_for_setup
from ...helpers.listeners import call_all
from ..base import BaseDevice
from ..clock_issue import ClockIssue
from .card_import import CardImport, ImportedMeter
from .client import client_of
from .demand_source import MonitorSource
from .entities import async_add_sensors
from .hub import MonitorHub

MODEL = "Digital power meter monitor"


async def async_make(hass: HomeAssistant, entry: FluksoConfigEntry) -> MonitorDevice:
    """Return the device of an entry, not yet open."""
    zone = await dt_util.async_get_time_zone(ZONE) or dt_util.get_default_time_zone()
    hub = MonitorHub(hass, client_of(hass, entry.data))
    return MonitorDevice(hass, entry, hub, CardImport(hub, zone))


class MonitorDevice(BaseDevice):
    """A monitor that tells the running quarter, and the card that it writes."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: FluksoConfigEntry,
        hub: MonitorHub,
        card: CardImport,
    ) -> None:
        """Prepare to ask; the card is read once the device is started."""
        super().__init__(hass, entry)
        self.hub = hub
        self.card = card

    @property
    def registry_id(self) -> str:
        """The quarter monitor."""
        return self.hub.registry_id

    @property
    def reachable(self) -> bool:
        """Whether it measures."""
        return self.hub.alive

    async def async_open(self) -> None:
        """Ask for the first time; raises ConfigEntryNotReady."""
        with raised_for_setup():
            await self.hub.async_open()
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={(DOMAIN, self.entry.entry_id)},
            model=MODEL,
            translation_key="quarter_monitor",
        )
        self.hub.registry_id = device.id

    def demand_data(self) -> dict[str, Any]:
        """Return the settings of the demand meter of the grid."""
        return common_demand_data(self.hass)

    def demand_source(self, data: Mapping[str, Any]) -> MonitorSource:
        """Return the windows that the monitor tells of."""
        return MonitorSource(self.hub, billed_direction(data))

    @override
    def add_entities(
        self, platform: Platform, add: AddConfigEntryEntitiesCallback
    ) -> None:
        """Add what the monitor measures, and how far its card has been read."""
        if platform is Platform.SENSOR:
            async_add_sensors(self.entry.entry_id, self.hub, self.card, add)

    def start(self) -> CALLBACK_TYPE:
        """Begin to ask, and read the card in the background."""
        hub, card, entry = self.hub, self.card, self.entry
        card.meters = {
            name: ImportedMeter(meter, billed_direction(entry.subentries[name].data))
            for name, meter in entry.runtime_data.meters.items()
        }

        @callback
        def on_peak(_peak: Peak, stored: Quarter | None) -> None:
            if stored is not None:
                entry.async_create_background_task(
                    self.hass, card.async_take([stored]), "flukso month peak"
                )

        stop = call_all(
            hub.on_peak.add(on_peak),
            hub.on_missed.add(card.want),
            hub.on_refused.add(lambda: entry.async_start_reauth(self.hass)),
            hub.start(),
            ClockIssue(self.hass, entry, hub.judge).start(hub.on_tick),
        )
        card.want(card.start)
        entry.async_create_background_task(
            self.hass, card.run(), "flukso quarter monitor card"
        )
        return stop

    def diagnostics(self) -> dict[str, Any]:
        """Return its condition, without its address."""
        hub, card = self.hub, self.card
        return {
            "kind": self.entry.data[CONF_KIND],
            "alive": hub.alive,
            "answers": hub.answers,
            "failures": hub.failures,
            "refused": hub.refused,
            "powers": {item.value: power for item, power in hub.powers.items()},
            "quarter": None if hub.quarter is None else _quarter(hub.quarter),
            "month_peak": None
            if hub.peak is None
            else {"start": hub.peak.id.start, "power": hub.peak.watts},
            "card": {
                "progress": card.progress,
                "imported": card.imported,
                "damaged": card.damaged,
            },
        }


def _quarter(quarter: Quarter) -> dict[str, Any]:
    return {
        "start": quarter.id.start,
        "interval": quarter.interval,
        "seen": {item.value: len(quarter.seen(item)) for item in Direction},
    }
