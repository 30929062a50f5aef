"""Steps of the config flow that lead to a Fluksometer that is read over HTTP."""

from collections.abc import Iterable, Mapping
import hashlib
from typing import Any, Final

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_ID, CONF_NAME, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
from homeassistant.helpers.translation import async_get_translations

from ...const import CONF_KIND, CONF_SENSORS, DOMAIN, KIND_REST, SHOWN_DIGITS
from ...core.fluksometer.rest.sensors import RestKind, is_sensor_id
from ...device import FluksoConfigEntry
from ...flows.steps import DeviceSteps, address_fields, clean_host, replaced
from ...helpers.errors import shown_in_form
from ...transport.errors import InvalidSensor, NoReadings, WrongDevice
from ...transport.http.rest import DEFAULT_PORT, RestAddress, answers, read_series

# As many as a device has slots.
MAX_SENSORS: Final = 64
HASH_DIGITS: Final = 16

ADDRESS_FIELDS: Final = address_fields(DEFAULT_PORT)


def sensors_selector(kinds: list[SelectOptionDict]) -> ObjectSelector:
    """Return what asks for sensors, each of one of these kinds."""
    fields: dict[str, ObjectSelectorField] = {
        CONF_ID: {"selector": TextSelector(), "required": True},
        CONF_NAME: {"selector": TextSelector()},
        CONF_KIND: {
            "selector": SelectSelector(SelectSelectorConfig(options=kinds)),
            "required": True,
        },
    }
    return ObjectSelector(
        ObjectSelectorConfig(
            fields=fields,
            multiple=True,
            label_field=CONF_NAME,
            description_field=CONF_ID,
            translation_key="sensor",
        )
    )


async def async_sensors_fields(hass: HomeAssistant) -> dict[vol.Marker, Any]:
    """Return the field that asks for sensors.

    Within an object the frontend translates no choices: they come translated.
    """
    words = await async_get_translations(
        hass, hass.config.language, "selector", [DOMAIN]
    )
    prefix = f"component.{DOMAIN}.selector.sensor_kind.options"
    kinds = [
        SelectOptionDict(value=kind, label=words.get(f"{prefix}.{kind}", kind))
        for kind in RestKind
    ]
    return {vol.Required(CONF_SENSORS): sensors_selector(kinds)}


class RestSteps(DeviceSteps):
    """Ask which sensors a device has: it lists them nowhere."""

    # Known before the step that asks.
    _address: RestAddress
    _digits: str | None
    _announced: list[dict[str, Any]]

    async def async_ask_sensors(
        self,
        address: RestAddress,
        digits: str | None = None,
        announced: Iterable[dict[str, Any]] = (),
    ) -> ConfigFlowResult:
        """Ask for the sensors of the device at an address.

        `digits`: the first of its id. `announced`: sensors, as the form takes them.
        """
        self._address = address
        self._digits = digits
        self._announced = [*announced]
        return await self.async_step_rest_sensors()

    async def async_step_rest_sensors(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the sensors of a device that answers over HTTP."""
        errors: dict[str, str] = {}
        if user_input is not None:
            with shown_in_form(errors):
                sensors = await async_checked(self.hass, self._address, user_input)
                return await self._async_add_rest(sensors)
        shown = user_input or {CONF_SENSORS: self._announced}
        schema = vol.Schema(await async_sensors_fields(self.hass))
        host = {"host": self._address.host}
        return self.show("rest_sensors", schema, shown, errors, host)

    async def async_reconfigure_fluksometer_rest(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask where a known device is now, and for its sensors."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            address = RestAddress(
                clean_host(user_input[CONF_HOST]), user_input[CONF_PORT]
            )
            with shown_in_form(errors):
                sensors = await async_checked(self.hass, address, user_input)
                if not sensor_ids(sensors) & sensor_ids(entry.data[CONF_SENSORS]):
                    raise WrongDevice("none of the known sensors")
                return self.save(entry, replaced(entry, rest_data(address, sensors)))
        schema = vol.Schema(ADDRESS_FIELDS | await async_sensors_fields(self.hass))
        return self.show("reconfigure", schema, user_input or entry.data, errors)

    async def _async_add_rest(self, sensors: list[dict[str, Any]]) -> ConfigFlowResult:
        """Make an entry, unless a sensor belongs to a device that is known."""
        if known_by_sensors(self.hass, sensor_ids(sensors)) is not None:
            return self.async_abort(reason="already_configured")
        identity = self._digits or sensors_hash(sensor_ids(sensors))
        await self.async_claim(identity)
        return self.async_create_entry(
            title=f"Fluksometer {identity[:SHOWN_DIGITS]}",
            data=rest_data(self._address, sensors),
        )


def rest_data(address: RestAddress, sensors: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what an entry stores."""
    return {
        CONF_KIND: KIND_REST,
        CONF_HOST: address.host,
        CONF_PORT: address.port,
        CONF_SENSORS: sensors,
    }


def sensor_ids(sensors: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the ids of sensors of a form or an entry."""
    return {sensor[CONF_ID] for sensor in sensors}


def sensors_hash(ids: Iterable[str]) -> str:
    """Return what tells a device whose id is not known from others."""
    return hashlib.sha256(" ".join(sorted(ids)).encode()).hexdigest()[:HASH_DIGITS]


def known_by_sensors(hass: HomeAssistant, ids: set[str]) -> FluksoConfigEntry | None:
    """Return the entry that polls one of these sensors, if there is one."""
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        if ids & sensor_ids(entry.data.get(CONF_SENSORS, ())):
            return entry
    return None


async def async_answering(hass: HomeAssistant, host: str) -> RestAddress | None:
    """Return where a host may be a device that is read over HTTP; None if nowhere."""
    address = RestAddress(host, DEFAULT_PORT)
    answered = await answers(async_get_clientsession(hass), address)
    return address if answered else None


async def async_checked(
    hass: HomeAssistant, address: RestAddress, form: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the sensors of a form as an entry stores them, after asking each.

    Raises LinkError: InvalidSensor, UnknownSensor, NoReadings or CannotConnect.
    """
    sensors = [_cleaned(sensor) for sensor in form[CONF_SENSORS]]
    ids = sensor_ids(sensors)
    if not 0 < len(sensors) <= MAX_SENSORS or len(ids) < len(sensors):
        raise InvalidSensor("none, too many, or one of them twice")
    if not all(is_sensor_id(sensor_id) for sensor_id in ids):
        raise InvalidSensor("not an id")
    session = async_get_clientsession(hass)
    for sensor in sensors:
        kind = RestKind(sensor[CONF_KIND])
        series = await read_series(session, address, sensor[CONF_ID], kind)
        if not series.runs and kind is RestKind.ELECTRICITY:
            raise NoReadings("only pulses may stay away")
    return sensors


def _cleaned(sensor: Mapping[str, Any]) -> dict[str, Any]:
    sensor_id = sensor[CONF_ID].strip().lower()
    name = sensor.get(CONF_NAME, "").strip() or sensor_id[:SHOWN_DIGITS]
    return {CONF_ID: sensor_id, CONF_NAME: name, CONF_KIND: sensor[CONF_KIND]}
