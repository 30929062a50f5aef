"""One FLM02 that is read over HTTP: its sensors, asked in turn."""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
import logging
import time
from typing import Any, Final

from aiohttp import ClientSession

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...core.drops import DropReason
from ...core.fluksometer.channels import channels
from ...core.fluksometer.rest.sensors import RestSensor, rest_config
from ...core.fluksometer.rest.series import Run
from ...core.fluksometer.topics import Stream
from ...core.stored import record
from ...helpers.listeners import Listeners
from ...helpers.storage import REST, DelayedStore, entry_key
from ...helpers.timers import repeat
from ...transport.errors import CannotConnect, UnknownSensor, UnreadableAnswer
from ...transport.http.rest import RestAddress, read_series
from ..clock import Astray, make_judge
from ..presence import Presence
from .reading import SILENCE, RestReading

LOGGER = logging.getLogger(__name__)

# The device keeps a minute: asked this often, no second is missed, s.
LONGEST_PAUSE: Final = 57
# A device that is away is asked no more often, s.
SHORTEST_RETRY: Final = 10.0
STORE_DELAY: Final = 60.0

type Told = dict[str, tuple[Run, ...]]
# So many sensors in a row without any answer: it is the device that is away.
MOST_MUTE: Final = 2


class RestHub:
    """Ask all sensors every so many seconds, one after the other.

    on_round gets what all sensors told anew; on_tick comes after each round, also if
    the device did not answer.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        device: tuple[ClientSession, RestAddress],
        sensors: list[RestSensor],
        *,
        poll_interval: int,
        counter_interval: int,
    ) -> None:
        """Prepare a hub; async_open() asks for the first time."""
        self.device_id = entry.unique_id or entry.entry_id
        self.registry_id = ""
        self.pause = min(poll_interval, LONGEST_PAUSE)
        self.config = rest_config(self.device_id, sensors)
        self.readings = self._make_readings(sensors)
        self.on_round = Listeners[[Told]]()
        self.on_tick = Listeners[[]]()
        self.refused: Counter[str] = Counter()
        self.judge = make_judge(entry)
        self._astray = Astray()
        self.rounds = 0
        self.link_up = False
        self._hass = hass
        self._entry = entry
        self._presence = Presence(LOGGER, entry.title)
        self._session, self._address = device
        self._counter_interval = timedelta(seconds=counter_interval)
        self._asking = False
        # Sensors that the last round asked in vain.
        self._mute: set[str] = set()
        # What the first round told, until somebody listens.
        self._first: Told | None = {}
        self._asked = self._answered = time.time()
        self._store = DelayedStore(
            hass, entry_key(REST, entry.entry_id), STORE_DELAY, self._state
        )

    def _make_readings(self, sensors: list[RestSensor]) -> dict[str, RestReading]:
        by_stream = {
            (channel.sensor.id, channel.row.stream): channel
            for channel in channels(self.config)
        }
        return {
            sensor.id: RestReading(
                sensor,
                gauge=by_stream[sensor.id, Stream.GAUGE],
                counter=by_stream[sensor.id, Stream.COUNTER],
                since=time.time(),
            )
            for sensor in sensors
        }

    async def async_open(self) -> None:
        """Continue where the last run ended; raises CannotConnect."""
        self._restore(await self._store.async_load() or {})
        if not await self._async_ask():
            raise CannotConnect("no answer")

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin to ask; returns what stops it."""
        first, self._first = self._first, None
        if first:
            self.on_round.call(first)
            self.on_tick.call()
        return repeat(
            self._hass,
            (self._on_time, timedelta(seconds=self.pause)),
            (self._refresh_totals, self._counter_interval),
        )

    async def async_flush(self) -> None:
        """Write what has been counted."""
        await self._store.async_flush()

    def available(self, reading: RestReading) -> bool:
        """Tell whether a reading can be believed to be current."""
        return self.link_up and not reading.silent(time.time(), self.pause)

    @callback
    def attach(self, reading: RestReading, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call listener when the display of a reading may change; returns the undo."""
        return reading.listeners.add(listener)

    @callback
    def _on_time(self, _now: datetime) -> None:
        away = not self.link_up and time.time() - self._asked < SHORTEST_RETRY
        if self._asking or away:
            return
        self._asking = True
        self._entry.async_create_background_task(
            self._hass, self._async_round(), "flukso poll"
        )

    async def _async_round(self) -> None:
        try:
            await self._async_ask()
        finally:
            self._asking = False

    async def _async_ask(self) -> bool:
        """Ask all sensors; tell whether the device answered."""
        told: Told = {}
        self._asked = time.time()
        failures = 0
        # Who did not answer the last time is asked last: the others may.
        for sensor in sorted(self.readings, key=self._mute.__contains__):
            try:
                told[sensor] = await self._async_ask_sensor(self.readings[sensor])
            except CannotConnect:
                failures += 1
                self._mute.add(sensor)
                if not told and failures == MOST_MUTE:
                    break
            else:
                self._mute.discard(sensor)
        self._settle(told, answered=bool(told))
        return bool(told)

    async def _async_ask_sensor(self, reading: RestReading) -> tuple[Run, ...]:
        """Return what a sensor tells anew; raises CannotConnect."""
        sensor, asked = reading.sensor, time.time()
        try:
            series = await read_series(
                self._session,
                self._address,
                sensor.id,
                sensor.kind,
                astray=self._astray.active,
            )
        except UnknownSensor:
            reading.offered = False
            return ()
        except UnreadableAnswer as err:
            self.refused[str(err)] += 1
            if str(err) == DropReason.TIMESTAMP:
                self._astray.dropped(DropReason.TIMESTAMP, asked)
            return ()
        if series.runs:
            self._astray.took(series.runs[-1].end, asked)
        if series.refused:
            self.refused["values"] += series.refused
        return reading.take(series, asked, time.time())

    def _settle(self, told: Told, *, answered: bool) -> None:
        """Hand on what a round told, and see who fell silent or returned."""
        now = time.time()
        self.rounds += 1
        if answered:
            self._answered = now
        was_up, self.link_up = self.link_up, now - self._answered <= self._patience
        if self.link_up:
            self._presence.regain("answers again")
            self._check_silence(now)
        elif was_up:
            self._presence.lose("no answer")
        if any(told.values()):
            self._store.schedule()
            self._hand_on(told)
        for reading in self.readings.values():
            reading.listeners.call()
        self.on_tick.call()

    def _hand_on(self, told: Told) -> None:
        if self._first is None:
            self.on_round.call(told)
        else:
            self._first = told

    @property
    def _patience(self) -> float:
        """Return how long the device may stay away: a missed answer is no loss."""
        return SILENCE + self.pause

    def _check_silence(self, now: float) -> None:
        """See which sensors fell silent or returned."""
        turned = []
        for reading in self.readings.values():
            silent = reading.silent(now, self.pause)
            if silent != reading.was_silent:
                reading.was_silent = silent
                turned.append(silent)
        gone = sum(turned)
        self._presence.log_turned(gone, len(turned) - gone, "sensors")

    @callback
    def _refresh_totals(self, _now: datetime) -> None:
        for reading in self.readings.values():
            reading.refresh_total()
            reading.listeners.call()

    def _state(self) -> dict[str, Any]:
        return {sensor: reading.to_row() for sensor, reading in self.readings.items()}

    def _restore(self, stored: object) -> None:
        for sensor, row in record(stored).items():
            if (reading := self.readings.get(sensor)) is not None:
                with suppress(ValueError):
                    reading.restore(row)
