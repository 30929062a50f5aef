"""Import years of windows at once, and let a notification follow it."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import groupby
from typing import Final

from homeassistant.core import HomeAssistant

from ..core.demand.history.intake import ImportCounts
from ..core.windows import Window, month_of
from ..demand.meter import DemandMeterHub
from ..helpers.errors import raised_for_history
from ..history.files import History
from ..history.in_service import InService, Withdrawn
from ..history.notice import Places, async_noticed, local

# Some two months: nobody waits long for fewer.
MANY: Final = 6000


async def async_import_noticed(
    hass: HomeAssistant, meter: DemandMeterHub, history: History
) -> ImportCounts:
    """Import windows in order; what has been imported stays if it is cut short."""
    windows = history.windows
    with raised_for_history(stored=False):
        if len(windows) <= MANY:
            return _whole(await meter.async_import(*history), len(windows))
        counts = ImportCounts(0, 0, 0)
        in_service = InService(hass, meter)
        places = _places(windows, 0, counts)
        async with async_noticed(hass, meter, "windows", places) as notice:
            for month in _months(windows, meter.zone):
                in_service.check()
                taken = await meter.async_import(month, history.profiles)
                _whole(taken, len(month))
                counts = ImportCounts(*map(sum, zip(counts, taken, strict=True)))
                places = _places(windows, sum(counts), counts)
                notice.follow(places)
            notice.end(places)
    return counts


def _whole(counts: ImportCounts, given: int) -> ImportCounts:
    """Return what came of an import; raise Withdrawn if it did not reach its end."""
    if sum(counts) < given:
        raise Withdrawn
    return counts


def _months(windows: Sequence[Window], zone: tzinfo) -> Iterator[list[Window]]:
    """Yield the windows of each month, so that each is counted once."""
    for _month, of_month in groupby(windows, lambda item: month_of(item.start, zone)):
        yield list(of_month)


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
