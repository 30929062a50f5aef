"""All readings of one P1 meter and of the meters behind it, gathered until shown."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ..smoothing import Mean
from .catalogue import CHILD_ROWS, METER_ROWS, Row, Value
from .identities import ChildMeter, Identities
from .readings import Child, Telegram
from .tariffs import Numbering

# What means and differences leave behind the last digit of the meter is noise.
DECIMALS = 6
# A meter sends every value in every telegram, at least every ten seconds.
SILENCE = 60.0

type AnyRow = Row[Telegram] | Row[Child]


@dataclass(slots=True, eq=False)
class P1Reading:
    """What arrived of one row, and what of it is on display.

    Times are seconds of a monotonic clock. child: the meter on the M-Bus that it is
    of, None for the P1 meter itself. name: key for translations; places: what is filled
    in there.
    """

    unique_id: str
    row: AnyRow
    child: ChildMeter | None
    last_seen: float
    name: str
    places: Mapping[str, str]
    shown: Value = None
    was_silent: bool = False
    listeners: list[Callable[[], None]] = field(default_factory=list)
    _latest: Value = None
    _mean: Mean = field(default_factory=Mean)

    def receive(self, value: Value, now: float) -> None:
        """Take the value of one telegram; None is one of a fleeting row."""
        self.last_seen = now
        if self.row.mean and isinstance(value, float):
            self._mean.add(value)
        else:
            self._latest = value
        if self.shown is None:
            self.refresh()

    def refresh(self) -> None:
        """Take what was gathered onto the display; notify when that changed it."""
        value = self._mean.take() if self.row.mean else self._latest
        if isinstance(value, float):
            value = round(value, DECIMALS)
        if value is None and not self.row.fleeting:
            return
        if value != self.shown:
            self.shown = value
            self.notify()

    def notify(self) -> None:
        """Tell everybody who shows this reading to look again."""
        for listener in tuple(self.listeners):
            listener()

    def forget(self) -> None:
        """Take nothing that is shown for current any more, counters aside."""
        if not self.row.counter:
            self.shown = self._latest = None
            self._mean = Mean()

    def silent(self, now: float) -> bool:
        """Tell whether telegrams have been without it for too long."""
        return not self.row.fleeting and now - self.last_seen > SILENCE

    def turned_silent(self, now: float) -> bool:
        """Tell whether it fell silent or returned since this was last asked."""
        silent = bool(self.listeners) and self.silent(now)
        turned = silent != self.was_silent
        self.was_silent = silent
        if turned and silent:
            self.forget()
        return turned


class P1Readings:
    """The readings that a meter has sent so far; more come as it sends them."""

    def __init__(
        self,
        meter: str,
        keys: Numbering | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Begin with a meter, known by the hash of its id, that has sent nothing.

        keys: how the ids of its counters number the tariffs; by default as its first
        telegram does. names: of the meters on its M-Bus, as Identities has them.
        """
        self.children = Identities(names)
        self._meter = meter
        self._keys = keys
        self._numbering = Numbering.UNKNOWN
        self._readings: dict[tuple[AnyRow, str], P1Reading] = {}

    def __iter__(self) -> Iterator[P1Reading]:
        """Iterate over all readings."""
        return iter(self._readings.values())

    def take(self, telegram: Telegram, now: float) -> list[P1Reading]:
        """Take a telegram; return the readings that it is the first to have."""
        new: list[P1Reading] = []
        self._numbering = telegram.numbering
        if self._keys is None:
            self._keys = telegram.numbering
        for row in METER_ROWS[self._keys]:
            self._receive(row, None, row.value(telegram), now, new)
        for meter, child in self.children.identified(telegram.children, now):
            for child_row in CHILD_ROWS[child.kind]:
                self._receive(child_row, meter, child_row.value(child), now, new)
        return new

    def turned_silent(self, now: float) -> tuple[list[P1Reading], list[P1Reading]]:
        """Return what fell silent and what returned since this was last asked."""
        turned = [reading for reading in self if reading.turned_silent(now)]
        gone = [reading for reading in turned if reading.was_silent]
        return gone, [reading for reading in turned if not reading.was_silent]

    def _receive(
        self,
        row: AnyRow,
        child: ChildMeter | None,
        value: Value,
        now: float,
        new: list[P1Reading],
    ) -> None:
        identity = "" if child is None else child.identity
        reading = self._readings.get((row, identity))
        if value is None and (reading is None or not row.fleeting):
            return
        if reading is None:
            owner = self._meter if child is None else f"{self._meter}_{identity}"
            named = row.named(self._numbering)
            reading = P1Reading(f"{owner}_{row.key}", row, child, now, *named)
            self._readings[row, identity] = reading
            new.append(reading)
        reading.receive(value, now)
