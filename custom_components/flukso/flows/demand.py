"""Add a demand meter to a device, or change one."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectOptionDict
from homeassistant.helpers.translation import async_get_translations

from ..const import CONF_EXPORT_SENSORS, CONF_IMPORT_SENSORS, CONF_SLUG, DOMAIN
from ..core.fluksometer.channels import Channel, channels, owner_name
from ..core.fluksometer.device_config import FluksometerConfig
from ..core.quantity import Quantity
from ..core.tariff.rule import Direction
from ..demand.defaults import common_demand_data, default_demand_data, unique_slug
from ..demand.tariff import billed_direction
from ..device import FluksoConfigEntry
from .demand_form import demand_data, demand_errors, demand_schema

# Electricity is counted under these keys; heat is energy too, but of no use here.
ENERGY_KEYS: Final = frozenset(
    {"energy", "energy_import", "energy_export", "energy_net"}
)


class DemandFlow(ConfigSubentryFlow):
    """Ask what a demand meter measures and by which rules it is billed."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add a demand meter."""
        if not self._loaded:
            return self.async_abort(reason="entry_not_loaded")
        if user_input is None:
            return await self._async_show("user", {}, user_input)
        if errors := self._errors(user_input):
            return await self._async_show("user", {}, user_input, errors)
        data = demand_data(user_input)
        data[CONF_SLUG] = unique_slug(self.hass, data[CONF_NAME])
        return self.async_create_entry(title=data[CONF_NAME], data=data)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change a demand meter; its statistics keep their name."""
        if not self._loaded:
            return self.async_abort(reason="entry_not_loaded")
        subentry = self._get_reconfigure_subentry()
        stored = subentry.data
        if user_input is None:
            return await self._async_show("reconfigure", stored, stored)
        if errors := self._errors(user_input, billed_direction(stored)):
            return await self._async_show("reconfigure", stored, user_input, errors)
        data = demand_data(user_input, stored) | {CONF_SLUG: stored[CONF_SLUG]}
        return self.async_update_and_abort(
            self._get_entry(), subentry, title=data[CONF_NAME], data=data
        )

    def _errors(
        self, form: Mapping[str, Any], measured: Direction | None = None
    ) -> dict[str, str]:
        """Return what is wrong with a form for this device."""
        entry: FluksoConfigEntry = self._get_entry()
        return demand_errors(
            form,
            needs_sensors=not self._is_meter,
            exports=entry.runtime_data.device.bills_export,
            measured=measured,
        )

    @property
    def _loaded(self) -> bool:
        """Whether the entry tells what it measures."""
        return self._get_entry().state is ConfigEntryState.LOADED

    @property
    def _is_meter(self) -> bool:
        """Whether the device is the grid's own meter, so that nothing is to choose."""
        entry: FluksoConfigEntry = self._get_entry()
        return entry.runtime_data.device.config is None

    async def _async_show(
        self,
        step_id: str,
        stored: Mapping[str, Any],
        values: Mapping[str, Any] | None,
        errors: dict[str, str] | None = None,
    ) -> SubentryFlowResult:
        entry: FluksoConfigEntry = self._get_entry()
        sensors: list[SelectOptionDict] | None = None
        defaults = common_demand_data(self.hass)
        if (config := entry.runtime_data.device.config) is not None:
            sensors = await _sensor_options(self.hass, config, stored)
            defaults = default_demand_data(self.hass, config)
        schema = demand_schema(self.hass, sensors, {**defaults, **stored})
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors=errors,
        )


async def _sensor_options(
    hass: HomeAssistant, config: FluksometerConfig, stored: Mapping[str, Any]
) -> list[SelectOptionDict]:
    """Return the device's electricity sensors, and chosen ones that it lost."""
    language = hass.config.language
    words = {
        **await async_get_translations(hass, language, "entity", [DOMAIN]),
        **await async_get_translations(hass, language, "device", [DOMAIN]),
    }
    labels = {
        channel.sensor.id: _label(words, config, channel)
        for channel in channels(config)
        if channel.row.quantity is Quantity.ENERGY and channel.row.key in ENERGY_KEYS
    }
    for key in (CONF_IMPORT_SENSORS, CONF_EXPORT_SENSORS):
        for sensor_id in stored.get(key, ()):
            labels.setdefault(sensor_id, sensor_id[:6])
    return [
        SelectOptionDict(value=sensor_id, label=label)
        for sensor_id, label in labels.items()
    ]


def _label(
    words: Mapping[str, str], config: FluksometerConfig, channel: Channel
) -> str:
    """Return where a sensor sits and what it counts, in the user's words."""
    part = f"component.{DOMAIN}.device.{channel.owner.kind}.name"
    place = owner_name(config, channel.owner) or words[part].format(
        number=channel.owner.number
    )
    kind = words[f"component.{DOMAIN}.entity.sensor.{channel.row.key}.name"]
    return f"{place}: {kind}"
