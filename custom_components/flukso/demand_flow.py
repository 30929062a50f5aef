"""Add a demand meter to a device, or change one."""

from collections.abc import Mapping
from typing import Any, Final

import probatio as vol

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME, PERCENTAGE, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.helpers.translation import async_get_translations

from .const import (
    AREAS,
    CONF_AREA,
    CONF_EXPORT_SENSORS,
    CONF_FLOOR,
    CONF_GOAL,
    CONF_IMPORT_SENSORS,
    CONF_PRICE,
    CONF_PROFILE,
    CONF_SLUG,
    CONF_VAT,
    DOMAIN,
    PROFILE_CUSTOM,
    PROFILE_FLANDERS,
)
from .core.fluksometer.catalogue import Quantity
from .core.fluksometer.channels import Channel, channels, owner_name
from .core.fluksometer.device_config import FluksometerConfig
from .demand_defaults import DEFAULT_NAME, common_demand_data, default_demand_data
from .runtime import AnyConfigEntry, is_fluksometer_entry
from .slugs import unique_slug

# Electricity is counted under these keys; heat is energy too, but of no use here.
ENERGY_KEYS: Final = frozenset(
    {"energy", "energy_import", "energy_export", "energy_net"}
)
MAX_KILOWATTS: Final = 1000
MAX_PRICE: Final = 10_000


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
        if not user_input.get(CONF_IMPORT_SENSORS, self._is_meter):
            return await self._async_show("user", {}, user_input, error="no_sensors")
        name = _name(user_input)
        slug = unique_slug(self.hass, name)
        return self.async_create_entry(
            title=name, data={**user_input, CONF_NAME: name, CONF_SLUG: slug}
        )

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
        if not user_input.get(CONF_IMPORT_SENSORS, self._is_meter):
            return await self._async_show(
                "reconfigure", stored, user_input, error="no_sensors"
            )
        name = _name(user_input)
        return self.async_update_and_abort(
            self._get_entry(),
            subentry,
            title=name,
            data={**user_input, CONF_NAME: name, CONF_SLUG: stored[CONF_SLUG]},
        )

    @property
    def _loaded(self) -> bool:
        """Whether the entry tells what it measures."""
        return self._get_entry().state is ConfigEntryState.LOADED

    @property
    def _is_meter(self) -> bool:
        """Whether the device is the grid's own meter, so that nothing is to choose."""
        return not is_fluksometer_entry(self._get_entry())

    async def _async_show(
        self,
        step_id: str,
        stored: Mapping[str, Any],
        values: Mapping[str, Any] | None,
        *,
        error: str | None = None,
    ) -> SubentryFlowResult:
        entry: AnyConfigEntry = self._get_entry()
        sensors: list[SelectOptionDict] | None = None
        defaults = common_demand_data(self.hass)
        if is_fluksometer_entry(entry):
            config = entry.runtime_data.hub.config
            sensors = await _sensor_options(self.hass, config, stored)
            defaults = default_demand_data(self.hass, config)
        schema = _schema(self.hass, sensors, {**defaults, **stored})
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors={} if error is None else {"base": error},
        )


def _name(form: Mapping[str, Any]) -> str:
    return form[CONF_NAME].strip() or DEFAULT_NAME


def _schema(
    hass: HomeAssistant,
    sensors: list[SelectOptionDict] | None,
    defaults: Mapping[str, Any],
) -> vol.Schema:
    """Return the form; every field may be left out, and sensors if None."""
    fields: dict[str, Any] = {CONF_NAME: TextSelector()}
    if sensors is not None:
        some_sensors = SelectSelector(
            SelectSelectorConfig(
                options=sensors, multiple=True, mode=SelectSelectorMode.DROPDOWN
            )
        )
        fields |= dict.fromkeys(
            (CONF_IMPORT_SENSORS, CONF_EXPORT_SENSORS), some_sensors
        )
    fields |= {
        CONF_PROFILE: _choice("profile", (PROFILE_FLANDERS, PROFILE_CUSTOM)),
        CONF_AREA: _choice("area", AREAS),
        CONF_PRICE: _number(MAX_PRICE, f"{hass.config.currency}/kW"),
        CONF_VAT: _number(100, PERCENTAGE),
        CONF_FLOOR: _number(MAX_KILOWATTS, UnitOfPower.KILO_WATT),
        CONF_GOAL: _number(MAX_KILOWATTS, UnitOfPower.KILO_WATT),
    }
    without_default = {CONF_AREA, CONF_PRICE, CONF_GOAL}
    return vol.Schema(
        {
            vol.Optional(key)
            if key in without_default
            else vol.Optional(key, default=defaults[key]): selector
            for key, selector in fields.items()
        }
    )


def _choice(translation_key: str, options: tuple[str, ...]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options),
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=translation_key,
        )
    )


def _number(highest: float, unit: str) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=0,
            max=highest,
            step="any",
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
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
