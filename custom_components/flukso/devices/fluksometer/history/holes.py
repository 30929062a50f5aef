"""The times that Home Assistant missed, as long as they are not healed."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from homeassistant.core import HomeAssistant, callback

from ....core.windows import HOUR, QUARTER
from ....helpers.issues import async_report, async_take_back
from ....helpers.storage import HOLES, DelayedStore, entry_key

# A crash makes the outage look so much longer, s; it is healed all the same.
SEEN_DELAY: Final = 300.0
# More outages than these are healed as if they were one.
MOST_HOLES: Final = 20


class Hole(NamedTuple):
    """A time that was not seen, unix s."""

    start: int
    end: int

    @property
    def quarters(self) -> range:
        """Return the starts of the quarters of an hour that it touches."""
        start = self.start - self.start % QUARTER
        return range(start, self.end + -self.end % QUARTER, QUARTER)

    @property
    def hours(self) -> range:
        """Return the starts of the clock hours whose end it hides."""
        start = self.start - self.start % HOUR
        return range(start, self.end - self.end % HOUR, HOUR)

    def united(self, other: Hole) -> Hole:
        """Return the time from the earlier start to the later end."""
        return Hole(min(self.start, other.start), max(self.end, other.end))


class HoleStore:
    """Remember the holes of a device, until when it was seen, and when it was asked."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, seen: Callable[[], int]
    ) -> None:
        """Begin without any; async_load() remembers. `seen` tells until when."""
        self.holes: list[Hole] = []
        self.asked = 0
        self._seen = seen
        self._store = DelayedStore(
            hass, entry_key(HOLES, entry_id), SEEN_DELAY, self._data
        )

    async def async_load(self) -> int | None:
        """Remember; returns until when the device was seen, None if it never was."""
        saved = await self._store.async_load() or {}
        asked, seen = saved.get("asked"), saved.get("seen")
        self.asked = asked if isinstance(asked, int) else 0
        self.holes = _holes(saved.get("holes"))
        return seen if isinstance(seen, int) else None

    def add(self, hole: Hole) -> None:
        """Remember a hole."""
        self.holes.append(hole)
        if len(self.holes) > MOST_HOLES:
            first, second, *rest = self.holes
            self.holes = [first.united(second), *rest]
        self._store.schedule()

    def close(self, hole: Hole) -> None:
        """Forget a hole that is healed, or cannot be."""
        self.holes.remove(hole)
        self._store.schedule()

    def touch(self) -> None:
        """Let the present reach the disk some time."""
        self._store.schedule()

    async def async_flush(self) -> None:
        """Write everything to disk now."""
        self._store.schedule()
        await self._store.async_flush()

    def _data(self) -> dict[str, Any]:
        return {
            "seen": self._seen(),
            "asked": self.asked,
            "holes": [list(hole) for hole in self.holes],
        }


def _holes(saved: object) -> list[Hole]:
    """Return stored holes, without what cannot be one."""
    found: list[Hole] = []
    for item in saved if isinstance(saved, list) else ():
        match item:
            case [int(start), int(end)] if 0 < start < end:
                found.append(Hole(start, end))
    return found


@callback
def async_report_missing(
    hass: HomeAssistant, entry_id: str, device: str, missing: int
) -> None:
    """Report windows that stay marked."""
    async_report(
        hass,
        _issue_id(entry_id),
        translation_key="history_missing",
        device=device,
        count=str(missing),
    )


@callback
def async_report_whole(hass: HomeAssistant, entry_id: str) -> None:
    """Take the report back."""
    async_take_back(hass, _issue_id(entry_id))


def _issue_id(entry_id: str) -> str:
    return f"history_missing_{entry_id}"
