"""Tell whether another meter answers where one is expected."""

from typing import Final, NamedTuple

# Heard so often, for so long (s), while the meter itself is silent: no line or broker
# keeps what old telegrams for.
FEWEST: Final = 3
SHORTEST: Final = 20.0
# Meters that share a topic send at their own pace: ours may be late.
LATE: Final = 45.0


class _Heard(NamedTuple):
    """How often another meter was heard in a row, and since when."""

    times: int
    since: float


class OtherMeters:
    """Follows who is heard on a port or topic; times are s of a monotonic clock.

    `answering`: the meter, by the hash of its id, that is heard instead of ours.
    """

    def __init__(self, *, shared: bool) -> None:
        """Begin with nobody heard; shared: more than one meter may be heard in turn."""
        self.answering: str | None = None
        self._shared = shared
        self._heard: dict[str, _Heard] = {}
        self._neighbours: set[str] = set()
        self._patience = LATE if shared else SHORTEST

    def hear_own(self) -> bool:
        """Take notice of our meter; returns whether another answered until now."""
        if self._shared:
            self._neighbours.update(self._heard)
        self._heard.clear()
        answered, self.answering = self.answering is not None, None
        return answered

    def hear(self, meter: str, now: float) -> bool:
        """Take notice of another meter; returns whether that is who answers from now on."""
        if meter in self._neighbours:
            return False
        times, since = self._heard.get(meter, _Heard(0, now))
        self._heard[meter] = heard = _Heard(times + 1, since)
        lasts = heard.times >= FEWEST and now - since >= self._patience
        if not lasts or meter == self.answering:
            return False
        self.answering = meter
        return True
