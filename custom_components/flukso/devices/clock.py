"""The clock of a device, by the stamps that it sends."""

import time
from typing import Final

# A stamp that far ahead would close windows that have not been.
MAX_CLOCK_LEAD: Final = 900


class DeviceClock:
    """The time on a device's clock; the host's as long as it sends no stamps."""

    def __init__(self) -> None:
        """Begin with the host's clock."""
        self._lead = 0.0

    @property
    def now(self) -> int:
        """The time on the device's clock, unix s."""
        return int(time.time() + self._lead)

    def follow(self, stamp: int) -> bool:
        """Take a stamp; False when it is too far ahead to be true."""
        lead = stamp - time.time()
        if lead > MAX_CLOCK_LEAD:
            return False
        # What a broker repeats to a new subscriber says nothing about the clock.
        self._lead = lead if lead >= -MAX_CLOCK_LEAD else 0.0
        return True


class ClockOffset:
    """By how many seconds a device's clock is ahead of the host's.

    `known`: by the least delayed message of the last while that had any, which tells
    most.
    """

    def __init__(self) -> None:
        """Begin without a message."""
        self.known: int | None = None
        self._lead: int | None = None

    @property
    def latest(self) -> int | None:
        """By the messages of this while, if it had any yet."""
        return self.known if self._lead is None else self._lead

    def note(self, stamp: int, wall: float) -> None:
        """Take the stamp of a message that came at this time of the host, unix s."""
        lead = stamp - int(wall)
        if self._lead is None or lead > self._lead:
            self._lead = lead

    def settle(self) -> bool:
        """End a while; returns whether it changed what is known."""
        before, self.known = self.known, self.latest
        self._lead = None
        return self.known != before
