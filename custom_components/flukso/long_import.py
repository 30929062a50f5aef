"""Import years of windows at once, and let a notification follow it."""

from collections.abc import Iterator, Sequence
from typing import Final

from homeassistant.core import HomeAssistant

from .core.demand.intake import ImportCounts
from .core.demand.windows import Window
from .demand_meter import DemandMeterHub
from .errors import raised_for_history
from .import_notice import Places, async_noticed, local
from .in_service import InService

# Some two months. Nobody waits long for fewer, and so many are imported at once.
PART: Final = 6000


async def async_import_noticed(
    hass: HomeAssistant, meter: DemandMeterHub, windows: Sequence[Window]
) -> ImportCounts:
    """Import windows in order; what has been imported stays if it is cut short."""
    if len(windows) <= PART:
        return await meter.async_import(windows)
    in_service = InService(hass, meter)
    counts = ImportCounts(0, 0, 0)
    places = _places(windows, 0, counts)
    async with async_noticed(hass, meter, "windows", places) as notice:
        for done, part in _parts(windows):
            with raised_for_history(stored=False):
                in_service.check()
            taken = await meter.async_import(part)
            counts = ImportCounts(*map(sum, zip(counts, taken, strict=True)))
            places = _places(windows, done, counts)
            notice.follow(places)
        notice.end(places)
    return counts


def _parts(windows: Sequence[Window]) -> Iterator[tuple[int, Sequence[Window]]]:
    """Yield parts of the windows, each with how many there are up to its end."""
    for begin in range(0, len(windows), PART):
        part = windows[begin : begin + PART]
        yield begin + len(part), part


def _places(windows: Sequence[Window], done: int, counts: ImportCounts) -> Places:
    """Return what a notification tells of an import."""
    return {
        **counts._asdict(),
        "done": done,
        "total": len(windows),
        "percent": 100 * done // len(windows),
        "first": local(windows[0].start),
        "last": local(windows[-1].start),
        "reached": local(windows[max(0, done - 1)].start),
    }
