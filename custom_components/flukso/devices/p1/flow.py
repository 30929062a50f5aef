"""Steps of the config flow that lead to a P1 meter."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import probatio as vol

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import (
    CONF_DEVICE,
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_USERNAME,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SerialPortSelector,
    TextSelector,
    TextSelectorConfig,
)

from ...const import (
    CONF_FAMILY,
    CONF_KEY,
    CONF_KIND,
    CONF_LINE,
    CONF_TOPIC,
    KIND_P1_NETWORK,
    KIND_P1_SERIAL,
)
from ...core.p1.decrypt import WrongKey, parse_key
from ...flows.steps import clean_host, shown_in_form
from ...transport.errors import WrongDevice
from .serial_ports import ensure_port_free

if TYPE_CHECKING:
    from .search import FoundMeter, LockedMeter

SERIAL_SCHEMA: Final = vol.Schema({vol.Required(CONF_DEVICE): SerialPortSelector()})
NETWORK_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_HOST): TextSelector(TextSelectorConfig(autocomplete="off")),
        vol.Required(CONF_PORT): vol.All(
            NumberSelector(
                NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)
            ),
            vol.Coerce(int),
        ),
    }
)
KEY_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_KEY): TextSelector(TextSelectorConfig(autocomplete="off"))}
)
PORT_SCHEMAS: Final = {KIND_P1_SERIAL: SERIAL_SCHEMA, KIND_P1_NETWORK: NETWORK_SCHEMA}

# What leads to a meter; an entry keeps what else it has.
PORT_DATA: Final = (
    CONF_KIND,
    CONF_DEVICE,
    CONF_HOST,
    CONF_PORT,
    CONF_USERNAME,
    CONF_PASSWORD,
    CONF_TOPIC,
)
P1_DATA: Final = frozenset({*PORT_DATA, CONF_LINE, CONF_FAMILY, CONF_KEY})
HOLDING: Final = frozenset({ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY})


class P1Steps(ConfigFlow):
    """Ask for a port, and for the key where the meter encrypts."""

    def __init__(self) -> None:
        """Begin with no port."""
        self._port: dict[str, Any] = {}
        self._locked: LockedMeter | None = None

    async def async_step_p1_serial(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a serial port, and see which meter is behind it."""
        return await self._async_ask_port("p1_serial", KIND_P1_SERIAL, user_input)

    async def async_step_p1_network(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a TCP server, and see which meter is behind it."""
        return await self._async_ask_port("p1_network", KIND_P1_NETWORK, user_input)

    async def async_step_p1_key(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the key that opens what the meter sends."""
        errors: dict[str, str] = {}
        if user_input is not None:
            with shown_in_form(errors):
                return await self._async_unlock(user_input[CONF_KEY])
        return self.async_show_form(
            step_id="p1_key",
            data_schema=self.add_suggested_values_to_schema(KEY_SCHEMA, user_input),
            errors=errors,
        )

    async def async_change_port(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask which port a known meter is behind now."""
        entry = self._get_reconfigure_entry()
        return await self._async_ask_port(
            "reconfigure", entry.data[CONF_KIND], user_input, entry.data
        )

    async def async_change_key(self) -> ConfigFlowResult:
        """Ask for the key after the stored one opens nothing any more."""
        data = self._get_reauth_entry().data
        self._port = {key: data[key] for key in PORT_DATA if key in data}
        return await self.async_step_p1_key()

    async def _async_ask_port(
        self,
        step_id: str,
        kind: str,
        user_input: dict[str, Any] | None,
        shown: Mapping[str, Any] | None = None,
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            self._port = port_data(kind, user_input)
            with shown_in_form(errors):
                return await self._async_look()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                PORT_SCHEMAS[kind], user_input or shown
            ),
            errors=errors,
        )

    @property
    def _own_entry(self) -> ConfigEntry | None:
        """Return the entry that is changed, None when one is added."""
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return self._get_reauth_entry() if self.source == SOURCE_REAUTH else None

    async def _async_look(self) -> ConfigFlowResult:
        """Save the meter behind the port, or ask for its key."""
        if (own := self._own_entry) is None:
            self._async_abort_entries_match(self._port)
        key = None if own is None else own.data.get(CONF_KEY)
        found = await self._async_find(key)
        if found.locked:
            self._locked = found
            return await self.async_step_p1_key()
        return await self._async_save(found, key)

    async def _async_unlock(self, typed: str) -> ConfigFlowResult:
        """Save the meter that a key opens; raises WrongKey."""
        key = parse_key(typed)
        found = None if self._locked is None else self._locked.unlocked(key)
        if found is None:
            # What was seen first may have been damaged.
            looked = await self._async_find(key.hex())
            if looked.locked:
                raise WrongKey
            found = looked
        return await self._async_save(found, key.hex())

    async def _async_find(self, key: str | None) -> FoundMeter | LockedMeter:
        own = self._own_entry
        await ensure_port_free(self.hass, self._port, own)
        # Home Assistant loads this flow with every entry, also of a Fluksometer.
        search = await async_import_module(self.hass, f"{__package__}.search")
        async with released(self.hass, own):
            found: FoundMeter | LockedMeter = await search.find_meter(
                self.hass, self._port, None if key is None else parse_key(key)
            )
        return found

    async def _async_save(self, found: FoundMeter, key: str | None) -> ConfigFlowResult:
        """Store what leads to the meter, in the entry that it has or in a new one."""
        meter = found.telegram.meter
        data = self._port | {CONF_FAMILY: found.telegram.family.value}
        if found.line is not None:
            data[CONF_LINE] = found.line.value
        if key is not None:
            data[CONF_KEY] = key
        if (own := self._own_entry) is not None:
            if own.unique_id != meter:
                raise WrongDevice("another meter answers")
            return self.async_update_reload_and_abort(own, data=merged(own, data))
        entry = await self.async_set_unique_id(meter, raise_on_progress=False)
        if entry is None or entry.source == SOURCE_IGNORE:
            return self.async_create_entry(title=title_of(meter), data=data)
        self._teach(entry, merged(entry, data))
        return self.async_abort(reason="already_configured")

    def _teach(self, entry: ConfigEntry, data: Mapping[str, Any]) -> None:
        """Let an entry begin again with another way to its meter."""
        # A loaded entry listens to its own changes and reloads itself.
        listens = bool(entry.update_listeners)
        self.hass.config_entries.async_update_entry(entry, data=data)
        if not listens:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)


def title_of(meter: str) -> str:
    """Return the title of the entry of the meter with this hash."""
    return f"P1 meter {meter[:6]}"


def port_data(kind: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return a port as an entry stores it."""
    if kind == KIND_P1_SERIAL:
        return {CONF_KIND: kind, CONF_DEVICE: form[CONF_DEVICE].strip()}
    return {
        CONF_KIND: kind,
        CONF_HOST: clean_host(form[CONF_HOST]),
        CONF_PORT: form[CONF_PORT],
    }


def merged(entry: ConfigEntry, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's data with another way to its meter."""
    kept = {key: value for key, value in entry.data.items() if key not in P1_DATA}
    return {**kept, **data}


@asynccontextmanager
async def released(
    hass: HomeAssistant, entry: ConfigEntry | None
) -> AsyncGenerator[None]:
    """Make an entry let go of its port; if looking fails, it takes it again."""
    if entry is None or entry.state not in HOLDING:
        yield
        return
    await hass.config_entries.async_unload(entry.entry_id)
    try:
        yield
    except BaseException:
        hass.config_entries.async_schedule_reload(entry.entry_id)
        raise
