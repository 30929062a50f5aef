"""The clock of a device, by the stamps that it sends."""

from homeassistant.config_entries import ConfigEntry

from ..const import CONF_CLOCK
from ..core.clock import FEWEST, SOON, ClockChoice
from ..core.clock_judge import ClockJudge
from ..core.drops import DropReason
from ..core.fluksometer.readings import FIRST_TIMESTAMP, MAX_CLOCK_LEAD


def make_judge(entry: ConfigEntry) -> ClockJudge:
    """Return what judges a device's clock, by what the options of its entry choose."""
    return ClockJudge(ClockChoice(entry.options.get(CONF_CLOCK, ClockChoice.AUTOMATIC)))


class Astray:
    """Whether a clock is so wrong that its stamps are no bad input any more.

    One impossible stamp is refused; where nothing else comes for a while, that is what
    the clock tells.
    """

    def __init__(self) -> None:
        """Begin with a clock that tells possible times."""
        self.active = False
        self.since: float | None = None
        self._count = 0

    def dropped(self, reason: DropReason, wall: float) -> None:
        """Take that a message was dropped at this time of the host, unix s."""
        if reason is not DropReason.TIMESTAMP:
            return
        if self.since is None or wall < self.since:
            self.since, self._count = wall, 0
        self._count += 1
        self.active = self._count >= FEWEST and wall - self.since >= SOON

    def took(self, stamp: int, wall: float) -> None:
        """Take the stamp of a message that was not refused."""
        if self.since is None:
            return
        if FIRST_TIMESTAMP < stamp < wall + MAX_CLOCK_LEAD:
            self.active, self.since = False, None


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
