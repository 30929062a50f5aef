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
    """Keep the holes of a device on disk, and when it was last seen and asked (unix s)."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, last_seen: Callable[[], int]
    ) -> None:
        """Begin without any; async_load() reads them. `last_seen`: asked when saving."""
        self.holes: list[Hole] = []
        self.asked_at = 0
        self._last_seen = last_seen
        self._store = DelayedStore(
            hass, entry_key(HOLES, entry_id), SEEN_DELAY, self._data
        )

    async def async_load(self) -> int | None:
        """Read what was saved; returns when the device was last seen, None if never."""
        saved = await self._store.async_load() or {}
        asked, seen = saved.get("asked"), saved.get("seen")
        self.asked_at = asked if isinstance(asked, int) else 0
        self.holes = _stored_holes(saved.get("holes"))
        return seen if isinstance(seen, int) else None

    def add(self, hole: Hole) -> None:
        """Add a hole."""
        self.holes.append(hole)
        if len(self.holes) > MOST_HOLES:
            first, second, *rest = self.holes
            self.holes = [first.united(second), *rest]
        self._store.schedule()

    def remove(self, hole: Hole) -> None:
        """Remove a hole that is healed, or cannot be."""
        self.holes.remove(hole)
        self._store.schedule()

    def save_soon(self) -> None:
        """Write to disk some time that the device is seen until now."""
        self._store.schedule()

    async def async_flush(self) -> None:
        """Write everything to disk now."""
        self._store.schedule()
        await self._store.async_flush()

    def _data(self) -> dict[str, Any]:
        return {
            "seen": self._last_seen(),
            "asked": self.asked_at,
            "holes": [list(hole) for hole in self.holes],
        }


def _stored_holes(saved: object) -> list[Hole]:
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
    """Report how many quarters of an hour a device could not tell of."""
    async_report(
        hass,
        _issue_id(entry_id),
        translation_key="history_missing",
        device=device,
        count=str(missing),
    )


@callback
def async_report_whole(hass: HomeAssistant, entry_id: str) -> None:
    """Take that report back."""
    async_take_back(hass, _issue_id(entry_id))


def _issue_id(entry_id: str) -> str:
    return f"history_missing_{entry_id}"
