"""Recognise a total that was chosen beside what it is the sum of."""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .sources import device_of, energy_of

# A total of less than so many steps of its counter may be a sum by chance.
FEWEST_STEPS: Final = 1000
# More counters than a meter has are not tried in all ways.
MOST: Final = 8


def counted_once(hass: HomeAssistant, entities: Sequence[str]) -> list[str]:
    """Return the counters of a direction without those that another one is the sum of."""
    values: dict[str, float] = {}
    step = 0.0
    registry = er.async_get(hass)
    for entity in entities:
        entity_id = er.async_resolve_entity_id(registry, entity)
        state = None if entity_id is None else hass.states.get(entity_id)
        value = energy_of(state)
        if state is None or value is None:
            return list(entities)
        values[entity] = value
        scale = value / float(state.state) if float(state.state) else 1.0
        decimals = len(state.state.partition(".")[2])
        step = max(step, abs(scale) * 10.0**-decimals)
    for total in sorted(values, key=lambda entity: -values[entity])[:MOST]:
        parts = _parts(hass, total, values, step)
        if parts:
            return [entity for entity in entities if entity not in parts]
    return list(entities)


def _parts(
    hass: HomeAssistant, total: str, values: dict[str, float], step: float
) -> set[str]:
    """Return the most counters of the same device that a total is the sum of."""
    if values[total] < FEWEST_STEPS * step:
        return set()
    device = device_of(hass, total)
    others = [
        entity
        for entity in values
        if entity != total and device_of(hass, entity) == device
    ][:MOST]
    for count in range(len(others), 1, -1):
        for some in combinations(others, count):
            told = sum(values[entity] for entity in some)
            if abs(told - values[total]) <= count * step:
                return set(some)
    return set()
