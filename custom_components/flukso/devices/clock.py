"""The clock of a device, by the stamps that it sends."""

from homeassistant.config_entries import ConfigEntry

from ..const import CONF_CLOCK
from ..core.clock import ClockChoice


def clock_choice(entry: ConfigEntry) -> ClockChoice:
    """Return the clock that an entry's options choose."""
    return ClockChoice(entry.options.get(CONF_CLOCK, ClockChoice.AUTOMATIC))


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
