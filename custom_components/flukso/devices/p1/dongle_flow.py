"""Steps of the config flow that lead to a meter whose telegrams a dongle publishes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import probatio as vol

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.helpers.typing import DiscoveryInfoType

from ...const import (
    CONF_FAMILY,
    CONF_KIND,
    CONF_PAYLOAD,
    CONF_TOPIC,
    KIND_P1_BROKER,
    KIND_P1_MQTT,
    P1_DONGLE_KINDS,
)
from ...core.p1.dongle import is_dongle_topic
from ...core.p1.readings import Telegram
from ...device import FluksoConfigEntry, Runtime
from ...flows.steps import (
    CONNECTION_SCHEMA,
    CREDENTIALS_SCHEMA,
    connection_data,
    shown_in_form,
)
from .flow import P1Steps, merged, title_of

if TYPE_CHECKING:
    from .device import P1Device
    from .search import FoundMeter, Seen


class DongleSteps(P1Steps):
    """Offer the meters that dongles speak for, and change how they are heard."""

    # Known before the step that confirms it.
    _heard: FoundMeter

    async def async_step_mqtt(
        self, discovery_info: MqttServiceInfo
    ) -> ConfigFlowResult:
        """Offer what is heard on Home Assistant's own broker."""
        if not is_dongle_topic(discovery_info.topic):
            return self.async_abort(reason="no_telegram")
        payload = discovery_info.payload
        return await self._async_offer(
            {CONF_KIND: KIND_P1_MQTT, CONF_TOPIC: discovery_info.topic},
            payload.encode() if isinstance(payload, str) else bytes(payload),
        )

    async def async_step_integration_discovery(
        self, discovery_info: DiscoveryInfoType
    ) -> ConfigFlowResult:
        """Offer what is heard on the broker of a Fluksometer."""
        port = {CONF_KIND: KIND_P1_BROKER, **discovery_info}
        return await self._async_offer(port, port.pop(CONF_PAYLOAD))

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add the meter that was heard."""
        if user_input is not None:
            return await self._async_save(self._heard, None)
        telegram = self._heard.telegram
        devices = await async_import_module(self.hass, f"{__package__}.registries")
        return self.async_show_form(
            step_id="confirm",
            description_placeholders={
                "name": title_of(telegram.meter),
                "model": devices.model_of(telegram.family, telegram.version),
            },
        )

    async def async_reconfigure_p1(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask where a known meter is heard now; Home Assistant knows its own broker."""
        entry = self._get_reconfigure_entry()
        if entry.data[CONF_KIND] not in P1_DONGLE_KINDS:
            return await self.async_change_port(user_input)
        if entry.data[CONF_KIND] == KIND_P1_MQTT:
            return self.async_abort(reason="nothing_to_change")
        return await self._async_ask_broker(
            "reconfigure", CONNECTION_SCHEMA, entry, user_input
        )

    async def async_reauth_p1(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for the key, or for credentials that the broker of a dongle takes."""
        entry = self._get_reauth_entry()
        if user_input is None and not login_refused(entry):
            return await self.async_change_key()
        return await self._async_ask_broker(
            "reauth_confirm", CREDENTIALS_SCHEMA, entry, user_input
        )

    async def _async_ask_broker(
        self,
        step_id: str,
        schema: vol.Schema,
        entry: ConfigEntry,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        address = {key: entry.data[key] for key in (CONF_HOST, CONF_PORT)}
        if user_input is not None:
            self._port = {
                **connection_data({**address, **user_input}, entry.data),
                CONF_KIND: KIND_P1_BROKER,
                CONF_TOPIC: entry.data[CONF_TOPIC],
            }
            with shown_in_form(errors):
                return await self._async_look()
        shown = {k: value for k, value in entry.data.items() if k != CONF_PASSWORD}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or shown
            ),
            errors=errors,
        )

    async def _async_offer(
        self, port: dict[str, Any], payload: bytes
    ) -> ConfigFlowResult:
        """Offer the meter whose telegram a message is, unless it is known."""
        # Home Assistant loads this flow with every entry, also of a Fluksometer.
        search = await async_import_module(self.hass, f"{__package__}.search")
        seen: Seen | None = search.read_message(payload)
        if seen is None:
            return self.async_abort(reason="no_telegram")
        if seen.locked:
            # Which meter it is will be known with the key.
            self._async_abort_entries_match({CONF_TOPIC: port[CONF_TOPIC]})
        identity: str = search.identity_of(seen, port[CONF_TOPIC])
        entry = self.hass.config_entries.async_entry_for_domain_unique_id(
            self.handler, identity
        )
        if entry is not None:
            # A flow with a unique id would leave its mark on the entry, and so make
            # the entry reload.
            if not seen.locked:
                self._follow(entry, port, seen.telegram)
            return self.async_abort(reason="already_configured")
        await self.async_set_unique_id(identity)
        self._port = port
        self.context["title_placeholders"] = {"name": title_of(identity)}
        if seen.locked:
            self._locked = seen
            return await self.async_step_p1_key()
        self._heard = seen
        self._set_confirm_only()
        return await self.async_step_confirm()

    def _follow(
        self, entry: ConfigEntry, port: Mapping[str, Any], telegram: Telegram
    ) -> None:
        """Lead an entry that hears nothing to where its dongle publishes now."""
        if entry.data.get(CONF_KIND) != port[CONF_KIND] or hears(entry):
            return
        data = merged(entry, {**port, CONF_FAMILY: telegram.family.value})
        if data != entry.data:
            self._teach(entry, data)


def hears(entry: FluksoConfigEntry) -> bool:
    """Tell whether an entry is loaded, and has not lost its meter."""
    return (
        entry.state is ConfigEntryState.LOADED and entry.runtime_data.device.reachable
    )


def login_refused(entry: ConfigEntry[Runtime[P1Device]]) -> bool:
    """Tell whether it is a broker that keeps us out, and not a key."""
    if entry.data[CONF_KIND] != KIND_P1_BROKER:
        return False
    loaded = entry.state is ConfigEntryState.LOADED
    return not (loaded and entry.runtime_data.device.hub.link_up)
