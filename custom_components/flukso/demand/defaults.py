"""What a demand meter measures, and by which rules, unless somebody says otherwise."""

from typing import Any, Final

from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from ..const import (
    CONF_EXPORT_SENSORS,
    CONF_FLOOR,
    CONF_IMPORT_SENSORS,
    CONF_PROFILE,
    CONF_VAT,
    PROFILE_CUSTOM,
    PROFILE_FLANDERS,
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
