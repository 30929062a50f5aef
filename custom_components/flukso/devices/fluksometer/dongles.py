"""Look for P1 dongles on the broker of a Fluksometer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.discovery_flow import DiscoveryKey, async_create_flow
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.helpers.importlib import async_import_module

from ...const import CONF_PAYLOAD, CONF_TOPIC, DOMAIN
from ...core.p1.dongle import DONGLE_TOPICS
from .hub import FluksometerHub

# A meter sends at least every ten seconds.
SEARCH_SECONDS: Final = 30.0
SEARCH_INTERVAL: Final = timedelta(hours=1)
# More than a household has; what else a broker offers is not looked at.
MAX_METERS: Final = 20


class DongleSearch:
    """Offer the meters that dongles on a Fluksometer's broker speak for.

    Looks after each connect and then once an hour, for half a minute.
    """

    def __init__(
        self, hass: HomeAssistant, hub: FluksometerHub, broker: Mapping[str, Any]
    ) -> None:
        """Prepare; broker: how an entry's data point to the broker of the hub."""
        self._hass = hass
        self._hub = hub
        self._broker = broker
        self._connects = 0
        self._met: set[str] = set()
        self._end: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin to look; returns what stops it."""
        stops = [
            self._hub.on_dongle.add(self._on_telegram),
            self._hub.on_status.add(self._on_status),
            async_track_time_interval(
                self._hass, self._look, SEARCH_INTERVAL, cancel_on_shutdown=True
            ),
        ]
        self._on_status()

        @callback
        def stop() -> None:
            for stop_one in stops:
                stop_one()
            self._look_away()

        return stop

    @callback
    def _on_status(self) -> None:
        if self._hub.link_up and self._connects != self._hub.link.connects:
            self._connects = self._hub.link.connects
            self._look()

    @callback
    def _look(self, _now: datetime | None = None) -> None:
        self._look_away()
        self._met.clear()
        self._hub.link.want(DONGLE_TOPICS)
        job = HassJob(self._look_away, cancel_on_shutdown=True)
        self._end = async_call_later(self._hass, SEARCH_SECONDS, job)

    @callback
    def _look_away(self, _now: datetime | None = None) -> None:
        if self._end is not None:
            self._end()
            self._end = None
            self._hub.link.unwant(DONGLE_TOPICS)

    @callback
    def _on_telegram(self, topic: str, payload: bytes) -> None:
        self._hass.async_create_task(
            self._async_offer(topic, payload), "flukso P1 dongle"
        )

    async def _async_offer(self, topic: str, payload: bytes) -> None:
        """Offer a meter, once each time that we look."""
        # Most Fluksometers have no dongle beside them.
        search = await async_import_module(
            self._hass, "custom_components.flukso.devices.p1.search"
        )
        seen = search.read_message(self._hass, payload)
        if seen is None or len(self._met) >= MAX_METERS:
            return
        identity: str = search.identity_of(seen, topic)
        if identity in self._met:
            return
        self._met.add(identity)
        async_create_flow(
            self._hass,
            DOMAIN,
            {"source": SOURCE_INTEGRATION_DISCOVERY},
            {**self._broker, CONF_TOPIC: topic, CONF_PAYLOAD: payload},
            discovery_key=DiscoveryKey(domain=DOMAIN, key=identity, version=1),
        )
