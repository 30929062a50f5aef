"""Add the demand meters of a config entry, and forget those that are gone."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..const import CONF_DEMAND_OFFERED, CONF_SLUG, SUBENTRY_DEMAND
from ..core.tariff.dated import price_year
from ..demand.defaults import unique_name, unique_slug
from ..demand.meter import DemandMeter
from ..demand.tariff import async_make_tariff
from ..device import FluksoConfigEntry
from ..helpers.issues import async_delete_issues, async_report, async_take_back
from ..helpers.storage import async_remove_store
from ..statistics.demand import async_clear


def offer_demand_meter(
    hass: HomeAssistant, entry: FluksoConfigEntry, data: dict[str, Any]
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
    hass: HomeAssistant, entry: FluksoConfigEntry
) -> None:
    """Let the demand meters of an entry continue where they ended."""
    device = entry.runtime_data.device
    for subentry in entry.get_subentries_of_type(SUBENTRY_DEMAND):
        tariff = await async_make_tariff(hass, subentry.data)
        meter = DemandMeter(hass, subentry, device.demand_source(subentry.data), tariff)
        await meter.async_load()
        entry.runtime_data.meters[subentry.subentry_id] = meter
        entry.async_on_unload(meter.start())
        entry.async_on_unload(follow_price_year(hass, meter))


async def async_forget(hass: HomeAssistant, subentry_id: str, slug: str) -> None:
    """Forget a demand meter that was removed: files, statistics and repairs."""
    await async_remove_store(hass, subentry_id)
    async_clear(hass, slug)
    async_delete_issues(hass, subentry_id)


@callback
def follow_price_year(hass: HomeAssistant, meter: DemandMeter) -> CALLBACK_TYPE:
    """Report while prices of another year are used; returns the undo."""
    issue_id = f"price_year_{meter.subentry_id}"

    @callback
    def update() -> None:
        year = int(meter.month[:4])
        used = price_year(meter.tariff.profile, meter.month)
        if used in (None, year):
            async_take_back(hass, issue_id)
            return
        async_report(
            hass,
            issue_id,
            translation_key="price_year",
            name=meter.name,
            year=str(year),
            used=str(used),
        )

    @callback
    def stop() -> None:
        forget()
        async_take_back(hass, issue_id)

    forget = meter.on_bill.add(update)
    update()
    return stop
