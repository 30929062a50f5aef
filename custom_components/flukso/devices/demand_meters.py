"""Add the demand meters of a config entry, and forget those that are gone."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from ..const import CONF_DEMAND_OFFERED, CONF_SLUG, SUBENTRY_DEMAND
from ..demand.defaults import unique_name, unique_slug
from ..demand.memory.months import async_delete_issues
from ..demand.meter import DemandMeter
from ..demand.source import WindowSource
from ..demand.tariff import async_make_tariff
from ..device import AnyConfigEntry
from ..helpers.storage import async_remove_store
from ..statistics.demand import async_clear
from .demand_issues import follow_price_year


def offer_demand_meter(
    hass: HomeAssistant, entry: AnyConfigEntry, data: dict[str, Any]
) -> None:
    """Add a demand meter where the grid is obvious; once, so that it can be removed."""
    if entry.data.get(CONF_DEMAND_OFFERED):
        return
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_DEMAND_OFFERED: True}
    )
    name = unique_name(hass, data[CONF_NAME])
    named = {CONF_NAME: name, CONF_SLUG: unique_slug(hass, name)}
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(
            data=MappingProxyType(data | named),
            subentry_type=SUBENTRY_DEMAND,
            title=name,
            unique_id=None,
        ),
    )


async def async_start_demand_meters(
    hass: HomeAssistant,
    entry: AnyConfigEntry,
    make_feed: Callable[[ConfigSubentry], WindowSource],
) -> None:
    """Let the demand meters of an entry continue where they ended."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_DEMAND):
        tariff = await async_make_tariff(hass, subentry.data)
        meter = DemandMeter(hass, subentry, make_feed(subentry), tariff)
        await meter.async_load()
        entry.runtime_data.demand[subentry.subentry_id] = meter
        entry.async_on_unload(meter.start())
        entry.async_on_unload(follow_price_year(hass, meter))


async def async_forget(hass: HomeAssistant, subentry_id: str, slug: str) -> None:
    """Forget a demand meter that was removed: files, statistics and repairs."""
    await async_remove_store(hass, subentry_id)
    async_clear(hass, slug)
    async_delete_issues(hass, subentry_id)
