"""One reading of a device as it arrives, gathered until it is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from ..drops import Dropped, DropReason
from ..smoothing import Latest, Mean, PulseFlow
from .catalogue import decode
from .channels import Channel
from .readings import parse_reading
from .topics import Stream

# What conversion leaves behind the last digit of the device is noise.
DECIMALS = 6

# A kube sends its error bits in the packet of the values; a packet needs no longer.
PACKET_TIME = 5.0

# By so much may a clock that nobody has compared with ours yet be wrong.
CLOCK_TOLERANCE = 900.0

type Tap = Callable[[str, int, float], None]


class _Arrival(NamedTuple):
    """A value with its stamp, when it came, and how old it was by then.

    `doubtful`: it is only that old if the device's clock is right.
    """

    value: float
    stamp: int | None
    now: float
    age: float
    doubtful: bool


@dataclass(slots=True, eq=False)
class LiveReading:
    """What arrived on one topic, and what of it is on display.

    Times are seconds of a monotonic clock, stamps are Unix time. companions are
    readings whose arrival proves that this sensor lives too: the gauge or the error
    bits beside a counter that is sent only when it changes. error_bits is the reading
    that says whether this sensor of a kube is defective; guarded are the readings that
    this one says it of.
    """

    channel: Channel
    since: float
    companions: tuple[LiveReading, ...] = ()
    error_bits: LiveReading | None = None
    guarded: tuple[LiveReading, ...] = ()
    shown: float | None = None
    latest: float | None = None
    stamp: int | None = None
    last_seen: float | None = None
    was_silent: bool = False
    users: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)
    _gathered: Mean | Latest | PulseFlow = field(init=False)
    _oldest: float = inf
    _held: _Arrival | None = None

    def __post_init__(self) -> None:
        """Begin with nothing gathered."""
        row = self.channel.row
        self._gathered = self._empty()
        if row.stream is Stream.GAUGE and row.silence is not None:
            self._oldest = row.silence

    def _empty(self) -> Mean | Latest | PulseFlow:
        """Return what gathers the values between two writes."""
        row = self.channel.row
        if row.pulse and row.stream is Stream.GAUGE:
            return PulseFlow(self.channel.pulse_size, row.per_second)
        return Mean() if row.mean else Latest()

    @property
    def needs(self) -> tuple[LiveReading, ...]:
        """What has to be received for this to be shown: itself and its witnesses."""
        if self.error_bits is None or self.error_bits in self.companions:
            return (self, *self.companions)
        return (self, *self.companions, self.error_bits)

    def receive(
        self,
        payload: bytes,
        retained: bool,
        wall: float,
        now: float,
        lead: int | None = None,
        *,
        astray: bool = False,
    ) -> None:
        """Take one message; raises Dropped.

        A retained message is as old as its stamp says on the device's clock, which
        is `lead` s ahead; any other is as young as its arrival. While the lead is not
        known, one of some minutes ago may be of just now. `astray`: the clock may tell
        any time.
        """
        row = self.channel.row
        reading = parse_reading(payload, wall, floored=row.undoes_floor, astray=astray)
        value = decode(row, reading).value
        stamp = reading.timestamp
        age = 0.0
        if retained and stamp is not None:
            age = max(0.0, wall + (lead or 0) - stamp)
        doubtful = lead is None and 0.0 < age <= CLOCK_TOLERANCE
        if self.error_bits is None:
            self._take(value, stamp, now, age, doubtful)
            return
        arrival = _Arrival(value, stamp, now, age, doubtful)
        if self._verdict_known(stamp):
            self._take_unless_faulty(arrival)
            return
        held, self._held = self._held, arrival
        if held is not None:
            self._take_unless_faulty(held)

    def settle(self, now: float) -> None:
        """Take what waited for the error bits of its packet; raises Dropped.

        To be called when the bits have come, and now and then in case they never do.
        """
        held = self._held
        if held is None:
            return
        if self._verdict_known(held.stamp) or now - held.now >= PACKET_TIME:
            self._held = None
            self._take_unless_faulty(held)

    def _verdict_known(self, stamp: int | None) -> bool:
        """Tell whether the error bits of a value's packet have come.

        Counters travel in packets without: the last bits hold for them.
        """
        if self.error_bits is None or self.channel.row.stream is Stream.COUNTER:
            return True
        bits_stamp = self.error_bits.stamp
        return stamp is not None and bits_stamp is not None and bits_stamp >= stamp

    def _take_unless_faulty(self, arrival: _Arrival) -> None:
        """Take a value unless the kube calls its sensor defective; raises Dropped."""
        bits = 0 if self.error_bits is None else int(self.error_bits.latest or 0)
        if bits & self.channel.row.error_bit:
            raise Dropped(DropReason.SENSOR_ERROR)
        self._take(*arrival)

    def _take(
        self, value: float, stamp: int | None, now: float, age: float, doubtful: bool
    ) -> None:
        """Gather a value, unless it is too old to be what is measured now."""
        if not doubtful:
            self.last_seen = now - age
        self.stamp = stamp
        self.latest = value
        if isinstance(self._gathered, PulseFlow):
            self._gathered.add(value, now - age)
        elif age <= self._oldest:
            self._gathered.add(value)
        if self.taps and stamp is not None:
            for tap in self.taps:
                tap(self.channel.sensor.id, stamp, value)

    def notify(self) -> None:
        """Tell everybody who shows this reading to look again."""
        for listener in tuple(self.listeners):
            listener()

    def refresh(self, now: float) -> None:
        """Take what was gathered onto the display; notify when that changed it."""
        if isinstance(self._gathered, PulseFlow):
            value = self._gathered.value_at(now)
        else:
            value = self._gathered.take()
        if value is None or (value := round(value, DECIMALS)) == self.shown:
            return
        self.shown = value
        self.notify()

    def lose_touch(self) -> None:
        """Begin again to listen for signs of life: the connection is gone."""
        self.last_seen = None
        self.was_silent = False
        self._held = None
        self._forget_gauge()

    def _forget_gauge(self) -> None:
        """Take nothing that is shown for current any more.

        Counters stay what they were, and pulse flows fall by themselves.
        """
        if self.channel.row.stream is Stream.COUNTER:
            return
        if not isinstance(self._gathered, PulseFlow):
            self._gathered = self._empty()
            self.shown = None

    def turned_silent(self, now: float) -> bool:
        """Tell whether it fell silent or returned since this was last asked."""
        silent = bool(self.users) and self.silent(now)
        turned = silent != self.was_silent
        self.was_silent = silent
        if turned and silent:
            self._forget_gauge()
        return turned

    def silent(self, now: float) -> bool:
        """Tell whether nothing came for longer than this kind of sensor may pause."""
        proofs = (self, *self.companions)
        allowed = [
            reading.channel.row.silence
            for reading in proofs
            if reading.channel.row.silence is not None
        ]
        if not allowed:
            return False
        seen = [
            reading.last_seen for reading in proofs if reading.last_seen is not None
        ]
        return now - max(seen, default=self.since) > max(allowed)
