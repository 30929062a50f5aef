"""One P1 meter: its connection, its readings, its condition."""

from collections import Counter
from datetime import datetime, timedelta
import logging
import time

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...core.clock_judge import HOLD, ClockJudge
from ...core.p1.live_readings import SILENCE, P1Reading, P1Readings
from ...core.p1.places import Home
from ...core.p1.readings import DroppedField, Telegram
from ...core.p1.receiver import Receiver
from ...helpers.listeners import Listeners
from ...helpers.timers import repeat
from ...transport.state import LinkState
from ..clock import ClockOffset
from ..presence import Presence
from .links import MakeLink
from .refusal_log import RefusalLog
from .strangers import Strangers
from .titles import title_of

LOGGER = logging.getLogger(__name__)

SILENCE_CHECK_INTERVAL = timedelta(seconds=5)
OTHER_METER = "other_meter"


class P1Hub:
    """Receive what a P1 meter sends and hand it out, gathered.

    Entities attach to a P1Reading and are called when its display changes. on_telegram
    gets every telegram as it arrives; on_tick comes at the pace of gauges and when the
    meter falls silent or returns; on_readings when the meter sends something new;
    on_refused when the key no longer opens what the meter sends, or when a broker no
    longer takes our credentials.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        make_source: MakeLink,
        meter: str,
        *,
        readings: P1Readings,
        home: Home,
        messages: bool,
        key: bytes | None,
        gauge_interval: float,
        counter_interval: float,
        judge: ClockJudge | None = None,
    ) -> None:
        """Prepare a hub for the meter with this hash; async_open() opens its source.

        readings: what is known of it from before. home: where it is.
        messages: whether what the source hands over are messages, each a whole
        telegram, and not parts of a stream.
        """
        self.meter = meter
        self.name = title_of(meter)
        self.registry_id = ""
        self.readings = readings
        self.telegram: Telegram | None = None
        self.telegrams = 0
        # When the meter was heard last, unix s.
        self.heard_at: float | None = None
        self.rate: int | None = None
        self.dropped_fields: Counter[DroppedField] = Counter()
        self.link_up = False
        self.judge = judge or ClockJudge()
        self.on_telegram = Listeners[[Telegram]]()
        self.on_readings = Listeners[[list[P1Reading]]]()
        self.on_refused = Listeners[[]]()
        self.on_status = Listeners[[]]()
        self.on_tick = Listeners[[]]()
        self.link = make_source(
            on_bytes=self._on_message if messages else self._on_bytes,
            on_state=self._on_link_state,
        )
        self._hass = hass
        self._gauge_interval = timedelta(seconds=gauge_interval)
        self._counter_interval = timedelta(seconds=counter_interval)
        self._presence = Presence(LOGGER, self.name)
        self._receiver = Receiver(key, home)
        self._others = 0
        self.strangers = Strangers(shared=messages)
        self._heard: float | None = None
        self._since = time.monotonic()
        self._rated = (0, 0.0)
        self._clock = ClockOffset()
        self._log = RefusalLog()

    async def async_open(self) -> None:
        """Open the source; raises LinkError."""
        await self.link.open()

    def start(self) -> CALLBACK_TYPE:
        """Begin to refresh what is shown; returns what stops it."""
        return repeat(
            self._hass,
            (self._refresh_gauges, self._gauge_interval),
            (self._refresh_counters, self._counter_interval),
            (self._check_silence, SILENCE_CHECK_INTERVAL),
        )

    @property
    def alive(self) -> bool:
        """Whether telegrams come in."""
        return self._heard is not None and time.monotonic() - self._heard <= SILENCE

    @property
    def lost(self) -> bool:
        """Whether telegrams should come in, and do not."""
        return self._presence.lost

    @property
    def quiet_for(self) -> float:
        """Return for how long nothing came from the meter, s."""
        return time.monotonic() - (self._heard or self._since)

    @property
    def clock_offset(self) -> int | None:
        """By how many seconds the meter's clock is ahead."""
        return self._clock.known

    @property
    def refused(self) -> dict[str, int]:
        """Return the telegrams that were refused so far, by reason."""
        return {
            **self._receiver.refused,
            **({OTHER_METER: self._others} if self._others else {}),
        }

    def available(self, reading: P1Reading) -> bool:
        """Tell whether a reading can be believed to be current."""
        return self.alive and not reading.silent(time.monotonic())

    @callback
    def attach(self, reading: P1Reading, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call listener when the display of a reading changes; returns the undo."""
        reading.listeners.append(listener)
        return lambda: reading.listeners.remove(listener)

    def _on_bytes(self, data: bytes) -> None:
        locked = self._receiver.locked_in_a_row
        telegrams = self._receiver.feed(data, time.time())
        self._others += sum(telegram.meter != self.meter for telegram in telegrams)
        self._take_all(telegrams, locked)

    def _on_message(self, message: bytes) -> None:
        """Take a message; another meter on the same topic is nothing to report."""
        locked = self._receiver.locked_in_a_row
        telegrams = self._receiver.read_message(message, time.time())
        self._take_all(telegrams, locked)

    def _take_all(self, telegrams: list[Telegram], locked: int) -> None:
        """Take what is of this meter; locked: frames in a row before them."""
        for telegram in telegrams:
            if telegram.meter == self.meter:
                self._take(telegram)
            else:
                self._take_other(telegram)
        if (in_a_row := self._receiver.locked_in_a_row) > locked:
            self._take_locked(in_a_row)
        for reason in self._log.news(self.refused, time.monotonic()):
            LOGGER.warning("%s: refused a telegram: %s", self.name, reason)

    def _take_other(self, telegram: Telegram) -> None:
        """Take notice of a meter that may have been put in the place of this one."""
        # What comes is a meter's: the port need not be opened anew.
        self.link.telegram_seen()
        self.hear_elsewhere(telegram, None)

    @callback
    def hear_elsewhere(self, telegram: Telegram, topic: str | None) -> None:
        """Take notice of another meter, on a topic of its own if it has one."""
        if self.strangers.hear(telegram, time.monotonic(), topic):
            LOGGER.warning("%s: another meter answers", self.name)
            self.on_status.call()

    def _take_locked(self, in_a_row: int) -> None:
        """Take notice of what the key keeps shut; so many in a row."""
        # What comes is a meter's: the port need not be opened anew.
        self.link.telegram_seen()
        if self.strangers.hear_locked(in_a_row, time.monotonic()):
            self.on_refused.call()
            self.on_status.call()

    def _take(self, telegram: Telegram) -> None:
        now = time.monotonic()
        self.telegrams += 1
        if self._heard is None:
            self._rated = self.telegrams, now
        self.link.telegram_seen()
        self._note_clock(telegram, now)
        self._heard = now
        self.heard_at = time.time()
        if self.strangers.hear_own():
            self.on_status.call()
        self.dropped_fields.update(telegram.dropped)
        before, self.telegram = self.telegram, telegram
        new = self.readings.take(telegram, now, time.time())
        if self._presence.regain("telegrams come in again"):
            self._show_again()
        elif before is None or before.version != telegram.version:
            self.on_status.call()
        if new:
            self.on_readings.call(new)
        self.on_telegram.call(telegram)

    def _note_clock(self, telegram: Telegram, now: float) -> None:
        """Keep by how much the meter's clock is ahead; the first telegram tells it."""
        stamp, wall = telegram.timestamp, time.time()
        self.judge.note(stamp, wall)
        if self.judge.mode.host and self._began_anew(telegram, now):
            self.judge.began(stamp, wall)
        if stamp is None:
            return
        self._clock.note(stamp, wall)
        if self._clock.known is None:
            self._clock.known = self._clock.latest

    def _began_anew(self, telegram: Telegram, now: float) -> bool:
        """Tell whether the demand register began anew since the telegram before."""
        before = None if self.telegram is None else self.telegram.demand
        if before is None or telegram.demand is None or self._heard is None:
            return False
        return telegram.demand < before and now - self._heard <= HOLD

    def _on_link_state(self, state: LinkState) -> None:
        self.link_up = state is LinkState.UP
        if self.link_up:
            self._receiver.restart()
        elif self._heard is not None:
            self._lose("connection lost")
        if state is LinkState.REFUSED:
            self.on_refused.call()
        self.on_status.call()

    def _lose(self, why: str) -> None:
        """Show nothing for current any more, until it returns."""
        self._heard = None
        if not self._presence.lose(why):
            return
        for reading in self.readings:
            reading.forget()
        self._tell_all()

    def _show_again(self) -> None:
        """Show what the first telegram after an outage says."""
        for reading in self.readings:
            reading.refresh()
        self._tell_all()

    def _tell_all(self) -> None:
        for reading in self.readings:
            reading.notify()
        self.on_status.call()
        self.on_tick.call()

    @callback
    def _refresh_gauges(self, _now: datetime) -> None:
        self._refresh(counters=False)
        self.on_tick.call()

    @callback
    def _refresh_counters(self, _now: datetime) -> None:
        self._refresh(counters=True)
        self._clock.settle()
        self.rate = self._new_rate()
        self.on_status.call()

    def _refresh(self, *, counters: bool) -> None:
        for reading in self.readings:
            if reading.row.counter is counters:
                reading.refresh()

    def _new_rate(self) -> int:
        """Return the telegrams per minute since this was last asked."""
        before, at = self._rated
        if self._heard is None or self.telegrams == before:
            return 0
        self._rated = self.telegrams, self._heard
        return round(60 * (self.telegrams - before) / (self._heard - at))

    @callback
    def _check_silence(self, _now: datetime) -> None:
        """Mark what fell silent or returned."""
        now = time.monotonic()
        if self.quiet_for > SILENCE:
            self._lose(f"no telegram for {SILENCE:.0f} s")
        if not self.alive:
            return
        gone, back = self.readings.turned_silent(now)
        self._presence.log_turned(len(gone), len(back))
        for reading in (*gone, *back):
            reading.notify()
