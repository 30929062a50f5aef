"""Steps of the config flow that lead to a meter that other integrations read."""

from typing import Any, Final

import probatio as vol

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    TextSelector,
)

from ...const import (
    CONF_DEMAND_ENTITY,
    CONF_EXPORT_ENTITIES,
    CONF_IMPORT_ENTITIES,
    CONF_KIND,
    CONF_MONTH_PEAK_ENTITY,
    CONF_NET,
    CONF_PHASES,
    CONF_POWER_ENTITY,
    KIND_ENERGY_METER,
)
from ...demand.defaults import DEFAULT_NAME
from ...flows.steps import DeviceSteps, replaced
from .sources import (
    ENERGY_FIELDS,
    POWER_FIELDS,
    SourceFault,
    entity_name,
    fault_of,
    registry_id,
    runs_backwards,
    sources_hash,
)
from .twice import counted_once

# As many counters of either direction are those of a connection's phases.
PHASES: Final = 3


def _entities(device_class: SensorDeviceClass, *, multiple: bool) -> EntitySelector:
    """Return a field for sensors of a kind."""
    of_kind = EntityWithDeviceFilterSelectorConfig(
        domain=SENSOR_DOMAIN, device_class=device_class
    )
    return EntitySelector(EntitySelectorConfig(filter=of_kind, multiple=multiple))


SOURCES_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_IMPORT_ENTITIES): _entities(
            SensorDeviceClass.ENERGY, multiple=True
        ),
        vol.Optional(CONF_EXPORT_ENTITIES): _entities(
            SensorDeviceClass.ENERGY, multiple=True
        ),
        vol.Optional(CONF_PHASES): BooleanSelector(),
        vol.Optional(CONF_POWER_ENTITY): _entities(
            SensorDeviceClass.POWER, multiple=False
        ),
        vol.Optional(CONF_DEMAND_ENTITY): _entities(
            SensorDeviceClass.POWER, multiple=False
        ),
        vol.Optional(CONF_MONTH_PEAK_ENTITY): _entities(
            SensorDeviceClass.POWER, multiple=False
        ),
    }
)


def energy_schema(name: str = DEFAULT_NAME) -> vol.Schema:
    """Return the form; a name that is left out is the one that is known."""
    named = vol.Schema({vol.Required(CONF_NAME, default=name): TextSelector()})
    return named.extend(SOURCES_SCHEMA.schema)


class EnergySteps(DeviceSteps):
    """Ask which entities tell of a grid connection."""

    # The choice that was asked about: who makes it again means it.
    _asked: dict[str, list[str]] | None = None

    async def async_step_energy_meter(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add a meter that other integrations read."""
        return await self._async_ask_entities("energy_meter", user_input, None)

    async def async_reconfigure_energy_meter(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for other entities of a known meter."""
        entry = self._get_reconfigure_entry()
        shown = {CONF_NAME: entry.title, **entry.data}
        for field in ENERGY_FIELDS:
            shown[field] = [entity_name(self.hass, source) for source in shown[field]]
        for field in POWER_FIELDS:
            if field in shown:
                shown[field] = entity_name(self.hass, shown[field])
        return await self._async_ask_entities("reconfigure", user_input, shown)

    async def _async_ask_entities(
        self,
        step_id: str,
        user_input: dict[str, Any] | None,
        shown: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        schema = energy_schema() if shown is None else energy_schema(shown[CONF_NAME])
        if user_input is not None:
            fault = fault_of(self.hass, user_input)
            if fault is None and (once := self._once(user_input)) is not None:
                fault, user_input = SourceFault.COUNTED_TWICE, once
            if fault is None:
                return await self._async_save_sources(user_input)
            errors["base"] = fault
        return self.show(step_id, schema, user_input or shown, errors)

    def _once(self, form: dict[str, Any]) -> dict[str, Any] | None:
        """Return a form without what it counts twice; None if it does not, or insists."""
        chosen = {field: list(form.get(field, ())) for field in ENERGY_FIELDS}
        once = {
            field: counted_once(self.hass, entities)
            for field, entities in chosen.items()
        }
        if chosen in (once, self._asked):
            return None
        self._asked = chosen
        return form | {field: some for field, some in once.items() if some}

    async def _async_save_sources(self, form: dict[str, Any]) -> ConfigFlowResult:
        """Store the entities, in the entry that is changed or in a new one."""
        data = self._sources_data(form)
        title = form[CONF_NAME].strip() or DEFAULT_NAME
        unique_id = sources_hash(data[CONF_IMPORT_ENTITIES])
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            changed = replaced(entry, data, (*ENERGY_FIELDS, *POWER_FIELDS))
            return await self.async_save_as(entry, unique_id, changed, title)
        await self.async_claim(unique_id)
        return self.async_create_entry(title=title, data=data)

    def _sources_data(self, form: dict[str, Any]) -> dict[str, Any]:
        """Return the entities of a form as an entry stores them: a rename is no loss."""
        data: dict[str, Any] = {CONF_KIND: KIND_ENERGY_METER}
        for field in ENERGY_FIELDS:
            data[field] = [
                registry_id(self.hass, entity) for entity in form.get(field, ())
            ]
        for field in POWER_FIELDS:
            if form.get(field):
                data[field] = registry_id(self.hass, form[field])
        counts = [len(data[field]) for field in ENERGY_FIELDS]
        phases = form.get(CONF_PHASES, counts == [PHASES, PHASES])
        data[CONF_PHASES] = phases and len(data[CONF_IMPORT_ENTITIES]) > 1
        data[CONF_NET] = any(
            runs_backwards(self.hass, entity) for entity in data[CONF_IMPORT_ENTITIES]
        )
        return data
