"""The clock of a device, by the stamps that it sends."""

import time

# A stamp that far ahead would close windows that have not been.
MAX_CLOCK_LEAD = 900


class DeviceClock:
    """The clock of a device by the stamps that it sends."""

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
