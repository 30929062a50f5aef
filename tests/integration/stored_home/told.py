"""What Home Assistant tells of the demand meters of the stored home."""

from typing import Any, Final

from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.flukso.const import DOMAIN
from homeassistant.components.recorder.statistics import (
    list_statistic_ids,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

from .devices import SLUGS, subentry_of

# Attributes of the running window.
RUNNING: Final = ("window_start", "window_end", "coverage", "weight")
# What is looked at of statistics.
KINDS: Final = ("mean", "max")

type Row = list[Any]


def state_of(hass: HomeAssistant, unique_id: str) -> State:
    """Return the state of an entity."""
    entities = er.async_get(hass).entities.values()
    (entity_id,) = (item.entity_id for item in entities if item.unique_id == unique_id)
    state = hass.states.get(entity_id)
    assert state is not None
    return state


def demand_state(hass: HomeAssistant, entry_id: str, key: str) -> State:
    """Return the state of an entity of an entry's demand meter."""
    return state_of(hass, f"{subentry_of(entry_id)}_{key}")


def told_at(hass: HomeAssistant, entry_id: str) -> float:
    """Return when an entry's demand meter last wrote its states, unix s."""
    return demand_state(hass, entry_id, "demand").last_reported.timestamp()


def demand_entities(hass: HomeAssistant) -> dict[str, State]:
    """Return what the entities of the demand meters say, by their ids."""
    entities = er.async_get(hass).entities.values()
    states = {
        entity.entity_id: hass.states.get(entity.entity_id)
        for entity in entities
        if entity.config_subentry_id is not None
    }
    return {name: state for name, state in sorted(states.items()) if state is not None}


async def windows_of(hass: HomeAssistant, slug: str, start: int) -> list[Row]:
    """Return the windows of a demand meter from a moment on: start, kW, source, share."""
    response = await hass.services.async_call(
        DOMAIN,
        "get_windows",
        {
            "demand_meter": slug,
            "start": dt_util.utc_from_timestamp(start).isoformat(),
            "end": dt_util.utcnow().isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    assert response is not None
    told: Any = response["windows"]
    keys = ("window_start", "demand", "source", "coverage")
    return [[window[key] for key in keys] for window in told]


async def statistics_of(hass: HomeAssistant) -> dict[str, list[Row]]:
    """Return the hourly statistics by their ids: start, mean, highest."""
    await async_wait_recording_done(hass)
    run = get_instance(hass).async_add_executor_job
    known = await run(list_statistic_ids, hass)
    ids = {item["statistic_id"] for item in known if item["source"] == DOMAIN}
    since = dt_util.utc_from_timestamp(0)
    found = await run(
        lambda: statistics_during_period(
            hass, since, None, ids, "hour", None, set(KINDS)
        )
    )
    return {
        name: [
            [int(row["start"]), *(round(row[kind] or 0, 6) for kind in KINDS)]
            for row in found[name]
        ]
        for name in sorted(ids)
    }


async def observed(hass: HomeAssistant, since: int) -> dict[str, Any]:
    """Return all that is known of the demand meters; windows from a moment on."""
    states = demand_entities(hass)
    running = {
        slug: demand_state(hass, entry_id, "demand") for entry_id, slug in SLUGS.items()
    }
    return {
        "states": {name: state.state for name, state in states.items()},
        "running": {
            slug: [state.state, *map(state.attributes.get, RUNNING)]
            for slug, state in running.items()
        },
        "windows": {
            slug: await windows_of(hass, slug, since) for slug in SLUGS.values()
        },
        "statistics": await statistics_of(hass),
    }
