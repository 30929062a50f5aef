"""What a demand meter measures, and by which rules, unless somebody says otherwise."""

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import slugify

from ..const import (
    CONF_EXPORT_SENSORS,
    CONF_FLOOR,
    CONF_IMPORT_SENSORS,
    CONF_PROFILE,
    CONF_SLUG,
    CONF_VAT,
    DOMAIN,
    PROFILE_CUSTOM,
    PROFILE_FLANDERS,
    SUBENTRY_DEMAND,
)
from ..core.fluksometer.device_config import FluksometerConfig
from ..core.fluksometer.grid_sensors import default_grid
from ..core.tariff.known import PROFILES

DEFAULT_NAME: Final = "Grid"


def common_demand_data(hass: HomeAssistant) -> dict[str, Any]:
    """Return the settings that do not depend on what measures."""
    key = PROFILE_FLANDERS if hass.config.country == "BE" else PROFILE_CUSTOM
    return {CONF_NAME: DEFAULT_NAME, CONF_PROFILE: key, **tariff_defaults(key)}


def tariff_defaults(key: str) -> dict[str, Any]:
    """Return what a tariff says where the user says nothing."""
    profile = PROFILES[key]
    return {CONF_VAT: profile.vat, CONF_FLOOR: profile.floor}


def default_demand_data(
    hass: HomeAssistant, config: FluksometerConfig
) -> dict[str, Any]:
    """Return the settings of a demand meter; without sensors if none is obvious."""
    grid = default_grid(config)
    return common_demand_data(hass) | {
        CONF_IMPORT_SENSORS: [] if grid is None else list(grid.imports),
        CONF_EXPORT_SENSORS: [] if grid is None else list(grid.exports),
    }


DEFAULT_SLUG: Final = "grid"
# The recorder stores at most 255 characters of a statistic's id.
MAX_LENGTH: Final = 64


def sensors_demand_data(
    hass: HomeAssistant, config: FluksometerConfig
) -> dict[str, Any] | None:
    """Return the settings of a demand meter; None if its sensors are not obvious."""
    data = default_demand_data(hass, config)
    return data if data[CONF_IMPORT_SENSORS] else None


def unique_slug(hass: HomeAssistant, name: str) -> str:
    """Return a slug for a name that no demand meter of any entry has.

    It is part of a statistic's id, where two underscores in a row are forbidden.
    """
    taken = {meter.data.get(CONF_SLUG) for meter in _demand_meters(hass)}
    slug = _slug(name)
    candidates = (f"{slug}_{number}" for number in count(2))
    return slug if slug not in taken else next(c for c in candidates if c not in taken)


def unique_name(hass: HomeAssistant, name: str) -> str:
    """Return a name that no demand meter of any entry has: Grid, Grid 2, and so on."""
    taken = {meter.title for meter in _demand_meters(hass)}
    candidates = (f"{name} {number}" for number in count(2))
    return name if name not in taken else next(c for c in candidates if c not in taken)


def _demand_meters(hass: HomeAssistant) -> Iterator[ConfigSubentry]:
    for entry in hass.config_entries.async_entries(DOMAIN):
        yield from entry.get_subentries_of_type(SUBENTRY_DEMAND)


def _slug(name: str) -> str:
    slug = slugify(name)
    # What slugify makes of a name without a single letter or digit.
    if slug == STATE_UNKNOWN:
        return DEFAULT_SLUG
    words = [word for word in slug[:MAX_LENGTH].split("_") if word]
    return "_".join(words) or DEFAULT_SLUG
