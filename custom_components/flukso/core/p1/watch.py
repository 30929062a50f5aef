"""Tell what about a meter, its port or its clock a person has to mend."""

from datetime import tzinfo
from enum import StrEnum
from typing import Final

from ..windows import month_of, month_start
from .family import Family
from .readings import Telegram

# What is missing in fewer telegrams, or for a shorter time (s), may yet come.
FEWEST_TELEGRAMS: Final = 10
SHORTEST: Final = 60.0
# A meter that is new, or was silent, has its peak with the next quarter that ends, s.
LONGEST_QUARTER: Final = 960.0
# A meter's clock may be off by as much, s; a change of it by less is no news.
CLOCK_TOLERANCE: Final = 30
CLOCK_NEWS: Final = 15
# Meters have been seen to begin the new month's peak an hour late; s.
PEAK_LATE: Final = 86400
SILENCE: Final = 3600.0


class Fault(StrEnum):
    """What is to be mended."""

    NO_DEMAND_REGISTERS = "no_demand_registers"
    MONTH_PEAK_FROZEN = "month_peak_frozen"
    CLOCK_OFF = "clock_off"
    NO_TELEGRAM = "no_telegram"
    METER_ENCRYPTS = "meter_encrypts"
    OTHER_METER = "other_meter"
    OTHER_METER_KNOWN = "other_meter_known"


class Watch:
    """Judges a meter by its latest telegram, as often as it is asked to look.

    `count`: how many telegrams came so far; `now`: s of a monotonic clock.
    """

    __slots__ = ("_count", "_doubt", "_heard", "_since", "_zone")

    def __init__(self, now: float, zone: tzinfo) -> None:
        """Begin with a meter that was not heard yet; `zone` tells its months."""
        self._zone = zone
        self._count = 0
        self._heard = now
        self._doubt: Fault | None = None
        # How many telegrams there were, and when, at the first look with this doubt.
        self._since = 0, now

    def silent(self, count: int, now: float) -> bool:
        """Tell whether there was no telegram for an hour."""
        if count != self._count:
            self._count, self._heard = count, now
        return now - self._heard >= SILENCE

    def registers(self, telegram: Telegram, count: int, now: float) -> Fault | None:
        """Return what is wrong with the demand registers, once that has lasted."""
        doubt = register_fault(telegram, self._zone)
        if doubt is not self._doubt:
            self._doubt = doubt
            # The latest telegram is the first of them.
            self._since = count - 1, now
        first, began = self._since
        frozen = doubt is Fault.MONTH_PEAK_FROZEN
        shortest = LONGEST_QUARTER if frozen else SHORTEST
        if count - first < FEWEST_TELEGRAMS or now - began < shortest:
            return None
        return doubt


def register_fault(telegram: Telegram, zone: tzinfo) -> Fault | None:
    """Return what a telegram shows to be wrong with the demand registers.

    Only Belgian meters that tell their edition owe them: Iskra IE.5 has none. The peak
    of the month (1-0:1.6.0) may stay that of the month before for a day, or be null,
    before it counts as frozen.
    """
    if telegram.family is not Family.BELGIUM or telegram.version is None:
        return None
    peak, sent = telegram.month_peak, telegram.timestamp
    if telegram.demand is None:
        return Fault.NO_DEMAND_REGISTERS if peak is None else None
    if sent is None:
        return None
    begin = month_start(month_of(sent, zone), zone)
    if sent - begin <= PEAK_LATE or (
        peak is not None and int(peak.stamp.timestamp()) > begin
    ):
        return None
    return Fault.MONTH_PEAK_FROZEN


def clock_fault(offset: int | None, told: int | None) -> int | None:
    """Return by how much to tell that a clock is off (s), None if it is right enough.

    What was told stays as it is until the clock is off by clearly more or less.
    """
    if offset is None or abs(offset) <= CLOCK_TOLERANCE:
        return None
    if told is not None and abs(offset - told) <= CLOCK_NEWS:
        return told
    return round(offset, -1)
