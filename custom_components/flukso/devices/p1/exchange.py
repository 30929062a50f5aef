"""Let the entry of a P1 meter go on with the meter that was put in its place."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ...const import CONF_LINE, CONF_SINCE, CONF_TOPIC, DOMAIN
from ...core.p1.readings import Telegram
from ...device import Runtime
from ...history.counter_memory import async_exchange_counters
from .home import family_data
from .titles import title_of

ISSUE_ENTRY: Final = "entry_id"
ISSUE_METER: Final = "meter"


def fix_data(
    entry: ConfigEntry, other: Telegram
) -> dict[str, str | int | float | None]:
    """Return what the repair of an entry is given: who answers instead of its meter."""
    return {ISSUE_ENTRY: entry.entry_id, ISSUE_METER: other.meter}


def owner_of(hass: HomeAssistant, meter: str) -> ConfigEntry | None:
    """Return the entry that a meter has, by the hash of its id."""
    entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, meter)
    return None if entry is None or entry.source == SOURCE_IGNORE else entry


def answering(entry: ConfigEntry[Runtime[Any]]) -> Telegram | None:
    """Return the latest telegram of who answers instead of an entry's meter."""
    if entry.state is not ConfigEntryState.LOADED:
        return None
    other: Telegram | None = entry.runtime_data.device.hub.strangers.other
    return other


async def async_exchange(
    hass: HomeAssistant, entry: ConfigEntry, other: Telegram
) -> bool:
    """Let an entry go on with another meter; returns whether it could.

    Its entities, their statistics, its windows and month peaks stay.
    """
    since = int(_last_seen(entry))
    readings = entry.runtime_data.device.hub.readings
    own = {reading.unique_id for reading in readings if reading.child is None}
    place = _place_of(entry)
    if not await hass.config_entries.async_unload(entry.entry_id):
        return False
    old, new = entry.unique_id or "", other.meter
    await _async_drop_offers(hass, new)

    def renamed(name: str) -> str:
        its = name == old or name.startswith(f"{old}_")
        return f"{new}{name.removeprefix(old)}" if its else name

    _rename_ids(hass, entry, renamed)
    await async_exchange_counters(hass, entry, own, renamed)
    hass.config_entries.async_update_entry(
        entry,
        unique_id=new,
        title=title_of(new) if entry.title == title_of(old) else entry.title,
        data={
            **entry.data,
            **family_data(other, entry.data),
            **place,
            CONF_SINCE: since,
        },
    )
    return await hass.config_entries.async_setup(entry.entry_id)


def _place_of(entry: ConfigEntry[Runtime[Any]]) -> dict[str, str]:
    """Return where the other meter is heard, as far as that is not where ours was."""
    hub = entry.runtime_data.device.hub
    place: dict[str, str] = {}
    if hub.strangers.topic is not None:
        place[CONF_TOPIC] = hub.strangers.topic
    if CONF_LINE in entry.data:
        place[CONF_LINE] = hub.link.settings.value
    return place


async def _async_drop_offers(hass: HomeAssistant, meter: str) -> None:
    """Offer a meter no longer, and forget that it was ignored."""
    ignored = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, meter)
    if ignored is not None:
        await hass.config_entries.async_remove(ignored.entry_id)
    flows = hass.config_entries.flow
    for flow in flows.async_progress_by_handler(
        DOMAIN, match_context={"unique_id": meter}
    ):
        flows.async_abort(flow["flow_id"])


def _last_seen(entry: ConfigEntry[Runtime[Any]]) -> float:
    """Return until when the old meter measured, unix s."""
    hub = entry.runtime_data.device.hub
    if hub.heard_at is not None:
        return float(hub.heard_at)
    windows = (meter.memory.last_window for meter in entry.runtime_data.meters.values())
    return max((window.end for window in windows if window is not None), default=0.0)


@callback
def _rename_ids(
    hass: HomeAssistant, entry: ConfigEntry, renamed: Callable[[str], str]
) -> None:
    """Let devices and entities of a meter, and of those on its M-Bus, be another's."""
    entities = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(entities, entry.entry_id):
        if (unique_id := renamed(entity.unique_id)) != entity.unique_id:
            entities.async_update_entity(entity.entity_id, new_unique_id=unique_id)
    devices = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        identifiers = {
            (domain, renamed(name) if domain == DOMAIN else name)
            for domain, name in device.identifiers
        }
        if identifiers != device.identifiers:
            devices.async_update_device(device.id, new_identifiers=identifiers)
