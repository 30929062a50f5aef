"""One reading of a device as it arrives, gathered until it is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .core.fluksometer.catalogue import decode
from .core.fluksometer.channels import Channel
from .core.fluksometer.readings import parse_reading
from .core.fluksometer.smoothing import Latest, Mean, PulseFlow
from .core.fluksometer.topics import Stream

# What conversion leaves behind the last digit of the device is noise.
DECIMALS = 6

type Tap = Callable[[str, int, float], None]


@dataclass(slots=True, eq=False)
class LiveReading:
    """What arrived on one topic, and what of it is on display.

    Times are seconds of a monotonic clock, stamps are Unix time. companions are
    readings whose arrival proves that this sensor lives too: the gauge of a counter
    that is sent only when it changes, the error bits of a kube.
    """

    channel: Channel
    since: float
    companions: tuple[LiveReading, ...] = ()
    shown: float | None = None
    latest: float | None = None
    stamp: int | None = None
    last_seen: float | None = None
    was_silent: bool = False
    users: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)
    _gathered: Mean | Latest | PulseFlow = field(init=False)
    _last_good: float | None = None
    _spoiled: int = 0

    def __post_init__(self) -> None:
        """Choose how values are gathered between two writes."""
        row = self.channel.row
        if row.pulse and row.stream is Stream.GAUGE:
            self._gathered = PulseFlow(self.channel.pulse_size, row.per_second)
        elif row.mean:
            self._gathered = Mean()
        else:
            self._gathered = Latest()

    def receive(self, payload: bytes, retained: bool, wall: float, now: float) -> None:
        """Take one message; raises Dropped.

        A retained message is as old as its stamp says; any other is as young as its
        arrival, whatever the device's clock says.
        """
        row = self.channel.row
        reading = parse_reading(payload, wall, floored=row.undoes_floor)
        value = decode(row, reading).value
        stamp = reading.timestamp
        seen = now
        if retained and stamp is not None:
            seen = now - max(0.0, wall - stamp)
        self.last_seen = seen
        self.stamp = stamp
        self.latest = value
        if isinstance(self._gathered, PulseFlow):
            self._gathered.add(value, seen)
        else:
            self._gathered.add(value)
        if self.taps and stamp is not None:
            for tap in self.taps:
                tap(self.channel.sensor.id, stamp, value)

    def notify(self) -> None:
        """Tell everybody who shows this reading to look again."""
        for listener in tuple(self.listeners):
            listener()

    def begin_again(self, now: float) -> None:
        """Forget when it was last heard: the connection is new or gone."""
        self.since = now
        self.last_seen = None

    def refresh(self, now: float) -> bool:
        """Take what was gathered onto the display; tell whether that changed it."""
        if isinstance(self._gathered, PulseFlow):
            value = self._gathered.value_at(now)
        else:
            value = self._gathered.take()
        if value is None:
            return False
        if self.spoiled:
            self.last_seen = self._last_good
            self._spoiled += 1
            return False
        self._last_good = self.last_seen
        value = round(value, DECIMALS)
        changed = value != self.shown
        self.shown = value
        return changed

    @property
    def spoiled(self) -> bool:
        """Whether the kube says of itself that this sensor of it is defective."""
        bit = self.channel.row.error_bit
        return bool(bit) and any(
            bit & int(errors.latest or 0) for errors in self.companions
        )

    def take_spoiled(self) -> bool:
        """Tell whether a value was spoiled since this was last asked."""
        spoiled, self._spoiled = self._spoiled, 0
        return bool(spoiled)

    def turned_silent(self, now: float) -> bool:
        """Tell whether it fell silent or returned since this was last asked."""
        silent = bool(self.users) and self.silent(now)
        turned = silent != self.was_silent
        self.was_silent = silent
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
