"""What the steps to every kind of device have in common."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import probatio as vol

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.typing import UNDEFINED, UndefinedType

MQTT_PORT: Final = 1883

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def address_fields(port: int | None = None) -> dict[vol.Marker, Any]:
    """Return the fields for a host and a port; `port`: what is usual, if anything is."""
    default = vol.UNDEFINED if port is None else port
    return {
        vol.Required(CONF_HOST): TextSelector(TextSelectorConfig(autocomplete="off")),
        vol.Required(CONF_PORT, default=default): vol.All(
            NumberSelector(
                NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)
            ),
            vol.Coerce(int),
        ),
    }


CREDENTIALS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_USERNAME): TextSelector(
            TextSelectorConfig(autocomplete="username")
        ),
        vol.Optional(CONF_PASSWORD): TextSelector(
            TextSelectorConfig(
                type=TextSelectorType.PASSWORD, autocomplete="current-password"
            )
        ),
    }
)
CONNECTION_SCHEMA: Final = vol.Schema(address_fields(MQTT_PORT)).extend(
    CREDENTIALS_SCHEMA.schema
)


def clean_host(typed: str) -> str:
    """Return a host that may have been pasted with scheme and slash."""
    return typed.strip().rpartition("://")[2].rstrip("/")


def connection_data(
    form: Mapping[str, Any], stored: Mapping[str, Any] = _NOTHING
) -> dict[str, Any]:
    """Return host, port and credentials as an entry stores them.

    An address that is not asked for, or a password that was left empty, stays what is
    stored; without a user name there is no password.
    """
    address = {**stored, **form}
    data: dict[str, Any] = {
        CONF_HOST: clean_host(address[CONF_HOST]),
        CONF_PORT: address[CONF_PORT],
    }
    if username := form.get(CONF_USERNAME):
        data[CONF_USERNAME] = username
        if password := form.get(CONF_PASSWORD) or stored.get(CONF_PASSWORD):
            data[CONF_PASSWORD] = password
    return data


def suggested(
    entry: ConfigEntry, user_input: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    """Return what a form that changes an entry shows: what was typed, if anything was.

    Of what is stored all but the password.
    """
    return user_input or {
        key: value for key, value in entry.data.items() if key != CONF_PASSWORD
    }


def replaced(
    entry: ConfigEntry, data: Mapping[str, Any], fields: Iterable[str] = ()
) -> dict[str, Any]:
    """Return an entry's data with others, and without what else was in those fields."""
    dropped = set(fields)
    kept = {key: value for key, value in entry.data.items() if key not in dropped}
    return {**kept, **data}


@dataclass(frozen=True, slots=True)
class Offer:
    """A device that was found: how it is called, and what adds it."""

    name: str
    model: str
    accept: Callable[[], Awaitable[ConfigFlowResult]]


class DeviceSteps(ConfigFlow):
    """Base of the steps to a kind of device: ask, offer, and store what is answered."""

    # Known before the step that confirms it.
    _offered: Offer

    async def async_offer(self, offer: Offer) -> ConfigFlowResult:
        """Offer a device that nobody asked for."""
        self._offered = offer
        self._set_confirm_only()
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add the device that was found."""
        if user_input is not None:
            return await self._offered.accept()
        return self.async_show_form(
            step_id="confirm",
            description_placeholders={
                "name": self._offered.name,
                "model": self._offered.model,
            },
        )

    @callback
    def show(
        self,
        step_id: str,
        schema: vol.Schema,
        shown: Mapping[str, Any] | None,
        errors: dict[str, str],
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Show a form with what was typed or is stored, and what is wrong with it."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_claim(
        self, unique_id: str, address: dict[str, Any] | None = None
    ) -> None:
        """Take a unique id for a new entry.

        Ends the flow if an entry has it; that entry learns the address.
        """
        known = await self.async_set_unique_id(unique_id, raise_on_progress=False)
        self._abort_if_unique_id_configured(
            updates=address,
            reload_on_update=known is not None and not reloads_itself(known),
        )

    async def async_save_as(
        self,
        entry: ConfigEntry,
        unique_id: str,
        data: Mapping[str, Any],
        title: str | UndefinedType = UNDEFINED,
    ) -> ConfigFlowResult:
        """Store what was changed under a new unique id, unless another entry has it."""
        known = await self.async_set_unique_id(unique_id, raise_on_progress=False)
        if known is not None and known.entry_id != entry.entry_id:
            return self.async_abort(reason="already_configured")
        return self.save(entry, data, unique_id=unique_id, title=title)

    @callback
    def save(
        self,
        entry: ConfigEntry,
        data: Mapping[str, Any],
        *,
        unique_id: str | UndefinedType = UNDEFINED,
        title: str | UndefinedType = UNDEFINED,
        reason: str | UndefinedType = UNDEFINED,
    ) -> ConfigFlowResult:
        """Store what was changed in the entry of this flow, which begins again.

        reason: what is said of it, if not that it was done.
        """
        update = (
            self.async_update_and_abort
            if reloads_itself(entry)
            else self.async_update_reload_and_abort
        )
        return update(entry, unique_id=unique_id, title=title, data=data, reason=reason)

    @callback
    def teach(self, entry: ConfigEntry, data: Mapping[str, Any]) -> None:
        """Let an entry that is not of this flow begin again with other data."""
        listens = reloads_itself(entry)
        self.hass.config_entries.async_update_entry(entry, data=data)
        if not listens:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)


def reloads_itself(entry: ConfigEntry) -> bool:
    """Tell whether an entry needs no reload: one that is loaded listens to changes."""
    return bool(entry.update_listeners)
