"""Steps of the config flow that lead to a meter whose telegrams a dongle publishes."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import probatio as vol

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.helpers.typing import DiscoveryInfoType

from ...const import CONF_KIND, CONF_PAYLOAD, CONF_TOPIC, KIND_P1_BROKER, KIND_P1_MQTT
from ...core.p1.dongle import is_dongle_topic
from ...core.p1.readings import Telegram
from ...device import FluksoConfigEntry, Runtime
from ...flows.steps import (
    CONNECTION_SCHEMA,
    CREDENTIALS_SCHEMA,
    Offer,
    connection_data,
    replaced,
    suggested,
)
from ...helpers.errors import shown_in_form
from .meter_flow import P1_DATA, MeterSteps
from .titles import title_of

if TYPE_CHECKING:
    from .device import P1Device
    from .search import FoundMeter, Seen


class DongleSteps(MeterSteps):
    """Offer the meters that dongles speak for, and change how they are heard."""

    async def async_step_mqtt(
        self, discovery_info: MqttServiceInfo
    ) -> ConfigFlowResult:
        """Offer what is heard on Home Assistant's own broker."""
        if not is_dongle_topic(discovery_info.topic):
            return self.async_abort(reason="no_telegram")
        payload = discovery_info.payload
        return await self._async_meet_dongle(
            {CONF_KIND: KIND_P1_MQTT, CONF_TOPIC: discovery_info.topic},
            payload.encode() if isinstance(payload, str) else bytes(payload),
        )

    async def async_step_integration_discovery(
        self, discovery_info: DiscoveryInfoType
    ) -> ConfigFlowResult:
        """Offer what is heard on the broker of a Fluksometer."""
        port = {CONF_KIND: KIND_P1_BROKER, **discovery_info}
        return await self._async_meet_dongle(port, port.pop(CONF_PAYLOAD))

    async def async_change_broker(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask where a known meter is heard now; Home Assistant knows its own broker."""
        entry = self._get_reconfigure_entry()
        if entry.data[CONF_KIND] == KIND_P1_MQTT:
            return self.async_abort(reason="nothing_to_change")
        return await self._async_ask_broker(
            "reconfigure", CONNECTION_SCHEMA, entry, user_input
        )

    async def async_change_credentials(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for credentials that the broker of a dongle takes."""
        entry = self._get_reauth_entry()
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
        if user_input is not None:
            self.port = {
                **connection_data(user_input, entry.data),
                CONF_KIND: KIND_P1_BROKER,
                CONF_TOPIC: entry.data[CONF_TOPIC],
            }
            with shown_in_form(errors):
                return await self.async_look()
        return self.show(step_id, schema, suggested(entry, user_input), errors)

    async def _async_meet_dongle(
        self, port: dict[str, Any], payload: bytes
    ) -> ConfigFlowResult:
        """Follow the meter whose telegram a message is, or offer it."""
        # Home Assistant loads this flow with every entry, also of a Fluksometer.
        search = await async_import_module(self.hass, f"{__package__}.search")
        seen: Seen | None = search.read_message(self.hass, payload)
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
                await self._async_follow_dongle(entry, port, seen.telegram)
            return self.async_abort(reason="already_configured")
        await self.async_set_unique_id(identity)
        self.port = port
        self.context["title_placeholders"] = {"name": title_of(identity)}
        if seen.locked:
            self.locked = seen
            return await self.async_step_p1_key()
        return await self._async_offer_meter(seen)

    async def _async_offer_meter(self, found: FoundMeter) -> ConfigFlowResult:
        """Offer a meter that was heard."""
        devices = await async_import_module(self.hass, f"{__package__}.registries")
        telegram = found.telegram
        model: str = devices.model_of(telegram.family, telegram.version)
        accept = partial(self.async_save_meter, found)
        return await self.async_offer(Offer(title_of(telegram.meter), model, accept))

    async def _async_follow_dongle(
        self, entry: ConfigEntry, port: Mapping[str, Any], telegram: Telegram
    ) -> None:
        """Lead an entry that hears nothing to where its dongle publishes now."""
        if entry.data.get(CONF_KIND) != port[CONF_KIND] or hears(entry):
            return
        home = await async_import_module(self.hass, f"{__package__}.home")
        family = home.family_data(telegram, entry.data)
        data = replaced(entry, {**port, **family}, P1_DATA)
        if data != entry.data:
            self.teach(entry, data)


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
