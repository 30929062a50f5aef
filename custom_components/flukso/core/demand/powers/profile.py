"""How a quarter of an hour was drawn: its mean powers of 5 s."""

from array import array
from collections.abc import Iterable
from typing import Final

from ...stored import Damaged, amount, whole
from ...windows import DECIMALS, HOUR, QUARTER, WATTS_PER_KILOWATT
from .steps import STEP, Powers

STEPS: Final = QUARTER // STEP
# No small connection carries more, W.
MOST_WATTS: Final = 1_000_000
# Powers and an energy that differ by less are of the same window, kWh.
TRUST: Final = 0.002
UNSEEN: Final = -1


class PowerProfile:
    """Mean powers in whole W of the steps of a quarter of an hour.

    `seen` of them are known.
    """

    __slots__ = ("_watts", "seen")

    def __init__(self, powers: Iterable[float | None]) -> None:
        """Take the powers of the first steps, W; None for one that was not seen."""
        self._watts = array(
            "i",
            [UNSEEN if power is None else _rounded(power) for power in powers][:STEPS],
        )
        self._watts.extend([UNSEEN] * (STEPS - len(self._watts)))
        self.seen = STEPS - self._watts.count(UNSEEN)

    @classmethod
    def of_kilowatts(cls, powers: Iterable[float | None]) -> PowerProfile:
        """Return a profile by powers in kW."""
        return cls(
            None if power is None else power * WATTS_PER_KILOWATT for power in powers
        )

    @property
    def powers(self) -> list[int | None]:
        """Return the power of each step, W; None where it was not seen."""
        return [None if watts == UNSEEN else watts for watts in self._watts]

    @property
    def kilowatts(self) -> Powers:
        """Return the power of each step, kW; None where it was not seen."""
        return [
            None if watts == UNSEEN else watts / WATTS_PER_KILOWATT
            for watts in self._watts
        ]

    def fitted(self, energy: float) -> PowerProfile | None:
        """Return the profile of a window that was wholly seen, with its energy in kWh.

        Powers are samples, and counters know better how much it was. None where the two
        are not of the same window. What was not wholly seen stays as it is.
        """
        if self.seen < STEPS:
            return self
        told = sum(self._watts) * STEP / WATTS_PER_KILOWATT / HOUR
        if abs(told - energy) > max(TRUST, told / 2, energy / 2):
            return None
        if told == 0:
            return None if round(energy, DECIMALS) else self
        share = energy / told
        return PowerProfile(watts * share for watts in self._watts)

    def to_row(self, start: int) -> list[int | None]:
        """Return the profile of the quarter from `start` (unix s) for storage."""
        row: list[int | None] = [start, *self.powers]
        while row[-1] is None:
            row.pop()
        return row

    @classmethod
    def from_row(cls, row: object) -> tuple[int, PowerProfile]:
        """Read the start and the profile of a quarter; ValueError if it cannot be one."""
        if not isinstance(row, list) or not 1 < len(row) <= STEPS + 1:
            raise Damaged("not the powers of a quarter")
        start = whole(row[0])
        profile = cls(None if item is None else _stored(item) for item in row[1:])
        if start % QUARTER or not profile.seen:
            raise Damaged("not the powers of a quarter")
        return start, profile


def _rounded(power: float) -> int:
    return min(max(0, round(power)), MOST_WATTS)


def _stored(item: object) -> float:
    watts = amount(item)
    if not watts.is_integer() or watts > MOST_WATTS:
        raise Damaged("not a power in whole W")
    return watts
