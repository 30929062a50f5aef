"""Windows of a demand meter that were missed, from what the device recorded."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant

from .core.demand.windows import Window
from .core.series import Series
from .demand_feed import FluksometerFeed
from .demand_meter import DemandMeterHub
from .healing_holes import Hole


async def async_heal_windows(
    hass: HomeAssistant,
    meter: DemandMeterHub,
    recorded: Mapping[str, Series],
    hole: Hole,
) -> None:
    """Fill what was not wholly seen; a window that was seen stays as it is."""
    if not isinstance(meter.feed, FluksometerFeed):
        return
    found = await hass.async_add_executor_job(meter.feed.recount, recorded)
    seen = {
        start
        for start, window in (await _known(meter, hole)).items()
        if window.complete
    }
    places = set(hole.quarters) - seen
    await meter.async_import([window for window in found if window.start in places])


async def async_missing(meter: DemandMeterHub, hole: Hole) -> int:
    """Return how many windows of a hole were not wholly seen."""
    known = await _known(meter, hole)
    return sum(
        start not in known or not known[start].complete for start in hole.quarters
    )


async def _known(meter: DemandMeterHub, hole: Hole) -> dict[int, Window]:
    archive = meter.memory.archive
    months = await archive.async_stored_months()
    months.update(meter.memory.ledger.months)
    quarters = hole.quarters
    windows = await archive.async_between(quarters.start, quarters.stop, months)
    return {window.start: window for window in windows}
