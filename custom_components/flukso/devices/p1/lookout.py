"""Look for a meter on other topics while its own is silent."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...const import CONF_TOPIC, DOMAIN
from ...core.p1.dongle import DONGLE_TOPICS, is_dongle_topic
from ...core.p1.readings import Telegram
from ...core.p1.receiver import Receiver
from ...device import FluksoConfigEntry
from ...helpers.timers import repeat
from .home import home_of
from .hub import P1Hub

# A meter sends at least every ten seconds.
QUIET: Final = 15.0
INTERVAL: Final = timedelta(seconds=5)
# More than a household has; what else a broker offers is not looked at.
MOST: Final = 20

type OnMessage = Callable[[str, bytes], None]


@runtime_checkable
class TopicLink(Protocol):
    """What brings telegrams by topics, and can listen to others beside its own."""

    def listen(self, topics: str, on_message: OnMessage) -> Awaitable[CALLBACK_TYPE]:
        """Hear what is published on topics from now on; returns what ends it."""


class Lookout:
    """Hear what dongles publish elsewhere, but only while nothing comes from the meter.

    A dongle puts part of its meter's header in its topic, so that another meter on the
    same dongle has another topic.
    """

    def __init__(
        self, hass: HomeAssistant, entry: FluksoConfigEntry, hub: P1Hub
    ) -> None:
        """Look out for the meter of an entry from now on; start() begins."""
        self._hass = hass
        self._entry = entry
        self._hub = hub
        self._receivers: dict[str, Receiver] = {}
        self._wanted = False
        self._end: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin to look; returns what stops it."""
        undo = repeat(self._hass, (self._look, INTERVAL))

        @callback
        def stop() -> None:
            undo()
            self._look_away()

        return stop

    @callback
    def _look(self, _now: datetime) -> None:
        if self._hub.quiet_for <= QUIET:
            self._look_away()
        elif not self._wanted and isinstance(self._hub.link, TopicLink):
            self._wanted = True
            self._entry.async_create_task(
                self._hass, self._async_listen(self._hub.link), "flukso P1 lookout"
            )

    async def _async_listen(self, link: TopicLink) -> None:
        end = await link.listen(DONGLE_TOPICS, self._on_message)
        if self._wanted:
            self._end = end
        else:
            end()

    @callback
    def _look_away(self) -> None:
        self._wanted = False
        self._receivers.clear()
        end, self._end = self._end, None
        if end is not None:
            end()

    @callback
    def _on_message(self, topic: str, message: bytes) -> None:
        if topic == self._entry.data[CONF_TOPIC] or not is_dongle_topic(topic):
            return
        if topic not in self._receivers and len(self._receivers) >= MOST:
            return
        receiver = self._receivers.setdefault(topic, Receiver(home=home_of(self._hass)))
        for telegram in receiver.read_message(message):
            self._on_telegram(topic, telegram)

    def _on_telegram(self, topic: str, telegram: Telegram) -> None:
        """Tell of a meter that nobody knows; follow ours where it went."""
        if telegram.meter == self._hub.meter:
            data = {**self._entry.data, CONF_TOPIC: topic}
            self._hass.config_entries.async_update_entry(self._entry, data=data)
        elif not self._is_known(telegram.meter):
            self._hub.hear_elsewhere(telegram, topic)

    def _is_known(self, meter: str) -> bool:
        """Tell whether a meter has been added, or ignored."""
        entries = self._hass.config_entries
        return entries.async_entry_for_domain_unique_id(DOMAIN, meter) is not None
