"""Readings of a counter that are not believed, so far."""

from ..stored import entries, moment, number, whole
from ..windows import QUARTER
from .limits import NOISE, Limit, believable

# So many readings that agree outweigh what was believed, and so many an only one.
AGREEING = 4
OUTWEIGHING = 2
# A first rise by more than this share of what can be carried is not relied on.
STEEP = 0.1
# So often it has to have counted meanwhile, and for so long, s: longer than a dip that
# is asked for every ten minutes.
COUNTED = 2
STAYED = 900.0
# The same for a counter that began anew at nothing; and one that stands still.
BEGUN = 3
BEGAN_ANEW = 300.0
STOOD_STILL = 7200.0
# Of readings that may be told again later, one in so many s is kept, and those around
# the ends of quarters of an hour; of a long time only those.
KEPT_EVERY = 10.0
MOST_KEPT = 720


class Held:
    """Readings that do not agree with what is believed: where they began, and went.

    Counted is from `base` on. `others` were held before, and do not agree with these: they may be a dip.
    """

    __slots__ = (
        "base",
        "began",
        "count",
        "kept",
        "last",
        "low",
        "others",
        "rises",
        "time",
        "top",
    )

    def __init__(
        self, time: float, value: float, *, keeps: bool, others: Held | None = None
    ) -> None:
        """Begin with one reading; `keeps` all that are needed to tell them again."""
        if others is not None and others.others is not None:
            others = max(others.others, others, key=lambda held: held.count)
            others.others = None
        self.others: Held | None = others
        self.kept: list[tuple[float, float]] | None = [(time, value)] if keeps else None
        self.began = self.time = time
        self.base = self.low = self.top = self.last = value
        self.count = 1
        self.rises = 0

    def goes_on(self, time: float, value: float, limit: Limit, *, net: bool) -> bool:
        """Tell whether a reading can be counted from here, and is not below the first."""
        rise = value - self.top
        if not net:
            if value < self.low - NOISE:
                return False
            rise = max(0.0, rise)
        return believable(rise, time - self.time, limit)

    def take(self, time: float, value: float, limit: Limit, *, net: bool) -> None:
        """Go on with a reading; one below the highest is a dip among them."""
        rise = value - self.top
        steep = not net and rise * 3600 > limit.power * STEEP * (time - self.time)
        if net or rise >= 0:
            if self.kept is not None:
                self._keep(self.kept, time, value)
            self.count += 1
            if self.count == OUTWEIGHING and steep:
                # The first was a dip of what these are.
                self.base = value
                self.kept = self.kept and self.kept[1:]
            self.rises += abs(rise) > NOISE
            self.top = value
        self.time, self.last = time, value

    def _keep(self, kept: list[tuple[float, float]], time: float, value: float) -> None:
        """Keep a reading if it tells more than those before."""
        if time // QUARTER != self.time // QUARTER:
            if kept[-1][0] < self.time and self.last == self.top:
                kept.append((self.time, self.top))
        elif len(kept) > 1 and (
            time - kept[-1][0] < KEPT_EVERY or len(kept) >= MOST_KEPT
        ):
            return
        kept.append((time, value))

    def stayed(self, fresh: bool, anew: bool) -> bool:
        """Tell whether they outweigh what was believed, which is `fresh` if it was one.

        `anew`: they began at nothing.
        """
        if fresh:
            return self.count >= OUTWEIGHING
        if self.count < AGREEING:
            return False
        span = self.time - self.began
        if self.rises < COUNTED:
            return span >= STOOD_STILL
        return span >= STAYED or (anew and self.rises >= BEGUN and span >= BEGAN_ANEW)

    def to_row(self) -> list[object]:
        """Return the readings for storage."""
        return [
            None if self.kept is None else [list(reading) for reading in self.kept],
            self.began,
            self.low,
            self.base,
            self.time,
            self.top,
            self.last,
            self.count,
            self.rises,
            None if self.others is None else self.others.to_row(),
        ]

    @classmethod
    def from_row(cls, row: object) -> Held:
        """Return stored readings; ValueError when they cannot be some."""
        kept, began, low, base, time, top, last, count, rises, others = entries(row, 10)
        held = cls(moment(began), number(low), keeps=kept is not None)
        if isinstance(kept, list):
            held.kept = [_reading(reading) for reading in kept]
        held.base = number(base)
        held.time, held.top, held.last = moment(time), number(top), number(last)
        held.count, held.rises = whole(count), whole(rises)
        held.others = None if others is None else cls.from_row(others)
        return held


def _reading(row: object) -> tuple[float, float]:
    time, value = entries(row, 2)
    return moment(time), number(value)
