"""Who is heard where a meter is expected: another one, or one that encrypts."""

from typing import Final

from ...core.p1.live_readings import SILENCE
from ...core.p1.others import OtherMeters
from ...core.p1.readings import Telegram

# A frame that was damaged in its first bytes looks like one of another key.
WRONG_KEY_FRAMES: Final = 3


class Strangers:
    """Follows who else is heard; times are s of a monotonic clock.

    `other`: the latest telegram of the meter that answers instead, if one does, and
    `topic` where that is heard, if not where ours was.
    """

    def __init__(self, *, shared: bool) -> None:
        """Begin with nobody heard; shared: several meters may be heard in turn."""
        self.other: Telegram | None = None
        self.topic: str | None = None
        self._meters = OtherMeters(shared=shared)
        self._locked = 0
        self._locked_at = 0.0

    def hear_own(self) -> bool:
        """Take notice of our meter; returns whether that is news."""
        self.other = self.topic = None
        was_locked, self._locked = self._locked >= WRONG_KEY_FRAMES, 0
        return self._meters.hear_own() or was_locked

    def hear(self, telegram: Telegram, now: float, topic: str | None = None) -> bool:
        """Take notice of another meter; returns whether it is who answers from now on."""
        news = self._meters.hear(telegram.meter, now)
        if telegram.meter == self._meters.answering:
            self.other, self.topic = telegram, topic
        return news

    def hear_locked(self, in_a_row: int, now: float) -> bool:
        """Take notice of what takes another key; returns whether that is now sure."""
        before, self._locked = self._locked, in_a_row
        self._locked_at = now
        return before < WRONG_KEY_FRAMES <= in_a_row

    def locked(self, now: float) -> bool:
        """Tell whether what comes in takes another key, or one at all."""
        sure = self._locked >= WRONG_KEY_FRAMES
        return sure and now - self._locked_at <= SILENCE
