"""One Fluksometer: its connection, its readings, its condition."""

import asyncio
from datetime import datetime, timedelta
import logging
import time

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...core.clock_judge import ClockJudge
from ...core.drops import DropCounter, Dropped, DropReason
from ...core.fluksometer.device_config import FluksometerConfig
from ...core.fluksometer.live_reading import LiveReading, Tap
from ...core.fluksometer.live_readings import ConfigChange, LiveReadings
from ...core.fluksometer.selftest import SelfTest, parse_tap
from ...core.fluksometer.tmpo.keys import BLOCK_SUFFIX
from ...core.fluksometer.topics import (
    Stream,
    bridge_state_topic,
    device_topics,
    hostname,
    parse_bridge_state,
    parse_device_topic,
)
from ...core.p1.dongle import is_dongle_topic
from ...helpers.listeners import Listeners
from ...helpers.timers import repeat
from ...transport.errors import NoFluksometer
from ...transport.mqtt.link import MqttLink
from ...transport.mqtt.session import BrokerAddress
from ...transport.state import LinkState
from ..clock import Astray, ClockOffset
from ..presence import Presence

LOGGER = logging.getLogger(__name__)

CONFIG_TIMEOUT = 10.0
SILENCE_CHECK_INTERVAL = timedelta(seconds=5)


class FluksometerHub:
    """Receive what a Fluksometer publishes and hand it out, gathered.

    Entities attach to a LiveReading and are called when its display changes; demand
    meters tap readings and get every value with its stamp as it arrives. Only what
    somebody wants is subscribed to.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        broker: BrokerAddress,
        device_id: str,
        *,
        gauge_interval: float,
        counter_interval: float,
        judge: ClockJudge | None = None,
    ) -> None:
        """Prepare a hub; async_open() connects."""
        self.device_id = device_id
        self.counter_interval = counter_interval
        self.registry_id = ""
        self.hostname = hostname(device_id)
        self.readings = LiveReadings(device_id)
        self.self_test: SelfTest | None = None
        self.cloud_link: bool | None = None
        self.drops = DropCounter()
        self.messages = 0
        self.link_up = False
        self.judge = judge or ClockJudge()
        self.on_refused = Listeners[[]]()
        self.on_config = Listeners[[ConfigChange]]()
        self.on_dongle = Listeners[[str, bytes]]()
        self.on_block = Listeners[[str, bytes]]()
        self.on_status = Listeners[[]]()
        self.on_tick = Listeners[[]]()
        self._hass = hass
        self._gauge_interval = timedelta(seconds=gauge_interval)
        self._configured = asyncio.Event()
        self._first_values: dict[str, LiveReading] = {}
        self._bridge_topic = bridge_state_topic(device_id)
        self._clock = ClockOffset()
        self._astray = Astray()
        self._presence = Presence(LOGGER, self.hostname)
        self.link = MqttLink(
            broker,
            on_message=self._on_message,
            on_state=self._on_link_state,
            first_topics=device_topics(device_id),
            fence_topic=self._bridge_topic,
        )

    @property
    def config(self) -> FluksometerConfig:
        """How the device is configured; known once async_open() has returned."""
        if self.readings.config is None:
            raise NoFluksometer
        return self.readings.config

    @property
    def clock_offset(self) -> int | None:
        """By how many seconds the device's clock is ahead."""
        return self._clock.known

    async def async_open(self) -> None:
        """Connect and wait for the device's configuration.

        Raises LinkError, or NoFluksometer when the broker knows no such device.
        """
        await self.link.open()
        try:
            async with asyncio.timeout(CONFIG_TIMEOUT):
                await self._configured.wait()
        except TimeoutError as err:
            self.link.close()
            raise NoFluksometer from err

    def start(self) -> CALLBACK_TYPE:
        """Begin to refresh what is shown; returns what stops it."""
        return repeat(
            self._hass,
            (self._refresh_gauges, self._gauge_interval),
            (self._refresh_counters, timedelta(seconds=self.counter_interval)),
            (self._check_silence, SILENCE_CHECK_INTERVAL),
        )

    def available(self, reading: LiveReading) -> bool:
        """Tell whether a reading can be believed to be current."""
        return self.link_up and not reading.silent(time.monotonic())

    @callback
    def attach(self, reading: LiveReading, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call listener when the display of a reading changes; returns the undo."""
        reading.listeners.append(listener)
        return self._use(reading, lambda: reading.listeners.remove(listener))

    @callback
    def tap(self, reading: LiveReading, tap: Tap) -> CALLBACK_TYPE:
        """Hand every value of a reading on as it arrives; returns the undo."""
        reading.taps.append(tap)
        return self._use(reading, lambda: reading.taps.remove(tap))

    def _use(self, reading: LiveReading, forget: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Subscribe to a reading and what proves it alive; returns the undo."""
        if reading.last_seen is None:
            reading.since = time.monotonic()
        used = reading.needs
        for needed in used:
            needed.users += 1
            self.link.want(needed.channel.topic)

        @callback
        def undo() -> None:
            forget()
            for needed in used:
                needed.users -= 1
                self._give_up(needed.channel.topic)

        return undo

    def _give_up(self, topic: str) -> None:
        """Unsubscribe from a topic, unless somebody uses what is there now."""
        reading = self.readings.get(topic)
        if reading is None or not reading.users:
            self.link.unwant(topic)

    def _on_message(self, topic: str, payload: bytes, retained: bool) -> None:
        self.messages += 1
        try:
            if (reading := self.readings.get(topic)) is not None:
                self._on_reading(reading, payload, retained)
            elif is_dongle_topic(topic):
                self.on_dongle.call(topic, payload)
            elif topic.endswith(BLOCK_SUFFIX):
                self.on_block.call(topic, payload)
            else:
                self._on_device_message(topic, payload)
        except Dropped as drop:
            self.drop(drop)

    def drop(self, drop: Dropped) -> None:
        """Count what was refused, and log it now and then."""
        if self.drops.count(drop.reason, time.monotonic()):
            LOGGER.warning("%s: dropped a message: %s", self.hostname, drop)

    def _on_reading(self, reading: LiveReading, payload: bytes, retained: bool) -> None:
        wall, lead, astray = time.time(), self._clock.latest, self._astray.active
        now = time.monotonic()
        try:
            reading.receive(payload, retained, wall, now, lead, astray=astray)
        except Dropped as drop:
            if not retained:
                self._astray.dropped(drop.reason, wall)
            raise
        if not retained and reading.stamp is not None:
            self._clock.note(reading.stamp, wall)
            self._astray.took(reading.stamp, wall)
        if reading.shown is None:
            self._show_soon(reading)
        for guarded in reading.guarded:
            self._settle(guarded)

    def _settle(self, reading: LiveReading) -> None:
        """Let a reading take what waited for its error bits, if they have come."""
        try:
            reading.settle(time.monotonic())
        except Dropped as drop:
            self.drop(drop)
        if reading.shown is None:
            self._show_soon(reading)

    def _show_soon(self, reading: LiveReading) -> None:
        """Show the first value of a reading once what has arrived is worked off."""
        if not self._first_values:
            self._hass.loop.call_soon(self._show_first_values)
        self._first_values[reading.channel.topic] = reading

    def _on_device_message(self, topic: str, payload: bytes) -> None:
        if topic == self._bridge_topic:
            state = parse_bridge_state(payload)
            if state is None and payload:
                raise Dropped(DropReason.MALFORMED)
            self.cloud_link = state
            self.on_status.call()
            return
        about = parse_device_topic(topic)
        if about is None or about.device_id != self.device_id:
            raise Dropped(DropReason.TOPIC)
        if about.name == "test/tap":
            self.self_test = parse_tap(payload)
            self.on_status.call()
            return
        change = self.readings.take_config(about.name, payload, time.monotonic())
        if change is not None:
            self._on_config_change(change)

    def _on_config_change(self, change: ConfigChange) -> None:
        for reading in change.removed:
            self.link.unwant(reading.channel.topic)
        for topic in self.readings.topics_in_use():
            self.link.want(topic)
        if self._configured.is_set():
            self.on_config.call(change)
            self.on_status.call()
        self._configured.set()

    def _on_link_state(self, state: LinkState) -> None:
        was_up, self.link_up = self.link_up, state is LinkState.UP
        now = time.monotonic()
        for reading in self.readings:
            # What a broker has retained arrives before the link counts as up.
            reading.since = now
            if not self.link_up:
                reading.lose_touch()
        if self.link_up:
            self._presence.regain("connected again")
        elif was_up:
            self._presence.lose("connection lost")
        if state is LinkState.REFUSED:
            self.on_refused.call()
        for reading in self.readings:
            reading.notify()
        self.on_status.call()
        self.on_tick.call()

    @callback
    def _refresh_gauges(self, _now: datetime) -> None:
        self._refresh(Stream.GAUGE)
        self.on_tick.call()

    @callback
    def _refresh_counters(self, _now: datetime) -> None:
        self._refresh(Stream.COUNTER)
        if self._clock.settle():
            self.on_status.call()

    def _refresh(self, stream: Stream) -> None:
        now = time.monotonic()
        for reading in self.readings:
            if reading.channel.row.stream is stream:
                if reading.error_bits is not None:
                    self._settle(reading)
                reading.refresh(now)

    @callback
    def _show_first_values(self) -> None:
        readings, self._first_values = self._first_values, {}
        now = time.monotonic()
        for reading in readings.values():
            reading.refresh(now)

    @callback
    def _check_silence(self, _now: datetime) -> None:
        """Mark what fell silent or returned."""
        if not self.link_up:
            return
        gone, back = self.readings.turned_silent(time.monotonic())
        self._presence.log_turned(len(gone), len(back))
        for reading in (*gone, *back):
            reading.notify()
