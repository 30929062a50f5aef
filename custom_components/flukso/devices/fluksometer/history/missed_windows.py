"""Windows of a demand meter that were missed, from what the device recorded."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant

from ....core.energy.series import Series
from ....core.windows import Window
from ....demand.meter import DemandMeter
from .holes import Hole


async def async_heal_windows(
    hass: HomeAssistant,
    meter: DemandMeter,
    recorded: Mapping[str, Series],
    hole: Hole,
) -> None:
    """Fill what was not wholly seen; a window that was seen stays as it is.

    Of one that the device did not wholly record either, what surely fell into it counts
    if that is more.
    """
    if (source := meter.source.recorded) is None:
        return
    found = await hass.async_add_executor_job(source.recount, recorded)
    known = await _known(meter, hole)
    news = [
        window
        for window in found
        if window.start in hole.quarters
        and _tells_more(window, known.get(window.start))
    ]
    await meter.async_import(news)


def _tells_more(window: Window, known: Window | None) -> bool:
    if known is None:
        return True
    return not known.complete and (window.complete or window.certain > known.certain)


async def async_missing(meter: DemandMeter, hole: Hole) -> int:
    """Return how many windows of a hole were not wholly seen."""
    known = await _known(meter, hole)
    return sum(
        start not in known or not known[start].complete for start in hole.quarters
    )


async def _known(meter: DemandMeter, hole: Hole) -> dict[int, Window]:
    start, end = hole.quarters.start, hole.quarters.stop
    months = meter.memory.async_quarters(start, end)
    return {window.start: window async for month in months for window in month}
