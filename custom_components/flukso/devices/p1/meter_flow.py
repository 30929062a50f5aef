"""Steps of the config flow that every way to a P1 meter shares: look, unlock, store."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

import probatio as vol

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import (
    CONF_DEVICE,
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_USERNAME,
)
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig

from ...const import (
    CONF_FAMILY,
    CONF_KEY,
    CONF_KIND,
    CONF_LINE,
    CONF_NUMBERING,
    CONF_TOPIC,
)
from ...core.p1.decrypt import WrongKey, parse_key
from ...flows.steps import DeviceSteps, replaced
from ...helpers.errors import shown_in_form
from ...transport.errors import WrongDevice
from .serial_ports import ensure_port_free
from .titles import title_of

if TYPE_CHECKING:
    from .search import FoundMeter, LockedMeter

KEY_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_KEY): TextSelector(TextSelectorConfig(autocomplete="off"))}
)

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
P1_DATA: Final = frozenset(
    {*PORT_DATA, CONF_LINE, CONF_FAMILY, CONF_NUMBERING, CONF_KEY}
)
HOLDING: Final = frozenset({ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY})


class MeterSteps(DeviceSteps):
    """Look for the meter behind a port or a topic, and ask for its key if it has one.

    `port`: what leads to the meter, as an entry stores it; known before one looks.
    `locked`: the meter that was seen, but takes a key.
    """

    port: dict[str, Any]
    locked: LockedMeter | None = None

    async def async_step_p1_key(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the key that opens what the meter sends."""
        errors: dict[str, str] = {}
        if user_input is not None:
            with shown_in_form(errors):
                return await self._async_unlock(user_input[CONF_KEY])
        return self.show("p1_key", KEY_SCHEMA, user_input, errors)

    async def async_change_key(self) -> ConfigFlowResult:
        """Ask for the key after the stored one opens nothing any more."""
        data = self._get_reauth_entry().data
        self.port = {key: data[key] for key in PORT_DATA if key in data}
        return await self.async_step_p1_key()

    async def async_look(self) -> ConfigFlowResult:
        """Save the meter behind the port, or ask for its key; raises LinkError."""
        if (own := self._own_entry) is None:
            self._async_abort_entries_match(self.port)
        key = None if own is None else own.data.get(CONF_KEY)
        await ensure_port_free(self.hass, self.port, own)
        return await self._async_with_port(self._async_find(key))

    async def async_save_meter(
        self, found: FoundMeter, key: str | None = None
    ) -> ConfigFlowResult:
        """Store what leads to the meter, in the entry that it has or in a new one."""
        # Home Assistant loads this flow with every entry, also of a Fluksometer.
        home = await async_import_module(self.hass, f"{__package__}.home")
        telegram, data = found.telegram, dict(self.port)
        meter = telegram.meter
        if found.line is not None:
            data[CONF_LINE] = found.line.value
        if key is not None:
            data[CONF_KEY] = key
        if (own := self._own_entry) is not None:
            if own.unique_id != meter:
                if key in (None, own.data.get(CONF_KEY)):
                    raise WrongDevice("another meter answers")
                if self.source == SOURCE_RECONFIGURE:
                    raise WrongDevice("another meter answers")
                # With its key the entry hears who it is, and asks whether to go on
                # with it.
                return self.save(own, replaced(own, data), reason="other_meter")
            data |= home.family_data(telegram, own.data)
            return self.save(own, replaced(own, data, P1_DATA))
        entry = await self.async_set_unique_id(meter, raise_on_progress=False)
        if entry is None or entry.source == SOURCE_IGNORE:
            data |= home.family_data(telegram)
            return self.async_create_entry(title=title_of(meter), data=data)
        data |= home.family_data(telegram, entry.data)
        self.teach(entry, replaced(entry, data, P1_DATA))
        return self.async_abort(reason="already_configured")

    @property
    def _own_entry(self) -> ConfigEntry | None:
        """Return the entry that is changed, None when one is added."""
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return self._get_reauth_entry() if self.source == SOURCE_REAUTH else None

    async def _async_unlock(self, typed: str) -> ConfigFlowResult:
        """Save the meter that a key opens; raises WrongKey."""
        key = parse_key(typed)
        found = None if self.locked is None else self.locked.unlocked(key)
        if found is not None:
            return await self.async_save_meter(found, key.hex())
        # What was seen first may have been damaged.
        await ensure_port_free(self.hass, self.port, self._own_entry)
        return await self._async_with_port(self._async_find(key.hex(), asked=True))

    async def _async_find(
        self, key: str | None, *, asked: bool = False
    ) -> ConfigFlowResult:
        # Home Assistant loads this flow with every entry, also of a Fluksometer.
        search = await async_import_module(self.hass, f"{__package__}.search")
        found: FoundMeter | LockedMeter = await search.find_meter(
            self.hass, self.port, None if key is None else parse_key(key)
        )
        if not found.locked:
            return await self.async_save_meter(found, key)
        if asked:
            raise WrongKey
        self.locked = found
        return await self.async_step_p1_key()

    async def _async_with_port(
        self, steps: Coroutine[Any, Any, ConfigFlowResult]
    ) -> ConfigFlowResult:
        """Go steps while the entry of this flow holds no port; then it goes on.

        One that is saved begins again by itself.
        """
        if (own := self._own_entry) is None:
            return await steps
        entries = self.hass.config_entries
        async with own.setup_lock:
            # It may still be on its way back from the steps before.
            held = own.state in HOLDING
        if held:
            held = await entries.async_unload(own.entry_id)
        try:
            result = await steps
            held = held and result["type"] is not FlowResultType.ABORT
        finally:
            if held:
                # A reload would end this flow if it asks for a key or credentials.
                self.hass.async_create_task(entries.async_setup(own.entry_id))
        return result
